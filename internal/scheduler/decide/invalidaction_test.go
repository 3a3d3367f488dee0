package decide_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-dev/carillon/internal/scheduler/decide"
	"github.com/carillon-dev/carillon/internal/scheduler/fixture"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

func invalidAction(task *model.Task) {
	task.InvalidAction = &model.Problem{Reason: model.ReasonInvalidAction, Message: "spec.action.pod.template: refused"}
}

// A7: while the action cannot be carried out, slots are forgotten; they are planned from
// the repair, with the old phase.
func TestA7_InvalidActionStalls(t *testing.T) {
	t.Parallel()
	task := fixture.MakeTask(fixture.Every(t, 3600))
	rec := fixture.Planned(t, task)
	invalid := task
	invalidAction(&invalid)
	invalid.Request = "now"
	dec := decide.Decide(decide.Input{Task: invalid, Record: rec, Now: fixture.At(time.Minute), Holder: "me"})
	if got := dec.Record; got.State != model.Stalled || got.StateReason != model.ReasonInvalidAction || !got.Next.IsZero() || got.StateMessage != invalid.InvalidAction.Message {
		t.Errorf("state %s/%s %q, next %v; want Stalled/InvalidAction and none", got.State, got.StateReason, got.StateMessage, got.Next)
	}
	if diff := cmp.Diff([]string{"60 Skipped/InvalidAction x1"}, fixture.Drops(dec)); diff != "" {
		t.Errorf("the run that was asked for (-want +got):\n%s", diff)
	}
	dec = decide.Decide(decide.Input{Task: invalid, Record: dec.Record, Now: fixture.At(2*time.Hour + time.Minute), Holder: "me"})
	if len(fixture.Starts(dec)) > 0 {
		t.Errorf("started %v", fixture.Starts(dec))
	}
	task.Request = "now"
	dec = decide.Decide(decide.Input{Task: task, Record: dec.Record, Now: fixture.At(2*time.Hour + 2*time.Minute), Holder: "me"})
	if got := dec.Record; got.State != model.Scheduled || !got.Next.Equal(fixture.At(3*time.Hour)) || len(fixture.Starts(dec)) > 0 || len(fixture.Drops(dec)) > 0 {
		t.Errorf("after the repair: state %s, next %v, started %v, dropped %v; want the next slot alone", got.State, got.Next, fixture.Starts(dec), fixture.Drops(dec))
	}
}

// A7: runs that have been decided wait for the repair, as does a date that is due.
func TestA7_InvalidActionKeepsWhatIsOwed(t *testing.T) {
	t.Parallel()
	task := fixture.MakeTask(fixture.Date(t, "2026-01-05T13:00:00Z"))
	rec := fixture.Planned(t, task)
	invalid := task
	invalidAction(&invalid)
	dec := decide.Decide(decide.Input{Task: invalid, Record: rec, Now: fixture.At(2 * time.Hour), Holder: "me"})
	if len(fixture.Starts(dec)) > 0 || dec.Record.State != model.Stalled {
		t.Fatalf("state %s, started %v", dec.Record.State, fixture.Starts(dec))
	}
	dec = decide.Decide(decide.Input{Task: task, Record: dec.Record, Now: fixture.At(3 * time.Hour), Holder: "me"})
	if diff := cmp.Diff([]int{3600}, fixture.Starts(dec)); diff != "" {
		t.Errorf("started after the repair (-want +got):\n%s", diff)
	}
}
