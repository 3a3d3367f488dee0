package decide

import (
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// plan finds the next slot, which the record shows to people, and arms the
// wake-up for it.
func (d *decider) plan() {
	defer d.reportState()
	if !d.hasNext() {
		d.rec.Next = time.Time{}
		return
	}
	next, state := d.firstSlot()
	if state == slotUnknown {
		next = d.promised()
	}
	d.rec.Next = next
	switch {
	case state == noSlot:
		d.complete()
	case d.search != nil: // its answer wakes
	case d.waits: // for the slots that are due something else wakes; a newer one may be decided at once
		d.wakeForNewer()
	case !next.IsZero() && d.deciding && !d.catchingUp():
		d.wakeAt(d.dueTime(next))
	}
}

// wakeForNewer arms the wake-up for the first slot that is not due yet. Its nominal time may
// have passed already (T7).
func (d *decider) wakeForNewer() {
	newer, ok := d.delayedSlot, !d.delayedSlot.IsZero()
	if !ok {
		newer, ok = d.trigger.Next(d.second())
	}
	if ok {
		d.wakeAt(d.dueTime(newer))
	}
}

// hasNext reports whether the Task has a next slot, or may have.
func (d *decider) hasNext() bool {
	return d.rec.State != model.Paused && d.rec.StateReason != model.ReasonInvalidAction && d.trigger != nil && d.tooExpensive == ""
}

// complete notes that the trigger has no further slot.
func (d *decider) complete() {
	switch {
	case d.rec.State != model.Scheduled:
	case !d.trigger.Shutdown():
		d.enter(model.Completed, model.ReasonCompleted, d.withNote("The trigger has no further slot."))
	case d.rec.StateReason == model.ReasonScheduled:
		d.enter(model.Scheduled, model.ReasonAwaitingShutdown, "It runs when its Scheduler is deleted.")
	}
}

// promised returns the slot that the record shows as the next one, as long as it may still be that: a search after a takeover does not take it from people's view.
func (d *decider) promised() time.Time {
	if d.Record.Trigger != d.rec.Trigger || !d.rec.Next.After(d.rec.DecidedThrough) {
		return time.Time{}
	}
	return d.rec.Next
}

// reclaim deals with the in-process runs of another process, which is gone, or it
// would still be the one to decide. They start again here, with the same identity;
// one that was being stopped has stopped.
func (d *decider) reclaim() {
	for i := len(d.rec.Active) - 1; i >= 0; i-- {
		run := &d.rec.Active[i]
		switch {
		case run.Holder == "" || run.Holder == d.Holder:
		case run.State == model.Stopping:
			d.stopped(i, model.Observation{})
		case d.mayStart():
			run.Holder, run.State, run.Start = d.Holder, model.Starting, d.Now
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
		if d.started[run.Ref()] || !run.UnderWay() || foreign {
			continue
		}
		switch {
		case run.State == model.Stopping:
			d.command(StopRun, *run)
		case run.State == model.Starting || run.Holder != "":
			d.command(StartRun, *run)
		default:
			d.command(AdoptRun, *run)
		}
	}
	d.prune()
}
