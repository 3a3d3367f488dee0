package model

import (
	"context"
	"errors"
	"time"
)

// Errors of a Store.
var (
	// ErrConflict: the record, or the Task, changed since the version it was read at.
	ErrConflict = errors.New("changed since it was read")
	// ErrGone: the Task does not exist any more.
	ErrGone = errors.New("task is gone")
	// ErrTooLarge: the Store has no room for the record, however short.
	ErrTooLarge = errors.New("the record is too large")
)

// Store keeps the records.
type Store interface {
	// Load reads a Task and its record as they are now, past every cache.
	// It returns ErrGone when the Task, by its UID, does not exist.
	Load(ctx context.Context, key Key) (Snapshot, error)
	// Save writes the record of a Task if nothing changed since version,
	// and returns the new version. It returns ErrConflict or ErrGone
	// otherwise. After any other error it is not known whether the record
	// was written.
	Save(ctx context.Context, task Task, rec Record, version Version) (Version, error)
}

// Report takes what was seen of a run of a Task to the Scheduler of that name in the Task's
// namespace. It neither blocks nor calls an Executor.
type Report func(schedulerName string, key Key, obs Observation)

// Executor carries out runs. Its methods do not block: what becomes of an
// attempt goes through the Report that it was made with, from any goroutine. All of them may be
// called again for the same attempt and then change nothing.
type Executor interface {
	// Start begins an attempt, or adopts it when it has already begun. It
	// reports PhaseCreated, then PhaseRunning, and at last how it ended. An attempt that
	// cannot begin before run.Due plus the Task's grace is reported as PhaseMisfired
	// and not begun. ctx ends with the process's leadership.
	Start(ctx context.Context, task Task, run Run)
	// Adopt reads an attempt that is known to have begun and reports what it is doing,
	// with SeenAt; at least PhaseExists. It never begins one: what is not there any
	// more is reported as PhaseNotFound.
	Adopt(ctx context.Context, task Task, run Run)
	// Stop ends an attempt. One that is to be stopped because it has not started
	// (ReasonStartTimeout, ReasonRenewed) and has started meanwhile goes on, and is
	// reported as PhaseRunning. It reports PhaseNotFound, or how it ended, once it has.
	Stop(ctx context.Context, task Task, run Run)
	// Prune removes what finished runs left behind, beyond what the Task
	// keeps (R7). Every run that is not in active has been recorded.
	Prune(ctx context.Context, task Task, active []Run)
}

// Phase is how far an attempt was seen to have come.
type Phase string

// The phases of an attempt.
const (
	PhaseDelayed  Phase = "Delayed"  // not begun so far, as Message says; the executor keeps trying
	PhaseCreated  Phase = "Began"    // sent off: the object was created, the call is about to be made
	PhasePending  Phase = "Held"     // begun, but kept from running, as Message says
	PhaseRunning  Phase = "Ran"      // seen running; Message says what is notable about that
	PhaseFinished Phase = "Ended"    // finished, with an outcome
	PhaseMisfired Phase = "Late"     // not begun: the grace period was over (R3)
	PhaseNotFound Phase = "Vanished" // not there any more, and nobody saw it end
	PhaseExists   Phase = "Exists"   // there and unfinished, with nothing more to say
	// PhaseCancelled: not begun, as its Task was paused while it waited. The core itself
	// says so, and no executor.
	PhaseCancelled Phase = "Withdrawn"
)

// Observation is what an executor saw of an attempt.
type Observation struct {
	Run     RunRef
	Attempt int
	Phase   Phase
	// UID is the identity of the object that was seen. Empty: none was.
	UID string
	// Outcome, Reason and Message say how it went, when Phase is PhaseFinished.
	// Message also says what keeps it from running, when Phase is PhaseDelayed or PhasePending, and
	// what keeps it from finishing, when Phase is PhaseRunning.
	Outcome Outcome
	Reason  string
	Message string
	// Permanent says that another attempt would not mend it, when Outcome is
	// Failed.
	Permanent bool
	// NotCreated says that no object has carried the attempt out, when Phase is PhaseFinished, and that
	// none exists so far, when it is PhaseDelayed.
	NotCreated bool
	// Postpone, if not zero, says that the work cannot be done yet and is to be
	// tried again after so long. The attempt does not count (R5).
	Postpone time.Duration
	// Suspended says that somebody holds the attempt back on purpose, when Phase
	// is PhasePending: the time does not count against the start timeout (R11).
	Suspended bool
	// Disrupted says that the attempt is ended, or was, for a reason outside the
	// work, such as an eviction: it does not count, and another follows at once
	// (R11).
	Disrupted bool
	// RetryAfter is how long to wait at least before the next attempt, if there
	// is one.
	RetryAfter time.Duration
	// Start is when the attempt began, zero when that is not known.
	Start time.Time
	// Created is when the object that carries the attempt out was created, by the clock of
	// the API server. Zero when that is not known.
	Created time.Time
	// Timeout is what bounds a call, when Phase is PhaseCreated: one that has waited begins with
	// its Task as it is by then. Zero means no bound.
	Timeout time.Duration
	// Finish is when it ended, zero when it has not.
	Finish time.Time
	// SeenAt is when the live read that shows this was sent, by the clock of the
	// Scheduler; zero for what a watch brought, which may be late.
	SeenAt time.Time
}

// AttemptRef returns the identity of the attempt.
func (o Observation) AttemptRef() AttemptRef { return AttemptRef{Run: o.Run, Attempt: o.Attempt} }

// IsFinal reports whether the attempt is not under way any more.
func (o Observation) IsFinal() bool {
	return o.Phase == PhaseFinished || o.Phase == PhaseMisfired || o.Phase == PhaseNotFound
}

// ShowsObject reports whether an observation is one of an object that exists, or did.
func (o *Observation) ShowsObject() bool {
	switch o.Phase {
	case PhaseCreated, PhasePending, PhaseRunning, PhaseExists:
		return true
	case PhaseFinished:
		return !o.NotCreated
	case PhaseNotFound:
		return o.Message != "" // somebody saw how it was deleted
	default: // delayed, misfired or cancelled: there is none
		return false
	}
}

// Sink receives what happened, after it has been saved. It must not block.
type Sink interface {
	Report(task Task, events []Event)
}

// EventKind is the kind of an event.
type EventKind string

// The kinds of events.
const (
	// RunStarted: the first attempt of a run began; Delay is how long after it was due.
	RunStarted EventKind = "RunStarted"
	// RunDelayed: an attempt could not begin so far, as Message says, and the executor
	// keeps trying. It is reported once an attempt.
	RunDelayed EventKind = "RunDelayed"
	// AttemptFailed: an attempt ended as Result says, and another will follow.
	AttemptFailed EventKind = "AttemptFailed"
	// RunFinished: a run ended as Result says.
	RunFinished EventKind = "RunFinished"
	// SlotsDropped: Count slots were missed or skipped, as Result says.
	SlotsDropped EventKind = "SlotsDropped"
	// SlotsCoalesced: Count slots were folded into a newer one.
	SlotsCoalesced EventKind = "SlotsCoalesced"
	// StateChanged: the Task is in another state than before.
	StateChanged EventKind = "StateChanged"
)

// Event is something that happened to a Task.
type Event struct {
	Kind EventKind
	// Run is the run that RunStarted, RunDelayed, AttemptFailed and RunFinished are about, as
	// it stood then.
	Run     Run
	Result  Result
	Count   int64
	Delay   time.Duration
	State   State
	Was     State
	Reason  string
	Message string
}
