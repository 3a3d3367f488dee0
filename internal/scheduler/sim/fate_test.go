package sim

import (
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// simFate is what is to become of an attempt, wherever it is carried out.
type simFate struct {
	kind  fateKind
	start time.Duration // from its creation until it runs
	takes time.Duration // from then on
	// refused is for how long a quota keeps it from being created.
	refused time.Duration
	// postpone is for how long it wants to be put off.
	postpone time.Duration

	begun     int       // how often it was begun
	first     time.Time // when that was first
	waits     time.Time // when its Pod was first refused by a quota
	evicted   bool      // its Pod was evicted
	forged    bool      // somebody else took its name
	succeeded bool      // it came to success somewhere
	deleted   bool      // somebody deleted it
}

type fateKind string

const (
	fateSucceeds  fateKind = "succeeds"
	fateFails     fateKind = "fails"
	fateStuck     fateKind = "never starts"
	fateDeleted   fateKind = "is deleted by somebody"
	fateEvicted   fateKind = "is evicted"
	fateSilent    fateKind = "is on a node that is lost"
	fateRejected  fateKind = "is rejected"
	fatePermanent fateKind = "fails for good"
	fateLater     fateKind = "asks to be tried again later"
)

// Reasons that the executors of the simulation give.
const (
	simFailed   = "PodFailed"
	simRejected = "PodRejected"
	// simNameTaken: somebody else's Pod has the name.
	simNameTaken = "NameTaken"
)

// fate returns what is to become of an attempt.
func (s *sim) fate(t *simTask, run model.Run) *simFate {
	id := model.AttemptName(t.snap.Task.Key, run.Ref(), run.Attempt, "")
	if f := t.fates[id]; f != nil {
		return f
	}
	rng := s.dice.of("fate", t.snap.Task.UID+"/"+id, 0)
	f := &simFate{kind: fateSucceeds, start: between(rng, 100*time.Millisecond, 5*time.Second)}
	switch p := rng.Float64(); {
	case p < 0.10:
		f.kind = fateFails
	case p < 0.12 && !t.snap.Task.InProcess:
		f.kind = fateStuck
	case p < 0.13 && !t.snap.Task.InProcess:
		f.kind = fateDeleted
	case p < 0.14 && !t.snap.Task.InProcess && t.snap.Task.Timeout > 0:
		f.kind = fateSilent
	case p < 0.15 && !t.snap.Task.InProcess:
		f.kind = fateRejected
	case p < 0.17 && !t.snap.Task.InProcess:
		f.kind = fateEvicted
	case p < 0.13 && t.snap.Task.InProcess:
		f.kind = fatePermanent
	case p < 0.17 && t.snap.Task.InProcess:
		f.kind, f.postpone = fateLater, about(rng, time.Minute)+time.Second
	}
	f.takes = about(rng, 20*time.Second)
	switch {
	case isBrief(t.snap.Task):
		f.start, f.takes = f.start/10, about(rng, 2*time.Second)
	case chance(rng, 0.1):
		f.takes = about(rng, s.pace)
	}
	if chance(rng, 0.01) {
		f.refused = about(rng, 5*time.Minute)
	}
	t.fates[id] = f
	return f
}

// begin notes that the attempt begins.
func (f *simFate) begin() {
	if f.begun++; f.begun == 1 {
		f.first = time.Now()
	}
}

// wait notes that a quota refuses the Pod for now.
func (f *simFate) wait() {
	if f.waits.IsZero() {
		f.waits = time.Now()
	}
}

// isOutside reports whether the attempt may end for a reason outside the work (R11).
func (f *simFate) isOutside() bool { return f.evicted || f.forged }

// outsideReason is the reason that isOutside is about.
func (f *simFate) outsideReason() string {
	if f.forged {
		return simNameTaken
	}
	return model.ReasonDisrupted
}
