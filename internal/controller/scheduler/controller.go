package scheduler

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	ac "github.com/carillon-dev/carillon/api/v1alpha1/applyconfiguration/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/controller/fairqueue"
	"github.com/carillon-dev/carillon/internal/controller/task"
	"github.com/carillon-dev/carillon/internal/listener/kubeevents"
	"github.com/carillon-dev/carillon/internal/store/status"
)

// fieldOwner owns what is written of a Scheduler.
const fieldOwner = status.FieldOwner

// countDelay is how long a change of a Task's state waits to be counted together
// with others.
const countDelay = time.Second

// Reconciler writes the status of the Schedulers.
type Reconciler struct {
	Client client.Client
	// Live reads past the cache.
	Live   client.Reader
	Clock  clock.PassiveClock
	Events kubeevents.Reporter
	// Holder is the name of this manager.
	Holder string
}

// Permissions of the manager for Schedulers.
// +kubebuilder:rbac:groups=carillon.dev,resources=schedulers,verbs=list;watch
// +kubebuilder:rbac:groups=carillon.dev,resources=schedulers/status,verbs=patch

// Reconcile implements reconcile.Reconciler.
func (r *Reconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	sched := &v1alpha1.Scheduler{}
	if err := r.Client.Get(ctx, req.NamespacedName, sched); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	tasks, err := r.tasks(ctx, sched)
	if err != nil {
		return ctrl.Result{}, err
	}
	if !sched.DeletionTimestamp.IsZero() {
		left, err := r.end(ctx, sched, tasks)
		return ctrl.Result{RequeueAfter: left}, err
	}
	if err := r.keepFinalizer(ctx, sched, tasks); err != nil {
		return ctrl.Result{}, err
	}
	want := render(sched, count(tasks), r.Holder, r.Clock.Now())
	if equality.Semantic.DeepEqual(sched.Status, want) {
		return ctrl.Result{}, nil
	}
	apply := ac.Scheduler(sched.Name, sched.Namespace).
		WithUID(sched.UID).WithResourceVersion(sched.ResourceVersion).WithStatus(applyStatus(want))
	switch err := r.Client.Status().Apply(ctx, apply, fieldOwner, client.ForceOwnership); {
	case apierrors.IsConflict(err):
		return ctrl.Result{RequeueAfter: countDelay}, nil // seen too early: the cache will follow
	case client.IgnoreNotFound(err) != nil:
		return ctrl.Result{}, fmt.Errorf("writing the status: %w", err)
	default: // written, or deleted meanwhile
		return ctrl.Result{}, nil
	}
}

// tasks lists the Scheduler's Tasks, only to be read. It need not wait for the cache to
// have seen the latest writes: their events bring it back.
func (r *Reconciler) tasks(ctx context.Context, sched *v1alpha1.Scheduler) ([]v1alpha1.Task, error) {
	tasks := &v1alpha1.TaskList{}
	err := r.Client.List(ctx, tasks, client.InNamespace(sched.Namespace), client.MatchingFields{task.SchedulerIndex: sched.Name},
		client.UnsafeDisableDeepCopy, client.DisableReadYourWritesConsistency)
	if err != nil {
		return nil, fmt.Errorf("listing the tasks: %w", err)
	}
	return tasks.Items, nil
}

// count counts Tasks by state.
func count(tasks []v1alpha1.Task) v1alpha1.TaskCounts {
	counts := v1alpha1.TaskCounts{}
	for i := range tasks {
		counts.Total++
		switch tasks[i].Status.State {
		case v1alpha1.TaskScheduled:
			counts.Scheduled++
		case v1alpha1.TaskPaused:
			counts.Paused++
		case v1alpha1.TaskCompleted:
			counts.Completed++
		case v1alpha1.TaskStalled:
			counts.Stalled++
		}
	}
	return counts
}

// SetupWithManager registers the controller. It looks at a Scheduler when its
// spec changes, and a moment after the state of one of its Tasks has.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	return ctrl.NewControllerManagedBy(mgr).Named("scheduler").
		WithOptions(fairqueue.Options()).
		For(&v1alpha1.Scheduler{}, builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Watches(&v1alpha1.Task{}, countLater(), builder.WithPredicates(stateChanged())).
		Complete(r)
}

// stateChanged lets through the Tasks that have come, gone or changed state, and
// everything that becomes of those whose runs the end of a Scheduler waits for.
func stateChanged() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		was, isTask := e.ObjectOld.(*v1alpha1.Task)
		now, ok := e.ObjectNew.(*v1alpha1.Task)
		if !isTask || !ok {
			return false
		}
		return was.Status.State != now.Status.State || was.Spec.Trigger.Shutdown != nil || now.Spec.Trigger.Shutdown != nil
	}}
}

// countLater enqueues the Scheduler of a Task after countDelay; the queue merges
// what comes in between.
func countLater() handler.EventHandler {
	type queue = workqueue.TypedRateLimitingInterface[reconcile.Request]
	later := func(obj client.Object, q queue) {
		t, ok := obj.(*v1alpha1.Task)
		if !ok {
			return
		}
		q.AddAfter(reconcile.Request{NamespacedName: client.ObjectKey{Namespace: t.Namespace, Name: t.SchedulerName()}}, countDelay)
	}
	return handler.Funcs{
		CreateFunc: func(_ context.Context, e event.CreateEvent, q queue) { later(e.Object, q) },
		UpdateFunc: func(_ context.Context, e event.UpdateEvent, q queue) { later(e.ObjectNew, q) },
		DeleteFunc: func(_ context.Context, e event.DeleteEvent, q queue) { later(e.Object, q) },
	}
}
