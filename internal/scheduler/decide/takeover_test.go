package decide_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-dev/carillon/internal/scheduler/decide"
	"github.com/carillon-dev/carillon/internal/scheduler/fixture"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// A run is not given up for a silence in which nobody listened.
func TestE2_SilenceIsCountedFromTheTakeover(t *testing.T) {
	t.Parallel()
	task := fixture.MakeTask(fixture.Date(t, ""), func(task *model.Task) { task.Timeout, task.StartTimeout = time.Minute, 10*time.Second })
	started := fixture.Play(t, task, fixture.Step{At: 0}).Record
	running := fixture.DecideLive(decide.Input{Task: task, Record: started, Now: fixture.At(2 * time.Second), Observations: []model.Observation{
		{Run: fixture.SlotRef(0), Attempt: 1, Phase: model.PhaseRunning, Start: fixture.At(time.Second)},
	}}).Record
	for name, tc := range map[string]struct {
		rec         model.Record
		since, now  time.Duration
		wantCommand decide.CommandKind
		wantState   []string
	}{
		"a run that may be over for long is looked for": {rec: running, since: time.Hour, now: time.Hour, wantCommand: decide.AdoptRun, wantState: []string{"0 Running"}},
		"one that may be running is not stopped":        {rec: started, since: time.Hour, now: time.Hour, wantCommand: decide.StartRun, wantState: []string{"0 Starting"}},
		"a minute after its timeout it still is not":    {rec: running, since: time.Hour, now: time.Hour + 119*time.Second, wantCommand: decide.AdoptRun, wantState: []string{"0 Running"}},
		"then it is lost": {rec: running, since: time.Hour, now: time.Hour + 120*time.Second, wantCommand: decide.StopRun},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dec := fixture.DecideLive(decide.Input{Task: task, Record: tc.rec, Now: fixture.At(tc.now), Since: fixture.At(tc.since), Reloaded: true})
			if diff := cmp.Diff(tc.wantState, fixture.Active(dec.Record)); diff != "" {
				t.Errorf("active (-want +got):\n%s", diff)
			}
			if got := dec.Commands[0].Kind; got != tc.wantCommand {
				t.Errorf("command %s, want %s", got, tc.wantCommand)
			}
		})
	}
}

// A watch that begins anew shows again how an attempt ended.
func TestR5_OldNewsDoesNotProlongABackoff(t *testing.T) {
	t.Parallel()
	task := fixture.MakeTask(fixture.Every(t, 10), func(task *model.Task) {
		task.Retry = model.Retry{MaxAttempts: 3, Initial: time.Minute, Factor: 1, Max: time.Minute}
	})
	dec := fixture.Play(t, task, fixture.Step{At: 0}, fixture.Step{At: 10 * time.Second}, fixture.Step{At: 12 * time.Second, Seen: []model.Observation{fixture.Ended(model.Failed)}},
		fixture.Step{At: 15 * time.Second, Seen: []model.Observation{fixture.Ended(model.Failed), {Run: fixture.SlotRef(10 * time.Second), Attempt: 1, Phase: model.PhaseNotFound}}})
	run := dec.Record.Active[0]
	if want := fixture.At(72 * time.Second); !run.NotBefore.Equal(want) || run.StopReason != "Why" {
		t.Errorf("next attempt at %v after %s, want %v after Why", run.NotBefore, run.StopReason, want)
	}
}

func TestForeignInProcessRuns(t *testing.T) {
	t.Parallel()
	inProcess := func(task *model.Task) { task.InProcess = true }
	for name, tc := range map[string]struct {
		policy     model.OverlapPolicy
		before     []fixture.Step
		task       func(*model.Task)
		wantActive []string
		wantRecent []string
		wantStarts []int
	}{
		"one that was running starts again": {
			before: []fixture.Step{{At: 0}, {At: 10 * time.Second}},
			// The slot at 20 s fell due while nothing ran: it waits for the run to end.
			wantActive: []string{"10 Starting"}, wantStarts: []int{10},
		},
		"one that was being replaced does not": {
			policy:     model.OverlapReplace,
			before:     []fixture.Step{{At: 0}, {At: 10 * time.Second}, {At: 20 * time.Second}},
			wantActive: []string{"20 Starting"}, wantRecent: []string{"10 Replaced/Replaced"}, wantStarts: []int{20},
		},
		"none does while the Scheduler is paused": {
			before:     []fixture.Step{{At: 0}, {At: 10 * time.Second}},
			task:       func(task *model.Task) { task.SchedulerPaused = true },
			wantActive: []string{"10 Starting"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			task := fixture.MakeTask(fixture.Every(t, 10), inProcess, func(task *model.Task) { task.OverlapPolicy = tc.policy })
			rec := fixture.Play(t, task, tc.before...).Record
			if tc.task != nil {
				tc.task(&task)
			}
			dec := fixture.DecideLive(decide.Input{Task: task, Record: rec, Now: fixture.At(25 * time.Second), Since: fixture.At(25 * time.Second), Holder: "another", Reloaded: true})
			if diff := cmp.Diff(tc.wantActive, fixture.Active(dec.Record)); diff != "" {
				t.Errorf("active (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.wantRecent, fixture.Recent(dec.Record)); diff != "" {
				t.Errorf("recent (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.wantStarts, fixture.Starts(dec)); diff != "" {
				t.Errorf("starts (-want +got):\n%s", diff)
			}
		})
	}
}

// A Task that is applied before its Scheduler does not take the Scheduler's zone,
// when it comes, for an edit.
func TestT5_ATaskBeforeItsSchedulerKeepsItsPastDate(t *testing.T) {
	t.Parallel()
	task := fixture.MakeTask(fixture.Date(t, "2020-01-01T00:00:00Z"))
	early := task
	early.Missing, early.ZoneUnresolved = &model.Problem{Reason: "SchedulerNotFound", Message: "?"}, true
	rec := fixture.DecideLive(decide.Input{Task: early, Now: fixture.At(time.Second)}).Record
	if rec.Trigger != "" || rec.State != model.Stalled {
		t.Fatalf("record %+v, want stalled and without a trigger", rec)
	}
	dec := fixture.DecideLive(decide.Input{Task: task, Record: rec, Now: fixture.At(2 * time.Second)})
	if got := fixture.Starts(dec); len(got) != 1 {
		t.Errorf("started %v, want the date that is due", got)
	}
}

func TestStartTimeoutIsNotForCallsThatWaitForAWorker(t *testing.T) {
	t.Parallel()
	task := fixture.MakeTask(fixture.Date(t, ""), func(task *model.Task) { task.InProcess = true })
	dec := fixture.Play(t, task, fixture.Step{At: 0}, fixture.Step{At: time.Hour})
	if diff := cmp.Diff([]string{"0 Starting"}, fixture.Active(dec.Record)); diff != "" {
		t.Errorf("active (-want +got):\n%s", diff)
	}
}

func TestA2_ChangedDefaultsAreShown(t *testing.T) {
	t.Parallel()
	task := fixture.MakeTask(fixture.Every(t, 86400))
	rec := fixture.Play(t, task, fixture.Step{At: 0}).Record
	task.MaxInstances = 7
	dec := fixture.DecideLive(decide.Input{Task: task, Record: rec, Now: fixture.At(time.Second)})
	if dec.Urgency != decide.Bulk || dec.Record.Settings.MaxInstances != 7 {
		t.Errorf("urgency %d, settings %+v; want them saved with those of the other Tasks", dec.Urgency, dec.Record.Settings)
	}
}
