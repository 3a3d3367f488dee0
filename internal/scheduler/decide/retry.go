package decide

import (
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// retry makes a failed attempt be followed by another one, if it asks for that itself or
// the policy says so (R5). The run keeps its identity and its instance.
func (d *decider) retry(i int, obs model.Observation, reason, message string) bool {
	run := &d.rec.Active[i]
	wait, again := d.nextAttempt(run, obs)
	if !again {
		return false
	}
	run.State, run.StopReason, run.Message, run.Holder = model.Backoff, reason, message, ""
	run.NotBefore, run.WaitingSince, run.Suspended = d.Now.Add(wait), time.Time{}, false
	d.wakeAt(run.NotBefore)
	d.need(Soon)
	return true
}

// maxDisruptions is how many attempts of a run may be ended from outside without being
// counted (R11).
const maxDisruptions = 10

// nextAttempt says whether there is another attempt after one that has failed, and how
// long to wait for it.
func (d *decider) nextAttempt(run *model.Run, obs model.Observation) (wait time.Duration, again bool) {
	counted := run.Attempt - run.Postponed - run.Disruptions
	switch stopping := run.State == model.Stopping; {
	case run.IsStoppingForGood():
		return 0, false
	case obs.Postpone > 0 && !stopping:
		run.Postponed++
		return obs.Postpone, true
	case obs.Disrupted && !stopping && run.Disruptions < maxDisruptions:
		run.Disruptions++
		return 0, true
	case obs.Permanent || counted >= d.Task.Retry.MaxAttempts:
		return 0, false
	default:
		return max(d.Task.Retry.Delay(counted), obs.RetryAfter), true
	}
}

// resumeBackoff starts the next attempt of the runs whose backoff is over.
func (d *decider) resumeBackoff() {
	if !d.mayStart() {
		return
	}
	for i := range d.rec.Active {
		run := &d.rec.Active[i]
		if run.State != model.Backoff {
			continue
		}
		if d.isHeld(run) {
			run.NotBefore = model.Later(run.NotBefore, d.rec.NotBefore)
		}
		if d.Now.Before(run.NotBefore) {
			d.wakeAt(run.NotBefore)
			continue
		}
		if d.acquirePermit() { // else it stays as it is
			run.Attempt++
			d.startAttempt(run)
		}
	}
}
