package app_test

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

// makeEnding makes a Scheduler named ending, and a Task that runs at its end.
func makeEnding(ctx context.Context, action v1alpha1.Action, shutdown *v1alpha1.Shutdown) (*v1alpha1.Scheduler, *v1alpha1.Task) {
	GinkgoHelper()
	sched := &v1alpha1.Scheduler{ObjectMeta: metav1.ObjectMeta{Namespace: newNamespace(ctx), Name: "ending"}}
	sched.Spec.Shutdown = shutdown
	Expect(admin.Create(ctx, sched)).To(Succeed())
	task := makeTask(sched.Namespace, "farewell", v1alpha1.SimpleTrigger{}, action)
	task.Spec.SchedulerName = sched.Name
	task.Spec.Trigger.Shutdown = &v1alpha1.ShutdownTrigger{}
	Expect(admin.Create(ctx, task)).To(Succeed())
	Eventually(func(g Gomega) {
		g.Expect(admin.Get(ctx, client.ObjectKeyFromObject(sched), sched)).To(Succeed())
		g.Expect(sched.Finalizers).To(ConsistOf(v1alpha1.FinalizerShutdown))
		status := statusOf(ctx, task)
		g.Expect(status.State).To(Equal(v1alpha1.TaskScheduled))
		g.Expect(status.NextRunTime).To(BeNil())
		g.Expect(status.Conditions[0].Reason).To(Equal(v1alpha1.ReasonAwaitingShutdown))
	}).WithTimeout(15 * time.Second).Should(Succeed())
	return sched, task
}

func exists(ctx context.Context, obj client.Object) func() bool {
	return func() bool {
		err := admin.Get(ctx, client.ObjectKeyFromObject(obj), obj.DeepCopyObject().(client.Object))
		Expect(client.IgnoreNotFound(err)).To(Succeed())
		return !apierrors.IsNotFound(err)
	}
}

// specifyShutdown deletes Schedulers (P3).
func specifyShutdown() {
	It("P3: runs a Task with a shutdown trigger before its Scheduler is gone, and no other", func(ctx SpecContext) {
		sched, task := makeEnding(ctx, podAction(), nil)
		other := makeTask(sched.Namespace, "other", everySecond(), logAction())
		other.Spec.SchedulerName = sched.Name
		Expect(admin.Create(ctx, other)).To(Succeed())
		Eventually(func() *v1alpha1.RunCounts { return statusOf(ctx, other).RunCounts }).WithTimeout(10 * time.Second).Should(HaveField("Succeeded", BeNumerically(">", 0)))
		Expect(admin.Delete(ctx, sched)).To(Succeed())
		Eventually(func() v1alpha1.TaskState { return statusOf(ctx, other).State }).WithTimeout(10 * time.Second).Should(Equal(v1alpha1.TaskStalled))
		decided := *other.Status.RunCounts
		Eventually(func() []v1alpha1.ActiveRun { return statusOf(ctx, task).Active }).WithTimeout(10 * time.Second).Should(HaveLen(1))
		Consistently(exists(ctx, sched)).WithTimeout(2*time.Second).Should(BeTrue(), "it waits for the run")
		Expect(finishPods(ctx, sched.Namespace, corev1.PodSucceeded)).To(Equal(1))
		Eventually(exists(ctx, sched)).WithTimeout(10 * time.Second).Should(BeFalse())
		status := statusOf(ctx, task)
		Expect(status.RunCounts).To(Equal(&v1alpha1.RunCounts{Succeeded: 1}))
		Expect(status.RecentRuns[0].ScheduledTime.Unix()).To(BeNumerically(">=", task.CreationTimestamp.Unix()))
		Expect(*statusOf(ctx, other).RunCounts).To(Equal(decided), "its slots wait")
	})

	It("P3: waits no longer than spec.shutdown.timeout says, and tells for whom it did not", func(ctx SpecContext) {
		sched, _ := makeEnding(ctx, podAction(), &v1alpha1.Shutdown{Timeout: &metav1.Duration{Duration: 2 * time.Second}})
		Expect(admin.Delete(ctx, sched)).To(Succeed())
		Eventually(exists(ctx, sched)).WithTimeout(10 * time.Second).Should(BeFalse())
		Eventually(func(g Gomega) {
			events := &eventsv1.EventList{}
			g.Expect(admin.List(ctx, events, client.InNamespace(sched.Namespace))).To(Succeed())
			g.Expect(events.Items).To(ContainElement(And(HaveField("Reason", "ShutdownTimeout"), HaveField("Note", ContainSubstring("farewell")))))
		}).WithTimeout(10 * time.Second).Should(Succeed())
	})

	It("P3: keeps no Scheduler for a Task that is gone, nor in a terminating namespace", func(ctx SpecContext) {
		sched, task := makeEnding(ctx, podAction(), nil)
		Expect(admin.Delete(ctx, task)).To(Succeed())
		Eventually(func(g Gomega) {
			g.Expect(admin.Get(ctx, client.ObjectKeyFromObject(sched), sched)).To(Succeed())
			g.Expect(sched.Finalizers).To(BeEmpty())
		}).WithTimeout(10 * time.Second).Should(Succeed())

		blocked, _ := makeEnding(ctx, podAction(), nil)
		namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: blocked.Namespace}}
		Expect(admin.Delete(ctx, namespace)).To(Succeed()) // stays: nothing here removes its contents
		Expect(admin.Delete(ctx, blocked)).To(Succeed())
		Eventually(exists(ctx, blocked)).WithTimeout(10 * time.Second).Should(BeFalse())
	})
}
