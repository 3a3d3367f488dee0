package decide

import (
	"slices"
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/trigger"
)

// Input is all that a decision depends on.
type Input struct {
	Task   model.Task
	Record model.Record
	Now    time.Time
	// Observations is what was seen of the Task's runs since Record was
	// saved, oldest first.
	Observations []model.Observation
	// Holder is the name of this process.
	Holder string
	// Reloaded says that Record was read from the Store, and not written by
	// this process a moment ago: what its active runs stand for has to be
	// found again.
	Reloaded bool
	// Since is when this process began to watch the Task's runs. What was
	// silent before may have been seen by nobody: silence is counted from here.
	Since time.Time
	// Closing says that this process is about to end: no further slot is
	// decided, what has ended is still recorded.
	Closing bool
	// Limited says that at most Permits runs may be started by this decision,
	// because there is no more capacity for the Task at the moment. Shortage is what the
	// message of a run says that waits for it.
	Limited  bool
	Permits  int
	Shortage string
	// Verified says when an attempt was last found unfinished by a live read (R4). An
	// attempt that is missing was not read since this process loaded the record.
	Verified map[model.AttemptRef]time.Time
	// Creating lists the attempts that this process has begun to start and has not
	// seen yet.
	Creating map[model.AttemptRef]bool
	// FirstAttempts is the first attempt of each run that this process knows to have started. A run
	// that is missing had attempts before this process loaded the record.
	FirstAttempts map[model.RunRef]model.FirstAttempt
	// Nonce becomes part of the names of the objects that carry out the attempts which this
	// decision starts. It is another one for each decision.
	Nonce string
	// RequestSince is when this process first saw Task.Request.
	RequestSince time.Time
	// Delay is for how long nothing may start yet, as the Scheduler asks for
	// after a takeover.
	Delay time.Duration
	// Far, Counted and TooExpensive are what is known of the slots of a trigger that
	// NeedsSearch, as far as it is known (T6).
	Far          *model.FarSlot
	Counted      *model.CountedSlots
	TooExpensive *model.TooExpensive
}

// Urgency says how soon a decision has to be saved.
type Urgency int

// The urgencies.
const (
	// None: the record is as it was; the commands need no save.
	None Urgency = iota
	// Bulk: the Scheduler was changed, which changes all its Tasks alike. Such saves are spread
	// over time, so that those of very many Tasks hold up nothing else.
	Bulk
	// Lazy: worth a write of its own only if it stays true for a while.
	Lazy
	// Soon: may be merged with what happens within the next second.
	Soon
	// Now: something waits for it.
	Now
)

// CommandKind is the kind of a command.
type CommandKind string

// The commands, named after the Executor's methods.
const (
	StartRun  CommandKind = "Start"
	AdoptRun  CommandKind = "Adopt"
	StopRun   CommandKind = "Stop"
	PruneRuns CommandKind = "Prune"
)

// Command is something to do once the record has been saved.
type Command struct {
	Kind CommandKind
	Run  model.Run
	// New says that StartRun starts an attempt that this decision has made, so that
	// nobody can have started it before.
	New bool
}

// Decision is what Decide says.
type Decision struct {
	Record   model.Record
	Commands []Command
	Events   []model.Event
	Urgency  Urgency
	// Wake is when to decide again if nothing happens before; zero: never.
	Wake time.Time
	// Verify lists runs that have to be read live before the slots that are due can
	// be decided, or before a run is given up (R4).
	Verify []model.Run
	// NeedsPermit says that a run could start if there were capacity for it, and Taken is for how
	// many runs capacity was taken.
	NeedsPermit  bool
	PermitsTaken int
	// Search, if not nil, asks for something to be searched off the hot path (T6).
	Search *model.Search
	// Far is what is known of the next slot now, see Input.Far.
	Far *model.FarSlot
}

// Decide says what becomes of a Task at an instant. It is a pure function: the
// same input gives the same decision, and asking twice changes nothing.
//
// The order is: what was seen of the runs; what is to be cancelled; runs that have taken too long; the
// trigger and the pauses (T9, P1, P2); the due slots (R2, R4, R3); what is next.
func Decide(in Input) Decision {
	in.Now = in.Now.Round(0).UTC() // the wall clock alone: a record must read the same after a restart
	d := &decider{Input: in, rec: in.Record.Clone()}
	if d.Delay > 0 { // whatever may start then, not only the slots: attempts, in-process runs of another process
		d.wakeAt(d.Now.Add(d.Delay))
	}
	d.checkCost()
	d.applyObservations()
	d.cancelRuns()
	d.restartForeign()
	d.expire()
	d.deciding = d.reconcileState()
	d.restartEdited()
	d.resumeBackoff()
	d.startPending()
	if d.Task.OverlapPolicy != model.OverlapReplace { // there the newest run wins, which may be one that is due now
		d.resumeQueued()
	}
	if d.deciding {
		d.decideSlots()
	}
	d.decideRequest()
	d.resumeQueued()
	d.plan()
	d.reportState()
	d.adoptActive()
	d.generation()
	return d.decision()
}

