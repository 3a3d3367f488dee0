package e2e_test

import (
	"context"
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// rolloutDelay is how much later than its slot a Pod may be created while the managers are
// replaced. The API server dates it in whole seconds.
const rolloutDelay = 2 * time.Second

// rolloutTasks is how many Tasks run meanwhile, each of them every so many seconds.
const rolloutTasks = 20

// expectRolloutToDelayNothing restarts the managers while twenty Tasks run a Pod each
// second together.
func expectRolloutToDelayNothing(ctx SpecContext) {
	namespace := newNamespace(ctx)
	for i := range rolloutTasks {
		task := sleeping(fmt.Sprintf("task-%d", i), time.Second, 0, "  maxInstances: 5")
		task.trigger = fmt.Sprintf(`{cron: {second: "%d,%d,%d"}}`, i, i+rolloutTasks, i+2*rolloutTasks)
		apply(ctx, namespace, task.manifest())
	}
	Eventually(ctx, func() int { return len(allRunPods(ctx, namespace)) }).Should(BeNumerically(">=", 5))

	kubectl(ctx, systemNamespace, "rollout", "restart", deployment)
	kubectl(ctx, systemNamespace, "rollout", "status", deployment, "--timeout=120s")
	replaced := len(allRunPods(ctx, namespace))
	Eventually(ctx, func() int { return len(allRunPods(ctx, namespace)) }).Should(BeNumerically(">=", replaced+10))

	pods := allRunPods(ctx, namespace)
	latest := time.Duration(0)
	for _, pod := range pods {
		late := pod.CreationTimestamp.Sub(pod.slot)
		latest = max(latest, late)
		Expect(late).To(BeNumerically("<=", rolloutDelay), "%s was created at %s", pod.Name, pod.CreationTimestamp)
		Expect(pod.coalesced).To(BeZero(), "slots folded into %s", pod.Name)
	}
	report("a rollout", fmt.Sprintf("%d runs as Pods, the latest of them %s after its slot", len(pods), latest))
}

// allRunPods are the Pods of all Tasks of the rollout.
func allRunPods(ctx context.Context, namespace string) []runPod {
	GinkgoHelper()
	var pods []runPod
	for i := range rolloutTasks {
		pods = append(pods, runPods(ctx, namespace, fmt.Sprintf("task-%d", i))...)
	}
	return pods
}
