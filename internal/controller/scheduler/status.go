package scheduler

import (
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	metav1ac "k8s.io/client-go/applyconfigurations/meta/v1"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	ac "github.com/carillon-dev/carillon/api/v1alpha1/applyconfiguration/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/taskspec"
)

// render says what a Scheduler's status ought to be. Only the times depend on
// now, and only where something else has changed.
func render(sched *v1alpha1.Scheduler, counts v1alpha1.TaskCounts, holder string, now time.Time) v1alpha1.SchedulerStatus {
	status := *sched.Status.DeepCopy()
	status.ObservedGeneration = sched.Generation
	status.Tasks = &counts
	if status.Holder != holder || status.StartedAt == nil {
		started := metav1.NewTime(now).Rfc3339Copy()
		status.Holder, status.StartedAt = holder, &started
	}
	ready := metav1.Condition{
		Type: v1alpha1.ConditionReady, Status: metav1.ConditionTrue, ObservedGeneration: sched.Generation,
		Reason: v1alpha1.ReasonRunning, Message: "The slots of its Tasks are decided as they fall due.",
		LastTransitionTime: metav1.NewTime(now).Rfc3339Copy(),
	}
	status.State = v1alpha1.SchedulerRunning
	if sched.Spec.Paused {
		status.State = v1alpha1.SchedulerPaused
		ready.Reason, ready.Message = v1alpha1.ReasonPaused, "spec.paused is true: slots that fall due wait until it is false again."
	}
	if err := taskspec.CheckZone(sched.Spec.TimeZone); err != nil {
		ready.Status, ready.Reason, ready.Message = metav1.ConditionFalse, v1alpha1.ReasonInvalidTimeZone, "spec."+err.Error()
		stalled := ready
		stalled.Type, stalled.Status = v1alpha1.ConditionStalled, metav1.ConditionTrue
		meta.SetStatusCondition(&status.Conditions, stalled)
	} else {
		meta.RemoveStatusCondition(&status.Conditions, v1alpha1.ConditionStalled)
	}
	meta.SetStatusCondition(&status.Conditions, ready)
	return status
}

// applyStatus is a status in the form in which it is applied, whole.
func applyStatus(in v1alpha1.SchedulerStatus) *ac.SchedulerStatusApplyConfiguration {
	out := ac.SchedulerStatus().
		WithObservedGeneration(in.ObservedGeneration).
		WithState(in.State).
		WithHolder(in.Holder).
		WithStartedAt(*in.StartedAt).
		WithTasks(ac.TaskCounts().
			WithTotal(in.Tasks.Total).WithScheduled(in.Tasks.Scheduled).WithPaused(in.Tasks.Paused).
			WithCompleted(in.Tasks.Completed).WithStalled(in.Tasks.Stalled))
	for _, c := range in.Conditions {
		out.WithConditions(metav1ac.Condition().WithType(c.Type).WithStatus(c.Status).WithReason(c.Reason).WithMessage(c.Message).
			WithObservedGeneration(c.ObservedGeneration).WithLastTransitionTime(c.LastTransitionTime))
	}
	return out
}
