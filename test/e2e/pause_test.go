package e2e_test

import (
	"context"
	"time"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

func specifyPause() {
	const interval = 3 * time.Second

	It("by merge patch: nothing starts meanwhile, and the phase is kept", func(ctx SpecContext) {
		namespace := newNamespace(ctx)
		apply(ctx, namespace, `
apiVersion: carillon.dev/v1alpha1
kind: Task
metadata: {name: report}
spec:
  trigger: {interval: {seconds: 3}}
  action: {handler: {name: log, args: {message: "a report"}}}
`)
		Eventually(ctx, task(namespace, "report")).Should(haveSucceeded(BeNumerically(">=", 1)))
		paused := settled(ctx, namespace, "report")
		Expect(paused.Status.NextRunTime).To(BeNil())

		Consistently(ctx, task(namespace, "report")).WithTimeout(2*interval + time.Second).Should(And(
			haveState(v1alpha1.TaskPaused), WithTransform(counts, Equal(counts(paused))), HaveField("Status.Active", BeEmpty())))

		resumed := time.Now()
		resume(ctx, namespace, "report")
		Eventually(ctx, task(namespace, "report")).Should(haveSucceeded(BeNumerically(">", counts(paused).Succeeded)))
		report := getTask(ctx, namespace, "report")
		Expect(report).To(haveState(v1alpha1.TaskScheduled))
		first := firstAfter(report, resumed)
		Expect(first.ScheduledTime.Sub(report.CreationTimestamp.Time)%interval).To(BeZero(), "the phase is kept")
		Expect(first.ScheduledTime.Time).To(BeTemporally(">", resumed.Add(-time.Second)), "no slot of the pause is made up for")
		Expect(first.ScheduledTime.Time).To(BeTemporally("<=", resumed.Add(interval+time.Second)), "the next slot is not left out")
		Expect(counts(report)).To(And(HaveField("Missed", BeZero()), HaveField("Skipped", BeZero()), HaveField("Coalesced", BeZero())))
	}, SpecTimeout(time.Minute))

	It("of a Scheduler: its slots wait, and are decided together", func(ctx SpecContext) {
		namespace := newNamespace(ctx)
		scheduler := func(paused string) string {
			return "{apiVersion: carillon.dev/v1alpha1, kind: Scheduler, metadata: {name: default}, spec: {paused: " + paused + "}}"
		}
		apply(ctx, namespace, scheduler("false"))
		apply(ctx, namespace, `
apiVersion: carillon.dev/v1alpha1
kind: Task
metadata: {name: report}
spec:
  trigger: {interval: {seconds: 2}}
  action: {handler: {name: log, args: {message: "a report"}}}
`)
		Eventually(ctx, task(namespace, "report")).Should(haveSucceeded(BeNumerically(">=", 1)))
		apply(ctx, namespace, scheduler("true"))
		Eventually(ctx, task(namespace, "report")).Should(reasonOfReady(v1alpha1.ReasonSchedulerPaused))
		waiting := getTask(ctx, namespace, "report")
		Expect(waiting).To(haveState(v1alpha1.TaskScheduled))
		Expect(waiting.Status.NextRunTime).NotTo(BeNil(), "the slot that is due")

		until(ctx, waiting.Status.NextRunTime.Add(seconds(3)))
		apply(ctx, namespace, scheduler("false"))
		Eventually(ctx, func(g Gomega, ctx context.Context) {
			g.Expect(counts(getTask(ctx, namespace, "report")).Coalesced).To(BeNumerically(">=", 1))
		}).Should(Succeed())
		report := settled(ctx, namespace, "report")
		Expect(accounted(report)).To(Equal(int64(report.Status.LastRunTime.Sub(report.CreationTimestamp.Time)/(2*time.Second))), "each slot is counted once")
	}, SpecTimeout(time.Minute))
}

// firstAfter returns the oldest outcome that was known after an instant.
func firstAfter(t *v1alpha1.Task, instant time.Time) v1alpha1.RecentRun {
	GinkgoHelper()
	var first *v1alpha1.RecentRun
	for i := range t.Status.RecentRuns {
		if run := &t.Status.RecentRuns[i]; run.FinishTime.After(instant.Truncate(time.Second).Add(-time.Millisecond)) {
			first = run
		}
	}
	Expect(first).NotTo(BeNil())
	return *first
}
