package app_test

import (
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

// limitPods makes a ResourceQuota for the Pods of a namespace, and counts for the quota
// controller, which does not run here.
func limitPods(ctx SpecContext, namespace, kind string, used, limit int64) *corev1.ResourceQuota {
	GinkgoHelper()
	list := func(n int64) corev1.ResourceList {
		return corev1.ResourceList{corev1.ResourceName(kind): *resource.NewQuantity(n, resource.DecimalSI)}
	}
	quota := &corev1.ResourceQuota{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "small"},
		Spec:       corev1.ResourceQuotaSpec{Hard: list(limit)},
	}
	Expect(admin.Create(ctx, quota)).To(Succeed())
	quota.Status = corev1.ResourceQuotaStatus{Hard: list(limit), Used: list(used)}
	Expect(admin.Status().Update(ctx, quota)).To(Succeed())
	return quota
}

func everyMonth() v1alpha1.SimpleTrigger { return v1alpha1.SimpleTrigger{Schedule: "0 3 1 * *"} }

var _ = Describe("A Pod template", Ordered, func() {
	BeforeAll(func() { boot(prometheus.NewRegistry()) })

	It("that can never be accepted stalls its Task before the first run (A7)", func(ctx SpecContext) {
		action := podAction()
		action.Pod.Template.Labels = map[string]string{"chart": strings.Repeat("a", 64)}
		action.Pod.Template.Spec.Containers[0].VolumeMounts = []corev1.VolumeMount{{Name: "nowhere", MountPath: "/x"}}
		task := makeTask(newNamespace(ctx), "never-valid", everyMonth(), action)
		Expect(admin.Create(ctx, task)).To(Succeed())
		Eventually(func() string {
			if stalled := meta.FindStatusCondition(statusOf(ctx, task).Conditions, v1alpha1.ConditionStalled); stalled != nil {
				return stalled.Reason + " " + stalled.Message
			}
			return ""
		}).WithTimeout(10 * time.Second).Should(And(HavePrefix(v1alpha1.ReasonInvalidAction), ContainSubstring(`"nowhere"`), ContainSubstring("must be no more than 63")))
		Expect(task.Status.NextRunTime).To(BeNil())

		task.Spec.Action = podAction()
		Expect(admin.Update(ctx, task)).To(Succeed())
		Eventually(func() v1alpha1.TaskState { return statusOf(ctx, task).State }).WithTimeout(10 * time.Second).Should(Equal(v1alpha1.TaskScheduled))
		Expect(task.Status.NextRunTime).NotTo(BeNil())
		Eventually(func() string { return statusOf(ctx, task).AcceptedActionHash }).WithTimeout(20 * time.Second).ShouldNot(BeEmpty())
		pods := &corev1.PodList{}
		Expect(admin.List(ctx, pods, client.InNamespace(task.Namespace))).To(Succeed())
		Expect(pods.Items).To(BeEmpty(), "a dry run leaves nothing behind")
	})

	It("that a quota refuses is shown in the words of the API server until the Pod exists (A8)", func(ctx SpecContext) {
		namespace := newNamespace(ctx)
		quota := limitPods(ctx, namespace, "pods", 0, 0)
		task := makeTask(namespace, "waits", now(), podAction())
		Expect(admin.Create(ctx, task)).To(Succeed())
		Eventually(func() []v1alpha1.ActiveRun { return statusOf(ctx, task).Active }).WithTimeout(10 * time.Second).Should(ConsistOf(And(
			HaveField("Message", ContainSubstring("exceeded quota: small")), HaveField("PodName", BeEmpty()),
			HaveField("State", v1alpha1.RunStarting))))
		events := func() []string {
			list, reasons := &eventsv1.EventList{}, []string(nil)
			Expect(admin.List(ctx, list, client.InNamespace(namespace))).To(Succeed())
			for _, event := range list.Items {
				reasons = append(reasons, event.Reason+" "+event.Note)
			}
			return reasons
		}
		Eventually(events).Should(ConsistOf(And(HavePrefix("RunDelayed"), ContainSubstring("exceeded quota: small"))))
		Eventually(func() string {
			return meta.FindStatusCondition(statusOf(ctx, task).Conditions, v1alpha1.ConditionReady).Message
		}).WithTimeout(10 * time.Second).Should(ContainSubstring("exceeded quota: small"))
		Expect(admin.Delete(ctx, quota)).To(Succeed())
		Eventually(func() []v1alpha1.ActiveRun { return statusOf(ctx, task).Active }).WithTimeout(30 * time.Second).Should(ConsistOf(And(
			HaveField("Message", Not(ContainSubstring("quota"))), HaveField("PodName", HavePrefix("waits-")))))
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: task.Status.Active[0].PodName}}
		Expect(admin.Get(ctx, client.ObjectKeyFromObject(pod), pod)).To(Succeed())
	})
})
