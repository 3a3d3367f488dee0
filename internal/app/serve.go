package app

import (
	"fmt"
	"net/http"

	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/metrics/filters"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

// Permissions of the manager to ask the cluster who reads its metrics, and whether
// they may.
// +kubebuilder:rbac:groups=authentication.k8s.io,resources=tokenreviews,verbs=create,roleName=carillon-manager-metrics
// +kubebuilder:rbac:groups=authorization.k8s.io,resources=subjectaccessreviews,verbs=create,roleName=carillon-manager-metrics

// metricsOptions says how metrics are served. base is a configuration without the
// fence of the lease: a manager that stands by serves its metrics, too, and the
// questions that it asks for that are POST requests.
func metricsOptions(cfg *Config, base *rest.Config) metricsserver.Options {
	options := metricsserver.Options{BindAddress: cfg.Metrics.BindAddress}
	if !cfg.Metrics.Secure {
		return options
	}
	options.SecureServing, options.CertDir = true, cfg.Metrics.CertDir
	options.FilterProvider = func(*rest.Config, *http.Client) (metricsserver.Filter, error) {
		client, err := rest.HTTPClientFor(base)
		if err != nil {
			return nil, fmt.Errorf("making a client: %w", err)
		}
		return filters.WithAuthenticationAndAuthorization(base, client) //nolint:wrapcheck // it says what failed
	}
	return options
}
