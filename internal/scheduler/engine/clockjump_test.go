package engine

import (
	"testing"
	"testing/synctest"
	"time"

	"k8s.io/utils/clock"

	"github.com/carillon-dev/carillon/internal/scheduler/fixture"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// setClock is a wall clock that can be set.
type setClock struct {
	clock.RealClock
	skew time.Duration
}

func (c *setClock) Now() time.Time { return time.Now().Round(0).Add(c.skew) }

// jumpy starts a Scheduler whose wall clock can be set while time passes evenly.
func (w *world) jumpy(takes time.Duration) (*process, *setClock) {
	return w.jumpyWith(takes, nil)
}

// jumpyWith is jumpy with another clock that can confirm the time.
func (w *world) jumpyWith(takes time.Duration, confirm func(time.Time) bool) (*process, *setClock) {
	wall, start := &setClock{}, time.Now()
	return w.bootWith("jumpy", takes, func(cfg *Config) {
		cfg.Clock = wall
		cfg.Elapsed = func() time.Duration { return time.Since(start) }
		cfg.ConfirmTime = confirm
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
		if got := len(w.starts()); got != 1 {
			t.Errorf("%d runs begun, want the one before the jump", got)
		}
		p.post(func() { wall.skew = 0 }) // a mistake, and mended
		sleepUntil(75 * time.Second)
		rec := w.record(task.Key)
		if rec.DecidedThrough.After(fixture.At(75 * time.Second)) {
			t.Errorf("decided through %v, a year ahead", rec.DecidedThrough)
		}
		if got := rec.Counts.Succeeded + rec.Counts.Coalesced + int64(len(rec.Active)); got != 7 {
			t.Errorf("%d slots decided, want all 7: %+v", got, rec)
		}
	})
}

// The clock may be set while a Scheduler is given its Tasks, before its loop begins.
func TestR10_AJumpBeforeTheFirstIterationIsNoticed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(15 * time.Second)
		wall, start := &setClock{}, time.Now()
		s := New(Config{Clock: wall, Elapsed: func() time.Duration { return time.Since(start) }})
		wall.skew = 365 * 24 * time.Hour
		time.Sleep(time.Second)
		s.readClock()
		if !s.clockJumps.isSuspect() {
			t.Error("the clock is trusted")
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
		if rec := w.record(task.Key); !rec.DecidedThrough.Equal(fixture.At(time.Hour + time.Minute)) {
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
		if got := w.record(task.Key); got.Counts.Succeeded != 6 || got.StateReason != model.ReasonClockBehind {
			t.Errorf("%d runs, reason %s; want 6 and ClockBehind", got.Counts.Succeeded, got.StateReason)
		}
		sleepUntil(125 * time.Second)
		if got := w.record(task.Key); got.Counts.Succeeded != 8 || got.StateReason != model.ReasonScheduled {
			t.Errorf("%d runs, reason %s; want 8, as the clock has caught up", got.Counts.Succeeded, got.StateReason)
		}
	})
}

// A wait that was measured by a clock that has since been set back would last for as
// long as it was ahead.
func TestR10_AClockSetBackEndsTheWaitAfterAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		task := nowTask(t, "a", 60)
		w.apply(task)
		away := false
		w.fail = func(int) (error, bool) {
			if away {
				return errDead, false
			}
			return nil, false
		}
		p, wall := w.jumpy(time.Second)
		defer p.shutdown()
		sleepUntil(15 * time.Second)
		p.post(func() { wall.skew, away = time.Hour, true })
		sleepUntil(70 * time.Second)
		p.post(func() { wall.skew, away = 0, false })
		sleepUntil(2*time.Minute + 5*time.Second)
		if rec := w.record(task.Key); !rec.DecidedThrough.Equal(fixture.At(2 * time.Minute)) {
			t.Errorf("decided through %v, want the slot of 12:02", rec.DecidedThrough)
		}
	})
}

// How long a run has been silent cannot be told by a clock that jumped meanwhile.
func TestR10_AJumpMakesNoRunLookSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		task := nowTask(t, "a", 3600, func(task *model.Task) { task.Timeout, task.Request = 10*time.Minute, "please" })
		w.apply(task)
		p, wall := w.jumpy(5 * time.Minute)
		defer p.shutdown()
		sleepUntil(15 * time.Second)
		p.post(func() { wall.skew = 20 * time.Minute })
		sleepUntil(6 * time.Minute)
		if got, want := w.record(task.Key).Counts, (model.Counters{Succeeded: 1}); got != want {
			t.Errorf("counts %+v, want %+v: the run ended in time", got, want)
		}
	})
}

// A machine that was suspended has a clock that is right after the jump: the API server
// says so long before the clock has been steady for a while.
func TestR10_AJumpThatAnotherClockConfirmsEndsTheDoubt(t *testing.T) {
	for name, tc := range map[string]struct {
		// confirms says whether the other clock agrees, by the time of both.
		confirms    func(now time.Time) bool
		wantDecided time.Time // 25 s after the start, ten seconds after the jump
	}{
		"at once":              {func(now time.Time) bool { return !now.Before(fixture.At(time.Hour)) }, fixture.At(time.Hour + 20*time.Second)},
		"after five seconds":   {func(now time.Time) bool { return !now.Before(fixture.At(time.Hour + 20*time.Second)) }, fixture.At(time.Hour + 20*time.Second)},
		"never":                {func(time.Time) bool { return false }, fixture.At(10 * time.Second)},
		"only the time before": {func(now time.Time) bool { return now.Before(fixture.At(time.Minute)) }, fixture.At(10 * time.Second)},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sleepUntil(0)
				w := newWorld(t)
				task := nowTask(t, "a", 10)
				w.apply(task)
				p, wall := w.jumpyWith(time.Second, tc.confirms)
				defer p.shutdown()
				sleepUntil(15 * time.Second)
				p.post(func() { wall.skew = time.Hour })
				sleepUntil(25 * time.Second)
				if got := w.record(task.Key).DecidedThrough; !got.Equal(tc.wantDecided) {
					t.Errorf("decided through %v, want %v", got, tc.wantDecided)
				}
			})
		})
	}
}

// A mistake that has been mended is over when the API server agrees with the clock.
func TestR10_AClockThatIsSetRightAgainIsConfirmed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		task := nowTask(t, "a", 10)
		w.apply(task)
		p, wall := w.jumpyWith(time.Second, func(now time.Time) bool { return now.Before(fixture.At(time.Hour)) })
		defer p.shutdown()
		sleepUntil(15 * time.Second)
		p.post(func() { wall.skew = 365 * 24 * time.Hour })
		sleepUntil(25 * time.Second)
		p.post(func() { wall.skew = 0 })
		sleepUntil(28 * time.Second)
		if got, want := w.record(task.Key).DecidedThrough, fixture.At(20*time.Second); !got.Equal(want) {
			t.Errorf("decided through %v, want %v", got, want)
		}
	})
}
