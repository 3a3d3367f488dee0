package serviceaccount_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-dev/carillon/internal/serviceaccount"
)

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func TestTransport(t *testing.T) {
	t.Parallel()
	own := http.Header{"Accept": {"a"}}
	for name, tc := range map[string]struct {
		account serviceaccount.Account
		header  http.Header
		unknown error // the manager's name is
		want    http.Header
		wantErr string
	}{
		"the manager":                    {header: own, want: own},
		"the manager, which has no name": {header: own, unknown: errors.New("no answer"), want: own},
		"the manager, as somebody else":  {header: http.Header{"Impersonate-User": {"eve"}}, want: http.Header{"Impersonate-User": {"eve"}}},
		"an account without a name":      {account: serviceaccount.Account{Namespace: "team"}, header: own, want: own},
		"an account": {account: serviceaccount.Account{Namespace: "team", Name: "reports"}, header: own, want: http.Header{
			"Accept": {"a"}, "Impersonate-User": {"system:serviceaccount:team:reports"}, "Impersonate-Extra-Carillon.dev%2fmanager": {"me"},
		}},
		"an account, and the manager has no name": {
			account: serviceaccount.Account{Namespace: "team", Name: "reports"}, header: own, unknown: errors.New("no answer"),
			wantErr: "finding the manager's own name: no answer",
		},
		"an account, by a manager that is somebody else": {
			account: serviceaccount.Account{Namespace: "team", Name: "reports"}, header: http.Header{"Impersonate-User": {"eve"}},
			wantErr: "start it with credentials of its own",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var sent http.Header
			next := roundTripper(func(req *http.Request) (*http.Response, error) {
				sent = req.Header
				return &http.Response{StatusCode: http.StatusNoContent, Body: http.NoBody}, nil
			})
			send := serviceaccount.Transport(func(context.Context) (string, error) { return "me", tc.unknown })(next)
			req, err := http.NewRequestWithContext(serviceaccount.As(t.Context(), tc.account), http.MethodPost, "https://api/pods", nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header = tc.header.Clone()
			resp, err := send.RoundTrip(req)
			if err == nil {
				_ = resp.Body.Close()
			}
			if (err == nil) != (tc.wantErr == "") || err != nil && !strings.Contains(err.Error(), tc.wantErr) {
				t.Fatalf("error %v, want %q", err, tc.wantErr)
			}
			if diff := cmp.Diff(tc.want, sent); diff != "" {
				t.Errorf("headers (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.header, req.Header); diff != "" {
				t.Errorf("the request itself was changed (-want +got):\n%s", diff)
			}
		})
	}
}
