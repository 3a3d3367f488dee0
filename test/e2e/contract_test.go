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

// onRequest is a trigger that does not fire in our time.
const onRequest = `{date: {runAt: "2999-12-31T00:00:00Z"}}`

// specifyContract lists what containers alone can show of the contract of runs.
func specifyContract() {
	It("R4 Replace: the container of the old run ends before that of the new one starts", Label(needsContainers), func(ctx SpecContext) {
		namespace := newNamespace(ctx)
		seen := watch(namespace, podsResource)
		apply(ctx, namespace, stubborn("backup").manifest())
		old := requestAndAwait(ctx, namespace, "backup", "first")
		next := requestAndAwait(ctx, namespace, "backup", "second")

		lives := seen.runs()
		ended, started := lives[old.UID].ended(), next.Status.ContainerStatuses[0].State.Running
		Expect(ended).NotTo(BeNil(), "the old container was seen to end")
		Expect(ended.ExitCode).To(BeZero(), "it took its time and then ended by itself")
		Expect(started.StartedAt.Time).NotTo(BeTemporally("<", ended.FinishedAt.Time))
		Eventually(ctx, task(namespace, "backup")).Should(HaveField("Status.RecentRuns", ConsistOf(And(
			HaveField("Outcome", v1alpha1.OutcomeReplaced), HaveField("PodName", old.Name), HaveField("Reason", v1alpha1.ReasonReplaced)))))
		Expect(lives).To(HaveLen(2))
	}, SpecTimeout(time.Minute))

	It("R4 Queue: the newest that waits runs next", func(ctx SpecContext) {
		namespace := newNamespace(ctx)
		queue := sleeping("report", seconds(1), seconds(15), "  overlapPolicy: Queue")
		queue.trigger = onRequest
		apply(ctx, namespace, queue.manifest())
		first := requestAndAwait(ctx, namespace, "report", "first")
		queued := func(request string) OmegaMatcher {
			return HaveField("Status.Active", ContainElement(And(HaveField("Request", request), HaveField("State", v1alpha1.RunQueued))))
		}
		for _, request := range []string{"second", "third"} {
			requestRun(ctx, namespace, "report", request)
			Eventually(ctx, task(namespace, "report")).Should(queued(request))
		}
		Expect(runPods(ctx, namespace, "report")).To(HaveLen(1), "nothing starts beside the first")

		Eventually(ctx, task(namespace, "report")).Should(haveSucceeded(BeNumerically("==", 2)))
		report := getTask(ctx, namespace, "report")
		Expect(counts(report)).To(Equal(v1alpha1.RunCounts{Succeeded: 2, Skipped: 1}))
		Expect(report.Status.RecentRuns).To(ContainElement(And(
			HaveField("Outcome", v1alpha1.OutcomeSkipped), HaveField("Reason", v1alpha1.ReasonQueueFull))))
		pods := byRequest(runPods(ctx, namespace, "report"))
		Expect(pods).To(And(HaveLen(2), HaveKey("first"), HaveKey("third")))
		Expect(pods["third"].CreationTimestamp.Time).NotTo(BeTemporally("<", endOf(pods["first"])))
		Expect(pods["first"].UID).To(Equal(first.UID))
	}, SpecTimeout(time.Minute))

	It("R5: attempts are one run, and follow each other at growing distances", func(ctx SpecContext) {
		namespace := newNamespace(ctx)
		apply(ctx, namespace, containerTask{
			name: "ledger", trigger: "{date: {}}", arguments: `exit, "3"`, simulated: `devcluster.carillon.dev/exit-code: "3"`,
			more: "  retryPolicy: {maxAttempts: 3, backoff: {initial: 2s, factor: 3}}",
		}.manifest())
		Eventually(ctx, task(namespace, "ledger")).Should(HaveField("Status.Active", ConsistOf(And(
			HaveField("State", v1alpha1.RunBackoff), HaveField("Attempt", BeNumerically("==", 2)), HaveField("Message", ContainSubstring("exited with code 3"))))))
		Eventually(ctx, task(namespace, "ledger")).Should(haveState(v1alpha1.TaskCompleted))
		Eventually(ctx, task(namespace, "ledger")).Should(WithTransform(counts, Equal(v1alpha1.RunCounts{Failed: 1})))
		Expect(getTask(ctx, namespace, "ledger").Status.RecentRuns).To(ConsistOf(HaveField("Attempts", BeNumerically("==", 3))))

		pods := map[string]runPod{}
		for _, pod := range runPods(ctx, namespace, "ledger") {
			pods[pod.Annotations[v1alpha1.AnnotationAttempt]] = pod
		}
		Expect(pods).To(And(HaveLen(3), HaveKey("1"), HaveKey("2"), HaveKey("3")))
		Expect(pods).To(HaveEach(HaveField("Labels", HaveKeyWithValue(v1alpha1.LabelRunID, pods["1"].Labels[v1alpha1.LabelRunID]))))
		for attempt, wait := range map[int]time.Duration{2: seconds(2), 3: seconds(6)} {
			before, after := pods[fmt.Sprint(attempt-1)], pods[fmt.Sprint(attempt)]
			Expect(after.CreationTimestamp.Sub(endOf(before))).To(BeNumerically(">=", wait-time.Second), "attempt %d, by the second", attempt)
		}
	}, SpecTimeout(time.Minute))

	It("timeout ends the container", Label(needsContainers), func(ctx SpecContext) {
		namespace := newNamespace(ctx)
		endless := sleeping("endless", seconds(1), time.Hour, "  timeout: 2s")
		endless.trigger = "{date: {}}"
		apply(ctx, namespace, endless.manifest())
		Eventually(ctx, task(namespace, "endless")).Should(HaveField("Status.RecentRuns", ConsistOf(And(
			HaveField("Outcome", v1alpha1.OutcomeFailed), HaveField("Reason", v1alpha1.ReasonTimeout),
			HaveField("Message", ContainSubstring("timeout of 2s"))))))
		Expect(runPods(ctx, namespace, "endless")).To(ConsistOf(And(
			HaveField("Status.Phase", corev1.PodFailed), HaveField("Status.Reason", "DeadlineExceeded"))))
		Eventually(ctx, func() []runPod { return runPods(ctx, namespace, "endless") }).Should(ConsistOf(
			HaveField("Status.ContainerStatuses", ConsistOf(HaveField("State.Terminated", Not(BeNil()))))), "the container has ended")
	}, SpecTimeout(time.Minute))

	It("E2: an image that is missing fails the run in the kubelet's words, and not the next one's chance", Label(needsContainers), func(ctx SpecContext) {
		namespace := newNamespace(ctx)
		manifest := sleeping("typo", seconds(4), 0, "  startTimeout: 3s").manifest()
		manifest = strings.ReplaceAll(manifest, "devcluster.local/tools:1", "devcluster.local/tolls:1")
		manifest = strings.ReplaceAll(manifest, "IfNotPresent", "Never")
		apply(ctx, namespace, manifest)
		Eventually(ctx, task(namespace, "typo")).Should(HaveField("Status.RecentRuns", ContainElements(failedToStart(), failedToStart())))
		typo := getTask(ctx, namespace, "typo")
		Expect(typo).To(haveState(v1alpha1.TaskScheduled))
		Expect(readyAsFar(typo)).To(BeTrue(), "runs fail, and the Task is all right")

		kubectl(ctx, namespace, "patch", "task", "typo", "--type=json", "--patch",
			`[{"op": "replace", "path": "/spec/action/pod/template/spec/containers/0/image", "value": "devcluster.local/tools:1"}]`)
		Eventually(ctx, task(namespace, "typo")).Should(haveSucceeded(BeNumerically(">=", 1)))
	}, SpecTimeout(time.Minute))

	It("R8: a run that is asked for runs although the Task is paused, once, and it stays paused", func(ctx SpecContext) {
		namespace := newNamespace(ctx)
		apply(ctx, namespace, containerTask{
			name: "report", trigger: "{interval: {seconds: 1}}", arguments: "echo, now", more: "  paused: true",
		}.manifest())
		Eventually(ctx, task(namespace, "report")).Should(haveState(v1alpha1.TaskPaused))
		requestRun(ctx, namespace, "report", "please")
		once := And(haveState(v1alpha1.TaskPaused), HaveField("Status.NextRunTime", BeNil()), WithTransform(counts, Equal(v1alpha1.RunCounts{Succeeded: 1})))
		Eventually(ctx, task(namespace, "report")).Should(once)
		Consistently(ctx, task(namespace, "report")).WithTimeout(seconds(2)).Should(once)
		Expect(getTask(ctx, namespace, "report").Status.RecentRuns).To(ConsistOf(HaveField("Source", v1alpha1.SourceManual)))
		Expect(byRequest(runPods(ctx, namespace, "report"))).To(And(HaveLen(1), HaveKey("please")))
	}, SpecTimeout(time.Minute))
}

