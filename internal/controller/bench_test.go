package controller_test

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/go-logr/logr"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clocktesting "k8s.io/utils/clock/testing"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/controller/task"
	"github.com/carillon-dev/carillon/internal/scheduler/engine"
	"github.com/carillon-dev/carillon/internal/scheduler/fair"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/internal/store/status"
	"github.com/carillon-dev/carillon/internal/translate"
)

// handlers knows the handler log alone.
type handlers struct{}

func (handlers) Exists(name, _ string) bool { return name == "log" }
func (handlers) Names(string) []string      { return []string{"log"} }

// bench is one life of a manager's core on the real API server, with a clock
// and with executors that the test moves.
type bench struct {
	ctx        context.Context
	namespace  string
	clock      *clocktesting.FakeClock
	group      *engine.Group
	reconciler *task.Reconciler

	mu      sync.Mutex
	started []model.Run
	tasks   map[string]model.Task
}

// newBench starts a core at an instant. It ends with the spec, or by stop.
func newBench(ctx context.Context, namespace string, now time.Time) (b *bench, stop func()) {
	b = &bench{ctx: ctx, namespace: namespace, clock: clocktesting.NewFakeClock(now), tasks: map[string]model.Task{}}
	b.group = engine.NewGroup(engine.Config{
		Holder: "bench", Clock: b.clock, Store: &status.Store{Client: live, Live: live, Snapshot: translate.Source{Reader: live, Env: translate.Options{Handlers: handlers{}}}.Snapshot},
		Pods: b, InProcess: b, Sink: b, Log: logr.Discard(), Saves: fair.NewSemaphore(4),
	}, nil)
	b.reconciler = &task.Reconciler{Client: live, Live: live, Clock: b.clock, Core: b.group, Env: translate.Options{Handlers: handlers{}}}
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() {
		defer close(done)
		b.group.Run(running)
	}()
	stop = sync.OnceFunc(func() {
		cancel()
		Eventually(func() bool { // what waits for the clock must not keep us
			b.clock.Step(time.Second)
			select {
			case <-done:
				return true
			default:
				return false
			}
		}).WithTimeout(10 * time.Second).Should(BeTrue())
	})
	DeferCleanup(stop)
	return b, stop
}

// Start implements model.Executor.
func (b *bench) Start(_ context.Context, t model.Task, run model.Run) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.started = append(b.started, run)
	b.tasks[t.Name] = t
}

// Adopt implements model.Executor.
func (b *bench) Adopt(context.Context, model.Task, model.Run) {}

// Stop implements model.Executor.
func (b *bench) Stop(context.Context, model.Task, model.Run) {}

// Prune implements model.Executor.
func (b *bench) Prune(context.Context, model.Task, []model.Run) {}

// Report implements model.Sink.
func (b *bench) Report(model.Task, []model.Event) {}

// slots are the slots that have been started.
func (b *bench) slots() []time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	slots := make([]time.Time, 0, len(b.started))
	for _, run := range b.started {
		slots = append(slots, run.Slot)
	}
	return slots
}

// reconcile hands a Task to the controller, as its watch would.
func (b *bench) reconcile(name string) {
	GinkgoHelper()
	_, err := b.reconciler.Reconcile(b.ctx, ctrl.Request{NamespacedName: client.ObjectKey{Namespace: b.namespace, Name: name}})
	Expect(err).NotTo(HaveOccurred())
}

// get reads a Task.
func (b *bench) get(name string) *v1alpha1.Task {
	GinkgoHelper()
	t := &v1alpha1.Task{}
	Expect(live.Get(b.ctx, client.ObjectKey{Namespace: b.namespace, Name: name}, t)).To(Succeed())
	return t
}

// status waits until a Task's status is about its present spec and satisfies a
// matcher, and returns it.
func (b *bench) status(name string, matchers ...func(v1alpha1.TaskStatus) bool) v1alpha1.TaskStatus {
	GinkgoHelper()
	var status v1alpha1.TaskStatus
	Eventually(func() bool {
		t := b.get(name)
		status = t.Status
		for _, matches := range matchers {
			if !matches(status) {
				return false
			}
		}
		return status.ObservedGeneration == t.Generation
	}).WithTimeout(10*time.Second).Should(BeTrue(), "the status did not become as wanted")
	return status
}

// edit changes a Task's spec as a user does. Whether a manager sees it is another
// matter.
func (b *bench) edit(name string, change func(*v1alpha1.TaskSpec)) {
	GinkgoHelper()
	t := b.get(name)
	before := t.DeepCopy()
	change(&t.Spec)
	Expect(live.Patch(b.ctx, t, client.MergeFrom(before))).To(Succeed())
}

// create creates a Task that runs as a Pod and hands it to the controller twice:
// the first time makes the default Scheduler, whose event brings it back.
func (b *bench) create(name string, trigger v1alpha1.Trigger) *v1alpha1.Task {
	GinkgoHelper()
	t := &v1alpha1.Task{
		ObjectMeta: metav1.ObjectMeta{Namespace: b.namespace, Name: name},
		Spec: v1alpha1.TaskSpec{Trigger: trigger, Action: v1alpha1.Action{Pod: &v1alpha1.PodAction{
			Template: corev1.PodTemplateSpec{Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "main", Image: "image"}}}},
		}}},
	}
	Expect(live.Create(b.ctx, t)).To(Succeed())
	b.reconcile(name)
	b.reconcile(name)
	return t
}

// dailyAt is every day at the hour of a slot, in the Scheduler's zone.
func dailyAt(slot time.Time) v1alpha1.Trigger {
	return v1alpha1.Trigger{SimpleTrigger: v1alpha1.SimpleTrigger{Schedule: fmt.Sprintf("0 %d * * *", slot.UTC().Hour())}}
}
