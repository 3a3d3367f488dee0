package kube

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode"

	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

// Event is what the manager has said of a Task.
type Event struct {
	Time   time.Time
	Reason string
	Note   string
}

// Events reads the Events about a Task that the cluster still has, oldest first.
func (c *Client) Events(ctx context.Context, task *v1alpha1.Task) ([]Event, error) {
	list, err := c.Kubernetes.EventsV1().Events(task.Namespace).List(ctx, metav1.ListOptions{FieldSelector: "regarding.uid=" + string(task.UID)})
	if err != nil {
		return nil, err //nolint:wrapcheck // for Explain
	}
	found := make([]Event, 0, len(list.Items))
	for i := range list.Items {
		found = append(found, Event{Time: timeOf(&list.Items[i]), Reason: list.Items[i].Reason, Note: list.Items[i].Note})
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
