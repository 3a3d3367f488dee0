package engine

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-dev/carillon/internal/scheduler/decide"
	"github.com/carillon-dev/carillon/internal/scheduler/fixture"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/trigger"
)

func atShutdown(tb testing.TB) *trigger.Trigger {
	tb.Helper()
	return fixture.Compile(tb, trigger.Spec{Shutdown: true})
}

// ending tells a Task that its Scheduler was deleted.
func ending(offset time.Duration) func(*model.Task) {
	return func(task *model.Task) { task.SchedulerDeleted = fixture.At(offset) }
}

func TestP3_ShutdownTasks(t *testing.T) {
	t.Parallel()
	const s = time.Second
	for name, tc := range map[string]struct {
		then       []func(*model.Task) // one look after the other, a second apart, from the 11th second on
		wantStarts []int               // at the last look
		wantState  model.State
		wantReason string
		wantCounts model.Counters
	}{
		"wait for the end of the Scheduler":                {then: []func(*model.Task){nil, nil}, wantState: model.Scheduled, wantReason: model.ReasonAwaitingShutdown},
		"run at it":                                        {then: []func(*model.Task){ending(11 * s)}, wantStarts: []int{11}, wantState: model.Scheduled, wantReason: model.ReasonScheduled},
		"run once":                                         {then: []func(*model.Task){ending(11 * s), nil, nil}, wantState: model.Completed, wantReason: model.ReasonCompleted, wantCounts: model.Counters{Succeeded: 1}},
		"run although it was noticed late":                 {then: []func(*model.Task){nil, nil, ending(11 * s)}, wantStarts: []int{11}, wantState: model.Scheduled, wantReason: model.ReasonScheduled},
		"wait again for the end of another":                {then: []func(*model.Task){ending(11 * s), func(task *model.Task) { task.SchedulerDeleted = time.Time{} }}, wantState: model.Scheduled, wantReason: model.ReasonAwaitingShutdown, wantCounts: model.Counters{Succeeded: 1}},
		"do not run while they are paused, nor after that": {then: []func(*model.Task){fixture.Pause, ending(12 * s), func(task *model.Task) { task.Paused = false }}, wantState: model.Completed, wantReason: model.ReasonCompleted},
		"do not run under a Scheduler that is paused":      {then: []func(*model.Task){func(task *model.Task) { task.SchedulerPaused = true }, ending(12 * s)}, wantState: model.Scheduled, wantReason: model.ReasonSchedulerPaused},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			task := fixture.MakeTask(atShutdown(t))
			rec := fixture.After(t, task, model.Record{}, fixture.At(0), fixture.At(10*s)).Record
			var dec decide.Decision
			for i, change := range tc.then {
				if change != nil {
					change(&task)
				}
				dec = fixture.After(t, task, rec, fixture.At(time.Duration(11+i)*s))
				rec = dec.Record
			}
			if diff := cmp.Diff(tc.wantStarts, fixture.Starts(dec)); diff != "" {
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
		task.SchedulerDeleted = fixture.At(2 * time.Second)
		w.hand(first, task)
		sleepUntil(3 * time.Second)
		first.crash()
		second := w.boot("two", 5*time.Second)
		sleepUntil(time.Minute)
		second.shutdown()
		if got := w.record(task.Key); got.Counts != (model.Counters{Succeeded: 1}) || got.State != model.Completed {
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
				w.apply(nowTask(t, "call", 1, func(task *model.Task) { task.InProcess, task.ShutdownTimeout = true, tc.drain }))
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
