package app_test

import (
	"net/http"
	"path/filepath"
	"strings"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apiserver/pkg/endpoints/request"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

// made are the requests of the managers of this suite, but for those that they make as the
// ServiceAccount of a Task, with its rights. None of them was refused, or the
// specs would have failed: they have the rights of config/rbac and no others.
var made = requests{seen: sets.New[string]()}

// requests are kinds of requests, such as "create pods".
type requests struct {
	mu   sync.Mutex
	seen sets.Set[string]
}

// record sees the requests on their way.
func (r *requests) record(next http.RoundTripper) http.RoundTripper {
	resolver := &request.RequestInfoFactory{APIPrefixes: sets.NewString("api", "apis"), GrouplessAPIPrefixes: sets.NewString("api")}
	return roundTripper(func(req *http.Request) (*http.Response, error) {
		asAccount := len(req.Header.Values("Impersonate-Extra-Carillon.dev%2fmanager")) > 0
		if info, err := resolver.NewRequestInfo(req); err == nil && info.IsResourceRequest && !asAccount {
			r.mu.Lock()
			r.seen.Insert(permission(info.Verb, info.APIGroup, strings.TrimSuffix(info.Resource+"/"+info.Subresource, "/")))
			r.mu.Unlock()
		}
		return next.RoundTrip(req)
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func permission(verb, group, resource string) string {
	return strings.TrimSuffix(verb+" "+resource+"."+group, ".")
}

// The manager may do nothing that it does not need: every permission in config/rbac has
// been used when all specs have run.
var _ = ReportAfterSuite("permissions", func(report Report) {
	if !report.SuiteSucceeded || report.PreRunStats.SpecsThatWillRun < report.PreRunStats.TotalSpecs {
		return
	}
	granted := sets.New[string]()
	for _, obj := range decode(filepath.Join("..", "..", "config", "rbac", "role.yaml")) {
		granted.Insert(permissions(obj)...)
	}
	Expect(granted).To(HaveKey("patch tasks/status." + v1alpha1.GroupVersion.Group))
	needed := made.seen.Clone()
	for request := range made.seen {
		// A watch begins with a list of its own, if the API server can do that. Other
		// servers are asked for a list first.
		if resource, ok := strings.CutPrefix(request, "watch "); ok {
			needed.Insert("list " + resource)
		}
	}
	Expect(sets.List(granted.Difference(needed))).To(BeEmpty(), "permissions that no spec used")
	for _, obj := range decode(filepath.Join("..", "..", "config", "components", "service-accounts", "role.yaml")) {
		granted.Insert(permissions(obj)...)
	}
	granted.Insert("create serviceaccounts/token") // by a Role in the namespace of a Task
	Expect(sets.List(made.seen.Difference(granted))).To(BeEmpty(), "requests that are not in the roles")
})

// permissions lists what a role allows, one verb and resource at a time.
func permissions(role any) (all []string) {
	var rules []rbacv1.PolicyRule
	switch role := role.(type) {
	case *rbacv1.ClusterRole:
		rules = role.Rules
	case *rbacv1.Role:
		rules = role.Rules
	}
	for _, rule := range rules {
		for _, group := range rule.APIGroups {
			for _, resource := range rule.Resources {
				for _, verb := range rule.Verbs {
					all = append(all, permission(verb, group, resource))
				}
			}
		}
	}
	return all
}
