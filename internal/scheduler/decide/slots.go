package decide

import (
	"fmt"
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// decideSlots decides every slot that is due (R1), in the order of the contract:
// catch-up (R2), overlap (R4), grace (R3). One counter a slot.
func (d *decider) decideSlots() {
	if d.Task.Coalesce {
		d.coalesce()
		return
	}
	d.catchUp()
}

// due returns the newest due slots, at most keep of them, oldest first, and how
// many are due in all. A slot is due after its jitter, which never reaches the
// next slot: at most the newest one is not yet due (T7).
func (d *decider) due(keep int) ([]time.Time, int64) {
	slots, total := d.window(keep + 1)
	if n := len(slots); n > 0 && d.dueTime(slots[n-1]).After(d.Now) {
		d.delayedSlot = slots[n-1]
		slots, total = slots[:n-1], total-1
	}
	if len(slots) > keep {
		slots = slots[len(slots)-keep:]
	}
	return slots, total
}

func (d *decider) dueTime(slot time.Time) time.Time {
	return slot.Add(d.trigger.Delay(d.Task.UID, slot))
}

// coalesce folds all due slots into one run for the newest (R2).
func (d *decider) coalesce() {
	slots, total := d.due(1)
	if total == 0 {
		return
	}
	newest, folded := slots[0], total-1
	wait := d.wait(newest)
	if wait == waitLonger {
		return // all of them wait
	}
	d.advance(newest)
	if folded > 0 {
		d.rec.Counts.Coalesced += folded
		d.event(model.Event{Kind: model.SlotsCoalesced, Count: folded, Result: model.Result{Slot: newest, Source: model.SourceScheduled}})
	}
	d.decideSlot(newest, folded, false, wait)
}

// catchUp runs every due slot, oldest first, one after the other, the newest
// CatchUpLimit of them (R2). The slots that wait are not saved: they are
// those after the watermark, which stands still until their turn comes.
func (d *decider) catchUp() {
	limit := d.Task.CatchUpLimit
	slots, total := d.due(limit + 1)
	if over := total - int64(limit); over > 0 {
		newest := slots[0] // the newest of those over the limit
		d.advance(newest)
		d.drop(newest, over, model.Missed, model.ReasonCatchUpLimit, fmt.Sprintf(
			"%d overdue slots up to this one were dropped: catchUpLimit keeps the newest %d.", over, limit))
		slots = slots[1:]
	}
	if d.catchingUp() {
		return
	}
	for _, slot := range slots {
		wait := d.wait(slot)
		if wait == waitLonger {
			return // it waits, and the others behind it
		}
		d.advance(slot)
		if backlog := len(slots) > 1; d.decideSlot(slot, 0, backlog, wait) && backlog {
			return
		}
	}
}

// catchingUp reports whether a run of a backlog is unfinished: further slots
// queue behind it, unless the Task has been changed to fold them.
func (d *decider) catchingUp() bool {
	if d.Task.Coalesce {
		return false
	}
	for _, run := range d.rec.Active {
		if run.CatchUp {
			return true
		}
	}
	return false
}

// slotWait says whether a slot that is due waits until it is known which instances
// are unfinished.
type slotWait int

const (
	waitNot    slotWait = iota // they are known
	waitLonger                 // it waits, until its grace ends at the latest
	waitOver                   // it has waited for longer than its grace allows
)

func (d *decider) wait(slot time.Time) slotWait {
	due := d.dueTime(slot)
	if d.instancesKnown(due) {
		return waitNot
	}
	if d.Task.Grace > 0 {
		if d.Now.Sub(due) > d.Task.Grace {
			return waitOver
		}
		d.wakeAt(due.Add(d.Task.Grace + time.Millisecond))
	}
	d.waits = true
	return waitLonger
}

// decideSlot starts the run of a slot, or says why not. The watermark has passed the
// slot already, in the same record. It reports whether there is a run.
func (d *decider) decideSlot(slot time.Time, folded int64, backlog bool, wait slotWait) bool {
	run := model.Run{Source: model.SourceScheduled, Slot: slot, Due: d.dueTime(slot), Coalesced: folded, CatchUp: backlog}
	if wait == waitOver {
		d.dropRun(run, model.Missed, model.ReasonGraceExceeded, d.graceMessage(run.Due))
		return false
	}
	return d.admit(run)
}

// drop counts slots that do not run; slot is the newest of them.
func (d *decider) drop(slot time.Time, count int64, outcome model.Outcome, reason, message string) {
	d.dropRun(model.Run{Source: model.SourceScheduled, Slot: slot}, outcome, reason, message)
	if outcome == model.Missed {
		d.rec.Counts.Missed += count - 1
	}
	d.events[len(d.events)-1].Count = count
}
