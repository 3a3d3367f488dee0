package scheduler

import (
	"testing"
	"testing/synctest"
	"time"

	"k8s.io/utils/clock"
)

// setClock is a wall clock that can be set.
type setClock struct {
	clock.RealClock
	skew time.Duration
}

func (c *setClock) Now() time.Time { return time.Now().Round(0).Add(c.skew) }

// jumpy starts a Scheduler whose wall clock can be set while time passes evenly.
func (w *world) jumpy(takes time.Duration) (*process, *setClock) {
	wall, start := &setClock{}, time.Now()
	return w.bootWith("jumpy", takes, func(cfg *Config) {
		cfg.Clock = wall
		cfg.Elapsed = func() time.Duration { return time.Since(start) }
	}), wall
}

func TestR10_NothingIsDecidedRightAfterAJumpAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		task := nowTask(t, "a", 10)
		w.apply(task)
		p, wall := w.jumpy(time.Second)
		defer p.shutdown()
		sleepUntil(15 * time.Second)
		p.post(func() { wall.skew = 365 * 24 * time.Hour })
		sleepUntil(30 * time.Second)
		if got := len(w.begun); got != 1 {
			t.Errorf("%d runs begun, want the one before the jump", got)
		}
		p.post(func() { wall.skew = 0 }) // a mistake, and mended
		sleepUntil(75 * time.Second)
		rec := w.record(task.Key)
		if rec.DecidedThrough.After(at(75 * time.Second)) {
			t.Errorf("decided through %v, a year ahead", rec.DecidedThrough)
		}
		if got := rec.Counts.Succeeded + rec.Counts.Coalesced + int64(len(rec.Active)); got != 7 {
			t.Errorf("%d slots decided, want all 7: %+v", got, rec)
		}
	})
}

func TestR10_AClockThatStaysAheadIsBelieved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		task := nowTask(t, "a", 10)
		w.apply(task)
		p, wall := w.jumpy(time.Second)
		defer p.shutdown()
		sleepUntil(15 * time.Second)
		p.post(func() { wall.skew = time.Hour })
		sleepUntil(65 * time.Second)
		if rec := w.record(task.Key); !rec.DecidedThrough.Equal(at(time.Hour + time.Minute)) {
			t.Errorf("decided through %v, want the new time", rec.DecidedThrough)
		}
	})
}

func TestR10_AClockSetBackRepeatsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		task := nowTask(t, "a", 10)
		w.apply(task)
		p, wall := w.jumpy(time.Second)
		defer p.shutdown()
		sleepUntil(65 * time.Second)
		p.post(func() { wall.skew = -40 * time.Second })
		sleepUntil(80 * time.Second)
		if got := w.record(task.Key); got.Counts.Succeeded != 6 || got.StateReason != ReasonClockBehind {
			t.Errorf("%d runs, reason %s; want 6 and ClockBehind", got.Counts.Succeeded, got.StateReason)
		}
		sleepUntil(125 * time.Second)
		if got := w.record(task.Key); got.Counts.Succeeded != 8 || got.StateReason != ReasonScheduled {
			t.Errorf("%d runs, reason %s; want 8, as the clock has caught up", got.Counts.Succeeded, got.StateReason)
		}
	})
}
