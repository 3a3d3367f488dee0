package engine

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/fixture"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// The bugs of others that take a loop, a store and several managers. See
// regression_test.go.

// checkEach checks that every attempt was begun once, and how many there were.
func (w *world) checkEach(t *testing.T, want int) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for name, times := range w.begun {
		if times != 1 {
			t.Errorf("%s was begun %d times", name, times)
		}
	}
	if len(w.begun) != want {
		t.Errorf("%d runs begun, want %d", len(w.begun), want)
	}
}

func TestC04_EverySlotWithinAMinuteRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		w.apply(nowTask(t, "a", 30))
		p := w.boot("one", time.Second)
		defer p.shutdown()
		sleepUntil(time.Hour + time.Second)
		w.checkEach(t, 120)
	})
}

// C5: what is observed of the deleted Task, and that it is deleted, are no news of the
// new one.
func TestC05_NewsOfADeletedTaskAreNotTheNewOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		old := nowTask(t, "a", 60)
		w.apply(old)
		p := w.boot("one", time.Hour)
		defer p.shutdown()
		sleepUntil(65 * time.Second)
		again := old
		again.UID = "another"
		w.remove(old.Key)
		w.hand(p, again)
		p.Remove(old.Key)
		p.Observe(old.Key, model.Observation{Run: fixture.SlotRef(2 * time.Minute), Attempt: 1, Phase: model.PhaseFinished, Outcome: model.Failed})
		sleepUntil(2*time.Minute + 5*time.Second)
		p.Observe(old.Key, model.Observation{Run: fixture.SlotRef(2 * time.Minute), Attempt: 1, Phase: model.PhaseFinished, Outcome: model.Failed})
		settle()
		if got := fixture.Active(w.record(again.Key)); len(got) != 1 || w.record(again.Key).Counts.Failed != 0 {
			t.Errorf("active %v, counts %+v; want the new Task's run going on", got, w.record(again.Key).Counts)
		}
	})
}

// C6, C7: a cache that lagged did not show the run that was active, or over, and
// another one was started for it or beside it.
func TestC06_AStaleCacheStartsNothingBesideWhatRuns(t *testing.T) { takeOverStale(t, time.Hour, 1) }

func TestC07_AStaleCacheStartsNothingTwice(t *testing.T) { takeOverStale(t, time.Second, 1) }

// takeOverStale has a manager take over that is shown how things were before the
// run of the only slot was decided.
func takeOverStale(t *testing.T, takes time.Duration, want int) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		task := nowTask(t, "a", 60)
		w.apply(task)
		first := w.boot("one", takes)
		sleepUntil(30 * time.Second)
		stale := w.snapshot(task.Key)
		sleepUntil(70 * time.Second)
		first.crash()
		second := w.bootWith("two", takes, func(*Config) {}, stale)
		defer second.shutdown()
		sleepUntil(110 * time.Second)
		w.checkEach(t, want)
	})
}

// C9: after a restart nobody had observed that the run had been deleted.
func TestC09_ARunThatIsDeletedDuringARestartGivesItsInstanceBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		task := nowTask(t, "a", 60)
		w.apply(task)
		first := w.boot("one", time.Hour)
		sleepUntil(80 * time.Second)
		first.crash()
		second := w.bootWith("two", time.Second, func(cfg *Config) {
			cfg.Pods = missing{cfg.Pods.(pods)}
		})
		defer second.shutdown()
		sleepUntil(2*time.Minute + 30*time.Second)
		if rec := w.record(task.Key); rec.Counts.Failed != 1 || rec.Recent[len(rec.Recent)-1].Reason != model.ReasonVanished || rec.Counts.Skipped != 0 {
			t.Errorf("record %+v, want the first run failed and the second not kept from running", rec)
		}
	})
}

// missing is an executor that finds none of the Pods that it is to adopt.
type missing struct{ pods }

func (x missing) Adopt(_ context.Context, task model.Task, run model.Run) {
	x.Stop(context.Background(), task, run)
}

// C10, C12: two controllers, or two members of a cluster with clocks apart, submitted
// the same run.
func TestC10_TwoManagersAtOnceDoubleNothing(t *testing.T) { runSeveral(t, 0) }

func TestC12_ClocksThatAreApartDoubleNothing(t *testing.T) {
	for _, apart := range []time.Duration{time.Millisecond, 900 * time.Millisecond, 3 * time.Second, 40 * time.Second} {
		t.Run(apart.String(), func(t *testing.T) { runSeveral(t, apart) })
	}
}

// runSeveral has three managers at work, each with a clock behind the one before.
func runSeveral(t *testing.T, apart time.Duration) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		w.latency = 300 * time.Millisecond
		task := nowTask(t, "a", 10)
		w.apply(task)
		for i := range 3 {
			p := w.bootWith(fmt.Sprint("manager ", i), time.Second, func(cfg *Config) {
				cfg.Clock = &setClock{skew: -time.Duration(i) * apart}
			})
			defer p.shutdown()
		}
		sleepUntil(10*time.Minute + 5*time.Second)
		w.checkEach(t, 60)
		if rec := w.record(task.Key); rec.Counts.Succeeded+int64(len(rec.Active)) != 60 {
			t.Errorf("record %+v, want 60 runs", rec)
		}
	})
}

