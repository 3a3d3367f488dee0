package decide_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/carillon-dev/carillon/internal/scheduler/decide"
	"github.com/carillon-dev/carillon/internal/scheduler/fixture"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/trigger"
)

// After a takeover the record may call a run unfinished that has ended. No slot is
// refused because of it before it has been read live, whatever the policy.
func TestR4_NoSlotIsRefusedBecauseOfARunOfUnknownFate(t *testing.T) {
	t.Parallel()
	const s = time.Second
	due := fixture.At(20 * s)
	for name, tc := range map[string]struct {
		policy   model.OverlapPolicy
		read     time.Time // when the run was read live; zero: never
		creating bool
		want     []string // active
		wantSkip []string
		wantRead int
	}{
		"skip, never read":              {want: []string{"10 Running"}, wantRead: 1},
		"skip, read before it was due":  {read: due.Add(-s), want: []string{"10 Running"}, wantRead: 1},
		"skip, read when it was due":    {read: due, want: []string{"10 Running"}, wantSkip: []string{"20 Skipped/MaxInstancesReached"}},
		"queue, never read":             {policy: model.OverlapQueue, want: []string{"10 Running"}, wantRead: 1},
		"queue, read":                   {policy: model.OverlapQueue, read: due, want: []string{"10 Running", "20 Queued"}},
		"queue, being created here":     {policy: model.OverlapQueue, creating: true, want: []string{"10 Running", "20 Queued"}},
		"replace, never read":           {policy: model.OverlapReplace, want: []string{"10 Running"}, wantRead: 1},
		"replace, read":                 {policy: model.OverlapReplace, read: due, want: []string{"10 Stopping", "20 Queued"}},
		"skip, being created here only": {creating: true, want: []string{"10 Running"}, wantRead: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			task := fixture.MakeTask(fixture.Every(t, 10), func(task *model.Task) { task.OverlapPolicy = tc.policy })
			rec := fixture.Play(t, task, fixture.Step{At: 0}, fixture.Step{At: 10 * s}).Record
			rec.Active[0].State = model.Running
			ref := rec.Active[0].AttemptRef()
			in := decide.Input{Task: task, Record: rec, Now: due.Add(s), Holder: "me", Verified: map[model.AttemptRef]time.Time{}}
			if !tc.read.IsZero() {
				in.Verified[ref] = tc.read
			}
			if tc.creating {
				in.Creating = map[model.AttemptRef]bool{ref: true}
			}
			dec := decide.Decide(in)
			if diff := cmp.Diff(tc.want, fixture.Active(dec.Record)); diff != "" {
				t.Errorf("active (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.wantSkip, fixture.Recent(dec.Record)); diff != "" {
				t.Errorf("recent (-want +got):\n%s", diff)
			}
			if len(dec.Verify) != tc.wantRead {
				t.Errorf("asks to read %d runs, want %d", len(dec.Verify), tc.wantRead)
			}
			if tc.wantRead > 0 && !dec.Wake.Equal(in.Now.Add(5*time.Second)) {
				t.Errorf("wakes at %v, want when the question is to be asked again", dec.Wake)
			}
		})
	}
}

// A call that begins only now, because its process stood still, refuses no slot that fell due
// before.
func TestR4_ACallThatBeginsNowRefusesNoOlderSlot(t *testing.T) {
	t.Parallel()
	const s = time.Second
	task := fixture.MakeTask(fixture.Every(t, 60), func(task *model.Task) { task.InProcess = true })
	rec := fixture.Play(t, task, fixture.Step{At: 0}, fixture.Step{At: 60 * s}).Record
	ref := rec.Active[0].AttemptRef()
	in := decide.Input{Task: task, Record: rec, Now: fixture.At(time.Hour), Holder: rec.Active[0].Holder, Creating: map[model.AttemptRef]bool{ref: true}}
	if got := fixture.Recent(decide.Decide(in).Record); len(got) > 0 {
		t.Errorf("recent %q, want the slots to wait until it is known when the call began", got)
	}
	in.Creating, in.Observations = nil, []model.Observation{{Run: ref.Run, Attempt: 1, Phase: model.PhaseCreated, Start: fixture.At(time.Hour)}}
	if got := fixture.Recent(decide.Decide(in).Record); len(got) > 0 {
		t.Errorf("recent %q, want the slots to wait for the end of the call", got)
	}
}

