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

func TestR2_CatchUp(t *testing.T) {
	t.Parallel()
	const s = time.Second
	for name, tc := range map[string]struct {
		mod         func(*model.Task)
		times       []time.Time
		wantStarts  []int
		wantDrops   []string
		wantThrough time.Duration
		wantFolded  int64
	}{
		"a slot on time starts": {
			times: []time.Time{fixture.At(0), fixture.At(10 * s)}, wantStarts: []int{10}, wantThrough: 10 * s,
		},
		"coalesce folds all overdue slots into the newest": {
			times: []time.Time{fixture.At(0), fixture.At(57 * s)}, wantStarts: []int{50}, wantThrough: 50 * s, wantFolded: 4,
		},
		"without coalesce the oldest overdue slot starts and the others wait": {
			mod:   func(task *model.Task) { task.Coalesce = false },
			times: []time.Time{fixture.At(0), fixture.At(57 * s)}, wantStarts: []int{10}, wantThrough: 10 * s,
		},
		"the backlog goes on when its run has ended": {
			mod:   func(task *model.Task) { task.Coalesce = false },
			times: []time.Time{fixture.At(0), fixture.At(57 * s), fixture.At(58 * s)}, wantStarts: []int{20}, wantThrough: 20 * s,
		},
		"the newest catchUpLimit slots are kept": {
			mod:   func(task *model.Task) { task.Coalesce, task.CatchUpLimit = false, 2 },
			times: []time.Time{fixture.At(0), fixture.At(57 * s)}, wantStarts: []int{40}, wantThrough: 40 * s,
			wantDrops: []string{"30 Missed/CatchUpLimit x3"},
		},
		"a single overdue slot is no backlog": {
			mod:   func(task *model.Task) { task.Coalesce, task.CatchUpLimit = false, 1 },
			times: []time.Time{fixture.At(0), fixture.At(15 * s)}, wantStarts: []int{10}, wantThrough: 10 * s,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			task := fixture.MakeTask(fixture.Every(t, 10))
			if tc.mod != nil {
				tc.mod(&task)
			}
			dec := fixture.After(t, task, model.Record{}, tc.times...)
			if diff := cmp.Diff(tc.wantStarts, fixture.Starts(dec)); diff != "" {
				t.Errorf("starts (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.wantDrops, fixture.Drops(dec)); diff != "" {
				t.Errorf("drops (-want +got):\n%s", diff)
			}
			if got := dec.Record.DecidedThrough.Sub(fixture.Created); got != tc.wantThrough {
				t.Errorf("decided through %s, want %s", got, tc.wantThrough)
			}
			if got := dec.Record.Counts.Coalesced; got != tc.wantFolded {
				t.Errorf("coalesced %d, want %d", got, tc.wantFolded)
			}
		})
	}
}

func TestR2_BacklogIsOneInstance(t *testing.T) {
	t.Parallel()
	task := fixture.MakeTask(fixture.Every(t, 10), func(task *model.Task) { task.Coalesce, task.MaxInstances = false, 3 })
	dec := fixture.After(t, task, model.Record{}, fixture.At(0), fixture.At(35*time.Second))
	if diff := cmp.Diff([]int{10}, fixture.Starts(dec)); diff != "" {
		t.Fatalf("starts (-want +got):\n%s", diff)
	}
	// Its first run goes on: slot 40 has two free instances, and yet queues behind the backlog.
	dec = fixture.DecideLive(decide.Input{Task: task, Record: dec.Record, Now: fixture.At(41 * time.Second)})
	if got := fixture.Starts(dec); got != nil {
		t.Errorf("started %v while the backlog's run is unfinished", got)
	}
	if want := fixture.At(20 * time.Second); !dec.Record.Next.Equal(want) {
		t.Errorf("next run %v, want the oldest waiting slot %v", dec.Record.Next, want)
	}
}

