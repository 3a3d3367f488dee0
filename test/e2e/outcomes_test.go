package e2e_test

import (
	"context"
	"time"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func specifyOutcomes() {
	It("that is a failure shows its exit code and leaves the Task ready", func(ctx SpecContext) {
		namespace := newNamespace(ctx)
		apply(ctx, namespace, containerTask{
			name: "ledger", trigger: "{date: {}}",
			arguments: `message, the ledger is locked, and, exit, "3"`,
			simulated: `devcluster.carillon.dev/exit-code: "3"`,
		}.manifest())

		failed := haveCondition(v1alpha1.ConditionLastRunSucceeded, metav1.ConditionFalse, ContainSubstring("exited with code 3"))
		Eventually(ctx, func(g Gomega, ctx context.Context) {
			ledger := getTask(ctx, namespace, "ledger")
			if len(ledger.Status.Conditions) > 0 && !readyAsFar(ledger) {
				StopTrying("a failed run must not make the Task unready").Attach("conditions", ledger.Status.Conditions).Now()
			}
			g.Expect(ledger).To(failed)
		}).Should(Succeed())

		ledger := getTask(ctx, namespace, "ledger")
		Expect(readyAsFar(ledger)).To(BeTrue())
		Expect(counts(ledger)).To(Equal(v1alpha1.RunCounts{Failed: 1}))
		Expect(ledger.Status.RecentRuns).To(ConsistOf(And(
			HaveField("Outcome", v1alpha1.OutcomeFailed), HaveField("Reason", v1alpha1.ReasonPodFailed), HaveField("PodName", Not(BeEmpty())))))
		if env.full() {
			Expect(ledger).To(haveCondition(v1alpha1.ConditionLastRunSucceeded, metav1.ConditionFalse, ContainSubstring("the ledger is locked")))
		}
		Eventually(ctx, func(ctx context.Context) string { return kubectl(ctx, namespace, "describe", "task", "ledger") }).
			Should(MatchRegexp(`(?s)Events:.*Warning\s+RunFailed.*exited with code 3`))
	}, SpecTimeout(time.Minute))

	It("of a date in the past comes once, and completes the Task", func(ctx SpecContext) {
		namespace := newNamespace(ctx)
		apply(ctx, namespace, `
apiVersion: carillon.dev/v1alpha1
kind: Task
metadata: {name: logged}
spec:
  trigger: {date: {runAt: "2020-02-29T12:00:00Z"}}
  action: {handler: {name: log, args: {message: "a leap day in `+namespace+`"}}}
`)
		apply(ctx, namespace, containerTask{
			name: "printed", trigger: `{date: {runAt: "2020-02-29T12:00:00Z"}}`, arguments: "echo, once",
		}.manifest())

		once := And(
			haveState(v1alpha1.TaskCompleted), HaveField("Status.NextRunTime", BeNil()),
			haveCondition(v1alpha1.ConditionReady, metav1.ConditionTrue, Not(BeEmpty())),
			haveCondition(v1alpha1.ConditionLastRunSucceeded, metav1.ConditionTrue, Not(BeNil())),
			WithTransform(counts, Equal(v1alpha1.RunCounts{Succeeded: 1})),
		)
		for _, name := range []string{"logged", "printed"} {
			Eventually(ctx, task(namespace, name)).Should(once, name)
		}
		Consistently(ctx, func(g Gomega, ctx context.Context) {
			g.Expect(getTask(ctx, namespace, "logged")).To(once)
			g.Expect(getTask(ctx, namespace, "printed")).To(once)
			g.Expect(runPods(ctx, namespace, "printed")).To(ConsistOf(HaveField("Status.Phase", corev1.PodSucceeded)))
		}).WithTimeout(seconds(3)).Should(Succeed())
		Expect(env.managers[0].logLines()).To(ContainElement(ContainSubstring("a leap day in "+namespace)), "what the handler log is for")
	}, SpecTimeout(time.Minute))
}

// readyAsFar reports whether a Task has the conditions of one that works.
func readyAsFar(t *v1alpha1.Task) bool {
	ready, err := haveCondition(v1alpha1.ConditionReady, metav1.ConditionTrue, Not(BeEmpty())).Match(t)
	stalled, _ := haveNoCondition(v1alpha1.ConditionStalled).Match(t)
	return err == nil && ready && stalled
}
