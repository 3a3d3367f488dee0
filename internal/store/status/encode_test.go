package status

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/internal/testutil/objects"
)

// written is what the API server would hold after Render's status was applied.
func written(tb testing.TB, task model.Task, rec model.Record) v1alpha1.TaskStatus {
	tb.Helper()
	raw, err := json.Marshal(Encode(task, rec))
	if err != nil {
		tb.Fatalf("marshalling: %v", err)
	}
	var status v1alpha1.TaskStatus
	if err := json.Unmarshal(raw, &status); err != nil {
		tb.Fatalf("unmarshalling: %v", err)
	}
	return status
}

// What is written is read back: nothing that the core needs after a restart is
// lost on the way through the status.
func TestRecordSurvivesTheStatus(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		rec := drawRecord(rt)
		task := objects.MakeTask()
		task.Status = written(t, model.Task{Coalesce: true}, rec)
		if diff := cmp.Diff(rec, Decode(task)); diff != "" {
			rt.Errorf("record (-written +read):\n%s", diff)
		}
	})
}

// A8: a field that names an object names one that exists. What the name is follows from
// the identity of the attempt, so that the record does not depend on it.
func TestA8_NoNameWithoutAnObject(t *testing.T) {
	t.Parallel()
	task := objects.MakeTask()
	run := model.Run{Source: model.SourceScheduled, Slot: time.Unix(1e9, 0).UTC(), Attempt: 2, State: model.Starting}
	run.Name = model.AttemptName(KeyOf(task), run.Ref(), run.Attempt, run.Nonce)
	for created, want := range map[bool]string{false: "", true: run.Name} {
		run.Created = created
		task.Status = written(t, model.Task{}, model.Record{Active: []model.Run{run}})
		if got := task.Status.Active[0].PodName; got != want {
			t.Errorf("created %t: podName %q, want %q", created, got, want)
		}
		if got := Decode(task).Active[0]; got.Name != run.Name || got.Created != created {
			t.Errorf("read back: name %q, created %t, want %q and %t", got.Name, got.Created, run.Name, created)
		}
	}
}

