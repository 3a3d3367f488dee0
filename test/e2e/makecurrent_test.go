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

// currentCluster is the environment of somebody whose kubectl reaches the cluster of the specs.
func currentCluster() []string {
	return []string{"KUBECONFIG=" + env.Kubeconfig(), "KUBECTL=" + filepath.Join(env.Bin(), "kubectl")}
}

// makeTarget runs make to its end.
func makeTarget(ctx context.Context, arguments ...string) string {
	GinkgoHelper()
	command := exec.CommandContext(ctx, "make", arguments...)
	command.Dir = env.root
	command.Env = append(os.Environ(), currentCluster()...)
	output, err := command.CombinedOutput()
	Expect(err).NotTo(HaveOccurred(), "make %v\n%s", arguments, output)
	return string(output)
}

var _ = Describe("make, for the cluster of kubectl", func() {
	It("installs the CRDs, and runs the manager from source", func(ctx SpecContext) {
		Expect(makeTarget(ctx, "install")).To(ContainSubstring("tasks.carillon.dev"))
		user := startMake(env.Log("make-run-current"), currentCluster(), "run", "CLUSTER=current")
		DeferCleanup(func(ctx SpecContext) { kubectl(ctx, "", "delete", "namespace", systemNamespace, "--timeout=60s") }, NodeTimeout(time.Minute))
		namespace := newNamespace(ctx)
		apply(ctx, namespace, `
apiVersion: carillon.dev/v1alpha1
kind: Task
metadata: {name: hello}
spec:
  trigger: {interval: {seconds: 1}}
  action: {handler: {name: log}}
`)
		Eventually(ctx, func(ctx context.Context) string {
			return kubectl(ctx, namespace, "get", "task", "hello", "--output=jsonpath={.status.lastSuccessTime}")
		}).WithTimeout(2*time.Minute).ShouldNot(BeEmpty(), user.log)
		kubectl(ctx, namespace, "delete", "tasks.carillon.dev", "--all", "--timeout=30s")
		user.interrupt()
		Eventually(ctx, user.ended).WithTimeout(goodbyeLimit).Should(BeClosed(), user.log)
	}, SpecTimeout(5*time.Minute))

	It("deploys the manager with a custom image, and undeploys it without deleting the Tasks", func(ctx SpecContext) {
		const image = "registry.example:5000/carillon:mine"
		namespace := newNamespace(ctx)
		apply(ctx, namespace, `
apiVersion: carillon.dev/v1alpha1
kind: Task
metadata: {name: stays}
spec:
  trigger: {interval: {seconds: 1}}
  action: {handler: {name: log}}
`)
		if env.full() {
			Expect(env.LoadImage(ctx, buildImage(ctx, env.root, image))).To(Succeed())
		}
		makeTarget(ctx, "deploy", "IMAGE="+image)
		Expect(kubectl(ctx, systemNamespace, "get", "deployment", "carillon-manager", "--output=jsonpath={.spec.template.spec.containers[0].image}")).To(Equal(image))
		if env.full() {
			kubectl(ctx, systemNamespace, "rollout", "status", "deployment", "carillon-manager", "--timeout=120s")
			Eventually(ctx, func(ctx context.Context) string {
				return kubectl(ctx, namespace, "get", "task", "stays", "--output=jsonpath={.status.lastSuccessTime}")
			}).WithTimeout(time.Minute).ShouldNot(BeEmpty())
		}
		makeTarget(ctx, "undeploy")
		Expect(kubectl(ctx, "", "get", "namespace", systemNamespace, "--ignore-not-found")).To(BeEmpty())
		Expect(kubectl(ctx, "", "get", "clusterroles", "--selector=app.kubernetes.io/name=carillon", "--output=name")).To(BeEmpty())
		Expect(kubectl(ctx, namespace, "get", "task", "stays", "--output=name")).To(ContainSubstring("stays"))
		kubectl(ctx, namespace, "delete", "tasks.carillon.dev", "--all", "--timeout=30s")
	}, SpecTimeout(6*time.Minute))
})