// stubborn returns a Task with Replace whose container takes its time when it is told
// to end.
func stubborn(name string) containerTask {
	return containerTask{
		name: name, trigger: onRequest, more: "  overlapPolicy: Replace",
		image: "devcluster.local/busybox:1", patience: seconds(20),
		arguments: `/bin/sh, -c, "trap 'sleep 2; exit 0' TERM; sleep 600 & wait; exit 1"`,
	}
}

// requestRun asks for a run, as on-call engineers do.
func requestRun(ctx context.Context, namespace, name, request string) {
	GinkgoHelper()
	kubectl(ctx, namespace, "annotate", "--overwrite", "task", name, v1alpha1.AnnotationRunRequestedAt+"="+request)
}

// requestAndAwait asks for a run and waits until its Pod runs.
func requestAndAwait(ctx context.Context, namespace, name, request string) runPod {
	GinkgoHelper()
	requestRun(ctx, namespace, name, request)
	var pod runPod
	Eventually(ctx, func(g Gomega, ctx context.Context) {
		pod = byRequest(runPods(ctx, namespace, name))[request]
		g.Expect(pod.Status.Phase).To(Equal(corev1.PodRunning))
	}).Should(Succeed(), "the run %s", request)
	return pod
}

// byRequest returns Pods by what their runs were asked for with.
func byRequest(pods []runPod) map[string]runPod {
	requested := map[string]runPod{}
	for _, pod := range pods {
		requested[pod.Annotations[v1alpha1.AnnotationRequest]] = pod
	}
	return requested
}

// endOf returns when the container of a Pod ended, to the second.
func endOf(pod runPod) time.Time {
	GinkgoHelper()
	Expect(pod.Status.ContainerStatuses).To(ConsistOf(HaveField("State.Terminated", Not(BeNil()))), pod.Name)
	return pod.Status.ContainerStatuses[0].State.Terminated.FinishedAt.Time
}

// ended returns how the container of a Pod ended, nil if it was not seen to.
func (l podLife) ended() *corev1.ContainerStateTerminated {
	if l.pod == nil || len(l.pod.Status.ContainerStatuses) == 0 {
		return nil
	}
	return l.pod.Status.ContainerStatuses[0].State.Terminated
}

// failedToStart matches a run whose image is missing.
func failedToStart() OmegaMatcher {
	return And(HaveField("Outcome", v1alpha1.OutcomeFailed), HaveField("Reason", v1alpha1.ReasonStartTimeout),
		HaveField("Message", And(ContainSubstring("ErrImageNeverPull"), ContainSubstring("devcluster.local/tolls:1"))))
}
