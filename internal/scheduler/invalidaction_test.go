package scheduler

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func invalidAction(task *Task) {
	task.InvalidAction = &Problem{Reason: ReasonInvalidAction, Message: "spec.action.pod.template: refused"}
}

// A7: while the action cannot be carried out, slots are forgotten; they are planned from
// the repair, with the old phase.
func TestA7_InvalidActionStalls(t *testing.T) {
	t.Parallel()
	task := makeTask(every(t, 3600))
	rec := planned(t, task)
	invalid := task
	invalidAction(&invalid)
	invalid.Request = "now"
	dec := Decide(Input{Task: invalid, Record: rec, Now: at(time.Minute), Holder: "me"})
	if got := dec.Record; got.State != Stalled || got.StateReason != ReasonInvalidAction || !got.Next.IsZero() || got.StateMessage != invalid.InvalidAction.Message {
		t.Errorf("state %s/%s %q, next %v; want Stalled/InvalidAction and none", got.State, got.StateReason, got.StateMessage, got.Next)
	}
	if diff := cmp.Diff([]string{"60 Skipped/InvalidAction x1"}, drops(dec)); diff != "" {
		t.Errorf("the run that was asked for (-want +got):\n%s", diff)
	}
	dec = Decide(Input{Task: invalid, Record: dec.Record, Now: at(2*time.Hour + time.Minute), Holder: "me"})
	if len(starts(dec)) > 0 {
		t.Errorf("started %v", starts(dec))
	}
	task.Request = "now"
	dec = Decide(Input{Task: task, Record: dec.Record, Now: at(2*time.Hour + 2*time.Minute), Holder: "me"})
	if got := dec.Record; got.State != Scheduled || !got.Next.Equal(at(3*time.Hour)) || len(starts(dec)) > 0 || len(drops(dec)) > 0 {
		t.Errorf("after the repair: state %s, next %v, started %v, dropped %v; want the next slot alone", got.State, got.Next, starts(dec), drops(dec))
	}
}

// A7: runs that have been decided wait for the repair, as does a date that is owed.
func TestA7_InvalidActionKeepsWhatIsOwed(t *testing.T) {
	t.Parallel()
	task := makeTask(date(t, "2026-01-05T13:00:00Z"))
	rec := planned(t, task)
	invalid := task
	invalidAction(&invalid)
	dec := Decide(Input{Task: invalid, Record: rec, Now: at(2 * time.Hour), Holder: "me"})
	if len(starts(dec)) > 0 || dec.Record.State != Stalled {
		t.Fatalf("state %s, started %v", dec.Record.State, starts(dec))
	}
	dec = Decide(Input{Task: task, Record: dec.Record, Now: at(3 * time.Hour), Holder: "me"})
	if diff := cmp.Diff([]int{3600}, starts(dec)); diff != "" {
		t.Errorf("started after the repair (-want +got):\n%s", diff)
	}
}

// A7: that an action is accepted is saved with whatever else there is to save, or soon by
// itself, so that a new leader need not check it again.
func TestA7_AcceptedActionIsSaved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		task := nowTask(t, "a", 3600)
		w.apply(task)
		p := w.boot("one", time.Second)
		defer p.shutdown()
		sleepUntil(time.Minute)
		before := w.saved()
		w.mu.Lock()
		snap := *w.tasks[task.Key.String()]
		w.mu.Unlock()
		snap.Task.AcceptedAction = "v1-1"
		p.Upsert(snap)
		time.Sleep(5 * time.Second)
		if w.saved() != before {
			t.Errorf("%d saves at once, want none", w.saved()-before)
		}
		time.Sleep(6 * time.Second)
		settle()
		if got := w.record(task.Key).AcceptedAction; got != "v1-1" || w.saved() != before+1 {
			t.Errorf("after 11 s the record has %q, after %d saves; want v1-1 after one", got, w.saved()-before)
		}
		p.Upsert(snap) // says the same at an older version
		time.Sleep(20 * time.Second)
		if w.saved() != before+1 {
			t.Errorf("%d further saves, want none", w.saved()-before-1)
		}
	})
}
