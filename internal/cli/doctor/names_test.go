package doctor

import (
	"slices"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestClaimants(t *testing.T) {
	t.Parallel()
	list := func(version string, resources ...string) *metav1.APIResourceList {
		l := &metav1.APIResourceList{GroupVersion: version}
		for _, r := range resources {
			l.APIResources = append(l.APIResources, metav1.APIResource{Name: r})
		}
		return l
	}
	groups := []*metav1.APIGroup{{Name: ""}, {Name: "carillon.dev"}, {Name: "tekton.dev"}}
	lists := []*metav1.APIResourceList{
		list("v1", "pods"), list("carillon.dev/v1alpha1", "tasks", "tasks/status", "schedulers"),
		list("tekton.dev/v1", "tasks"), list("tekton.dev/v1beta1", "tasks", "pipelines"),
	}
	for resource, want := range map[string][]string{
		"tasks":      {"tasks.carillon.dev", "tasks.tekton.dev"},
		"schedulers": {"schedulers.carillon.dev"},
		"pipelines":  {"pipelines.tekton.dev"},
	} {
		if got := claimants(groups, lists, resource); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", resource, got, want)
		}
	}
}
