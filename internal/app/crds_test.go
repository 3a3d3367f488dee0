package app_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/prometheus/client_golang/prometheus"
	coordinationv1 "k8s.io/api/coordination/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/app"
)

// output keeps what a manager logs.
type output struct {
	mu      sync.Mutex
	content bytes.Buffer
}

// Write implements io.Writer.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.content.Write(p)
}

// count returns how often a text was logged.
func (o *output) count(text string) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return strings.Count(o.content.String(), text)
}

// readiness returns the answer to /readyz, or to one of the checks behind it.
func readiness(address, check string) func() string {
	return func() string {
		request, err := http.NewRequest(http.MethodGet, "http://"+address+"/readyz"+check, http.NoBody)
		Expect(err).NotTo(HaveOccurred())
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return err.Error()
		}
		defer func() { _ = response.Body.Close() }()
		content, err := io.ReadAll(response.Body)
		Expect(err).NotTo(HaveOccurred())
		return response.Status + " " + string(content)
	}
}

// A cluster without the CRDs, for a manager that is there before them.
var _ = Describe("A manager without the CRDs", Ordered, func() {
	var (
		bare    *envtest.Environment
		config  *rest.Config
		there   client.Client
		install = func() {
			GinkgoHelper()
			_, err := envtest.InstallCRDs(config, envtest.CRDInstallOptions{Paths: []string{filepath.Join("..", "..", "config", "crd", "bases")}})
			Expect(err).NotTo(HaveOccurred())
		}
		uninstall = func() {
			GinkgoHelper()
			Expect(envtest.UninstallCRDs(config, envtest.CRDInstallOptions{Paths: []string{filepath.Join("..", "..", "config", "crd", "bases")}})).To(Succeed())
		}
		// start starts a manager there; it ends with the spec, or by stop.
		start = func(logs *output, flags ...string) (stop func()) {
			GinkgoHelper()
			return bootWith(app.Dependencies{Cluster: config, Registry: prometheus.NewRegistry(), Log: app.NewLogger(logs, slog.LevelInfo)},
				append([]string{"--leader-election-namespace=default"}, flags...)...)
		}
		// expectRun has a new Task run.
		expectRun = func(ctx context.Context, name string) {
			GinkgoHelper()
			task := makeTask("default", name, now(), logAction())
			Eventually(there.Create).WithArguments(ctx, task).WithTimeout(20 * time.Second).Should(Succeed())
			Eventually(func(g Gomega) {
				g.Expect(there.Get(ctx, client.ObjectKeyFromObject(task), task)).To(Succeed())
				g.Expect(task.Status.RunCounts).To(Equal(&v1alpha1.RunCounts{Succeeded: 1}))
			}).WithTimeout(60 * time.Second).Should(Succeed())
		}
	)

	BeforeAll(func() {
		bare = &envtest.Environment{}
		var err error
		config, err = bare.Start()
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(func() { Expect(bare.Stop()).To(Succeed()) })
		config.QPS = -1
		there, err = client.New(config, client.Options{Scheme: app.Scheme()})
		Expect(err).NotTo(HaveOccurred())
	})

	It("waits for them without a lease, says so, and ends when it is asked to", func(ctx SpecContext) {
		logs, address := &output{}, freeAddress()
		stop := start(logs, "--health-probe-bind-address="+address)
		Eventually(readiness(address, "/crds")).WithTimeout(10 * time.Second).Should(And(HavePrefix("500"),
			ContainSubstring("tasks.carillon.dev, schedulers.carillon.dev"), ContainSubstring("config/crd")))
		Expect(readiness(address, "")()).To(And(HavePrefix("500"), ContainSubstring("[-]crds failed")))
		Consistently(func(g Gomega) {
			g.Expect(leases(ctx, there)).To(BeEmpty())
			g.Expect(logs.count("waiting for the CRDs")).To(Equal(1), "it is logged once")
		}).WithTimeout(3 * time.Second).Should(Succeed())
		stop()
		Expect(leases(ctx, there)).To(BeEmpty())
	})

	It("starts when they are served, and survives that they are deleted and created again", func(ctx SpecContext) {
		logs, address := &output{}, freeAddress()
		start(logs, "--health-probe-bind-address="+address)
		Eventually(readiness(address, "/crds")).WithTimeout(10 * time.Second).Should(HavePrefix("500"))
		install()
		Eventually(readiness(address, "")).WithTimeout(20 * time.Second).Should(HavePrefix("200"))
		Expect(logs.count("the CRDs are served")).To(Equal(1))
		expectRun(ctx, "first")
		Expect(leases(ctx, there)).To(HaveLen(1))
		By("deleting and creating them again")
		uninstall()
		Eventually(func() bool {
			return apierrors.IsNotFound(there.List(ctx, &v1alpha1.TaskList{}))
		}).WithTimeout(20 * time.Second).Should(BeTrue())
		install()
		expectRun(ctx, "second")
	})
})

// leases are those of the managers.
func leases(ctx context.Context, from client.Client) []coordinationv1.Lease {
	GinkgoHelper()
	list := &coordinationv1.LeaseList{}
	Expect(from.List(ctx, list, client.InNamespace(metav1.NamespaceDefault))).To(Succeed())
	return list.Items
}
