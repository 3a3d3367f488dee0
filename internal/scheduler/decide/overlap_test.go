package decide_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-dev/carillon/internal/scheduler/decide"
	"github.com/carillon-dev/carillon/internal/scheduler/fixture"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

func TestR4_Overlap(t *testing.T) {
	t.Parallel()
	const s = time.Second
	gone := func(slot time.Duration) model.Observation {
		return model.Observation{Run: fixture.SlotRef(slot), Attempt: 1, Phase: model.PhaseNotFound}
	}
	for name, tc := range map[string]struct {
		policy     model.OverlapPolicy
		instances  int
		steps      []fixture.Step
		wantActive []string
		wantRecent []string
		wantStarts []int
	}{
		"Queue keeps one place": {
			policy: model.OverlapQueue, steps: []fixture.Step{{At: 0}, {At: 10 * s}, {At: 20 * s}},
			wantActive: []string{"10 Starting", "20 Queued"},
		},
		"Queue gives it to the newest": {
			policy: model.OverlapQueue, steps: []fixture.Step{{At: 0}, {At: 10 * s}, {At: 20 * s}, {At: 30 * s}},
			wantActive: []string{"10 Starting", "30 Queued"}, wantRecent: []string{"20 Skipped/QueueFull"},
		},
		"Queue starts it when there is an instance": {
			policy:     model.OverlapQueue,
			steps:      []fixture.Step{{At: 0}, {At: 10 * s}, {At: 20 * s}, {At: 21 * s, Seen: []model.Observation{fixture.Ended(model.Succeeded)}}},
			wantActive: []string{"20 Starting"}, wantRecent: []string{"10 Succeeded/Why"}, wantStarts: []int{20},
		},
		"Queue uses every instance first": {
			policy: model.OverlapQueue, instances: 2, steps: []fixture.Step{{At: 0}, {At: 10 * s}, {At: 20 * s}, {At: 30 * s}},
			wantActive: []string{"10 Starting", "20 Starting", "30 Queued"},
		},
		"Replace stops the oldest and waits until it is gone": {
			policy: model.OverlapReplace, steps: []fixture.Step{{At: 0}, {At: 10 * s}, {At: 20 * s}},
			wantActive: []string{"10 Stopping", "20 Queued"},
		},
		"Replace starts the new one then": {
			policy: model.OverlapReplace, steps: []fixture.Step{{At: 0}, {At: 10 * s}, {At: 20 * s}, {At: 23 * s, Seen: []model.Observation{gone(10 * s)}}},
			wantActive: []string{"20 Starting"}, wantRecent: []string{"10 Replaced/Replaced"}, wantStarts: []int{20},
		},
		"Replace lets the newest waiting one win": {
			policy: model.OverlapReplace, steps: []fixture.Step{{At: 0}, {At: 10 * s}, {At: 20 * s}, {At: 30 * s}, {At: 31 * s, Seen: []model.Observation{gone(10 * s)}}},
			wantActive: []string{"30 Starting"}, wantRecent: []string{"20 Skipped/QueueFull", "10 Replaced/Replaced"}, wantStarts: []int{30},
		},
		"Replace does not undo a success": {
			policy: model.OverlapReplace, steps: []fixture.Step{{At: 0}, {At: 10 * s}, {At: 20 * s}, {At: 21 * s, Seen: []model.Observation{fixture.Ended(model.Succeeded)}}},
			wantActive: []string{"20 Starting"}, wantRecent: []string{"10 Succeeded/Why"}, wantStarts: []int{20},
		},
		"Replace gives up one that does not end": {
			policy: model.OverlapReplace, steps: []fixture.Step{{At: 0}, {At: 10 * s}, {At: 20 * s}, {At: 29 * s}, {At: 80 * s}},
			wantActive: []string{"80 Starting"}, wantRecent: []string{"10 Replaced/Replaced", "20 Skipped/QueueFull"}, wantStarts: []int{80},
		},
		"C8: a run that is being replaced is not stopped twice": {
			policy: model.OverlapReplace, steps: []fixture.Step{{At: 0}, {At: 10 * s}, {At: 20 * s}, {At: 20500 * time.Millisecond}},
			wantActive: []string{"10 Stopping", "20 Queued"},
		},
		"P1: what waits is skipped by a pause": {
			policy: model.OverlapQueue, steps: []fixture.Step{{At: 0}, {At: 10 * s}, {At: 20 * s}, {At: 22 * s, Task: fixture.Pause}},
			wantActive: []string{"10 Starting"}, wantRecent: []string{"20 Skipped/Paused"},
		},
		"T9: what waits is missed by an edit": {
			policy: model.OverlapQueue, steps: []fixture.Step{{At: 0}, {At: 10 * s}, {At: 20 * s}, {At: 22 * s, Task: func(task *model.Task) { task.Trigger = fixture.Every(t, 3600) }}},
			wantActive: []string{"10 Starting"}, wantRecent: []string{"20 Missed/TriggerChanged"},
		},
		"R3: the grace of what has waited is judged when it could start": {
			policy: model.OverlapQueue,
			steps: []fixture.Step{
				{At: 0, Task: func(task *model.Task) { task.Grace = 5 * s }},
				{At: 10 * s},
				{At: 20 * s},
				{At: 26 * s, Seen: []model.Observation{fixture.Ended(model.Succeeded)}},
			},
			wantRecent: []string{"10 Succeeded/Why", "20 Missed/MisfireGracePeriodExceeded"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			task := fixture.MakeTask(fixture.Every(t, 10), func(task *model.Task) { task.OverlapPolicy, task.MaxInstances = tc.policy, max(tc.instances, 1) })
			dec := fixture.Play(t, task, tc.steps...)
			if diff := cmp.Diff(tc.wantActive, fixture.Active(dec.Record)); diff != "" {
				t.Errorf("active (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.wantRecent, fixture.Recent(dec.Record)); diff != "" {
				t.Errorf("recent (-want +got):\n%s", diff)
			}
			if tc.wantStarts != nil {
				if diff := cmp.Diff(tc.wantStarts, fixture.Starts(dec)); diff != "" {
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
	task := fixture.MakeTask(fixture.Every(t, 10), func(task *model.Task) {
		task.Coalesce, task.OverlapPolicy, task.Grace = false, model.OverlapReplace, 5*s
	})
	dec := fixture.Play(t, task, fixture.Step{At: 0}, fixture.Step{At: 10 * s}, fixture.Step{At: 35 * s}, fixture.Step{At: 41 * s, Seen: []model.Observation{fixture.Ended(model.Succeeded)}})
	if diff := cmp.Diff([]string{"10 Succeeded/Why", "20 Missed/MisfireGracePeriodExceeded"}, fixture.Recent(dec.Record)); diff != "" {
		t.Fatalf("recent (-want +got):\n%s", diff)
	}
	if dec.Urgency != decide.Now || dec.Wake.After(fixture.At(41*s)) {
		t.Errorf("urgency %d, wake %v; want to be saved and asked again at once: slot 30 is due", dec.Urgency, dec.Wake)
	}
	dec = fixture.DecideLive(decide.Input{Task: task, Record: dec.Record, Now: fixture.At(41 * s)})
	if diff := cmp.Diff([]string{"40 Starting"}, fixture.Active(dec.Record)); diff != "" {
		t.Errorf("active (-want +got):\n%s", diff)
	}
}

// checkCounted checks that every slot of a Task every ten seconds up to the
// watermark is counted once or active (R1).
func checkCounted(tb testing.TB, rec model.Record) {
	tb.Helper()
	var scheduled int64
	for _, run := range rec.Active {
		if run.Source == model.SourceScheduled {
			scheduled++
		}
	}
	c := rec.Counts
	counted := c.Succeeded + c.Failed + c.Missed + c.Skipped + c.Coalesced + c.Replaced + c.Lost + c.Cancelled + scheduled
	if decided := int64(rec.DecidedThrough.Sub(fixture.Created) / (10 * time.Second)); counted != decided {
		tb.Errorf("%d slots decided, %d counted: %+v and %d active", decided, counted, c, scheduled)
	}
}

func TestR5_Retries(t *testing.T) {
	t.Parallel()
	retry := model.Retry{MaxAttempts: 3, Initial: 10 * time.Second, Factor: 3, Max: 20 * time.Second}
	task := fixture.MakeTask(fixture.Date(t, ""), func(task *model.Task) { task.Retry = retry })
	failed := func(attempt int) model.Observation {
		return model.Observation{Run: fixture.SlotRef(0), Attempt: attempt, Phase: model.PhaseFinished, Outcome: model.Failed, Reason: "PodFailed", Message: "exit code 3"}
	}
	first := fixture.Play(t, task, fixture.Step{At: 0}).Record.Active[0]
	dec := fixture.Play(t, task, fixture.Step{At: 0}, fixture.Step{At: 5 * time.Second, Seen: []model.Observation{failed(1)}})
	if got := dec.Record.Active[0]; got.State != model.Backoff || !got.NotBefore.Equal(fixture.At(15*time.Second)) || !dec.Wake.Equal(got.NotBefore) {
		t.Fatalf("after the first failure: %+v, wake %v; want a backoff until 15 s", got, dec.Wake)
	}
	if dec.Record.Counts != (model.Counters{}) {
		t.Errorf("counted too early: %+v", dec.Record.Counts)
	}
	dec = fixture.Play(t, task, fixture.Step{At: 0}, fixture.Step{At: 5 * time.Second, Seen: []model.Observation{failed(1)}}, fixture.Step{At: 15 * time.Second})
	second := dec.Record.Active[0]
	if second.State != model.Starting || second.Attempt != 2 || len(dec.Commands) != 1 {
		t.Fatalf("when the backoff is over: %+v, %v; want the second attempt to start", second, dec.Commands)
	}
	if second.Ref() != first.Ref() || second.Name == first.Name {
		t.Errorf("the attempts are %+v and %+v: want one run with two names", first, second)
	}
	dec = fixture.Play(t, task,
		fixture.Step{At: 0}, fixture.Step{At: 5 * time.Second, Seen: []model.Observation{failed(1)}}, fixture.Step{At: 15 * time.Second},
		fixture.Step{At: 16 * time.Second, Seen: []model.Observation{failed(2)}}, fixture.Step{At: 36 * time.Second},
		fixture.Step{At: 37 * time.Second, Seen: []model.Observation{failed(3)}})
	if got := dec.Record; len(got.Active) != 0 || got.Counts.Failed != 1 || got.Recent[0].Attempts != 3 {
		t.Errorf("after the last failure: %+v, want one failed run of three attempts", got)
	}
}

func TestR5_DelayGrowsUpToItsLimit(t *testing.T) {
	t.Parallel()
	retry := model.Retry{MaxAttempts: 100, Initial: time.Second, Factor: 2, Max: 5 * time.Second}
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
	task := fixture.MakeTask(fixture.Every(t, 10), func(task *model.Task) {
		task.Retry = model.Retry{MaxAttempts: 2, Initial: time.Minute, Factor: 1, Max: time.Minute}
	})
	dec := fixture.Play(t, task, fixture.Step{At: 0}, fixture.Step{At: 10 * time.Second}, fixture.Step{At: 12 * time.Second, Seen: []model.Observation{fixture.Ended(model.Failed)}}, fixture.Step{At: 20 * time.Second})
	if diff := cmp.Diff([]string{"20 Skipped/MaxInstancesReached x1"}, fixture.Drops(dec)); diff != "" {
		t.Errorf("drops (-want +got):\n%s", diff)
	}
}

func TestP1_PauseEndsABackoff(t *testing.T) {
	t.Parallel()
	task := fixture.MakeTask(fixture.Every(t, 10), func(task *model.Task) {
		task.Retry = model.Retry{MaxAttempts: 2, Initial: time.Minute, Factor: 1, Max: time.Minute}
	})
	dec := fixture.Play(t, task, fixture.Step{At: 0}, fixture.Step{At: 10 * time.Second}, fixture.Step{At: 12 * time.Second, Seen: []model.Observation{fixture.Ended(model.Failed)}},
		fixture.Step{At: 13 * time.Second, Task: fixture.Pause})
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
	ask := func(task *model.Task) { task.Request = "one" }
	for name, tc := range map[string]struct {
		steps       []fixture.Step
		wantActive  []string
		wantRecent  []string
		wantNext    time.Duration // zero: none
		wantHandled string
	}{
		"it runs at once and leaves the plan alone": {
			steps: []fixture.Step{{At: 0}, {At: 13 * s, Seen: []model.Observation{fixture.Ended(model.Succeeded)}, Task: ask}},
			// The slot at 10 s is decided in the same step.
			// Nothing of its run exists yet: the request waits until that is known.
			wantActive: []string{"10 Starting"}, wantNext: 20 * s,
		},
		"once": {
			steps:      []fixture.Step{{At: 0}, {At: 3 * s, Task: ask}, {At: 4 * s}},
			wantActive: []string{"3 Starting"}, wantNext: 10 * s, wantHandled: "one",
		},
		"it obeys maxInstances": {
			steps:      []fixture.Step{{At: 0}, {At: 10 * s}, {At: 11 * s, Task: ask}},
			wantActive: []string{"10 Starting"}, wantRecent: []string{"11 Skipped/MaxInstancesReached"}, wantNext: 20 * s, wantHandled: "one",
		},
		"a paused Task runs it and stays paused": {
			steps:      []fixture.Step{{At: 0, Task: fixture.Pause}, {At: 3 * s, Task: ask}},
			wantActive: []string{"3 Starting"}, wantHandled: "one",
		},
		"a paused Scheduler lets it wait": {
			steps:    []fixture.Step{{At: 0, Task: func(task *model.Task) { task.SchedulerPaused = true }}, {At: 3 * s, Task: ask}},
			wantNext: 10 * s,
		},
		"a stalled Task skips it with the reason": {
			steps:      []fixture.Step{{At: 0, Task: func(task *model.Task) { task.Missing = &model.Problem{Reason: "UnknownHandler", Message: "?"} }}, {At: 3 * s, Task: ask}},
			wantRecent: []string{"3 Skipped/UnknownHandler"}, wantNext: 10 * s, wantHandled: "one",
		},
		"another request is another run": {
			steps: []fixture.Step{
				{At: 0, Task: func(task *model.Task) { task.MaxInstances = 2 }},
				{At: 3 * s, Task: ask},
				{At: 4 * s, Task: func(task *model.Task) { task.Request = "two" }},
			},
			wantActive: []string{"3 Starting", "4 Starting"}, wantNext: 10 * s, wantHandled: "two",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dec := fixture.Play(t, fixture.MakeTask(fixture.Every(t, 10)), tc.steps...)
			if diff := cmp.Diff(tc.wantActive, fixture.Active(dec.Record)); diff != "" {
				t.Errorf("active (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.wantRecent, fixture.Recent(dec.Record)); diff != "" {
				t.Errorf("recent (-want +got):\n%s", diff)
			}
			want := time.Time{}
			if tc.wantNext != 0 {
				want = fixture.At(tc.wantNext)
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
	dec := fixture.Play(t, fixture.MakeTask(fixture.Date(t, "2026-01-05T12:00:10Z")),
		fixture.Step{At: 0}, fixture.Step{At: 10 * time.Second}, fixture.Step{At: 11 * time.Second, Seen: []model.Observation{fixture.Ended(model.Succeeded)}},
		fixture.Step{At: time.Minute, Task: func(task *model.Task) { task.Request = "again" }})
	if dec.Record.State != model.Completed {
		t.Errorf("state %s, want Completed", dec.Record.State)
	}
	if diff := cmp.Diff([]string{"60 Starting"}, fixture.Active(dec.Record)); diff != "" {
		t.Errorf("active (-want +got):\n%s", diff)
	}
}