func drawRecord(t *rapid.T) model.Record {
	instant := rapid.Custom(func(t *rapid.T) time.Time {
		return time.Unix(rapid.Int64Range(1, 4e9).Draw(t, "seconds"), 0).UTC()
	})
	text := rapid.StringMatching(`[A-Za-z0-9 .,"]{1,40}`)
	count := rapid.Int64Range(0, 1e6)
	run := rapid.Custom(func(t *rapid.T) model.Run {
		run := model.Run{
			Source:        rapid.SampledFrom([]model.Source{model.SourceScheduled, model.SourceManual}).Draw(t, "source"),
			Request:       rapid.SampledFrom([]string{"", "2026-11-20T15:02:11Z"}).Draw(t, "request"),
			RequestNumber: rapid.Int64Range(0, 9).Draw(t, "requestNumber"),
			Timeout:       rapid.SampledFrom([]time.Duration{0, time.Minute}).Draw(t, "timeout"),
			StartTimeout:  rapid.SampledFrom([]time.Duration{0, time.Hour}).Draw(t, "startTimeout"),
			ActionHash:    rapid.SampledFrom([]string{"", "0123abcd"}).Draw(t, "actionHash"),
			Slot:          instant.Draw(t, "slot"), Due: instant.Draw(t, "due"),
			Attempt: rapid.IntRange(1, 9).Draw(t, "attempt"), Disruptions: rapid.IntRange(0, 9).Draw(t, "disruptions"),
			Suspended: rapid.Bool().Draw(t, "suspended"), WaitingSince: instant.Draw(t, "waitingSince"), Start: instant.Draw(t, "start"),
			State:     rapid.SampledFrom([]model.RunState{model.Queued, model.Pending, model.Backoff, model.Starting, model.Running, model.Stopping}).Draw(t, "state"),
			Coalesced: count.Draw(t, "coalesced"), CatchUp: rapid.Bool().Draw(t, "catchUp"),
			Holder:  rapid.SampledFrom([]string{"", "me"}).Draw(t, "holder"),
			Message: rapid.SampledFrom([]string{"", "ErrImagePull"}).Draw(t, "message"),
			Nonce:   rapid.SampledFrom([]string{"", "SAGF2WLJ"}).Draw(t, "nonce"),
		}
		switch run.State { // the status has a field for each meaning of these two
		case model.Stopping, model.Backoff:
			run.NotBefore = instant.Draw(t, "notBefore")
			run.StopReason = rapid.SampledFrom([]string{"", model.ReasonStartTimeout}).Draw(t, "stopReason")
		case model.Starting, model.Running:
			run.StopReason = rapid.SampledFrom([]string{"", model.ReasonDisrupted}).Draw(t, "disrupted")
		case model.Queued, model.Pending:
		}
		if run.Holder == "" && !awaitsFirstAttempt(run.State) {
			run.Created = rapid.Bool().Draw(t, "created")
			if run.Created {
				run.UID = rapid.SampledFrom([]string{"", "6c1f"}).Draw(t, "uid")
			}
			if run.Created || run.State != model.Backoff {
				run.Name = model.AttemptName(KeyOf(objects.MakeTask()), run.Ref(), run.Attempt, run.Nonce)
			}
		}
		return run
	})
	result := rapid.Custom(func(t *rapid.T) model.Result {
		return model.Result{
			Slot: instant.Draw(t, "slot"), Source: model.SourceScheduled,
			Outcome: rapid.SampledFrom([]model.Outcome{
				model.Succeeded, model.Failed, model.Missed, model.Skipped, model.Replaced, model.Lost,
			}).Draw(t, "outcome"),
			Reason: text.Draw(t, "reason"), Message: text.Draw(t, "message"), Finish: instant.Draw(t, "finish"),
			Attempts: rapid.IntRange(0, 9).Draw(t, "attempts"), Coalesced: count.Draw(t, "coalesced"),
		}
	})
	rec := model.Record{
		State:       rapid.SampledFrom([]model.State{model.Scheduled, model.Paused, model.Completed, model.Stalled}).Draw(t, "state"),
		StateReason: text.Draw(t, "reason"), StateMessage: text.Draw(t, "message"), ReadySince: instant.Draw(t, "readySince"),
		DecidedThrough: instant.Draw(t, "decidedThrough"), Trigger: "v1-00000000", TriggerSince: instant.Draw(t, "since"),
		Next: instant.Draw(t, "next"), Generation: rapid.Int64Range(1, 1000).Draw(t, "generation"),
		Active: rapid.SliceOfN(run, 0, 4).Draw(t, "active"), Recent: rapid.SliceOfN(result, 0, model.MaxRecent).Draw(t, "recent"),
		Settings: model.EffectiveSettings{
			TimeZone: rapid.SampledFrom([]string{"", "Europe/Berlin"}).Draw(t, "zone"), Coalesce: rapid.Bool().Draw(t, "coalesce"),
			CatchUpLimit: rapid.IntRange(0, 1000).Draw(t, "catchUpLimit"), MaxInstances: rapid.IntRange(1, 100).Draw(t, "maxInstances"),
			OverlapPolicy: rapid.SampledFrom([]model.OverlapPolicy{model.OverlapSkip, model.OverlapQueue}).Draw(t, "overlap"),
			Grace:         time.Duration(rapid.Int64Range(0, 1e15).Draw(t, "grace")), Executor: "pods",
		},
		Counts: model.Counters{
			Succeeded: count.Draw(t, "succeeded"), Failed: count.Draw(t, "failed"), Missed: count.Draw(t, "missed"),
			Skipped: count.Draw(t, "skipped"), Coalesced: count.Draw(t, "folded"), Cancelled: count.Draw(t, "cancelledRuns"),
		},
		Request:        rapid.SampledFrom([]string{"", "2026-11-20T15:02:11Z"}).Draw(t, "handled"),
		Cancel:         rapid.SampledFrom([]string{"", "run=2026-11-20T15:02:11Z 2"}).Draw(t, "cancelled"),
		AcceptedAction: rapid.SampledFrom([]string{"", "v1-6e5cd013cfc6d93130a7"}).Draw(t, "acceptedAction"),
		Requests:       rapid.Int64Range(0, 9).Draw(t, "requests"), NotBefore: instant.Draw(t, "recordNotBefore"), LastSlot: instant.Draw(t, "lastSlot"), LastSuccess: instant.Draw(t, "lastSuccess"),
	}
	rec.Settings.Timeout = time.Duration(rapid.Int64Range(0, 1e15).Draw(t, "timeout"))
	if rapid.Bool().Draw(t, "retries") {
		rec.Settings.Retry = model.Retry{
			MaxAttempts: rapid.IntRange(2, 100).Draw(t, "maxAttempts"), Factor: float64(rapid.IntRange(1, 10).Draw(t, "factor")),
			Initial: time.Duration(rapid.Int64Range(1, 1e13).Draw(t, "initial")), Max: time.Duration(rapid.Int64Range(1e13, 1e15).Draw(t, "max")),
		}
	}
	if rec.Settings.InProcess = rapid.Bool().Draw(t, "inProcess"); !rec.Settings.InProcess {
		rec.Settings.StartTimeout = time.Duration(rapid.Int64Range(0, 1e15).Draw(t, "startTimeout"))
		rec.Settings.KeepSucceeded, rec.Settings.KeepFailed = rapid.IntRange(0, 100).Draw(t, "keepSucceeded"), rapid.IntRange(0, 100).Draw(t, "keepFailed")
	}
	for i := range rec.Active {
		if run := &rec.Active[i]; awaitsFirstAttempt(run.State) {
			run.Attempt = 1
		}
	}
	if len(rec.Active) == 0 {
		rec.Active = nil
	}
	if len(rec.Recent) == 0 {
		rec.Recent = nil
	}
	if rapid.Bool().Draw(t, "has run") {
		rec.Last = &model.LastRun{OK: rapid.Bool().Draw(t, "ok"), Reason: "Because", Message: text.Draw(t, "why"), Since: instant.Draw(t, "lastSince")}
	}
	return rec
}

