package scheduler

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/carillon-dev/carillon/trigger"
)

// narrow gives a Task an executor with so many places.
func narrow(places int) func(*Task) {
	return func(task *Task) { task.Executor, task.Places = "narrow", places }
}

// limited decides with so many places.
func limited(task Task, rec Record, now time.Time, places int, seen ...Observation) Decision {
	return decideLive(Input{Task: task, Record: rec, Now: now, Holder: "me", Limited: true, Places: places, Shortage: "It waits for capacity of the executor narrow, which has 1.", Observations: seen})
}

// What becomes of a run that finds no place: it waits, holds its instance, and starts
// when there is one, unless something comes in between.
func TestPlaces_ARunWaitsForAPlace(t *testing.T) {
	t.Parallel()
	const s = time.Second
	for name, tc := range map[string]struct {
		mod        func(*Task) // at the beginning
		then       func(*Task) // when it is looked at again
		at         time.Duration
		places     int
		wantStarts []int
		wantActive []string
		wantDrops  []string
	}{
		"it starts as soon as there is one":           {at: 12 * s, places: 1, wantStarts: []int{10}, wantActive: []string{"12:00:10/1 Starting"}},
		"it goes on waiting":                          {at: 12 * s, wantActive: []string{"12:00:10/1 Waiting"}},
		"it holds its instance: the next is skipped":  {at: 20 * s, wantActive: []string{"12:00:10/1 Waiting"}, wantDrops: []string{"20 Skipped/MaxInstancesReached x1"}},
		"it is in time while its grace lasts":         {mod: func(task *Task) { task.Grace = 5 * s }, at: 15 * s, places: 1, wantStarts: []int{10}, wantActive: []string{"12:00:10/1 Starting"}},
		"it is missed when its grace is over":         {mod: func(task *Task) { task.Grace = 5 * s }, at: 15*s + time.Millisecond},
		"a pause of its Task ends the wait (P1)":      {then: pause, at: 12 * s, places: 1, wantDrops: []string{"10 Skipped/Paused x1"}},
		"a pause of its Scheduler prolongs it (P2)":   {then: func(task *Task) { task.SchedulerPaused = true }, at: 12 * s, places: 1, wantActive: []string{"12:00:10/1 Waiting"}},
		"an edit of the trigger ends it (T9)":         {then: func(task *Task) { task.Trigger = every(t, 7) }, at: 12 * s, places: 1, wantDrops: []string{"10 Missed/TriggerChanged x1"}},
		"a newer run may replace it (R4)":             {mod: func(task *Task) { task.Overlap = OverlapReplace }, at: 20 * s, wantActive: []string{"12:00:20/1 Waiting"}, wantDrops: []string{"10 Skipped/QueueFull x1"}},
		"a newer run queues behind it, and both wait": {mod: func(task *Task) { task.Overlap = OverlapQueue }, at: 20 * s, wantActive: []string{"12:00:10/1 Waiting", "12:00:20/1 Queued"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			task := makeTask(every(t, 10), narrow(1))
			if tc.mod != nil {
				tc.mod(&task)
			}
			rec := decideLive(Input{Task: task, Now: at(0), Holder: "me"}).Record
			waits := limited(task, rec, at(10*s), 0)
			if got := describeRuns(waits.Record.Active); !slices.Equal(got, []string{"12:00:10/1 Waiting"}) || !waits.Starved || len(starts(waits)) > 0 {
				t.Fatalf("without a place: active %v, starts %v, starved %t", got, starts(waits), waits.Starved)
			}
			if got, want := waits.Record.Active[0].Message, "It waits for capacity of the executor narrow, which has 1."; got != want {
				t.Errorf("it says %q, want %q", got, want)
			}
			if tc.then != nil {
				tc.then(&task)
			}
			dec := limited(task, waits.Record, at(tc.at), tc.places)
			if diff := cmp.Diff(tc.wantStarts, starts(dec)); diff != "" {
				t.Errorf("starts (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.wantActive, describeRuns(dec.Record.Active)); diff != "" {
				t.Errorf("active (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.wantDrops, drops(dec)); diff != "" {
				t.Errorf("drops (-want +got):\n%s", diff)
			}
		})
	}
}

// A run that never got a place has not had an attempt.
func TestPlaces_AMissedRunHasHadNoAttempt(t *testing.T) {
	t.Parallel()
	task := makeTask(every(t, 10), narrow(1), func(task *Task) { task.Grace = time.Second })
	rec := decideLive(Input{Task: task, Now: at(0), Holder: "me"}).Record
	rec = limited(task, rec, at(10*time.Second), 0).Record
	rec = limited(task, rec, at(12*time.Second), 0).Record
	res := rec.Recent[0]
	if res.Outcome != Missed || res.Reason != ReasonGraceExceeded || res.Attempts != 0 || rec.Counts != (Counters{Missed: 1}) {
		t.Errorf("it ended as %+v, counted %+v", res, rec.Counts)
	}
}

// The next attempt needs a place, too; until there is one it stays in its backoff.
func TestPlaces_ARetryWaitsForAPlace(t *testing.T) {
	t.Parallel()
	task := makeTask(every(t, 3600), narrow(1), func(task *Task) {
		task.Retry = Retry{MaxAttempts: 2, Initial: time.Second, Factor: 1, Max: time.Second}
	})
	rec := decideLive(Input{Task: task, Now: at(0), Holder: "me"}).Record
	rec = limited(task, rec, at(time.Hour), 1).Record
	rec = limited(task, rec, at(time.Hour+time.Second), 0,
		Observation{Run: rec.Active[0].Ref(), Attempt: 1, Phase: Ended, Outcome: Failed, Reason: "PodFailed"}).Record
	late := limited(task, rec, at(time.Hour+10*time.Second), 0)
	if got := describeRuns(late.Record.Active); !slices.Equal(got, []string{"13:00:00/1 Backoff"}) || !late.Starved {
		t.Errorf("without a place: %v, starved %t", got, late.Starved)
	}
	if got := describeRuns(limited(task, late.Record, at(time.Hour+11*time.Second), 1).Record.Active); !slices.Equal(got, []string{"13:00:00/2 Starting"}) {
		t.Errorf("with a place: %v", got)
	}
}

// Five Tasks, one of them greedy, share two places for a minute.
func TestPlaces_AreSharedFairlyAndNeverExceeded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		var keys []Key
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
			key := Key{Namespace: "ns", Name: fmt.Sprintf("task-%d", i)}
			if got := w.record(key).Counts.Succeeded; got == 0 {
				t.Errorf("%s never got a place", key)
			}
		}
	})
}

