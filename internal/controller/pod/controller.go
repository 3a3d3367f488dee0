package pod

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/controller/fairqueue"
	"github.com/carillon-dev/carillon/internal/runpod"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// Core receives the observations of runs; it is the engine.Group.
type Core interface {
	Observe(schedulerName string, key model.Key, obs model.Observation)
}

// Reconciler reports Pods to the core.
type Reconciler struct {
	Client client.Client
	// Live reads past the cache.
	Live client.Reader
	Core Core
	// OrphanDeleted is called for every Pod that was deleted because no record
	// lists it.
	OrphanDeleted func()
}

// Permissions of the manager for Pods.
// +kubebuilder:rbac:groups="",resources=pods,verbs=get;list;watch;create;delete

// Reconcile implements reconcile.Reconciler.
func (r *Reconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	p := &corev1.Pod{}
	if err := r.Client.Get(ctx, req.NamespacedName, p); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	id, ok := runpod.IdentityOf(p)
	if !ok {
		return ctrl.Result{}, nil // not a run of ours, whatever its labels say
	}
	if obs, ok := runpod.Observe(p); ok {
		r.Core.Observe(id.Scheduler, id.Key, obs)
	}
	if finished(p) || !p.DeletionTimestamp.IsZero() {
		return ctrl.Result{}, nil
	}
	return ctrl.Result{}, r.deleteOrphan(ctx, p, id)
}

// deleteOrphan deletes an unfinished Pod that its Task's record, read live, does not
// list: a manager that had been replaced created it with a request that was
// already on its way. A Pod is created only after the record that lists it has
// been saved, so one that is not listed was ordered by nobody (see "The record" in docs/contract.md).
func (r *Reconciler) deleteOrphan(ctx context.Context, p *corev1.Pod, id runpod.Identity) error {
	for _, reader := range []client.Reader{r.Client, r.Live} {
		switch listed, err := lists(ctx, reader, id, p.UID); {
		case apierrors.IsNotFound(err):
			return nil // its Task is gone: the garbage collector's business
		case err != nil:
			return err
		case listed:
			return nil
		}
	}
	err := r.Client.Delete(ctx, p, client.Preconditions{UID: &p.UID})
	if client.IgnoreNotFound(err) != nil && !apierrors.IsConflict(err) {
		return fmt.Errorf("deleting a pod that no record lists: %w", err)
	}
	if err == nil {
		log.FromContext(ctx).Info("deleted a pod that no record lists", "task", id.Key.String())
		r.OrphanDeleted()
	}
	return nil
}

// lists reports whether the Task's record lists the attempt as unfinished, and no other Pod
// as the one that carries it out. It returns a NotFound error when the Task of that UID does
// not exist.
func lists(ctx context.Context, reader client.Reader, id runpod.Identity, uid types.UID) (bool, error) {
	task := &v1alpha1.Task{}
	name := types.NamespacedName{Namespace: id.Key.Namespace, Name: id.Key.Name}
	if err := reader.Get(ctx, name, task); err != nil {
		return false, fmt.Errorf("reading the task of a pod: %w", err)
	}
	if string(task.UID) != id.Key.UID {
		return false, apierrors.NewNotFound(v1alpha1.Resource("tasks"), name.Name)
	}
	for i := range task.Status.Active {
		run := &task.Status.Active[i]
		if string(run.Source) == string(id.Run.Source) && run.ScheduledTime.Unix() == id.Run.Slot &&
			run.Request == id.Run.Request && int(run.Attempt) == id.Attempt && run.Nonce == id.Nonce &&
			(run.PodUID == "" || run.PodUID == string(uid)) {
			return true, nil
		}
	}
	return false, nil
}

func finished(p *corev1.Pod) bool {
	return p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed
}

// deleted reports a Pod that is no longer there.
func (r *Reconciler) deleted(obj client.Object) {
	p, ok := obj.(*corev1.Pod)
	if !ok {
		return
	}
	id, ok := runpod.IdentityOf(p)
	if !ok {
		return
	}
	if obs, ok := runpod.ObserveDeleted(p); ok {
		r.Core.Observe(id.Scheduler, id.Key, obs)
	}
}

// SetupWithManager registers the controller. The cache holds the Pods of
// Carillon alone. A deleted Pod is reported by the event itself: there is
// nothing left to reconcile.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	type queue = workqueue.TypedRateLimitingInterface[reconcile.Request]
	enqueue := &handler.EnqueueRequestForObject{}
	return ctrl.NewControllerManagedBy(mgr).Named("run").
		WithOptions(fairqueue.Options()).
		Watches(&corev1.Pod{}, handler.Funcs{
			CreateFunc: enqueue.Create,
			UpdateFunc: enqueue.Update,
			DeleteFunc: func(_ context.Context, e event.DeleteEvent, _ queue) { r.deleted(e.Object) },
		}).
		Complete(r)
}
