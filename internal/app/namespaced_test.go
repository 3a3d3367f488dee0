package app_test

import (
	"path/filepath"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/app"
)

// A manager of some namespaces has permissions nowhere else, but for its lease.
var _ = Describe("A manager that watches namespaces", func() {
	DescribeTable("runs the Tasks of", func(ctx SpecContext, count int) {
		home := newNamespace(ctx)
		account := bindLease(ctx, home)
		outside := makeTask(newNamespace(ctx), "outside", everySecond(), logAction())
		Expect(admin.Create(ctx, outside)).To(Succeed())
		flags := []string{"--leader-election-namespace=" + home}
		var watched []string
		for range count {
			namespace := newNamespace(ctx)
			bindIn(ctx, namespace, home)
			watched = append(watched, namespace)
			flags = append(flags, "--watch-namespaces="+namespace)
		}
		registry := prometheus.NewRegistry()
		bootWith(app.Dependencies{Registry: registry, Cluster: account}, flags...)
		for _, namespace := range watched {
			expectToServe(ctx, namespace)
		}
		Expect(statusOf(ctx, outside)).To(Equal(v1alpha1.TaskStatus{}), "nobody serves it")
		Expect(value(registry, "carillon_runs_total")).To(BeNumerically(">=", 2*count))
	},
		Entry("one", 1),
		Entry("several", 3),
	)

	It("keeps the limits that labels of these Namespaces set", func(ctx SpecContext) {
		home, namespace := newNamespace(ctx), newNamespace(ctx)
		account := bindLease(ctx, home)
		bindIn(ctx, namespace, home)
		object := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}
		Expect(admin.Patch(ctx, object, client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"labels":{"carillon.dev/limit-tasks":"1"}}}`)))).To(Succeed())
		bootWith(app.Dependencies{Registry: prometheus.NewRegistry(), Cluster: account}, "--leader-election-namespace="+home, "--watch-namespaces="+namespace)
		older, newer := makeTask(namespace, "a", everySecond(), logAction()), makeTask(namespace, "b", everySecond(), logAction())
		for _, task := range []*v1alpha1.Task{older, newer} {
			Expect(admin.Create(ctx, task)).To(Succeed())
		}
		Eventually(func() *metav1.Condition {
			return meta.FindStatusCondition(statusOf(ctx, newer).Conditions, v1alpha1.ConditionStalled)
		}).WithTimeout(10 * time.Second).Should(HaveField("Reason", v1alpha1.ReasonLimitExceeded))
		Eventually(func() *v1alpha1.RunCounts { return statusOf(ctx, older).RunCounts }).WithTimeout(10 * time.Second).ShouldNot(BeNil())
	})
})

// expectToServe has Tasks of a namespace run, as Pods too, many times; their Scheduler
// end; and what is too much be deleted.
func expectToServe(ctx SpecContext, namespace string) {
	GinkgoHelper()
	calls, pods := makeTask(namespace, "calls", everySecond(), logAction()), makeTask(namespace, "pods", everySecond(), podAction())
	pods.Spec.History = &v1alpha1.History{Succeeded: new(int32(1))}
	for _, task := range []*v1alpha1.Task{calls, pods} {
		Expect(admin.Create(ctx, task)).To(Succeed())
	}
	Eventually(func(g Gomega) {
		finishPods(ctx, namespace, corev1.PodSucceeded)
		g.Expect(statusOf(ctx, calls).RunCounts).To(HaveField("Succeeded", BeNumerically(">=", 3)))
		g.Expect(statusOf(ctx, pods).RunCounts).To(HaveField("Succeeded", BeNumerically(">=", 3)))
		left := &corev1.PodList{}
		g.Expect(admin.List(ctx, left, client.InNamespace(namespace))).To(Succeed())
		g.Expect(len(left.Items)).To(BeNumerically("<=", 2), "history.succeeded is 1")
		sched := &v1alpha1.Scheduler{}
		g.Expect(admin.Get(ctx, client.ObjectKey{Namespace: namespace, Name: "default"}, sched)).To(Succeed())
		g.Expect(sched.Status.Tasks).To(HaveField("Total", BeEquivalentTo(2)))
	}).WithTimeout(20 * time.Second).Should(Succeed())
	for _, runs := range []*v1alpha1.RunCounts{calls.Status.RunCounts, pods.Status.RunCounts} {
		Expect(runs.Failed).To(BeZero())
	}
	sched := &v1alpha1.Scheduler{}
	sched.Namespace, sched.Name = namespace, "default"
	farewell := makeTask(namespace, "farewell", v1alpha1.SimpleTrigger{}, logAction())
	farewell.Spec.Trigger.Shutdown = &v1alpha1.ShutdownTrigger{}
	Expect(admin.Create(ctx, farewell)).To(Succeed())
	Eventually(func() []string {
		Expect(admin.Get(ctx, client.ObjectKeyFromObject(sched), sched)).To(Succeed())
		return sched.Finalizers
	}).WithTimeout(10 * time.Second).ShouldNot(BeEmpty())
	Expect(admin.Delete(ctx, sched)).To(Succeed())
	Eventually(exists(ctx, sched)).WithTimeout(10 * time.Second).Should(BeFalse())
	Expect(statusOf(ctx, farewell).RunCounts).To(Equal(&v1alpha1.RunCounts{Succeeded: 1}))
}

// bindLease lets the ServiceAccount of a manager in a namespace have a lease there, and
// returns the configuration of its client.
func bindLease(ctx SpecContext, namespace string) *rest.Config {
	GinkgoHelper()
	for _, obj := range decode(filepath.Join("..", "..", "config", "rbac", "role.yaml")) {
		if role, ok := obj.(*rbacv1.Role); ok && role.Namespace == managerNamespace {
			role.Namespace = namespace
			Expect(admin.Create(ctx, role)).To(Succeed())
			Expect(admin.Create(ctx, binding(namespace, namespace, rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: role.Name}))).To(Succeed())
		}
	}
	return asManager(cluster.Config, namespace)
}

// bindIn does in a namespace what the component does in the namespace default.
func bindIn(ctx SpecContext, namespace, home string) {
	GinkgoHelper()
	for _, obj := range decode(filepath.Join("..", "..", "config", "components", "namespaced", "role_binding.yaml")) {
		given, ok := obj.(*rbacv1.RoleBinding)
		Expect(ok).To(BeTrue())
		Expect(admin.Create(ctx, binding(namespace, home, given.RoleRef))).To(Succeed())
	}
}

func binding(namespace, home string, role rbacv1.RoleRef) *rbacv1.RoleBinding {
	bound := &rbacv1.RoleBinding{RoleRef: role, Subjects: []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: home, Name: "carillon-manager"}}}
	bound.Namespace, bound.GenerateName = namespace, "carillon-"
	return bound
}
