package app

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-logr/logr"
	"github.com/go-logr/logr/funcr"
	"github.com/google/go-cmp/cmp"
	"k8s.io/client-go/rest"

	"github.com/carillon-dev/carillon/manager/config"
)

// metricsPort is a throttled port whose tokens begin with what becomes of them.
type metricsPort struct {
	handler http.Handler
	reviews int
	lines   []string // of the log, from info on and for debugging
}

func newMetricsPort(t *testing.T) *metricsPort {
	t.Helper()
	p := &metricsPort{}
	log := funcr.New(func(_, args string) { p.lines = append(p.lines, args) }, funcr.Options{Verbosity: 1})
	handler, err := newTokenThrottle().around(func(log logr.Logger, handler http.Handler) (http.Handler, error) {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			p.reviews++
			switch token, _ := bearer(r); {
			case strings.HasPrefix(token, "good"):
				handler.ServeHTTP(w, r)
			case strings.HasPrefix(token, "stranger"):
				w.WriteHeader(http.StatusForbidden)
			default:
				log.Error(errors.New("invalid bearer token"), "Authentication failed")
				w.WriteHeader(http.StatusInternalServerError)
			}
		}), nil
	})(log, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	if err != nil {
		t.Fatal(err)
	}
	p.handler = handler
	return p
}

// get returns the status for a request with a token from a peer.
func (p *metricsPort) get(peer, token string) int {
	r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
	r.RemoteAddr = peer + ":40000"
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	p.handler.ServeHTTP(w, r)
	return w.Code
}

// A flood of forged tokens neither floods the API server and the log, nor keeps out who is
// known.
func TestMetrics_FloodOfTokensIsThrottled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newMetricsPort(t)
		if got := p.get("10.0.0.1", "good"); got != http.StatusOK {
			t.Fatalf("the scraper is answered %d", got)
		}
		p.reviews = 0
		got := map[int]int{}
		for i := range 3000 {
			got[p.get("10.0.0.66", fmt.Sprintf("forged-%d", i))]++
		}
		want := map[int]int{http.StatusInternalServerError: peerReviewsBurst, http.StatusTooManyRequests: 3000 - peerReviewsBurst}
		if diff := cmp.Diff(want, got); diff != "" || p.reviews != peerReviewsBurst {
			t.Errorf("%d reviews, statuses (-want +got):\n%s", p.reviews, diff)
		}
		for i := range 3000 {
			p.get(fmt.Sprintf("10.1.%d.%d", i/250, i%250), fmt.Sprintf("forged-%d", i))
		}
		if p.reviews > reviewsBurst {
			t.Errorf("%d reviews from many peers at once, want at most %d", p.reviews, reviewsBurst)
		}
		if got := p.get("10.0.0.1", "good"); got != http.StatusOK {
			t.Errorf("the scraper is answered %d meanwhile", got)
		}
		if len(p.lines) != 1 || !strings.Contains(p.lines[0], `"level"=1`) {
			t.Errorf("the log has %d lines, want one for debugging: %q", len(p.lines), p.lines)
		}
	})
}

func TestMetrics_Tokens(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newMetricsPort(t)
		expect := func(what, token string, status, reviews int) {
			t.Helper()
			p.reviews = 0
			if got := p.get("10.0.0.1", token); got != status || p.reviews != reviews {
				t.Errorf("%s: %d after %d reviews, want %d after %d", what, got, p.reviews, status, reviews)
			}
		}
		expect("no token", "", http.StatusUnauthorized, 0)
		expect("a forged one", "forged", http.StatusInternalServerError, 1)
		expect("it again", "forged", http.StatusUnauthorized, 0)
		time.Sleep(refusedFor)
		expect("it later", "forged", http.StatusInternalServerError, 1)
		for range 20 {
			expect("one that may not", "stranger", http.StatusForbidden, 1) // the filter itself caches
			expect("one that may", "good", http.StatusOK, 1)
		}
	})
}

// What is remembered does not grow with the number of tokens and peers.
func TestMetrics_MemoryIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		throttle := newTokenThrottle()
		for i := range 3 * maxRemembered {
			id := digest{byte(i), byte(i >> 8)}
			throttle.admit(id, fmt.Sprintf("10.0.%d.%d:1", i>>8, i&255))
			throttle.remember(id, i%2 == 0)
		}
		if len(throttle.accepted) > maxRemembered || len(throttle.refused) > maxRemembered || len(throttle.peers) > maxRemembered {
			t.Errorf("%d accepted, %d refused, %d peers", len(throttle.accepted), len(throttle.refused), len(throttle.peers))
		}
	})
}

// HTTP/2 would carry many requests on one connection, and nobody needs it here.
func TestMetrics_AreServedByHTTP1(t *testing.T) {
	t.Parallel()
	served := &tls.Config{NextProtos: []string{"h2"}}
	for _, opt := range metricsOptions(config.Default(), &rest.Config{}).TLSOpts {
		opt(served)
	}
	if diff := cmp.Diff([]string{"http/1.1"}, served.NextProtos); diff != "" {
		t.Errorf("protocols (-want +got):\n%s", diff)
	}
}
