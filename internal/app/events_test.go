package app_test

import (
	"context"
	"fmt"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

// eventsOf reads the Events of a namespace with a reason, by the API that people read.
func eventsOf(ctx context.Context, g Gomega, namespace, reason string) []eventsv1.Event {
	all := &eventsv1.EventList{}
	g.Expect(admin.List(ctx, all, client.InNamespace(namespace))).To(Succeed())
	var found []eventsv1.Event
	for i := range all.Items {
		if all.Items[i].Reason == reason {
			found = append(found, all.Items[i])
		}
	}
	return found
}

var _ = Describe("Events", func() {
	It("A8: carry the newest reason, few for a Task that keeps failing, also of the next manager", func(ctx SpecContext) {
		stop := boot(prometheus.NewRegistry())
		namespace, first, second := newNamespace(ctx), freeAddress(), freeAddress()
		task := makeTask(namespace, "fails", everySecond(), v1alpha1.Action{HTTP: &v1alpha1.HTTPAction{URL: "http://" + first}})
		Expect(admin.Create(ctx, task)).To(Succeed())
		count := int32(0)
		Eventually(func(g Gomega) {
			found := eventsOf(ctx, g, namespace, "RunFailed")
			g.Expect(found).NotTo(BeEmpty())
			g.Expect(len(found)).To(BeNumerically("<=", 2), "one an hour")
			g.Expect(found[0].Series).NotTo(BeNil())
			g.Expect(found[0].Note).To(ContainSubstring(first))
			g.Expect(found[0].Regarding).To(And(HaveField("Kind", "Task"), HaveField("UID", task.UID)))
			g.Expect(found[0].Related).To(BeNil())
			count = found[0].Series.Count
		}).WithTimeout(20 * time.Second).Should(Succeed())

		By("changing the reason")
		Expect(admin.Get(ctx, client.ObjectKeyFromObject(task), task)).To(Succeed())
		patch := client.MergeFrom(task.DeepCopy())
		task.Spec.Action.HTTP.URL = "http://" + second
		Expect(admin.Patch(ctx, task, patch)).To(Succeed())
		Eventually(func(g Gomega) {
			g.Expect(eventsOf(ctx, g, namespace, "RunFailed")).To(ContainElement(HaveField("Note", ContainSubstring(second))))
		}).WithTimeout(5 * time.Second).Should(Succeed())

		By("taking over")
		stop()
		boot(prometheus.NewRegistry())
		Eventually(func(g Gomega) {
			found := eventsOf(ctx, g, namespace, "RunFailed")
			g.Expect(len(found)).To(BeNumerically("<=", 2), "one an hour")
			sum, slots := int32(0), 0
			for i := range found {
				if found[i].Series != nil {
					sum += found[i].Series.Count
				}
				n := 0
				_, err := fmt.Sscan(found[i].Annotations[v1alpha1.AnnotationEventSlots], &n)
				g.Expect(err).NotTo(HaveOccurred())
				slots += n
			}
			g.Expect(sum).To(BeNumerically(">=", count+5))
			g.Expect(slots).To(BeNumerically(">=", int(sum)))
		}).WithTimeout(30 * time.Second).Should(Succeed())
	})

	It("E1: say why the default Scheduler is not created, as does the Task, until it is", func(ctx SpecContext) {
		boot(prometheus.NewRegistry())
		namespace := newNamespace(ctx)
		quota := &corev1.ResourceQuota{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "none"}}
		quota.Spec.Hard = corev1.ResourceList{"count/schedulers.carillon.dev": resource.MustParse("0")}
		Expect(admin.Create(ctx, quota)).To(Succeed())
		// This API server has no quota controller that would do it.
		quota.Status.Hard = quota.Spec.Hard
		quota.Status.Used = corev1.ResourceList{"count/schedulers.carillon.dev": resource.MustParse("0")}
		Expect(admin.Status().Update(ctx, quota)).To(Succeed())
		task := makeTask(namespace, "daily", v1alpha1.SimpleTrigger{Schedule: "0 0 29 2 *"}, logAction())
		Expect(admin.Create(ctx, task)).To(Succeed())
		Eventually(func(g Gomega) {
			stalled := meta.FindStatusCondition(statusOf(ctx, task).Conditions, v1alpha1.ConditionStalled)
			g.Expect(stalled).NotTo(BeNil())
			g.Expect(stalled.Reason).To(Equal(v1alpha1.ReasonSchedulerNotCreated))
			g.Expect(stalled.Message).To(ContainSubstring("exceeded quota: none"))
			g.Expect(eventsOf(ctx, g, namespace, v1alpha1.ReasonSchedulerNotCreated)).To(HaveLen(1))
		}).WithTimeout(10 * time.Second).Should(Succeed())
		Expect(admin.Delete(ctx, quota)).To(Succeed())
		Eventually(func() v1alpha1.TaskState { return statusOf(ctx, task).State }).WithTimeout(30 * time.Second).Should(Equal(v1alpha1.TaskScheduled))
	})

	It("A8: say of a Task that leaves no room for its status how large it is, and its run does not start", func(ctx SpecContext) {
		boot(prometheus.NewRegistry())
		namespace := newNamespace(ctx)
		withSize := func(size int) *v1alpha1.Task {
			task := makeTask(namespace, fmt.Sprint("size-", size), now(), podAction())
			task.Spec.Action.Pod.Template.Spec.Containers[0].Env = []corev1.EnvVar{{Name: "A", Value: strings.Repeat("a", size)}}
			return task
		}
		// The largest Task that the API server takes, and smaller ones.
		largest := 1_572_000
		for ; ; largest -= 200 {
			err := admin.Create(ctx, withSize(largest))
			if err == nil {
				break
			}
			Expect(apierrors.IsAlreadyExists(err)).To(BeFalse())
			Expect(largest).To(BeNumerically(">", 1_000_000), "%v", err)
		}
		sizes := []int{largest}
		for step := 400; step <= 4800; step *= 2 {
			sizes = append(sizes, largest-step)
			Expect(admin.Create(ctx, withSize(largest-step))).To(Succeed())
		}
		ordinary := makeTask(namespace, "ordinary", now(), podAction())
		Expect(admin.Create(ctx, ordinary)).To(Succeed())
		Eventually(func() []v1alpha1.ActiveRun { return statusOf(ctx, ordinary).Active }).WithTimeout(10 * time.Second).Should(HaveLen(1))
		Eventually(func(g Gomega) {
			reports := eventsOf(ctx, g, namespace, v1alpha1.ReasonRecordTooLarge)
			for _, size := range sizes {
				task := withSize(size)
				status := statusOf(ctx, task)
				reported := false
				for i := range reports {
					reported = reported || reports[i].Regarding.UID == task.UID && strings.Contains(reports[i].Note, "bytes")
				}
				pods := &corev1.PodList{}
				g.Expect(admin.List(ctx, pods, client.InNamespace(namespace), client.MatchingLabels{v1alpha1.LabelTaskUID: string(task.UID)})).To(Succeed())
				fmt.Fprintf(GinkgoWriter, "%d: state %q, reported %t, %d Pods\n", size, status.State, reported, len(pods.Items))
				if len(status.Active) > 0 || status.State == v1alpha1.TaskCompleted {
					continue
				}
				g.Expect(reported).To(BeTrue(), "%d bytes", size)
				g.Expect(pods.Items).To(BeEmpty(), "a run without its record")
				g.Expect(status.State).To(Or(BeEmpty(), Equal(v1alpha1.TaskStalled)))
			}
			g.Expect(reports).NotTo(BeEmpty())
		}).WithTimeout(40 * time.Second).WithPolling(2 * time.Second).Should(Succeed())
	})
})
