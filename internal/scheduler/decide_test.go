package scheduler

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/carillon-dev/carillon/trigger"
)

// created is when the Tasks of these tests come into being.
var created = time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC)

func at(offset time.Duration) time.Time { return created.Add(offset) }

// compile compiles a trigger for a Task created at created.
func compile(tb testing.TB, spec trigger.Spec) *trigger.Trigger {
	tb.Helper()
	tr, err := trigger.Compile(spec, trigger.Env{Created: created})
	if err != nil {
		tb.Fatalf("compiling %+v: %v", spec, err)
	}
	return tr
}

func every(tb testing.TB, seconds int64) *trigger.Trigger {
	tb.Helper()
	return compile(tb, trigger.Spec{Interval: &trigger.Interval{Seconds: seconds}})
}

func date(tb testing.TB, runAt string) *trigger.Trigger {
	tb.Helper()
	return compile(tb, trigger.Spec{Date: &trigger.Date{RunAt: runAt}})
}

// makeTask returns a Task with the built-in defaults that runs as a Pod.
func makeTask(tr *trigger.Trigger, mods ...func(*Task)) Task {
	task := Task{
		Key: Key{Namespace: "ns", Name: "task", UID: "uid"}, Generation: 1, Created: created,
		Trigger: tr, Coalesce: true, CatchUpLimit: 100, MaxInstances: 1,
		Executor: "pods", StartTimeout: 10 * time.Minute, KeepSucceeded: 3, KeepFailed: 3,
	}
	for _, mod := range mods {
		mod(&task)
	}
	return task
}

// decideLive decides as if every Pod of the record had just been read and found
// unfinished, unless the input says otherwise.
func decideLive(in Input) Decision {
	if in.Verified == nil {
		in.Verified = map[AttemptRef]time.Time{}
		for _, run := range in.Record.Active {
			in.Verified[run.AttemptRef()] = in.Now
		}
	}
	if in.RequestSince.IsZero() {
		in.RequestSince = in.Now
	}
	return Decide(in)
}

// after decides at each instant in turn, as if every run finished successfully
// before the next one, and returns the last decision.
func after(tb testing.TB, task Task, rec Record, instants ...time.Time) Decision {
	tb.Helper()
	var dec Decision
	for _, now := range instants {
		var seen []Observation
		for _, run := range rec.Active {
			seen = append(seen, Observation{Run: run.Ref(), Attempt: run.Attempt, Phase: Ended, Outcome: Succeeded, Start: run.Start, Finish: now})
		}
		dec = decideLive(Input{Task: task, Record: rec, Now: now, Observations: seen, Holder: "me"})
		rec = dec.Record
	}
	return dec
}

// starts are the slots, as seconds after created, that a decision starts.
func starts(dec Decision) []int {
	var slots []int
	for _, c := range dec.Commands {
		if c.Kind == StartRun {
			slots = append(slots, int(c.Run.Slot.Sub(created)/time.Second))
		}
	}
	return slots
}

// drops are the slots that a decision drops, as "slot outcome/reason ×count".
func drops(dec Decision) []string {
	var out []string
	for _, e := range dec.Events {
		if e.Kind == SlotsDropped {
			out = append(out, fmt.Sprintf("%d %s/%s x%d", int(e.Result.Slot.Sub(created)/time.Second), e.Result.Outcome, e.Result.Reason, e.Count))
		}
	}
	return out
}

