package app

import (
	"crypto/tls"
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

// How many requests a second the metrics port may cause to the API server, and at once.
const (
	reviewsPerSecond = 5
	reviewsBurst     = 10
)

// metricsOptions says how metrics are served. base is a configuration without the
// fence of the lease: a manager that stands by serves its metrics, too, and the
// questions that it asks for that are POST requests.
func metricsOptions(cfg *Config, base *rest.Config) metricsserver.Options {
	options := metricsserver.Options{BindAddress: cfg.Metrics.BindAddress}
	if !cfg.Metrics.Secure {
		return options
	}
	options.SecureServing, options.CertDir = true, cfg.Metrics.CertDir
	// One connection is one request at a time.
	options.TLSOpts = []func(*tls.Config){func(c *tls.Config) { c.NextProtos = []string{"http/1.1"} }}
	options.FilterProvider = func(*rest.Config, *http.Client) (metricsserver.Filter, error) {
		asking := rest.CopyConfig(base)
		// Every client that reaches the port causes these requests. They are none of the
		// manager's work.
		asking.QPS, asking.Burst, asking.UserAgent = reviewsPerSecond, reviewsBurst, "carillon-manager-metrics"
		client, err := rest.HTTPClientFor(asking)
		if err != nil {
			return nil, fmt.Errorf("making a client: %w", err)
		}
		filter, err := filters.WithAuthenticationAndAuthorization(asking, client)
		if err != nil {
			return nil, fmt.Errorf("preparing the check of tokens: %w", err)
		}
		return newTokenThrottle().around(filter), nil
	}
	return options
}
