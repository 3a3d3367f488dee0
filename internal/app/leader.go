package app

import (
	"fmt"
	"net/http"
	"strings"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	"k8s.io/client-go/transport"

	"github.com/carillon-dev/carillon/internal/lease"
	"github.com/carillon-dev/carillon/internal/metrics"
)

// Permissions of the manager for its lease, in its own namespace.
// +kubebuilder:rbac:groups=coordination.k8s.io,namespace=carillon-system,resources=leases,verbs=get;create;update

// newLock makes the lock of the leader election. Its requests pass no check that the
// lease is held, since they acquire it. They have a client of their own, with a timeout,
// but the API server queues them with the manager's other requests unless a FlowSchema
// tells them apart.
func newLock(cfg *Config, base *rest.Config, holder string) (resourcelock.Interface, error) {
	lock, err := resourcelock.NewFromKubeconfig(resourcelock.LeasesResourceLock, leaseNamespace(cfg), leaseName,
		resourcelock.ResourceLockConfig{Identity: holder}, rest.CopyConfig(base), cfg.LeaderElection.RenewDeadline.Duration)
	if err != nil {
		return nil, fmt.Errorf("making the leader election lock: %w", err)
	}
	return lock, nil
}

// countWrites counts every mutating request that the API server answers.
func countWrites(counted *metrics.Metrics) transport.WrapperFunc {
	return func(next http.RoundTripper) http.RoundTripper {
		return lease.RoundTripper(func(req *http.Request) (*http.Response, error) {
			resp, err := next.RoundTrip(req)
			if err == nil && lease.Mutating(req) {
				counted.Written(req, resourceOf(req.URL.Path))
			}
			return resp, err //nolint:wrapcheck // a transport passes errors on
		})
	}
}

// resourceOf is the resource in the path of a request, with the subresource:
// /apis/GROUP/VERSION/namespaces/NAMESPACE/RESOURCE/NAME/SUBRESOURCE.
func resourceOf(path string) string {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	skip := 2 // api/v1
	if parts[0] == "apis" {
		skip = 3
	}
	if len(parts) > skip+2 && parts[skip] == "namespaces" {
		skip += 2
	}
	switch {
	case len(parts) <= skip:
		return "other"
	case len(parts) > skip+2:
		return parts[skip] + "/" + parts[skip+2]
	default:
		return parts[skip]
	}
}
