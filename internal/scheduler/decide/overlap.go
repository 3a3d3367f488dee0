package decide

import (
	"fmt"
	"slices"
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// instances counts the unfinished runs that hold an instance (R4). One that is
// queued does not; one in backoff does.
func (d *decider) instances() int {
	n := 0
	for _, run := range d.rec.Active {
		if run.State != model.Queued {
			n++
		}
	}
	return n
}

// admit lets a run start, or wait, or refuses it, by the overlap policy (R4). It
// reports whether the run is now among the active ones.
func (d *decider) admit(run model.Run) bool {
	free := d.instances() < d.Task.MaxInstances
	if free && !slices.ContainsFunc(d.rec.Active, queued) {
		return d.begin(run)
	}
	switch d.Task.OverlapPolicy {
	case model.OverlapQueue:
		d.enqueue(run)
		return true
	case model.OverlapReplace:
		d.enqueue(run)
		if !free {
			d.replaceOldest()
		}
		return true
	default:
		d.dropRun(run, model.Skipped, model.ReasonMaxInstances, d.limitMessage())
		return false
	}
}

// begin starts the first attempt of a run, or has it wait for a permit, unless it is
// too late for that (R3).
func (d *decider) begin(run model.Run) bool {
	if late := d.Now.Sub(run.Due); d.Task.Grace > 0 && late > d.Task.Grace {
		d.dropRun(run, model.Missed, model.ReasonGraceExceeded, d.graceMessage(run.Due))
		return false
	}
	run.Attempt = 1
	if d.acquirePermit() {
		d.startAttempt(&run)
		d.rec.LastSlot = model.Later(run.Slot, d.rec.LastSlot)
	} else {
		d.waitForPermit(&run)
	}
	d.rec.Active = append(d.rec.Active, run)
	return true
}

// startAttempt commands an attempt.
func (d *decider) startAttempt(run *model.Run) {
	run.State, run.Start, run.NotBefore = model.Starting, d.Now, time.Time{}
	run.StopReason, run.Message, run.Holder, run.Name, run.Nonce, run.UID = "", "", "", "", "", ""
	run.Timeout, run.StartTimeout, run.ActionHash = d.Task.Timeout, d.Task.StartTimeout, d.Task.ActionHash
	run.Created = false
	if d.Task.InProcess {
		run.Holder = d.Holder
	} else {
		run.Nonce = d.Nonce
		run.Name = model.AttemptName(d.Task.Key, run.Ref(), run.Attempt, run.Nonce)
	}
	d.command(StartRun, *run)
	d.commands[len(d.commands)-1].New = true
	d.need(Now)
}

// enqueue makes a run wait. The queue holds one run: the newest replaces it.
func (d *decider) enqueue(run model.Run) {
	for i, waiting := range d.rec.Active {
		if waiting.State == model.Queued {
			d.rec.Active = slices.Delete(d.rec.Active, i, i+1)
			d.dropRun(waiting, model.Skipped, model.ReasonQueueFull, d.displacedMessage(run))
			break
		}
	}
	run.State, run.Attempt, run.Start = model.Queued, 1, d.Now
	d.rec.Active = append(d.rec.Active, run)
	d.need(Soon)
}

// displacedMessage says why a run that was queued gave way to a newer one. Under Replace it
// does so also when there is an instance for both.
func (d *decider) displacedMessage(newer model.Run) string {
	slot := newer.Slot.Format(time.RFC3339)
	if d.Task.OverlapPolicy == model.OverlapReplace {
		return fmt.Sprintf("It had not started when the run of %s fell due and replaced it.", slot)
	}
	return fmt.Sprintf("It was waiting for an instance when the run of %s fell due and took its place.", slot)
}

// replaceOldest stops the oldest run that holds an instance, if none is being
// stopped already.
func (d *decider) replaceOldest() {
	stopping := func(run model.Run) bool { return run.State == model.Stopping }
	if slices.ContainsFunc(d.rec.Active, stopping) {
		return
	}
	switch run := d.oldest(); run.State {
	case model.Backoff: // nothing runs: it is gone at once
		d.end(d.rec.IndexOf(run.Ref()), model.Observation{}, model.Replaced, model.ReasonReplaced, "A newer run replaced it before its next attempt.")
	case model.Pending: // it has not begun
		waiting := *run
		i := d.rec.IndexOf(run.Ref())
		d.rec.Active = slices.Delete(d.rec.Active, i, i+1)
		d.dropRun(waiting, model.Skipped, model.ReasonQueueFull, "It was waiting for capacity of its executor when a newer run took its turn.")
	default:
		d.stop(run, model.ReasonReplaced)
	}
}

// oldest is the run that has held an instance for longest; there must be one.
func (d *decider) oldest() *model.Run {
	var oldest *model.Run
	for i := range d.rec.Active {
		if run := &d.rec.Active[i]; run.State != model.Queued && (oldest == nil || run.Start.Before(oldest.Start)) {
			oldest = run
		}
	}
	return oldest
}

func queued(run model.Run) bool { return run.State == model.Queued }

// resumeQueued starts the runs that wait for an instance, as long as there is one.
func (d *decider) resumeQueued() {
	if !d.mayStart() {
		return
	}
	for i := 0; i < len(d.rec.Active) && d.instances() < d.Task.MaxInstances; {
		run := d.rec.Active[i]
		if !queued(run) {
			i++
			continue
		}
		if d.isHeld(&run) {
			d.rec.Active[i].Message = d.retryAfterMessage()
			i++
			continue
		}
		d.rec.Active = slices.Delete(d.rec.Active, i, i+1)
		d.begin(run)
	}
}

// dropRun records that a run is not started.
func (d *decider) dropRun(run model.Run, outcome model.Outcome, reason, message string) {
	res := model.Result{
		Slot: run.Slot, Source: run.Source, Outcome: outcome, Reason: reason, Message: message,
		Finish: d.Now, Coalesced: run.Coalesced,
	}
	d.rec.Conclude(res)
	d.event(model.Event{Kind: model.SlotsDropped, Count: 1, Result: res})
	d.need(Soon)
}

// dropUnstarted gives up the scheduled runs that have not started: those that wait for an
// instance (Queued) or for a permit (Pending). Those that somebody asked for stay.
func (d *decider) dropUnstarted(state model.RunState, outcome model.Outcome, reason, message string) {
	for i, run := range slices.Backward(d.rec.Active) {
		if run.State == state && run.Source == model.SourceScheduled {
			d.rec.Active = slices.Delete(d.rec.Active, i, i+1)
			d.dropRun(run, outcome, reason, message)
		}
	}
}

// dropWaiting gives up the scheduled runs that a paused Task has waiting (P1):
// those for an instance or a permit have not started, and the last attempt of one in
// backoff was its last.
func (d *decider) dropWaiting() {
	d.dropUnstarted(model.Queued, model.Skipped, model.ReasonPaused, "The Task was paused while it waited for an instance.")
	d.dropUnstarted(model.Pending, model.Skipped, model.ReasonPaused, "The Task was paused while the run waited for capacity.")
	for i, run := range slices.Backward(d.rec.Active) {
		if run.State == model.Backoff && run.Source == model.SourceScheduled {
			d.end(i, model.Observation{}, model.Failed, run.StopReason, run.Message+" There was no further attempt: the Task was paused.")
		}
	}
}
