package scheduler

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A run is not given up for a silence in which nobody listened.
func TestE2_SilenceIsCountedFromTheTakeover(t *testing.T) {
	t.Parallel()
	task := makeTask(date(t, ""), func(task *Task) { task.Timeout, task.StartTimeout = time.Minute, 10*time.Second })
	started := play(t, task, step{at: 0}).Record
	running := decideLive(Input{Task: task, Record: started, Now: at(2 * time.Second), Observations: []Observation{
		{Run: slotRef(0), Attempt: 1, Phase: Ran, Start: at(time.Second)},
	}}).Record
	for name, tc := range map[string]struct {
		rec         Record
		since, now  time.Duration
		wantCommand CommandKind
		wantState   []string
	}{
		"a run that may be over for long is looked for": {rec: running, since: time.Hour, now: time.Hour, wantCommand: AdoptRun, wantState: []string{"0 Running"}},
		"one that may be running is not stopped":        {rec: started, since: time.Hour, now: time.Hour, wantCommand: StartRun, wantState: []string{"0 Starting"}},
		"a minute after its timeout it still is not":    {rec: running, since: time.Hour, now: time.Hour + 119*time.Second, wantCommand: AdoptRun, wantState: []string{"0 Running"}},
		"then it is lost": {rec: running, since: time.Hour, now: time.Hour + 120*time.Second, wantCommand: StopRun},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dec := decideLive(Input{Task: task, Record: tc.rec, Now: at(tc.now), Since: at(tc.since), Reloaded: true})
			if diff := cmp.Diff(tc.wantState, active(dec.Record)); diff != "" {
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
	task := makeTask(every(t, 10), func(task *Task) {
		task.Retry = Retry{MaxAttempts: 3, Initial: time.Minute, Factor: 1, Max: time.Minute}
	})
	dec := play(t, task, step{at: 0}, step{at: 10 * time.Second}, step{at: 12 * time.Second, seen: []Observation{ended(Failed)}},
		step{at: 15 * time.Second, seen: []Observation{ended(Failed), {Run: slotRef(10 * time.Second), Attempt: 1, Phase: Vanished}}})
	run := dec.Record.Active[0]
	if want := at(72 * time.Second); !run.NotBefore.Equal(want) || run.StopReason != "Why" {
		t.Errorf("next attempt at %v after %s, want %v after Why", run.NotBefore, run.StopReason, want)
	}
}

func TestForeignInProcessRuns(t *testing.T) {
	t.Parallel()
	inProcess := func(task *Task) { task.InProcess = true }
	for name, tc := range map[string]struct {
		policy     Overlap
		before     []step
		task       func(*Task)
		wantActive []string
		wantRecent []string
		wantStarts []int
	}{
		"one that was running starts again": {
			before: []step{{at: 0}, {at: 10 * time.Second}},
			// The slot at 20 s fell due while nothing ran: it waits for the run to end.
			wantActive: []string{"10 Starting"}, wantStarts: []int{10},
		},
		"one that was being replaced does not": {
			policy:     OverlapReplace,
			before:     []step{{at: 0}, {at: 10 * time.Second}, {at: 20 * time.Second}},
			wantActive: []string{"20 Starting"}, wantRecent: []string{"10 Replaced/Replaced"}, wantStarts: []int{20},
		},
		"none does while the Scheduler is paused": {
			before:     []step{{at: 0}, {at: 10 * time.Second}},
			task:       func(task *Task) { task.SchedulerPaused = true },
			wantActive: []string{"10 Starting"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			task := makeTask(every(t, 10), inProcess, func(task *Task) { task.Overlap = tc.policy })
			rec := play(t, task, tc.before...).Record
			if tc.task != nil {
				tc.task(&task)
			}
			dec := decideLive(Input{Task: task, Record: rec, Now: at(25 * time.Second), Since: at(25 * time.Second), Holder: "another", Reloaded: true})
			if diff := cmp.Diff(tc.wantActive, active(dec.Record)); diff != "" {
				t.Errorf("active (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.wantRecent, recent(dec.Record)); diff != "" {
				t.Errorf("recent (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.wantStarts, starts(dec)); diff != "" {
				t.Errorf("starts (-want +got):\n%s", diff)
			}
		})
	}
}

// A Task that is applied before its Scheduler does not take the Scheduler's zone,
// when it comes, for an edit.
func TestT5_ATaskBeforeItsSchedulerKeepsItsPastDate(t *testing.T) {
	t.Parallel()
	task := makeTask(date(t, "2020-01-01T00:00:00Z"))
	early := task
	early.Missing, early.Provisional = &Problem{Reason: "SchedulerNotFound", Message: "?"}, true
	rec := decideLive(Input{Task: early, Now: at(time.Second)}).Record
	if rec.Trigger != "" || rec.State != Stalled {
		t.Fatalf("record %+v, want stalled and without a trigger", rec)
	}
	dec := decideLive(Input{Task: task, Record: rec, Now: at(2 * time.Second)})
	if got := starts(dec); len(got) != 1 {
		t.Errorf("started %v, want the date that is owed", got)
	}
}

func TestStartTimeoutIsNotForCallsThatWaitForAWorker(t *testing.T) {
	t.Parallel()
	task := makeTask(date(t, ""), func(task *Task) { task.InProcess = true })
	dec := play(t, task, step{at: 0}, step{at: time.Hour})
	if diff := cmp.Diff([]string{"0 Starting"}, active(dec.Record)); diff != "" {
		t.Errorf("active (-want +got):\n%s", diff)
	}
}

func TestA2_ChangedDefaultsAreShown(t *testing.T) {
	t.Parallel()
	task := makeTask(every(t, 86400))
	rec := play(t, task, step{at: 0}).Record
	task.MaxInstances = 7
	dec := decideLive(Input{Task: task, Record: rec, Now: at(time.Second)})
	if dec.Urgency != Bulk || dec.Record.Settings.MaxInstances != 7 {
		t.Errorf("urgency %d, settings %+v; want them saved with those of the other Tasks", dec.Urgency, dec.Record.Settings)
	}
}

// What a save says that was applied without our hearing of it is told all the same.
func TestE3_UnansweredSavesAreToldOf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		w.apply(nowTask(t, "a", 10))
		w.fail = func(int) (error, bool) { return errors.New("timeout"), true }
		p := w.boot("one", time.Second)
		defer p.shutdown()
		sleepUntil(65 * time.Second)
		finished := 0
		for _, e := range p.reported() {
			if e.Kind == RunFinished {
				finished++
			}
		}
		if counted := w.record(Key{Namespace: "ns", Name: "a"}).Counts.Succeeded; counted == 0 || int(counted) != finished {
			t.Errorf("%d runs counted, %d told of", counted, finished)
		}
	})
}

// A manager that waits for the lease hears of Pods, and must not hoard what it hears.
func TestFleetListensOnlyWhileItRuns(t *testing.T) {
	t.Parallel()
	f := NewFleet(Config{})
	f.Observe("default", Key{Namespace: "ns", Name: "a", UID: "u"}, Observation{})
	if len(f.members) != 0 {
		t.Errorf("%d schedulers made by an observation", len(f.members))
	}
}
