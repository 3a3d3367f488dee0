package scheduler

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// play decides at each step in turn and returns the last decision. A step is an
// instant and what has been seen of the runs by then.
type step struct {
	at   time.Duration
	seen []Observation
	task func(*Task) // how the Task has been changed, from this step on
}

func play(tb testing.TB, task Task, steps ...step) Decision {
	tb.Helper()
	var dec Decision
	for _, s := range steps {
		if s.task != nil {
			s.task(&task)
		}
		dec = decideLive(Input{Task: task, Record: dec.Record, Now: at(s.at), Observations: s.seen, Holder: "me"})
	}
	return dec
}

// slotRef is the scheduled run of a slot, given in time after created.
func slotRef(slot time.Duration) RunRef {
	return RunRef{Source: SourceScheduled, Slot: at(slot).Unix()}
}

// ended is how the run of the first slot of a Task every ten seconds ended.
func ended(outcome Outcome) Observation {
	return Observation{Run: slotRef(10 * time.Second), Attempt: 1, Phase: Ended, Outcome: outcome, Reason: "Why", Message: "so"}
}

// active describes the unfinished runs, such as "10 Starting".
func active(rec Record) []string {
	var out []string
	for _, run := range rec.Active {
		out = append(out, fmt.Sprintf("%d %s", int(run.Slot.Sub(created)/time.Second), run.State))
	}
	return out
}

// recent describes the recent results, oldest first, such as "10 Succeeded/Why".
func recent(rec Record) []string {
	var out []string
	for _, res := range rec.Recent {
		out = append([]string{fmt.Sprintf("%d %s/%s", int(res.Slot.Sub(created)/time.Second), res.Outcome, res.Reason)}, out...)
	}
	return out
}

