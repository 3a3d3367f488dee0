package kubeevents

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// reported keeps what is reported.
type reported []Event

func (r *reported) Report(event Event) { *r = append(*r, event) }

func TestEvents(t *testing.T) {
	t.Parallel()
	slot := time.Date(2026, 3, 6, 9, 0, 0, 0, time.UTC)
	result := func(outcome model.Outcome, reason string) model.Result {
		return model.Result{Slot: slot, Source: model.SourceScheduled, Outcome: outcome, Reason: reason, Message: "words", Name: "pod-1"}
	}
	once := &Slots{First: slot, Last: slot, Count: 1}
	task := model.Task{Key: model.Key{Namespace: "ns", Name: "a", UID: "u"}}
	object := corev1.ObjectReference{APIVersion: "carillon.dev/v1alpha1", Kind: "Task", Namespace: "ns", Name: "a", UID: "u"}
	for name, tc := range map[string]struct {
		event model.Event
		want  []Event
	}{
		"a run that succeeded":                {event: model.Event{Kind: model.RunFinished, Result: result(model.Succeeded, "Succeeded")}},
		"a run that started":                  {event: model.Event{Kind: model.RunStarted, Result: result("", "")}},
		"an attempt that another one follows": {event: model.Event{Kind: model.AttemptFailed, Result: result(model.Failed, "PodFailed")}},
		"a run that failed": {
			event: model.Event{Kind: model.RunFinished, Count: 1, Result: result(model.Failed, "PodFailed")},
			want: []Event{{
				Type: "Warning", Reason: "RunFailed", Action: "Run", Cause: "PodFailed",
				Prefix: "Run of 2026-03-06T09:00:00Z: ", Text: "PodFailed: words", Slots: once, Count: 1,
			}},
		},
		"a requested run that failed is about no slot": {
			event: func() model.Event {
				res := result(model.Failed, "Timeout")
				res.Source = model.SourceManual
				return model.Event{Kind: model.RunFinished, Count: 1, Result: res}
			}(),
			want: []Event{{
				Type: "Warning", Reason: "RunFailed", Action: "Run", Cause: "Timeout",
				Prefix: "Run of 2026-03-06T09:00:00Z: ", Text: "Timeout: words", Count: 1,
			}},
		},
		"a run that cannot start so far": {
			event: model.Event{Kind: model.RunDelayed, Result: result("", ""), Message: "exceeded quota: none"},
			want: []Event{{
				Type: "Warning", Reason: "RunDelayed", Action: "Run", Prefix: "Run of 2026-03-06T09:00:00Z: ", Text: "could not start so far: exceeded quota: none", Count: 1,
			}},
		},
		"a slot that was skipped": {
			event: model.Event{Kind: model.SlotsDropped, Count: 1, Result: result(model.Skipped, "MaxInstancesReached")},
			want: []Event{{
				Type: "Warning", Reason: "RunSkipped", Action: "Run", Cause: "MaxInstancesReached",
				Prefix: "Slot 2026-03-06T09:00:00Z: ", Text: "MaxInstancesReached: words", Slots: once, Count: 1,
			}},
		},
		"a run that somebody cancelled is nothing to warn of": {
			event: model.Event{Kind: model.RunFinished, Count: 1, Result: result(model.Cancelled, "Cancelled")},
			want: []Event{{
				Type: "Normal", Reason: "RunCancelled", Action: "Run", Cause: "Cancelled",
				Prefix: "Run of 2026-03-06T09:00:00Z: ", Text: "Cancelled: words", Slots: once, Count: 1,
			}},
		},
		"slots that were missed are counted": {
			event: model.Event{Kind: model.SlotsDropped, Count: 70, Result: result(model.Missed, "CatchUpLimit")},
			want: []Event{{
				Type: "Warning", Reason: "RunMissed", Action: "Run", Cause: "CatchUpLimit",
				Prefix: "70 slots up to 2026-03-06T09:00:00Z: ", Text: "CatchUpLimit: words",
				Slots: &Slots{First: slot, Last: slot, Count: 70}, Count: 70,
			}},
		},
		"a Task that stalls": {
			event: model.Event{Kind: model.StateChanged, State: model.Stalled, Reason: "InvalidTrigger", Message: "words"},
			want:  []Event{{Type: "Warning", Reason: "InvalidTrigger", Action: "Schedule", Text: "words"}},
		},
		"a Task that is repaired": {
			event: model.Event{Kind: model.StateChanged, State: model.Scheduled, Was: model.Stalled, Reason: "Scheduled", Message: "words"},
			want:  []Event{{Type: "Normal", Reason: "Repaired", Action: "Schedule", Text: "words"}},
		},
		"a Task that is resumed": {
			event: model.Event{Kind: model.StateChanged, State: model.Scheduled, Was: model.Paused, Reason: "Scheduled", Message: "words"},
			want:  []Event{{Type: "Normal", Reason: "Resumed", Action: "Schedule", Text: "words"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for i := range tc.want {
				tc.want[i].Object = object
			}
			var got reported
			Sink{Reporter: &got}.Report(task, []model.Event{tc.event})
			if diff := cmp.Diff(tc.want, []Event(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
