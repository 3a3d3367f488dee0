package e2e_test

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
)

// previousImage is what the image of the version before is called here.
const previousImage = "devcluster.local/carillon:previous"

// What becomes of Tasks while the managers are replaced by those of another version, with
// the CRDs and the roles of each.
var _ = Describe("An upgrade", Label(needsContainers), func() {
	It("from the previous commit loses and doubles no slot, and lets the Pods go on", func(ctx SpecContext) {
		previous := checkout(ctx, cmp.Or(os.Getenv("UPGRADE_FROM"), "HEAD~1"))
		Expect(env.LoadImage(ctx, buildImage(ctx, previous, previousImage))).To(Succeed())
		ensureImage(ctx)
		fromNothing(ctx)
		kubectl(ctx, "", "apply", "--kustomize", withImage(previous, previousImage))
		kubectl(ctx, systemNamespace, "rollout", "status", deployment, "--timeout=60s")

		namespace := newNamespace(ctx)
		seen := watch(namespace, podsResource)
		apply(ctx, namespace, sleeping("batch", seconds(2), seconds(15), "  maxInstances: 20").manifest())
		apply(ctx, namespace, withSpec("calls", withTrigger("{interval: {seconds: 1}}")))
		Eventually(ctx, func() []runPod { return runPods(ctx, namespace, "batch") }).Should(WithTransform(countPods, BeNumerically(">=", 3)))
		Eventually(ctx, task(namespace, "calls")).Should(haveSucceeded(BeNumerically(">=", 3)))
		underWay := runPods(ctx, namespace, "batch")

		begun := time.Now()
		kubectl(ctx, "", "apply", "--kustomize", filepath.Join(env.root, "config", "default"))
		kubectl(ctx, systemNamespace, "rollout", "status", deployment, "--timeout=120s")
		Eventually(ctx, leaderImage).Should(HavePrefix("ghcr.io/"))
		taken := time.Since(begun)
		calls := getTask(ctx, namespace, "calls")
		Eventually(ctx, task(namespace, "calls")).Should(haveSucceeded(BeNumerically(">", counts(calls).Succeeded+3)))

		batch := settled(ctx, namespace, "batch")
		pods := runPods(ctx, namespace, "batch")
		expectEverySlotOnce(batch, pods)
		Expect(seen.bySlot()).To(HaveEach(1))
		for _, old := range underWay {
			Expect(pods).To(ContainElement(And(HaveField("UID", old.UID), HaveField("Status.Phase", corev1.PodSucceeded))))
		}
		calls = settled(ctx, namespace, "calls")
		decided := int64(calls.Status.DecidedThrough.Sub(calls.CreationTimestamp.Time) / time.Second)
		Expect(accounted(calls)).To(Equal(decided))
		Expect(counts(calls).Failed + counts(calls).Missed).To(BeZero())
		report("an upgrade", fmt.Sprintf("the managers were replaced within %s; %d runs as Pods, %d calls, %d slots folded into others, none lost, none doubled",
			taken.Round(100*time.Millisecond), len(pods), counts(calls).Succeeded, counts(calls).Coalesced+counts(batch).Coalesced))
	}, SpecTimeout(6*time.Minute))
})

// checkout unpacks a commit, and returns the path of its files.
func checkout(ctx context.Context, revision string) string {
	GinkgoHelper()
	git := func(arguments ...string) *exec.Cmd {
		return exec.CommandContext(ctx, "git", append([]string{"-c", "safe.directory=*", "-C", env.root}, arguments...)...)
	}
	commit, err := git("rev-parse", "--verify", "--quiet", revision+"^{commit}").Output()
	if err != nil {
		Skip("there is no commit " + revision + " here: UPGRADE_FROM names one")
	}
	dir, err := os.MkdirTemp("", "carillon-previous-")
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(os.RemoveAll, dir)
	archive := filepath.Join(dir, "files.tar")
	output, err := git("archive", "--output="+archive, strings.TrimSpace(string(commit))).CombinedOutput()
	Expect(err).NotTo(HaveOccurred(), string(output))
	env.run(ctx, "tar", "--extract", "--file="+archive, "--directory="+dir)
	return dir
}

// withImage adds to a checkout what installs it with another image, and returns the path
// of that.
func withImage(root, image string) string {
	GinkgoHelper()
	folder := filepath.Join(root, "config", "here")
	Expect(os.Mkdir(folder, 0o700)).To(Succeed())
	name, tag, _ := strings.Cut(image, ":")
	text := fmt.Sprintf("resources: [../default]\nimages:\n- {name: ghcr.io/carillon-dev/carillon, newName: %s, newTag: %s}\n", name, tag)
	Expect(os.WriteFile(filepath.Join(folder, "kustomization.yaml"), []byte(text), 0o600)).To(Succeed())
	return folder
}

// leaderImage is the image of the manager that acts.
func leaderImage(ctx context.Context) (string, error) {
	holder, err := tryKubectl(ctx, systemNamespace, "", "get", "lease", "carillon-manager", "--output=jsonpath={.spec.holderIdentity}")
	if err != nil {
		return "", err
	}
	pod, _, _ := strings.Cut(holder, "_")
	return tryKubectl(ctx, systemNamespace, "", "get", "pod", pod, "--output=jsonpath={.spec.containers[0].image}")
}
