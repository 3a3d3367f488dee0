package serviceaccount

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/singleflight"
	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/cache"
	typedauthenticationv1 "k8s.io/client-go/kubernetes/typed/authentication/v1"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/utils/clock"
)

const (
	// lifetime is how long a token is valid, the least that the API server issues.
	lifetime = 10 * time.Minute
	// renewBefore is how long before its end a token is no longer used, so that a request
	// ends while its token is valid.
	renewBefore = 2 * time.Minute
	// issueTimeout bounds the requests for a token.
	issueTimeout = 20 * time.Second
)

// Tokens issues tokens of ServiceAccounts for servers other than the API server. A token is
// used for all requests of its account to its audience until shortly before it expires.
type Tokens struct {
	accounts typedcorev1.ServiceAccountsGetter
	reviews  typedauthenticationv1.TokenReviewsGetter
	clock    clock.Clock
	cache    *cache.Expiring
	// issuing has each token requested once, whatever number of runs need it.
	issuing singleflight.Group
}

// NewTokens returns Tokens that are requested by the clients of the manager.
func NewTokens(accounts typedcorev1.ServiceAccountsGetter, reviews typedauthenticationv1.TokenReviewsGetter, clk clock.Clock) *Tokens {
	return &Tokens{accounts: accounts, reviews: reviews, clock: clk, cache: cache.NewExpiringWithClock(clk)}
}

// token identifies a token.
type token struct {
	account  Account
	audience string
}

// AudienceError is an audience that no token is issued for.
type AudienceError struct{ audience string }

// Error implements error.
func (e *AudienceError) Error() string {
	return fmt.Sprintf("spec.action.http.auth.serviceAccountToken.audience: the cluster's API server accepts tokens for %q, "+
		"by which the server could act as the ServiceAccount: write the server's own, such as https://hooks.example", e.audience)
}

// Get returns a token of an account for an audience. It is an error if the API server
// itself accepts the token: its receiver could act as the account.
func (t *Tokens) Get(ctx context.Context, account Account, audience string) (string, error) {
	key := token{account, audience}
	if found, ok := t.cache.Get(key); ok {
		return found.(string), nil //nolint:forcetypeassert // only strings are put there
	}
	issued := t.issuing.DoChan(fmt.Sprintf("%q/%q/%q", account.Namespace, account.Name, audience), func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), issueTimeout) // others wait for it, too
		defer cancel()
		return t.issue(ctx, key)
	})
	select {
	case result := <-issued:
		if result.Err != nil {
			return "", result.Err
		}
		return result.Val.(string), nil //nolint:forcetypeassert // what issue returns
	case <-ctx.Done():
		return "", fmt.Errorf("waiting for a token of the ServiceAccount %q: %w", account.Name, context.Cause(ctx))
	}
}

// issue has a token issued and keeps it.
func (t *Tokens) issue(ctx context.Context, key token) (string, error) {
	if key.audience == "" { // the API server would take its own
		return "", &AudienceError{}
	}
	requested := t.clock.Now()
	answer, err := t.accounts.ServiceAccounts(key.account.Namespace).CreateToken(ctx, key.account.Name, &authenticationv1.TokenRequest{
		Spec: authenticationv1.TokenRequestSpec{Audiences: []string{key.audience}, ExpirationSeconds: new(int64(lifetime / time.Second))},
	}, metav1.CreateOptions{})
	if err != nil {
		if forbidden := key.account.Forbidden(err); forbidden != nil {
			return "", forbidden
		}
		return "", fmt.Errorf("requesting a token of the ServiceAccount %q: %w", key.account.Name, err)
	}
	if err := t.check(ctx, key.audience, answer.Status.Token); err != nil {
		return "", err
	}
	// By the clock of the manager, which may differ from that of the API server.
	if left := lifetime - renewBefore - t.clock.Since(requested); left > 0 {
		t.cache.Set(key, answer.Status.Token, left)
	}
	return answer.Status.Token, nil
}

// check asks the API server whether it would accept a token itself: which audiences it has
// is in its flags, which nobody can read.
func (t *Tokens) check(ctx context.Context, audience, issued string) error {
	review, err := t.reviews.TokenReviews().Create(ctx, &authenticationv1.TokenReview{
		Spec: authenticationv1.TokenReviewSpec{Token: issued},
	}, metav1.CreateOptions{})
	switch {
	case err != nil:
		return fmt.Errorf("asking whether the API server accepts tokens for %q: %w", audience, err)
	case review.Status.Authenticated:
		return &AudienceError{audience}
	default:
		return nil
	}
}
