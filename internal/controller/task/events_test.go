package task

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/carillon-dev/carillon/internal/kubeevents"
	"github.com/carillon-dev/carillon/internal/scheduler"
)

// reported keeps what is reported.
type reported []kubeevents.Event

func (r *reported) Report(event kubeevents.Event) { *r = append(*r, event) }

func TestEvents(t *testing.T) {
	t.Parallel()
	slot := time.Date(2026, 3, 6, 9, 0, 0, 0, time.UTC)
	result := func(outcome scheduler.Outcome, reason string) scheduler.Result {
		return scheduler.Result{Slot: slot, Source: scheduler.SourceScheduled, Outcome: outcome, Reason: reason, Message: "words", Name: "pod-1"}
	}
	once := &kubeevents.Slots{First: slot, Last: slot, Count: 1}
	task := scheduler.Task{Key: scheduler.Key{Namespace: "ns", Name: "a", UID: "u"}}
	object := corev1.ObjectReference{APIVersion: "carillon.dev/v1alpha1", Kind: "Task", Namespace: "ns", Name: "a", UID: "u"}
	for name, tc := range map[string]struct {
		event scheduler.Event
		want  []kubeevents.Event
	}{
		"a run that succeeded":                {event: scheduler.Event{Kind: scheduler.RunFinished, Result: result(scheduler.Succeeded, "Succeeded")}},
		"a run that started":                  {event: scheduler.Event{Kind: scheduler.RunStarted, Result: result("", "")}},
		"an attempt that another one follows": {event: scheduler.Event{Kind: scheduler.AttemptFailed, Result: result(scheduler.Failed, "PodFailed")}},
		"a run that failed": {
			event: scheduler.Event{Kind: scheduler.RunFinished, Count: 1, Result: result(scheduler.Failed, "PodFailed")},
			want: []kubeevents.Event{{
				Type: "Warning", Reason: "RunFailed", Action: "Run", Cause: "PodFailed",
				Prefix: "Run of 2026-03-06T09:00:00Z: ", Text: "PodFailed: words", Slots: once, Count: 1,
			}},
		},
		"a requested run that failed is about no slot": {
			event: func() scheduler.Event {
				res := result(scheduler.Failed, "Timeout")
				res.Source = scheduler.SourceManual
				return scheduler.Event{Kind: scheduler.RunFinished, Count: 1, Result: res}
			}(),
			want: []kubeevents.Event{{
				Type: "Warning", Reason: "RunFailed", Action: "Run", Cause: "Timeout",
				Prefix: "Run of 2026-03-06T09:00:00Z: ", Text: "Timeout: words", Count: 1,
			}},
		},
		"a run that cannot start so far": {
			event: scheduler.Event{Kind: scheduler.RunDelayed, Result: result("", ""), Message: "exceeded quota: none"},
			want: []kubeevents.Event{{
				Type: "Warning", Reason: "RunDelayed", Action: "Run", Prefix: "Run of 2026-03-06T09:00:00Z: ", Text: "could not start so far: exceeded quota: none", Count: 1,
			}},
		},
		"a slot that was skipped": {
			event: scheduler.Event{Kind: scheduler.SlotsDropped, Count: 1, Result: result(scheduler.Skipped, "MaxInstancesReached")},
			want: []kubeevents.Event{{
				Type: "Warning", Reason: "RunSkipped", Action: "Run", Cause: "MaxInstancesReached",
				Prefix: "Slot 2026-03-06T09:00:00Z: ", Text: "MaxInstancesReached: words", Slots: once, Count: 1,
			}},
		},
		"slots that were missed are counted": {
			event: scheduler.Event{Kind: scheduler.SlotsDropped, Count: 70, Result: result(scheduler.Missed, "CatchUpLimit")},
			want: []kubeevents.Event{{
				Type: "Warning", Reason: "RunMissed", Action: "Run", Cause: "CatchUpLimit",
				Prefix: "70 slots up to 2026-03-06T09:00:00Z: ", Text: "CatchUpLimit: words",
				Slots: &kubeevents.Slots{First: slot, Last: slot, Count: 70}, Count: 70,
			}},
		},
		"a Task that stalls": {
			event: scheduler.Event{Kind: scheduler.StateChanged, State: scheduler.Stalled, Reason: "InvalidTrigger", Message: "words"},
			want:  []kubeevents.Event{{Type: "Warning", Reason: "InvalidTrigger", Action: "Schedule", Text: "words"}},
		},
		"a Task that is repaired": {
			event: scheduler.Event{Kind: scheduler.StateChanged, State: scheduler.Scheduled, Was: scheduler.Stalled, Reason: "Scheduled", Message: "words"},
			want:  []kubeevents.Event{{Type: "Normal", Reason: "Repaired", Action: "Schedule", Text: "words"}},
		},
		"a Task that is resumed": {
			event: scheduler.Event{Kind: scheduler.StateChanged, State: scheduler.Scheduled, Was: scheduler.Paused, Reason: "Scheduled", Message: "words"},
			want:  []kubeevents.Event{{Type: "Normal", Reason: "Resumed", Action: "Schedule", Text: "words"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for i := range tc.want {
				tc.want[i].Object = object
			}
			var got reported
			Events{Reporter: &got}.Report(task, []scheduler.Event{tc.event})
			if diff := cmp.Diff(tc.want, []kubeevents.Event(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
