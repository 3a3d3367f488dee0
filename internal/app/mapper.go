package app

import (
	"fmt"
	"net/http"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

// newMapper maps kinds to resources. It knows those that are cached, so that a manager can be built
// while there is no API server, and asks for others.
func newMapper(cluster *rest.Config, client *http.Client) (meta.RESTMapper, error) {
	known := meta.NewDefaultRESTMapper([]schema.GroupVersion{corev1.SchemeGroupVersion, v1alpha1.GroupVersion})
	known.Add(corev1.SchemeGroupVersion.WithKind("Pod"), meta.RESTScopeNamespace)
	known.Add(corev1.SchemeGroupVersion.WithKind("Namespace"), meta.RESTScopeRoot)
	known.Add(v1alpha1.GroupVersion.WithKind("Task"), meta.RESTScopeNamespace)
	known.Add(v1alpha1.GroupVersion.WithKind("Scheduler"), meta.RESTScopeNamespace)
	asked, err := apiutil.NewDynamicRESTMapper(cluster, client)
	if err != nil {
		return nil, fmt.Errorf("preparing to ask for the kinds of the cluster: %w", err)
	}
	return meta.FirstHitRESTMapper{MultiRESTMapper: meta.MultiRESTMapper{known, asked}}, nil
}
