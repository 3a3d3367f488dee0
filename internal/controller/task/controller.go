package task

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/controller/fairqueue"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/internal/store/status"
	"github.com/carillon-dev/carillon/internal/translate"
)

// SchedulerIndex finds Tasks by the name of their Scheduler.
const SchedulerIndex = "schedulerName"

// Core takes Tasks; it is the engine.Group.
type Core interface {
	Upsert(schedulerName string, snap model.Snapshot)
	Remove(key model.Key)
	SetPaused(namespace, schedulerName string, paused bool)
	// Announce, Release and ReleaseAll are for Load.
	Announce(schedulerName string, snap model.Snapshot)
	Release(namespace string)
	ReleaseAll()
}

// Reconciler hands every Task to the core, and makes the Scheduler named
// default where a Task first needs it. It does not write to Tasks: their status
// is written by the core, through Store.
type Reconciler struct {
	Client client.Client
	// Live reads past the cache.
	Live client.Reader
	Core Core
	Env  translate.Options
	// Rechecked brings the Tasks whose template has another verdict than before. Nil if
	// none is checked.
	Rechecked <-chan event.GenericEvent
	// Namespaces are those that are watched; none stands for all.
	Namespaces []string
	Clock      clock.WithDelayedExecution

	refusals refusals
	// takenOver is when Load began to list the Tasks, then when it had listed them, in Unix
	// seconds; 0: not yet.
	takenOver atomic.Int64
}

// Permissions of the manager for Tasks and their Schedulers.
// +kubebuilder:rbac:groups=carillon.dev,resources=tasks,verbs=get;list;watch
// +kubebuilder:rbac:groups=carillon.dev,resources=tasks/status,verbs=patch
// +kubebuilder:rbac:groups=carillon.dev,resources=schedulers,verbs=get;list;watch;create

// Reconcile implements reconcile.Reconciler.
func (r *Reconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	task := &v1alpha1.Task{}
	if err := r.Client.Get(ctx, req.NamespacedName, task); apierrors.IsNotFound(err) {
		r.remove(model.Key{Namespace: req.Namespace, Name: req.Name})
		return ctrl.Result{}, nil
	} else if err != nil {
		return ctrl.Result{}, fmt.Errorf("reading the task: %w", err)
	}
	create, err := r.enqueue(ctx, task, r.schedulerOf, false)
	if err != nil || !create {
		return ctrl.Result{RequeueAfter: r.recheck(task)}, err
	}
	retry, err := r.createDefault(ctx, task)
	return ctrl.Result{RequeueAfter: retry}, err
}

// findFunc finds the Scheduler of a Task, nil if there is none.
type findFunc func(context.Context, *v1alpha1.Task) (*v1alpha1.Scheduler, error)

// schedulerOf finds the Scheduler of a Task. One that the cache does not have is read past
// it: the Task would be Stalled, and refuse for good to run now (R8), because the cache
// lags behind.
func (r *Reconciler) schedulerOf(ctx context.Context, task *v1alpha1.Task) (*v1alpha1.Scheduler, error) {
	sched, err := translate.FindScheduler(ctx, r.Client, task)
	if err != nil || sched != nil {
		return sched, err
	}
	return translate.FindScheduler(ctx, r.Live, task)
}

// enqueue passes a Task to the core; live says that it was read past the cache. create
// reports that the default Scheduler has to be created for it first. The Task is passed
// on nevertheless if its status says that this failed before.
func (r *Reconciler) enqueue(ctx context.Context, task *v1alpha1.Task, find findFunc, live bool) (create bool, err error) {
	if !task.DeletionTimestamp.IsZero() {
		r.remove(status.KeyOf(task))
		return false, nil
	}
	sched, err := find(ctx, task)
	if err != nil {
		return false, err
	}
	create = sched == nil && translate.NeedsDefault(task)
	if !create || translate.RecordedRefusal(task) != nil { // see Reconciler.announce
		snap := translate.Snapshot(task, sched, r.Env)
		snap.Live = live
		r.Core.Upsert(task.SchedulerName(), snap)
		if r.Env.Checks != nil && snap.Task.ActionHash != "" {
			r.Env.Checks.Ensure(snap)
		}
	}
	return create, nil
}

// IndexByScheduler makes a cache find Tasks by SchedulerIndex. The API server must serve
// the kind.
func IndexByScheduler(ctx context.Context, indexer client.FieldIndexer) error {
	err := indexer.IndexField(ctx, &v1alpha1.Task{}, SchedulerIndex, func(obj client.Object) []string {
		return []string{obj.(*v1alpha1.Task).SchedulerName()}
	})
	if err != nil {
		return fmt.Errorf("indexing tasks by scheduler: %w", err)
	}
	return nil
}

