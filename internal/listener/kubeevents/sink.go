package kubeevents

import (
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// Reporter writes Events without blocking; see kubeevents.Writer.
type Reporter interface {
	Report(event Event)
}

// Sink reports what people must see: failures, missed and skipped slots, and changes of
// state. A run that succeeds makes no Event: the status shows it.
type Sink struct {
	Reporter Reporter
}

var _ model.Sink = Sink{}

// Actions of the Events, as verbs.
const (
	actionRun      = "Run"
	actionSchedule = "Schedule"
)

// Report implements model.Sink.
func (e Sink) Report(task model.Task, happened []model.Event) {
	for i := range happened {
		if event, ok := eventOf(&happened[i]); ok {
			event.Object = reference(task)
			e.Reporter.Report(event)
		}
	}
}

// ReportProblem reports what is wrong with a Task.
func (e Sink) ReportProblem(task model.Task, problem *model.Problem) {
	e.Reporter.Report(Event{
		Object: reference(task), Type: corev1.EventTypeWarning, Reason: problem.Reason, Action: actionSchedule, Text: problem.Message,
	})
}

// eventOf maps an event of the core to a Kubernetes Event. It reports false for those that
// are for metrics and traces alone. The Pod of the run is left out: every run has another
// one, and one that was pruned or never created must not be named (A8).
func eventOf(event *model.Event) (Event, bool) {
	switch event.Kind {
	case model.RunFinished:
		if event.Result.Outcome == model.Succeeded {
			return Event{}, false
		}
		return outcomeEvent("Run of "+slot(event.Result), event), true
	case model.SlotsDropped:
		return outcomeEvent(slots(event), event), true
	case model.StateChanged:
		kind := corev1.EventTypeNormal
		if event.State == model.Stalled {
			kind = corev1.EventTypeWarning
		}
		return Event{Type: kind, Reason: stateReason(event), Action: actionSchedule, Text: event.Message}, true
	case model.RunDelayed:
		return Event{
			Type: corev1.EventTypeWarning, Reason: string(event.Kind), Action: actionRun,
			Prefix: "Run of " + slot(event.Result) + ": ", Text: "could not start so far: " + event.Message, Count: 1,
		}, true
	case model.RunStarted, model.AttemptFailed, model.SlotsCoalesced:
	}
	return Event{}, false
}

// outcomeEvent is the Event about runs or slots that did not succeed. about names them.
func outcomeEvent(about string, event *model.Event) Event {
	res := event.Result
	out := Event{
		Type: corev1.EventTypeWarning, Reason: "Run" + string(res.Outcome), Action: actionRun, Cause: res.Reason,
		Prefix: about + ": ", Text: res.Reason + ": " + res.Message, Count: event.Count,
	}
	if res.Reason == model.ReasonCancelled { // as somebody asked for
		out.Type = corev1.EventTypeNormal
	}
	if res.Source == model.SourceScheduled {
		out.Slots = &Slots{First: res.Slot, Last: res.Slot, Count: max(event.Count, 1)}
	}
	return out
}

// stateReason names a change of state: the new state, or, once the Task is scheduled
// again, what it has recovered from.
func stateReason(event *model.Event) string {
	switch {
	case event.Reason != model.ReasonScheduled:
		return event.Reason
	case event.Was == model.Stalled:
		return model.ReasonRepaired
	default:
		return model.ReasonResumed
	}
}

func slot(res model.Result) string { return res.Slot.UTC().Format(time.RFC3339) }

func slots(event *model.Event) string {
	if event.Count <= 1 {
		return "Slot " + slot(event.Result)
	}
	return fmt.Sprintf("%d slots up to %s", event.Count, slot(event.Result))
}

// reference is the Task as an Event refers to it.
func reference(task model.Task) corev1.ObjectReference {
	return corev1.ObjectReference{
		APIVersion: v1alpha1.GroupVersion.String(), Kind: "Task",
		Namespace: task.Namespace, Name: task.Name, UID: types.UID(task.UID),
	}
}