// A Task that is changed to fold what is overdue waits for its backlog no longer: it
// is woken for the next slot.
func TestR2_CoalesceEndsABacklog(t *testing.T) {
	t.Parallel()
	task := fixture.MakeTask(fixture.Every(t, 10), func(task *model.Task) { task.Coalesce = false })
	rec := fixture.After(t, task, model.Record{}, fixture.At(0), fixture.At(35*time.Second)).Record
	task.Coalesce = true
	rec.Active[0].Start = fixture.At(30 * time.Second) // it was running when the slots that are due fell due
	dec := fixture.DecideLive(decide.Input{Task: task, Record: rec, Now: fixture.At(36 * time.Second)})
	if want := fixture.At(40 * time.Second); !dec.Wake.Equal(want) {
		t.Errorf("wakes at %v, want at the next slot, %v", dec.Wake, want)
	}
}

func TestR3_Grace(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		grace      time.Duration
		late       time.Duration
		wantStarts []int
		wantDrops  []string
	}{
		"in time":                        {grace: 5 * time.Second, late: 5 * time.Second, wantStarts: []int{3600}},
		"later than the grace":           {grace: 5 * time.Second, late: 5001 * time.Millisecond, wantDrops: []string{"3600 Missed/MisfireGracePeriodExceeded x1"}},
		"no grace means however late":    {late: 59 * time.Minute, wantStarts: []int{3600}},
		"a grace longer than the period": {grace: 2 * time.Hour, late: time.Hour, wantStarts: []int{7200}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			task := fixture.MakeTask(fixture.Every(t, 3600), func(task *model.Task) { task.Grace = tc.grace })
			dec := fixture.After(t, task, model.Record{}, fixture.At(0), fixture.At(time.Hour+tc.late))
			if diff := cmp.Diff(tc.wantStarts, fixture.Starts(dec)); diff != "" {
				t.Errorf("starts (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.wantDrops, fixture.Drops(dec)); diff != "" {
				t.Errorf("drops (-want +got):\n%s", diff)
			}
		})
	}
}

func TestR3_LateAfterWaitingIsMissedNotRun(t *testing.T) {
	t.Parallel()
	task := fixture.MakeTask(fixture.Every(t, 10), func(task *model.Task) { task.Grace = 5 * time.Second })
	dec := fixture.After(t, task, model.Record{}, fixture.At(0), fixture.At(10*time.Second))
	run := dec.Record.Active[0]
	dec = fixture.DecideLive(decide.Input{Task: task, Record: dec.Record, Now: fixture.At(18 * time.Second), Observations: []model.Observation{
		{Run: run.Ref(), Attempt: 1, Phase: model.PhaseMisfired, Message: "late"},
	}})
	if len(dec.Record.Active) != 0 || dec.Record.Counts.Missed != 1 || dec.Record.Counts.Failed != 0 {
		t.Errorf("record is %+v, want one missed slot and nothing active", dec.Record)
	}
	if got := dec.Record.Recent[0]; got.Outcome != model.Missed || got.Attempts != 0 {
		t.Errorf("recent run is %+v, want missed without an attempt", got)
	}
}

func TestR4_Skip(t *testing.T) {
	t.Parallel()
	task := fixture.MakeTask(fixture.Every(t, 10), func(task *model.Task) { task.MaxInstances = 2 })
	rec := model.Record{}
	var dec decide.Decision
	for i := range 4 {
		dec = fixture.DecideLive(decide.Input{Task: task, Record: rec, Now: fixture.At(time.Duration(i*10) * time.Second)})
		rec = dec.Record
	}
	if diff := cmp.Diff([]string{"30 Skipped/MaxInstancesReached x1"}, fixture.Drops(dec)); diff != "" {
		t.Errorf("drops (-want +got):\n%s", diff)
	}
	if want := "2 of 2 instances are still running (the oldest started 2026-01-05T12:00:10Z)."; rec.Recent[0].Message != want {
		t.Errorf("message is %q, want %q", rec.Recent[0].Message, want)
	}
	if len(rec.Active) != 2 {
		t.Errorf("%d active runs, want 2", len(rec.Active))
	}
}

