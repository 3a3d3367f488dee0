package task

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/utils/clock"
	clocktesting "k8s.io/utils/clock/testing"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/internal/testutil/objects"
	"github.com/carillon-dev/carillon/internal/translate"
)

// core keeps the newest snapshot of each Task by its namespace and name.
type core map[string]model.Snapshot

func (c core) Upsert(_ string, snap model.Snapshot) { c[snap.Task.Key.String()] = snap }
func (c core) Remove(model.Key)                     {}
func (c core) SetPaused(string, string, bool)       {}
func (c core) Announce(string, model.Snapshot)      {}
func (c core) Release(string)                       {}
func (c core) ReleaseAll()                          {}

// refusing is an API server that holds Tasks and refuses to create Schedulers while err
// is set.
type refusing struct {
	client.Client
	err   error
	tries int
}

func newRefusing(t *testing.T, err error, tasks ...*v1alpha1.Task) *refusing {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	builder := fake.NewClientBuilder().WithScheme(scheme)
	for _, task := range tasks {
		builder = builder.WithObjects(task)
	}
	r := &refusing{err: err}
	r.Client = builder.WithInterceptorFuncs(interceptor.Funcs{
		Create: func(ctx context.Context, inner client.WithWatch, obj client.Object, opts ...client.CreateOption) error {
			if r.tries++; r.err != nil {
				return r.err
			}
			return inner.Create(ctx, obj, opts...)
		},
	}).Build()
	return r
}

func named(name string, mods ...func(*v1alpha1.Task)) *v1alpha1.Task {
	task := objects.MakeTask(mods...)
	task.Namespace, task.Name, task.Generation = "ns", name, 1
	return task
}

func quota() error {
	return apierrors.NewForbidden(v1alpha1.GroupVersion.WithResource("schedulers").GroupResource(), "default",
		&quotaError{"exceeded quota: none, requested: count/schedulers.carillon.dev=1"})
}

type quotaError struct{ text string }

func (e *quotaError) Error() string { return e.text }

func reconcileTask(t *testing.T, r *Reconciler, name string) ctrl.Result {
	t.Helper()
	result, err := r.Reconcile(t.Context(), ctrl.Request{NamespacedName: client.ObjectKey{Namespace: "ns", Name: name}})
	if err != nil {
		t.Fatalf("reconciling %s: %v", name, err)
	}
	return result
}

func TestE1_ADefaultSchedulerThatIsRefusedStallsItsTasks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newRefusing(t, quota(), named("a"), named("b"))
		tasks := core{}
		now := clocktesting.NewFakeClock(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
		r := &Reconciler{Client: api, Live: api, Core: tasks, Env: translate.Options{Handlers: logHandlers{}, MaxWorkers: 20}, Clock: now}
		retry := reconcileTask(t, r, "a").RequeueAfter
		got := tasks["ns/a"].Task.Missing
		if got == nil || got.Reason != v1alpha1.ReasonSchedulerNotCreated || !strings.Contains(got.Message, "exceeded quota: none") {
			t.Fatalf("the problem is %+v, want the API server's words", got)
		}
		if retry <= 0 || retry > time.Minute {
			t.Errorf("tried again after %s, want within a minute", retry)
		}
		if reconcileTask(t, r, "b"); api.tries != 1 || tasks["ns/b"].Task.Missing == nil {
			t.Errorf("%d tries for two Tasks of a namespace, want 1, and both stalled", api.tries)
		}
		for range 20 {
			retry = reconcileTask(t, r, "a").RequeueAfter
			now.Step(retry)
		}
		if retry != time.Minute {
			t.Errorf("the time between two tries grows to %s, want 1m0s", retry)
		}
		api.err = nil
		if retry := reconcileTask(t, r, "a").RequeueAfter; retry != 0 {
			t.Errorf("tried again after %s although it was created", retry)
		}
		reconcileTask(t, r, "a")
		if got := tasks["ns/a"].Task.Missing; got != nil {
			t.Errorf("the problem is %+v after the Scheduler was created", got)
		}
	})
}

// What the status says of the refusal outlives the manager that wrote it.
func TestE1_ARefusedDefaultSchedulerIsTriedAgainAfterARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stalled := func(reason string) func(*v1alpha1.Task) {
			return func(task *v1alpha1.Task) {
				task.Status.ObservedGeneration = 1
				task.Status.Conditions = []metav1.Condition{{Type: v1alpha1.ConditionReady, Status: metav1.ConditionFalse, Reason: reason, Message: "words"}}
			}
		}
		api := newRefusing(t, quota(), named("refused", stalled(v1alpha1.ReasonSchedulerNotCreated)), named("deleted", stalled(v1alpha1.ReasonSchedulerNotFound)))
		primed := newPrimed()
		r := &Reconciler{Client: api, Live: api, Clock: clock.RealClock{}, Core: primed, Env: translate.Options{Handlers: logHandlers{}, MaxWorkers: 20}}
		if err := r.Load(t.Context()); err != nil {
			t.Fatal(err)
		}
		tasks := core(primed.upserted)
		r.Core = tasks
		if got := tasks["ns/refused"].Task.Missing; api.tries != 0 || got == nil || got.Reason != v1alpha1.ReasonSchedulerNotCreated || got.Message != "words" {
			t.Errorf("before anything is tried: %+v", got)
		}
		if reconcileTask(t, r, "deleted"); api.tries != 0 || tasks["ns/deleted"].Task.Missing.Reason != v1alpha1.ReasonSchedulerNotFound {
			t.Error("a Scheduler that a user may have deleted is created again (P3)")
		}
		if reconcileTask(t, r, "refused"); api.tries != 1 || !strings.Contains(tasks["ns/refused"].Task.Missing.Message, "exceeded quota") {
			t.Errorf("%d tries, want 1, and the newest words: %+v", api.tries, tasks["ns/refused"].Task.Missing)
		}
	})
}

func TestDefaultSchedulerOfATerminatingNamespace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		terminating := &apierrors.StatusError{ErrStatus: metav1.Status{
			Code: 403, Reason: metav1.StatusReasonForbidden,
			Details: &metav1.StatusDetails{Causes: []metav1.StatusCause{{Type: corev1.NamespaceTerminatingCause}}},
		}}
		tasks := core{}
		api := newRefusing(t, terminating, named("a"))
		r := &Reconciler{Client: api, Live: api, Core: tasks, Env: translate.Options{Handlers: logHandlers{}, MaxWorkers: 20}, Clock: clock.RealClock{}}
		if result := reconcileTask(t, r, "a"); result.RequeueAfter != 0 || len(tasks) != 0 {
			t.Errorf("requeued after %s with %d Tasks, want nothing", result.RequeueAfter, len(tasks))
		}
	})
}

func TestDefaultSchedulerWithoutAnAnswerIsAnError(t *testing.T) {
	t.Parallel()
	tasks := core{}
	api := newRefusing(t, context.DeadlineExceeded, named("a"))
	r := &Reconciler{Client: api, Live: api, Core: tasks, Env: translate.Options{Handlers: logHandlers{}, MaxWorkers: 20}, Clock: clock.RealClock{}}
	_, err := r.Reconcile(t.Context(), ctrl.Request{NamespacedName: client.ObjectKey{Namespace: "ns", Name: "a"}})
	if err == nil || len(tasks) != 0 {
		t.Errorf("error %v with %d Tasks, want an error and none", err, len(tasks))
	}
}

// logHandlers has the handler log alone.
type logHandlers struct{}

func (logHandlers) Exists(name, _ string) bool { return name == "log" }
func (logHandlers) Names(string) []string      { return []string{"log"} }
