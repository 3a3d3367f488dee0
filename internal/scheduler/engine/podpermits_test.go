package engine

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/carillon-dev/carillon/internal/scheduler/decide"
	"github.com/carillon-dev/carillon/internal/scheduler/fixture"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/trigger"
)

// narrow gives a Task an executor with so many places.
func narrow(places int) func(*model.Task) {
	return func(task *model.Task) { task.Executor, task.MaxConcurrent = "narrow", places }
}

// limited decides with so many places.
func limited(task model.Task, rec model.Record, now time.Time, places int, seen ...model.Observation) decide.Decision {
	return fixture.DecideLive(decide.Input{Task: task, Record: rec, Now: now, Holder: "me", Limited: true, Permits: places, Shortage: "It waits for capacity of the executor narrow, which has 1.", Observations: seen})
}

// Five Tasks, one of them greedy, share two places for a minute.
func TestPlaces_AreSharedFairlyAndNeverExceeded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		var keys []model.Key
		for i := range 5 {
			task := nowTask(t, fmt.Sprintf("task-%d", i), 1, narrow(2))
			if i == 0 {
				task.MaxInstances, task.Coalesce = 100, false
			}
			w.apply(task)
			keys = append(keys, task.Key)
		}
		p := w.boot("one", 900*time.Millisecond)
		most := 0
		for range 600 {
			time.Sleep(100 * time.Millisecond)
			w.mu.Lock()
			most = max(most, len(w.running))
			w.mu.Unlock()
		}
		p.shutdown()
		if most != 2 {
			t.Errorf("up to %d runs at a time, want 2", most)
		}
		var runs []int64
		for _, key := range keys {
			runs = append(runs, w.record(key).Counts.Succeeded)
		}
		greedy, others := runs[0], runs[1:]
		if fewest, greatest := slices.Min(others), slices.Max(others); fewest < 20 || greatest-fewest > 2 || greedy > fewest+3 {
			t.Errorf("runs of the five: %v, want those of the last four alike, and hardly fewer than of the greedy first", runs)
		}
	})
}

// Who takes over counts the places of what runs already.
func TestPlaces_AreTheSameAfterATakeover(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		for i := range 4 {
			w.apply(nowTask(t, fmt.Sprintf("task-%d", i), 5, narrow(2)))
		}
		first := w.boot("one", 20*time.Second)
		sleepUntil(6 * time.Second)
		first.crash()
		second := w.boot("two", 20*time.Second)
		sleepUntil(15 * time.Second)
		w.mu.Lock()
		running := len(w.running)
		w.mu.Unlock()
		if running != 2 {
			t.Errorf("%d runs at a time, want 2", running)
		}
		sleepUntil(70 * time.Second)
		second.shutdown()
		for i := range 4 {
			key := model.Key{Namespace: "ns", Name: fmt.Sprintf("task-%d", i)}
			if got := w.record(key).Counts.Succeeded; got == 0 {
				t.Errorf("%s never got a place", key)
			}
		}
	})
}

// What was under way goes on after the delay, also where no slots are decided.
func TestStartupDelayEndsForWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		now    time.Duration
		change func(*model.Task)
	}{
		"slots are decided":                 {now: 2 * time.Minute},
		"the clock is behind the watermark": {now: -30 * time.Minute},
		"the Task is paused":                {now: 2 * time.Minute, change: func(task *model.Task) { task.Paused = true }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			task := fixture.MakeTask(fixture.Every(t, 3600), func(task *model.Task) { task.InProcess = true })
			rec := fixture.DecideLive(decide.Input{Task: task, Now: fixture.At(time.Hour), Holder: "gone"}).Record
			if tc.change != nil {
				tc.change(&task)
			}
			now := fixture.At(time.Hour + tc.now)
			dec := fixture.DecideLive(decide.Input{Task: task, Record: rec, Now: now, Holder: "me", Reloaded: true, Delay: 5 * time.Second})
			if got := fixture.Starts(dec); got != nil || !dec.Wake.Equal(now.Add(5*time.Second)) {
				t.Errorf("started %v, wakes at %v, want nothing and %v", got, dec.Wake, now.Add(5*time.Second))
			}
			dec = fixture.DecideLive(decide.Input{Task: task, Record: dec.Record, Now: now.Add(5 * time.Second), Holder: "me"})
			if got := fixture.Starts(dec); len(got) != 1 {
				t.Errorf("started %v after the delay, want the call of the process that is gone", got)
			}
		})
	}
}

// Whatever comes and goes, no executor is given more runs than it has places for, and
// who waits gets his turn before anybody has had two.
func TestPlaces_Properties(t *testing.T) {
	t.Parallel()
	slot := fixture.Compile(t, trigger.Spec{Interval: &trigger.Interval{Hours: 1}})
	rapid.Check(t, func(t *rapid.T) {
		p := newPodPermits(nil)
		limit := rapid.IntRange(1, 3).Draw(t, "limit")
		entries := make([]*entry, rapid.IntRange(1, 5).Draw(t, "tasks"))
		wants := make([]int, len(entries)) // how many runs of each wait
		passed := make([]int, len(entries))
		for i := range entries {
			entries[i] = &entry{task: fixture.MakeTask(slot, narrow(limit))}
			p.hold(entries[i])
		}
		grant := func(i int) {
			e := entries[i]
			n, _, _ := p.free(e)
			n = min(n, wants[i])
			dec := decide.Decision{Record: e.base.Clone(), NeedsPermit: wants[i] > n}
			for range n {
				dec.Commands = append(dec.Commands, decide.Command{Kind: decide.StartRun})
				dec.Record.Active = append(dec.Record.Active, model.Run{State: model.Starting})
			}
			wants[i] -= n
			p.updateQueue(e, dec)
			p.reserve(e, dec.Record)
			e.base = dec.Record
			p.hold(e)
			for j := range entries {
				if j != i && n > 0 && wants[j] > 0 && slices.Contains(p.queues["narrow"], entries[j]) {
					passed[j]++
				}
			}
			passed[i] = 0
		}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			i := rapid.IntRange(0, len(entries)-1).Draw(t, "task")
			if rapid.Bool().Draw(t, "ends") && len(entries[i].base.Active) > 0 {
				entries[i].base.Active = entries[i].base.Active[1:]
				p.hold(entries[i])
			} else {
				wants[i]++
				grant(i)
			}
			for turns, _ := p.eligible(); len(turns) > 0; turns, _ = p.eligible() {
				grant(slices.Index(entries, turns[0]))
			}
			held, waiting := 0, 0
			for j, e := range entries {
				held += len(e.base.Active)
				waiting += wants[j]
				if passed[j] >= len(entries) {
					t.Fatalf("task %d was passed over %d times", j, passed[j])
				}
			}
			if held > limit || held != p.held["narrow"] || waiting > 0 && held < limit {
				t.Fatalf("%d runs hold a place, %d wait, %d are counted, the limit is %d", held, waiting, p.held["narrow"], limit)
			}
		}
	})
}
