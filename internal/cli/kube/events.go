package kube

import (
	"context"
	"slices"
	"time"

	eventsv1 "k8s.io/api/events/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

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

// timeOf is when an Event was last seen.
func timeOf(event *eventsv1.Event) time.Time {
	switch {
	case event.Series != nil:
		return event.Series.LastObservedTime.Time
	case !event.EventTime.IsZero():
		return event.EventTime.Time
	default:
		return event.CreationTimestamp.Time
	}
}
