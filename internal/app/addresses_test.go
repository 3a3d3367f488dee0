package app

import (
	"context"
	"errors"
	"net/netip"
	"testing"
	"testing/synctest"

	"github.com/go-logr/logr"
	"k8s.io/utils/clock"

	"github.com/carillon-dev/carillon/internal/executor/inprocess/guard"
	"github.com/carillon-dev/carillon/manager/config"
)

// A control plane whose machines are replaced stays out of reach of http actions.
func TestGuard_FollowsTheAPIServer(t *testing.T) {
	first, second := netip.MustParseAddrPort("192.0.2.10:6443"), netip.MustParseAddrPort("192.0.2.20:6443")
	for name, tc := range map[string]struct {
		found                 []netip.AddrPort
		err                   error
		wantFirst, wantSecond bool // refused, after a minute
	}{
		"it has moved":                   {found: []netip.AddrPort{second}, wantSecond: true},
		"it has another address more":    {found: []netip.AddrPort{first, second}, wantFirst: true, wantSecond: true},
		"it cannot be found":             {err: errors.New("no route to host"), wantFirst: true},
		"one of several cannot be found": {found: []netip.AddrPort{second}, err: errors.New("no such host"), wantFirst: true, wantSecond: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := guard.New(guard.Config{})
				found, failure := []netip.AddrPort{first}, error(nil)
				r := &addressRefresh{guard: g, clock: clock.RealClock{}, log: logr.Discard(), find: func(context.Context) ([]netip.AddrPort, error) {
					return found, failure
				}}
				r.refresh(t.Context())
				if g.Check(first) == nil || g.Check(second) != nil {
					t.Fatalf("at first: %v, %v", g.Check(first), g.Check(second))
				}
				found, failure = tc.found, tc.err
				ctx, cancel := context.WithTimeout(t.Context(), addressInterval+1)
				defer cancel()
				if err := r.Start(ctx); err != nil {
					t.Fatal(err)
				}
				if got := g.Check(first) != nil; got != tc.wantFirst {
					t.Errorf("the first address is refused: %v, want %v", got, tc.wantFirst)
				}
				if got := g.Check(second) != nil; got != tc.wantSecond {
					t.Errorf("the second address is refused: %v, want %v", got, tc.wantSecond)
				}
			})
		})
	}
}

// Until the addresses have been found once, any address could be that of the API server, so
// none is dialled; and they are looked up again soon.
func TestGuard_IsClosedUntilTheAPIServerIsFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api, other := netip.MustParseAddrPort("192.0.2.10:6443"), netip.MustParseAddrPort("192.0.2.20:80")
		g, err := newGuard(config.Default())
		if err != nil {
			t.Fatal(err)
		}
		failure := errors.New("endpointslices is forbidden")
		r := &addressRefresh{guard: g, clock: clock.RealClock{}, log: logr.Discard(), find: func(context.Context) ([]netip.AddrPort, error) {
			return []netip.AddrPort{api}, failure
		}}
		r.refresh(t.Context())
		if err := g.Check(other); !errors.Is(err, guard.ErrNotReady) {
			t.Errorf("Check = %v while only a part is known", err)
		}
		failure = nil
		ctx, cancel := context.WithTimeout(t.Context(), firstAddressInterval+1)
		defer cancel()
		if err := r.Start(ctx); err != nil {
			t.Fatal(err)
		}
		if g.Check(other) != nil || g.Check(api) == nil {
			t.Errorf("Check = %v of another address, %v of the API server, once it has been found", g.Check(other), g.Check(api))
		}
	})
}
