package e2e_test

import (
	"context"
	"fmt"
	"syscall"
	"time"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
)

// twiceInOutage is an interval that has two slots at least in every outage, which
// is not over before the lease.
const twiceInOutage = quickLeaseDuration / 2

// What becomes of runs when managers die, freeze and hand over.
var _ = Describe("Managers that end", func() {
	It("in the middle of a run: the Pod is adopted, no slot is lost or doubled", func(ctx SpecContext) {
		namespace := newNamespace(ctx)
		first := startManager(quickLease...)
		first.awaitReady(ctx)
		first.awaitLead(ctx)
		seen := watch(namespace, podsResource)
		// Long enough to outlast the outage.
		apply(ctx, namespace, sleeping("batch", twiceInOutage, seconds(12), "  maxInstances: 8").manifest())
		running := func() []runPod { return runPods(ctx, namespace, "batch") }
		Eventually(ctx, running).Should(ContainElement(HaveField("Status.Phase", corev1.PodRunning)))

		killed := time.Now()
		first.kill()
		interrupted := running()[0]
		second := startManager(quickLease...)
		second.awaitLead(ctx)
		back := time.Now()
		Eventually(ctx, running).Should(WithTransform(countPods, BeNumerically(">=", 3)))
		batch := settled(ctx, namespace, "batch")

		Expect(counts(batch).Coalesced).NotTo(BeZero(), "slots that fell due together were folded into one run")
		pods := running()
		expectEverySlotOnce(batch, pods)
		Expect(pods[0].UID).To(Equal(interrupted.UID), "the Pod of the killed manager is adopted")
		Expect(batch.Status.RecentRuns).To(ContainElement(And(
			HaveField("PodName", interrupted.Name), HaveField("Outcome", v1alpha1.OutcomeSucceeded), HaveField("Attempts", BeNumerically("==", 1)))))
		Expect(seen.bySlot()).To(HaveEach(1))
		Expect(seen.bySlot()).To(HaveLen(len(pods)))
		report("SIGKILL in the middle of a run", fmt.Sprintf(
			"nobody led for %s (the lease is for %s); %d runs, %d slots folded into them, none lost, none doubled",
			back.Sub(killed).Round(time.Millisecond), quickLeaseDuration, len(pods), counts(batch).Coalesced))
	}, SpecTimeout(2*time.Minute))

	It("in the middle of an http call: it is made again with the same key", func(ctx SpecContext) {
		namespace, server := newNamespace(ctx), listen("127.0.0.1", 1)
		flags := append([]string{"--http-allow-cidr=127.0.0.1/32"}, quickLease...)
		first := startManager(flags...)
		first.awaitReady(ctx)
		first.awaitLead(ctx)
		apply(ctx, namespace, `
apiVersion: carillon.dev/v1alpha1
kind: Task
metadata: {name: hook}
spec:
  trigger: {date: {}}
  action: {http: {url: "http://`+server.address+`"}}
`)
		Eventually(ctx, server.requests).Should(HaveLen(1))
		Eventually(ctx, task(namespace, "hook")).Should(HaveField("Status.ActiveCount", BeNumerically("==", 1)), "the call is recorded")
		first.kill()
		startManager(flags...).awaitLead(ctx)
		Eventually(ctx, task(namespace, "hook")).Should(And(haveState(v1alpha1.TaskCompleted), haveSucceeded(BeNumerically("==", 1))))

		requests := server.requests()
		Expect(requests).To(HaveLen(2))
		for _, name := range []string{v1alpha1.HeaderIdempotencyKey, v1alpha1.HeaderScheduledTime, v1alpha1.HeaderAttempt} {
			Expect(requests[0].header.Get(name)).NotTo(BeEmpty(), name)
			Expect(requests[1].header.Get(name)).To(Equal(requests[0].header.Get(name)), name)
		}
	}, SpecTimeout(2*time.Minute))

	It("beside another one, which takes over", func(ctx SpecContext) {
		namespace := newNamespace(ctx)
		first := startManager(quickLease...)
		first.awaitLead(ctx)
		second := startManager(quickLease...)
		second.awaitReady(ctx)
		seen := watch(namespace, podsResource)
		apply(ctx, namespace, sleeping("tick", twiceInOutage, seconds(1), "  maxInstances: 3").manifest())
		expectAnotherRun(ctx, seen)

		By("killing the leader")
		killed := time.Now()
		first.kill()
		second.awaitLead(ctx)
		afterKill := time.Since(killed)
		expectAnotherRun(ctx, seen)
		runAfterKill := time.Since(killed)

		By("asking the leader to end")
		third := startManager(quickLease...)
		third.awaitReady(ctx)
		asked := time.Now()
		second.terminate(ctx)
		third.awaitLead(ctx)
		afterTerm := time.Since(asked)
		Expect(afterTerm).To(BeNumerically("<", quickLeaseDuration), "the lease is released and not waited for")
		expectAnotherRun(ctx, seen)

		tick := settled(ctx, namespace, "tick")
		expectEverySlotOnce(tick, runPods(ctx, namespace, "tick"))
		Expect(seen.bySlot()).To(HaveEach(1))
		report("Two managers", fmt.Sprintf(
			"after SIGKILL the second one led after %s (the lease is for %s) and started its first run after %s; after SIGTERM after %s; %d slots folded",
			afterKill.Round(time.Millisecond), quickLeaseDuration, runAfterKill.Round(time.Millisecond), afterTerm.Round(time.Millisecond), counts(tick).Coalesced))
	}, SpecTimeout(2*time.Minute))

	It("by waking up after their lease has gone to another one", func(ctx SpecContext) {
		namespace := newNamespace(ctx)
		frozen := startManager(quickLease...)
		frozen.awaitLead(ctx)
		successor := startManager(quickLease...)
		successor.awaitReady(ctx)
		seen := watch(namespace, podsResource)
		apply(ctx, namespace, sleeping("tick", twiceInOutage, seconds(1), "  maxInstances: 3").manifest())
		expectAnotherRun(ctx, seen)

		// In the middle of what it does for a slot.
		Eventually(ctx, task(namespace, "tick")).Should(HaveField("Status.NextRunTime.Time", BeTemporally(">", time.Now())))
		until(ctx, getTask(ctx, namespace, "tick").Status.NextRunTime.Add(5*time.Millisecond))
		frozen.signal(syscall.SIGSTOP)
		successor.awaitLead(ctx)
		expectAnotherRun(ctx, seen)
		frozen.signal(syscall.SIGCONT)
		Eventually(ctx, frozen.ended).Should(BeClosed(), "the old leader ends; its log is %s", frozen.log)
		Expect(frozen.err).To(HaveOccurred(), "and not as if it had been asked to")

		expectAnotherRun(ctx, seen)
		tick := settled(ctx, namespace, "tick")
		expectEverySlotOnce(tick, runPods(ctx, namespace, "tick"))
		Expect(seen.bySlot()).To(HaveEach(1))
		holder, err := leaseHolder(ctx)
		Expect(err).NotTo(HaveOccurred())
		Expect(holder).To(Equal(successor.holder(ctx)))
	}, SpecTimeout(2*time.Minute))
})

// expectAnotherRun waits until there is one more Pod than now.
func expectAnotherRun(ctx context.Context, seen *observer) {
	GinkgoHelper()
	before := len(seen.runs())
	Eventually(ctx, func() int { return len(seen.runs()) }).Should(BeNumerically(">", before))
}

func countPods(pods []runPod) int { return len(pods) }
