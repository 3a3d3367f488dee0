package scheduler

import (
	"time"

	"github.com/carillon-dev/carillon/internal/trigger"
)

// plan finds the next slot, which the record shows to people, and arms the
// wake-up for it.
func (d *decider) plan() {
	defer d.reportState()
	if d.rec.State == Paused || d.rec.StateReason == ReasonInvalidAction || d.trigger == nil {
		d.rec.Next = time.Time{}
		return
	}
	next, never := d.next()
	d.rec.Next = next
	switch {
	case never:
		d.complete()
	case d.waits: // for the slots that are due something else wakes; a newer one may be decided at once
		if newer, ok := d.trigger.Next(d.second()); ok {
			d.wakeAt(d.dueTime(newer))
		}
	case !next.IsZero() && d.deciding && !d.catchingUp():
		d.wakeAt(d.dueTime(next))
	}
}

// complete notes that the trigger has no further slot.
func (d *decider) complete() {
	switch {
	case d.rec.State != Scheduled:
	case !d.trigger.Shutdown():
		d.enter(Completed, ReasonCompleted, d.withNote("The trigger has no further slot."))
	case d.rec.StateReason == ReasonScheduled:
		d.enter(Scheduled, ReasonAwaitingShutdown, "It runs when its Scheduler is deleted.")
	}
}

// next returns the first slot after the watermark: zero when there is none, or
// when it is not known yet and is being searched for (T6).
func (d *decider) next() (slot time.Time, never bool) {
	if far := d.Far; far != nil && far.Trigger == d.rec.Trigger &&
		!far.After.After(d.rec.DecidedThrough) && (far.Slot.IsZero() || far.Slot.After(d.rec.DecidedThrough)) {
		return far.Slot, far.Slot.IsZero()
	}
	switch found := d.trigger.Search(d.rec.DecidedThrough); found.Outcome {
	case trigger.Found:
		return found.Slot, false
	case trigger.NotBefore:
		d.search = d.rec.DecidedThrough
		return time.Time{}, false
	default:
		return time.Time{}, true
	}
}

// reclaim deals with the in-process runs of another process, which is gone, or it
// would still be the one to decide. They start again here, with the same identity;
// one that was being stopped has stopped.
func (d *decider) reclaim() {
	for i := len(d.rec.Active) - 1; i >= 0; i-- {
		run := &d.rec.Active[i]
		switch {
		case run.Holder == "" || run.Holder == d.Holder:
		case run.State == Stopping:
			d.stopped(i, Observation{})
		case d.mayStart():
			run.Holder, run.State, run.Start = d.Holder, Starting, d.Now
			d.command(StartRun, *run)
			d.need(Now)
		}
	}
}

// reattach finds again what the active runs of a loaded record stand for.
func (d *decider) reattach() {
	if !d.Reloaded || d.Closing {
		return
	}
	for i := range d.rec.Active {
		run := &d.rec.Active[i]
		foreign := run.Holder != "" && run.Holder != d.Holder
		if d.started[run.Ref()] || !run.underWay() || foreign {
			continue
		}
		switch {
		case run.State == Stopping:
			d.command(StopRun, *run)
		case run.State == Starting || run.Holder != "":
			d.command(StartRun, *run)
		default:
			d.command(AdoptRun, *run)
		}
	}
	d.prune()
}
