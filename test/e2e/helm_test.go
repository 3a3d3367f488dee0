package e2e_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// helmLabel labels what needs helm, which make check-install builds.
const helmLabel = "helm"

var _ = Describe("The chart", Ordered, Label(needsContainers, helmLabel), func() {
	BeforeAll(func(ctx SpecContext) {
		if os.Getenv("HELM") == "" {
			Skip("HELM is not set: run make check-install")
		}
		ensureImage(ctx)
		fromNothing(ctx)
		helm(ctx, "install", "carillon", filepath.Join(env.root, "charts", "carillon"), "--namespace="+systemNamespace, "--create-namespace",
			"--set-json=config={\"log\": {\"level\": \"debug\"}}", "--wait", "--timeout=90s")
		kubectl(ctx, "", "label", "namespace", systemNamespace, "pod-security.kubernetes.io/enforce=restricted")
	}, NodeTimeout(5*time.Minute))

	It("installs managers that pass the restricted Pod Security standard", func(ctx SpecContext) {
		kubectl(ctx, systemNamespace, "rollout", "restart", deployment)
		kubectl(ctx, systemNamespace, "rollout", "status", deployment, "--timeout=60s")
		expectRestricted(ctx)
	}, SpecTimeout(2*time.Minute))
	It("installs managers that run Tasks", expectTasksToRun, SpecTimeout(3*time.Minute))
	It("has a test that finds the leader, and fails without one", func(ctx SpecContext) {
		helm(ctx, "test", "carillon", "--namespace="+systemNamespace, "--timeout=90s")
		kubectl(ctx, systemNamespace, "scale", deployment, "--replicas=0")
		kubectl(ctx, systemNamespace, "wait", "pods", "--selector=app.kubernetes.io/component=manager", "--for=delete", "--timeout=60s")
		output, err := tryHelm(ctx, "test", "carillon", "--namespace="+systemNamespace, "--timeout=90s")
		Expect(err).To(HaveOccurred(), output)
		Expect(kubectl(ctx, systemNamespace, "logs", "carillon-test")).To(ContainSubstring("no manager works: nobody holds the lease carillon-system/carillon-manager"))
		kubectl(ctx, systemNamespace, "delete", "pod", "carillon-test")
		kubectl(ctx, systemNamespace, "scale", deployment, "--replicas=2")
		kubectl(ctx, systemNamespace, "rollout", "status", deployment, "--timeout=60s")
	}, SpecTimeout(5*time.Minute))
	It("is upgraded while Tasks run", func(ctx SpecContext) {
		namespace := newNamespace(ctx)
		seen := watch(namespace, podsResource)
		apply(ctx, namespace, sleeping("batch", seconds(2), seconds(5), "  maxInstances: 20").manifest())
		Eventually(ctx, func() []runPod { return runPods(ctx, namespace, "batch") }).Should(WithTransform(countPods, BeNumerically(">=", 2)))
		helm(ctx, "upgrade", "carillon", filepath.Join(env.root, "charts", "carillon"), "--namespace="+systemNamespace,
			"--reuse-values", "--set=config.maxWorkers=7", "--wait", "--timeout=90s")
		Eventually(ctx, func() []runPod { return runPods(ctx, namespace, "batch") }).Should(WithTransform(countPods, BeNumerically(">=", 8)))
		batch := settled(ctx, namespace, "batch")
		expectEverySlotOnce(batch, runPods(ctx, namespace, "batch"))
		Expect(seen.bySlot()).To(HaveEach(1))
		Expect(kubectl(ctx, systemNamespace, "logs", deployment)).To(MatchRegexp(`"maxWorkers":7`))
	}, SpecTimeout(3*time.Minute))
	It("keeps the Tasks when it is uninstalled, and serves them again", func(ctx SpecContext) {
		namespace := newNamespace(ctx)
		apply(ctx, namespace, withSpec("kept", withTrigger("{interval: {seconds: 1}}")))
		Eventually(ctx, task(namespace, "kept")).Should(haveSucceeded(BeNumerically(">=", 2)))
		helm(ctx, "uninstall", "carillon", "--namespace="+systemNamespace, "--wait", "--timeout=90s")
		Expect(getTask(ctx, namespace, "kept").Status.RunCounts.Succeeded).To(BeNumerically(">=", 2))
		Expect(kubectl(ctx, "", "get", "clusterroles,clusterrolebindings,roles,rolebindings,deployments", "--all-namespaces", "--output=name")).NotTo(ContainSubstring("carillon"))

		helm(ctx, "install", "carillon", filepath.Join(env.root, "charts", "carillon"), "--namespace="+systemNamespace, "--wait", "--timeout=90s")
		before := counts(getTask(ctx, namespace, "kept")).Succeeded
		Eventually(ctx, task(namespace, "kept")).Should(haveSucceeded(BeNumerically(">", before+1)))
		kubectl(ctx, "", "delete", "schedulers.carillon.dev", "--all", "--all-namespaces")
		helm(ctx, "uninstall", "carillon", "--namespace="+systemNamespace, "--wait", "--timeout=90s")
		kubectl(ctx, "", "delete", "crd", "tasks.carillon.dev", "schedulers.carillon.dev")
		kubectl(ctx, "", "delete", "namespace", systemNamespace)
		expectNothingLeft(ctx)
	}, SpecTimeout(5*time.Minute))
})

// helm runs helm, which has to succeed.
func helm(ctx context.Context, arguments ...string) {
	GinkgoHelper()
	output, err := tryHelm(ctx, arguments...)
	Expect(err).NotTo(HaveOccurred(), "helm %v\n%s", arguments, output)
}

// tryHelm runs helm, which keeps what it keeps on this machine in a directory of the spec. It
// returns what helm prints.
func tryHelm(ctx context.Context, arguments ...string) (string, error) {
	GinkgoHelper()
	dir := GinkgoT().TempDir()
	command := exec.CommandContext(ctx, os.Getenv("HELM"), arguments...)
	command.Env = append(os.Environ(), "KUBECONFIG="+env.Kubeconfig(), "HELM_CACHE_HOME="+dir, "HELM_CONFIG_HOME="+dir, "HELM_DATA_HOME="+dir)
	output, err := command.CombinedOutput()
	return string(output), err
}
