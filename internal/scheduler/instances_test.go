package scheduler

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/carillon-dev/carillon/trigger"
)

// After a takeover the record may call a run unfinished that has ended. No slot is
// refused because of it before it has been read live, whatever the policy.
func TestR4_NoSlotIsRefusedBecauseOfARunOfUnknownFate(t *testing.T) {
	t.Parallel()
	const s = time.Second
	due := at(20 * s)
	for name, tc := range map[string]struct {
		policy   Overlap
		read     time.Time // when the run was read live; zero: never
		creating bool
		want     []string // active
		wantSkip []string
		wantRead int
	}{
		"skip, never read":              {want: []string{"10 Running"}, wantRead: 1},
		"skip, read before it was due":  {read: due.Add(-s), want: []string{"10 Running"}, wantRead: 1},
		"skip, read when it was due":    {read: due, want: []string{"10 Running"}, wantSkip: []string{"20 Skipped/MaxInstancesReached"}},
		"queue, never read":             {policy: OverlapQueue, want: []string{"10 Running"}, wantRead: 1},
		"queue, read":                   {policy: OverlapQueue, read: due, want: []string{"10 Running", "20 Queued"}},
		"queue, being created here":     {policy: OverlapQueue, creating: true, want: []string{"10 Running", "20 Queued"}},
		"replace, never read":           {policy: OverlapReplace, want: []string{"10 Running"}, wantRead: 1},
		"replace, read":                 {policy: OverlapReplace, read: due, want: []string{"10 Stopping", "20 Queued"}},
		"skip, being created here only": {creating: true, want: []string{"10 Running"}, wantRead: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			task := makeTask(every(t, 10), func(task *Task) { task.Overlap = tc.policy })
			rec := play(t, task, step{at: 0}, step{at: 10 * s}).Record
			rec.Active[0].State = Running
			ref := rec.Active[0].AttemptRef()
			in := Input{Task: task, Record: rec, Now: due.Add(s), Holder: "me", Verified: map[AttemptRef]time.Time{}}
			if !tc.read.IsZero() {
				in.Verified[ref] = tc.read
			}
			if tc.creating {
				in.Creating = map[AttemptRef]bool{ref: true}
			}
			dec := Decide(in)
			if diff := cmp.Diff(tc.want, active(dec.Record)); diff != "" {
				t.Errorf("active (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.wantSkip, recent(dec.Record)); diff != "" {
				t.Errorf("recent (-want +got):\n%s", diff)
			}
			if len(dec.Verify) != tc.wantRead {
				t.Errorf("asks to read %d runs, want %d", len(dec.Verify), tc.wantRead)
			}
			if tc.wantRead > 0 && !dec.Wake.Equal(in.Now.Add(verifyInterval)) {
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
	task := makeTask(every(t, 60), func(task *Task) { task.InProcess = true })
	rec := play(t, task, step{at: 0}, step{at: 60 * s}).Record
	ref := rec.Active[0].AttemptRef()
	in := Input{Task: task, Record: rec, Now: at(time.Hour), Holder: rec.Active[0].Holder, Creating: map[AttemptRef]bool{ref: true}}
	if got := recent(Decide(in).Record); len(got) > 0 {
		t.Errorf("recent %q, want the slots to wait until it is known when the call began", got)
	}
	in.Creating, in.Observations = nil, []Observation{{Run: ref.Run, Attempt: 1, Phase: Began, Start: at(time.Hour)}}
	if got := recent(Decide(in).Record); len(got) > 0 {
		t.Errorf("recent %q, want the slots to wait for the end of the call", got)
	}
}

// A run that nothing stands in the way of waits for no read.
func TestR4_AFreeInstanceNeedsNoRead(t *testing.T) {
	t.Parallel()
	task := makeTask(every(t, 10), func(task *Task) { task.MaxInstances = 2 })
	rec := play(t, task, step{at: 0}, step{at: 10 * time.Second}).Record
	dec := Decide(Input{Task: task, Record: rec, Now: at(20 * time.Second), Holder: "me"})
	if diff := cmp.Diff([]string{"10 Starting", "20 Starting"}, active(dec.Record)); diff != "" {
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
			task := makeTask(every(t, 60), func(task *Task) { task.Grace, task.Coalesce = 15*s, coalesce })
			rec := play(t, task, step{at: 0}, step{at: 60 * s}).Record
			rec.Active[0].State, rec.Active[0].Start = Running, at(121*s) // after the slot at 120 s fell due
			dec := decideLive(Input{Task: task, Record: rec, Now: at(122 * s), Holder: "me"})
			if got := recent(dec.Record); len(got) > 0 || !dec.Wake.Equal(at(135*s).Add(time.Millisecond)) {
				t.Fatalf("recent %q, wakes at %v; want the slot to wait until its grace ends", got, dec.Wake)
			}
			dec = decideLive(Input{Task: task, Record: dec.Record, Now: dec.Wake, Holder: "me"})
			if diff := cmp.Diff([]string{"120 Missed/MisfireGracePeriodExceeded"}, recent(dec.Record)); diff != "" {
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
	tr := compile(t, trigger.Spec{Interval: &trigger.Interval{Seconds: 60}, Jitter: 50 * s})
	for name, tc := range map[string]struct {
		now func(newer, due time.Time) time.Time
	}{
		"before its nominal time": {func(newer, _ time.Time) time.Time { return newer.Add(-s / 2) }},
		"while its jitter runs":   {func(_, due time.Time) time.Time { return due.Add(-s / 2) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			task := makeTask(tr)
			newer := at(180 * s)
			due := newer.Add(tr.Delay(task.UID, newer))
			if due.Sub(newer) < 2*s {
				t.Fatalf("the slot is delayed by %s only", due.Sub(newer))
			}
			rec := play(t, task, step{at: 0}, step{at: 119 * s}).Record
			rec.Active[0].State, rec.Active[0].Start = Running, at(179*s) // after the slot at 120 s fell due
			dec := decideLive(Input{Task: task, Record: rec, Now: tc.now(newer, due), Holder: "me"})
			if got := recent(dec.Record); len(got) > 0 || !dec.Wake.Equal(due) {
				t.Fatalf("recent %q, wakes at %v; want the slot at 120 s to wait and the next one to be decided at %v", got, dec.Wake, due)
			}
			dec = decideLive(Input{Task: task, Record: dec.Record, Now: dec.Wake, Holder: "me"})
			if diff := cmp.Diff([]string{"180 Skipped/MaxInstancesReached"}, recent(dec.Record)); diff != "" {
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
	task := makeTask(every(t, 60))
	rec := play(t, task, step{at: 0}, step{at: 60 * s}).Record
	run := &rec.Active[0]
	run.State, run.Start, run.Attempt, run.Disruptions = Running, at(121*s), 2, 1
	dec := decideLive(Input{Task: task, Record: rec, Now: at(122 * s), Holder: "me"})
	if got := recent(dec.Record); len(got) > 0 {
		t.Errorf("recent %q, want the slot at 120 s to wait", got)
	}
}

// The case of the field: a Task every 30 s with Pods of 8 s, the manager killed while a
// Pod runs and started again 36 s later. The slot in between runs.
func TestR4_TheSlotDuringATakeoverRuns(t *testing.T) {
	for name, mod := range map[string]func(*Task){
		"skip":               func(*Task) {},
		"skip, every slot":   func(task *Task) { task.Coalesce = false },
		"queue":              func(task *Task) { task.Overlap = OverlapQueue },
		"replace":            func(task *Task) { task.Overlap = OverlapReplace },
		"limited capacity":   func(task *Task) { task.Places = 1 },
		"grace of 15 s":      func(task *Task) { task.Grace = 15 * time.Second },
		"three, every slot":  func(task *Task) { task.MaxInstances, task.Coalesce = 3, false },
		"in-process":         func(task *Task) { task.InProcess = true },
		"in-process, queue":  func(task *Task) { task.InProcess, task.Overlap = true, OverlapQueue },
		"in-process, places": func(task *Task) { task.InProcess, task.Places = true, 1 },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sleepUntil(0)
				w := newWorld(t)
				task := nowTask(t, "a", 30, mod)
				w.apply(task)
				first := w.boot("one", 8*time.Second)
				sleepUntil(34 * time.Second) // the Pod of the slot at 30 s runs
				first.crash()
				sleepUntil(70 * time.Second) // it has ended; the slot at 60 s is due
				second := w.boot("two", 8*time.Second)
				defer second.shutdown()
				sleepUntil(89 * time.Second)
				rec := w.record(task.Key)
				if want := at(60 * time.Second); rec.Counts.Succeeded != 2 || !rec.LastSlot.Equal(want) || rec.Counts.Skipped+rec.Counts.Replaced+rec.Counts.Missed > 0 {
					t.Errorf("counts %+v, last slot %v; want both slots to have run", rec.Counts, rec.LastSlot)
				}
			})
		})
	}
}

// An edit of timeout or startTimeout applies to attempts that start afterwards (R5).
func TestR5_AnEditOfTheTimeoutsKeepsWhatRuns(t *testing.T) {
	t.Parallel()
	task := makeTask(date(t, ""), func(task *Task) { task.ActionHash = "a" })
	rec := play(t, task, step{at: 0}).Record
	ref := rec.Active[0].Ref()
	running := decideLive(Input{Task: task, Record: rec, Now: at(time.Second), Observations: []Observation{
		{Run: ref, Attempt: 1, Phase: Ran, Start: at(time.Second)},
	}}).Record
	task.Timeout, task.StartTimeout = 5*time.Second, 5*time.Second
	for name, rec := range map[string]Record{"starting": rec, "running": running} {
		dec := decideLive(Input{Task: task, Record: rec, Now: at(5 * time.Minute)})
		if diff := cmp.Diff(active(rec), active(dec.Record)); diff != "" || len(dec.Record.Recent) > 0 {
			t.Errorf("%s: active (-want +got):\n%s", name, diff)
		}
	}
	// The next attempt has them.
	task.Retry = Retry{MaxAttempts: 2}
	dec := decideLive(Input{Task: task, Record: running, Now: at(6 * time.Minute), Observations: []Observation{
		{Run: ref, Attempt: 1, Phase: Ended, Outcome: Failed},
	}})
	if got := dec.Record.Active[0]; got.Timeout != 5*time.Second || got.StartTimeout != 5*time.Second || got.Attempt != 2 {
		t.Errorf("the next attempt is %+v, want it to have the edited timeouts", got)
	}
}

// A call that waited for capacity while its Task was edited begins with the Task as it is
// then: it is not given up by the timeout that it was decided with (R5).
func TestR5_ACallThatWaitedHasTheTimeoutItBeginsWith(t *testing.T) {
	t.Parallel()
	task := makeTask(date(t, ""), func(task *Task) {
		task.ActionHash, task.InProcess, task.Timeout = "a", true, time.Minute
	})
	rec := play(t, task, step{at: 0}).Record
	task.Timeout = time.Hour
	running := decideLive(Input{Task: task, Record: rec, Now: at(time.Minute), Holder: rec.Active[0].Holder, Observations: []Observation{
		{Run: rec.Active[0].Ref(), Attempt: 1, Phase: Began, Start: at(time.Minute), Timeout: time.Hour},
		{Run: rec.Active[0].Ref(), Attempt: 1, Phase: Ran, Start: at(time.Minute)},
	}}).Record
	dec := decideLive(Input{Task: task, Record: running, Now: at(30 * time.Minute), Holder: rec.Active[0].Holder})
	if diff := cmp.Diff([]string{"0 Running"}, active(dec.Record)); diff != "" || len(dec.Record.Recent) > 0 {
		t.Errorf("active (-want +got), recent %q:\n%s", recent(dec.Record), diff)
	}
}

// A run counts from its decision when a slot falls due before its containers start: it was
// unfinished then, although it says it started later (R4).
func TestR4_ARunCountsFromItsDecision(t *testing.T) {
	t.Parallel()
	const s = time.Second
	task := makeTask(every(t, 60))
	rec := play(t, task, step{at: 0}, step{at: 60 * s}).Record
	dec := decideLive(Input{Task: task, Record: rec, Now: at(121 * s), Holder: "me", Observations: []Observation{
		{Run: rec.Active[0].Ref(), Attempt: 1, Phase: Ran, Start: at(121 * s)}, // decided at 60 s
	}})
	if diff := cmp.Diff([]string{"120 Skipped/MaxInstancesReached"}, recent(dec.Record)); diff != "" {
		t.Errorf("recent (-want +got):\n%s", diff)
	}
}

// A run whose object was created long after its decision, because nothing could be created or
// nobody led, refuses no slot that fell due before: it was not there yet (R4).
func TestR4_ARunCountsFromTheCreationOfItsObject(t *testing.T) {
	t.Parallel()
	const s = time.Second
	task := makeTask(every(t, 60))
	rec := play(t, task, step{at: 0}, step{at: 60 * s}).Record
	for name, tc := range map[string]struct {
		created time.Time
		phase   Phase
		want    []string
	}{
		"created before the slot fell due": {at(61 * s), Exists, []string{"120 Skipped/MaxInstancesReached"}},
		"created after it":                 {at(121 * s), Exists, nil},
		"created after it, and runs":       {at(121 * s), Ran, nil},
		"nobody knows when":                {time.Time{}, Ran, []string{"120 Skipped/MaxInstancesReached"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dec := decideLive(Input{Task: task, Record: rec, Now: at(125 * s), Holder: "me", Observations: []Observation{
				{Run: rec.Active[0].Ref(), Attempt: 1, Phase: tc.phase, Created: tc.created, Start: at(122 * s), SeenAt: at(125 * s)},
			}})
			if diff := cmp.Diff(tc.want, recent(dec.Record), cmpopts.EquateEmpty()); diff != "" {
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
	task := makeTask(every(t, 60))
	rec := play(t, task, step{at: 0}, step{at: 60 * s}).Record
	run := &rec.Active[0]
	run.State, run.Start, run.Attempt = Running, at(125*s), 2
	for name, tc := range map[string]struct {
		first time.Duration
		want  []string
	}{
		"started before the slot fell due": {119 * s, []string{"120 Skipped/MaxInstancesReached"}},
		"started after it":                 {121 * s, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dec := decideLive(Input{
				Task: task, Record: rec, Now: at(126 * s), Holder: "me",
				Begun: map[RunRef]BegunAttempt{run.Ref(): {Attempt: 1, Start: at(tc.first)}},
			})
			if diff := cmp.Diff(tc.want, recent(dec.Record), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("recent (-want +got):\n%s", diff)
			}
		})
	}
}

// A process remembers the first start of the runs that it starts, and of Pods whose first
// attempt it finds; of calls that another process began it knows nothing.
func TestR4_WhatAProcessRemembersOfFirstStarts(t *testing.T) {
	t.Parallel()
	run := func(attempt int, holder string) Run {
		return Run{Source: SourceScheduled, Slot: at(0), Due: at(0), Attempt: attempt, State: Running, Start: at(time.Duration(attempt) * time.Minute), Holder: holder}
	}
	ref := run(1, "").Ref()
	for name, tc := range map[string]struct {
		seen []Run
		want map[RunRef]BegunAttempt
	}{
		"a Pod":                              {[]Run{run(1, "")}, map[RunRef]BegunAttempt{ref: {1, at(time.Minute)}}},
		"the second attempt of a Pod":        {[]Run{run(1, ""), run(2, "")}, map[RunRef]BegunAttempt{ref: {1, at(time.Minute)}}},
		"a Pod found in its second attempt":  {[]Run{run(2, "")}, nil},
		"a call":                             {[]Run{run(1, "me")}, map[RunRef]BegunAttempt{ref: {1, at(time.Minute)}}},
		"a call made again":                  {[]Run{run(2, "me")}, map[RunRef]BegunAttempt{ref: {2, at(2 * time.Minute)}}},
		"a call of a process that has ended": {[]Run{run(1, "other")}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := &entry{begun: map[RunRef]BegunAttempt{}}
			for _, run := range tc.seen {
				e.base.Active = []Run{run}
				e.noteBegun("me")
			}
			if diff := cmp.Diff(tc.want, e.begun, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("begun (-want +got):\n%s", diff)
			}
		})
	}
}

// A healthy Pod whose end the watch has not shown is not given up unread.
func TestR5_ARunIsReadBeforeItIsGivenUp(t *testing.T) {
	t.Parallel()
	task := makeTask(date(t, ""), func(task *Task) { task.ActionHash, task.Timeout = "a", time.Minute })
	rec := play(t, task, step{at: 0}).Record
	rec.Active[0].State = Running
	dec := Decide(Input{Task: task, Record: rec, Now: at(10 * time.Minute)})
	if len(dec.Verify) != 1 || len(dec.Record.Active) != 1 {
		t.Fatalf("decision %+v, want the run to be read first", dec)
	}
	dec = decideLive(Input{Task: task, Record: rec, Now: at(10 * time.Minute)})
	if diff := cmp.Diff([]string{"0 Lost/Lost"}, recent(dec.Record)); diff != "" {
		t.Errorf("recent (-want +got):\n%s", diff)
	}
	if dec.Record.Counts.Lost != 1 || dec.Record.Counts.Failed != 0 {
		t.Errorf("counts %+v, want one that is lost", dec.Record.Counts)
	}
}

// A run that has not started starts anew from the edited action; one that has goes on.
func TestR12_AnEditRenewsWhatHasNotStarted(t *testing.T) {
	t.Parallel()
	task := makeTask(date(t, ""), func(task *Task) { task.ActionHash = "a" })
	rec := play(t, task, step{at: 0}).Record
	ref := rec.Active[0].Ref()
	task.ActionHash = "b"
	task.Generation++

	stopping := decideLive(Input{Task: task, Record: rec, Now: at(20 * time.Second)})
	if got := stopping.Record.Active[0]; got.State != Stopping || got.StopReason != ReasonRenewed {
		t.Fatalf("run %+v, want it to be stopped for the edit", got)
	}
	gone := Observation{Run: ref, Attempt: 1, Phase: Vanished}
	dec := decideLive(Input{Task: task, Record: stopping.Record, Now: at(22 * time.Second), Observations: []Observation{gone}})
	if got := dec.Record.Active[0]; got.State != Starting || got.Attempt != 2 || got.Postponed != 1 || got.ActionHash != "b" {
		t.Errorf("run %+v, want a second attempt from the new action that does not count", got)
	}

	watched := Observation{Run: ref, Attempt: 1, Phase: Ran, Start: at(21 * time.Second)}
	dec = decideLive(Input{Task: task, Record: stopping.Record, Now: at(22 * time.Second), Observations: []Observation{watched}})
	if got := dec.Record.Active[0]; got.State != Stopping || got.StopReason != ReasonRenewed {
		t.Errorf("run %+v, want it to be stopped still: its Pod is being deleted", got)
	}
	ran := watched
	ran.SeenAt = at(22 * time.Second)
	dec = decideLive(Input{Task: task, Record: stopping.Record, Now: at(22 * time.Second), Observations: []Observation{ran}})
	if got := dec.Record.Active[0]; got.State != Running || got.StopReason != "" || got.ActionHash != "a" {
		t.Errorf("run %+v, want it to go on: it started before it was stopped", got)
	}
	dec = decideLive(Input{Task: task, Record: dec.Record, Now: at(23 * time.Second)})
	if diff := cmp.Diff([]string{"0 Running"}, active(dec.Record)); diff != "" {
		t.Errorf("active (-want +got):\n%s", diff)
	}
}

// A replaced run is no failure, and says nothing of the last one that ended by itself.
func TestR4_AReplacedRunIsNoFailure(t *testing.T) {
	t.Parallel()
	rec := Record{}
	rec.conclude(Result{Outcome: Succeeded, Finish: at(0)})
	rec.conclude(Result{Outcome: Replaced, Finish: at(time.Second)})
	if want := (Counters{Succeeded: 1, Replaced: 1}); rec.Counts != want || !rec.Last.OK {
		t.Errorf("counts %+v, last run OK %t; want %+v and true", rec.Counts, rec.Last.OK, want)
	}
}

// lastRunTime never moves back, whatever order runs start in.
func TestLastSlotDoesNotMoveBack(t *testing.T) {
	t.Parallel()
	task := makeTask(every(t, 10), func(task *Task) { task.MaxInstances, task.Coalesce = 5, false })
	rec := play(t, task, step{at: 0}, step{at: 10 * time.Second}).Record
	rec.LastSlot = at(time.Hour)
	dec := decideLive(Input{Task: task, Record: rec, Now: at(20 * time.Second), Holder: "me"})
	if !dec.Record.LastSlot.Equal(at(time.Hour)) {
		t.Errorf("the last slot is %v, want it to stay %v", dec.Record.LastSlot, at(time.Hour))
	}
}

// What a takeover has listed is translated later. It does not replace what a watch has brought
// meanwhile, such as that the Scheduler is there now.
func TestS7_AListThatIsOutdatedReplacesNoNews(t *testing.T) {
	t.Parallel()
	missing := &Problem{Reason: "SchedulerNotFound"}
	for name, tc := range map[string]struct {
		listed      Snapshot
		announced   bool
		wantMissing bool
	}{
		"the same version":             {listed: Snapshot{Version: "5"}},
		"a newer version":              {listed: Snapshot{Version: "6"}},
		"a newer spec":                 {listed: Snapshot{Version: "6", Task: Task{Generation: 2}}, wantMissing: true},
		"nothing came in the meantime": {listed: Snapshot{Version: "5"}, announced: true, wantMissing: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := &entry{task: Task{Generation: 1}, version: "5", announced: tc.announced}
			tc.listed.Live, tc.listed.Task.Missing = true, missing
			tc.listed.Task.Generation = max(1, tc.listed.Task.Generation)
			e.accept(tc.listed, at(0))
			if got := e.task.Missing != nil; got != tc.wantMissing || e.announced {
				t.Errorf("missing: %t, announced: %t; want %t and false", got, e.announced, tc.wantMissing)
			}
			if e.version.Newer(tc.listed.Version) || tc.listed.Version.Newer(e.version) {
				t.Errorf("version %s, want %s", e.version, tc.listed.Version)
			}
		})
	}
}

// Of observations that alternate the latest counts.
func TestEntryKeepsTheLatestObservation(t *testing.T) {
	t.Parallel()
	e := &entry{}
	say := func(message string) Observation {
		return Observation{Run: slotRef(0), Attempt: 1, Phase: Held, Message: message}
	}
	for _, message := range []string{"A", "B", "B", "A"} {
		e.note(say(message))
	}
	if diff := cmp.Diff([]Observation{say("A"), say("B"), say("A")}, e.pending); diff != "" {
		t.Errorf("pending (-want +got):\n%s", diff)
	}
}
