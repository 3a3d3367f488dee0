package decide_test

import (
	"testing"
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/decide"
	"github.com/carillon-dev/carillon/internal/scheduler/fixture"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// S7: the name of an attempt's object cannot be computed from what there is before it is decided.
func TestNonce_IsPartOfTheName(t *testing.T) {
	t.Parallel()
	task, rec := fixture.StartedRun(t, "SAGF2WLJ")
	run := rec.Active[0]
	if run.Nonce != "SAGF2WLJ" || run.Name != model.AttemptName(task.Key, run.Ref(), 1, "SAGF2WLJ") || run.Name == model.AttemptName(task.Key, run.Ref(), 1, "") {
		t.Errorf("nonce %q, name %s", run.Nonce, run.Name)
	}
	failed := model.Observation{Run: run.Ref(), Attempt: 1, Phase: model.PhaseFinished, Outcome: model.Failed, Reason: "NameTaken", NotCreated: true, Disrupted: true}
	dec := decide.Decide(decide.Input{Task: task, Record: rec, Now: fixture.At(61 * time.Second), Holder: "me", Nonce: "ANOTHER", Observations: []model.Observation{failed}})
	next := dec.Record.Active[0]
	if next.Attempt != 2 || next.State != model.Starting || next.Nonce != "ANOTHER" || next.UID != "" || next.Disruptions != 1 {
		t.Errorf("after the name was taken: %+v, want another attempt at once, with a name of its own", next)
	}
}

// S7: once it is known which object carries an attempt out, another one of its name decides nothing.
func TestUID_AnotherObjectOfTheNameIsNotTheRuns(t *testing.T) {
	t.Parallel()
	task, rec := fixture.StartedRun(t, "N")
	ref := rec.Active[0].Ref()
	observe := func(rec model.Record, obs ...model.Observation) decide.Decision {
		for i := range obs {
			obs[i].Run, obs[i].Attempt = ref, 1
		}
		return decide.Decide(decide.Input{Task: task, Record: rec, Now: fixture.At(61 * time.Second), Holder: "me", Observations: obs})
	}
	dec := observe(rec, model.Observation{Phase: model.PhaseCreated, UID: "ours", Start: fixture.At(60 * time.Second)})
	if got := dec.Record.Active[0].UID; got != "ours" || dec.Urgency != decide.None {
		t.Fatalf("UID %q, urgency %v, want it to be kept without a save", got, dec.Urgency)
	}
	for name, obs := range map[string]model.Observation{
		"succeeded": {Phase: model.PhaseFinished, Outcome: model.Succeeded, Reason: model.ReasonSucceeded, UID: "forged"},
		"runs":      {Phase: model.PhaseRunning, Start: fixture.At(60 * time.Second), UID: "forged"},
		"is gone":   {Phase: model.PhaseNotFound, Message: "deleted", UID: "forged"},
	} {
		got := observe(dec.Record, obs)
		if len(got.Record.Active) != 1 || got.Record.Active[0].State != model.Starting || got.Record.Active[0].UID != "ours" {
			t.Errorf("another object %s: active %+v", name, got.Record.Active)
		}
		if len(got.Verify) != 1 {
			t.Errorf("another object %s: %d runs are read live, want the one whose name it has", name, len(got.Verify))
		}
	}
	if got := observe(dec.Record, model.Observation{Phase: model.PhaseFinished, Outcome: model.Succeeded, Reason: model.ReasonSucceeded, UID: "ours"}); len(got.Record.Active) != 0 {
		t.Errorf("the run's own object succeeded: active %v", fixture.Active(got.Record))
	}
}
