package app_test

import (
	"path/filepath"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

// The component with limits needs no manager.
var _ = Describe("The admission policy", Ordered, func() {
	var namespace string

	BeforeAll(func(ctx SpecContext) {
		namespace = newNamespace(ctx)
		for _, obj := range admissionPolicy() {
			switch obj := obj.(type) {
			case *corev1.ConfigMap:
				obj.Data["minimumInterval"], obj.Data["actions"] = "1m", "pod handler"
			case *admissionv1.ValidatingAdmissionPolicyBinding:
				// The other specs have no limits.
				obj.Spec.MatchResources = &admissionv1.MatchResources{NamespaceSelector: &metav1.LabelSelector{
					MatchLabels: map[string]string{corev1.LabelMetadataName: namespace},
				}}
			}
			Expect(admin.Create(ctx, obj)).To(Succeed())
			DeferCleanup(func(ctx SpecContext) { Expect(admin.Delete(ctx, obj)).To(Succeed()) })
		}
		Eventually(func() error {
			probe := makeTask(namespace, "probe", everySecond(), logAction())
			return client.IgnoreAlreadyExists(admin.Create(ctx, probe, client.DryRunAll))
		}).WithTimeout(30*time.Second).Should(MatchError(ContainSubstring("write an interval")), "it takes the API server a moment")
	})

	DescribeTable("looks at a Task", func(ctx SpecContext, change func(*v1alpha1.TaskSpec), refusal string) {
		task := makeTask(namespace, "limited", now(), logAction())
		change(&task.Spec)
		err := admin.Create(ctx, task, client.DryRunAll)
		if refusal == "" {
			Expect(err).NotTo(HaveOccurred())
			return
		}
		Expect(err).To(MatchError(ContainSubstring(refusal)))
	},
		Entry("that asks for little", func(*v1alpha1.TaskSpec) {}, ""),
		Entry("with an interval that is long enough", trigger(v1alpha1.SimpleTrigger{Interval: &v1alpha1.IntervalTrigger{Seconds: 60}}), ""),
		Entry("with one that is too short", trigger(v1alpha1.SimpleTrigger{Interval: &v1alpha1.IntervalTrigger{Seconds: 59}}), "write an interval of at least 1m"),
		Entry("with @every that is long enough", trigger(v1alpha1.SimpleTrigger{Schedule: "@every 1m"}), ""),
		Entry("with @every that is too short", trigger(v1alpha1.SimpleTrigger{Schedule: "@every 30s"}), "write @every with at least 1m"),
		Entry("with a plain schedule", trigger(v1alpha1.SimpleTrigger{Schedule: "*/5 * * * *"}), ""),
		Entry("with one second", trigger(v1alpha1.SimpleTrigger{Cron: &v1alpha1.CronTrigger{Second: new(intstr.FromInt32(5))}}), ""),
		Entry("with one second, as text", trigger(v1alpha1.SimpleTrigger{Cron: &v1alpha1.CronTrigger{Second: new(intstr.FromString("5"))}}), ""),
		Entry("with many seconds", trigger(v1alpha1.SimpleTrigger{Cron: &v1alpha1.CronTrigger{Second: new(intstr.FromString("*/10"))}}), "write a single second"),
		Entry("with a short interval among others", func(spec *v1alpha1.TaskSpec) {
			spec.Trigger = v1alpha1.Trigger{AnyOf: []v1alpha1.SimpleTrigger{{Schedule: "0 9 * * *"}, {Interval: &v1alpha1.IntervalTrigger{Seconds: 5}}}}
		}, "write an interval of at least 1m"),
		Entry("with as many instances as there may be", func(spec *v1alpha1.TaskSpec) { spec.MaxInstances = new(int32(20)) }, ""),
		Entry("with more", func(spec *v1alpha1.TaskSpec) { spec.MaxInstances = new(int32(21)) }, "spec.maxInstances: write at most 20"),
		Entry("with an action that is not allowed", func(spec *v1alpha1.TaskSpec) {
			spec.Action = v1alpha1.Action{HTTP: &v1alpha1.HTTPAction{URL: "https://example.com/"}}
		}, "only these actions are allowed in this cluster: pod handler"),
		Entry("with an executor that is allowed", func(spec *v1alpha1.TaskSpec) { spec.Executor = "workers" }, ""),
		Entry("with one that is not", func(spec *v1alpha1.TaskSpec) { spec.Executor = "async" }, "only these executors are allowed in this cluster: pods workers"),
	)
})

// admissionPolicy are the objects of the component.
func admissionPolicy() (all []client.Object) {
	GinkgoHelper()
	for _, file := range []string{"limits.yaml", "policy.yaml", "binding.yaml"} {
		all = append(all, decode(filepath.Join("..", "..", "config", "components", "admission-policy", file))...)
	}
	return all
}

// trigger changes the trigger of a Task.
func trigger(t v1alpha1.SimpleTrigger) func(*v1alpha1.TaskSpec) {
	return func(spec *v1alpha1.TaskSpec) { spec.Trigger = v1alpha1.Trigger{SimpleTrigger: t} }
}