func TestR2_CatchUp(t *testing.T) {
	t.Parallel()
	const s = time.Second
	for name, tc := range map[string]struct {
		mod         func(*Task)
		times       []time.Time
		wantStarts  []int
		wantDrops   []string
		wantThrough time.Duration
		wantFolded  int64
	}{
		"a slot on time starts": {
			times: []time.Time{at(0), at(10 * s)}, wantStarts: []int{10}, wantThrough: 10 * s,
		},
		"coalesce folds all overdue slots into the newest": {
			times: []time.Time{at(0), at(57 * s)}, wantStarts: []int{50}, wantThrough: 50 * s, wantFolded: 4,
		},
		"without coalesce the oldest overdue slot starts and the others wait": {
			mod:   func(task *Task) { task.Coalesce = false },
			times: []time.Time{at(0), at(57 * s)}, wantStarts: []int{10}, wantThrough: 10 * s,
		},
		"the backlog goes on when its run has ended": {
			mod:   func(task *Task) { task.Coalesce = false },
			times: []time.Time{at(0), at(57 * s), at(58 * s)}, wantStarts: []int{20}, wantThrough: 20 * s,
		},
		"the newest catchUpLimit slots are kept": {
			mod:   func(task *Task) { task.Coalesce, task.CatchUpLimit = false, 2 },
			times: []time.Time{at(0), at(57 * s)}, wantStarts: []int{40}, wantThrough: 40 * s,
			wantDrops: []string{"30 Missed/CatchUpLimit x3"},
		},
		"a single overdue slot is no backlog": {
			mod:   func(task *Task) { task.Coalesce, task.CatchUpLimit = false, 1 },
			times: []time.Time{at(0), at(15 * s)}, wantStarts: []int{10}, wantThrough: 10 * s,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			task := makeTask(every(t, 10))
			if tc.mod != nil {
				tc.mod(&task)
			}
			dec := after(t, task, Record{}, tc.times...)
			if diff := cmp.Diff(tc.wantStarts, starts(dec)); diff != "" {
				t.Errorf("starts (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.wantDrops, drops(dec)); diff != "" {
				t.Errorf("drops (-want +got):\n%s", diff)
			}
			if got := dec.Record.DecidedThrough.Sub(created); got != tc.wantThrough {
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
	task := makeTask(every(t, 10), func(task *Task) { task.Coalesce, task.MaxInstances = false, 3 })
	dec := after(t, task, Record{}, at(0), at(35*time.Second))
	if diff := cmp.Diff([]int{10}, starts(dec)); diff != "" {
		t.Fatalf("starts (-want +got):\n%s", diff)
	}
	// Its first run goes on: slot 40 has two free instances, and yet queues behind the backlog.
	dec = decideLive(Input{Task: task, Record: dec.Record, Now: at(41 * time.Second)})
	if got := starts(dec); got != nil {
		t.Errorf("started %v while the backlog's run is unfinished", got)
	}
	if want := at(20 * time.Second); !dec.Record.Next.Equal(want) {
		t.Errorf("next run %v, want the oldest waiting slot %v", dec.Record.Next, want)
	}
}

// A Task that is changed to fold what is overdue waits for its backlog no longer: it
// is woken for the next slot.
func TestR2_CoalesceEndsABacklog(t *testing.T) {
	t.Parallel()
	task := makeTask(every(t, 10), func(task *Task) { task.Coalesce = false })
	rec := after(t, task, Record{}, at(0), at(35*time.Second)).Record
	task.Coalesce = true
	rec.Active[0].Start = at(30 * time.Second) // it was running when the slots that are due fell due
	dec := decideLive(Input{Task: task, Record: rec, Now: at(36 * time.Second)})
	if want := at(40 * time.Second); !dec.Wake.Equal(want) {
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
			task := makeTask(every(t, 3600), func(task *Task) { task.Grace = tc.grace })
			dec := after(t, task, Record{}, at(0), at(time.Hour+tc.late))
			if diff := cmp.Diff(tc.wantStarts, starts(dec)); diff != "" {
				t.Errorf("starts (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.wantDrops, drops(dec)); diff != "" {
				t.Errorf("drops (-want +got):\n%s", diff)
			}
		})
	}
}

func TestR3_LateAfterWaitingIsMissedNotRun(t *testing.T) {
	t.Parallel()
	task := makeTask(every(t, 10), func(task *Task) { task.Grace = 5 * time.Second })
	dec := after(t, task, Record{}, at(0), at(10*time.Second))
	run := dec.Record.Active[0]
	dec = decideLive(Input{Task: task, Record: dec.Record, Now: at(18 * time.Second), Observations: []Observation{
		{Run: run.Ref(), Attempt: 1, Phase: Late, Message: "late"},
	}})
	if len(dec.Record.Active) != 0 || dec.Record.Counts.Missed != 1 || dec.Record.Counts.Failed != 0 {
		t.Errorf("record is %+v, want one missed slot and nothing active", dec.Record)
	}
	if got := dec.Record.Recent[0]; got.Outcome != Missed || got.Attempts != 0 {
		t.Errorf("recent run is %+v, want missed without an attempt", got)
	}
}

func TestR4_Skip(t *testing.T) {
	t.Parallel()
	task := makeTask(every(t, 10), func(task *Task) { task.MaxInstances = 2 })
	rec := Record{}
	var dec Decision
	for i := range 4 {
		dec = decideLive(Input{Task: task, Record: rec, Now: at(time.Duration(i*10) * time.Second)})
		rec = dec.Record
	}
	if diff := cmp.Diff([]string{"30 Skipped/MaxInstancesReached x1"}, drops(dec)); diff != "" {
		t.Errorf("drops (-want +got):\n%s", diff)
	}
	if want := "2 of 2 instances are still running (the oldest started 2026-01-05T12:00:10Z)."; rec.Recent[0].Message != want {
		t.Errorf("message is %q, want %q", rec.Recent[0].Message, want)
	}
	if len(rec.Active) != 2 {
		t.Errorf("%d active runs, want 2", len(rec.Active))
	}
}

func TestR9_Exhausted(t *testing.T) {
	t.Parallel()
	dec := after(t, makeTask(date(t, "2026-01-05T12:00:30Z")), Record{}, at(0), at(30*time.Second))
	if diff := cmp.Diff([]int{30}, starts(dec)); diff != "" {
		t.Errorf("starts (-want +got):\n%s", diff)
	}
	if dec.Record.State != Completed || !dec.Record.Next.IsZero() {
		t.Errorf("state %s, next %v; want Completed and none", dec.Record.State, dec.Record.Next)
	}
}

func TestT5_Dates(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		runAt string
		times []time.Time
		mods  []func(*Task) // one for each of times
		want  []int
	}{
		"in the past is owed by a new Task":   {runAt: "2020-01-01T00:00:00Z", times: []time.Time{at(time.Second)}, want: []int{-189777600}},
		"left out means at once":              {times: []time.Time{at(time.Second)}, want: []int{0}},
		"not twice":                           {times: []time.Time{at(time.Second), at(time.Minute)}},
		"is still owed after a pause over it": {runAt: "2026-01-05T12:01:00Z", times: []time.Time{at(0), at(2 * time.Minute)}, mods: []func(*Task){pause, nil}, want: []int{60}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rec, dec := Record{}, Decision{}
			for i, now := range tc.times {
				task := makeTask(date(t, tc.runAt))
				if i < len(tc.mods) && tc.mods[i] != nil {
					tc.mods[i](&task)
				}
				dec = after(t, task, rec, now)
				rec = dec.Record
			}
			if diff := cmp.Diff(tc.want, starts(dec)); diff != "" {
				t.Errorf("starts (-want +got):\n%s", diff)
			}
		})
	}
}

func pause(task *Task) { task.Paused = true }

func TestP1_PauseForgetsAndKeepsThePhase(t *testing.T) {
	t.Parallel()
	task := makeTask(every(t, 10))
	rec := after(t, task, Record{}, at(0), at(10*time.Second)).Record
	paused := task
	pause(&paused)
	rec = after(t, paused, rec, at(12*time.Second), at(33*time.Second)).Record
	if rec.State != Paused || !rec.Next.IsZero() {
		t.Fatalf("state %s, next %v; want Paused and none", rec.State, rec.Next)
	}
	dec := after(t, task, rec, at(37*time.Second))
	if got := starts(dec); got != nil {
		t.Errorf("resuming started %v", got)
	}
	if want := at(40 * time.Second); !dec.Record.Next.Equal(want) {
		t.Errorf("next run %v, want %v: the phase is kept", dec.Record.Next, want)
	}
	if dec.Record.Counts != (Counters{Succeeded: 1}) {
		t.Errorf("counts %+v, want the one run before the pause", dec.Record.Counts)
	}
}

func TestP1_RunningIsLeftAlone(t *testing.T) {
	t.Parallel()
	task := makeTask(every(t, 10))
	rec := after(t, task, Record{}, at(0), at(10*time.Second)).Record
	pause(&task)
	dec := decideLive(Input{Task: task, Record: rec, Now: at(11 * time.Second)})
	if len(dec.Record.Active) != 1 || len(dec.Commands) != 0 {
		t.Errorf("active %v, commands %v; want the run untouched", dec.Record.Active, dec.Commands)
	}
}

// Every reason for slots to wait: the Scheduler paused, something missing, the
// manager away.
func TestP2_SlotsWait(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		hold       func(*Task)
		wantState  State
		wantReason string
	}{
		"scheduler paused": {func(task *Task) { task.SchedulerPaused = true }, Scheduled, ReasonSchedulerPaused},
		"missing handler":  {func(task *Task) { task.Missing = &Problem{Reason: "UnknownHandler", Message: "?"} }, Stalled, "UnknownHandler"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			task := makeTask(every(t, 10))
			held := task
			tc.hold(&held)
			rec := after(t, task, Record{}, at(0)).Record
			dec := after(t, held, rec, at(5*time.Second), at(35*time.Second))
			if got := starts(dec); got != nil {
				t.Errorf("started %v on hold", got)
			}
			if dec.Record.State != tc.wantState || dec.Record.StateReason != tc.wantReason {
				t.Errorf("state %s/%s, want %s/%s", dec.Record.State, dec.Record.StateReason, tc.wantState, tc.wantReason)
			}
			if want := at(10 * time.Second); !dec.Record.Next.Equal(want) {
				t.Errorf("next run %v, want %v: it is kept", dec.Record.Next, want)
			}
			dec = after(t, task, dec.Record, at(36*time.Second))
			if diff := cmp.Diff([]int{30}, starts(dec)); diff != "" {
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
	good := makeTask(every(t, 10))
	bad := good
	bad.Trigger, bad.Invalid = nil, &Problem{Reason: "InvalidTrigger", Message: "spec.trigger.schedule: …"}
	rec := after(t, good, Record{}, at(0), at(10*time.Second)).Record
	rec = after(t, bad, rec, at(12*time.Second), at(34*time.Second)).Record
	if rec.State != Stalled || !rec.Next.IsZero() {
		t.Fatalf("state %s, next %v; want Stalled and none", rec.State, rec.Next)
	}
	dec := after(t, good, rec, at(35*time.Second)) // the very same trigger again
	if got := starts(dec); got != nil {
		t.Errorf("the repair started %v", got)
	}
	if want := at(40 * time.Second); !dec.Record.Next.Equal(want) {
		t.Errorf("next run %v, want %v", dec.Record.Next, want)
	}
}

func TestT9_EditNeverFiresThePast(t *testing.T) {
	t.Parallel()
	rec := after(t, makeTask(every(t, 3600)), Record{}, at(0)).Record
	for name, tc := range map[string]struct {
		edited     *trigger.Trigger
		now        time.Time
		wantNext   time.Time
		wantStarts []int
		wantDrops  []string
	}{
		"a denser schedule":              {edited: every(t, 60), now: at(90 * time.Second), wantNext: at(2 * time.Minute)},
		"a date that is over":            {edited: date(t, "2026-01-05T12:01:00Z"), now: at(2 * time.Minute)},
		"a date to come":                 {edited: date(t, "2026-01-05T13:30:00Z"), now: at(2 * time.Minute), wantNext: at(90 * time.Minute)},
		"while the manager was down":     {edited: every(t, 60), now: at(2*time.Hour + time.Second), wantNext: at(2*time.Hour + time.Minute), wantDrops: []string{"3600 Missed/TriggerChanged x1"}},
		"to a date without runAt is now": {edited: date(t, ""), now: at(2*time.Minute + time.Second/2), wantStarts: []int{120}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dec := after(t, makeTask(tc.edited), rec, tc.now)
			if diff := cmp.Diff(tc.wantStarts, starts(dec)); diff != "" {
				t.Errorf("starts (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.wantDrops, drops(dec)); diff != "" {
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
	rec := after(t, makeTask(every(t, 10)), Record{}, at(0), at(10*time.Second), at(10*time.Second+100*time.Millisecond)).Record
	edited := makeTask(date(t, ""))
	rec = decideLive(Input{Task: edited, Record: rec, Now: at(10*time.Second + 500*time.Millisecond)}).Record
	if diff := cmp.Diff([]int{11}, starts(after(t, edited, rec, at(11*time.Second)))); diff != "" {
		t.Errorf("starts (-want +got):\n%s", diff)
	}
}

func TestT9_UnknownVersionIsUnchangedWhileItsNextRunIsASlot(t *testing.T) {
	t.Parallel()
	task := makeTask(every(t, 10))
	rec := after(t, task, Record{}, at(0)).Record
	rec.Trigger = "v7-0000"
	dec := after(t, task, rec, at(12*time.Second))
	if diff := cmp.Diff([]int{10}, starts(dec)); diff != "" {
		t.Errorf("starts (-want +got):\n%s", diff)
	}
	rec.Next = at(11 * time.Second) // no slot of this trigger
	if got := starts(after(t, task, rec, at(12*time.Second))); got != nil {
		t.Errorf("started %v although the trigger cannot be the recorded one", got)
	}
}

func TestT9_NewZoneRulesPlanAnewWithoutFiring(t *testing.T) {
	t.Parallel()
	task := makeTask(every(t, 10))
	rec := after(t, task, Record{}, at(0)).Record
	rec.Next = at(25 * time.Second) // what the old rules promised
	dec := after(t, task, rec, at(12*time.Second))
	if got := starts(dec); got != nil {
		t.Errorf("started %v, which was never planned", got)
	}
	if want := at(20 * time.Second); !dec.Record.Next.Equal(want) {
		t.Errorf("next run %v, want %v", dec.Record.Next, want)
	}
}

func TestR10_ClockBehindTheWatermark(t *testing.T) {
	t.Parallel()
	task := makeTask(every(t, 10))
	rec := after(t, task, Record{}, at(0), at(time.Hour)).Record
	dec := after(t, task, rec, at(30*time.Minute))
	if got := starts(dec); got != nil {
		t.Errorf("started %v again", got)
	}
	if dec.Record.StateReason != ReasonClockBehind || !dec.Record.DecidedThrough.Equal(at(time.Hour)) {
		t.Errorf("reason %s, decided through %v", dec.Record.StateReason, dec.Record.DecidedThrough)
	}
}

func TestStuckRuns(t *testing.T) {
	t.Parallel()
	task := makeTask(every(t, 86400), func(task *Task) {
		task.Timeout, task.StopGrace = time.Minute, 30*time.Second
		task.Trigger = date(t, "")
	})
	started := after(t, task, Record{}, at(0)).Record
	ref := started.Active[0].Ref()
	running := decideLive(Input{Task: task, Record: started, Now: at(5 * time.Second), Observations: []Observation{
		{Run: ref, Attempt: 1, Phase: Ran, Start: at(4 * time.Second)},
	}}).Record
	held := Observation{Run: ref, Attempt: 1, Phase: Held, Message: "the image cannot be pulled"}
	stopping := decideLive(Input{Task: task, Record: started, Now: at(10 * time.Minute), Observations: []Observation{held}}).Record

	onLostNode := running.Clone()
	onLostNode.Active[0].Message = "Its node has not reported."
	for name, tc := range map[string]struct {
		rec         Record
		now         time.Time
		seen        []Observation
		wantState   RunState
		wantOutcome Outcome
		wantReason  string
		wantMessage string
	}{
		"before the start timeout it waits": {rec: started, now: at(10*time.Minute - time.Second), wantState: Starting},
		"then it is stopped":                {rec: started, now: at(10 * time.Minute), wantState: Stopping},
		"and has failed when it is gone": {
			rec: stopping, now: at(11 * time.Minute), seen: []Observation{{Run: ref, Attempt: 1, Phase: Ended, Outcome: Failed, Message: "exit code 137"}},
			wantOutcome: Failed, wantReason: ReasonStartTimeout, wantMessage: "It had not started after the startTimeout of 10m0s: the image cannot be pulled",
		},
		"or has not gone for too long": {
			rec: stopping, now: at(12 * time.Minute), wantOutcome: Failed, wantReason: ReasonStartTimeout,
			wantMessage: "It had not started after the startTimeout of 10m0s: the image cannot be pulled",
		},
		"running after its timeout it still counts": {rec: running, now: at(2*time.Minute + 3*time.Second), wantState: Running},
		"a minute later it is lost (E2)": {
			rec: running, now: at(2*time.Minute + 4*time.Second), wantOutcome: Lost, wantReason: ReasonLost,
			wantMessage: "It was still unfinished 1m0s after its timeout of 1m0s.",
		},
		"or has been lost with what is known of it": {
			rec: onLostNode, now: at(2*time.Minute + 4*time.Second), wantOutcome: Lost, wantReason: ReasonLost,
			wantMessage: "It was still unfinished 1m0s after its timeout of 1m0s. Its node has not reported.",
		},
		"deleted by somebody else": {
			rec: running, now: at(time.Minute), seen: []Observation{{Run: ref, Attempt: 1, Phase: Vanished}},
			wantOutcome: Failed, wantReason: ReasonVanished, wantMessage: "Pod " + started.Active[0].Name + " was deleted before it had finished.",
		},
		"news of another attempt is old": {
			rec: running, now: at(time.Minute), seen: []Observation{{Run: ref, Attempt: 2, Phase: Vanished}}, wantState: Running,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dec := decideLive(Input{Task: task, Record: tc.rec, Now: tc.now, Observations: tc.seen})
			if tc.wantOutcome == "" {
				if len(dec.Record.Active) != 1 || dec.Record.Active[0].State != tc.wantState {
					t.Fatalf("active %+v, want one that is %s", dec.Record.Active, tc.wantState)
				}
				return
			}
			want := Result{Source: SourceScheduled, Outcome: tc.wantOutcome, Reason: tc.wantReason, Message: tc.wantMessage, Attempts: 1}
			ignore := cmpopts.IgnoreFields(Result{}, "Slot", "Start", "Finish", "Name")
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
	task := makeTask(date(t, ""), func(task *Task) { task.Timeout = time.Minute })
	ran := Observation{Run: slotRef(0), Attempt: 1, Phase: Ran, Start: at(-time.Hour)}
	dec := play(t, task, step{at: 0}, step{at: time.Second, seen: []Observation{ran}}, step{at: 30 * time.Second})
	if diff := cmp.Diff([]string{"0 Running"}, active(dec.Record)); diff != "" {
		t.Errorf("active (-want +got):\n%s", diff)
	}
}

// Deciding twice at one instant changes nothing: Decide is idempotent.
func TestDecideTwiceChangesNothing(t *testing.T) {
	t.Parallel()
	task := makeTask(every(t, 10), func(task *Task) { task.Coalesce, task.MaxInstances = false, 2 })
	first := decideLive(Input{Task: task, Record: Record{}, Now: at(25 * time.Second)})
	second := decideLive(Input{Task: task, Record: first.Record, Now: at(25 * time.Second)})
	if diff := cmp.Diff(first.Record, second.Record); diff != "" {
		t.Errorf("record (-first +second):\n%s", diff)
	}
	if second.Urgency != None || len(second.Commands) != 0 || len(second.Events) != 0 {
		t.Errorf("the second decision is %+v, want nothing to do", second)
	}
}
