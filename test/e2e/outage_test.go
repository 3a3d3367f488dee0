package e2e_test

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
)

// How the outage goes: the manager is killed while the Pods of the first slot run, and
// started again after they have ended and the second slot has passed.
const (
	outageEvery = 30 * time.Second
	outageRun   = 8 * time.Second
	outageFor   = 36 * time.Second
)

// outageTasks are the fields of Tasks by their names: all overlap policies, with what
// changes how slots are caught up with.
func outageTasks() map[string][]string {
	tasks := map[string][]string{}
	for _, policy := range []v1alpha1.OverlapPolicy{v1alpha1.OverlapSkip, v1alpha1.OverlapQueue, v1alpha1.OverlapReplace} {
		for name, fields := range map[string][]string{
			"defaults":   nil,
			"every-slot": {"coalesce: false"},
			"two":        {"maxInstances: 2"},
			"two-each":   {"maxInstances: 2", "coalesce: false"},
			"grace":      {"misfireGracePeriod: 30s"},
			"retry":      {"retryPolicy: {maxAttempts: 3}"},
			"timeouts":   {"timeout: 2m", "startTimeout: 2m"},
		} {
			tasks[strings.ToLower(string(policy))+"-"+name] = append([]string{"overlapPolicy: " + string(policy)}, fields...)
		}
	}
	return tasks
}

var _ = Describe("A slot that falls due while no manager leads", func() {
	It("R4: has its run, whatever the overlap policy, although the record calls the last run unfinished", func(ctx SpecContext) {
		namespace, tasks := newNamespace(ctx), outageTasks()
		first := startManager(quickLease...)
		first.awaitReady(ctx)
		first.awaitLead(ctx)
		start := time.Now().UTC().Truncate(time.Second).Add(10 * time.Second)
		manifests := ""
		for name, fields := range tasks {
			task := sleeping(name, outageEvery, outageRun, "  "+strings.Join(fields, "\n  "))
			task.trigger = fmt.Sprintf("{interval: {seconds: %d}, startAt: %q, endAt: %q}",
				int(outageEvery.Seconds()), start.Format(time.RFC3339), start.Add(outageEvery).Format(time.RFC3339))
			manifests += "---\n" + task.manifest() + "\n"
		}
		apply(ctx, namespace, manifests)
		Expect(time.Now()).To(BeTemporally("<", start), "the Tasks were applied too late")

		until(ctx, start.Add(outageRun/2))
		first.kill()
		for name := range tasks {
			Expect(getTask(ctx, namespace, name).Status.Active).To(HaveLen(1), "%s: the record calls its run unfinished", name)
		}
		until(ctx, start.Add(outageRun/2+outageFor))
		second := startManager(quickLease...)
		second.awaitLead(ctx)

		slots := []time.Time{start, start.Add(outageEvery)}
		for name := range tasks {
			Eventually(ctx, func() []time.Time { return succeeded(ctx, namespace, name) }).WithTimeout(time.Minute).
				Should(Equal(slots), "%s: each slot has its run", name)
			Eventually(ctx, task(namespace, name)).Should(And(haveState(v1alpha1.TaskCompleted), HaveField("Status.ActiveCount", BeZero())))
			Expect(counts(getTask(ctx, namespace, name))).To(Equal(v1alpha1.RunCounts{Succeeded: 2}), name)
		}
		report("a slot without a manager", fmt.Sprintf("%d Tasks, nobody led for %s, each slot had its run", len(tasks), outageFor))
	}, Label(needsContainers), SpecTimeout(4*time.Minute))
})

// succeeded are the slots of a Task whose Pods have succeeded.
func succeeded(ctx context.Context, namespace, name string) []time.Time {
	GinkgoHelper()
	var slots []time.Time
	for _, pod := range runPods(ctx, namespace, name) {
		if pod.Status.Phase == corev1.PodSucceeded {
			slots = append(slots, pod.slot)
		}
	}
	return slots
}
