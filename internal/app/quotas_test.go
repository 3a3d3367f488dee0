package app_test

import (
	"context"
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

// S6: a namespace has no more than its limits, which its labels may change. A tenant has no right
// to change these.
var _ = Describe("A manager with limits of namespaces", Ordered, func() {
	BeforeAll(func() {
		boot(prometheus.NewRegistry(), "--limit-namespace-tasks=2", "--limit-namespace-runs=2")
	})

	label := func(ctx context.Context, namespace, key, value string) {
		GinkgoHelper()
		patch := fmt.Sprintf(`{"metadata":{"labels":{%q:%q}}}`, key, value)
		object := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}
		Expect(admin.Patch(ctx, object, client.RawPatch("application/merge-patch+json", []byte(patch)))).To(Succeed())
	}
	create := func(ctx context.Context, namespace string, tasks int, action v1alpha1.Action) (all []*v1alpha1.Task) {
		GinkgoHelper()
		for i := range tasks {
			task := makeTask(namespace, fmt.Sprint("task-", i), now(), action)
			Expect(admin.Create(ctx, task)).To(Succeed())
			all = append(all, task)
		}
		return all
	}
	stalled := func(ctx context.Context, tasks []*v1alpha1.Task) func() []string {
		return func() (names []string) {
			for _, task := range tasks {
				condition := meta.FindStatusCondition(statusOf(ctx, task).Conditions, v1alpha1.ConditionStalled)
				if condition != nil && condition.Reason == v1alpha1.ReasonLimitExceeded {
					names = append(names, task.Name)
				}
			}
			return names
		}
	}

	It("schedules the oldest Tasks alone, and others when there is room", func(ctx SpecContext) {
		namespace := newNamespace(ctx)
		tasks := create(ctx, namespace, 4, logAction())
		Eventually(stalled(ctx, tasks)).WithTimeout(10 * time.Second).Should(Equal([]string{"task-2", "task-3"}))
		Expect(admin.Delete(ctx, tasks[0])).To(Succeed())
		rest := tasks[1:]
		Eventually(stalled(ctx, rest)).WithTimeout(10 * time.Second).Should(Equal([]string{"task-3"}))
		label(ctx, namespace, v1alpha1.LabelLimitTasks, "1")
		Eventually(stalled(ctx, rest)).WithTimeout(10 * time.Second).Should(Equal([]string{"task-2", "task-3"}))
		label(ctx, namespace, v1alpha1.LabelLimitTasks, "unlimited") // no limit; the manager's own
		Eventually(stalled(ctx, rest)).WithTimeout(10 * time.Second).Should(Equal([]string{"task-3"}))
		label(ctx, namespace, v1alpha1.LabelLimitTasks, "0")
		Eventually(stalled(ctx, rest)).WithTimeout(10 * time.Second).Should(BeEmpty())
	})

	It("has so many Pods under way at once, and more when the label says so", func(ctx SpecContext) {
		namespace := newNamespace(ctx)
		label(ctx, namespace, v1alpha1.LabelLimitTasks, "0")
		tasks := create(ctx, namespace, 4, podAction())
		pods := func() (names []string) {
			list := &corev1.PodList{}
			Expect(admin.List(ctx, list, client.InNamespace(namespace))).To(Succeed())
			for i := range list.Items {
				names = append(names, list.Items[i].Name)
			}
			return names
		}
		Eventually(pods).WithTimeout(10 * time.Second).Should(HaveLen(2))
		Eventually(func() (messages []string) {
			for _, task := range tasks {
				for _, run := range statusOf(ctx, task).Active {
					if run.State == v1alpha1.RunPending {
						messages = append(messages, run.Message)
					}
				}
			}
			return messages
		}).WithTimeout(10 * time.Second).Should(HaveExactElements(
			ContainSubstring("quota of its namespace, which may have 2 runs as Pods at once"), ContainSubstring("quota of its namespace")))
		Consistently(pods).WithTimeout(time.Second).Should(HaveLen(2))
		label(ctx, namespace, v1alpha1.LabelLimitRuns, "3")
		Eventually(pods).WithTimeout(10 * time.Second).Should(HaveLen(3))
		Expect(stalled(ctx, tasks)()).To(BeEmpty())
	})

	// The role edit of a cluster has no rights on Namespaces but to read them.
	It("may not change the limits of the namespace, as a tenant", func(ctx SpecContext) {
		namespace := newNamespace(ctx)
		tenant := newUser(ctx, namespace, "tenant", writesTasks, rule("", "pods", []string{"*"}), rule("", "namespaces", []string{"get", "list", "watch"}))
		object := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}
		Expect(tenant.Get(ctx, client.ObjectKeyFromObject(object), object)).To(Succeed())
		patch := client.MergeFrom(object.DeepCopy())
		object.Labels[v1alpha1.LabelLimitTasks] = "0"
		Expect(apierrors.IsForbidden(tenant.Patch(ctx, object, patch))).To(BeTrue())
	})
})
