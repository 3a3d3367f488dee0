package app_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/handler"
	"github.com/carillon-dev/carillon/manager"
)

// runOwnManager runs a manager as the main of a custom manager does. It ends with the spec.
func runOwnManager(handlers *handler.Registry, args ...string) {
	GinkgoHelper()
	user, err := cluster.AddUser(envtest.User{Name: "owner", Groups: []string{"system:masters"}}, nil)
	Expect(err).NotTo(HaveOccurred())
	kubeconfig, err := user.KubeConfig()
	Expect(err).NotTo(HaveOccurred())
	path := filepath.Join(GinkgoT().TempDir(), "kubeconfig")
	Expect(os.WriteFile(path, kubeconfig, 0o600)).To(Succeed())
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- manager.Run(ctx, append(args, "--kubeconfig="+path, "--metrics-bind-address=0", "--health-probe-bind-address=0",
			"--leader-election-namespace="+managerNamespace), handlers, GinkgoWriter)
	}()
	DeferCleanup(func() {
		cancel()
		Eventually(done).WithTimeout(30 * time.Second).Should(Receive(BeNil()))
	})
}

func calling(name string) v1alpha1.Action {
	return v1alpha1.Action{Handler: &v1alpha1.HandlerAction{Name: name, Args: map[string]string{"bucket": "old-orders"}}}
}

var _ = Describe("A custom manager", Ordered, func() {
	var mine string

	BeforeAll(func(ctx SpecContext) {
		mine = newNamespace(ctx)
		var calls atomic.Int32
		handlers := handler.NewRegistry()
		Expect(handlers.Register("archive", func(_ context.Context, run handler.Run) error {
			if run.Namespace != mine || run.Args["bucket"] != "old-orders" {
				return handler.Permanent(fmt.Errorf("told %+v", run))
			}
			if calls.Add(1) == 1 {
				return handler.Later(time.Second, nil)
			}
			return nil
		}, mine)).To(Succeed())
		Expect(handlers.Register("broken", func(context.Context, handler.Run) error { panic("no ledger") })).To(Succeed())
		runOwnManager(handlers, "--http-secret-headers", "--http-allow-cidr=127.0.0.1/32")
	})

	It("calls its functions for the namespaces that may, and heeds their errors", func(ctx SpecContext) {
		other := newNamespace(ctx)
		archive, broken := makeTask(mine, "archive", now(), calling("archive")), makeTask(mine, "broken", now(), calling("broken"))
		stranger := makeTask(other, "archive", now(), calling("archive"))
		for _, task := range []*v1alpha1.Task{archive, broken, stranger} {
			Expect(admin.Create(ctx, task)).To(Succeed())
		}
		Eventually(func() *v1alpha1.RunCounts { return statusOf(ctx, archive).RunCounts }).WithTimeout(20 * time.Second).Should(Equal(&v1alpha1.RunCounts{Succeeded: 1}))
		Expect(archive.Status.RecentRuns[0].Attempts).To(BeEquivalentTo(2), "without a retryPolicy")
		Eventually(func() []v1alpha1.RecentRun { return statusOf(ctx, broken).RecentRuns }).WithTimeout(10 * time.Second).
			Should(ConsistOf(And(HaveField("Reason", v1alpha1.ReasonPanicked), HaveField("Message", ContainSubstring("no ledger")))))
		Eventually(func(g Gomega) {
			g.Expect(statusOf(ctx, stranger).State).To(Equal(v1alpha1.TaskStalled))
			g.Expect(stranger.Status.Conditions[0].Reason).To(Equal(v1alpha1.ReasonUnknownHandler))
		}).WithTimeout(10 * time.Second).Should(Succeed())
	})

	It("takes a header of a request from a Secret, if it may", func(ctx SpecContext) {
		namespace := newNamespace(ctx)
		told := make(chan string, 8)
		server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { told <- r.Header.Get("Authorization") }))
		DeferCleanup(server.Close)
		Expect(admin.Create(ctx, &corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "hook"}, StringData: map[string]string{"token": "Bearer s3cr3t"},
		})).To(Succeed())
		request := func(name, key string) *v1alpha1.Task {
			return makeTask(namespace, name, now(), v1alpha1.Action{HTTP: &v1alpha1.HTTPAction{URL: server.URL, Headers: []v1alpha1.HTTPHeader{
				{Name: "Authorization", ValueFrom: v1alpha1.HeaderValueSource{SecretKeyRef: v1alpha1.SecretKeyRef{Name: "hook", Key: key}}},
			}}})
		}
		good, bad := request("good", "token"), request("bad", "tokn")
		Expect(admin.Create(ctx, good)).To(Succeed())
		Expect(admin.Create(ctx, bad)).To(Succeed())
		Eventually(told).WithTimeout(20 * time.Second).Should(Receive(Equal("Bearer s3cr3t")))
		Eventually(func() []v1alpha1.RecentRun { return statusOf(ctx, bad).RecentRuns }).WithTimeout(10 * time.Second).
			Should(ConsistOf(HaveField("Message", `header Authorization: no Secret "hook" with a key "tokn" found in namespace "`+namespace+`"`)))
	})
})
