package controller_test

import (
	"context"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/controller/task"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// taken is a core that notes which Tasks it was handed.
type taken struct {
	mu    sync.Mutex
	tasks map[string]model.Snapshot // by namespace
}

func newTaken() *taken { return &taken{tasks: map[string]model.Snapshot{}} }

func (t *taken) Upsert(_ string, snap model.Snapshot) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.tasks[snap.Task.Namespace] = snap
}

func (t *taken) Remove(model.Key)                {}
func (t *taken) SetPaused(string, string, bool)  {}
func (t *taken) Announce(string, model.Snapshot) {}
func (t *taken) Release(string)                  {}
func (t *taken) ReleaseAll()                     {}

var _ = Describe("A manager that takes over", func() {
	It("S7: reads the records live, and not from a cache that lags behind", func(ctx SpecContext) {
		namespace := newNamespace(ctx)
		Expect(live.Create(ctx, &v1alpha1.Scheduler{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: v1alpha1.DefaultSchedulerName}})).To(Succeed())
		object := &v1alpha1.Task{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "task"}}
		object.Spec.Trigger.Schedule = "0 0 1 1 *"
		object.Spec.Action.HTTP = &v1alpha1.HTTPAction{URL: "https://example.com"}
		Expect(live.Create(ctx, object)).To(Succeed())
		lagging := interceptor.NewClient(live, interceptor.Funcs{List: func(context.Context, client.WithWatch, client.ObjectList, ...client.ListOption) error {
			return nil // it has seen nothing yet
		}, Get: func(_ context.Context, _ client.WithWatch, key client.ObjectKey, _ client.Object, _ ...client.GetOption) error {
			return apierrors.NewNotFound(v1alpha1.Resource("schedulers"), key.Name)
		}})
		core := newTaken()
		reconciler := &task.Reconciler{Client: lagging, Live: live, Core: core, Clock: clock.RealClock{}, Namespaces: []string{namespace}}
		Expect(reconciler.Load(ctx)).To(Succeed())
		Expect(core.tasks).To(HaveKeyWithValue(namespace, And(HaveField("Live", BeTrue()), HaveField("Task.Missing", BeNil()))))
	})

	It("R8: refuses no request because its cache does not have the Scheduler yet", func(ctx SpecContext) {
		namespace := newNamespace(ctx)
		Expect(live.Create(ctx, &v1alpha1.Scheduler{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "nightly"}})).To(Succeed())
		object := &v1alpha1.Task{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "task"}}
		object.Spec.Trigger.Schedule, object.Spec.SchedulerName = "0 0 1 1 *", "nightly"
		object.Spec.Action.HTTP = &v1alpha1.HTTPAction{URL: "https://example.com"}
		Expect(live.Create(ctx, object)).To(Succeed())
		lagging := interceptor.NewClient(live, interceptor.Funcs{Get: func(ctx context.Context, inner client.WithWatch, key client.ObjectKey, obj client.Object, opts ...client.GetOption) error {
			if _, isScheduler := obj.(*v1alpha1.Scheduler); isScheduler {
				return apierrors.NewNotFound(v1alpha1.Resource("schedulers"), key.Name)
			}
			return inner.Get(ctx, key, obj, opts...)
		}})
		core := newTaken()
		reconciler := &task.Reconciler{Client: lagging, Live: live, Core: core, Clock: clock.RealClock{}}
		_, err := reconciler.Reconcile(ctx, ctrl.Request{NamespacedName: client.ObjectKeyFromObject(object)})
		Expect(err).NotTo(HaveOccurred())
		Expect(core.tasks).To(HaveKeyWithValue(namespace, HaveField("Task.Missing", BeNil())))
	})

	It("E2: serves the others where it can make no Scheduler for a Task", func(ctx SpecContext) {
		refused, served := newNamespace(ctx), newNamespace(ctx)
		sched := &v1alpha1.Scheduler{ObjectMeta: metav1.ObjectMeta{Namespace: served, Name: v1alpha1.DefaultSchedulerName}}
		Expect(live.Create(ctx, sched)).To(Succeed())
		for _, namespace := range []string{refused, served} {
			object := &v1alpha1.Task{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "task"}}
			object.Spec.Trigger.Schedule = "0 0 1 1 *"
			object.Spec.Action.HTTP = &v1alpha1.HTTPAction{URL: "https://example.com"}
			Expect(live.Create(ctx, object)).To(Succeed())
		}
		forbidden := interceptor.NewClient(live, interceptor.Funcs{Create: func(context.Context, client.WithWatch, client.Object, ...client.CreateOption) error {
			return context.DeadlineExceeded
		}})
		core := newTaken()
		reconciler := &task.Reconciler{Client: forbidden, Live: live, Core: core, Clock: clock.RealClock{}}
		Expect(reconciler.Load(ctx)).To(Succeed())
		Expect(core.tasks).To(HaveKey(served))
		Expect(core.tasks).NotTo(HaveKey(refused))
		By("leaving that Task to its own reconcile, which is tried again")
		_, err := reconciler.Reconcile(ctx, ctrl.Request{NamespacedName: client.ObjectKey{Namespace: refused, Name: "task"}})
		Expect(err).To(MatchError(context.DeadlineExceeded))
	})
})
