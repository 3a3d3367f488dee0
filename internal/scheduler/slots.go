package scheduler

import (
	"fmt"
	"time"
)

// decideSlots decides every slot that is due (R1), in the order of the design:
// catch-up (R2), overlap (R4), grace (R3). One counter a slot.
func (d *decider) decideSlots() {
	if d.Task.Coalesce {
		d.coalesce()
		return
	}
	d.replay()
}

// due returns the newest due slots, at most keep of them, oldest first, and how
// many are due in all. A slot is due after its jitter, which never reaches the
// next slot: at most the newest one is not yet due (T7).
func (d *decider) due(keep int) ([]time.Time, int64) {
	slots, total := d.trigger.Window(d.rec.DecidedThrough, d.second(), keep+1)
	if n := len(slots); n > 0 && d.dueTime(slots[n-1]).After(d.Now) {
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
	d.advance(newest)
	if folded > 0 {
		d.rec.Counts.Coalesced += folded
		d.event(Event{Kind: SlotsCoalesced, Count: folded, Result: Result{Slot: newest, Source: SourceScheduled}})
	}
	d.offer(newest, folded, false)
}

// replay runs every due slot, oldest first, one after the other, the newest
// CatchUpLimit of them (R2). The slots that wait are not written down: they are
// those after the watermark, which stands still until their turn comes.
func (d *decider) replay() {
	limit := d.Task.CatchUpLimit
	slots, total := d.due(limit + 1)
	if over := total - int64(limit); over > 0 {
		newest := slots[0] // the newest of those over the limit
		d.advance(newest)
		d.drop(newest, over, Missed, ReasonCatchUpLimit, fmt.Sprintf(
			"%d overdue slots up to this one were dropped: catchUpLimit keeps the newest %d.", over, limit))
		slots = slots[1:]
	}
	if d.catchingUp() {
		return
	}
	for _, slot := range slots {
		d.advance(slot)
		if backlog := len(slots) > 1; d.offer(slot, 0, backlog) && backlog {
			return
		}
	}
}

// catchingUp reports whether a run of a backlog is unfinished: further slots
// queue behind it.
func (d *decider) catchingUp() bool {
	for _, run := range d.rec.Active {
		if run.CatchUp {
			return true
		}
	}
	return false
}

// offer starts the run of a slot, or says why not. The watermark has passed the
// slot already, in the same record.
func (d *decider) offer(slot time.Time, folded int64, backlog bool) bool {
	due := d.dueTime(slot)
	if running := len(d.rec.Active); running >= d.Task.MaxInstances {
		d.drop(slot, 1, Skipped, ReasonMaxInstances, fmt.Sprintf("%d of %d instances still running, the oldest since %s.",
			running, d.Task.MaxInstances, d.oldestStart().UTC().Format(time.RFC3339)))
		return false
	}
	if late := d.Now.Sub(due); d.Task.Grace > 0 && late > d.Task.Grace {
		d.drop(slot, 1, Missed, ReasonGraceExceeded, GraceMessage(late, d.Task.Grace))
		return false
	}
	run := Run{
		Source: SourceScheduled, Slot: slot, Due: due, Attempt: 1, State: Starting,
		Start: d.Now, Coalesced: folded, CatchUp: backlog,
	}
	if d.Task.InProcess {
		run.Holder = d.Holder
	} else {
		run.Name = AttemptName(d.Task.Key, run.Ref(), run.Attempt)
	}
	d.rec.Active = append(d.rec.Active, run)
	d.rec.LastSlot = slot
	d.command(StartRun, run)
	d.need(Now)
	return true
}

// GraceMessage says how a run was too late to start (R3).
func GraceMessage(late, grace time.Duration) string {
	return fmt.Sprintf("It was %s late, more than the misfireGracePeriod of %s.", late.Round(time.Second), grace)
}

// drop counts slots that do not run; slot is the newest of them.
func (d *decider) drop(slot time.Time, count int64, outcome Outcome, reason, message string) {
	res := Result{Slot: slot, Source: SourceScheduled, Outcome: outcome, Reason: reason, Message: message, Finish: d.Now}
	d.rec.conclude(res)
	if outcome == Missed {
		d.rec.Counts.Missed += count - 1
	}
	d.event(Event{Kind: SlotsDropped, Count: count, Result: res})
	d.need(Soon)
}

func (d *decider) oldestStart() time.Time {
	oldest := d.rec.Active[0].Start
	for _, run := range d.rec.Active[1:] {
		if run.Start.Before(oldest) {
			oldest = run.Start
		}
	}
	return oldest
}
