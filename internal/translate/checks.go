package translate

import (
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/payload"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// Checks finds out whether the API server accepts the Pod templates of Tasks (A7); it is
// the dryrun.Checker.
type Checks interface {
	// Ensure has the template of a Task checked if that is necessary.
	Ensure(snap model.Snapshot)
	// Forget drops what is known of a Task. An empty UID stands for any.
	Forget(key model.Key)
	// Verdict returns what is known of a Task's action, identified by its hash.
	Verdict(uid, actionHash string) (payload.Verdict, bool)
}

// applyVerdict adds to t what the API server says of the Pod template of a Task. A Task
// without a verdict is scheduled normally, unless its template was refused before the
// manager was restarted.
func applyVerdict(t *model.Task, task *v1alpha1.Task, checks Checks) {
	if checks == nil || task.Spec.Action.Pod == nil {
		return
	}
	verdict, known := checks.Verdict(t.UID, t.ActionHash)
	switch {
	case !known:
		t.InvalidAction = refusedBefore(task)
	case verdict.Accepted:
		t.AcceptedAction = t.ActionHash
	case verdict.Refused != "":
		t.InvalidAction = &model.Problem{
			Reason: v1alpha1.ReasonInvalidAction, Message: "spec.action.pod.template: the API server refuses the Pod: " + verdict.Refused,
		}
	default:
		t.Warning = joinWarnings(t.Warning, fmt.Sprintf("spec.action.pod.template: the API server does not accept the Pod at the moment: %s", verdict.Delayed))
	}
}

// refusedBefore returns why the status says that this version of the Task's template is
// refused, or nil if it does not.
func refusedBefore(task *v1alpha1.Task) *model.Problem {
	stalled := meta.FindStatusCondition(task.Status.Conditions, v1alpha1.ConditionStalled)
	if stalled == nil || stalled.Reason != v1alpha1.ReasonInvalidAction || stalled.ObservedGeneration != task.Generation {
		return nil
	}
	return &model.Problem{Reason: stalled.Reason, Message: stalled.Message}
}

func joinWarnings(note, other string) string {
	if note == "" {
		return other
	}
	return note + "; " + other
}
