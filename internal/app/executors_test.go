package app_test

import (
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

// specifyExecutors has three Tasks share an executor with one place.
func specifyExecutors() {
	It("never has more Pods than an executor has places for, and gives every Task its turn", func(ctx SpecContext) {
		namespace := newNamespace(ctx)
		sched := &v1alpha1.Scheduler{}
		sched.Namespace, sched.Name = namespace, v1alpha1.DefaultSchedulerName
		sched.Spec.Executors = []v1alpha1.Executor{{Name: "narrow", Pod: &v1alpha1.PodExecutor{MaxConcurrent: 1}}}
		Expect(admin.Create(ctx, sched)).To(Succeed())
		var tasks []*v1alpha1.Task
		for i := range 3 {
			task := makeTask(namespace, fmt.Sprintf("task-%d", i), now(), podAction())
			task.Spec.Executor = "narrow"
			Expect(admin.Create(ctx, task)).To(Succeed())
			tasks = append(tasks, task)
		}
		Eventually(func(g Gomega) {
			waiting := 0
			for _, task := range tasks {
				for _, run := range statusOf(ctx, task).Active {
					if run.State == v1alpha1.RunPending {
						waiting++
						g.Expect(run.Message).To(ContainSubstring("capacity of the executor narrow"))
					}
				}
			}
			g.Expect(waiting).To(Equal(2))
		}).WithTimeout(15 * time.Second).Should(Succeed())
		for range tasks {
			pods := &corev1.PodList{}
			Eventually(func(g Gomega) {
				g.Expect(admin.List(ctx, pods, client.InNamespace(namespace))).To(Succeed())
				unfinished := 0
				for i := range pods.Items {
					if pods.Items[i].Status.Phase == corev1.PodPending {
						unfinished++
					}
				}
				g.Expect(unfinished).To(Equal(1))
			}).WithTimeout(10 * time.Second).Should(Succeed())
			Expect(finishPods(ctx, namespace, corev1.PodSucceeded)).To(Equal(1))
		}
		for _, task := range tasks {
			Eventually(func() *v1alpha1.RunCounts { return statusOf(ctx, task).RunCounts }).WithTimeout(10 * time.Second).
				Should(Equal(&v1alpha1.RunCounts{Succeeded: 1}))
		}
	})
}