// A Task is Completed when the last run of its trigger has ended, however that went, and not while
// it waits, runs or is tried again.
func TestR9_CompletedWhenNothingIsLeft(t *testing.T) {
	t.Parallel()
	at := func(offset int, seen ...model.Observation) fixture.Step {
		return fixture.Step{At: time.Duration(offset) * time.Second, Seen: seen}
	}
	retries := func(task *model.Task) {
		task.Retry = model.Retry{MaxAttempts: 2, Initial: 10 * time.Second, Factor: 1, Max: time.Minute}
	}
	for name, tc := range map[string]struct {
		mods  []func(*model.Task)
		steps []fixture.Step
		want  model.State
	}{
		"before the slot":          {steps: []fixture.Step{at(0)}, want: model.Scheduled},
		"the run has just started": {steps: []fixture.Step{at(0), at(10)}, want: model.Scheduled},
		"the run has succeeded":    {steps: []fixture.Step{at(0), at(10), at(11, fixture.Ended(model.Succeeded))}, want: model.Completed},
		"the run has failed":       {steps: []fixture.Step{at(0), at(10), at(11, fixture.Ended(model.Failed))}, want: model.Completed},
		"another attempt follows":  {mods: []func(*model.Task){retries}, steps: []fixture.Step{at(0), at(10), at(11, fixture.Ended(model.Failed))}, want: model.Scheduled},
		"the slot was missed":      {mods: []func(*model.Task){func(task *model.Task) { task.Grace = time.Second }}, steps: []fixture.Step{at(0), at(50)}, want: model.Completed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dec := fixture.Play(t, fixture.MakeTask(fixture.Date(t, "2026-01-05T12:00:10Z"), tc.mods...), tc.steps...)
			if dec.Record.State != tc.want {
				t.Errorf("state %s, want %s", dec.Record.State, tc.want)
			}
			if tc.want == model.Completed && !dec.Record.Next.IsZero() {
				t.Errorf("next %v, want none", dec.Record.Next)
			}
		})
	}
}

func TestT5_Dates(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		runAt string
		times []time.Time
		mods  []func(*model.Task) // one for each of times
		want  []int
	}{
		"in the past is run by a new Task":   {runAt: "2020-01-01T00:00:00Z", times: []time.Time{fixture.At(time.Second)}, want: []int{-189777600}},
		"left out means at once":             {times: []time.Time{fixture.At(time.Second)}, want: []int{0}},
		"not twice":                          {times: []time.Time{fixture.At(time.Second), fixture.At(time.Minute)}},
		"is still run after a pause over it": {runAt: "2026-01-05T12:01:00Z", times: []time.Time{fixture.At(0), fixture.At(2 * time.Minute)}, mods: []func(*model.Task){fixture.Pause, nil}, want: []int{60}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rec, dec := model.Record{}, decide.Decision{}
			for i, now := range tc.times {
				task := fixture.MakeTask(fixture.Date(t, tc.runAt))
				if i < len(tc.mods) && tc.mods[i] != nil {
					tc.mods[i](&task)
				}
				dec = fixture.After(t, task, rec, now)
				rec = dec.Record
			}
			if diff := cmp.Diff(tc.want, fixture.Starts(dec)); diff != "" {
				t.Errorf("starts (-want +got):\n%s", diff)
			}
		})
	}
}

