package decide_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-dev/carillon/internal/scheduler/decide"
	"github.com/carillon-dev/carillon/internal/scheduler/fixture"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/trigger"
)

// Bugs that other schedulers have had, by the numbers that this project gives them
// (C1-C24). Those that can be told by decisions alone are here, those that take a
// loop, a store and several managers are in regression_loop_test.go. One is not the
// core's: that the zone of a schedule differs between two programs (C17) cannot be
// where one program has the zone files built in; trigger tests those.

// calendar compiles a schedule for a Task created at created.
func calendar(tb testing.TB, schedule string) *trigger.Trigger {
	tb.Helper()
	return fixture.Compile(tb, trigger.Spec{Schedule: schedule})
}

// planned is the record of a new Task of which nothing runs.
// naive goes through the slots after one instant and up to another.
func naive(tr *trigger.Trigger, after, through time.Time) []time.Time {
	var slots []time.Time
	for slot, ok := tr.Next(after); ok && !slot.After(through); slot, ok = tr.Next(slot) {
		slots = append(slots, slot)
	}
	return slots
}

// The schedules whose slots are so uneven that the newest missed one cannot be
// guessed from the distance of the last two.
var unevenSchedules = []string{
	"0 9,10 * * *", "*/5 9-10 * * 1-5", "0 0 1,2 * *", "* 9 * * 1", "30 6-16/4 * * 1-5", "0,1 9 * * 1", "0-10 0 * * *", "*/10 8-17 * * *", "19,20 * * * *",
}

// C1: the newest missed slot was estimated as if all distances were equal, and the
// catch-up lost when an outage ended in the long gap.
func TestC01_UnevenSchedulesAreCaughtUp(t *testing.T) {
	t.Parallel()
	for _, schedule := range unevenSchedules {
		t.Run(schedule, func(t *testing.T) {
			t.Parallel()
			task := fixture.MakeTask(calendar(t, schedule))
			slots := naive(task.Trigger, fixture.Created, fixture.At(60*24*time.Hour))
			for i := 3; i < len(slots)-1; i++ {
				rec := fixture.Planned(t, task)
				rec.DecidedThrough, rec.Next = slots[i-3], slots[i-2]
				now := slots[i].Add(slots[i+1].Sub(slots[i]) / 2) // two more were missed, and the next is to come
				dec := fixture.DecideLive(decide.Input{Task: task, Record: rec, Now: now})
				if len(dec.Commands) == 0 || !dec.Commands[0].Run.Slot.Equal(slots[i]) || dec.Record.Counts.Coalesced != 2 {
					t.Fatalf("at %v: %+v, want the run of %v with two folded slots", now, dec.Commands, slots[i])
				}
			}
		})
	}
}

// C2, C22: with many missed slots there was an error about too many of them, or no
// run at all. Here they are counted, and the newest runs.
func TestC02_ManyMissedSlotsAreCountedExactly(t *testing.T) {
	t.Parallel()
	for _, schedule := range slices.Concat(unevenSchedules, []string{"* * * * *", "30 2 * * *", "0 0 29 2 *"}) {
		t.Run(schedule, func(t *testing.T) {
			t.Parallel()
			task := fixture.MakeTask(fixture.Compile(t, trigger.Spec{Schedule: schedule, TimeZone: "America/New_York"}))
			rec := fixture.Planned(t, task)
			now := fixture.Created.AddDate(3, 0, 0)
			dec := fixture.DecideLive(decide.Input{Task: task, Record: rec, Now: now})
			want := naive(task.Trigger, rec.DecidedThrough, now)
			if got := dec.Record.Counts.Coalesced; got != int64(len(want)-1) {
				t.Errorf("%d folded slots, want %d", got, len(want)-1)
			}
			if newest := want[len(want)-1]; !dec.Record.DecidedThrough.Equal(newest) || !dec.Commands[0].Run.Slot.Equal(newest) {
				t.Errorf("decided through %v by %+v, want %v", dec.Record.DecidedThrough, dec.Commands[0], newest)
			}
		})
	}
}

func TestC22_ThousandsOfMissedSlotsAreNoError(t *testing.T) {
	t.Parallel()
	task := fixture.MakeTask(fixture.Every(t, 1), func(task *model.Task) { task.Coalesce, task.CatchUpLimit = false, 100 })
	rec := fixture.After(t, task, model.Record{}, fixture.At(0)).Record
	dec := fixture.DecideLive(decide.Input{Task: task, Record: rec, Now: fixture.At(596_160 * time.Second)})
	if got := dec.Record.Counts.Missed; got != 596_160-100 || len(fixture.Starts(dec)) != 1 {
		t.Errorf("%d missed and %v started, want all but 100 and the oldest of those", got, fixture.Starts(dec))
	}
}

