package engine

import (
	"maps"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-logr/logr"
	"github.com/google/go-cmp/cmp"
	"k8s.io/utils/clock"

	"github.com/carillon-dev/carillon/internal/scheduler/decide"
	"github.com/carillon-dev/carillon/internal/scheduler/fair"
	"github.com/carillon-dev/carillon/internal/scheduler/fixture"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// present leaves out what there is none of.
func present[K comparable](counts map[K]int) map[K]int {
	maps.DeleteFunc(counts, func(_ K, n int) bool { return n == 0 })
	return counts
}

func TestStatsCountWhatThereIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		w.apply(nowTask(t, "a", 60))
		w.apply(nowTask(t, "b", 60))
		w.apply(nowTask(t, "paused", 60, func(task *model.Task) { task.Paused = true }))
		w.apply(nowTask(t, "stalled", 60, func(task *model.Task) { task.Trigger, task.Invalid = nil, &model.Problem{Reason: "InvalidTrigger"} }))
		p := w.boot("one", 30*time.Second)
		defer p.shutdown()
		group := &Group{cfg: p.cfg, members: map[string]*member{"ns/default": {Engine: p.Engine, id: "ns/default", namespace: "ns"}}}
		stats := func() Stats { return group.Stats(time.Now()) }
		check := func(when time.Duration, tasks map[model.State]int, runs map[model.RunState]int) {
			t.Helper()
			sleepUntil(when)
			got := stats()
			if diff := cmp.Diff(tasks, present(got.Tasks)); diff != "" {
				t.Errorf("Tasks after %s (-want +got):\n%s", when, diff)
			}
			if diff := cmp.Diff(runs, present(got.Runs)); diff != "" {
				t.Errorf("runs after %s (-want +got):\n%s", when, diff)
			}
		}
		all := map[model.State]int{model.Scheduled: 2, model.Paused: 1, model.Stalled: 1}
		check(50*time.Second, all, map[model.RunState]int{})
		check(61*time.Second, all, map[model.RunState]int{model.Starting: 2})
		check(80*time.Second, all, map[model.RunState]int{model.Running: 2})
		check(95*time.Second, all, map[model.RunState]int{})
		p.Remove(model.Key{Namespace: "ns", Name: "a"})
		p.Remove(model.Key{Namespace: "ns", Name: "stalled"})
		check(100*time.Second, map[model.State]int{model.Scheduled: 1, model.Paused: 1}, map[model.RunState]int{})
		check(121*time.Second, map[model.State]int{model.Scheduled: 1, model.Paused: 1}, map[model.RunState]int{model.Starting: 1})
		if got := stats(); got.Schedulers != 1 || got.SinceLastIteration > maxSleep || got.Saves != 0 {
			t.Errorf("got %d Schedulers, %d saves, and a silence of %s", got.Schedulers, got.Saves, got.SinceLastIteration)
		}
	})
}

func TestSilenceGrowsWhileALoopStandsStill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		group := NewGroup(Config{Clock: clock.RealClock{}, Log: logr.Discard(), Saves: fair.NewSemaphore(1)}, nil)
		s := group.member("ns", "default")
		if got := group.Stats(time.Now()); got.SinceLastIteration != 0 || got.Schedulers != 1 {
			t.Errorf("before it runs: %+v", got)
		}
		ended := make(chan struct{})
		go func() {
			s.Run(t.Context())
			close(ended)
		}()
		s.post(func() { <-release })
		time.Sleep(70 * time.Second)
		if got := group.Stats(time.Now()).SinceLastIteration; got < time.Minute || !group.IsStalled(time.Now()) {
			t.Errorf("the silence is %s after 70 seconds", got)
		}
		close(release)
		time.Sleep(20 * time.Second)
		if got := group.Stats(time.Now()).SinceLastIteration; got > maxSleep || group.IsStalled(time.Now()) {
			t.Errorf("the silence is %s although the loop iterates", got)
		}
	})
}

func TestWokeIsToldOfEveryWakeUpAndHowLateItWas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		w.apply(nowTask(t, "a", 10))
		var told []time.Duration
		p := w.bootWith("one", time.Second, func(cfg *Config) {
			cfg.OnWakeup = func(late time.Duration) { told = append(told, late) }
		})
		sleepUntil(25 * time.Second)
		release := make(chan struct{})
		p.post(func() { <-release }) // the loop stands still over the slot at 30 s
		sleepUntil(33 * time.Second)
		close(release)
		sleepUntil(34 * time.Second)
		p.shutdown()
		if len(told) < 3 {
			t.Fatalf("told of %d wake-ups, want one for each of three slots at least", len(told))
		}
		late := 0
		for _, by := range told {
			if by < 0 {
				t.Errorf("woken %s before the time", -by)
			}
			if by > time.Second {
				late++
			}
		}
		if late != 1 {
			t.Errorf("%d wake-ups of %v were late, want the one during the standstill", late, told)
		}
	})
}

// TestR5_EveryFailedAttemptIsToldOf shows that an attempt that another follows is
// reported, and the last one with its run.
func TestR5_EveryFailedAttemptIsToldOf(t *testing.T) {
	t.Parallel()
	task := nowTask(t, "a", 3600, func(task *model.Task) {
		task.Retry = model.Retry{MaxAttempts: 2, Initial: time.Minute, Max: time.Hour, Factor: 2}
	})
	run := model.Run{Source: model.SourceScheduled, Slot: fixture.At(0), Due: fixture.At(0), Attempt: 1, State: model.Running, Start: fixture.At(time.Second)}
	rec := fixture.DecideLive(decide.Input{Task: task, Now: fixture.At(time.Second), Holder: "me"}).Record
	fail := func(rec model.Record, attempt int, now time.Duration) decide.Decision {
		return fixture.DecideLive(decide.Input{Task: task, Record: rec, Now: fixture.At(now), Holder: "me", Observations: []model.Observation{{
			Run: run.Ref(), Attempt: attempt, Phase: model.PhaseFinished, Outcome: model.Failed, Reason: "Failed", Start: fixture.At(now - time.Second), Finish: fixture.At(now),
		}}})
	}
	rec.Active = []model.Run{run}
	first := fail(rec, 1, 10*time.Second)
	if len(first.Events) != 1 || first.Events[0].Kind != model.AttemptFailed || first.Events[0].Result.Attempts != 1 ||
		!first.Events[0].Result.Start.Equal(fixture.At(9*time.Second)) || !first.Events[0].Run.NotBefore.Equal(fixture.At(70*time.Second)) {
		t.Fatalf("after the first attempt: %+v", first.Events)
	}
	again := first.Record
	again.Active[0].State, again.Active[0].Attempt = model.Running, 2
	last := fail(again, 2, 100*time.Second)
	if len(last.Events) != 1 || last.Events[0].Kind != model.RunFinished || last.Events[0].Result.Attempts != 2 || last.Events[0].Run.Ref() != run.Ref() {
		t.Errorf("after the last attempt: %+v", last.Events)
	}
}
