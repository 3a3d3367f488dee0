package scheduler

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// started is a record with one run that has been started, and the run.
func startedRun(t *testing.T, nonce string) (Task, Record) {
	t.Helper()
	task := makeTask(every(t, 60))
	rec := Decide(Input{Task: task, Now: at(0), Holder: "me"}).Record
	rec = Decide(Input{Task: task, Record: rec, Now: at(time.Minute), Holder: "me", Nonce: nonce}).Record
	if len(rec.Active) != 1 {
		t.Fatalf("active %v, want one run", active(rec))
	}
	return task, rec
}

// S7: the name of an attempt's object cannot be computed from what there is before it is decided.
func TestNonce_IsPartOfTheName(t *testing.T) {
	t.Parallel()
	task, rec := startedRun(t, "SAGF2WLJ")
	run := rec.Active[0]
	if run.Nonce != "SAGF2WLJ" || run.Name != AttemptName(task.Key, run.Ref(), 1, "SAGF2WLJ") || run.Name == AttemptName(task.Key, run.Ref(), 1, "") {
		t.Errorf("nonce %q, name %s", run.Nonce, run.Name)
	}
	failed := Observation{Run: run.Ref(), Attempt: 1, Phase: Ended, Outcome: Failed, Reason: "NameTaken", NotCreated: true, Disrupted: true}
	dec := Decide(Input{Task: task, Record: rec, Now: at(61 * time.Second), Holder: "me", Nonce: "ANOTHER", Observations: []Observation{failed}})
	next := dec.Record.Active[0]
	if next.Attempt != 2 || next.State != Starting || next.Nonce != "ANOTHER" || next.UID != "" || next.Disruptions != 1 {
		t.Errorf("after the name was taken: %+v, want another attempt at once, with a name of its own", next)
	}
}

// S7: once it is known which object carries an attempt out, another one of its name decides nothing.
func TestUID_AnotherObjectOfTheNameIsNotTheRuns(t *testing.T) {
	t.Parallel()
	task, rec := startedRun(t, "N")
	ref := rec.Active[0].Ref()
	decide := func(rec Record, obs ...Observation) Decision {
		for i := range obs {
			obs[i].Run, obs[i].Attempt = ref, 1
		}
		return Decide(Input{Task: task, Record: rec, Now: at(61 * time.Second), Holder: "me", Observations: obs})
	}
	dec := decide(rec, Observation{Phase: Began, UID: "ours", Start: at(60 * time.Second)})
	if got := dec.Record.Active[0].UID; got != "ours" || dec.Urgency != None {
		t.Fatalf("UID %q, urgency %v, want it to be kept without a save", got, dec.Urgency)
	}
	for name, obs := range map[string]Observation{
		"succeeded": {Phase: Ended, Outcome: Succeeded, Reason: ReasonSucceeded, UID: "forged"},
		"runs":      {Phase: Ran, Start: at(60 * time.Second), UID: "forged"},
		"is gone":   {Phase: Vanished, Message: "deleted", UID: "forged"},
	} {
		got := decide(dec.Record, obs)
		if len(got.Record.Active) != 1 || got.Record.Active[0].State != Starting || got.Record.Active[0].UID != "ours" {
			t.Errorf("another object %s: active %+v", name, got.Record.Active)
		}
		if len(got.Verify) != 1 {
			t.Errorf("another object %s: %d runs are read live, want the one whose name it has", name, len(got.Verify))
		}
	}
	if got := decide(dec.Record, Observation{Phase: Ended, Outcome: Succeeded, Reason: ReasonSucceeded, UID: "ours"}); len(got.Record.Active) != 0 {
		t.Errorf("the run's own object succeeded: active %v", active(got.Record))
	}
}

// heldPods is an executor whose creates are not answered.
type heldPods struct{ pods }

func (heldPods) Start(context.Context, Task, Run) {}

// S7: what a watch shows of an attempt before the create is answered may be somebody else's. It
// counts when the answer names the same object.
func TestWatch_WaitsForTheAnswerOfTheCreate(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		answer Observation
		want   int64 // runs that succeeded
	}{
		"ours":    {Observation{Phase: Began, UID: "seen"}, 1},
		"another": {Observation{Phase: Began, UID: "ours"}, 0},
		"taken":   {Observation{Phase: Ended, Outcome: Failed, Reason: "NameTaken", NotCreated: true, Permanent: true}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sleepUntil(0)
				w := newWorld(t)
				task := nowTask(t, "a", 3600)
				w.apply(task)
				var p *process
				nonces := 0
				p = w.bootWith("one", time.Hour, func(cfg *Config) {
					cfg.Pods = heldPods{}
					cfg.Nonce = func() string { nonces++; return fmt.Sprint(nonces) }
				})
				defer p.shutdown()
				sleepUntil(time.Hour + time.Second)
				run := w.record(task.Key).Active[0]
				observe := func(obs Observation) {
					obs.Run, obs.Attempt, obs.Start, obs.Finish = run.Ref(), 1, time.Now(), time.Now()
					p.Observe(task.Key, obs)
				}
				observe(Observation{Phase: Ended, Outcome: Succeeded, Reason: ReasonSucceeded, UID: "seen"})
				time.Sleep(5 * time.Second)
				if got := w.record(task.Key); len(got.Active) != 1 || got.Counts.Succeeded != 0 {
					t.Fatalf("before the answer: active %v, %+v", active(got), got.Counts)
				}
				observe(tc.answer)
				time.Sleep(5 * time.Second)
				if got := w.record(task.Key).Counts.Succeeded; got != tc.want {
					t.Errorf("%d runs succeeded, want %d", got, tc.want)
				}
			})
		})
	}
}

// A record that is read may not say yet which object is the attempt's: it is not forgotten.
func TestUID_OutlivesAReload(t *testing.T) {
	t.Parallel()
	_, rec := startedRun(t, "N")
	known := rec.Clone()
	known.Active[0].Created, known.Active[0].UID = true, "ours"
	e := &entry{base: known, version: "10"}
	e.accept(Snapshot{Record: rec, Version: "11"}, at(0))
	if got := e.base.Active[0]; got.UID != "ours" || !got.Created {
		t.Errorf("after an edit: UID %q, created %t", got.UID, got.Created)
	}
	if rec.Active[0].UID != "" {
		t.Error("the snapshot was changed")
	}
	next := rec.Clone()
	next.Active[0].Attempt, next.Active[0].Name = 2, "other"
	e.accept(Snapshot{Record: next, Version: "12"}, at(0))
	if got := e.base.Active[0].UID; got != "" {
		t.Errorf("another attempt has the UID %q", got)
	}
}
