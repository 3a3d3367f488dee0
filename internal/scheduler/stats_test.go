package scheduler

import (
	"maps"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-logr/logr"
	"github.com/google/go-cmp/cmp"
	"k8s.io/utils/clock"

	"github.com/carillon-dev/carillon/internal/scheduler/fair"
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
		w.apply(nowTask(t, "paused", 60, func(task *Task) { task.Paused = true }))
		w.apply(nowTask(t, "stalled", 60, func(task *Task) { task.Trigger, task.Invalid = nil, &Problem{Reason: "InvalidTrigger"} }))
		p := w.boot("one", 30*time.Second)
		defer p.shutdown()
		fleet := &Fleet{cfg: p.cfg, members: map[string]*member{"ns/default": {Scheduler: p.Scheduler, id: "ns/default", namespace: "ns"}}}
		stats := func() Stats { return fleet.Stats(time.Now()) }
		check := func(when time.Duration, tasks map[State]int, runs map[RunState]int) {
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
		all := map[State]int{Scheduled: 2, Paused: 1, Stalled: 1}
		check(50*time.Second, all, map[RunState]int{})
		check(61*time.Second, all, map[RunState]int{Starting: 2})
		check(80*time.Second, all, map[RunState]int{Running: 2})
		check(95*time.Second, all, map[RunState]int{})
		p.Remove(Key{Namespace: "ns", Name: "a"})
		p.Remove(Key{Namespace: "ns", Name: "stalled"})
		check(100*time.Second, map[State]int{Scheduled: 1, Paused: 1}, map[RunState]int{})
		check(121*time.Second, map[State]int{Scheduled: 1, Paused: 1}, map[RunState]int{Starting: 1})
		if got := stats(); got.Schedulers != 1 || got.Silence > maxSleep || got.Saves != 0 {
			t.Errorf("got %d Schedulers, %d saves, and a silence of %s", got.Schedulers, got.Saves, got.Silence)
		}
	})
}

func TestSilenceGrowsWhileALoopStandsStill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		fleet := NewFleet(Config{Clock: clock.RealClock{}, Log: logr.Discard(), Saves: fair.NewSemaphore(1)})
		s := fleet.member("ns", "default")
		if got := fleet.Stats(time.Now()); got.Silence != 0 || got.Schedulers != 1 {
			t.Errorf("before it runs: %+v", got)
		}
		ended := make(chan struct{})
		go func() {
			s.Run(t.Context())
			close(ended)
		}()
		s.post(func() { <-release })
		time.Sleep(70 * time.Second)
		if got := fleet.Stats(time.Now()).Silence; got < time.Minute || !fleet.Stuck(time.Now()) {
			t.Errorf("the silence is %s after 70 seconds", got)
		}
		close(release)
		time.Sleep(20 * time.Second)
		if got := fleet.Stats(time.Now()).Silence; got > maxSleep || fleet.Stuck(time.Now()) {
			t.Errorf("the silence is %s although the loop goes round", got)
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
			cfg.Woke = func(late time.Duration) { told = append(told, late) }
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
	task := nowTask(t, "a", 3600, func(task *Task) { task.Retry = Retry{MaxAttempts: 2, Initial: time.Minute, Max: time.Hour, Factor: 2} })
	run := Run{Source: SourceScheduled, Slot: at(0), Due: at(0), Attempt: 1, State: Running, Start: at(time.Second)}
	rec := decideLive(Input{Task: task, Now: at(time.Second), Holder: "me"}).Record
	fail := func(rec Record, attempt int, now time.Duration) Decision {
		return decideLive(Input{Task: task, Record: rec, Now: at(now), Holder: "me", Observations: []Observation{{
			Run: run.Ref(), Attempt: attempt, Phase: Ended, Outcome: Failed, Reason: "Failed", Start: at(now - time.Second), Finish: at(now),
		}}})
	}
	rec.Active = []Run{run}
	first := fail(rec, 1, 10*time.Second)
	if len(first.Events) != 1 || first.Events[0].Kind != AttemptFailed || first.Events[0].Result.Attempts != 1 ||
		!first.Events[0].Result.Start.Equal(at(9*time.Second)) || !first.Events[0].Run.NotBefore.Equal(at(70*time.Second)) {
		t.Fatalf("after the first attempt: %+v", first.Events)
	}
	again := first.Record
	again.Active[0].State, again.Active[0].Attempt = Running, 2
	last := fail(again, 2, 100*time.Second)
	if len(last.Events) != 1 || last.Events[0].Kind != RunFinished || last.Events[0].Result.Attempts != 2 || last.Events[0].Run.Ref() != run.Ref() {
		t.Errorf("after the last attempt: %+v", last.Events)
	}
}
