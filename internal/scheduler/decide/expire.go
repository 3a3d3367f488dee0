package decide

import (
	"fmt"
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// lostGracePeriod is how long after its timeout a run that nobody has seen end is
// still waited for (E2).
const lostGracePeriod = time.Minute

// stopTimeout is how long a run may take to end once it ought to.
func (d *decider) stopTimeout() time.Duration {
	return max(lostGracePeriod, d.Task.StopGrace+lostGracePeriod/2)
}

// expire deals with runs that have taken too long: one that has not begun by
// the start timeout is stopped, one that has been silent for longer than its
// timeout allows is given up.
func (d *decider) expire() {
	for i := len(d.rec.Active) - 1; i >= 0; i-- {
		switch run := &d.rec.Active[i]; run.State {
		case model.Queued, model.Backoff: // nothing of them runs
		case model.Pending:
			d.expirePending(i)
		case model.Starting:
			d.expireStarting(run)
		case model.Stopping:
			if d.after(model.Later(run.NotBefore, d.Since.Add(d.stopTimeout())), 0) {
				d.command(StopRun, *run)
				d.finishStopped(i, model.Observation{})
			}
		case model.Running:
			if !d.expireBlocked(run) {
				d.expireRunning(i)
			}
		}
	}
}

// expireStarting stops a Pod that does not begin. A call that does not may wait for its
// turn in this process, for as long as its grace allows, which is looked at then.
func (d *decider) expireStarting(run *model.Run) {
	switch {
	case run.Holder == "":
		d.checkStartTimeout(run)
	case d.Task.Grace > 0 && run.Attempt == 1:
		d.after(run.Due.Add(time.Millisecond), d.Task.Grace)
	}
}

// expireRunning gives up a run whose executor should have ended it after its timeout
// and has not: its node is lost. The run is read live first, since the watch that
// would have shown its end may be broken.
func (d *decider) expireRunning(i int) {
	run := d.rec.Active[i]
	timeout := d.timeout(run)
	if timeout == 0 || !d.after(d.lastSeen(run.Start), timeout+d.stopTimeout()) {
		return
	}
	if run.Holder == "" && !d.verifiedSince(run, d.lastSeen(run.Start).Add(timeout+d.stopTimeout())) {
		d.requestRead(run)
		return
	}
	d.command(StopRun, run)
	message := fmt.Sprintf("It was still unfinished %s after its timeout of %s.", d.stopTimeout(), timeout)
	if run.Message != "" { // what is known to be wrong, such as that its node is lost
		message += " " + run.Message
	}
	d.end(i, model.Observation{}, model.Lost, model.ReasonLost, message)
}

// timeout and startTimeout are those that an attempt was started with (R5): an edit does
// not end what runs. An attempt without an ActionHash was started by a version of
// Carillon that did not record them; for it they are those of the Task.
func (d *decider) timeout(run model.Run) time.Duration {
	if run.ActionHash == "" {
		return d.Task.Timeout
	}
	return run.Timeout
}

func (d *decider) startTimeout(run model.Run) time.Duration {
	if run.ActionHash == "" {
		return d.Task.StartTimeout
	}
	return run.StartTimeout
}

// expireBlocked stops a Pod that began to work, in an init container, and then could
// not be started further. It reports whether it did.
func (d *decider) expireBlocked(run *model.Run) bool {
	return !run.WaitingSince.IsZero() && d.checkStartTimeout(run)
}

// checkStartTimeout stops a run that has waited for longer than its start timeout,
// and reports whether it did. Time while it was held back on purpose does not count
// (R11).
func (d *decider) checkStartTimeout(run *model.Run) bool {
	since, limit := model.Later(run.Start, run.WaitingSince), d.startTimeout(*run)
	if run.Suspended || limit <= 0 || !d.after(d.lastSeen(since), limit) {
		return false
	}
	d.stop(run, model.ReasonStartTimeout)
	return true
}

// lastSeen is since when nothing was observed of a run, although there was a leader
// to observe it.
func (d *decider) lastSeen(start time.Time) time.Time { return model.Later(start, d.Since) }

// after reports whether span has passed since t, and if not, sees to it that
// the question is asked again when it has.
func (d *decider) after(t time.Time, span time.Duration) bool {
	end := t.Add(span)
	if d.Now.Before(end) {
		d.wakeAt(end)
		return false
	}
	return true
}

// stop ends a run. It counts until it has.
func (d *decider) stop(run *model.Run, reason string) {
	run.State, run.StopReason, run.NotBefore = model.Stopping, reason, d.Now.Add(d.stopTimeout())
	d.command(StopRun, *run)
	d.need(Now)
	d.wakeAt(run.NotBefore)
}

// stopMessage says why a run was stopped, and what is known to have kept it from
// running.
func (d *decider) stopMessage(run model.Run) string {
	message := fmt.Sprintf("It had not started after the startTimeout of %s", d.startTimeout(run))
	if run.Message == "" {
		return message + "."
	}
	return message + ": " + run.Message
}
