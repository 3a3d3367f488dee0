package scheduler

import (
	"context"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/listener/kubeevents"
)

// Permissions of the manager to put off the end of a Scheduler.
// +kubebuilder:rbac:groups=carillon.dev,resources=schedulers,verbs=patch
// +kubebuilder:rbac:groups="",resources=namespaces,verbs=get

// Reason and action of the Event about a Scheduler that did not wait any longer.
const (
	reasonShutdownTimeout = "ShutdownTimeout"
	actionShutdown        = "Shutdown"
)

// keepFinalizer sees to it that a Scheduler has the finalizer while it has Tasks that
// are to run at its end, and only then (P3).
func (r *Reconciler) keepFinalizer(ctx context.Context, sched *v1alpha1.Scheduler, tasks []v1alpha1.Task) error {
	if needed := len(shutdownTasks(tasks)) > 0; needed != controllerutil.ContainsFinalizer(sched, v1alpha1.FinalizerShutdown) {
		return r.patchFinalizer(ctx, sched, needed)
	}
	return nil
}

// patchFinalizer adds the finalizer or removes it. Nothing else of the object is
// written.
func (r *Reconciler) patchFinalizer(ctx context.Context, sched *v1alpha1.Scheduler, add bool) error {
	patch := client.MergeFromWithOptions(sched.DeepCopy(), client.MergeFromWithOptimisticLock{})
	if add {
		controllerutil.AddFinalizer(sched, v1alpha1.FinalizerShutdown)
	} else {
		controllerutil.RemoveFinalizer(sched, v1alpha1.FinalizerShutdown)
	}
	if err := client.IgnoreNotFound(r.Client.Patch(ctx, sched, patch, fieldOwner)); err != nil {
		return fmt.Errorf("patching the finalizer: %w", err)
	}
	return nil
}

// end lets a Scheduler that is being deleted go once its shutdown Tasks have run, or
// have had their time. It returns when to look again, zero when that is not needed.
func (r *Reconciler) end(ctx context.Context, sched *v1alpha1.Scheduler, tasks []v1alpha1.Task) (time.Duration, error) {
	if !controllerutil.ContainsFinalizer(sched, v1alpha1.FinalizerShutdown) {
		return 0, nil
	}
	unfinished := unfinishedTasks(sched, tasks)
	if len(unfinished) == 0 {
		return 0, r.patchFinalizer(ctx, sched, false)
	}
	namespace := &corev1.Namespace{}
	if err := r.Live.Get(ctx, client.ObjectKey{Name: sched.Namespace}, namespace); err != nil {
		return 0, fmt.Errorf("reading the namespace: %w", err)
	}
	if !namespace.DeletionTimestamp.IsZero() { // its Pods could not be made any more
		return 0, r.patchFinalizer(ctx, sched, false)
	}
	if left := sched.DeletionTimestamp.Add(timeout(sched)).Sub(r.Clock.Now()); left > 0 {
		return left, nil
	}
	r.Events.Report(kubeevents.Event{
		Object: corev1.ObjectReference{
			APIVersion: v1alpha1.GroupVersion.String(), Kind: "Scheduler", Namespace: sched.Namespace, Name: sched.Name, UID: sched.UID,
		},
		Type: corev1.EventTypeWarning, Reason: reasonShutdownTimeout, Action: actionShutdown,
		Text: fmt.Sprintf("Deleted without waiting any longer for %s: spec.shutdown.timeout is %s.", strings.Join(unfinished, ", "), timeout(sched)),
	})
	return 0, r.patchFinalizer(ctx, sched, false)
}

func timeout(sched *v1alpha1.Scheduler) time.Duration {
	if s := sched.Spec.Shutdown; s != nil && s.Timeout != nil {
		return s.Timeout.Duration
	}
	return v1alpha1.DefaultShutdownTimeout
}

// shutdownTasks are those that run at the end of their Scheduler.
func shutdownTasks(tasks []v1alpha1.Task) []*v1alpha1.Task {
	var found []*v1alpha1.Task
	for i := range tasks {
		if t := &tasks[i]; t.Spec.Trigger.Shutdown != nil && t.DeletionTimestamp.IsZero() {
			found = append(found, t)
		}
	}
	return found
}

// unfinishedTasks names the shutdown Tasks that a Scheduler which is being deleted has
// to wait for. Under a paused one nothing starts, and a paused Task forgets its slot.
func unfinishedTasks(sched *v1alpha1.Scheduler, tasks []v1alpha1.Task) []string {
	wait := sched.Spec.Shutdown == nil || ptr.Deref(sched.Spec.Shutdown.Wait, true)
	var names []string
	for _, t := range shutdownTasks(tasks) {
		decided := t.Status.DecidedThrough != nil && !t.Status.DecidedThrough.Before(sched.DeletionTimestamp)
		switch {
		case t.Spec.Paused || sched.Spec.Paused:
		case !decided || startsOrRuns(t, sched.DeletionTimestamp.Time, wait):
			names = append(names, t.Name)
		}
	}
	return names
}

// startsOrRuns reports whether the run of a slot is unfinished, or, if its end is not to
// be waited for, whether it has yet to start.
func startsOrRuns(t *v1alpha1.Task, slot time.Time, wait bool) bool {
	for i := range t.Status.Active {
		run := &t.Status.Active[i]
		if run.Source == v1alpha1.SourceScheduled && run.ScheduledTime.Time.Equal(slot) {
			return wait || run.State != v1alpha1.RunRunning
		}
	}
	return false
}