func TestA3_Conditions(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		rec  model.Record
		want map[string]metav1.ConditionStatus
	}{
		"scheduled": {
			rec:  model.Record{State: model.Scheduled},
			want: map[string]metav1.ConditionStatus{"Ready": metav1.ConditionTrue},
		},
		"paused is ready": {
			rec:  model.Record{State: model.Paused},
			want: map[string]metav1.ConditionStatus{"Ready": metav1.ConditionTrue},
		},
		"a failed run leaves Ready true": {
			rec:  model.Record{State: model.Scheduled, Last: &model.LastRun{Reason: "PodFailed"}},
			want: map[string]metav1.ConditionStatus{"Ready": metav1.ConditionTrue, "LastRunSucceeded": metav1.ConditionFalse},
		},
		"stalled": {
			rec:  model.Record{State: model.Stalled, Last: &model.LastRun{OK: true, Reason: "Succeeded"}},
			want: map[string]metav1.ConditionStatus{"Ready": metav1.ConditionFalse, "Stalled": metav1.ConditionTrue, "LastRunSucceeded": metav1.ConditionTrue},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tc.rec.Generation = 7
			status := written(t, model.Task{}, tc.rec)
			got := map[string]metav1.ConditionStatus{}
			for _, c := range status.Conditions {
				got[c.Type] = c.Status
				if c.ObservedGeneration != 7 {
					t.Errorf("%s has observedGeneration %d, want 7", c.Type, c.ObservedGeneration)
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("conditions (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLongMessagesAreCutToTheSchema(t *testing.T) {
	t.Parallel()
	rec := model.Record{State: model.Stalled, StateReason: "X", StateMessage: strings.Repeat("ü", 2000)}
	status := written(t, model.Task{}, rec)
	ready := meta.FindStatusCondition(status.Conditions, v1alpha1.ConditionReady)
	if got := len([]rune(ready.Message)); got != maxText {
		t.Errorf("the message has %d characters, want %d", got, maxText)
	}
}

// A run that has not been tried has no attempt, and its status says so.
func TestStatus_RunWithoutAttemptHasNoNumber(t *testing.T) {
	t.Parallel()
	for state, want := range map[model.RunState]int32{
		model.Queued: 0, model.Pending: 0, model.Starting: 1, model.Running: 1, model.Backoff: 1, model.Stopping: 1,
	} {
		t.Run(string(state), func(t *testing.T) {
			t.Parallel()
			status := written(t, model.Task{}, model.Record{Active: []model.Run{{State: state, Attempt: 1}}})
			if got := status.Active[0].Attempt; got != want {
				t.Errorf("attempt %d, want %d", got, want)
			}
			for _, attempt := range []int32{0, 1} { // as it was written in earlier versions
				status.Active[0].Attempt = max(want, attempt)
				if got := Decode(&v1alpha1.Task{Status: status}).Active[0].Attempt; got != 1 {
					t.Errorf("read from %d: attempt %d, want 1", attempt, got)
				}
			}
		})
	}
}