// C3: that a slot was missed was not saved, and reported again with every decision.
func TestC03_AMissedSlotIsToldOnce(t *testing.T) {
	t.Parallel()
	task := fixture.MakeTask(fixture.Every(t, 3600), func(task *model.Task) { task.Grace = time.Minute })
	dec := fixture.After(t, task, model.Record{}, fixture.At(0), fixture.At(61*time.Minute+time.Second))
	if diff := cmp.Diff([]string{"3600 Missed/MisfireGracePeriodExceeded x1"}, fixture.Drops(dec)); diff != "" {
		t.Fatalf("drops (-want +got):\n%s", diff)
	}
	for range 3 {
		dec = fixture.DecideLive(decide.Input{Task: task, Record: fixture.Whole(dec.Record), Now: fixture.At(62 * time.Minute), Reloaded: true})
		if len(dec.Events) != 0 || dec.Record.Counts.Missed != 1 {
			t.Errorf("told again: %+v, %+v", dec.Events, dec.Record.Counts)
		}
	}
}

// C4: names told the minute apart, and the second run in one was taken for the first.
func TestC04_SlotsWithinAMinuteHaveNamesOfTheirOwn(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	task := fixture.MakeTask(calendar(t, "@every 1s"))
	for slot := range 120 {
		name := model.AttemptName(task.Key, fixture.SlotRef(time.Duration(slot)*time.Second), 1, "")
		if names[name] {
			t.Errorf("%s stands for two slots", name)
		}
		names[name] = true
	}
}

// C5: what belonged to a deleted object was adopted by a new one of the same name.
func TestC05_ANewTaskOfTheSameNameHasRunsOfItsOwn(t *testing.T) {
	t.Parallel()
	old := model.Key{Namespace: "ns", Name: "a", UID: "old"}
	again := model.Key{Namespace: "ns", Name: "a", UID: "new"}
	if ref := fixture.SlotRef(time.Hour); model.AttemptName(old, ref, 1, "") == model.AttemptName(again, ref, 1, "") || model.RunID(old.UID, ref) == model.RunID(again.UID, ref) {
		t.Error("a run of the deleted Task and one of the new Task are taken for the same")
	}
}

