package engine

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/fair"
	"github.com/carillon-dev/carillon/internal/scheduler/fixture"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// C5: runs of one namespace that fill the process, and do not end, leave capacity for another.
func TestE2_InProcessRunsOfANamespaceDoNotDelayAnother(t *testing.T) {
	t.Parallel()
	for name, takes := range map[string]time.Duration{"runs of a second": time.Second, "runs that do not end": 24 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				runs, permits := &lateness{others: takes}, fair.NewSemaphore(20)
				runBurst(t, 50, runs, func(cfg *Config) { cfg.InProcessRuns, cfg.DrainTimeout = permits, 0 })
				runs.check(t)
			})
		})
	}
}

// bootLimited boots a process with these permits for its in-process runs, which take 4 seconds.
func (w *world) bootLimited(permits *fair.Semaphore) *process {
	return w.bootWith("one", 4*time.Second, func(cfg *Config) { cfg.InProcessRuns = permits })
}

// The process's bound holds beneath the capacity of the executors. A run that waits says for
// what, and starts when a permit is free; every permit is released in the end.
func TestInProcessRuns_WaitForTheProcess(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w, permits := newWorld(t), fair.NewSemaphore(1)
		for i := range 8 {
			task := nowTask(t, fmt.Sprint("task-", i), 3600, call(0))
			task.Trigger = fixture.Date(t, "")
			w.apply(task)
		}
		p := w.bootLimited(permits)
		sleepUntil(18 * time.Second)
		waiting := 0
		for i := range 8 {
			for _, run := range w.record(model.Key{Namespace: "ns", Name: fmt.Sprint("task-", i)}).Active {
				if strings.Contains(run.Message, "at most 1 http and handler runs at once (maxInProcessRuns)") {
					waiting++
				}
			}
		}
		if waiting < 3 || len(w.starts()) != 5 {
			t.Errorf("%d waiting, %d started after 18 s, want 3 and 5", waiting, len(w.starts()))
		}
		sleepUntil(time.Minute)
		if permits.InUse() != 0 || len(w.starts()) != 8 {
			t.Errorf("%d permits in use, %d runs started, want 0 and 8", permits.InUse(), len(w.starts()))
		}
		p.shutdown()
	})
}

// The executors of a Scheduler take turns, however many runs of one of them wait.
func TestInProcessRuns_ExecutorsTakeTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		for i := range 9 {
			task := nowTask(t, fmt.Sprint("task-", i), 3600, call(0))
			task.Trigger = fixture.Date(t, "")
			if i == 8 {
				task.Created = fixture.At(time.Second)
				task.Trigger, task.Executor = fixture.Date(t, fixture.At(time.Second).Format(time.RFC3339)), "another"
			}
			w.apply(task)
		}
		p := w.bootLimited(fair.NewSemaphore(1))
		defer p.shutdown()
		sleepUntil(14 * time.Second)
		if rec := w.record(model.Key{Namespace: "ns", Name: "task-8"}); rec.Counts.Succeeded != 1 && len(w.starts()) > 3 {
			t.Errorf("%d runs started, but not that of the other executor", len(w.starts()))
		}
	})
}

// A permit that is granted to a run which is not to be made any more goes to another.
func TestInProcessRuns_PermitOfAWithdrawnRunIsReleased(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*process, *world, model.Task){
		"the Task is deleted": func(p *process, w *world, task model.Task) { w.remove(task.Key); p.Remove(task.Key) },
		"the Task is paused":  func(p *process, w *world, task model.Task) { fixture.Pause(&task); w.hand(p, task) },
	}
	for name, withdraw := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sleepUntil(0)
				w, permits := newWorld(t), fair.NewSemaphore(1)
				permits.TryAcquire("another")
				task := nowTask(t, "a", 3600, call(0))
				task.Trigger = fixture.Date(t, "")
				w.apply(task)
				p := w.bootLimited(permits)
				defer p.shutdown()
				sleepUntil(time.Second)
				withdraw(p, w, task)
				sleepUntil(10 * time.Second)
				permits.Release("another")
				settle()
				if permits.InUse() != 0 || len(w.starts()) != 0 {
					t.Errorf("%d permits in use, %d runs started, want none", permits.InUse(), len(w.starts()))
				}
			})
		})
	}
}

// Runs that wait for the process count as pending.
func TestInProcessRuns_WaitingIsCounted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		runs := &slowCalls{takes: time.Hour}
		f, stop := w.runGroup(t, func(cfg *Config) { cfg.InProcess, cfg.InProcessRuns, cfg.DrainTimeout = runs, fair.NewSemaphore(2), 0 })
		defer stop()
		runs.report = f.Observe
		for i := range 5 {
			task := taskIn(t, "a", fmt.Sprint("task-", i), 10)
			w.apply(task)
			f.Upsert("default", w.snapshot(task.Key))
		}
		sleepUntil(20 * time.Second)
		if got := f.Stats(time.Now()); got.Pending != 3 || got.InProcess != 2 || got.MaxInProcess != 2 || got.OldestPending < 9*time.Second {
			t.Errorf("%d pending, for %s, %d of %d in the process; want 3 for 10 s, 2 of 2", got.Pending, got.OldestPending, got.InProcess, got.MaxInProcess)
		}
	})
}

// A takeover starts the runs that the last leader had within the process's bound.
func TestInProcessRuns_TakeoverIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		for i := range 20 {
			task := nowTask(t, fmt.Sprint("task-", i), 3600, call(0))
			task.Trigger = fixture.Date(t, "")
			w.apply(task)
		}
		first := w.boot("one", time.Hour)
		sleepUntil(10 * time.Second)
		first.crash()
		permits := fair.NewSemaphore(5)
		second := w.bootWith("two", 4*time.Second, func(cfg *Config) { cfg.InProcessRuns = permits })
		defer second.shutdown()
		begun := func() (n int) {
			for id := range w.starts() {
				if strings.HasSuffix(id, "two") {
					n++
				}
			}
			return n
		}
		sleepUntil(12 * time.Second)
		if got := begun(); got != 4 || permits.InUse() != 4 {
			t.Errorf("%d runs started, %d permits in use; want the 4 of 5 that one namespace gets", got, permits.InUse())
		}
		sleepUntil(time.Minute)
		if got := begun(); got != 20 || permits.InUse() != 0 {
			t.Errorf("%d runs started, %d permits in use; want 20 in the end, and none", got, permits.InUse())
		}
	})
}
