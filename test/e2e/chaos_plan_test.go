package e2e_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// strike is something that is done to the managers or to the API server.
type strike struct {
	// kind is what is done.
	kind strikeKind
	// pause is how long after the strike before.
	pause time.Duration
	// lasts is how long it lasts: how long a process is frozen, or how long it takes
	// until a new one replaces one that has ended.
	lasts time.Duration
}

type strikeKind string

const (
	killLeader       strikeKind = "SIGKILL of the leader"
	freezeLeader     strikeKind = "SIGSTOP of the leader, for longer than its lease"
	holdLeader       strikeKind = "SIGSTOP of the leader, for a moment"
	terminateLeader  strikeKind = "SIGTERM of the leader"
	killAll          strikeKind = "SIGKILL of all managers"
	restartAPIServer strikeKind = "restart of the API server"
)

// deck is what strikes are drawn from, and how often each is in it.
var deck = map[strikeKind]struct {
	share int
	// from and to bound how long it lasts.
	from, to time.Duration
}{
	killLeader:       {share: 6, from: 0, to: 5 * time.Second},
	freezeLeader:     {share: 5, from: quickLeaseDuration + 2*time.Second, to: 2 * quickLeaseDuration},
	holdLeader:       {share: 3, from: 200 * time.Millisecond, to: quickLeaseDuration / 2},
	terminateLeader:  {share: 2, from: 0, to: 5 * time.Second},
	killAll:          {share: 2, from: time.Second, to: 10 * time.Second},
	restartAPIServer: {share: 4},
}

// kinds are those of the deck, in an order that does not change.
var kinds = []strikeKind{killLeader, freezeLeader, holdLeader, terminateLeader, killAll, restartAPIServer}

// Pauses between the beginnings of strikes. Some are too short for a takeover, so
// that the next strike meets one.
const (
	shortestPause = 4 * time.Second
	longestPause  = 25 * time.Second
)

// drawStrikes returns as many strikes as there are in a time. The same seed draws the
// same ones.
func drawStrikes(seed uint64, within time.Duration) []strike {
	dice := rand.New(rand.NewPCG(seed, 0))
	var pack []strikeKind
	for _, kind := range kinds {
		for range deck[kind].share {
			pack = append(pack, kind)
		}
	}
	var strikes []strike
	for at := time.Duration(0); ; {
		s := strike{pause: between(dice, shortestPause, longestPause), kind: pack[dice.IntN(len(pack))]}
		s.lasts = between(dice, deck[s.kind].from, deck[s.kind].to)
		if at += s.pause; at > within {
			return strikes
		}
		strikes = append(strikes, s)
	}
}

// between draws a duration.
func between(dice *rand.Rand, from, to time.Duration) time.Duration {
	return from + time.Duration(dice.Int64N(int64(to-from)+1))
}

// TestDrawStrikes shows that a seed tells the strikes, and that each kind comes.
func TestDrawStrikes(t *testing.T) {
	t.Parallel()
	strikes := drawStrikes(1, time.Hour)
	if diff := cmp.Diff(strikes, drawStrikes(1, time.Hour), cmp.AllowUnexported(strike{})); diff != "" {
		t.Errorf("the same seed draws other strikes:\n%s", diff)
	}
	if slices.Equal(strikes, drawStrikes(2, time.Hour)) {
		t.Error("another seed draws the same strikes")
	}
	var total time.Duration
	drawn := map[strikeKind]int{}
	for _, s := range strikes {
		total += s.pause
		drawn[s.kind]++
		if s.lasts < deck[s.kind].from || s.lasts > deck[s.kind].to {
			t.Errorf("%s lasts %s", s.kind, s.lasts)
		}
	}
	if total > time.Hour {
		t.Errorf("the strikes of an hour take %s", total)
	}
	for _, kind := range kinds {
		if drawn[kind] == 0 {
			t.Errorf("an hour has no %s", kind)
		}
	}
	if len(kinds) != len(deck) {
		t.Errorf("%d kinds are listed, the deck has %d", len(kinds), len(deck))
	}
}