// C8: to stop a run again that was being stopped, or was over, aborted the new one.
func TestC08_ReplaceStopsTheOldRunOnceAndTheNewOneNever(t *testing.T) {
	t.Parallel()
	const s = time.Second
	task := fixture.MakeTask(fixture.Every(t, 10), func(task *model.Task) { task.OverlapPolicy = model.OverlapReplace })
	gone := []model.Observation{{Run: fixture.SlotRef(10 * s), Attempt: 1, Phase: model.PhaseNotFound}}
	steps := []fixture.Step{{At: 0}, {At: 10 * s}, {At: 20 * s}, {At: 21 * s}, {At: 23 * s, Seen: gone}, {At: 24 * s, Seen: gone}}
	var stopped []string
	for i := range steps {
		for _, c := range fixture.Play(t, task, steps[:i+1]...).Commands {
			if c.Kind == decide.StopRun {
				stopped = append(stopped, fmt.Sprint(c.Run.Slot.Sub(fixture.Created)))
			}
		}
	}
	if diff := cmp.Diff([]string{"10s"}, stopped); diff != "" {
		t.Errorf("stopped (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"20 Starting"}, fixture.Active(fixture.Play(t, task, steps...).Record)); diff != "" {
		t.Errorf("active (-want +got):\n%s", diff)
	}
}

// C9: a run that somebody deleted counted as active for ever, and nothing started
// any more.
func TestC09_ADeletedRunGivesItsInstanceBack(t *testing.T) {
	t.Parallel()
	const s = time.Second
	dec := fixture.Play(t, fixture.MakeTask(fixture.Every(t, 10)), fixture.Step{At: 0}, fixture.Step{At: 10 * s},
		fixture.Step{At: 12 * s, Seen: []model.Observation{{Run: fixture.SlotRef(10 * s), Attempt: 1, Phase: model.PhaseNotFound}}}, fixture.Step{At: 20 * s})
	if diff := cmp.Diff([]string{"20 Starting"}, fixture.Active(dec.Record)); diff != "" {
		t.Errorf("active (-want +got):\n%s", diff)
	}
}

// C16: when the rules of a zone were updated, everything fired at once.
func TestC16_NewZoneRulesFireNothing(t *testing.T) {
	t.Parallel()
	for _, zone := range []string{"Europe/Berlin", "Africa/Casablanca", "America/Santiago"} {
		task := fixture.MakeTask(fixture.Compile(t, trigger.Spec{Schedule: "30 9 * * *", TimeZone: zone}))
		rec := fixture.Planned(t, task)
		rec.Next = rec.Next.Add(time.Hour) // as it was by the old rules
		if got := fixture.Starts(fixture.DecideLive(decide.Input{Task: task, Record: rec, Now: rec.Next.Add(-time.Minute)})); got != nil {
			t.Errorf("%s: started %v, which was never planned", zone, got)
		}
	}
}

// C18: what was made up for ignored the overlap policy.
func TestC18_CatchingUpObeysTheOverlapPolicy(t *testing.T) {
	t.Parallel()
	const s = time.Second
	for policy, want := range map[model.OverlapPolicy][]string{
		model.OverlapSkip:    {"3 Starting"},
		model.OverlapQueue:   {"3 Starting", "10 Queued"},
		model.OverlapReplace: {"3 Stopping", "10 Queued"},
	} {
		t.Run(string(policy), func(t *testing.T) {
			t.Parallel()
			task := fixture.MakeTask(fixture.Every(t, 10), func(task *model.Task) { task.OverlapPolicy, task.Coalesce = policy, false })
			dec := fixture.Play(t, task, fixture.Step{At: 0}, fixture.Step{At: 3 * s, Task: func(task *model.Task) { task.Request = "please" }}, fixture.Step{At: 47 * s})
			if diff := cmp.Diff(want, fixture.Active(dec.Record)); diff != "" {
				t.Errorf("active (-want +got):\n%s", diff)
			}
		})
	}
}

// C19: the first run, at once, did not go the way of all others.
func TestC19_TheRunAtOnceObeysTheOverlapPolicy(t *testing.T) {
	t.Parallel()
	dec := fixture.Play(t, fixture.MakeTask(fixture.Date(t, ""), func(task *model.Task) { task.Request = "please" }), fixture.Step{At: 0}, fixture.Step{At: time.Second})
	if diff := cmp.Diff([]string{"0 Starting"}, fixture.Active(dec.Record)); diff != "" {
		t.Errorf("active (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"1 Skipped/MaxInstancesReached"}, fixture.Recent(dec.Record)); diff != "" {
		t.Errorf("recent (-want +got):\n%s", diff)
	}
}

// C20: after a long outage there was a stampede of everything that had been missed.
func TestC20_ALongOutageIsNoStampede(t *testing.T) {
	t.Parallel()
	year := fixture.At(365 * 24 * time.Hour)
	for name, mod := range map[string]func(*model.Task){
		"folded":     func(*model.Task) {},
		"one by one": func(task *model.Task) { task.Coalesce, task.MaxInstances = false, 10 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			task := fixture.MakeTask(calendar(t, "*/5 * * * *"), mod)
			dec := fixture.DecideLive(decide.Input{Task: task, Record: fixture.Planned(t, task), Now: year})
			if got := len(fixture.Starts(dec)); got != 1 {
				t.Errorf("%d runs start at once, want one", got)
			}
		})
	}
}

// C21: several schedules of one object shared the time of the last run, and what one
// of them had missed was lost to the others.
func TestC21_NoScheduleOfSeveralLosesItsSlots(t *testing.T) {
	t.Parallel()
	task := fixture.MakeTask(fixture.Compile(t, trigger.Spec{AnyOf: []trigger.Spec{
		{Schedule: "0 */6 * * *", TimeZone: "Asia/Kolkata"}, {Interval: &trigger.Interval{Hours: 7}}, {Schedule: "15 3 * * *"},
	}}), func(task *model.Task) { task.Coalesce = false })
	rec := fixture.Planned(t, task)
	begin, now := rec.DecidedThrough, fixture.At(48*time.Hour)
	var got []time.Time
	for range 40 {
		var seen []model.Observation
		for _, run := range rec.Active {
			got = append(got, run.Slot)
			seen = append(seen, model.Observation{Run: run.Ref(), Attempt: 1, Phase: model.PhaseFinished, Outcome: model.Succeeded, Finish: now})
		}
		rec = fixture.DecideLive(decide.Input{Task: task, Record: rec, Now: now, Observations: seen}).Record
	}
	if diff := cmp.Diff(naive(task.Trigger, begin, now), got); diff != "" {
		t.Errorf("runs (-want +got):\n%s", diff)
	}
}
