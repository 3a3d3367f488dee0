package engine

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-logr/logr"
	"github.com/google/go-cmp/cmp"
	"k8s.io/utils/clock"

	"github.com/carillon-dev/carillon/internal/scheduler/fair"
	"github.com/carillon-dev/carillon/internal/scheduler/fixture"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

func TestStatsShowRunsThatWaitForCapacity(t *testing.T) {
	for name, inProcess := range map[string]bool{"Pods": false, "in-process runs": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sleepUntil(0)
				w := newWorld(t)
				for _, name := range []string{"a", "b", "c"} {
					w.apply(nowTask(t, name, 60, narrow(1), func(task *model.Task) { task.InProcess = inProcess }))
				}
				p := w.boot("one", 30*time.Second)
				defer p.shutdown()
				group := &Group{cfg: p.cfg, members: map[string]*member{"ns/default": {Engine: p.Engine, id: "ns/default", namespace: "ns"}}}
				sleepUntil(62 * time.Second)
				got := group.Stats(time.Now())
				want := []ExecutorStats{{Namespace: "ns", Scheduler: "default", Executor: "narrow", Limit: 1, Active: 1, Pending: 2}}
				if diff := cmp.Diff(want, got.Executors); diff != "" {
					t.Errorf("executors (-want +got):\n%s", diff)
				}
				if got.Pending != 2 || got.WaitQueue != 2 || got.OldestPending < time.Second || got.OldestPending > 3*time.Second {
					t.Errorf("%d pending runs of %d Tasks for %s, want 2 of 2 for 1s to 3s", got.Pending, got.WaitQueue, got.OldestPending)
				}
				if got.DueQueue < 1 || got.DueQueue > 3 {
					t.Errorf("the due queue holds %d Tasks, want 1 to 3", got.DueQueue)
				}
				for _, name := range []string{"a", "b", "c"} {
					p.Remove(model.Key{Namespace: "ns", Name: name})
				}
				sleepUntil(110 * time.Second)
				if got := group.Stats(time.Now()); got.Pending != 0 || got.OldestPending != 0 || got.WaitQueue != 0 || got.DueQueue != 0 {
					t.Errorf("without Tasks: %+v", got)
				}
			})
		})
	}
}

// A Task whose run does not end is counted once it has skipped every slot for an hour.
func TestStatsShowTasksThatSkipEverySlot(t *testing.T) {
	t.Parallel()
	run := model.Run{Source: model.SourceScheduled, Slot: fixture.At(0), State: model.Running}
	skip := model.Result{Source: model.SourceScheduled, Outcome: model.Skipped, Reason: model.ReasonMaxInstances}
	for name, tc := range map[string]struct {
		change func(rec *model.Record)
		want   bool
	}{
		"every slot is skipped": {want: true},
		"by a full queue":       {change: func(rec *model.Record) { rec.Recent[0].Reason = model.ReasonQueueFull }, want: true},
		"a requested run ended meanwhile": {change: func(rec *model.Record) {
			rec.Recent = append([]model.Result{{Source: model.SourceManual, Outcome: model.Succeeded}}, rec.Recent...)
		}, want: true},
		"the newest slot ran": {change: func(rec *model.Record) {
			rec.Recent = append([]model.Result{{Source: model.SourceScheduled, Outcome: model.Succeeded}}, rec.Recent...)
		}},
		"nothing is unfinished":     {change: func(rec *model.Record) { rec.Active = nil }},
		"the Task is paused":        {change: func(rec *model.Record) { rec.State = model.Paused }},
		"the last slot was missed":  {change: func(rec *model.Record) { rec.Recent[0].Outcome = model.Missed }},
		"it was skipped by a pause": {change: func(rec *model.Record) { rec.Recent[0].Reason = model.ReasonPaused }},
		"nothing has ended yet":     {change: func(rec *model.Record) { rec.Recent = nil }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := New(Config{Clock: clock.RealClock{}, Log: logr.Discard(), Saves: fair.NewSemaphore(1)})
			group := &Group{cfg: s.cfg, members: map[string]*member{"ns/default": {Engine: s, id: "ns/default", namespace: "ns"}}}
			e := &entry{task: model.Task{Executor: "pods"}, base: model.Record{State: model.Scheduled, LastSlot: fixture.At(0), Active: []model.Run{run}, Recent: []model.Result{skip}}}
			if tc.change != nil {
				tc.change(&e.base)
			}
			s.count(e)
			if got := group.Stats(fixture.At(59 * time.Minute)).Skipping; got != 0 {
				t.Errorf("%d Tasks are counted after 59 minutes", got)
			}
			if got := group.Stats(fixture.At(time.Hour)).Skipping == 1; got != tc.want {
				t.Errorf("counted after an hour: %t, want %t", got, tc.want)
			}
			e.gone = true
			s.count(e)
			if got := group.Stats(fixture.At(time.Hour)).Skipping; got != 0 {
				t.Error("a Task that is gone is counted")
			}
		})
	}
}

func TestObservationsOfUnknownTasksAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		w.apply(nowTask(t, "a", 3600))
		dropped := 0
		p := w.bootWith("one", time.Second, func(cfg *Config) { cfg.ObservationDropped = func() { dropped++ } })
		sleepUntil(time.Second)
		p.Observe(model.Key{Namespace: "ns", Name: "a", UID: "uid-a"}, model.Observation{Phase: model.PhaseRunning})
		p.Observe(model.Key{Namespace: "ns", Name: "a", UID: "another"}, model.Observation{Phase: model.PhaseRunning})
		p.Observe(model.Key{Namespace: "ns", Name: "b"}, model.Observation{Phase: model.PhaseRunning})
		sleepUntil(2 * time.Second)
		p.shutdown()
		group := NewGroup(p.cfg, nil)
		group.Observe("default", model.Key{Namespace: "ns", Name: "a", UID: "uid-a"}, model.Observation{Phase: model.PhaseRunning})
		if dropped != 3 {
			t.Errorf("%d observations were counted as dropped, want 3", dropped)
		}
	})
}
