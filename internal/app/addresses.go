package app

import (
	"context"
	"net/netip"
	"slices"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/utils/clock"

	"github.com/carillon-dev/carillon/internal/executor/inprocess/guard"
)

// addressInterval is how often the addresses of the API server are looked up again. A
// control plane whose machines are replaced gets new ones.
const addressInterval = time.Minute

// addressRefresh keeps a guard up to date on where the API server is.
type addressRefresh struct {
	guard *guard.Guard
	// find returns the addresses; with an error, those that could be found.
	find  func(context.Context) ([]netip.AddrPort, error)
	clock clock.WithTicker
	log   logr.Logger

	known  []netip.AddrPort
	reason string // of the last failure, which is logged once
}

// Start refreshes the addresses until ctx ends.
func (r *addressRefresh) Start(ctx context.Context) error {
	ticker := r.clock.NewTicker(addressInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C():
			r.refresh(ctx)
		}
	}
}

// NeedLeaderElection says that Start runs from the beginning: the guard of a new leader is
// up to date.
func (*addressRefresh) NeedLeaderElection() bool { return false }

// refresh looks the addresses up. Those that are known stay refused if not all can be
// found.
func (r *addressRefresh) refresh(ctx context.Context) {
	found, err := r.find(ctx)
	if err != nil {
		for _, known := range r.known {
			if !slices.Contains(found, known) {
				found = append(found, known)
			}
		}
		if r.reason != err.Error() {
			r.log.Error(err, "finding the API server's addresses: http actions cannot reach those that are known", "known", found)
		}
		r.reason = err.Error()
	} else {
		r.reason = ""
	}
	r.known = found
	r.guard.SetAPIServers(found)
}