func TestP1_PauseForgetsAndKeepsThePhase(t *testing.T) {
	t.Parallel()
	task := fixture.MakeTask(fixture.Every(t, 10))
	rec := fixture.After(t, task, model.Record{}, fixture.At(0), fixture.At(10*time.Second)).Record
	paused := task
	fixture.Pause(&paused)
	rec = fixture.After(t, paused, rec, fixture.At(12*time.Second), fixture.At(33*time.Second)).Record
	if rec.State != model.Paused || !rec.Next.IsZero() {
		t.Fatalf("state %s, next %v; want Paused and none", rec.State, rec.Next)
	}
	dec := fixture.After(t, task, rec, fixture.At(37*time.Second))
	if got := fixture.Starts(dec); got != nil {
		t.Errorf("resuming started %v", got)
	}
	if want := fixture.At(40 * time.Second); !dec.Record.Next.Equal(want) {
		t.Errorf("next run %v, want %v: the phase is kept", dec.Record.Next, want)
	}
	if dec.Record.Counts != (model.Counters{Succeeded: 1}) {
		t.Errorf("counts %+v, want the one run before the pause", dec.Record.Counts)
	}
}

func TestP1_RunningIsLeftAlone(t *testing.T) {
	t.Parallel()
	task := fixture.MakeTask(fixture.Every(t, 10))
	rec := fixture.After(t, task, model.Record{}, fixture.At(0), fixture.At(10*time.Second)).Record
	fixture.Pause(&task)
	dec := fixture.DecideLive(decide.Input{Task: task, Record: rec, Now: fixture.At(11 * time.Second)})
	if len(dec.Record.Active) != 1 || len(dec.Commands) != 0 {
		t.Errorf("active %v, commands %v; want the run untouched", dec.Record.Active, dec.Commands)
	}
}

// Every reason for slots to wait: the Scheduler paused, something missing, the
// manager away.
func TestP2_SlotsWait(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		hold       func(*model.Task)
		wantState  model.State
		wantReason string
	}{
		"scheduler paused": {func(task *model.Task) { task.SchedulerPaused = true }, model.Scheduled, model.ReasonSchedulerPaused},
		"missing handler":  {func(task *model.Task) { task.Missing = &model.Problem{Reason: "UnknownHandler", Message: "?"} }, model.Stalled, "UnknownHandler"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			task := fixture.MakeTask(fixture.Every(t, 10))
			held := task
			tc.hold(&held)
			rec := fixture.After(t, task, model.Record{}, fixture.At(0)).Record
			dec := fixture.After(t, held, rec, fixture.At(5*time.Second), fixture.At(35*time.Second))
			if got := fixture.Starts(dec); got != nil {
				t.Errorf("started %v on hold", got)
			}
			if dec.Record.State != tc.wantState || dec.Record.StateReason != tc.wantReason {
				t.Errorf("state %s/%s, want %s/%s", dec.Record.State, dec.Record.StateReason, tc.wantState, tc.wantReason)
			}
			if want := fixture.At(10 * time.Second); !dec.Record.Next.Equal(want) {
				t.Errorf("next run %v, want %v: it is kept", dec.Record.Next, want)
			}
			dec = fixture.After(t, task, dec.Record, fixture.At(36*time.Second))
			if diff := cmp.Diff([]int{30}, fixture.Starts(dec)); diff != "" {
				t.Errorf("starts on resume (-want +got):\n%s", diff)
			}
			if dec.Record.Counts.Coalesced != 2 {
				t.Errorf("coalesced %d, want 2", dec.Record.Counts.Coalesced)
			}
		})
	}
}

func TestInvalidTriggerForgetsAndPlansFromTheRepair(t *testing.T) {
	t.Parallel()
	good := fixture.MakeTask(fixture.Every(t, 10))
	bad := good
	bad.Trigger, bad.Invalid = nil, &model.Problem{Reason: "InvalidTrigger", Message: "spec.trigger.schedule: …"}
	rec := fixture.After(t, good, model.Record{}, fixture.At(0), fixture.At(10*time.Second)).Record
	rec = fixture.After(t, bad, rec, fixture.At(12*time.Second), fixture.At(34*time.Second)).Record
	if rec.State != model.Stalled || !rec.Next.IsZero() {
		t.Fatalf("state %s, next %v; want Stalled and none", rec.State, rec.Next)
	}
	dec := fixture.After(t, good, rec, fixture.At(35*time.Second)) // the very same trigger again
	if got := fixture.Starts(dec); got != nil {
		t.Errorf("the repair started %v", got)
	}
	if want := fixture.At(40 * time.Second); !dec.Record.Next.Equal(want) {
		t.Errorf("next run %v, want %v", dec.Record.Next, want)
	}
}