func TestR4_Overlap(t *testing.T) {
	t.Parallel()
	const s = time.Second
	gone := func(slot time.Duration) Observation {
		return Observation{Run: slotRef(slot), Attempt: 1, Phase: Vanished}
	}
	for name, tc := range map[string]struct {
		policy     Overlap
		instances  int
		steps      []step
		wantActive []string
		wantRecent []string
		wantStarts []int
	}{
		"Queue keeps one place": {
			policy: OverlapQueue, steps: []step{{at: 0}, {at: 10 * s}, {at: 20 * s}},
			wantActive: []string{"10 Starting", "20 Queued"},
		},
		"Queue gives it to the newest": {
			policy: OverlapQueue, steps: []step{{at: 0}, {at: 10 * s}, {at: 20 * s}, {at: 30 * s}},
			wantActive: []string{"10 Starting", "30 Queued"}, wantRecent: []string{"20 Skipped/QueueFull"},
		},
		"Queue starts it when there is an instance": {
			policy:     OverlapQueue,
			steps:      []step{{at: 0}, {at: 10 * s}, {at: 20 * s}, {at: 21 * s, seen: []Observation{ended(Succeeded)}}},
			wantActive: []string{"20 Starting"}, wantRecent: []string{"10 Succeeded/Why"}, wantStarts: []int{20},
		},
		"Queue uses every instance first": {
			policy: OverlapQueue, instances: 2, steps: []step{{at: 0}, {at: 10 * s}, {at: 20 * s}, {at: 30 * s}},
			wantActive: []string{"10 Starting", "20 Starting", "30 Queued"},
		},
		"Replace stops the oldest and waits until it is gone": {
			policy: OverlapReplace, steps: []step{{at: 0}, {at: 10 * s}, {at: 20 * s}},
			wantActive: []string{"10 Stopping", "20 Queued"},
		},
		"Replace starts the new one then": {
			policy: OverlapReplace, steps: []step{{at: 0}, {at: 10 * s}, {at: 20 * s}, {at: 23 * s, seen: []Observation{gone(10 * s)}}},
			wantActive: []string{"20 Starting"}, wantRecent: []string{"10 Replaced/Replaced"}, wantStarts: []int{20},
		},
		"Replace lets the newest waiting one win": {
			policy: OverlapReplace, steps: []step{{at: 0}, {at: 10 * s}, {at: 20 * s}, {at: 30 * s}, {at: 31 * s, seen: []Observation{gone(10 * s)}}},
			wantActive: []string{"30 Starting"}, wantRecent: []string{"20 Skipped/QueueFull", "10 Replaced/Replaced"}, wantStarts: []int{30},
		},
		"Replace does not undo a success": {
			policy: OverlapReplace, steps: []step{{at: 0}, {at: 10 * s}, {at: 20 * s}, {at: 21 * s, seen: []Observation{ended(Succeeded)}}},
			wantActive: []string{"20 Starting"}, wantRecent: []string{"10 Succeeded/Why"}, wantStarts: []int{20},
		},
		"Replace gives up one that does not end": {
			policy: OverlapReplace, steps: []step{{at: 0}, {at: 10 * s}, {at: 20 * s}, {at: 29 * s}, {at: 80 * s}},
			wantActive: []string{"80 Starting"}, wantRecent: []string{"10 Replaced/Replaced", "20 Skipped/QueueFull"}, wantStarts: []int{80},
		},
		"C8: a run that is being replaced is not stopped twice": {
			policy: OverlapReplace, steps: []step{{at: 0}, {at: 10 * s}, {at: 20 * s}, {at: 20500 * time.Millisecond}},
			wantActive: []string{"10 Stopping", "20 Queued"},
		},
		"P1: what waits is skipped by a pause": {
			policy: OverlapQueue, steps: []step{{at: 0}, {at: 10 * s}, {at: 20 * s}, {at: 22 * s, task: pause}},
			wantActive: []string{"10 Starting"}, wantRecent: []string{"20 Skipped/Paused"},
		},
		"T9: what waits is missed by an edit": {
			policy: OverlapQueue, steps: []step{{at: 0}, {at: 10 * s}, {at: 20 * s}, {at: 22 * s, task: func(task *Task) { task.Trigger = every(t, 3600) }}},
			wantActive: []string{"10 Starting"}, wantRecent: []string{"20 Missed/TriggerChanged"},
		},
		"R3: the grace of what has waited is judged when it could start": {
			policy: OverlapQueue,
			steps: []step{
				{at: 0, task: func(task *Task) { task.Grace = 5 * s }},
				{at: 10 * s},
				{at: 20 * s},
				{at: 26 * s, seen: []Observation{ended(Succeeded)}},
			},
			wantRecent: []string{"10 Succeeded/Why", "20 Missed/MisfireGracePeriodExceeded"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			task := makeTask(every(t, 10), func(task *Task) { task.Overlap, task.MaxInstances = tc.policy, max(tc.instances, 1) })
			dec := play(t, task, tc.steps...)
			if diff := cmp.Diff(tc.wantActive, active(dec.Record)); diff != "" {
				t.Errorf("active (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.wantRecent, recent(dec.Record)); diff != "" {
				t.Errorf("recent (-want +got):\n%s", diff)
			}
			if tc.wantStarts != nil {
				if diff := cmp.Diff(tc.wantStarts, starts(dec)); diff != "" {
					t.Errorf("starts (-want +got):\n%s", diff)
				}
			}
			checkCounted(t, dec.Record)
		})
	}
}

// When the backlog's run that waited for an instance turns out to be too late, the
// next ones are decided at once: nothing else would come to wake them.
func TestR2_BacklogGoesOnAfterARunThatWaitedTooLong(t *testing.T) {
	t.Parallel()
	const s = time.Second
	task := makeTask(every(t, 10), func(task *Task) { task.Coalesce, task.Overlap, task.Grace = false, OverlapReplace, 5*s })
	dec := play(t, task, step{at: 0}, step{at: 10 * s}, step{at: 35 * s}, step{at: 41 * s, seen: []Observation{ended(Succeeded)}})
	if diff := cmp.Diff([]string{"10 Succeeded/Why", "20 Missed/MisfireGracePeriodExceeded"}, recent(dec.Record)); diff != "" {
		t.Fatalf("recent (-want +got):\n%s", diff)
	}
	if dec.Urgency != Now || dec.Wake.After(at(41*s)) {
		t.Errorf("urgency %d, wake %v; want to be saved and asked again at once: slot 30 is due", dec.Urgency, dec.Wake)
	}
	dec = decideLive(Input{Task: task, Record: dec.Record, Now: at(41 * s)})
	if diff := cmp.Diff([]string{"40 Starting"}, active(dec.Record)); diff != "" {
		t.Errorf("active (-want +got):\n%s", diff)
	}
}

// checkCounted checks that every slot of a Task every ten seconds up to the
// watermark is counted once or active (R1).
func checkCounted(tb testing.TB, rec Record) {
	tb.Helper()
	var scheduled int64
	for _, run := range rec.Active {
		if run.Source == SourceScheduled {
			scheduled++
		}
	}
	c := rec.Counts
	counted := c.Succeeded + c.Failed + c.Missed + c.Skipped + c.Coalesced + c.Replaced + c.Lost + scheduled
	if decided := int64(rec.DecidedThrough.Sub(created) / (10 * time.Second)); counted != decided {
		tb.Errorf("%d slots decided, %d counted: %+v and %d active", decided, counted, c, scheduled)
	}
}

func TestR5_Retries(t *testing.T) {
	t.Parallel()
	retry := Retry{MaxAttempts: 3, Initial: 10 * time.Second, Factor: 3, Max: 20 * time.Second}
	task := makeTask(date(t, ""), func(task *Task) { task.Retry = retry })
	failed := func(attempt int) Observation {
		return Observation{Run: slotRef(0), Attempt: attempt, Phase: Ended, Outcome: Failed, Reason: "PodFailed", Message: "exit code 3"}
	}
	first := play(t, task, step{at: 0}).Record.Active[0]
	dec := play(t, task, step{at: 0}, step{at: 5 * time.Second, seen: []Observation{failed(1)}})
	if got := dec.Record.Active[0]; got.State != Backoff || !got.NotBefore.Equal(at(15*time.Second)) || !dec.Wake.Equal(got.NotBefore) {
		t.Fatalf("after the first failure: %+v, wake %v; want a backoff until 15 s", got, dec.Wake)
	}
	if dec.Record.Counts != (Counters{}) {
		t.Errorf("counted too early: %+v", dec.Record.Counts)
	}
	dec = play(t, task, step{at: 0}, step{at: 5 * time.Second, seen: []Observation{failed(1)}}, step{at: 15 * time.Second})
	second := dec.Record.Active[0]
	if second.State != Starting || second.Attempt != 2 || len(dec.Commands) != 1 {
		t.Fatalf("when the backoff is over: %+v, %v; want the second attempt to start", second, dec.Commands)
	}
	if second.Ref() != first.Ref() || second.Name == first.Name {
		t.Errorf("the attempts are %+v and %+v: want one run with two names", first, second)
	}
	dec = play(t, task,
		step{at: 0}, step{at: 5 * time.Second, seen: []Observation{failed(1)}}, step{at: 15 * time.Second},
		step{at: 16 * time.Second, seen: []Observation{failed(2)}}, step{at: 36 * time.Second},
		step{at: 37 * time.Second, seen: []Observation{failed(3)}})
	if got := dec.Record; len(got.Active) != 0 || got.Counts.Failed != 1 || got.Recent[0].Attempts != 3 {
		t.Errorf("after the last failure: %+v, want one failed run of three attempts", got)
	}
}

func TestR5_DelayGrowsUpToItsLimit(t *testing.T) {
	t.Parallel()
	retry := Retry{MaxAttempts: 100, Initial: time.Second, Factor: 2, Max: 5 * time.Second}
	for attempt, want := range map[int]time.Duration{
		1: time.Second, 2: 2 * time.Second, 3: 4 * time.Second, 4: 5 * time.Second, 99: 5 * time.Second,
	} {
		if got := retry.Delay(attempt); got != want {
			t.Errorf("after attempt %d: %s, want %s", attempt, got, want)
		}
	}
}

func TestR4_BackoffHoldsItsInstance(t *testing.T) {
	t.Parallel()
	task := makeTask(every(t, 10), func(task *Task) {
		task.Retry = Retry{MaxAttempts: 2, Initial: time.Minute, Factor: 1, Max: time.Minute}
	})
	dec := play(t, task, step{at: 0}, step{at: 10 * time.Second}, step{at: 12 * time.Second, seen: []Observation{ended(Failed)}}, step{at: 20 * time.Second})
	if diff := cmp.Diff([]string{"20 Skipped/MaxInstancesReached x1"}, drops(dec)); diff != "" {
		t.Errorf("drops (-want +got):\n%s", diff)
	}
}

func TestP1_PauseEndsABackoff(t *testing.T) {
	t.Parallel()
	task := makeTask(every(t, 10), func(task *Task) {
		task.Retry = Retry{MaxAttempts: 2, Initial: time.Minute, Factor: 1, Max: time.Minute}
	})
	dec := play(t, task, step{at: 0}, step{at: 10 * time.Second}, step{at: 12 * time.Second, seen: []Observation{ended(Failed)}},
		step{at: 13 * time.Second, task: pause})
	if len(dec.Record.Active) != 0 || dec.Record.Counts.Failed != 1 {
		t.Fatalf("record %+v, want the run failed", dec.Record)
	}
	if got := dec.Record.Recent[0].Message; !strings.Contains(got, "so") || !strings.Contains(got, "paused") {
		t.Errorf("message %q, want the failure and the pause", got)
	}
}

func TestR8_RunNow(t *testing.T) {
	t.Parallel()
	const s = time.Second
	ask := func(task *Task) { task.Request = "one" }
	for name, tc := range map[string]struct {
		steps       []step
		wantActive  []string
		wantRecent  []string
		wantNext    time.Duration // zero: none
		wantHandled string
	}{
		"it runs at once and leaves the plan alone": {
			steps: []step{{at: 0}, {at: 13 * s, seen: []Observation{ended(Succeeded)}, task: ask}},
			// The slot at 10 s is decided in the same step.
			// Nothing of its run exists yet: the request waits until that is known.
			wantActive: []string{"10 Starting"}, wantNext: 20 * s,
		},
		"once": {
			steps:      []step{{at: 0}, {at: 3 * s, task: ask}, {at: 4 * s}},
			wantActive: []string{"3 Starting"}, wantNext: 10 * s, wantHandled: "one",
		},
		"it obeys maxInstances": {
			steps:      []step{{at: 0}, {at: 10 * s}, {at: 11 * s, task: ask}},
			wantActive: []string{"10 Starting"}, wantRecent: []string{"11 Skipped/MaxInstancesReached"}, wantNext: 20 * s, wantHandled: "one",
		},
		"a paused Task runs it and stays paused": {
			steps:      []step{{at: 0, task: pause}, {at: 3 * s, task: ask}},
			wantActive: []string{"3 Starting"}, wantHandled: "one",
		},
		"a paused Scheduler lets it wait": {
			steps:    []step{{at: 0, task: func(task *Task) { task.SchedulerPaused = true }}, {at: 3 * s, task: ask}},
			wantNext: 10 * s,
		},
		"a stalled Task skips it with the reason": {
			steps:      []step{{at: 0, task: func(task *Task) { task.Missing = &Problem{Reason: "UnknownHandler", Message: "?"} }}, {at: 3 * s, task: ask}},
			wantRecent: []string{"3 Skipped/UnknownHandler"}, wantNext: 10 * s, wantHandled: "one",
		},
		"another request is another run": {
			steps: []step{
				{at: 0, task: func(task *Task) { task.MaxInstances = 2 }},
				{at: 3 * s, task: ask},
				{at: 4 * s, task: func(task *Task) { task.Request = "two" }},
			},
			wantActive: []string{"3 Starting", "4 Starting"}, wantNext: 10 * s, wantHandled: "two",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dec := play(t, makeTask(every(t, 10)), tc.steps...)
			if diff := cmp.Diff(tc.wantActive, active(dec.Record)); diff != "" {
				t.Errorf("active (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.wantRecent, recent(dec.Record)); diff != "" {
				t.Errorf("recent (-want +got):\n%s", diff)
			}
			want := time.Time{}
			if tc.wantNext != 0 {
				want = at(tc.wantNext)
			}
			if !dec.Record.Next.Equal(want) {
				t.Errorf("next run %v, want %v", dec.Record.Next, want)
			}
			if dec.Record.Request != tc.wantHandled {
				t.Errorf("handled %q, want %q", dec.Record.Request, tc.wantHandled)
			}
		})
	}
}

func TestR8_CompletedRunsItAndStaysCompleted(t *testing.T) {
	t.Parallel()
	dec := play(t, makeTask(date(t, "2026-01-05T12:00:10Z")),
		step{at: 0}, step{at: 10 * time.Second}, step{at: 11 * time.Second, seen: []Observation{ended(Succeeded)}},
		step{at: time.Minute, task: func(task *Task) { task.Request = "again" }})
	if dec.Record.State != Completed {
		t.Errorf("state %s, want Completed", dec.Record.State)
	}
	if diff := cmp.Diff([]string{"60 Starting"}, active(dec.Record)); diff != "" {
		t.Errorf("active (-want +got):\n%s", diff)
	}
}
