package kube

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

// Explain makes of an error what tells a person what to do, where that is known.
func Explain(err error) error {
	var status apierrors.APIStatus
	switch unreachable := (*url.Error)(nil); {
	case clientcmd.IsEmptyConfig(err):
		return errors.New("no cluster is configured: set KUBECONFIG, or write --kubeconfig or --context")
	case errors.As(err, &status) && apierrors.IsNotFound(err):
		details := status.Status().Details
		if details == nil || details.Name == "" {
			return fmt.Errorf("the cluster knows no Tasks: Carillon is not installed, or is of another version than %s; kubectl carillon doctor says more", v1alpha1.GroupVersion)
		}
		if details.Kind == schedulers {
			return fmt.Errorf("%w: kubectl carillon list schedulers shows those that there are, with -A in all namespaces", err)
		}
		return fmt.Errorf("%w: kubectl carillon list shows those that there are, with -A in all namespaces", err)
	case apierrors.IsForbidden(err):
		return fmt.Errorf("%w: kubectl carillon doctor says what you may", err)
	case errors.As(err, &unreachable) && isConnection(unreachable):
		return fmt.Errorf("the API server cannot be reached: %w", unreachable.Err)
	default:
		return err
	}
}

// IsTimeout reports whether an error is that the time of a context is over, or that a request would
// not be sent before it is: for that client-go has an error of its own, which says so by its text alone.
func IsTimeout(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || err != nil && strings.Contains(err.Error(), "would exceed context deadline")
}

// isConnection reports whether a request got no answer because there was nobody.
func isConnection(err *url.Error) bool {
	op := (*net.OpError)(nil)
	return errors.As(err, &op) || strings.Contains(err.Error(), "no such host")
}
