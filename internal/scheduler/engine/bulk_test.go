package engine

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/fixture"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// P2: pausing a Scheduler with very many Tasks takes effect at once, and its writes neither
// come all at once nor hold up what is urgent.
func TestP2_PauseOfManyTasksIsNoWriteStorm(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		const tasks = 5000
		all := make([]model.Task, tasks)
		for i := range all {
			all[i] = nowTask(t, fmt.Sprint("task-", i), 3600)
			w.apply(all[i])
		}
		f, stop := w.runGroup(t)
		defer stop()
		change := func(paused bool) {
			for i := range all {
				all[i].SchedulerPaused = paused
				snap := w.snapshot(all[i].Key)
				snap.Task.SchedulerPaused = paused
				f.Upsert("default", snap)
				w.setSchedulerPaused(all[i].Key, paused)
			}
		}
		change(false)
		sleepUntil(10 * time.Minute)
		before := w.saved()
		change(true)
		settle()
		if got := w.saved() - before; got > bulkBurst+1 {
			t.Errorf("%d saves at once, want at most %d", got, bulkBurst+1)
		}
		time.Sleep(10 * time.Second)
		if got, most := w.saved()-before, bulkBurst+int(11*time.Second/bulkInterval); got > most || got < most/2 {
			t.Errorf("%d saves in 10 seconds, want at most %d and not much fewer", got, most)
		}
		urgent := nowTask(t, "another", 3600)
		w.apply(urgent)
		f.Upsert("default", w.snapshot(urgent.Key))
		settle()
		if got := w.record(urgent.Key).State; got != model.Scheduled {
			t.Errorf("state %q of a new Task, want it saved before the others", got)
		}
		sleepUntil(30 * time.Minute)
		if got := w.record(all[tasks-1].Key).StateReason; got != model.ReasonSchedulerPaused {
			t.Errorf("reason %q in the end, want SchedulerPaused", got)
		}
		if got := w.saved() - before; got != tasks+1 {
			t.Errorf("%d saves, want one for each Task and the new one", got)
		}
	})
}

// P2: a Task whose record does not say yet that its Scheduler is paused starts nothing, and a
// pause that ends before it was written costs no write.
func TestP2_PauseTakesEffectBeforeItIsWritten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		task := nowTask(t, "a", 60)
		w.apply(task)
		f, stop := w.runGroup(t)
		defer stop()
		f.Upsert("default", w.snapshot(task.Key))
		settle()
		before := w.saved()
		s := f.members["ns/default"]
		s.post(func() { s.bulk.next = time.Now().Add(time.Hour) }) // many others are to be saved first
		pause := func(paused bool) {
			snap := w.snapshot(task.Key)
			snap.Task.SchedulerPaused = paused
			w.setSchedulerPaused(task.Key, paused)
			f.Upsert("default", snap)
		}
		pause(true)
		sleepUntil(50 * time.Second)
		pause(false)
		sleepUntil(55 * time.Second)
		if got := w.saved(); got != before {
			t.Errorf("%d saves for a pause between two slots, want none", got-before)
		}
		pause(true)
		sleepUntil(10*time.Minute + 30*time.Second)
		if rec := w.record(task.Key); len(rec.Active) != 0 || rec.StateReason != model.ReasonScheduled || w.saved() != before {
			t.Errorf("active %v, reason %s, want nothing started or written", fixture.Active(rec), rec.StateReason)
		}
		pause(false)
		settle()
		if rec := w.record(task.Key); len(rec.Active) != 1 || rec.Counts.Coalesced != 9 {
			t.Errorf("active %v, counts %+v; want the slots that waited to be decided at once", fixture.Active(rec), rec.Counts)
		}
	})
}

// P2: a pause takes effect for all Tasks before each of them has been handed over again.
func TestP2_PauseTakesEffectForAllTasksAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		task := nowTask(t, "a", 60)
		w.apply(task)
		f, stop := w.runGroup(t)
		defer stop()
		f.Upsert("default", w.snapshot(task.Key))
		sleepUntil(50 * time.Second)
		f.SetPaused("ns", "unknown", true)
		f.SetPaused("ns", "default", true)
		sleepUntil(3*time.Minute + 30*time.Second)
		if rec := w.record(task.Key); len(rec.Active) != 0 || rec.StateReason != model.ReasonSchedulerPaused {
			t.Errorf("active %v, reason %s; want nothing started", fixture.Active(rec), rec.StateReason)
		}
		f.SetPaused("ns", "default", false)
		settle()
		if rec := w.record(task.Key); len(rec.Active) != 1 || rec.Counts.Coalesced != 2 {
			t.Errorf("active %v, counts %+v; want the slots that waited to be decided", fixture.Active(rec), rec.Counts)
		}
	})
}

// setSchedulerPaused changes what a load says of the Scheduler of a Task.
func (w *world) setSchedulerPaused(key model.Key, paused bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tasks[key.String()].Task.SchedulerPaused = paused
}
