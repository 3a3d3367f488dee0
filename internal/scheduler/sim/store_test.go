package sim

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/fixture"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

var errAway = errors.New("the API server does not answer")

// simStore is the store that a manager sees: its requests take time, fail, and
// go under with it.
type simStore struct{ *simProcess }

// Load implements Store.
func (x simStore) Load(_ context.Context, key model.Key) (model.Snapshot, error) {
	rng := x.throw("load", key)
	x.travel(rng)
	x.sim.mu.Lock()
	defer x.sim.mu.Unlock()
	if err := x.refuse(rng, key); err != nil {
		return model.Snapshot{}, err
	}
	t := x.sim.tasks[key.String()]
	if t == nil || t.snap.Task.UID != key.UID {
		return model.Snapshot{}, model.ErrGone
	}
	x.noteKnown(t.snap.Task, t.snap.Record)
	return x.sim.compose(t, t.snap), nil
}

// Save implements Store. The manager may die before the record is written, and
// after it; the answer may be lost; the conflict may be with its own last write.
func (x simStore) Save(_ context.Context, task model.Task, rec model.Record, version model.Version) (model.Version, error) {
	decided, now := time.Now(), x.clock.Read() // nothing takes time between the decision and here
	rng := x.throw("save", task.Key)
	if x.mayNotWrite() {
		return "", errAway
	}
	x.travel(rng)
	version, err := x.write(rng, task, rec, version, decided, now)
	x.travel(rng)
	if err == nil {
		x.sim.locked(func() { x.noteKnown(task, rec) })
	}
	return version, err
}

// mayNotWrite reports whether the leadership is over: then requests do not leave
// the process any more. Those that have left still arrive.
func (x simStore) mayNotWrite() bool {
	x.sim.mu.Lock()
	defer x.sim.mu.Unlock()
	return x.fenced
}

func (x simStore) write(rng *rand.Rand, task model.Task, rec model.Record, version model.Version, decided, now time.Time) (model.Version, error) {
	x.sim.mu.Lock()
	defer x.sim.mu.Unlock()
	if chance(rng, x.sim.crash) {
		x.crash()
	}
	t := x.sim.tasks[task.Key.String()]
	if err := x.refuse(rng, task.Key); err != nil {
		// If somebody else has decided the same, that will be taken for this.
		x.misled[task.UID] = x.misled[task.UID] || t != nil && t.snap.Version != version
		return "", err
	}
	switch {
	case t == nil || t.snap.Task.UID != task.UID:
		return "", model.ErrGone
	case t.snap.Version != version:
		x.sim.tally.Conflicts++
		t.touched = time.Now()
		return "", model.ErrConflict
	}
	news := total(rec.Counts) - total(t.snap.Record.Counts)
	x.sim.accept(x.simProcess, t, task, rec, decided, now)
	if chance(rng, x.sim.crash) {
		x.crash()
	}
	x.untold[task.UID] += news // what the manager has to tell once it knows of it
	if chance(rng, x.faults()) {
		t.touched = time.Now()
		x.sim.tracef(t, "%s gets no answer that it was saved", x.holder)
		return "", errAway // applied all the same
	}
	return t.snap.Version, nil
}

// refuse says why a request is not carried out.
func (x simStore) refuse(rng *rand.Rand, key model.Key) error {
	err := errAway
	if chance(rng, 0.3) {
		err = model.ErrConflict
	}
	if x.dead {
		return errAway
	}
	if !x.sim.down && !chance(rng, x.faults()) {
		return nil
	}
	if t := x.sim.tasks[key.String()]; t != nil {
		t.touched = time.Now()
		x.sim.tracef(t, "a request of %s fails: %v", x.holder, err)
	}
	return err
}

// faults is how probable it is that a request fails.
func (x simStore) faults() float64 {
	if x.sim.flaky {
		return 0.3
	}
	return 0.002
}

// throw returns the dice for the next request of a manager about a Task.
func (x simStore) throw(what string, key model.Key) *rand.Rand {
	x.sim.mu.Lock()
	defer x.sim.mu.Unlock()
	x.requests[key.UID]++
	return x.sim.dice.of(what, x.holder+"/"+key.UID, x.requests[key.UID])
}

// travel is the way of a request or of its answer.
func (x simStore) travel(rng *rand.Rand) {
	latency := between(rng, time.Millisecond, 50*time.Millisecond)
	if chance(rng, 0.05) {
		latency = between(rng, 0, 2*time.Second)
	}
	time.Sleep(latency)
	x.gate.Pass()
}

// accept takes in a record that has been saved, after a look at it.
func (s *sim) accept(p *simProcess, t *simTask, task model.Task, rec model.Record, decided, now time.Time) {
	s.checkSave(p, t, task, rec, decided, now)
	for _, run := range rec.Active {
		if _, known := t.between[run.Ref()]; !known && run.State == model.Backoff {
			t.between[run.Ref()] = time.Now()
		}
	}
	if wrong := now.Sub(decided).Abs(); wrong > unfinishedSlack {
		t.misdated = time.Now()
	}
	p.noteSaved(task, rec)
	s.noteFull(task)
	if t.past = append(t.past, t.snap); len(t.past) > 3 {
		t.past = t.past[1:]
	}
	t.snap.Record, t.snap.Version, t.writer = asRead(task.Key, rec), s.nextVersion(), p
	s.noteFull(task)
	s.tally.Saves++
	s.note(task.Name, rec.DecidedThrough.Unix(), rec.Counts, len(rec.Active))
}

// asRead is a record as it is read back from the status, which has no name of an object
// that is not known to exist: the name is computed.
func asRead(key model.Key, rec model.Record) model.Record {
	rec = fixture.Whole(rec)
	for i := range rec.Active {
		run := &rec.Active[i]
		switch {
		case run.HasAttempt() && run.Holder == "":
			run.Name = model.AttemptName(key, run.Ref(), run.Attempt, run.Nonce)
		case !run.Created:
			run.Name = ""
		}
	}
	return rec
}
