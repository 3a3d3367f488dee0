package decide

import (
	"fmt"
	"strings"
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// hashVersion is how the hashes of this version of the trigger package begin.
const hashVersion = "v1-"

// clockTolerance is how far the watermark may lie ahead of the clock before it
// is worth mentioning: the API server's clock, which dates a Task's creation,
// is another one than ours.
const clockTolerance = 10 * time.Second

// reconcileState brings the record to the trigger and to the pauses, and reports
// whether due slots are to be decided. See the contract, P1, P2, T9 and E1.
func (d *decider) reconcileState() bool {
	t := d.Task
	d.endRetryAfter()
	if t.Invalid != nil {
		d.discardTrigger()
		d.enter(model.Stalled, t.Invalid.Reason, t.Invalid.Message)
		return false
	}
	if t.IsUntranslated() || t.ZoneUnresolved && d.rec.Trigger == "" {
		d.enter(model.Stalled, t.Missing.Reason, t.Missing.Message)
		return false
	}
	d.followTrigger()
	d.bindTrigger()
	d.followZoneData()
	if d.Record.State == model.Paused && !t.Paused || d.hadInvalidAction() && t.InvalidAction == nil {
		d.resume()
	}
	return d.enterState()
}

// enterState finds the state of a Task whose trigger is valid, and reports whether due
// slots are to be decided.
func (d *decider) enterState() bool {
	t := d.Task
	switch {
	case t.Paused:
		d.dropWaiting()
		d.enter(model.Paused, model.ReasonPaused, "spec.paused is true: no slot is decided until it is false again.")
	case t.Missing != nil:
		d.enter(model.Stalled, t.Missing.Reason, t.Missing.Message)
	case t.InvalidAction != nil:
		d.enter(model.Stalled, model.ReasonInvalidAction, t.InvalidAction.Message)
	case d.tooExpensive != "":
		d.enter(model.Stalled, model.ReasonTriggerTooExpensive, d.tooExpensive)
	case t.SchedulerPaused:
		d.enter(model.Scheduled, model.ReasonSchedulerPaused, "The Scheduler is paused: slots that fall due wait for it.")
	case d.rec.DecidedThrough.After(d.Now.Add(clockTolerance)):
		d.enter(model.Scheduled, model.ReasonClockBehind, fmt.Sprintf(
			"Slots have been decided through %s, which lies ahead of the clock: nothing is decided until then.",
			d.rec.DecidedThrough.Format(time.RFC3339)))
		d.wakeAt(d.rec.DecidedThrough.Add(-clockTolerance))
	case d.waitsForServer():
		d.enter(model.Scheduled, model.ReasonScheduled, d.retryAfterMessage())
	default:
		message := d.withWarning("Slots are decided as they fall due.")
		d.enter(model.Scheduled, model.ReasonScheduled, message)
		return !d.Closing && d.Delay <= 0
	}
	return false
}

// hadInvalidAction reports whether slots were forgotten because the action could not be
// carried out as it was written.
func (d *decider) hadInvalidAction() bool {
	return d.Record.State == model.Stalled && d.Record.StateReason == model.ReasonInvalidAction
}

// withWarning adds to a message what may surprise about the Task.
func (d *decider) withWarning(message string) string {
	if d.Task.Warning == "" {
		return message
	}
	return message + " Note: " + d.Task.Warning
}

// bindTrigger makes a trigger of the Task's own: with the moments that it counts from.
func (d *decider) bindTrigger() {
	d.trigger = d.Task.Trigger.Anchored(d.rec.TriggerSince)
	if !d.Task.SchedulerDeleted.IsZero() {
		d.trigger = d.trigger.Ending(d.Task.SchedulerDeleted)
	}
}

// discardTrigger notes that there is no valid trigger, so that the repaired one
// is planned from the repair and not from the last good slot.
func (d *decider) discardTrigger() {
	if d.rec.Trigger != "" || d.rec.DecidedThrough.IsZero() {
		d.dropOutdated()
		d.rec.Trigger = ""
		d.advance(d.second())
	}
}

// followTrigger implements T9: it compares the trigger with the recorded one
// and re-plans from now when it is another.
func (d *decider) followTrigger() {
	t, hash := d.Task.Trigger, d.Task.Trigger.Hash()
	switch {
	case d.rec.Trigger == hash:
	case d.rec.Trigger == "" && d.rec.DecidedThrough.IsZero(): // a new Task
		d.rec.Trigger, d.rec.TriggerSince = hash, d.Task.Created.UTC().Truncate(time.Second)
		d.advance(t.FirstRecordedThrough(d.Task.Created))
		d.need(Now)
	case !strings.HasPrefix(d.rec.Trigger, hashVersion) && d.rec.Trigger != "" && !d.rec.Next.IsZero() && t.Anchored(d.rec.TriggerSince).IsSlot(d.rec.Next):
		d.rec.Trigger = hash // written by another version of Carillon: the same as far as can be told
	default:
		d.dropDueSlot()
		d.dropOutdated()
		since := d.second()
		if t.Anchored(since) != t { // a date without runAt: once, from now, whatever this second has seen already
			since = model.Later(since, d.rec.DecidedThrough.Add(time.Second))
			d.advance(since.Add(-time.Second))
		} else {
			d.advance(since)
		}
		d.rec.Trigger, d.rec.TriggerSince = hash, since
		d.need(Now)
	}
}

// dropOutdated gives up the runs of the old plan that have not started.
func (d *decider) dropOutdated() {
	for _, state := range []model.RunState{model.Queued, model.Pending} {
		d.dropUnstarted(state, model.Missed, model.ReasonTriggerChanged, "The trigger was changed before it could start.")
	}
}

// dropDueSlot counts the undecided slot of the old trigger as missed. Which
// further ones there were only the old trigger could tell.
func (d *decider) dropDueSlot() {
	next := d.rec.Next
	if d.rec.Trigger == "" || next.IsZero() || next.After(d.Now) || d.Record.State == model.Paused {
		return
	}
	d.drop(next, 1, model.Missed, model.ReasonTriggerChanged, "The trigger was changed before the slot had been decided.")
}

// followZoneData notices that a time zone's rules have changed under an
// unchanged trigger: the record promised a next slot that is still to come, and
// yet there are earlier ones that would be due. They were never planned, so
// they are not run (T9).
func (d *decider) followZoneData() {
	promised := d.rec.Next
	if d.Record.Trigger != d.rec.Trigger || promised.IsZero() || !promised.After(d.Now) {
		return
	}
	if first, state := d.firstSlot(); state == slotFound && !first.After(d.Now) && first.Before(promised) {
		d.advance(d.second())
	}
}

// resume plans on from now: what fell due during the pause, or while the action was
// invalid, is forgotten. A
// date is still run (P1, T5).
func (d *decider) resume() {
	if !d.Task.Trigger.OneShot() {
		d.advance(d.second())
	}
}

// enter sets the state.
func (d *decider) enter(state model.State, reason, message string) {
	d.rec.State, d.rec.StateReason, d.rec.StateMessage = state, reason, message
}

// reportState reports a change of state that concerns a person.
func (d *decider) reportState() {
	was, is := d.Record, d.rec
	if was.State == is.State && was.StateReason == is.StateReason {
		return
	}
	if !d.pauseReported() { // which saveUrgency deals with
		d.need(Now)
	}
	if was.State == "" || (was.State == model.Stalled) != (is.State == model.Stalled) {
		d.rec.ReadySince = d.second()
	}
	switch {
	case was.State == "" && (is.State == model.Scheduled || is.State == model.Completed): // as asked
	default:
		d.event(model.Event{Kind: model.StateChanged, State: is.State, Was: was.State, Reason: is.StateReason, Message: is.StateMessage})
	}
}