func TestT9_EditNeverFiresThePast(t *testing.T) {
	t.Parallel()
	rec := fixture.After(t, fixture.MakeTask(fixture.Every(t, 3600)), model.Record{}, fixture.At(0)).Record
	for name, tc := range map[string]struct {
		edited     *trigger.Trigger
		now        time.Time
		wantNext   time.Time
		wantStarts []int
		wantDrops  []string
	}{
		"a denser schedule":              {edited: fixture.Every(t, 60), now: fixture.At(90 * time.Second), wantNext: fixture.At(2 * time.Minute)},
		"a date that is over":            {edited: fixture.Date(t, "2026-01-05T12:01:00Z"), now: fixture.At(2 * time.Minute)},
		"a date to come":                 {edited: fixture.Date(t, "2026-01-05T13:30:00Z"), now: fixture.At(2 * time.Minute), wantNext: fixture.At(90 * time.Minute)},
		"while the manager was down":     {edited: fixture.Every(t, 60), now: fixture.At(2*time.Hour + time.Second), wantNext: fixture.At(2*time.Hour + time.Minute), wantDrops: []string{"3600 Missed/TriggerChanged x1"}},
		"to a date without runAt is now": {edited: fixture.Date(t, ""), now: fixture.At(2*time.Minute + time.Second/2), wantStarts: []int{120}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dec := fixture.After(t, fixture.MakeTask(tc.edited), rec, tc.now)
			if diff := cmp.Diff(tc.wantStarts, fixture.Starts(dec)); diff != "" {
				t.Errorf("starts (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.wantDrops, fixture.Drops(dec)); diff != "" {
				t.Errorf("drops (-want +got):\n%s", diff)
			}
			if !dec.Record.Next.Equal(tc.wantNext) {
				t.Errorf("next run %v, want %v", dec.Record.Next, tc.wantNext)
			}
			if dec.Record.DecidedThrough.Before(rec.DecidedThrough) {
				t.Errorf("the watermark moved back")
			}
		})
	}
}

// The watermark stands on the slot of this very second, which the date must not be
// taken for.
func TestT9_EditToNowInTheSecondOfASlot(t *testing.T) {
	t.Parallel()
	rec := fixture.After(t, fixture.MakeTask(fixture.Every(t, 10)), model.Record{}, fixture.At(0), fixture.At(10*time.Second), fixture.At(10*time.Second+100*time.Millisecond)).Record
	edited := fixture.MakeTask(fixture.Date(t, ""))
	rec = fixture.DecideLive(decide.Input{Task: edited, Record: rec, Now: fixture.At(10*time.Second + 500*time.Millisecond)}).Record
	if diff := cmp.Diff([]int{11}, fixture.Starts(fixture.After(t, edited, rec, fixture.At(11*time.Second)))); diff != "" {
		t.Errorf("starts (-want +got):\n%s", diff)
	}
}

func TestT9_UnknownVersionIsUnchangedWhileItsNextRunIsASlot(t *testing.T) {
	t.Parallel()
	task := fixture.MakeTask(fixture.Every(t, 10))
	rec := fixture.After(t, task, model.Record{}, fixture.At(0)).Record
	rec.Trigger = "v7-0000"
	dec := fixture.After(t, task, rec, fixture.At(12*time.Second))
	if diff := cmp.Diff([]int{10}, fixture.Starts(dec)); diff != "" {
		t.Errorf("starts (-want +got):\n%s", diff)
	}
	rec.Next = fixture.At(11 * time.Second) // no slot of this trigger
	if got := fixture.Starts(fixture.After(t, task, rec, fixture.At(12*time.Second))); got != nil {
		t.Errorf("started %v although the trigger cannot be the recorded one", got)
	}
}

