package engine

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-dev/carillon/internal/scheduler/decide"
	"github.com/carillon-dev/carillon/internal/scheduler/fixture"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// What becomes of a run that finds no place: it waits, holds its instance, and starts
// when there is one, unless something comes in between.
func TestPlaces_ARunWaitsForAPlace(t *testing.T) {
	t.Parallel()
	const s = time.Second
	for name, tc := range map[string]struct {
		mod        func(*model.Task) // at the beginning
		then       func(*model.Task) // when it is looked at again
		at         time.Duration
		places     int
		wantStarts []int
		wantActive []string
		wantDrops  []string
	}{
		"it starts as soon as there is one":           {at: 12 * s, places: 1, wantStarts: []int{10}, wantActive: []string{"12:00:10/1 Starting"}},
		"it goes on waiting":                          {at: 12 * s, wantActive: []string{"12:00:10/1 Pending"}},
		"it holds its instance: the next is skipped":  {at: 20 * s, wantActive: []string{"12:00:10/1 Pending"}, wantDrops: []string{"20 Skipped/MaxInstancesReached x1"}},
		"it is in time while its grace lasts":         {mod: func(task *model.Task) { task.Grace = 5 * s }, at: 15 * s, places: 1, wantStarts: []int{10}, wantActive: []string{"12:00:10/1 Starting"}},
		"it is missed when its grace is over":         {mod: func(task *model.Task) { task.Grace = 5 * s }, at: 15*s + time.Millisecond},
		"a pause of its Task ends the wait (P1)":      {then: fixture.Pause, at: 12 * s, places: 1, wantDrops: []string{"10 Skipped/Paused x1"}},
		"a pause of its Scheduler prolongs it (P2)":   {then: func(task *model.Task) { task.SchedulerPaused = true }, at: 12 * s, places: 1, wantActive: []string{"12:00:10/1 Pending"}},
		"an edit of the trigger ends it (T9)":         {then: func(task *model.Task) { task.Trigger = fixture.Every(t, 7) }, at: 12 * s, places: 1, wantDrops: []string{"10 Missed/TriggerChanged x1"}},
		"a newer run may replace it (R4)":             {mod: func(task *model.Task) { task.OverlapPolicy = model.OverlapReplace }, at: 20 * s, wantActive: []string{"12:00:20/1 Pending"}, wantDrops: []string{"10 Skipped/QueueFull x1"}},
		"a newer run queues behind it, and both wait": {mod: func(task *model.Task) { task.OverlapPolicy = model.OverlapQueue }, at: 20 * s, wantActive: []string{"12:00:10/1 Pending", "12:00:20/1 Queued"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			task := fixture.MakeTask(fixture.Every(t, 10), narrow(1))
			if tc.mod != nil {
				tc.mod(&task)
			}
			rec := fixture.DecideLive(decide.Input{Task: task, Now: fixture.At(0), Holder: "me"}).Record
			waits := limited(task, rec, fixture.At(10*s), 0)
			if got := fixture.DescribeRuns(waits.Record.Active); !slices.Equal(got, []string{"12:00:10/1 Pending"}) || !waits.NeedsPermit || len(fixture.Starts(waits)) > 0 {
				t.Fatalf("without a place: active %v, starts %v, starved %t", got, fixture.Starts(waits), waits.NeedsPermit)
			}
			if got, want := waits.Record.Active[0].Message, "It waits for capacity of the executor narrow, which has 1."; got != want {
				t.Errorf("it says %q, want %q", got, want)
			}
			if tc.then != nil {
				tc.then(&task)
			}
			dec := limited(task, waits.Record, fixture.At(tc.at), tc.places)
			if diff := cmp.Diff(tc.wantStarts, fixture.Starts(dec)); diff != "" {
				t.Errorf("starts (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.wantActive, fixture.DescribeRuns(dec.Record.Active)); diff != "" {
				t.Errorf("active (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.wantDrops, fixture.Drops(dec)); diff != "" {
				t.Errorf("drops (-want +got):\n%s", diff)
			}
		})
	}
}

// A run that never got a place has not had an attempt.
func TestPlaces_AMissedRunHasHadNoAttempt(t *testing.T) {
	t.Parallel()
	task := fixture.MakeTask(fixture.Every(t, 10), narrow(1), func(task *model.Task) { task.Grace = time.Second })
	rec := fixture.DecideLive(decide.Input{Task: task, Now: fixture.At(0), Holder: "me"}).Record
	rec = limited(task, rec, fixture.At(10*time.Second), 0).Record
	rec = limited(task, rec, fixture.At(12*time.Second), 0).Record
	res := rec.Recent[0]
	if res.Outcome != model.Missed || res.Reason != model.ReasonGraceExceeded || res.Attempts != 0 || rec.Counts != (model.Counters{Missed: 1}) {
		t.Errorf("it ended as %+v, counted %+v", res, rec.Counts)
	}
}

// The next attempt needs a place, too; until there is one it stays in its backoff.
func TestPlaces_ARetryWaitsForAPlace(t *testing.T) {
	t.Parallel()
	task := fixture.MakeTask(fixture.Every(t, 3600), narrow(1), func(task *model.Task) {
		task.Retry = model.Retry{MaxAttempts: 2, Initial: time.Second, Factor: 1, Max: time.Second}
	})
	rec := fixture.DecideLive(decide.Input{Task: task, Now: fixture.At(0), Holder: "me"}).Record
	rec = limited(task, rec, fixture.At(time.Hour), 1).Record
	rec = limited(task, rec, fixture.At(time.Hour+time.Second), 0,
		model.Observation{Run: rec.Active[0].Ref(), Attempt: 1, Phase: model.PhaseFinished, Outcome: model.Failed, Reason: "PodFailed"}).Record
	late := limited(task, rec, fixture.At(time.Hour+10*time.Second), 0)
	if got := fixture.DescribeRuns(late.Record.Active); !slices.Equal(got, []string{"13:00:00/1 Backoff"}) || !late.NeedsPermit {
		t.Errorf("without a place: %v, starved %t", got, late.NeedsPermit)
	}
	if got := fixture.DescribeRuns(limited(task, late.Record, fixture.At(time.Hour+11*time.Second), 1).Record.Active); !slices.Equal(got, []string{"13:00:00/2 Starting"}) {
		t.Errorf("with a place: %v", got)
	}
}

// A Scheduler that has been taken over starts nothing before its delay is over, and
// then decides what has fallen due, as after a pause.
func TestStartupDelay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		task := nowTask(t, "a", 1, func(task *model.Task) { task.StartupDelay = 5*time.Second + 500*time.Millisecond })
		w.apply(task)
		p := w.boot("one", 100*time.Millisecond)
		sleepUntil(5*time.Second + 400*time.Millisecond)
		if got := w.record(task.Key); got.Counts != (model.Counters{}) || len(got.Active) > 0 || got.State != model.Scheduled {
			t.Errorf("before the delay is over: %s, %+v, active %v", got.State, got.Counts, got.Active)
		}
		sleepUntil(5*time.Second + 900*time.Millisecond)
		p.shutdown()
		if got := w.record(task.Key).Counts; got != (model.Counters{Succeeded: 1, Coalesced: 4}) {
			t.Errorf("right after the delay: %+v", got)
		}
	})
}
