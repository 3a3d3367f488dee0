package serviceaccount_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"
	"k8s.io/utils/clock"

	"github.com/carillon-dev/carillon/internal/serviceaccount"
)

// issuer stands for the API server.
type issuer struct {
	mu       sync.Mutex
	requests []authenticationv1.TokenRequestSpec
	reviewed []string
	// refusal is the answer to a request, failure the one to a review.
	refusal, failure error
	// accepts is the audience of the API server itself.
	accepts string
	// takes is how long a request takes.
	takes time.Duration
}

func (i *issuer) tokens() *serviceaccount.Tokens {
	api := fake.NewClientset()
	api.PrependReactor("create", "serviceaccounts", func(act clienttesting.Action) (bool, runtime.Object, error) {
		time.Sleep(i.takes)
		i.mu.Lock()
		defer i.mu.Unlock()
		request := act.(clienttesting.CreateActionImpl).Object.(*authenticationv1.TokenRequest).DeepCopy()
		i.requests = append(i.requests, request.Spec)
		request.Status.Token = fmt.Sprintf("%s/%s for %s, %d", act.GetNamespace(), act.(clienttesting.CreateActionImpl).Name, request.Spec.Audiences[0], len(i.requests))
		return true, request, i.refusal
	})
	api.PrependReactor("create", "tokenreviews", func(act clienttesting.Action) (bool, runtime.Object, error) {
		i.mu.Lock()
		defer i.mu.Unlock()
		review := act.(clienttesting.CreateAction).GetObject().(*authenticationv1.TokenReview).DeepCopy()
		if len(review.Spec.Audiences) > 0 {
			return true, nil, errors.New("a review for other audiences than the API server's own")
		}
		i.reviewed = append(i.reviewed, review.Spec.Token)
		review.Status.Authenticated = i.accepts != "" && strings.Contains(review.Spec.Token, i.accepts)
		return true, review, i.failure
	})
	return serviceaccount.NewTokens(api.CoreV1(), api.AuthenticationV1(), clock.RealClock{})
}

var reports = serviceaccount.Account{Namespace: "team", Name: "reports"}

func TestTokens_AreRenewedInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := &issuer{}
		tokens := api.tokens()
		get := func(account serviceaccount.Account, audience, want string) {
			t.Helper()
			if got, err := tokens.Get(t.Context(), account, audience); err != nil || got != want {
				t.Errorf("Get = %q, %v; want %q", got, err, want)
			}
		}
		get(reports, "https://a", "team/reports for https://a, 1")
		time.Sleep(7 * time.Minute)
		get(reports, "https://a", "team/reports for https://a, 1")
		get(reports, "https://b", "team/reports for https://b, 2")
		get(serviceaccount.Account{Namespace: "other", Name: "reports"}, "https://a", "other/reports for https://a, 3")
		time.Sleep(time.Minute + time.Second) // two minutes before its end
		get(reports, "https://a", "team/reports for https://a, 4")
		for _, request := range api.requests {
			if len(request.Audiences) != 1 || *request.ExpirationSeconds != 600 {
				t.Errorf("requested %+v", request)
			}
		}
		if len(api.reviewed) != len(api.requests) {
			t.Errorf("%d of %d tokens were reviewed", len(api.reviewed), len(api.requests))
		}
	})
}

func TestTokens_ManyRunsRequestOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := &issuer{takes: 2 * time.Second}
		tokens := api.tokens()
		ended, cancel := context.WithCancel(t.Context())
		var group sync.WaitGroup
		for i := range 20 {
			group.Go(func() {
				ctx := t.Context()
				if i == 0 {
					ctx = ended
				}
				if _, err := tokens.Get(ctx, reports, "https://a"); (err != nil) != (i == 0) {
					t.Errorf("run %d: %v", i, err)
				}
			})
		}
		time.Sleep(time.Second)
		cancel() // of one, perhaps the one that requests it
		group.Wait()
		if len(api.requests) != 1 {
			t.Errorf("%d requests, want 1", len(api.requests))
		}
	})
}

func TestTokens_Errors(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		audience string
		api      *issuer
		want     string
		isSent   bool // the request
	}{
		"no audience": {"", &issuer{}, "write the server's own, such as https://hooks.example", false},
		"the API server's own": {
			"https://api.cluster.example", &issuer{accepts: "https://api.cluster.example"},
			`the cluster's API server accepts tokens for "https://api.cluster.example"`, true,
		},
		"nobody knows": {"https://a", &issuer{failure: errors.New("busy")}, `asking whether the API server accepts tokens for "https://a": busy`, true},
		"no right": {
			"https://a", &issuer{refusal: apierrors.NewForbidden(corev1.Resource("serviceaccounts"), "reports", errors.New(
				`User "m" cannot create resource "serviceaccounts/token" in API group "" in the namespace "team"`))},
			`the manager may not get a token of it`, true,
		},
		"no account": {"https://a", &issuer{refusal: apierrors.NewNotFound(corev1.Resource("serviceaccounts"), "reports")}, `it does not exist in namespace "team"`, true},
		"no answer":  {"https://a", &issuer{refusal: errors.New("busy")}, `requesting a token of the ServiceAccount "reports": busy`, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tokens := tc.api.tokens()
			for range 2 { // an error is not kept
				token, err := tokens.Get(t.Context(), reports, tc.audience)
				if token != "" || err == nil || !strings.Contains(err.Error(), tc.want) {
					t.Errorf("Get = %q, %v; want an error with %q", token, err, tc.want)
				}
			}
			if want := map[bool]int{true: 2}[tc.isSent]; len(tc.api.requests) != want {
				t.Errorf("%d requests, want %d", len(tc.api.requests), want)
			}
		})
	}
}
