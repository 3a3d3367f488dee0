package httpcall_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/carillon-dev/carillon/handler"
	"github.com/carillon-dev/carillon/internal/executor/inprocess/httpcall"
	"github.com/carillon-dev/carillon/internal/payload"
	"github.com/carillon-dev/carillon/internal/runinfo"
	"github.com/carillon-dev/carillon/internal/serviceaccount"
)

// bearer has the three parts of a token of a ServiceAccount.
const bearer = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJyZXBvcnRzIn0.c2lnbmF0dXJlLW9mLXRva2Vu"

// accountFacts are the facts of a Task with a ServiceAccount.
func accountFacts() runinfo.RunInfo {
	own := facts
	own.ServiceAccount = "reports"
	return own
}

// withToken returns a Caller that has a token for one account and audience.
func withToken(t *testing.T, failure error) *httpcall.Caller {
	t.Helper()
	return open(t, httpcall.Config{Tokens: func(_ context.Context, account serviceaccount.Account, audience string) (string, error) {
		if want := (serviceaccount.Account{Namespace: facts.Namespace, Name: "reports"}); account != want || audience != "https://hooks.example" {
			t.Errorf("a token of %+v for %q", account, audience)
		}
		return bearer, failure
	}})
}

func TestToken_IsSent(t *testing.T) {
	t.Parallel()
	url, requests := serve(t, status(http.StatusNoContent))
	spec := &payload.HTTP{URL: url, Audience: "https://hooks.example", Headers: []payload.Header{{Name: "X-Team", Value: "a"}}}
	if _, err := withToken(t, nil).Call(t.Context(), spec, accountFacts()); err != nil {
		t.Fatal(err)
	}
	if got := (<-requests).Header; got.Get("Authorization") != "Bearer "+bearer || got.Get("X-Team") != "a" {
		t.Errorf("sent %q", got)
	}
}

func TestToken_DoesNotFollowARedirect(t *testing.T) {
	t.Parallel()
	elsewhere, requests := serve(t, status(http.StatusNoContent))
	for name, tc := range map[string]struct {
		to   string
		want string
	}{
		"to another origin":  {elsewhere, ""},
		"to the same origin": {"/again", "Bearer " + bearer},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first := true
			url, own := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if first {
					first = false
					http.Redirect(w, r, tc.to, http.StatusTemporaryRedirect)
				}
			})
			spec := &payload.HTTP{URL: url, Audience: "https://hooks.example"}
			if _, err := withToken(t, nil).Call(t.Context(), spec, accountFacts()); err != nil {
				t.Fatal(err)
			}
			<-own
			last := own
			if tc.want == "" {
				last = requests
			}
			if got := (<-last).Header.Get("Authorization"); got != tc.want {
				t.Errorf("the last server was told %q, want %q", got, tc.want)
			}
		})
	}
}

// A server cannot have the token, or a part of it, shown to who may read the Task.
func TestToken_IsInNoMessage(t *testing.T) {
	t.Parallel()
	parts := strings.Split(bearer, ".")
	for name, answer := range map[string]http.HandlerFunc{
		"in the body": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			w.WriteHeader(http.StatusInternalServerError)
			fmt.Fprint(w, r.Header.Get("Authorization"))
		},
		"in a redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/?token="+bearer, http.StatusMovedPermanently)
		},
		"in parts": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/"+parts[2]+"/"+parts[1]+"/"+parts[0], http.StatusMovedPermanently)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, _ := serve(t, answer)
			spec := &payload.HTTP{Method: http.MethodPost, URL: url, Audience: "https://hooks.example"}
			message, err := withToken(t, nil).Call(t.Context(), spec, accountFacts())
			if message += text(err); err == nil || strings.Contains(message, parts[0]) || strings.Contains(message, parts[1]) || strings.Contains(message, parts[2]) {
				t.Errorf("Call = %q, want an error without any part of the token", message)
			}
		})
	}
}

func TestToken_Errors(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		failure   error
		permanent bool
	}{
		"no answer":             {errors.New("requesting a token: connection refused"), false},
		"an audience like that": {&serviceaccount.AudienceError{}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, requests := serve(t, status(http.StatusNoContent))
			_, err := withToken(t, tc.failure).Call(t.Context(), &payload.HTTP{URL: url, Audience: "https://hooks.example"}, accountFacts())
			if _, permanent := errors.AsType[*handler.PermanentError](err); !errors.Is(err, tc.failure) || permanent != tc.permanent {
				t.Errorf("error %v, permanent %t", err, permanent)
			}
			if len(requests) > 0 {
				t.Error("a request was sent without its token")
			}
		})
	}
}
