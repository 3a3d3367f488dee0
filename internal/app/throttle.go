package app

import (
	"crypto/sha256"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/go-logr/logr"
	"golang.org/x/time/rate"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

// Bounds of what requests for metrics may cost, besides those of all reviews.
const (
	// A peer may have one token that is not known reviewed every second, and a few at once.
	peerReviewsPerSecond = 1
	peerReviewsBurst     = 5
	// acceptedFor is how long a token that was accepted is not throttled; it is reviewed
	// again meanwhile. refusedFor is how long one that was not accepted is not reviewed.
	acceptedFor = 10 * time.Minute
	refusedFor  = 10 * time.Second
	// maxRemembered bounds how many tokens of either kind and how many peers are known.
	maxRemembered = 1000
)

// tokenThrottle bounds how many reviews of tokens the metrics port causes: everybody who
// reaches it can present tokens, and each costs the API server a request.
type tokenThrottle struct {
	all  *rate.Limiter
	logs rate.Sometimes

	mu       sync.Mutex
	accepted map[digest]time.Time // until when
	refused  map[digest]time.Time // until when
	peers    map[string]*rate.Limiter
}

// digest stands for a token, which is not kept.
type digest [sha256.Size]byte

func newTokenThrottle() *tokenThrottle {
	return &tokenThrottle{
		all:      rate.NewLimiter(reviewsPerSecond, reviewsBurst),
		logs:     rate.Sometimes{First: 1, Interval: time.Minute},
		accepted: map[digest]time.Time{}, refused: map[digest]time.Time{}, peers: map[string]*rate.Limiter{},
	}
}

// around returns a filter that asks another one about the tokens that it lets through.
func (t *tokenThrottle) around(filter metricsserver.Filter) metricsserver.Filter {
	return func(log logr.Logger, handler http.Handler) (http.Handler, error) {
		quiet := log
		if sink := log.GetSink(); sink != nil {
			quiet = logr.New(quietSink{sink, &t.logs, &rate.Sometimes{First: 1, Interval: time.Minute}})
		}
		checked, err := filter(quiet, handler)
		if err != nil {
			return nil, fmt.Errorf("preparing the check of tokens: %w", err)
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { t.serve(w, r, checked, log) }), nil
	}
}

func (t *tokenThrottle) serve(w http.ResponseWriter, r *http.Request, checked http.Handler, log logr.Logger) {
	token, ok := bearer(r)
	if !ok {
		t.refuse(w, r, log, http.StatusUnauthorized)
		return
	}
	id := digest(sha256.Sum256([]byte(token)))
	if status := t.admit(id, r.RemoteAddr); status != http.StatusOK {
		t.refuse(w, r, log, status)
		return
	}
	recorder := &statusRecorder{ResponseWriter: w, status: http.StatusOK}
	checked.ServeHTTP(recorder, r)
	t.remember(id, recorder.status != http.StatusUnauthorized && recorder.status < http.StatusInternalServerError)
}

// bearer returns the token of a request.
func bearer(r *http.Request) (string, bool) {
	scheme, token, _ := strings.Cut(strings.TrimSpace(r.Header.Get("Authorization")), " ")
	token = strings.TrimSpace(token)
	return token, strings.EqualFold(scheme, "Bearer") && token != ""
}

// refuse answers a request that is not looked at any further.
func (t *tokenThrottle) refuse(w http.ResponseWriter, r *http.Request, log logr.Logger, status int) {
	if status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", "1")
	}
	http.Error(w, http.StatusText(status), status)
	t.logs.Do(func() {
		log.V(1).Info("refused a request for metrics; further ones within a minute are not logged", "status", status, "peer", r.RemoteAddr)
	})
}

// admit returns the status OK for a token that is to be looked at, and otherwise that of
// the answer.
func (t *tokenThrottle) admit(id digest, address string) int {
	peer, _, err := net.SplitHostPort(address)
	if err != nil {
		peer = address
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	switch {
	case now.Before(t.accepted[id]):
		return http.StatusOK
	case now.Before(t.refused[id]):
		return http.StatusUnauthorized
	}
	limiter := t.peers[peer]
	if limiter == nil {
		if len(t.peers) >= maxRemembered {
			clear(t.peers) // the limit of all still holds
		}
		limiter = rate.NewLimiter(peerReviewsPerSecond, peerReviewsBurst)
		t.peers[peer] = limiter
	}
	if !limiter.AllowN(now, 1) || !t.all.AllowN(now, 1) {
		return http.StatusTooManyRequests
	}
	return http.StatusOK
}

// remember keeps what became of a token.
func (t *tokenThrottle) remember(id digest, accepted bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.accepted, id)
	delete(t.refused, id)
	kept, until := t.refused, time.Now().Add(refusedFor)
	if accepted {
		kept, until = t.accepted, time.Now().Add(acceptedFor)
	}
	if len(kept) >= maxRemembered {
		clear(kept) // they are reviewed again
	}
	kept[id] = until
}

// statusRecorder notes the status of an answer.
type statusRecorder struct {
	http.ResponseWriter

	status int
}

// WriteHeader implements http.ResponseWriter.
func (r *statusRecorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

// Unwrap is for http.ResponseController.
func (r *statusRecorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// quietSink logs few errors about requests for metrics. Those that every client of the port
// can cause are logged for debugging.
type quietSink struct {
	logr.LogSink

	tokens, others *rate.Sometimes
}

// authenticationFailed is what the filter logs about a token that is not known.
const authenticationFailed = "Authentication failed"

// Error implements logr.LogSink.
func (s quietSink) Error(err error, message string, values ...any) {
	const rest = "; further errors within a minute are not logged"
	if message != authenticationFailed {
		s.others.Do(func() { s.LogSink.Error(err, message+rest, values...) })
		return
	}
	s.tokens.Do(func() {
		if s.Enabled(1) {
			s.Info(1, message+rest, append(values, "error", err.Error())...)
		}
	})
}

// WithValues implements logr.LogSink.
func (s quietSink) WithValues(values ...any) logr.LogSink {
	return quietSink{s.LogSink.WithValues(values...), s.tokens, s.others}
}

// WithName implements logr.LogSink.
func (s quietSink) WithName(name string) logr.LogSink {
	return quietSink{s.LogSink.WithName(name), s.tokens, s.others}
}