// decider holds a decision in the making.
type decider struct {
	Input
	rec      model.Record
	trigger  *trigger.Trigger // bound to the record; nil while there is no valid one
	deciding bool             // slots are decided, and not waiting or forgotten
	commands []Command
	events   []model.Event
	urgency  Urgency
	wake     time.Time
	search   *model.Search
	// tooExpensive says why the slots of the trigger are not known; empty if they are, or are being searched for.
	tooExpensive string
	toRead       []model.Run
	waits        bool // a slot that is due waits until what stands in its way is known
	// delayedSlot is the newest slot, if its jitter keeps it from being due yet.
	delayedSlot  time.Time
	needsPermit  bool
	permitsTaken int
	started      map[model.RunRef]bool // runs that this decision has a command for
	// decidedAt is the Start that attempts had until they were observed to run.
	decidedAt map[model.AttemptRef]time.Time
}

// mayStart reports whether runs may be started at all, those included that were
// decided before or asked for.
func (d *decider) mayStart() bool {
	t := d.Task
	return t.Invalid == nil && d.tooExpensive == "" && t.InvalidAction == nil && t.Missing == nil && !t.SchedulerPaused && !d.Closing && d.Delay <= 0
}

// second is the newest whole second, as slots and the watermark are.
func (d *decider) second() time.Time { return d.Now.Truncate(time.Second) }

// advance moves the watermark to t, never back.
func (d *decider) advance(t time.Time) {
	if t.After(d.rec.DecidedThrough) {
		d.rec.DecidedThrough = t
	}
}

// need raises the urgency to u.
func (d *decider) need(u Urgency) { d.urgency = max(d.urgency, u) }

// wakeAt makes sure that the next decision is not later than t.
func (d *decider) wakeAt(t time.Time) {
	if d.wake.IsZero() || t.Before(d.wake) {
		d.wake = t
	}
}

func (d *decider) command(kind CommandKind, run model.Run) {
	d.commands = append(d.commands, Command{Kind: kind, Run: run})
	if kind != PruneRuns {
		if d.started == nil {
			d.started = map[model.RunRef]bool{}
		}
		d.started[run.Ref()] = true
	}
}

func (d *decider) event(e model.Event) { d.events = append(d.events, e) }

// generation notes which version of the spec, which defaults and which action have been
// looked at.
func (d *decider) generation() {
	if !d.Task.IsUntranslated() || d.rec.Settings == (model.EffectiveSettings{}) {
		d.rec.Settings = d.Task.Settings()
	}
	if accepted := d.Task.AcceptedAction; accepted != "" && accepted != d.rec.AcceptedAction {
		d.rec.AcceptedAction = accepted
		d.need(Lazy)
	}
	if d.rec.Generation == d.Task.Generation {
		return
	}
	d.rec.Generation = d.Task.Generation
	d.need(Soon)
	d.prune()
}

// prune asks for what finished runs left behind to be cut to what the Task
// keeps, once a decision.
func (d *decider) prune() {
	for _, c := range d.commands {
		if c.Kind == PruneRuns {
			return
		}
	}
	d.command(PruneRuns, model.Run{})
}

func (d *decider) decision() Decision {
	if !d.wake.IsZero() && !d.wake.After(d.Now) {
		d.need(Now) // there is more to decide as soon as this is saved
	}
	dec := Decision{
		Record: d.rec, Commands: d.commands, Events: d.events,
		Wake: d.wake, Search: d.search, Far: d.Far, NeedsPermit: d.needsPermit, PermitsTaken: d.permitsTaken, Verify: d.toRead,
	}
	dec.Urgency = d.saveUrgency()
	return dec
}

// saveUrgency says how soon the record has to be saved, given all that was decided.
func (d *decider) saveUrgency() Urgency {
	switch {
	case d.rec.Equal(d.Record):
		return None
	case d.urgency == None && d.isBulk():
		return Bulk
	case d.pauseReported():
		return Now
	case d.urgency == None:
		return Soon
	default:
		return d.urgency
	}
}

// isBulk reports whether the record differs only by what the Scheduler says for all its Tasks:
// their settings and whether it is paused. Commands must not wait, but for the removal of
// what finished runs left behind.
func (d *decider) isBulk() bool {
	if slices.ContainsFunc(d.commands, func(c Command) bool { return c.Kind != PruneRuns }) {
		return false
	}
	rec := d.rec
	rec.Settings = d.Record.Settings
	if d.pauseReported() {
		rec.StateReason, rec.StateMessage = d.Record.StateReason, d.Record.StateMessage
	}
	return rec.Equal(d.Record)
}

// pauseReported reports whether the record says for the first time that the Scheduler is
// paused, or that it no longer is.
func (d *decider) pauseReported() bool {
	was, is := &d.Record, &d.rec
	return was.State == is.State && (was.StateReason == model.ReasonSchedulerPaused) != (is.StateReason == model.ReasonSchedulerPaused)
}
