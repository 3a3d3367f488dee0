package app_test

import (
	"net/http"
	"path/filepath"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	authenticationv1 "k8s.io/api/authentication/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	flowcontrolv1 "k8s.io/api/flowcontrol/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/app"
)

// classified remembers how the API server classified the newest request.
type classified struct {
	mu            sync.Mutex
	schema, level string
}

// around sees the responses on their way.
func (c *classified) around(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(req *http.Request) (*http.Response, error) {
		resp, err := next.RoundTrip(req)
		if err == nil {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.schema, c.level = resp.Header.Get(flowcontrolv1.ResponseHeaderMatchedFlowSchemaUID), resp.Header.Get(flowcontrolv1.ResponseHeaderMatchedPriorityLevelConfigurationUID)
		}
		return resp, err
	})
}

// The API server says by headers of its responses how it has classified a request.
var _ = Describe("The component flow-control", Ordered, func() {
	var manager client.Client
	var seen classified
	uids := map[string]string{} // of FlowSchemas and priority levels

	BeforeAll(func(ctx SpecContext) {
		for _, obj := range decode(filepath.Join("..", "..", "config", "components", "flow-control", "flow_schemas.yaml")) {
			Expect(admin.Create(ctx, obj)).To(Succeed())
			uids[obj.GetName()] = string(obj.GetUID())
			DeferCleanup(func(ctx SpecContext) { Expect(admin.Delete(ctx, obj)).To(Succeed()) })
		}
		for _, name := range []string{"leader-election", "workload-low"} {
			level := &flowcontrolv1.PriorityLevelConfiguration{}
			Expect(admin.Get(ctx, client.ObjectKey{Name: name}, level)).To(Succeed())
			uids[name] = string(level.UID)
		}
		cfg := asManager(cluster.Config, managerNamespace)
		cfg.Wrap(seen.around)
		var err error
		manager, err = client.New(cfg, client.Options{Scheme: app.Scheme()})
		Expect(err).NotTo(HaveOccurred())
	})

	DescribeTable("classifies", func(ctx SpecContext, schema, level string, request func(SpecContext) error) {
		Eventually(func(g Gomega) {
			g.Expect(client.IgnoreNotFound(request(ctx))).To(Succeed())
			g.Expect(seen.schema).To(Equal(uids[schema]))
			g.Expect(seen.level).To(Equal(uids[level]))
		}).WithTimeout(30*time.Second).Should(Succeed(), "it takes the API server a moment")
	},
		Entry("the lease", "carillon-leases", "leader-election", func(ctx SpecContext) error {
			return manager.Get(ctx, client.ObjectKey{Namespace: managerNamespace, Name: "carillon-manager"}, &coordinationv1.Lease{})
		}),
		Entry("Events", "carillon-events", "workload-low", func(ctx SpecContext) error {
			return manager.Get(ctx, client.ObjectKey{Namespace: "default", Name: "none"}, &corev1.Event{})
		}),
		Entry("questions about who reads the metrics", "carillon-reviews", "workload-low", func(ctx SpecContext) error {
			return manager.Create(ctx, &authenticationv1.TokenReview{Spec: authenticationv1.TokenReviewSpec{Token: "none"}})
		}),
		Entry("Pods", "carillon-work", "workload-low", func(ctx SpecContext) error {
			return manager.Delete(ctx, barePod("default", "none"))
		}),
		Entry("the status of Tasks", "carillon-work", "workload-low", func(ctx SpecContext) error {
			return manager.Status().Patch(ctx, makeTask("default", "none", now(), logAction()), client.RawPatch("application/merge-patch+json", []byte("{}")))
		}),
		Entry("a list of all Tasks", "carillon-work", "workload-low", func(ctx SpecContext) error {
			return manager.List(ctx, &v1alpha1.TaskList{}, client.Limit(1))
		}),
		Entry("a Namespace", "carillon-work", "workload-low", func(ctx SpecContext) error {
			return manager.Get(ctx, client.ObjectKey{Name: "default"}, &corev1.Namespace{})
		}),
		Entry("the EndpointSlices of the API server", "carillon-work", "workload-low", func(ctx SpecContext) error {
			return manager.List(ctx, &metav1.PartialObjectMetadataList{TypeMeta: metav1.TypeMeta{APIVersion: "discovery.k8s.io/v1", Kind: "EndpointSliceList"}}, client.InNamespace("default"))
		}),
	)
})
