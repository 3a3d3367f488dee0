package engine

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/decide"
	"github.com/carillon-dev/carillon/internal/scheduler/fixture"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/trigger"
)

// month is for how long nobody looks after a Task with a slot every second.
const month = 30 * 24 * time.Hour

// monthSlots is how many slots that makes.
const monthSlots = int64(month / time.Second)

// A Task is left alone for a month and goes on with exact counts (R2, P1, P2).
func TestR2_AMonthOfSecondsIsMadeUpForExactly(t *testing.T) {
	schedulerPaused := func(task *model.Task) { task.SchedulerPaused = true }
	serial := func(task *model.Task) { task.Coalesce = false }
	strict := func(task *model.Task) { task.Coalesce, task.Grace = false, 10*time.Second }
	for name, tc := range map[string]struct {
		hold func(*model.Task) // nil: the manager is down
		mod  func(*model.Task)
		want model.Counters // a minute later; five runs were before it
	}{
		"a paused Task forgets":                {hold: fixture.Pause, want: model.Counters{Succeeded: 5 + 60}},
		"a paused Task, without coalesce":      {hold: fixture.Pause, mod: serial, want: model.Counters{Succeeded: 5 + 60}},
		"a paused Scheduler folds":             {hold: schedulerPaused, want: model.Counters{Succeeded: 5 + 1 + 60, Coalesced: monthSlots - 1}},
		"a paused Scheduler, without coalesce": {hold: schedulerPaused, mod: serial, want: model.Counters{Succeeded: 5 + 100 + 60, Missed: monthSlots - 100}},
		"a paused Scheduler, with a grace":     {hold: schedulerPaused, mod: strict, want: model.Counters{Succeeded: 5 + 10 + 60, Missed: monthSlots - 10}},
		"a manager that is down folds":         {want: model.Counters{Succeeded: 5 + 1 + 60, Coalesced: monthSlots - 1}},
		"a manager down, without coalesce":     {mod: serial, want: model.Counters{Succeeded: 5 + 100 + 60, Missed: monthSlots - 100}},
		"a manager down, with a grace":         {mod: strict, want: model.Counters{Succeeded: 5 + 10 + 60, Missed: monthSlots - 10}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sleepUntil(0)
				w := newWorld(t)
				task := nowTask(t, "a", 1)
				if tc.mod != nil {
					tc.mod(&task)
				}
				w.apply(task)
				p := w.boot("one", 100*time.Millisecond)
				const moment = 5*time.Second + 700*time.Millisecond
				sleepUntil(moment)
				if tc.hold == nil {
					p.shutdown()
				} else {
					held := task
					tc.hold(&held)
					w.hand(p, held)
				}
				sleepUntil(month + moment)
				if tc.hold == nil {
					p = w.boot("two", 100*time.Millisecond)
				} else {
					w.hand(p, task)
				}
				defer p.shutdown()
				sleepUntil(month + moment + time.Minute + 200*time.Millisecond)
				rec := w.record(task.Key)
				rec.Counts.Succeeded += int64(len(rec.Active)) // whose end is saved together with the next start
				if rec.Counts != tc.want {
					t.Errorf("counts %+v, want %+v", rec.Counts, tc.want)
				}
			})
		})
	}
}

// hand edits a Task, and hands it to a Scheduler.
func (w *world) hand(p *process, task model.Task) {
	w.apply(task)
	p.Upsert(w.snapshot(task.Key))
}

// Going on after a month takes no more memory than after an hour, and no time that
// anybody notices: the slots are counted and not gone through.
func TestR2_AMonthOfSecondsIsMadeUpForInBoundedTimeAndMemory(t *testing.T) {
	interval := fixture.Every(t, 1)
	calendar := fixture.Compile(t, trigger.Spec{Cron: &trigger.CronFields{Second: "*"}, TimeZone: "Europe/Berlin"})
	for name, tc := range map[string]struct {
		trigger *trigger.Trigger
		mod     func(*model.Task)
		paused  bool // the Task was, and is resumed
	}{
		"coalesce":         {trigger: interval},
		"a calendar":       {trigger: calendar},
		"without coalesce": {trigger: interval, mod: func(task *model.Task) { task.Coalesce = false }},
		"a grace":          {trigger: interval, mod: func(task *model.Task) { task.Coalesce, task.Grace = false, time.Second }},
		"a long backlog":   {trigger: calendar, mod: func(task *model.Task) { task.Coalesce, task.CatchUpLimit = false, 1000 }},
		"resumed":          {trigger: calendar, paused: true},
	} {
		t.Run(name, func(t *testing.T) {
			task := fixture.MakeTask(tc.trigger)
			if tc.mod != nil {
				tc.mod(&task)
			}
			rec := fixture.After(t, task, model.Record{}, fixture.At(0), fixture.At(5*time.Second)).Record
			if tc.paused {
				held := task
				fixture.Pause(&held)
				rec = fixture.After(t, held, rec, fixture.At(6*time.Second)).Record
			}
			goOn := func(span time.Duration) func() {
				return func() {
					fixture.DecideLive(decide.Input{Task: task, Record: rec, Now: fixture.At(5*time.Second + span)})
				}
			}
			hour, whole := fewestAllocs(goOn(time.Hour)), fewestAllocs(goOn(month))
			if whole > hour {
				t.Errorf("%v allocations after a month, %v after an hour", whole, hour)
			}
			begun := time.Now()
			goOn(month)()
			if took := time.Since(begun); took > 50*time.Millisecond {
				t.Errorf("going on took %s", took)
			}
		})
	}
}

// fewestAllocs returns how many allocations a function needs. The least of several
// measurements counts: the race detector has a sync.Pool forget what it holds at random.
func fewestAllocs(f func()) float64 {
	fewest := testing.AllocsPerRun(1, f)
	for range 20 {
		fewest = min(fewest, testing.AllocsPerRun(1, f))
	}
	return fewest
}