// C11: a change of the leader lost schedules, stopped them, or added them again.
func TestC11_EveryChangeOfTheLeaderGoesOnWhereTheLastOneWas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		for i := range 5 {
			w.apply(nowTask(t, fmt.Sprint("task-", i), 10, func(task *model.Task) { task.Coalesce = false }))
		}
		for i := range 30 { // each of them is killed at another moment
			p := w.boot(fmt.Sprint("manager ", i), time.Second)
			sleepUntil(time.Duration(i+1) * 9700 * time.Millisecond)
			p.crash()
		}
		p := w.boot("the last", time.Second)
		defer p.shutdown()
		sleepUntil(10*time.Minute + 5*time.Second)
		w.checkEach(t, 5*60)
	})
}

// C13: a lease on a run ended while it went on, and it was started again.
func TestC13_ALongRunIsNotStartedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		task := nowTask(t, "a", 3600)
		w.apply(task)
		for i := range 20 { // taken over every hour
			p := w.boot(fmt.Sprint("manager ", i), 40*time.Hour)
			sleepUntil(time.Duration(i)*time.Hour + 50*time.Minute)
			w.hand(p, task) // an edit that is of no concern
			sleepUntil(time.Duration(i)*time.Hour + 59*time.Minute)
			p.crash()
		}
		w.checkEach(t, 1)
	})
}

// C14: when a clock went ahead by an hour, a job every 5 s ran 720 times; when it
// went back, nothing ran for an hour and nobody said why.
func TestC14_AClockThatIsSetStartsNoCrowdAndSaysWhyItWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		task := nowTask(t, "a", 5)
		w.apply(task)
		p, wall := w.jumpy(time.Second)
		defer p.shutdown()
		sleepUntil(12 * time.Second)
		p.post(func() { wall.skew = time.Hour })
		sleepUntil(62 * time.Second)
		if got, folded := len(w.starts()), w.record(task.Key).Counts.Coalesced; got > 8 || folded < 700 {
			t.Errorf("%d runs, %d folded slots; want the hour folded into one", got, folded)
		}
		p.post(func() { wall.skew = 0 })
		sleepUntil(80 * time.Second)
		if rec := w.record(task.Key); rec.StateReason != model.ReasonClockBehind {
			t.Errorf("reason %s, want that the clock is behind", rec.StateReason)
		}
		sleepUntil(time.Hour + 2*time.Minute)
		if rec := w.record(task.Key); rec.StateReason != model.ReasonScheduled || rec.DecidedThrough.Before(fixture.At(time.Hour+110*time.Second)) {
			t.Errorf("reason %s, decided through %v; want it to go on when the clock has caught up", rec.StateReason, rec.DecidedThrough)
		}
	})
}

// C15: a frozen process lost the slots that passed meanwhile, although a restart
// would have made up for them.
func TestC15_AFrozenProcessMakesUpAsARestartedOneDoes(t *testing.T) {
	for name, restart := range map[string]bool{"frozen": false, "restarted": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sleepUntil(0)
				w, g := newWorld(t), &fixture.Gate{}
				task := nowTask(t, "a", 60)
				w.apply(task)
				p := w.bootWith("one", time.Second, func(cfg *Config) {
					frozen := &fixture.Clock{Gate: g, Start: time.Now()}
					cfg.Clock, cfg.Elapsed = frozen, frozen.Elapsed
				})
				sleepUntil(90 * time.Second)
				if restart {
					p.shutdown()
				} else {
					g.Close()
				}
				sleepUntil(30*time.Minute + 30*time.Second)
				if restart {
					p = w.boot("two", time.Second)
				} else {
					g.Open()
				}
				defer p.shutdown()
				sleepUntil(30*time.Minute + 50*time.Second)
				w.checkEach(t, 2)
				if got, want := w.record(task.Key).Counts, (model.Counters{Succeeded: 2, Coalesced: 28}); got != want {
					t.Errorf("counts %+v, want %+v", got, want)
				}
			})
		})
	}
}

// C24: two writers of one object met conflicts all the time, and retried.
func TestC24_OneManagerMeetsNoConflict(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		w.latency = 200 * time.Millisecond
		for i := range 10 {
			w.apply(nowTask(t, fmt.Sprint("task-", i), int64(1+i), func(task *model.Task) { task.MaxInstances = 3 }))
		}
		store := &counting{}
		p := w.bootWith("one", 1500*time.Millisecond, func(cfg *Config) {
			store.Store = cfg.Store
			cfg.Store = store
		})
		defer p.shutdown()
		sleepUntil(10 * time.Minute)
		if got := store.conflicts.Load(); got != 0 {
			t.Errorf("%d of %d saves met a conflict", got, w.saved())
		}
	})
}

// counting is a Store that counts conflicts.
type counting struct {
	model.Store
	conflicts atomic.Int32
}

func (s *counting) Save(ctx context.Context, task model.Task, rec model.Record, version model.Version) (model.Version, error) {
	v, err := s.Store.Save(ctx, task, rec, version)
	if errors.Is(err, model.ErrConflict) {
		s.conflicts.Add(1)
	}
	return v, err
}
