// Package e2e_test proves on a whole cluster what Carillon promises: with real
// containers where the machine allows for a real node, else on a simulated one.
//
// The suite starts the cluster, builds the manager and runs it as a process of
// this machine, so that it can be killed, frozen and measured. Every spec has a
// namespace of its own. LEVEL=simulated|full chooses the kind of node.
package e2e_test

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/carillon-dev/carillon/hack/devcluster/cluster"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/log"
)

// needsContainers labels specs that a simulated node cannot serve.
const needsContainers = "containers"

// chaosLabel labels the spec that make chaos asks for.
const chaosLabel = "chaos"

// hostileLabel labels the spec that make hostile asks for.
const hostileLabel = "hostile"

// env is the cluster that all specs share, and what is needed to use it.
var env *environment

func TestE2E(t *testing.T) {
	RegisterFailHandler(Fail)
	SetDefaultEventuallyTimeout(30 * time.Second)
	SetDefaultEventuallyPollingInterval(100 * time.Millisecond)
	SetDefaultConsistentlyPollingInterval(100 * time.Millisecond)
	EnforceDefaultTimeoutsWhenUsingContexts()
	log.SetLogger(GinkgoLogr)

	suite, reporter := GinkgoConfiguration()
	reporter.Verbose = reporter.Verbose || testing.Verbose()
	RunSpecs(t, "Carillon on a cluster", suite, reporter)
}

var _ = BeforeSuite(func(ctx SpecContext) {
	dir, err := os.UserCacheDir()
	Expect(err).NotTo(HaveOccurred())
	started, err := cluster.Start(ctx, cluster.Options{
		// Not where make run has its cluster, which one spec starts, too.
		Dir:      filepath.Join(dir, "carillon", "e2e"),
		Messages: os.Stderr,
	})
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(started.Stop)
	env = newEnvironment(ctx, started)
	env.installCRDs(ctx)
}, NodeTimeout(25*time.Minute)) // With a cold cache all of Kubernetes is built.

var _ = BeforeEach(func() {
	if slices.Contains(CurrentSpecReport().Labels(), needsContainers) && !env.full() {
		Skip("it needs real containers, and the node is simulated: see above why, LEVEL=full insists on a real one")
	}
})

var _ = JustAfterEach(func() {
	// Chaos has too many of them, and says where to look.
	if CurrentSpecReport().Failed() && !slices.Contains(CurrentSpecReport().Labels(), chaosLabel) {
		env.describeManagers()
	}
})

// report prints figures, whether the spec passes or not.
func report(title, text string) {
	AddReportEntry(title, text)
}

// seconds returns a duration in seconds.
func seconds(n int) time.Duration { return time.Duration(n) * time.Second }

// until waits for an instant; what happens at that instant is what matters.
func until(ctx context.Context, instant time.Time) {
	GinkgoHelper()
	Eventually(ctx, time.Now).WithTimeout(time.Until(instant) + time.Second).WithPolling(2 * time.Millisecond).
		Should(BeTemporally(">=", instant))
}

// mustClose closes what was opened.
func mustClose(opened io.Closer) {
	GinkgoHelper()
	Expect(opened.Close()).To(Succeed())
}
