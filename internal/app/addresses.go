package app

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/utils/clock"

	"github.com/carillon-dev/carillon/internal/executor/inprocess/guard"
)

// addressInterval is how often the addresses of the API server are looked up again. A
// control plane whose machines are replaced gets new ones.
const addressInterval = time.Minute

// firstAddressInterval is how often they are looked up while not even one look-up has
// succeeded, and no http action can be run.
const firstAddressInterval = 5 * time.Second

// addressRefresh keeps a guard up to date on where the API server is.
type addressRefresh struct {
	guard *guard.Guard
	// find returns the addresses; with an error, those that could be found.
	find  func(context.Context) ([]netip.AddrPort, error)
	clock clock.WithTicker
	log   logr.Logger

	mu     sync.Mutex
	known  []netip.AddrPort
	ready  bool   // one look-up has succeeded
	reason string // of the last failure, which is logged once
}

// Start refreshes the addresses until ctx ends.
func (r *addressRefresh) Start(ctx context.Context) error {
	for {
		timer := r.clock.NewTimer(r.interval())
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C():
			r.refresh(ctx)
		}
	}
}

// interval is how long to wait for the next look-up.
func (r *addressRefresh) interval() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.ready {
		return firstAddressInterval
	}
	return addressInterval
}

// NeedLeaderElection says that Start runs from the beginning: the guard of a new leader is
// up to date.
func (*addressRefresh) NeedLeaderElection() bool { return false }

// refresh looks the addresses up. Those that are known stay refused if not all can be
// found. Until all have been found once, the guard refuses every address.
func (r *addressRefresh) refresh(ctx context.Context) {
	found, err := r.find(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		for _, known := range r.known {
			if !slices.Contains(found, known) {
				found = append(found, known)
			}
		}
		if r.reason != err.Error() {
			r.log.Error(err, "finding the API server's addresses, which http actions must not reach", "known", found, "httpActionsRefused", !r.ready)
		}
		r.reason = err.Error()
	} else {
		r.ready, r.reason = true, ""
	}
	r.known = found
	if r.ready {
		r.guard.SetAPIServers(found)
	}
}