// A run that nothing stands in the way of waits for no read.
func TestR4_AFreeInstanceNeedsNoRead(t *testing.T) {
	t.Parallel()
	task := fixture.MakeTask(fixture.Every(t, 10), func(task *model.Task) { task.MaxInstances = 2 })
	rec := fixture.Play(t, task, fixture.Step{At: 0}, fixture.Step{At: 10 * time.Second}).Record
	dec := decide.Decide(decide.Input{Task: task, Record: rec, Now: fixture.At(20 * time.Second), Holder: "me"})
	if diff := cmp.Diff([]string{"10 Starting", "20 Starting"}, fixture.Active(dec.Record)); diff != "" {
		t.Errorf("active (-want +got):\n%s", diff)
	}
}

// A slot that waits for an instance is missed as soon as its grace has ended, and no
// longer holds up those that fell due after it (R3).
func TestR3_GraceEndsTheWaitForAnInstance(t *testing.T) {
	t.Parallel()
	const s = time.Second
	for name, coalesce := range map[string]bool{"every slot": false, "coalesce": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			task := fixture.MakeTask(fixture.Every(t, 60), func(task *model.Task) { task.Grace, task.Coalesce = 15*s, coalesce })
			rec := fixture.Play(t, task, fixture.Step{At: 0}, fixture.Step{At: 60 * s}).Record
			rec.Active[0].State, rec.Active[0].Start = model.Running, fixture.At(121*s) // after the slot at 120 s fell due
			dec := fixture.DecideLive(decide.Input{Task: task, Record: rec, Now: fixture.At(122 * s), Holder: "me"})
			if got := fixture.Recent(dec.Record); len(got) > 0 || !dec.Wake.Equal(fixture.At(135*s).Add(time.Millisecond)) {
				t.Fatalf("recent %q, wakes at %v; want the slot to wait until its grace ends", got, dec.Wake)
			}
			dec = fixture.DecideLive(decide.Input{Task: task, Record: dec.Record, Now: dec.Wake, Holder: "me"})
			if diff := cmp.Diff([]string{"120 Missed/MisfireGracePeriodExceeded"}, fixture.Recent(dec.Record)); diff != "" {
				t.Errorf("recent (-want +got):\n%s", diff)
			}
		})
	}
}

// While a slot waits for an instance, the next one is decided when it falls due, also if only
// its jitter is still running (T7).
func TestT7_ASlotThatWaitsDelaysNoNewerOne(t *testing.T) {
	t.Parallel()
	const s = time.Second
	tr := fixture.Compile(t, trigger.Spec{Interval: &trigger.Interval{Seconds: 60}, Jitter: 50 * s})
	for name, tc := range map[string]struct {
		now func(newer, due time.Time) time.Time
	}{
		"before its nominal time": {func(newer, _ time.Time) time.Time { return newer.Add(-s / 2) }},
		"while its jitter runs":   {func(_, due time.Time) time.Time { return due.Add(-s / 2) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			task := fixture.MakeTask(tr)
			newer := fixture.At(180 * s)
			due := newer.Add(tr.Delay(task.UID, newer))
			if due.Sub(newer) < 2*s {
				t.Fatalf("the slot is delayed by %s only", due.Sub(newer))
			}
			rec := fixture.Play(t, task, fixture.Step{At: 0}, fixture.Step{At: 119 * s}).Record
			rec.Active[0].State, rec.Active[0].Start = model.Running, fixture.At(179*s) // after the slot at 120 s fell due
			dec := fixture.DecideLive(decide.Input{Task: task, Record: rec, Now: tc.now(newer, due), Holder: "me"})
			if got := fixture.Recent(dec.Record); len(got) > 0 || !dec.Wake.Equal(due) {
				t.Fatalf("recent %q, wakes at %v; want the slot at 120 s to wait and the next one to be decided at %v", got, dec.Wake, due)
			}
			dec = fixture.DecideLive(decide.Input{Task: task, Record: dec.Record, Now: dec.Wake, Holder: "me"})
			if diff := cmp.Diff([]string{"180 Skipped/MaxInstancesReached"}, fixture.Recent(dec.Record)); diff != "" {
				t.Errorf("recent (-want +got):\n%s", diff)
			}
		})
	}
}

