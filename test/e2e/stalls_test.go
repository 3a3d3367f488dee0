package e2e_test

import (
	"time"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// specifyStalls lists what admission cannot find out: the status names the
// field and says what to write.
func specifyStalls() {
	DescribeTable("is stalled by", func(ctx SpecContext, spec, field, hint string) {
		namespace := newNamespace(ctx)
		apply(ctx, namespace, withSpec("stalled", spec))
		told := And(HavePrefix(field), ContainSubstring(hint))
		Eventually(ctx, task(namespace, "stalled")).Should(And(
			haveState(v1alpha1.TaskStalled),
			haveCondition(v1alpha1.ConditionStalled, metav1.ConditionTrue, told),
			haveCondition(v1alpha1.ConditionReady, metav1.ConditionFalse, told),
		))
		Expect(accounted(getTask(ctx, namespace, "stalled"))).To(BeZero())
	},
		Entry("endAt before startAt", withTrigger(`{schedule: "@daily", startAt: "2027-01-01T00:00:00Z", endAt: "2026-01-01T00:00:00Z"}`),
			"spec.trigger.endAt: ", "startAt"),
		Entry("a range of minutes that is backwards", withTrigger(`{schedule: "50-10 * * * *"}`), "spec.trigger.schedule: ", `write "50-59,0-10 * * * *"`),
		Entry("a date that never comes", withTrigger(`{schedule: "0 0 30 2 *"}`), "spec.trigger.schedule: ", "no date matches"),
		Entry("a zone that does not exist", withTrigger(`{schedule: "@daily", timeZone: Europe/Berln}`),
			"spec.trigger.timeZone: ", "Europe/Berlin"),
		Entry("an unknown handler", withAction("{handler: {name: lgo}}"), "spec.action.handler.name: ", `"log"`),
		Entry("an unknown executor", withField("executor: async"), "spec.executor: ", "workers"),
	)

	It("works as soon as it is repaired, and makes up for nothing", func(ctx SpecContext) {
		namespace := newNamespace(ctx)
		apply(ctx, namespace, withSpec("repaired", withTrigger(`{schedule: "50-10 * * * *"}`)))
		Eventually(ctx, task(namespace, "repaired")).Should(haveState(v1alpha1.TaskStalled))
		apply(ctx, namespace, withSpec("repaired", withTrigger(`{cron: {second: "*/2"}}`)))
		Eventually(ctx, task(namespace, "repaired")).Should(And(
			haveState(v1alpha1.TaskScheduled), haveNoCondition(v1alpha1.ConditionStalled), haveSucceeded(BeNumerically(">=", 1))))
		repaired := getTask(ctx, namespace, "repaired")
		Expect(counts(repaired)).To(And(HaveField("Coalesced", BeZero()), HaveField("Missed", BeZero())))
	}, SpecTimeout(time.Minute))
}

// reasonOfReady matches a Task that is ready for a reason.
func reasonOfReady(reason string) OmegaMatcher {
	return HaveField("Status.Conditions", ContainElement(And(
		HaveField("Type", v1alpha1.ConditionReady), HaveField("Status", metav1.ConditionTrue), HaveField("Reason", reason))))
}