// A Scheduler that has been taken over starts nothing before its delay is over, and
// then decides what has fallen due, as after a pause.
func TestStartupDelay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		task := nowTask(t, "a", 1, func(task *Task) { task.StartupDelay = 5*time.Second + 500*time.Millisecond })
		w.apply(task)
		p := w.boot("one", 100*time.Millisecond)
		sleepUntil(5*time.Second + 400*time.Millisecond)
		if got := w.record(task.Key); got.Counts != (Counters{}) || len(got.Active) > 0 || got.State != Scheduled {
			t.Errorf("before the delay is over: %s, %+v, active %v", got.State, got.Counts, got.Active)
		}
		sleepUntil(5*time.Second + 900*time.Millisecond)
		p.shutdown()
		if got := w.record(task.Key).Counts; got != (Counters{Succeeded: 1, Coalesced: 4}) {
			t.Errorf("right after the delay: %+v", got)
		}
	})
}

// What was under way goes on after the delay, also where no slots are decided.
func TestStartupDelayEndsForWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		now    time.Duration
		change func(*Task)
	}{
		"slots are decided":                 {now: 2 * time.Minute},
		"the clock is behind the watermark": {now: -30 * time.Minute},
		"the Task is paused":                {now: 2 * time.Minute, change: func(task *Task) { task.Paused = true }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			task := makeTask(every(t, 3600), func(task *Task) { task.InProcess = true })
			rec := decideLive(Input{Task: task, Now: at(time.Hour), Holder: "gone"}).Record
			if tc.change != nil {
				tc.change(&task)
			}
			now := at(time.Hour + tc.now)
			dec := decideLive(Input{Task: task, Record: rec, Now: now, Holder: "me", Reloaded: true, Delay: 5 * time.Second})
			if got := starts(dec); got != nil || !dec.Wake.Equal(now.Add(5*time.Second)) {
				t.Errorf("started %v, wakes at %v, want nothing and %v", got, dec.Wake, now.Add(5*time.Second))
			}
			dec = decideLive(Input{Task: task, Record: dec.Record, Now: now.Add(5 * time.Second), Holder: "me"})
			if got := starts(dec); len(got) != 1 {
				t.Errorf("started %v after the delay, want the call of the process that is gone", got)
			}
		})
	}
}

// Whatever comes and goes, no executor is given more runs than it has places for, and
// who waits gets his turn before anybody has had two.
func TestPlaces_Properties(t *testing.T) {
	t.Parallel()
	slot := compile(t, trigger.Spec{Interval: &trigger.Interval{Hours: 1}})
	rapid.Check(t, func(t *rapid.T) {
		p := newPlaces(nil)
		limit := rapid.IntRange(1, 3).Draw(t, "limit")
		entries := make([]*entry, rapid.IntRange(1, 5).Draw(t, "tasks"))
		wants := make([]int, len(entries)) // how many runs of each wait
		passed := make([]int, len(entries))
		for i := range entries {
			entries[i] = &entry{task: makeTask(slot, narrow(limit))}
			p.hold(entries[i])
		}
		grant := func(i int) {
			e := entries[i]
			n, _, _ := p.free(e)
			n = min(n, wants[i])
			dec := Decision{Record: e.base.Clone(), Starved: wants[i] > n}
			for range n {
				dec.Commands = append(dec.Commands, Command{Kind: StartRun})
				dec.Record.Active = append(dec.Record.Active, Run{State: Starting})
			}
			wants[i] -= n
			p.line(e, dec)
			p.reserve(e, dec.Record)
			e.base = dec.Record
			p.hold(e)
			for j := range entries {
				if j != i && n > 0 && wants[j] > 0 && slices.Contains(p.lines["narrow"], entries[j]) {
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
			for turns, _ := p.next(); len(turns) > 0; turns, _ = p.next() {
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
