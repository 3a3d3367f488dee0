package translate

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// FindScheduler reads the Scheduler that serves a Task, nil if there is none.
func FindScheduler(ctx context.Context, reader client.Reader, task *v1alpha1.Task) (*v1alpha1.Scheduler, error) {
	sched := &v1alpha1.Scheduler{}
	err := reader.Get(ctx, types.NamespacedName{Namespace: task.Namespace, Name: task.SchedulerName()}, sched)
	switch {
	case apierrors.IsNotFound(err):
		return nil, nil //nolint:nilnil // not there is an answer, not an error
	case err != nil:
		return nil, fmt.Errorf("reading scheduler %s: %w", task.SchedulerName(), err)
	}
	return Serving(sched, task), nil
}

// Serving returns the Scheduler if it serves the Task. One that is being deleted serves
// only the Tasks that run because of it.
func Serving(sched *v1alpha1.Scheduler, task *v1alpha1.Task) *v1alpha1.Scheduler {
	if sched != nil && !sched.DeletionTimestamp.IsZero() && task.Spec.Trigger.Shutdown == nil {
		return nil
	}
	return sched
}

// NeedsDefault reports whether the Scheduler named default is to be created for a Task:
// one that names no other, and that no Scheduler has served since it was last changed. A
// default Scheduler that a user deleted is not recreated for Tasks it has served, until
// they change (P3).
func NeedsDefault(task *v1alpha1.Task) bool {
	return task.SchedulerName() == v1alpha1.DefaultSchedulerName &&
		(task.Status.ObservedGeneration != task.Generation || RecordedRefusal(task) != nil)
}

// RecordedRefusal is what the Task's status says of a default Scheduler that could not be
// created, nil if it says nothing. The reason SchedulerNotFound does not: there a user may
// have deleted the Scheduler.
func RecordedRefusal(task *v1alpha1.Task) *model.Problem {
	ready := meta.FindStatusCondition(task.Status.Conditions, v1alpha1.ConditionReady)
	if ready == nil || ready.Reason != v1alpha1.ReasonSchedulerNotCreated {
		return nil
	}
	return &model.Problem{Reason: ready.Reason, Message: ready.Message}
}