// remove makes the core and the checks forget a Task.
func (r *Reconciler) remove(key model.Key) {
	r.Core.Remove(key)
	if r.Env.Checks != nil {
		r.Env.Checks.Forget(key)
	}
	if r.Env.Frequency != nil {
		r.Env.Frequency.Forget(key)
	}
	if r.Env.Population != nil {
		r.Env.Population.Forget(key)
	}
}

// recheck returns when a Task is to be handed over again although nothing has changed; 0:
// never.
func (r *Reconciler) recheck(task *v1alpha1.Task) time.Duration {
	if r.Env.Frequency == nil || !task.DeletionTimestamp.IsZero() {
		return 0
	}
	return r.Env.Frequency.Recheck(task)
}

// SetupWithManager registers the controller. A Task is reconciled when its spec
// changes, and when its Scheduler does; not when only its status changes, which
// is the core's own doing, except soon after a takeover. The cache must have
// SchedulerIndex before the controller starts.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	controller := ctrl.NewControllerManagedBy(mgr).Named("task").
		WithOptions(fairqueue.Options()).
		For(&v1alpha1.Task{}, builder.WithPredicates(predicate.Or(predicate.GenerationChangedPredicate{}, requestChanged(), r.lateWrite()))).
		Watches(&v1alpha1.Scheduler{}, handler.EnqueueRequestsFromMapFunc(r.tasksOf), builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Watches(&v1alpha1.Scheduler{}, r.pauses())
	if r.Rechecked != nil {
		controller = controller.WatchesRawSource(source.Channel(r.Rechecked, &handler.EnqueueRequestForObject{}))
	}
	return controller.Complete(r)
}

// pauses makes the core pause a Scheduler, or go on, as soon as the watch shows it: the Tasks
// of a Scheduler that has very many are handed over one after the other.
func (r *Reconciler) pauses() handler.EventHandler {
	type queue = workqueue.TypedRateLimitingInterface[reconcile.Request]
	set := func(object client.Object, exists bool) {
		if sched, ok := object.(*v1alpha1.Scheduler); ok {
			r.Core.SetPaused(sched.Namespace, sched.Name, exists && sched.Spec.Paused)
		}
	}
	return handler.Funcs{
		CreateFunc: func(_ context.Context, e event.CreateEvent, _ queue) { set(e.Object, true) },
		UpdateFunc: func(_ context.Context, e event.UpdateEvent, _ queue) { set(e.ObjectNew, true) },
		DeleteFunc: func(_ context.Context, e event.DeleteEvent, _ queue) { set(e.Object, false) },
	}
}

// requestChanged lets through the Tasks that somebody asks to run now (R8), or whose runs somebody
// asks to cancel (R13).
func requestChanged() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		before, after := e.ObjectOld.GetAnnotations(), e.ObjectNew.GetAnnotations()
		return before[v1alpha1.AnnotationRunRequestedAt] != after[v1alpha1.AnnotationRunRequestedAt] ||
			before[v1alpha1.AnnotationCancelRequestedAt] != after[v1alpha1.AnnotationCancelRequestedAt]
	}}
}

// lateWindow is for how long after a takeover a request of the last leader may still
// arrive: twice what a request may take.
const lateWindow = time.Minute

// lateWrite lets through every update soon after a takeover: the last leader may have
// sent a save that arrives after the Tasks were listed. The core ignores its own.
func (r *Reconciler) lateWrite() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(event.UpdateEvent) bool {
		takenOver := r.takenOver.Load()
		return takenOver != 0 && r.Clock.Since(time.Unix(takenOver, 0)) < lateWindow
	}}
}

// tasksOf lists the Tasks that a Scheduler serves.
func (r *Reconciler) tasksOf(ctx context.Context, sched client.Object) []reconcile.Request {
	tasks := &v1alpha1.TaskList{}
	err := r.Client.List(ctx, tasks, client.InNamespace(sched.GetNamespace()), client.MatchingFields{SchedulerIndex: sched.GetName()})
	if err != nil {
		log.FromContext(ctx).Error(err, "listing the tasks of a scheduler", "scheduler", client.ObjectKeyFromObject(sched))
		return nil
	}
	requests := make([]reconcile.Request, 0, len(tasks.Items))
	for i := range tasks.Items {
		requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(&tasks.Items[i])})
	}
	return requests
}
