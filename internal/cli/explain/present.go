package explain

import (
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/cli/kube"
)

// present says what the Task does now, what it waits for, and how its last run ended.
func (k *knowledge) present(a *Answer) {
	status := &k.task.Status
	a.Verdict = Verdict(status.State)
	if status.State == "" {
		a.Verdict = Unknown
		if !k.oversized(a) {
			a.say("No manager has looked at the Task yet. One that acts may watch other namespaces alone (--watch-namespaces).")
		}
	} else {
		a.say("The Task is %s.", status.State)
		if status.State == v1alpha1.TaskScheduled && k.readyReason() == v1alpha1.ReasonScheduled {
			a.because(condition, v1alpha1.ReasonScheduled)
		}
	}
	k.obstacles(a)
	for i := range status.Active {
		k.unfinished(a, &status.Active[i])
	}
	if status.NextRunTime != nil {
		a.say("The next slot is %s.", k.at(status.NextRunTime.Time))
		if status.NextRunTime.Time.Before(k.now) {
			k.waitsBehind(a, status.NextRunTime.Time)
		}
	}
	if len(status.RecentRuns) == 0 {
		a.say("No run has ended yet.")
		return
	}
	reason := a.Reason
	k.outcome(a, &status.RecentRuns[0])
	if last := meta.FindStatusCondition(status.Conditions, v1alpha1.ConditionLastRunSucceeded); last != nil && last.Reason != status.RecentRuns[0].Reason {
		a.say("The last run that started ended with %s: %s", last.Reason, last.Message)
	}
	a.Reason = reason
}

// oversized says that the status of the Task cannot be written, if an Event says so: the Task
// itself cannot.
func (k *knowledge) oversized(a *Answer) bool {
	i := slices.IndexFunc(k.events, func(e kube.Event) bool { return e.Reason == v1alpha1.ReasonRecordTooLarge })
	if i < 0 {
		return false
	}
	a.because(condition, v1alpha1.ReasonRecordTooLarge)
	a.say("An Event says: %s", k.events[i].Note)
	return true
}