func TestT9_NewZoneRulesPlanAnewWithoutFiring(t *testing.T) {
	t.Parallel()
	task := fixture.MakeTask(fixture.Every(t, 10))
	rec := fixture.After(t, task, model.Record{}, fixture.At(0)).Record
	rec.Next = fixture.At(25 * time.Second) // what the old rules promised
	dec := fixture.After(t, task, rec, fixture.At(12*time.Second))
	if got := fixture.Starts(dec); got != nil {
		t.Errorf("started %v, which was never planned", got)
	}
	if want := fixture.At(20 * time.Second); !dec.Record.Next.Equal(want) {
		t.Errorf("next run %v, want %v", dec.Record.Next, want)
	}
}

func TestR10_ClockBehindTheWatermark(t *testing.T) {
	t.Parallel()
	task := fixture.MakeTask(fixture.Every(t, 10))
	rec := fixture.After(t, task, model.Record{}, fixture.At(0), fixture.At(time.Hour)).Record
	dec := fixture.After(t, task, rec, fixture.At(30*time.Minute))
	if got := fixture.Starts(dec); got != nil {
		t.Errorf("started %v again", got)
	}
	if dec.Record.StateReason != model.ReasonClockBehind || !dec.Record.DecidedThrough.Equal(fixture.At(time.Hour)) {
		t.Errorf("reason %s, decided through %v", dec.Record.StateReason, dec.Record.DecidedThrough)
	}
}

func TestStuckRuns(t *testing.T) {
	t.Parallel()
	task := fixture.MakeTask(fixture.Every(t, 86400), func(task *model.Task) {
		task.Timeout, task.StopGrace = time.Minute, 30*time.Second
		task.Trigger = fixture.Date(t, "")
	})
	started := fixture.After(t, task, model.Record{}, fixture.At(0)).Record
	ref := started.Active[0].Ref()
	running := fixture.DecideLive(decide.Input{Task: task, Record: started, Now: fixture.At(5 * time.Second), Observations: []model.Observation{
		{Run: ref, Attempt: 1, Phase: model.PhaseRunning, Start: fixture.At(4 * time.Second)},
	}}).Record
	held := model.Observation{Run: ref, Attempt: 1, Phase: model.PhasePending, Message: "the image cannot be pulled"}
	stopping := fixture.DecideLive(decide.Input{Task: task, Record: started, Now: fixture.At(10 * time.Minute), Observations: []model.Observation{held}}).Record

	onLostNode := running.Clone()
	onLostNode.Active[0].Message = "Its node has not reported."
	for name, tc := range map[string]struct {
		rec         model.Record
		now         time.Time
		seen        []model.Observation
		wantState   model.RunState
		wantOutcome model.Outcome
		wantReason  string
		wantMessage string
	}{
		"before the start timeout it waits": {rec: started, now: fixture.At(10*time.Minute - time.Second), wantState: model.Starting},
		"then it is stopped":                {rec: started, now: fixture.At(10 * time.Minute), wantState: model.Stopping},
		"and has failed when it is gone": {
			rec: stopping, now: fixture.At(11 * time.Minute), seen: []model.Observation{{Run: ref, Attempt: 1, Phase: model.PhaseFinished, Outcome: model.Failed, Message: "exit code 137"}},
			wantOutcome: model.Failed, wantReason: model.ReasonStartTimeout, wantMessage: "It had not started after the startTimeout of 10m0s: the image cannot be pulled",
		},
		"or has not gone for too long": {
			rec: stopping, now: fixture.At(12 * time.Minute), wantOutcome: model.Failed, wantReason: model.ReasonStartTimeout,
			wantMessage: "It had not started after the startTimeout of 10m0s: the image cannot be pulled",
		},
		"running after its timeout it still counts": {rec: running, now: fixture.At(2*time.Minute + 3*time.Second), wantState: model.Running},
		"a minute later it is lost (E2)": {
			rec: running, now: fixture.At(2*time.Minute + 4*time.Second), wantOutcome: model.Lost, wantReason: model.ReasonLost,
			wantMessage: "It was still unfinished 1m0s after its timeout of 1m0s.",
		},
		"or has been lost with what is known of it": {
			rec: onLostNode, now: fixture.At(2*time.Minute + 4*time.Second), wantOutcome: model.Lost, wantReason: model.ReasonLost,
			wantMessage: "It was still unfinished 1m0s after its timeout of 1m0s. Its node has not reported.",
		},
		"deleted by somebody else": {
			rec: running, now: fixture.At(time.Minute), seen: []model.Observation{{Run: ref, Attempt: 1, Phase: model.PhaseNotFound}},
			wantOutcome: model.Failed, wantReason: model.ReasonVanished, wantMessage: "Pod " + started.Active[0].Name + " was deleted before it had finished.",
		},
		"news of another attempt is old": {
			rec: running, now: fixture.At(time.Minute), seen: []model.Observation{{Run: ref, Attempt: 2, Phase: model.PhaseNotFound}}, wantState: model.Running,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dec := fixture.DecideLive(decide.Input{Task: task, Record: tc.rec, Now: tc.now, Observations: tc.seen})
			if tc.wantOutcome == "" {
				if len(dec.Record.Active) != 1 || dec.Record.Active[0].State != tc.wantState {
					t.Fatalf("active %+v, want one that is %s", dec.Record.Active, tc.wantState)
				}
				return
			}
			want := model.Result{Source: model.SourceScheduled, Outcome: tc.wantOutcome, Reason: tc.wantReason, Message: tc.wantMessage, Attempts: 1}
			ignore := cmpopts.IgnoreFields(model.Result{}, "Slot", "Start", "Finish", "Name")
			if diff := cmp.Diff(want, dec.Record.Recent[0], ignore); diff != "" {
				t.Errorf("result (-want +got):\n%s", diff)
			}
			if len(dec.Record.Active) != 0 {
				t.Errorf("still active: %+v", dec.Record.Active)
			}
		})
	}
}

