package e2e_test

import (
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const (
	// systemNamespace is where config/default puts the managers.
	systemNamespace = "carillon-system"
	deployment      = "deployment/carillon-manager"
)

// harmless is what a manager logs as an error although all is well: one of two that make
// the first lease, and one that has something to say of a terminating namespace.
var harmless = regexp.MustCompile(`"logger":"leaderelection","err":"leases.* already exists"|because it is being terminated`)

var _ = Describe("A manager inside the cluster", Ordered, ContinueOnFailure, Label(needsContainers), func() {
	manifests := func() string { return filepath.Join(env.root, "config", "default") }

	BeforeAll(func(ctx SpecContext) {
		ensureImage(ctx)
		begun := time.Now()
		DeferCleanup(func(ctx SpecContext) {
			kubectl(ctx, "", "delete", "--kustomize", manifests(), "--ignore-not-found", "--timeout=60s")
			env.installCRDs(ctx) // They went, too.
		}, NodeTimeout(2*time.Minute))
		kubectl(ctx, "", "apply", "--kustomize", manifests())
		kubectl(ctx, systemNamespace, "rollout", "status", deployment, "--timeout=60s")
		report("config/default", fmt.Sprintf("both managers ready %s after apply", time.Since(begun).Round(100*time.Millisecond)))
	}, NodeTimeout(5*time.Minute))

	It("runs under the restricted Pod Security standard", func(ctx SpecContext) {
		expectRestricted(ctx)
	})
	It("lets people do what docs/operations.md says", func(ctx SpecContext) {
		expectPermissions(ctx, newNamespace(ctx))
	}, SpecTimeout(2*time.Minute))
	It("runs Tasks with its own permissions alone", expectTasksToRun, SpecTimeout(3*time.Minute))
	It("restarts without delaying a run as a Pod", expectRolloutToDelayNothing, SpecTimeout(4*time.Minute))
	specifyDocuments()
	It("is removed, and leaves nothing behind", func(ctx SpecContext) {
		uninstall(ctx, newNamespace(ctx), documentedAs("README.md", "kubectl delete schedulers.carillon.dev"))
	}, SpecTimeout(3*time.Minute))
})

// expectTasksToRun runs Tasks of all kinds, and does with them what needs permissions.
func expectTasksToRun(ctx SpecContext) {
	namespace := newNamespace(ctx)
	apply(ctx, namespace, containerTask{name: "smoke", trigger: "{interval: {seconds: 2}}", arguments: "env, CARILLON_"}.manifest())
	apply(ctx, namespace, containerTask{name: "broken", trigger: "{date: {}}", arguments: `exit, "4"`}.manifest())
	apply(ctx, namespace, withSpec("logged", withAction("{handler: {name: log, args: {message: inside}}}")))
	apply(ctx, namespace, withSpec("guarded", withAction(`{http: {url: "https://`+env.apiServer(ctx)+`/"}}`)))
	Eventually(ctx, task(namespace, "smoke")).Should(haveSucceeded(BeNumerically(">=", 3)))
	Eventually(ctx, task(namespace, "logged")).Should(haveSucceeded(BeNumerically("==", 1)))
	Eventually(ctx, task(namespace, "broken")).Should(haveLastRun(ContainSubstring("code 4")))
	Eventually(ctx, task(namespace, "guarded")).Should(haveLastRun(ContainSubstring("http-allow-cidr")))
	Expect(logs(ctx, &runPods(ctx, namespace, "smoke")[0].Pod)).To(ContainSubstring("CARILLON_NAMESPACE=" + namespace))

	By("deleting Tasks, pausing, and what else needs permissions")
	kubectl(ctx, namespace, "patch", "task", "smoke", "--type", "merge", "-p", `{"spec":{"history":{"succeeded":1}}}`)
	Eventually(ctx, func() []runPod { return runPods(ctx, namespace, "smoke") }).Should(WithTransform(finishedPods, HaveLen(1)))
	settled(ctx, namespace, "smoke")
	kubectl(ctx, namespace, "delete", "task", "smoke")
	Eventually(ctx, func() []runPod { return runPods(ctx, namespace, "smoke") }).Should(BeEmpty())
	Eventually(ctx, func() string { return kubectl(ctx, namespace, "get", "events") }).Should(ContainSubstring("RunFailed"))

	log := kubectl(ctx, systemNamespace, "logs", "--selector=app.kubernetes.io/name=carillon", "--tail=-1", "--prefix")
	Expect(log).To(ContainSubstring("inside"), "the managers' log")
	for line := range strings.Lines(log) {
		if !harmless.MatchString(line) {
			Expect(line).NotTo(MatchRegexp(`(?i)forbidden|"level":"ERROR"|panic`), "the managers' log")
		}
	}
}

// uninstall removes everything by the commands of the README, after which nothing is left.
// On the way a Task with a shutdown trigger runs.
func uninstall(ctx context.Context, namespace, commands string) {
	GinkgoHelper()
	farewell := containerTask{name: "farewell", trigger: "{shutdown: {}}", arguments: "env, CARILLON_"}
	apply(ctx, namespace, farewell.manifest())
	Eventually(ctx, func() string {
		return kubectl(ctx, namespace, "get", "scheduler", "default", "--output=jsonpath={.metadata.finalizers}")
	}).Should(ContainSubstring(v1alpha1.FinalizerShutdown))
	user := newReader("README.md")
	schedulers, rest, _ := strings.Cut(commands, "\n")
	output, err := user.types(ctx, schedulers)
	Expect(err).NotTo(HaveOccurred(), output)
	Expect(runPods(ctx, namespace, "farewell")).To(HaveLen(1))
	Expect(runPods(ctx, namespace, "farewell")[0].Status.Phase).To(Equal(corev1.PodSucceeded), "its Scheduler waited for it")
	output, err = user.types(ctx, rest)
	Expect(err).NotTo(HaveOccurred(), output)
	expectNothingLeft(ctx)
}

// fromNothing takes away the CRDs, which the suite has installed, until the spec ends.
func fromNothing(ctx context.Context) {
	GinkgoHelper()
	kubectl(ctx, "", "delete", "--kustomize", filepath.Join(env.root, "config", "crd"), "--timeout=60s")
	DeferCleanup(func(ctx SpecContext) {
		kubectl(ctx, "", "delete", "--kustomize", filepath.Join(env.root, "config", "default"), "--ignore-not-found", "--timeout=60s")
		env.installCRDs(ctx)
	}, NodeTimeout(2*time.Minute))
	expectNothingLeft(ctx)
}

// expectNothingLeft looks for what config/default installs.
func expectNothingLeft(ctx context.Context) {
	GinkgoHelper()
	for _, gone := range []string{
		"namespace/" + systemNamespace, "crd/tasks.carillon.dev", "crd/schedulers.carillon.dev", "clusterrole/carillon-manager",
	} {
		output, err := tryKubectl(ctx, "", "", "get", gone)
		Expect(err).To(HaveOccurred())
		Expect(output).To(ContainSubstring("not found"))
	}
	Expect(kubectl(ctx, "", "get", "clusterroles,clusterrolebindings,roles,rolebindings", "--all-namespaces", "--output=name")).NotTo(ContainSubstring("carillon"))
}

func haveLastRun(message OmegaMatcher) OmegaMatcher {
	return haveCondition(v1alpha1.ConditionLastRunSucceeded, "False", message)
}

func finishedPods(pods []runPod) []string {
	var names []string
	for _, pod := range pods {
		if pod.Status.Phase == corev1.PodSucceeded {
			names = append(names, pod.Name)
		}
	}
	return names
}

// expectRestricted checks that the namespace enforces the restricted Pod Security
// standard, and that the managers pass it.
func expectRestricted(ctx context.Context) {
	GinkgoHelper()
	namespace := &corev1.Namespace{}
	Expect(env.client.Get(ctx, client.ObjectKey{Name: systemNamespace}, namespace)).To(Succeed())
	Expect(namespace.Labels).To(HaveKeyWithValue("pod-security.kubernetes.io/enforce", "restricted"))
	output, err := tryKubectl(ctx, systemNamespace, "", "run", "plain", "--image=devcluster.local/tools:1", "--restart=Never")
	Expect(err).To(HaveOccurred(), "a plain Pod is not restricted enough")
	Expect(output).To(ContainSubstring(`violates PodSecurity "restricted`))
}
