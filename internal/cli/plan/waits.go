package plan

import (
	"cmp"
	"time"

	"k8s.io/utils/ptr"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

// WaitsBehind returns the run that a slot waits for which was due at an instant; nil: there is none.
// With the overlap policy Skip, a run that could not be created in time does not cost a slot its run
// that was due before: that slot waits until the run has ended.
func WaitsBehind(task *v1alpha1.Task, due time.Time) *v1alpha1.ActiveRun {
	effective := ptr.Deref(task.Status.Effective, v1alpha1.EffectiveSettings{})
	policy := cmp.Or(effective.OverlapPolicy, task.Spec.OverlapPolicy, v1alpha1.OverlapSkip)
	limit := ptr.Deref(cmp.Or(effective.MaxInstances, task.Spec.MaxInstances), 1)
	if policy != v1alpha1.OverlapSkip || len(task.Status.Active) < int(limit) {
		return nil
	}
	for i := range task.Status.Active {
		run := &task.Status.Active[i]
		notCreated := run.State == v1alpha1.RunStarting && run.PodName == "" && run.Holder == ""
		startedLater := run.StartTime != nil && !run.StartTime.Time.Before(due)
		if notCreated && run.ScheduledTime.Time.Before(due) || startedLater {
			return run
		}
	}
	return nil
}