// An attempt that follows one that was ended from outside was started when it says, as
// a first one: an older slot waits for it (R11).
func TestR4_ARunStartedAgainRefusesNoOlderSlot(t *testing.T) {
	t.Parallel()
	const s = time.Second
	task := fixture.MakeTask(fixture.Every(t, 60))
	rec := fixture.Play(t, task, fixture.Step{At: 0}, fixture.Step{At: 60 * s}).Record
	run := &rec.Active[0]
	run.State, run.Start, run.Attempt, run.Disruptions = model.Running, fixture.At(121*s), 2, 1
	dec := fixture.DecideLive(decide.Input{Task: task, Record: rec, Now: fixture.At(122 * s), Holder: "me"})
	if got := fixture.Recent(dec.Record); len(got) > 0 {
		t.Errorf("recent %q, want the slot at 120 s to wait", got)
	}
}

// An edit of timeout or startTimeout applies to attempts that start afterwards (R5).
func TestR5_AnEditOfTheTimeoutsKeepsWhatRuns(t *testing.T) {
	t.Parallel()
	task := fixture.MakeTask(fixture.Date(t, ""), func(task *model.Task) { task.ActionHash = "a" })
	rec := fixture.Play(t, task, fixture.Step{At: 0}).Record
	ref := rec.Active[0].Ref()
	running := fixture.DecideLive(decide.Input{Task: task, Record: rec, Now: fixture.At(time.Second), Observations: []model.Observation{
		{Run: ref, Attempt: 1, Phase: model.PhaseRunning, Start: fixture.At(time.Second)},
	}}).Record
	task.Timeout, task.StartTimeout = 5*time.Second, 5*time.Second
	for name, rec := range map[string]model.Record{"starting": rec, "running": running} {
		dec := fixture.DecideLive(decide.Input{Task: task, Record: rec, Now: fixture.At(5 * time.Minute)})
		if diff := cmp.Diff(fixture.Active(rec), fixture.Active(dec.Record)); diff != "" || len(dec.Record.Recent) > 0 {
			t.Errorf("%s: active (-want +got):\n%s", name, diff)
		}
	}
	// The next attempt has them.
	task.Retry = model.Retry{MaxAttempts: 2}
	dec := fixture.DecideLive(decide.Input{Task: task, Record: running, Now: fixture.At(6 * time.Minute), Observations: []model.Observation{
		{Run: ref, Attempt: 1, Phase: model.PhaseFinished, Outcome: model.Failed},
	}})
	if got := dec.Record.Active[0]; got.Timeout != 5*time.Second || got.StartTimeout != 5*time.Second || got.Attempt != 2 {
		t.Errorf("the next attempt is %+v, want it to have the edited timeouts", got)
	}
}

// A call that waited for capacity while its Task was edited begins with the Task as it is
// then: it is not given up by the timeout that it was decided with (R5).
func TestR5_ACallThatWaitedHasTheTimeoutItBeginsWith(t *testing.T) {
	t.Parallel()
	task := fixture.MakeTask(fixture.Date(t, ""), func(task *model.Task) {
		task.ActionHash, task.InProcess, task.Timeout = "a", true, time.Minute
	})
	rec := fixture.Play(t, task, fixture.Step{At: 0}).Record
	task.Timeout = time.Hour
	running := fixture.DecideLive(decide.Input{Task: task, Record: rec, Now: fixture.At(time.Minute), Holder: rec.Active[0].Holder, Observations: []model.Observation{
		{Run: rec.Active[0].Ref(), Attempt: 1, Phase: model.PhaseCreated, Start: fixture.At(time.Minute), Timeout: time.Hour},
		{Run: rec.Active[0].Ref(), Attempt: 1, Phase: model.PhaseRunning, Start: fixture.At(time.Minute)},
	}}).Record
	dec := fixture.DecideLive(decide.Input{Task: task, Record: running, Now: fixture.At(30 * time.Minute), Holder: rec.Active[0].Holder})
	if diff := cmp.Diff([]string{"0 Running"}, fixture.Active(dec.Record)); diff != "" || len(dec.Record.Recent) > 0 {
		t.Errorf("active (-want +got), recent %q:\n%s", fixture.Recent(dec.Record), diff)
	}
}

