package plan

import (
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

// decideWithin is how late a slot is decided at most by a manager that acts.
const decideWithin = time.Minute

// Unserved says why nothing of a Task will run although nothing of the Task or its Scheduler keeps it
// from that: no manager has looked at it, or none decides what is due. It is empty if one does.
func Unserved(task *v1alpha1.Task, now time.Time) string {
	switch {
	case task.Status.State == "":
		return "no manager has looked at the Task"
	case IsLate(task, now, decideWithin):
		return "no manager decides the slot that is due"
	default:
		return ""
	}
}

// IsLate reports whether a slot has been overdue for longer than it may be, and nothing keeps it from
// being decided.
func IsLate(task *v1alpha1.Task, now time.Time, lag time.Duration) bool {
	ready := meta.FindStatusCondition(task.Status.Conditions, v1alpha1.ConditionReady)
	next := task.Status.NextRunTime
	if ready == nil || ready.Reason != v1alpha1.ReasonScheduled || next == nil {
		return false
	}
	// A backlog is run one after the other, and jitter puts a start off.
	backlog := slices.ContainsFunc(task.Status.Active, func(run v1alpha1.ActiveRun) bool { return run.CatchUp })
	if task.Spec.Trigger.Jitter != nil {
		lag += task.Spec.Trigger.Jitter.Duration
	}
	return !backlog && now.Sub(next.Time) > lag && !isHeldByServer(task, now) && WaitsBehind(task, next.Time) == nil
}

// isHeldByServer reports whether scheduled runs wait because a server asked for it.
func isHeldByServer(task *v1alpha1.Task, now time.Time) bool {
	until := task.Status.NotBefore
	return until != nil && now.Before(until.Add(decideWithin))
}
