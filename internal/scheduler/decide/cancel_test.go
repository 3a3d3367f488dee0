package decide_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-dev/carillon/internal/scheduler/decide"
	"github.com/carillon-dev/carillon/internal/scheduler/fixture"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

func TestR13_ACancelledRunEndsForGood(t *testing.T) {
	t.Parallel()
	const s = time.Second
	cancel := func(asked string) func(*model.Task) { return func(task *model.Task) { task.Cancel = asked } }
	first := fixture.SlotRef(10 * s)
	runs := model.Observation{Run: first, Attempt: 1, Phase: model.PhaseRunning, Start: fixture.At(10 * s)}
	gone := model.Observation{Run: first, Attempt: 1, Phase: model.PhaseNotFound}
	failed := model.Observation{Run: first, Attempt: 1, Phase: model.PhaseFinished, Outcome: model.Failed, Reason: "PodFailed", Message: "exit code 1"}
	one := "run=" + fixture.At(10*s).UTC().Format(time.RFC3339)
	for name, tc := range map[string]struct {
		change     func(*model.Task)
		steps      []fixture.Step
		wantActive []string
		wantRecent []string
	}{
		"what runs is stopped": {
			steps:      []fixture.Step{{At: 0}, {At: 10 * s}, {At: 12 * s, Seen: []model.Observation{runs}, Task: cancel("a")}},
			wantActive: []string{"10 Stopping"},
		},
		"what was stopped is not tried again": {
			steps:      []fixture.Step{{At: 0}, {At: 10 * s}, {At: 12 * s, Seen: []model.Observation{runs}, Task: cancel("a")}, {At: 13 * s, Seen: []model.Observation{gone}}},
			wantRecent: []string{"10 Cancelled/Cancelled"},
		},
		"what fails while it is stopped was cancelled": {
			steps:      []fixture.Step{{At: 0}, {At: 10 * s}, {At: 12 * s, Seen: []model.Observation{runs}, Task: cancel("a")}, {At: 13 * s, Seen: []model.Observation{failed}}},
			wantRecent: []string{"10 Cancelled/Cancelled"},
		},
		"what has succeeded by then has succeeded": {
			steps: []fixture.Step{
				{At: 0},
				{At: 10 * s},
				{At: 12 * s, Seen: []model.Observation{runs}, Task: cancel("a")},
				{At: 13 * s, Seen: []model.Observation{fixture.Ended(model.Succeeded)}},
			},
			wantRecent: []string{"10 Succeeded/Why"},
		},
		"what waits for its next attempt ends at once": {
			steps:      []fixture.Step{{At: 0}, {At: 10 * s}, {At: 12 * s, Seen: []model.Observation{failed}}, {At: 13 * s, Task: cancel("a")}},
			wantRecent: []string{"10 Cancelled/Cancelled"},
		},
		"what is queued is skipped": {
			change:     func(task *model.Task) { task.OverlapPolicy = model.OverlapQueue },
			steps:      []fixture.Step{{At: 0}, {At: 10 * s}, {At: 20 * s}, {At: 21 * s, Task: cancel("a")}},
			wantActive: []string{"10 Stopping"}, wantRecent: []string{"20 Skipped/Cancelled"},
		},
		"one run alone": {
			change:     func(task *model.Task) { task.MaxInstances = 2 },
			steps:      []fixture.Step{{At: 0}, {At: 10 * s}, {At: 20 * s}, {At: 21 * s, Task: cancel(one + " at noon")}},
			wantActive: []string{"10 Stopping", "20 Starting"},
		},
		"one run alone, in capitals": {
			change:     func(task *model.Task) { task.MaxInstances = 2 },
			steps:      []fixture.Step{{At: 0}, {At: 10 * s}, {At: 20 * s}, {At: 21 * s, Task: cancel(" RUN" + one[3:])}},
			wantActive: []string{"10 Stopping", "20 Starting"},
		},
		"a run that is no time is none": {
			steps:      []fixture.Step{{At: 0}, {At: 10 * s}, {At: 12 * s, Task: cancel("run=10:00")}},
			wantActive: []string{"10 Starting"},
		},
		"a request is handled once": {
			steps:      []fixture.Step{{At: 0}, {At: 10 * s}, {At: 12 * s, Task: cancel("a")}, {At: 13 * s, Seen: []model.Observation{gone}}, {At: 20 * s}, {At: 21 * s}},
			wantActive: []string{"20 Starting"}, wantRecent: []string{"10 Cancelled/Cancelled"},
		},
		"a slot that falls due with the request runs": {
			steps:      []fixture.Step{{At: 0}, {At: 10 * s, Task: cancel("a")}},
			wantActive: []string{"10 Starting"},
		},
		"what has not started in time would be tried again, and is not": {
			change:     func(task *model.Task) { task.StartTimeout = 5 * s },
			steps:      []fixture.Step{{At: 0}, {At: 10 * s}, {At: 15 * s}, {At: 16 * s, Task: cancel("a")}, {At: 17 * s, Seen: []model.Observation{gone}}},
			wantRecent: []string{"10 Cancelled/Cancelled"},
		},
		"a paused Task": {
			steps:      []fixture.Step{{At: 0}, {At: 10 * s}, {At: 12 * s, Seen: []model.Observation{runs}, Task: fixture.Pause}, {At: 13 * s, Task: cancel("a")}},
			wantActive: []string{"10 Stopping"},
		},
		"a stalled Task": {
			steps: []fixture.Step{{At: 0}, {At: 10 * s}, {At: 12 * s, Seen: []model.Observation{runs}, Task: func(task *model.Task) {
				task.Missing, task.Cancel = &model.Problem{Reason: "UnknownExecutor", Message: "none"}, "a"
			}}},
			wantActive: []string{"10 Stopping"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			task := fixture.MakeTask(fixture.Every(t, 10), func(task *model.Task) {
				task.Retry = model.Retry{MaxAttempts: 3, Initial: 5 * s, Factor: 1, Max: 5 * s}
				if tc.change != nil {
					tc.change(task)
				}
			})
			dec := fixture.Play(t, task, tc.steps...)
			if diff := cmp.Diff(tc.wantActive, fixture.Active(dec.Record)); diff != "" {
				t.Errorf("active (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.wantRecent, fixture.Recent(dec.Record)); diff != "" {
				t.Errorf("recent (-want +got):\n%s", diff)
			}
			checkCounted(t, dec.Record)
		})
	}
}

// A cancelled run says nothing of the work: the Task's last result stays what it was.
func TestR13_ACancelledRunIsNoFailure(t *testing.T) {
	t.Parallel()
	task, rec := fixture.StartedRun(t, "n")
	rec.Last = &model.LastRun{OK: true, Reason: model.ReasonSucceeded}
	task.Cancel = "a"
	dec := decide.Decide(decide.Input{Task: task, Record: rec, Now: fixture.At(61 * time.Second), Holder: "me"})
	gone := model.Observation{Run: rec.Active[0].Ref(), Attempt: 1, Phase: model.PhaseNotFound}
	dec = decide.Decide(decide.Input{Task: task, Record: dec.Record, Now: fixture.At(62 * time.Second), Observations: []model.Observation{gone}, Holder: "me"})
	if !dec.Record.Last.OK || dec.Record.Counts.Cancelled != 1 || dec.Record.Counts.Failed != 0 {
		t.Errorf("last run %+v, counts %+v; want the last one to be the one that succeeded, and one cancelled", dec.Record.Last, dec.Record.Counts)
	}
}

// The call of a manager that is gone ended with it: it is not made again to be stopped.
func TestR13_ACancelledCallOfAnotherManagerIsNotMadeAgain(t *testing.T) {
	t.Parallel()
	task := fixture.MakeTask(fixture.Every(t, 60), func(task *model.Task) { task.InProcess = true })
	rec := decide.Decide(decide.Input{Task: task, Now: fixture.At(0), Holder: "other"}).Record
	rec = decide.Decide(decide.Input{Task: task, Record: rec, Now: fixture.At(time.Minute), Holder: "other"}).Record
	task.Cancel = "a"
	dec := decide.Decide(decide.Input{Task: task, Record: rec, Now: fixture.At(62 * time.Second), Holder: "me", Reloaded: true})
	if starts := fixture.Starts(dec); len(starts) > 0 {
		t.Errorf("starts %v, want none", starts)
	}
	if diff := cmp.Diff([]string{"60 Cancelled/Cancelled"}, fixture.Recent(dec.Record)); diff != "" {
		t.Errorf("recent (-want +got):\n%s", diff)
	}
}

// A manager that is about to end leaves the request to the next one.
func TestR13_AManagerThatEndsCancelsNothing(t *testing.T) {
	t.Parallel()
	task, rec := fixture.StartedRun(t, "n")
	task.Cancel = "a"
	dec := decide.Decide(decide.Input{Task: task, Record: rec, Now: fixture.At(61 * time.Second), Holder: "me", Closing: true})
	if dec.Record.Cancel != "" || dec.Record.Active[0].State == model.Stopping {
		t.Errorf("handled %q, the run is %s; want neither", dec.Record.Cancel, dec.Record.Active[0].State)
	}
}
