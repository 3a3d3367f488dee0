// Package lease makes sure that a manager which is no longer the leader does not
// write as if it were. A process that was stopped for longer than its lease
// wakes up with requests in its hands; the leader election notices a moment too
// late, this package looks before every one of them.
package lease

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"k8s.io/client-go/tools/leaderelection/resourcelock"
	"k8s.io/utils/clock"
)

// ErrNotHeld is why a request was not sent.
var ErrNotHeld = errors.New("the lease has not been renewed in time: another manager may have taken over")

// Lease remembers when the leader election lock was last known to be held.
type Lease struct {
	resourcelock.Interface

	clock    clock.WithTicker
	deadline time.Duration

	mu      sync.Mutex
	renewed time.Time // with its monotonic reading; when the request for it was begun

	lost chan struct{}
}

// Watch wraps a lock. deadline is the leader election's renew deadline: how long
// after a renewal the lock is certainly still held.
func Watch(lock resourcelock.Interface, deadline time.Duration, clk clock.WithTicker) *Lease {
	return &Lease{Interface: lock, deadline: deadline, clock: clk, lost: make(chan struct{})}
}

// Create implements resourcelock.Interface.
func (l *Lease) Create(ctx context.Context, record resourcelock.LeaderElectionRecord) error {
	begun := l.clock.Now()
	err := l.Interface.Create(ctx, record)
	l.note(begun, record, err)
	return err //nolint:wrapcheck // the leader election looks at the API server's own error
}

// Update implements resourcelock.Interface.
func (l *Lease) Update(ctx context.Context, record resourcelock.LeaderElectionRecord) error {
	begun := l.clock.Now()
	err := l.Interface.Update(ctx, record)
	l.note(begun, record, err)
	return err //nolint:wrapcheck // as above
}

// note takes in how a renewal, or the release of the lock, went. What counts is
// when it was begun: the server's clock started then at the latest.
func (l *Lease) note(begun time.Time, record resourcelock.LeaderElectionRecord, err error) {
	if err != nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if record.HolderIdentity != l.Identity() {
		l.renewed = time.Time{} // released
		return
	}
	l.renewed = begun
}

// Held reports whether the lock is certainly still held.
func (l *Lease) Held() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.renewed.IsZero() && l.clock.Since(l.renewed) <= l.deadline
}

// checkEvery is how often Start looks whether the lock is still held: many times in
// what lies between the renew deadline and the end of the lease.
const checkEvery = 200 * time.Millisecond

// Start closes Lost once the lock has been held and is no longer. It returns then,
// or when ctx ends.
func (l *Lease) Start(ctx context.Context) error {
	ticker := l.clock.NewTicker(checkEvery)
	defer ticker.Stop()
	for had := false; ; {
		held := l.Held()
		if had && !held {
			close(l.lost)
			return nil
		}
		had = had || held
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C():
		}
	}
}

// NeedLeaderElection says that Start runs from the beginning.
func (l *Lease) NeedLeaderElection() bool { return false }

// Lost is closed when the lock was held and is no longer, before anybody else can
// hold it.
func (l *Lease) Lost() <-chan struct{} { return l.lost }

// Transport refuses mutating requests while the lease is not held. The lock's
// own requests must not go through it.
func (l *Lease) Transport(next http.RoundTripper) http.RoundTripper {
	return RoundTripper(func(req *http.Request) (*http.Response, error) {
		if Mutating(req) && !l.Held() {
			return nil, fmt.Errorf("%s %s: %w", req.Method, req.URL.Path, ErrNotHeld)
		}
		return next.RoundTrip(req)
	})
}

// Mutating reports whether a request to the API server may change something.
func Mutating(req *http.Request) bool {
	switch req.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return false
	default:
		return true
	}
}

// RoundTripper is a function as an http.RoundTripper.
type RoundTripper func(*http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (f RoundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }
