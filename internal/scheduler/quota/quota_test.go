package quota

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// hand is a clock that stands still until it is moved.
type hand struct{ now time.Duration }

func (h *hand) elapsed() time.Duration { return h.now }

func TestFree(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		limits      Limits
		started     int
		ended       int
		after       time.Duration
		want        int
		wantLimited bool
		wantWait    time.Duration
	}{
		"no limits":                        {started: 1000},
		"runs, none started":               {limits: Limits{Runs: 3}, want: 3, wantLimited: true},
		"runs, all started":                {limits: Limits{Runs: 3}, started: 3, after: time.Hour, wantLimited: true},
		"runs, one ended":                  {limits: Limits{Runs: 3}, started: 3, ended: 1, want: 1, wantLimited: true},
		"starts, none started":             {limits: Limits{StartsPerSecond: 4}, want: 4, wantLimited: true},
		"starts, all started":              {limits: Limits{StartsPerSecond: 4}, started: 4, wantLimited: true, wantWait: time.Second / 4},
		"starts, all ended, which is late": {limits: Limits{StartsPerSecond: 4}, started: 4, ended: 4, wantLimited: true, wantWait: time.Second / 4},
		"starts, half a second later":      {limits: Limits{StartsPerSecond: 4}, started: 4, after: time.Second / 2, want: 2, wantLimited: true},
		"starts, an hour later":            {limits: Limits{StartsPerSecond: 4}, started: 4, after: time.Hour, want: 4, wantLimited: true},
		"both, runs are the lesser":        {limits: Limits{Runs: 2, StartsPerSecond: 4}, want: 2, wantLimited: true},
		"both, starts are the lesser":      {limits: Limits{Runs: 9, StartsPerSecond: 4}, started: 3, want: 1, wantLimited: true},
		"more starts than nanoseconds":     {limits: Limits{StartsPerSecond: 5e9}, want: 1e9, wantLimited: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock := &hand{}
			all := New(clock.elapsed, tc.limits)
			q := all.Share("ns")
			for range tc.started {
				if !q.TryStart(1) {
					t.Fatal("a run may not start")
				}
			}
			q.Adjust(-tc.ended)
			clock.now += tc.after
			n, limited, wait := q.Free()
			if n != tc.want || limited != tc.wantLimited || wait != tc.wantWait {
				t.Errorf("Free() = %d, %t, %s, want %d, %t, %s", n, limited, wait, tc.want, tc.wantLimited, tc.wantWait)
			}
			if n, limited, _ := all.Share("another").Free(); limited && n == 0 {
				t.Error("another namespace may start nothing")
			}
		})
	}
}

func TestSetLimits(t *testing.T) {
	t.Parallel()
	clock, told := &hand{}, 0
	all := New(clock.elapsed, Limits{Runs: 1})
	q := all.Share("ns")
	q.TryStart(1)
	q.Wait(func() { told++ })
	q.StopWaiting()
	all.SetLimits("ns", Limits{Runs: 1})
	q.Wait(func() { told++ })
	all.SetLimits("ns", Limits{Runs: 3})
	if n, _, _ := q.Free(); n != 2 || told != 1 {
		t.Errorf("with limits of its own %d are free, and it was told %d times, want 2 and 1", n, told)
	}
	all.SetLimits("ns", Limits{})
	if _, limited, _ := q.Free(); limited {
		t.Error("it is limited by limits of its own that are none")
	}
	all.ResetLimits("ns")
	if n, _, _ := q.Free(); n != 0 {
		t.Errorf("by the limits of all, %d are free, want 0", n)
	}
	q.Adjust(-1)
	q.StopWaiting()
	if len(all.usage) != 0 {
		t.Errorf("%d namespaces are kept that use nothing", len(all.usage))
	}
}

// Of two shares that wait, the one goes first that was served less recently, and lets the other
// go when it stops waiting.
func TestShares_TakeTurns(t *testing.T) {
	t.Parallel()
	all := New((&hand{}).elapsed, Limits{Runs: 1})
	first, second, told := all.Share("ns"), all.Share("ns"), 0
	first.TryStart(1)
	second.Wait(func() { t.Error("it was told although it had stopped waiting") })
	second.StopWaiting()
	second.Wait(func() {})
	first.Adjust(-1) // tells the second
	if n, _, _ := first.Free(); n != 0 || first.TryStart(1) {
		t.Errorf("the first has %d free, want none", n)
	}
	first.Wait(func() { told++ })
	if n, _, _ := second.Free(); n != 1 {
		t.Errorf("the second has %d free, want 1", n)
	}
	second.StopWaiting()
	if n, _, _ := first.Free(); n != 1 || told != 1 {
		t.Errorf("the first has %d free and was told %d times when the second had stopped waiting, want 1 and 1", n, told)
	}
}

// Whatever starts and ends, no limit is exceeded, what is said to be free may be started, and
// after the wait that is named at least one is free.
func TestQuotas_KeepTheirLimits(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		clock := &hand{}
		limits := Limits{Runs: rapid.IntRange(0, 4).Draw(t, "runs"), StartsPerSecond: rapid.IntRange(0, 4).Draw(t, "starts")}
		q := New(clock.elapsed, limits).Share("ns")
		running := 0
		var starts []time.Duration
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			switch rapid.SampledFrom([]string{"start", "end", "wait"}).Draw(t, "what") {
			case "start":
				n := rapid.IntRange(1, 3).Draw(t, "n")
				free, limited, _ := q.Free()
				if got, want := q.TryStart(n), !limited || n <= free; got != want {
					t.Fatalf("TryStart(%d) = %t although %d are free", n, got, free)
				} else if got {
					running += n
					for range n {
						starts = append(starts, clock.now)
					}
				}
			case "end":
				if running > 0 {
					running--
					q.Adjust(-1)
				}
			case "wait":
				clock.now += time.Duration(rapid.IntRange(0, 1500).Draw(t, "ms")) * time.Millisecond
			}
			if limits.Runs > 0 && running > limits.Runs {
				t.Fatalf("%d runs at once, want at most %d", running, limits.Runs)
			}
			for i, first := range starts {
				most := float64(limits.StartsPerSecond) * (1 + (clock.now - first).Seconds())
				if limits.StartsPerSecond > 0 && float64(len(starts)-i) > most+1e-6 {
					t.Fatalf("%d starts since %s, want at most %g by %s", len(starts)-i, first, most, clock.now)
				}
			}
			if n, limited, wait := q.Free(); limited && n == 0 && wait > 0 {
				clock.now += wait
				if n, _, _ := q.Free(); n == 0 {
					t.Fatalf("none is free after %s", wait)
				}
			}
		}
	})
}
