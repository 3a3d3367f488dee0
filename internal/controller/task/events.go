package task

import (
	"fmt"
	"time"
	"unicode/utf8"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/events"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/scheduler"
)

// Events tells people what they must see: failures, misses, skips, and changes
// of state. A run that succeeds is not one of them: the status shows it.
type Events struct {
	Recorder events.EventRecorder
}

var _ scheduler.Sink = Events{}

// Permissions of the manager for Events.
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch

// Actions of the Events, as verbs.
const (
	actionRun      = "Run"
	actionSchedule = "Schedule"
)

// Report implements scheduler.Sink.
func (e Events) Report(task scheduler.Task, happened []scheduler.Event) {
	for _, event := range happened {
		e.report(task, event)
	}
}

func (e Events) report(task scheduler.Task, event scheduler.Event) {
	switch event.Kind {
	case scheduler.RunFinished:
		if event.Result.Outcome != scheduler.Succeeded {
			e.emit(task, related(task, event.Result), corev1.EventTypeWarning, "Run"+string(event.Result.Outcome), actionRun,
				fmt.Sprintf("Run of %s: %s: %s", slot(event.Result), event.Result.Reason, event.Result.Message))
		}
	case scheduler.SlotsDropped:
		e.emit(task, nil, corev1.EventTypeWarning, "Run"+string(event.Result.Outcome), actionRun,
			fmt.Sprintf("%s: %s: %s", slots(event), event.Result.Reason, event.Result.Message))
	case scheduler.StateChanged:
		kind := corev1.EventTypeNormal
		if event.State == scheduler.Stalled {
			kind = corev1.EventTypeWarning
		}
		e.emit(task, nil, kind, stateReason(event), actionSchedule, event.Message)
	case scheduler.RunDelayed:
		e.emit(task, nil, corev1.EventTypeWarning, string(event.Kind), actionRun,
			fmt.Sprintf("Run of %s could not start so far: %s", slot(event.Result), event.Message))
	case scheduler.RunStarted, scheduler.AttemptFailed, scheduler.SlotsCoalesced: // for metrics and traces
	}
}

// stateReason names a change of state: what it is now, or, once it is scheduled
// again, what it has come back from.
func stateReason(event scheduler.Event) string {
	switch {
	case event.Reason != scheduler.ReasonScheduled:
		return event.Reason
	case event.Was == scheduler.Stalled:
		return scheduler.ReasonRepaired
	default:
		return scheduler.ReasonResumed
	}
}

func (e Events) emit(task scheduler.Task, about runtime.Object, kind, reason, action, note string) {
	e.Recorder.Eventf(reference(task), about, kind, reason, action, "%s", cut(note))
}

// maxNote is how many bytes the note of an Event may have.
const maxNote = 1024

// cut cuts a note to what the API server takes, between two characters.
func cut(note string) string {
	if len(note) <= maxNote {
		return note
	}
	note = note[:maxNote-len("…")]
	for !utf8.ValidString(note) {
		note = note[:len(note)-1]
	}
	return note + "…"
}

func slot(res scheduler.Result) string { return res.Slot.UTC().Format(time.RFC3339) }

func slots(event scheduler.Event) string {
	if event.Count == 1 {
		return "Slot " + slot(event.Result)
	}
	return fmt.Sprintf("%d slots up to %s", event.Count, slot(event.Result))
}

// reference is the Task as an Event refers to it.
func reference(task scheduler.Task) *v1alpha1.Task {
	return &v1alpha1.Task{
		TypeMeta:   metav1.TypeMeta{APIVersion: v1alpha1.GroupVersion.String(), Kind: "Task"},
		ObjectMeta: metav1.ObjectMeta{Namespace: task.Namespace, Name: task.Name, UID: types.UID(task.UID)},
	}
}

// related is the run's Pod, if it has one.
func related(task scheduler.Task, res scheduler.Result) runtime.Object {
	if res.Name == "" {
		return nil
	}
	return &corev1.Pod{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"},
		ObjectMeta: metav1.ObjectMeta{Namespace: task.Namespace, Name: res.Name},
	}
}
