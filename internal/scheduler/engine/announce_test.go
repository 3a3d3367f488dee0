package engine

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/fixture"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// The runs of a Task that is only announced hold their places of the executor, and what is
// observed of them is kept. Nothing is decided for the Task; the others are.
func TestAnnouncedRunsHoldTheirPlaces(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		limited := func(task *model.Task) { task.MaxConcurrent, task.Executor = 1, "pods" }
		holder, other := nowTask(t, "holder", 60, limited), nowTask(t, "other", 60, limited)
		w.apply(holder)
		first := w.boot("one", time.Hour)
		sleepUntil(70 * time.Second) // holder has a run
		first.crash()
		w.apply(other)

		f, stop := w.runGroup(t)
		defer stop()
		f.HoldBack()
		snap := w.snapshot(holder.Key)
		snap.Live, snap.Task = true, fixture.AnnouncedTask(snap.Task)
		f.Announce("default", snap)
		f.Upsert("default", w.snapshot(other.Key))
		time.Sleep(time.Minute)
		if got := w.record(other.Key).State; got != "" {
			t.Errorf("state %q before the namespace is released, want none", got)
		}
		f.Release("ns")
		sleepUntil(5 * time.Minute)
		if got := w.record(other.Key); len(got.Active) != 1 || got.Active[0].State != model.Pending {
			t.Errorf("active %v, want one run that waits for the place", fixture.Active(got))
		}
		run := w.record(holder.Key).Active[0]
		f.Observe("default", holder.Key, model.Observation{
			Run: run.Ref(), Attempt: run.Attempt, Phase: model.PhaseFinished, Outcome: model.Succeeded, Reason: model.ReasonSucceeded, Finish: time.Now(),
		})
		settle()
		if got := w.record(holder.Key); len(got.Active) != 1 {
			t.Errorf("active %v, want no decision for a Task that is only announced", fixture.Active(got))
		}
		full := w.snapshot(holder.Key)
		full.Live = true
		f.Upsert("default", full)
		sleepUntil(5*time.Minute + 5*time.Second)
		if got := w.record(holder.Key).Counts.Succeeded; got != 1 {
			t.Errorf("%d runs succeeded, want the one whose end was observed before", got)
		}
		if got := w.record(other.Key); len(got.Active) != 1 || got.Active[0].State != model.Starting {
			t.Errorf("active %v, want the run to have the place", fixture.Active(got))
		}
	})
}

// A Task that its cache shows in an older version stays announced until it is complete; one
// of the same version is complete at once, with the record that was read live.
func TestAnnouncedTaskIsCompletedByItsOwnSpecAlone(t *testing.T) {
	t.Parallel()
	live := model.Snapshot{Task: model.Task{Key: model.Key{Name: "a"}, Generation: 2}, Record: model.Record{Trigger: "live"}, Version: "20", Live: true}
	for name, tc := range map[string]struct {
		cached    model.Snapshot
		announced bool
		trigger   string
	}{
		"an older spec":       {model.Snapshot{Task: model.Task{Generation: 1}, Record: model.Record{Trigger: "old"}, Version: "10"}, true, "live"},
		"an older record":     {model.Snapshot{Task: model.Task{Generation: 2}, Record: model.Record{Trigger: "old"}, Version: "19"}, false, "live"},
		"the same":            {model.Snapshot{Task: model.Task{Generation: 2}, Record: model.Record{Trigger: "same"}, Version: "20"}, false, "live"},
		"newer than the list": {model.Snapshot{Task: model.Task{Generation: 2}, Record: model.Record{Trigger: "new"}, Version: "21"}, false, "new"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := &entry{task: live.Task, base: live.Record, version: live.Version, announced: true}
			e.accept(tc.cached, fixture.At(0))
			if e.announced != tc.announced || e.base.Trigger != tc.trigger {
				t.Errorf("announced %t with the record %q, want %t and %q", e.announced, e.base.Trigger, tc.announced, tc.trigger)
			}
		})
	}
}
