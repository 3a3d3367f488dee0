package kube

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

// Event is what the manager has reported about a Task: all occurrences of a reason within
// an hour, with the text of the newest.
type Event struct {
	// First and Time are when it occurred first and last, as far as it has been written.
	First, Time time.Time
	// Count is how often it occurred.
	Count  int64
	Reason string
	Note   string
	// Cause is the reason of the outcomes that it is about, if it is about slots, and Slots
	// how many there are, from FirstSlot to LastSlot.
	Cause               string
	FirstSlot, LastSlot time.Time
	Slots               int64
}

// Events reads the Events about a Task that the cluster still has, oldest first.
func (c *Client) Events(ctx context.Context, task *v1alpha1.Task) ([]Event, error) {
	list, err := c.Kubernetes.EventsV1().Events(task.Namespace).List(ctx, metav1.ListOptions{FieldSelector: "regarding.uid=" + string(task.UID)})
	if err != nil {
		return nil, err //nolint:wrapcheck // for Explain
	}
	found := make([]Event, 0, len(list.Items))
	for i := range list.Items {
		found = append(found, eventOf(&list.Items[i]))
	}
	slices.SortStableFunc(found, func(a, b Event) int { return a.Time.Compare(b.Time) })
	return found, nil
}

// PodWarning reads the newest warning about a Pod that the cluster still has, also when
// the Pod itself is gone. It is nil if there is none.
func (c *Client) PodWarning(ctx context.Context, namespace, pod string) (*Event, error) {
	about := fields.Set{"regarding.kind": "Pod", "regarding.name": pod, "type": corev1.EventTypeWarning}
	list, err := c.Kubernetes.EventsV1().Events(namespace).List(ctx, metav1.ListOptions{FieldSelector: about.String()})
	if err != nil {
		return nil, err //nolint:wrapcheck // for Explain
	}
	var newest *Event
	for i := range list.Items {
		found := Event{Time: timeOf(&list.Items[i]), Reason: printable(list.Items[i].Reason), Note: printable(list.Items[i].Note)}
		if newest == nil || found.Time.After(newest.Time) {
			newest = &found
		}
	}
	return newest, nil
}

// printable makes one line of a text that anybody may have written.
func printable(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }), " ")
}

func eventOf(event *eventsv1.Event) Event {
	out := Event{
		First: event.EventTime.Time, Time: timeOf(event), Count: 1, Reason: printable(event.Reason), Note: printable(event.Note),
		Cause: event.Annotations[v1alpha1.AnnotationEventCause],
	}
	if out.First.IsZero() {
		out.First = out.Time
	}
	if event.Series != nil {
		out.Count = int64(event.Series.Count)
	}
	first, err1 := time.Parse(time.RFC3339, event.Annotations[v1alpha1.AnnotationEventFirstSlot])
	last, err2 := time.Parse(time.RFC3339, event.Annotations[v1alpha1.AnnotationEventLastSlot])
	count, err3 := strconv.ParseInt(event.Annotations[v1alpha1.AnnotationEventSlots], 10, 64)
	if err1 == nil && err2 == nil && err3 == nil {
		out.FirstSlot, out.LastSlot, out.Slots = first, last, count
	}
	return out
}

// timeOf is when an Event was last seen. The kubelet and the scheduler still write it
// where the older Events have it.
func timeOf(event *eventsv1.Event) time.Time {
	switch {
	case event.Series != nil:
		return event.Series.LastObservedTime.Time
	case !event.DeprecatedLastTimestamp.IsZero():
		return event.DeprecatedLastTimestamp.Time
	case !event.EventTime.IsZero():
		return event.EventTime.Time
	default:
		return event.CreationTimestamp.Time
	}
}
