package e2e_test

import (
	"context"
	"strings"
	"time"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// specifyDisruptions lists what happens to Pods that is not their work's own doing.
func specifyDisruptions() {
	It("R11: a Pod that is evicted is followed by another at once, which does not count", func(ctx SpecContext) {
		namespace := newNamespace(ctx)
		evicted := sleeping("evicted", seconds(1), seconds(20), "")
		evicted.trigger = onRequest
		apply(ctx, namespace, evicted.manifest())
		for attempt := 1; attempt <= 2; attempt++ {
			pod := requestAndAwait(ctx, namespace, "evicted", "please")
			Expect(env.client.SubResource("eviction").Create(ctx, &pod.Pod, &policyv1.Eviction{
				ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: pod.Name},
			})).To(Succeed())
			Eventually(ctx, task(namespace, "evicted")).Should(HaveField("Status.Active", ConsistOf(And(
				HaveField("Attempt", BeNumerically("==", attempt+1)), HaveField("Disruptions", BeNumerically("==", attempt))))))
			Eventually(ctx, func(ctx context.Context) error {
				return client.IgnoreNotFound(env.client.Delete(ctx, &pod.Pod, client.GracePeriodSeconds(0)))
			}).Should(Succeed(), "the old Pod may stay as a failed one")
			Eventually(ctx, func(ctx context.Context) []runPod { return runPods(ctx, namespace, "evicted") }).
				Should(ConsistOf(HaveField("UID", Not(Equal(pod.UID)))))
		}
		Eventually(ctx, task(namespace, "evicted")).Should(WithTransform(counts, Equal(v1alpha1.RunCounts{Succeeded: 1})))
	}, SpecTimeout(2*time.Minute))

	It("R11: time behind a scheduling gate does not count for startTimeout", func(ctx SpecContext) {
		namespace := newNamespace(ctx)
		gated := containerTask{name: "gated", trigger: "{date: {}}", arguments: "echo, released", more: "  startTimeout: 3s"}
		apply(ctx, namespace, strings.Replace(gated.manifest(), "          containers:", "          schedulingGates: [{name: example.com/hold}]\n          containers:", 1))
		held := HaveField("Status.Active", ConsistOf(And(
			HaveField("Suspended", true), HaveField("Message", "held by scheduling gate example.com/hold"))))
		Eventually(ctx, task(namespace, "gated")).WithTimeout(seconds(20)).Should(held)
		Consistently(ctx, task(namespace, "gated")).WithTimeout(seconds(6)).Should(held)
		pod := runPods(ctx, namespace, "gated")[0]
		kubectl(ctx, namespace, "patch", "pod", pod.Name, "--type=json", "--patch", `[{"op": "remove", "path": "/spec/schedulingGates"}]`)
		Eventually(ctx, task(namespace, "gated")).Should(WithTransform(counts, Equal(v1alpha1.RunCounts{Succeeded: 1})))
	}, SpecTimeout(time.Minute))

	It("R11: an init container that works longer than startTimeout has started", Label(needsContainers), func(ctx SpecContext) {
		namespace := newNamespace(ctx)
		slow := containerTask{name: "slow", trigger: "{date: {}}", arguments: "echo, restored", more: "  startTimeout: 4s"}
		apply(ctx, namespace, withInitContainer(slow, "restore", "", `sleep, 15s`))
		Eventually(ctx, task(namespace, "slow")).Should(HaveField("Status.Active", ConsistOf(And(
			HaveField("State", v1alpha1.RunRunning), HaveField("Message", `init container "restore" is running`)))))
		Eventually(ctx, task(namespace, "slow")).Should(WithTransform(counts, Equal(v1alpha1.RunCounts{Succeeded: 1})))
	}, SpecTimeout(time.Minute))

	It("R11: an image that is missing fails the run after its init containers, too", Label(needsContainers), func(ctx SpecContext) {
		namespace := newNamespace(ctx)
		typo := containerTask{name: "typo", trigger: "{date: {}}", image: "devcluster.local/tolls:1", arguments: "echo, never", more: "  startTimeout: 4s"}
		manifest := strings.Replace(withInitContainer(typo, "restore", "", `sleep, 6s`), "imagePullPolicy: IfNotPresent", "imagePullPolicy: Never", 1)
		apply(ctx, namespace, manifest)
		Eventually(ctx, task(namespace, "typo")).Should(HaveField("Status.RecentRuns", ConsistOf(failedToStart())))
	}, SpecTimeout(time.Minute))

	It("R11: a sidecar is not blamed for the failure of the container", Label(needsContainers), func(ctx SpecContext) {
		namespace := newNamespace(ctx)
		failing := containerTask{name: "failing", trigger: "{interval: {seconds: 3}}", arguments: `exit, "3"`}
		apply(ctx, namespace, withInitContainer(failing, "proxy", "Always", `sleep, 1h`))
		blamed := func(ctx context.Context) (messages []string, err error) {
			failing, err := task(namespace, "failing")(ctx)
			for i := range failing.Status.RecentRuns {
				if run := &failing.Status.RecentRuns[i]; run.Outcome == v1alpha1.OutcomeFailed {
					messages = append(messages, run.Message)
				}
			}
			return messages, err
		}
		Eventually(ctx, blamed).Should(HaveLen(3))
		Expect(blamed(ctx)).To(HaveEach(HavePrefix(`container "main" exited with code 3`)))
	}, SpecTimeout(2*time.Minute))

	It("A8: a Pod that takes long to go shows, and a forced deletion lets go of it", Label(needsContainers), func(ctx SpecContext) {
		namespace := newNamespace(ctx)
		deaf := containerTask{
			name: "deaf", trigger: onRequest, image: "devcluster.local/busybox:1", patience: time.Hour,
			arguments: `/bin/sh, -c, "trap '' TERM; while :; do sleep 1; done"`,
		}
		apply(ctx, namespace, deaf.manifest())
		pod := requestAndAwait(ctx, namespace, "deaf", "please")
		kubectl(ctx, namespace, "delete", "pod", pod.Name, "--wait=false")
		Eventually(ctx, task(namespace, "deaf")).WithTimeout(seconds(20)).Should(HaveField("Status.Active", ConsistOf(
			HaveField("Message", And(ContainSubstring("being deleted since"), ContainSubstring("grace period 1h0m0s"))))))
		kubectl(ctx, namespace, "delete", "pod", pod.Name, "--grace-period=0", "--force")
		Eventually(ctx, task(namespace, "deaf")).Should(HaveField("Status.RecentRuns", ConsistOf(And(
			HaveField("Outcome", v1alpha1.OutcomeFailed), HaveField("Reason", v1alpha1.ReasonPodVanished)))))
	}, SpecTimeout(time.Minute))
}

// withInitContainer is the manifest of a Task whose Pod has an init container of the
// tools, with a restart policy of its own unless that is empty.
func withInitContainer(c containerTask, name, restartPolicy, arguments string) string {
	init := "          initContainers:\n          - {name: " + name + ", image: 'devcluster.local/tools:1', args: [" + arguments + "]"
	if restartPolicy != "" {
		init += ", restartPolicy: " + restartPolicy
	}
	return strings.Replace(c.manifest(), "          containers:", init+"}\n          containers:", 1)
}