// A node whose clock is behind says that a run began before it was decided. That
// must not make the run look as if it had been silent since.
func TestE2_ANodesClockBehindOursLosesNoRun(t *testing.T) {
	t.Parallel()
	task := fixture.MakeTask(fixture.Date(t, ""), func(task *model.Task) { task.Timeout = time.Minute })
	ran := model.Observation{Run: fixture.SlotRef(0), Attempt: 1, Phase: model.PhaseRunning, Start: fixture.At(-time.Hour)}
	dec := fixture.Play(t, task, fixture.Step{At: 0}, fixture.Step{At: time.Second, Seen: []model.Observation{ran}}, fixture.Step{At: 30 * time.Second})
	if diff := cmp.Diff([]string{"0 Running"}, fixture.Active(dec.Record)); diff != "" {
		t.Errorf("active (-want +got):\n%s", diff)
	}
}

// Deciding twice at one instant changes nothing: Decide is idempotent.
func TestDecideTwiceChangesNothing(t *testing.T) {
	t.Parallel()
	task := fixture.MakeTask(fixture.Every(t, 10), func(task *model.Task) { task.Coalesce, task.MaxInstances = false, 2 })
	first := fixture.DecideLive(decide.Input{Task: task, Record: model.Record{}, Now: fixture.At(25 * time.Second)})
	second := fixture.DecideLive(decide.Input{Task: task, Record: first.Record, Now: fixture.At(25 * time.Second)})
	if diff := cmp.Diff(first.Record, second.Record); diff != "" {
		t.Errorf("record (-first +second):\n%s", diff)
	}
	if second.Urgency != decide.None || len(second.Commands) != 0 || len(second.Events) != 0 {
		t.Errorf("the second decision is %+v, want nothing to do", second)
	}
}
