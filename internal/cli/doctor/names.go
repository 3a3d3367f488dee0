package doctor

import (
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/cli/kube"
)

// ours are the resources that this plugin is about, as people write them without a group.
var ours = []string{"tasks", "schedulers"}

// names looks whether other kinds have the names of ours: kubectl takes a name without a group for one
// of them.
func names(c *kube.Client) finding {
	const check = "names"
	groups, lists, err := c.Kubernetes.Discovery().ServerGroupsAndResources()
	if err != nil && len(groups) == 0 {
		return finding{check, look, "the kinds of the cluster cannot be read: " + err.Error(), ""}
	}
	var found, full []string
	isOurs := true
	for _, resource := range ours {
		meant := claimants(groups, lists, resource)
		if len(meant) < 2 {
			continue
		}
		found = append(found, fmt.Sprintf("%s are there as well as %s, and kubectl get %s means %s",
			strings.Join(without(meant, own(resource)), ", "), own(resource), resource, meant[0]))
		full = append(full, own(resource))
		isOurs = isOurs && meant[0] == own(resource)
	}
	if isOurs && len(found) > 0 {
		return finding{check, good, strings.Join(found, "; "), ""}
	}
	if len(found) == 0 {
		return finding{check, good, "no other kind is called Task or Scheduler", ""}
	}
	return finding{check, look, strings.Join(found, "; "), "write the full name with kubectl: " + strings.Join(full, ", ")}
}

func own(resource string) string { return resource + "." + v1alpha1.GroupVersion.Group }

func without(all []string, one string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(name string) bool { return name == one })
}

// claimants are the resources of a name, in the order of the groups in which kubectl looks for it: the
// first one is what it takes the name for.
func claimants(groups []*metav1.APIGroup, lists []*metav1.APIResourceList, resource string) (all []string) {
	for _, group := range groups {
		has := slices.ContainsFunc(lists, func(list *metav1.APIResourceList) bool {
			of, _, _ := strings.Cut(list.GroupVersion, "/")
			return of == group.Name && strings.Contains(list.GroupVersion, "/") &&
				slices.ContainsFunc(list.APIResources, func(r metav1.APIResource) bool { return r.Name == resource })
		})
		if has {
			all = append(all, resource+"."+group.Name)
		}
	}
	return all
}
