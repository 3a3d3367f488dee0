package scheduler

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-dev/carillon/trigger"
)

func atShutdown(tb testing.TB) *trigger.Trigger {
	tb.Helper()
	return compile(tb, trigger.Spec{Shutdown: true})
}

// ending tells a Task that its Scheduler was deleted.
func ending(offset time.Duration) func(*Task) { return func(task *Task) { task.Ending = at(offset) } }

func TestP3_ShutdownTasks(t *testing.T) {
	t.Parallel()
	const s = time.Second
	for name, tc := range map[string]struct {
		then       []func(*Task) // one look after the other, a second apart, from the 11th second on
		wantStarts []int         // at the last look
		wantState  State
		wantReason string
		wantCounts Counters
	}{
		"wait for the end of the Scheduler":                {then: []func(*Task){nil, nil}, wantState: Scheduled, wantReason: ReasonAwaitingShutdown},
		"run at it":                                        {then: []func(*Task){ending(11 * s)}, wantStarts: []int{11}, wantState: Completed, wantReason: ReasonCompleted},
		"run once":                                         {then: []func(*Task){ending(11 * s), nil, nil}, wantState: Completed, wantReason: ReasonCompleted, wantCounts: Counters{Succeeded: 1}},
		"run although it was noticed late":                 {then: []func(*Task){nil, nil, ending(11 * s)}, wantStarts: []int{11}, wantState: Completed, wantReason: ReasonCompleted},
		"wait again for the end of another":                {then: []func(*Task){ending(11 * s), func(task *Task) { task.Ending = time.Time{} }}, wantState: Scheduled, wantReason: ReasonAwaitingShutdown, wantCounts: Counters{Succeeded: 1}},
		"do not run while they are paused, nor after that": {then: []func(*Task){pause, ending(12 * s), func(task *Task) { task.Paused = false }}, wantState: Completed, wantReason: ReasonCompleted},
		"do not run under a Scheduler that is paused":      {then: []func(*Task){func(task *Task) { task.SchedulerPaused = true }, ending(12 * s)}, wantState: Scheduled, wantReason: ReasonSchedulerPaused},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			task := makeTask(atShutdown(t))
			rec := after(t, task, Record{}, at(0), at(10*s)).Record
			var dec Decision
			for i, change := range tc.then {
				if change != nil {
					change(&task)
				}
				dec = after(t, task, rec, at(time.Duration(11+i)*s))
				rec = dec.Record
			}
			if diff := cmp.Diff(tc.wantStarts, starts(dec)); diff != "" {
				t.Errorf("starts (-want +got):\n%s", diff)
			}
			if rec.State != tc.wantState || rec.StateReason != tc.wantReason {
				t.Errorf("it is %s, %s, want %s, %s", rec.State, rec.StateReason, tc.wantState, tc.wantReason)
			}
			if rec.Counts != tc.wantCounts {
				t.Errorf("counts %+v, want %+v", rec.Counts, tc.wantCounts)
			}
		})
	}
}

// A manager that dies in the middle of the end leaves its run to the next, which does
// not run it twice.
func TestP3_AShutdownTaskSurvivesATakeover(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		task := nowTask(t, "farewell", 1)
		task.Trigger = atShutdown(t)
		w.apply(task)
		first := w.boot("one", 5*time.Second)
		sleepUntil(2 * time.Second)
		task.Ending = at(2 * time.Second)
		w.hand(first, task)
		sleepUntil(3 * time.Second)
		first.crash()
		second := w.boot("two", 5*time.Second)
		sleepUntil(time.Minute)
		second.shutdown()
		if got := w.record(task.Key); got.Counts != (Counters{Succeeded: 1}) || got.State != Completed {
			t.Errorf("it is %s with %+v, want one run", got.State, got.Counts)
		}
		for name, n := range w.starts() {
			if n != 1 {
				t.Errorf("%s began %d times", name, n)
			}
		}
	})
}

// How long calls may go on when the process ends is the Scheduler's to say, too.
func TestDrainIsTheSchedulers(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		drain *time.Duration
		want  time.Duration
	}{
		"as the process says": {nil, 5 * time.Second},
		"shorter":             {new(2 * time.Second), 2 * time.Second},
		"not at all":          {new(time.Duration(0)), 0},
		"not longer":          {new(time.Hour), 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sleepUntil(0)
				w := newWorld(t)
				w.apply(nowTask(t, "call", 1, func(task *Task) { task.InProcess, task.Drain = true, tc.drain }))
				p := w.boot("one", time.Hour)
				sleepUntil(1500 * time.Millisecond)
				begin := time.Now()
				p.shutdown()
				if took := time.Since(begin); took < tc.want || took > tc.want+time.Second {
					t.Errorf("it ended after %s, want %s", took, tc.want)
				}
			})
		})
	}
}