// A run counts from its decision when a slot falls due before its containers start: it was
// unfinished then, although it says it started later (R4).
func TestR4_ARunCountsFromItsDecision(t *testing.T) {
	t.Parallel()
	const s = time.Second
	task := fixture.MakeTask(fixture.Every(t, 60))
	rec := fixture.Play(t, task, fixture.Step{At: 0}, fixture.Step{At: 60 * s}).Record
	dec := fixture.DecideLive(decide.Input{Task: task, Record: rec, Now: fixture.At(121 * s), Holder: "me", Observations: []model.Observation{
		{Run: rec.Active[0].Ref(), Attempt: 1, Phase: model.PhaseRunning, Start: fixture.At(121 * s)}, // decided at 60 s
	}})
	if diff := cmp.Diff([]string{"120 Skipped/MaxInstancesReached"}, fixture.Recent(dec.Record)); diff != "" {
		t.Errorf("recent (-want +got):\n%s", diff)
	}
}

// A run whose object was created long after its decision, because nothing could be created or
// nobody led, refuses no slot that fell due before: it was not there yet (R4).
func TestR4_ARunCountsFromTheCreationOfItsObject(t *testing.T) {
	t.Parallel()
	const s = time.Second
	task := fixture.MakeTask(fixture.Every(t, 60))
	rec := fixture.Play(t, task, fixture.Step{At: 0}, fixture.Step{At: 60 * s}).Record
	for name, tc := range map[string]struct {
		created time.Time
		phase   model.Phase
		want    []string
	}{
		"created before the slot fell due": {fixture.At(61 * s), model.PhaseExists, []string{"120 Skipped/MaxInstancesReached"}},
		"created after it":                 {fixture.At(121 * s), model.PhaseExists, nil},
		"created after it, and runs":       {fixture.At(121 * s), model.PhaseRunning, nil},
		"nobody knows when":                {time.Time{}, model.PhaseRunning, []string{"120 Skipped/MaxInstancesReached"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dec := fixture.DecideLive(decide.Input{Task: task, Record: rec, Now: fixture.At(125 * s), Holder: "me", Observations: []model.Observation{
				{Run: rec.Active[0].Ref(), Attempt: 1, Phase: tc.phase, Created: tc.created, Start: fixture.At(122 * s), SeenAt: fixture.At(125 * s)},
			}})
			if diff := cmp.Diff(tc.want, fixture.Recent(dec.Record), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("recent (-want +got):\n%s", diff)
			}
		})
	}
}

// A later attempt refuses the slots that fell due since the first one was started, and
// those before wait for it, as far as this process knows when that was (R4).
func TestR4_ALaterAttemptCountsFromTheFirst(t *testing.T) {
	t.Parallel()
	const s = time.Second
	task := fixture.MakeTask(fixture.Every(t, 60))
	rec := fixture.Play(t, task, fixture.Step{At: 0}, fixture.Step{At: 60 * s}).Record
	run := &rec.Active[0]
	run.State, run.Start, run.Attempt = model.Running, fixture.At(125*s), 2
	for name, tc := range map[string]struct {
		first time.Duration
		want  []string
	}{
		"started before the slot fell due": {119 * s, []string{"120 Skipped/MaxInstancesReached"}},
		"started after it":                 {121 * s, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dec := fixture.DecideLive(decide.Input{
				Task: task, Record: rec, Now: fixture.At(126 * s), Holder: "me",
				FirstAttempts: map[model.RunRef]model.FirstAttempt{run.Ref(): {Attempt: 1, Start: fixture.At(tc.first)}},
			})
			if diff := cmp.Diff(tc.want, fixture.Recent(dec.Record), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("recent (-want +got):\n%s", diff)
			}
		})
	}
}

// A healthy Pod whose end the watch has not shown is not given up unread.
func TestR5_ARunIsReadBeforeItIsGivenUp(t *testing.T) {
	t.Parallel()
	task := fixture.MakeTask(fixture.Date(t, ""), func(task *model.Task) { task.ActionHash, task.Timeout = "a", time.Minute })
	rec := fixture.Play(t, task, fixture.Step{At: 0}).Record
	rec.Active[0].State = model.Running
	dec := decide.Decide(decide.Input{Task: task, Record: rec, Now: fixture.At(10 * time.Minute)})
	if len(dec.Verify) != 1 || len(dec.Record.Active) != 1 {
		t.Fatalf("decision %+v, want the run to be read first", dec)
	}
	dec = fixture.DecideLive(decide.Input{Task: task, Record: rec, Now: fixture.At(10 * time.Minute)})
	if diff := cmp.Diff([]string{"0 Lost/Lost"}, fixture.Recent(dec.Record)); diff != "" {
		t.Errorf("recent (-want +got):\n%s", diff)
	}
	if dec.Record.Counts.Lost != 1 || dec.Record.Counts.Failed != 0 {
		t.Errorf("counts %+v, want one that is lost", dec.Record.Counts)
	}
}

