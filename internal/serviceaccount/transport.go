package serviceaccount

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	typedauthenticationv1 "k8s.io/client-go/kubernetes/typed/authentication/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/transport"
)

// ExtraManager is the key of the extra attribute that impersonated requests carry. Its
// value is the username of the manager that sends them. The policies of the component
// pod-fence know the manager by it, as only the manager may impersonate this value.
const ExtraManager = "carillon.dev/manager"

// whoAmITimeout bounds the question for the manager's own name.
const whoAmITimeout = 10 * time.Second

// Username returns the name that the API server knows the manager by.
type Username func(ctx context.Context) (string, error)

// Transport returns a wrapper that sends the requests under a context of [As] impersonated.
// It refuses requests that are impersonated already: they would act as somebody else than
// the account.
func Transport(manager Username) func(http.RoundTripper) http.RoundTripper {
	return func(next http.RoundTripper) http.RoundTripper {
		return roundTripper(func(req *http.Request) (*http.Response, error) {
			account, ok := Of(req.Context())
			if !ok {
				return next.RoundTrip(req)
			}
			if req.Header.Get(transport.ImpersonateUserHeader) != "" {
				return nil, errors.New("the manager impersonates another user already, and cannot act as a ServiceAccount: start it with credentials of its own")
			}
			name, err := manager(req.Context())
			if err != nil {
				return nil, fmt.Errorf("finding the manager's own name: %w", err)
			}
			// Without groups, the API server takes those that the account has.
			return transport.NewImpersonatingRoundTripper(transport.ImpersonationConfig{
				UserName: account.Username(), Extra: map[string][]string{ExtraManager: {name}},
			}, next).RoundTrip(req)
		})
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// WhoAmI returns a Username that asks the API server once.
func WhoAmI(cfg *rest.Config) (Username, error) {
	client, err := typedauthenticationv1.NewForConfig(cfg)
	if err != nil {
		return nil, fmt.Errorf("building a client: %w", err)
	}
	var mu sync.Mutex
	var name string
	return func(ctx context.Context) (string, error) {
		mu.Lock()
		defer mu.Unlock()
		if name != "" {
			return name, nil
		}
		ctx, cancel := context.WithTimeout(ctx, whoAmITimeout)
		defer cancel()
		answer, err := client.SelfSubjectReviews().Create(ctx, &authenticationv1.SelfSubjectReview{}, metav1.CreateOptions{})
		if err != nil {
			return "", fmt.Errorf("asking the API server: %w", err)
		}
		name = answer.Status.UserInfo.Username
		return name, nil
	}, nil
}
