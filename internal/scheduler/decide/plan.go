package decide

import (
	"slices"
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// plan finds the next slot, which the record shows to people, and arms the
// wake-up for it.
func (d *decider) plan() {
	if !d.hasNext() {
		d.rec.Next = time.Time{}
		return
	}
	next, state := d.firstSlot()
	if state == slotUnknown {
		next = d.shownNext()
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

// complete notes that the trigger has no further slot. The Task is Completed when nothing is left
// of those that it had (R9); runs that somebody asks for do not change that (R8).
func (d *decider) complete() {
	switch {
	case d.rec.State != model.Scheduled:
	case slices.ContainsFunc(d.rec.Active, func(run model.Run) bool { return run.Source == model.SourceScheduled }):
		if d.rec.StateReason == model.ReasonScheduled {
			d.enter(model.Scheduled, model.ReasonScheduled, d.withWarning("The trigger has no further slot: the Task is Completed when its last run has ended."))
		}
	case !d.trigger.Shutdown():
		d.enter(model.Completed, model.ReasonCompleted, d.withWarning("The trigger has no further slot."))
	case d.rec.StateReason == model.ReasonScheduled:
		d.enter(model.Scheduled, model.ReasonAwaitingShutdown, "It runs when its Scheduler is deleted.")
	}
}

// shownNext returns the slot that the record shows as the next one, as long as it may still be that: a search after a takeover does not take it from people's view.
func (d *decider) shownNext() time.Time {
	if d.Record.Trigger != d.rec.Trigger || !d.rec.Next.After(d.rec.DecidedThrough) {
		return time.Time{}
	}
	return d.rec.Next
}
