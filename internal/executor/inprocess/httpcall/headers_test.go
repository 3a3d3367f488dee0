package httpcall_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/carillon-dev/carillon/handler"
	"github.com/carillon-dev/carillon/internal/payload"
)

// Headers that claim an origin are not sent, also for Tasks that were there before the
// schema refused them.
func TestHeaders_ThatClaimAnOriginAreRefused(t *testing.T) {
	t.Parallel()
	url, requests := serve(t, status(http.StatusOK))
	caller := newCaller(t)
	for _, name := range []string{
		"Forwarded", "X-Forwarded-For", "x-forwarded-host", "X_Forwarded_For", "X-Real-IP", "Proxy-Authorization", "Keep-Alive", "Expect",
		"Impersonate-User", "X-Remote-User", "x-remote-extra-scopes", "Traceparent", "Host", "Connection", "Carillon-Task", "Idempotency-Key",
		"X-Original-URL", "Via", "True-Client-IP", "Client-Cert",
	} {
		spec := &payload.HTTP{URL: url, Headers: []payload.Header{{Name: name, Value: "forged"}}}
		_, err := caller.Call(t.Context(), spec, facts)
		if _, permanent := errors.AsType[*handler.PermanentError](err); !permanent || !strings.Contains(text(err), "header "+name+" is one of the connection, or says where a request comes from: leave it out") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(requests) > 0 {
		t.Errorf("a request was sent: %v", <-requests)
	}
	spec := &payload.HTTP{URL: url, Headers: []payload.Header{{Name: "X-Forward", Value: "a"}, {Name: "Authorization", Value: "b"}, {Name: "X-Team", Value: "c"}}}
	if _, err := caller.Call(t.Context(), spec, facts); err != nil {
		t.Errorf("other headers: %v", err)
	}
}

func TestURL_WithAPasswordIsRefused(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"http://user:s3cret@127.0.0.1:1/", "http://s3cret@127.0.0.1:1/", "http://:s3cret@127.0.0.1:1/"} {
		_, err := newCaller(t).Call(t.Context(), &payload.HTTP{URL: url}, facts)
		if got := text(err); !strings.Contains(got, "write a header Authorization with valueFrom.secretKeyRef") || strings.Contains(got, "s3cret") {
			t.Errorf("%s: %v", url, err)
		}
	}
}