// A run that has not started starts anew from the edited action; one that has goes on.
func TestR12_AnEditRenewsWhatHasNotStarted(t *testing.T) {
	t.Parallel()
	task := fixture.MakeTask(fixture.Date(t, ""), func(task *model.Task) { task.ActionHash = "a" })
	rec := fixture.Play(t, task, fixture.Step{At: 0}).Record
	ref := rec.Active[0].Ref()
	task.ActionHash = "b"
	task.Generation++

	stopping := fixture.DecideLive(decide.Input{Task: task, Record: rec, Now: fixture.At(20 * time.Second)})
	if got := stopping.Record.Active[0]; got.State != model.Stopping || got.StopReason != model.ReasonRenewed {
		t.Fatalf("run %+v, want it to be stopped for the edit", got)
	}
	gone := model.Observation{Run: ref, Attempt: 1, Phase: model.PhaseNotFound}
	dec := fixture.DecideLive(decide.Input{Task: task, Record: stopping.Record, Now: fixture.At(22 * time.Second), Observations: []model.Observation{gone}})
	if got := dec.Record.Active[0]; got.State != model.Starting || got.Attempt != 2 || got.Postponed != 1 || got.ActionHash != "b" {
		t.Errorf("run %+v, want a second attempt from the new action that does not count", got)
	}

	watched := model.Observation{Run: ref, Attempt: 1, Phase: model.PhaseRunning, Start: fixture.At(21 * time.Second)}
	dec = fixture.DecideLive(decide.Input{Task: task, Record: stopping.Record, Now: fixture.At(22 * time.Second), Observations: []model.Observation{watched}})
	if got := dec.Record.Active[0]; got.State != model.Stopping || got.StopReason != model.ReasonRenewed {
		t.Errorf("run %+v, want it to be stopped still: its Pod is being deleted", got)
	}
	ran := watched
	ran.SeenAt = fixture.At(22 * time.Second)
	dec = fixture.DecideLive(decide.Input{Task: task, Record: stopping.Record, Now: fixture.At(22 * time.Second), Observations: []model.Observation{ran}})
	if got := dec.Record.Active[0]; got.State != model.Running || got.StopReason != "" || got.ActionHash != "a" {
		t.Errorf("run %+v, want it to go on: it started before it was stopped", got)
	}
	dec = fixture.DecideLive(decide.Input{Task: task, Record: dec.Record, Now: fixture.At(23 * time.Second)})
	if diff := cmp.Diff([]string{"0 Running"}, fixture.Active(dec.Record)); diff != "" {
		t.Errorf("active (-want +got):\n%s", diff)
	}
}

// A replaced run is no failure, and says nothing of the last one that ended by itself.
func TestR4_AReplacedRunIsNoFailure(t *testing.T) {
	t.Parallel()
	rec := model.Record{}
	rec.Conclude(model.Result{Outcome: model.Succeeded, Finish: fixture.At(0)})
	rec.Conclude(model.Result{Outcome: model.Replaced, Finish: fixture.At(time.Second)})
	if want := (model.Counters{Succeeded: 1, Replaced: 1}); rec.Counts != want || !rec.Last.OK {
		t.Errorf("counts %+v, last run OK %t; want %+v and true", rec.Counts, rec.Last.OK, want)
	}
}

// lastRunTime never moves back, whatever order runs start in.
func TestLastSlotDoesNotMoveBack(t *testing.T) {
	t.Parallel()
	task := fixture.MakeTask(fixture.Every(t, 10), func(task *model.Task) { task.MaxInstances, task.Coalesce = 5, false })
	rec := fixture.Play(t, task, fixture.Step{At: 0}, fixture.Step{At: 10 * time.Second}).Record
	rec.LastSlot = fixture.At(time.Hour)
	dec := fixture.DecideLive(decide.Input{Task: task, Record: rec, Now: fixture.At(20 * time.Second), Holder: "me"})
	if !dec.Record.LastSlot.Equal(fixture.At(time.Hour)) {
		t.Errorf("the last slot is %v, want it to stay %v", dec.Record.LastSlot, fixture.At(time.Hour))
	}
}
