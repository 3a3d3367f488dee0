package app

import (
	"fmt"

	typedauthenticationv1 "k8s.io/client-go/kubernetes/typed/authentication/v1"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/carillon-dev/carillon/internal/serviceaccount"
)

// newTokens returns what issues the tokens that requests of http actions carry. The manager
// asks for them itself, by a Role in the namespace of the account; and asks with the
// permission of its metrics whether the API server would accept one.
func newTokens(mgr ctrl.Manager) (*serviceaccount.Tokens, error) {
	accounts, err := typedcorev1.NewForConfigAndClient(mgr.GetConfig(), mgr.GetHTTPClient())
	if err != nil {
		return nil, fmt.Errorf("building the client for tokens: %w", err)
	}
	reviews, err := typedauthenticationv1.NewForConfigAndClient(mgr.GetConfig(), mgr.GetHTTPClient())
	if err != nil {
		return nil, fmt.Errorf("building the client for reviews of tokens: %w", err)
	}
	return serviceaccount.NewTokens(accounts, reviews, clock.RealClock{}), nil
}
