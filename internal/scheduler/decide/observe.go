package decide

import (
	"fmt"
	"slices"
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// applyObservations takes in what was seen of the runs. What belongs to no active run, or to
// an attempt that has been dealt with, is old news: watches repeat themselves, and
// a new one begins with all that there is.
func (d *decider) applyObservations() {
	for _, obs := range d.Observations {
		i := d.rec.IndexOf(obs.Run)
		if i < 0 || d.rec.Active[i].Attempt != obs.Attempt || !d.rec.Active[i].HasAttempt() {
			continue
		}
		run := &d.rec.Active[i]
		if run.IsOtherObject(obs) {
			d.requestRead(*run) // one object has a name at a time: the run's own may be gone
			continue
		}
		if !run.Created && obs.ShowsObject() {
			d.markCreated(run)
		}
		if run.Name != "" && obs.UID != "" {
			run.UID = obs.UID
		}
		d.dateByObject(run, obs)
		d.applyObservation(i, obs)
	}
}

// dateByObject dates a run from the creation of its object, if that was put off after the
// decision: nothing could be created, or nobody led.
func (d *decider) dateByObject(run *model.Run, obs model.Observation) {
	if run.State == model.Starting && obs.Created.Sub(run.Start) > createDelay {
		run.Start = model.Earlier(obs.Created, d.Now)
		d.need(Lazy)
	}
}

// applyObservation takes in one observation of an active run.
func (d *decider) applyObservation(i int, obs model.Observation) {
	run := &d.rec.Active[i]
	switch obs.Phase {
	case model.PhaseDelayed:
		d.onDelayed(run, obs)
	case model.PhaseCreated:
		d.onCreated(run, obs)
	case model.PhasePending:
		d.onPending(run, obs)
	case model.PhaseRunning:
		d.onRunning(run, obs)
	case model.PhaseExists: // counts by its SeenAt alone
	case model.PhaseMisfired:
		d.end(i, obs, model.Missed, model.ReasonGraceExceeded, obs.Message)
	case model.PhaseFinished:
		d.applyRetryAfter(obs)
		d.onFinished(i, obs)
	case model.PhaseNotFound:
		d.onNotFound(i, obs)
	case model.PhaseCancelled:
		d.onCancelled(i)
	}
}

// onDelayed notes why an attempt could not begin so far (A8). The first such message is
// worth an Event and a save of its own; how the wording changes while the executor keeps
// trying is not.
func (d *decider) onDelayed(run *model.Run, obs model.Observation) {
	if run.State != model.Starting || run.Created || run.Message == obs.Message {
		return
	}
	first := run.Message == ""
	run.Message = obs.Message
	if !first {
		d.need(Lazy)
		return
	}
	d.event(model.Event{Kind: model.RunDelayed, Run: *run, Result: model.ResultOf(*run), Message: obs.Message})
	d.need(Soon)
}

// markCreated notes that the attempt has begun. That is not worth a save, unless the record
// says what keeps it from beginning.
func (d *decider) markCreated(run *model.Run) {
	run.Created = run.Name != ""
	if run.State == model.Starting && run.Message != "" {
		run.Message = ""
		d.need(Soon)
	}
}

// createDelay is how long after its decision an attempt may be created before the
// record says when that was.
const createDelay = 2 * time.Second

// onCreated reports how late the first attempt was. In most cases it writes nothing: the
// record says Starting already.
func (d *decider) onCreated(run *model.Run, obs model.Observation) {
	if obs.Start.Sub(run.Start) > createDelay { // refused for a while, or the manager was replaced
		run.Start = model.Earlier(obs.Start, d.Now)
		d.need(Lazy)
	}
	if run.Holder != "" && run.Timeout != obs.Timeout { // edited while it waited
		run.Timeout = obs.Timeout
		d.need(Lazy)
	}
	if run.Attempt == 1 {
		d.event(model.Event{Kind: model.RunStarted, Run: *run, Result: model.ResultOf(*run), Delay: obs.Start.Sub(run.Due)})
	}
}

// onPending notes why an attempt does not get to run, for people and for the outcome
// should it never. Its start timeout counts from when it is no longer suspended, and
// from when one that had begun to work cannot be started further (R11).
func (d *decider) onPending(run *model.Run, obs model.Observation) {
	if run.State != model.Stopping {
		if run.Suspended && !obs.Suspended || run.State == model.Running && run.WaitingSince.IsZero() {
			run.WaitingSince = d.Now
			d.need(Soon) // until it is saved, it moves with each decision
		}
		run.Suspended = obs.Suspended
	}
	d.note(run, obs)
}

// onRunning notes that an attempt runs. It cannot have begun before it was decided, nor be
// about to: if it says so, its node's clock is behind ours or ahead, and its time is
// counted by ours.
func (d *decider) onRunning(run *model.Run, obs model.Observation) {
	// A watch shows containers of a Pod that is being deleted, too; a live read reports
	// one that was spared.
	spared := run.IsStoppingUnstarted() && !obs.SeenAt.IsZero()
	if run.State == model.Starting || spared {
		run.State, run.StopReason, run.NotBefore = model.Running, "", time.Time{}
		if d.decidedAt == nil {
			d.decidedAt = map[model.AttemptRef]time.Time{}
		}
		d.decidedAt[run.AttemptRef()] = run.Start
		run.Start = model.Later(run.Start, model.Earlier(obs.Start, d.Now))
		d.need(Lazy)
	}
	if run.State != model.Stopping {
		run.Suspended, run.WaitingSince = false, time.Time{}
	}
	d.note(run, obs)
}

// note keeps what was said of an attempt, and whether it is being ended from outside:
// nothing else reports why it is gone, if nobody sees it go. The message of an
// attempt that is being stopped for its failure says how it failed.
func (d *decider) note(run *model.Run, obs model.Observation) {
	if run.State == model.Stopping && !run.IsStoppingForGood() {
		return
	}
	if run.Message != obs.Message {
		run.Message = obs.Message
		d.need(Lazy)
	}
	if run.State == model.Stopping {
		return
	}
	reason := ""
	if obs.Disrupted {
		reason = model.ReasonDisrupted
	}
	if run.StopReason != reason {
		run.StopReason = reason
		d.need(Soon)
	}
}

// onFinished concludes a run. A run that was being stopped failed for the reason it
// was stopped for, unless it made it to success before.
func (d *decider) onFinished(i int, obs model.Observation) {
	run := d.rec.Active[i]
	switch {
	case obs.Outcome == model.Succeeded:
		d.end(i, obs, model.Succeeded, obs.Reason, obs.Message)
	case run.State == model.Stopping:
		d.finishStopped(i, obs)
	default:
		d.fail(i, obs, obs.Reason, obs.Message)
	}
}

func (d *decider) onNotFound(i int, obs model.Observation) {
	run := d.rec.Active[i]
	if run.State == model.Stopping {
		d.finishStopped(i, obs)
		return
	}
	reason, message := model.ReasonVanished, obs.Message
	if obs.Disrupted = obs.Disrupted || run.StopReason == model.ReasonDisrupted; obs.Disrupted {
		reason = model.ReasonDisrupted
	}
	switch {
	case message != "":
	case obs.Disrupted:
		message = fmt.Sprintf("Pod %s was evicted before it had finished: %s", run.Name, run.Message)
	default:
		message = fmt.Sprintf("Pod %s was deleted before it had finished.", run.Name)
	}
	d.fail(i, obs, reason, message)
}

// onCancelled takes in that a call was not made (P1).
func (d *decider) onCancelled(i int) {
	run := d.rec.Active[i]
	if !d.Task.Paused { // it has been resumed meanwhile
		d.command(StartRun, run)
		return
	}
	d.rec.Active = slices.Delete(d.rec.Active, i, i+1)
	d.dropRun(run, model.Skipped, model.ReasonPaused, "The Task was paused while the run waited for capacity.")
}

// finishStopped takes in that a run which was stopped has ended.
func (d *decider) finishStopped(i int, obs model.Observation) {
	run := d.rec.Active[i]
	switch run.StopReason {
	case model.ReasonReplaced:
		d.end(i, obs, model.Replaced, model.ReasonReplaced, "A newer run replaced it.")
	case model.ReasonCancelled:
		d.end(i, obs, model.Cancelled, model.ReasonCancelled, "It was stopped because somebody cancelled it.")
	case model.ReasonRenewed:
		d.onStoppedForEdit(&d.rec.Active[i])
	default:
		d.fail(i, obs, run.StopReason, d.stopMessage(run))
	}
}

// fail takes in that an attempt has failed: the last one of its run, or one that
// another follows.
func (d *decider) fail(i int, obs model.Observation, reason, message string) {
	run := d.rec.Active[i]
	if !d.retry(i, obs, reason, message) {
		d.end(i, obs, model.Failed, reason, message)
		return
	}
	res := d.resultOfEnd(run, obs)
	res.Outcome, res.Reason, res.Message = model.Failed, reason, message
	d.event(model.Event{Kind: model.AttemptFailed, Run: d.rec.Active[i], Result: res})
}

// end takes run i out of the active ones and records how it ended.
func (d *decider) end(i int, obs model.Observation, outcome model.Outcome, reason, message string) {
	run := d.rec.Active[i]
	d.rec.Active = slices.Delete(d.rec.Active, i, i+1)
	res := d.resultOfEnd(run, obs)
	res.Outcome, res.Reason, res.Message = outcome, reason, message
	if outcome == model.Missed { // it never began
		res.Start, res.Attempts, res.Name = res.Finish, 0, ""
	}
	d.rec.Conclude(res)
	d.event(model.Event{Kind: model.RunFinished, Run: run, Result: res, Count: 1})
	d.need(Soon)
	d.prune()
}

// resultOfEnd is what an attempt was, as seen at its end. What it says of its times
// is by its node's clock, which may be wrong: it started after it was decided, it
// ended after that, and neither is still to come.
func (d *decider) resultOfEnd(run model.Run, obs model.Observation) model.Result {
	res := model.ResultOf(run)
	if obs.Start.After(run.Start) && !obs.Start.After(d.Now) {
		res.Start = obs.Start
	}
	res.Start = model.Earlier(res.Start, d.Now) // ours may have been set back since
	res.Finish = obs.Finish
	if obs.Finish.After(d.Now) || obs.Finish.Before(res.Start.Truncate(time.Second)) {
		res.Finish = d.Now
	}
	res.Finish = model.Later(res.Finish, res.Start)
	return res
}
