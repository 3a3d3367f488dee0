package decide

import "github.com/carillon-dev/carillon/internal/scheduler/model"

// restartEdited stops attempts that have not started and whose action has been edited since,
// so that they start anew from the new one (R12): the old one may be what kept them
// from starting.
func (d *decider) restartEdited() {
	if d.Task.ActionHash == "" || d.Task.Paused || !d.mayStart() {
		return
	}
	for i := range d.rec.Active {
		run := &d.rec.Active[i]
		if run.State == model.Starting && run.Holder == "" && run.ActionHash != "" && run.ActionHash != d.Task.ActionHash {
			d.stop(run, model.ReasonRenewed)
		}
	}
}

// onStoppedForEdit has a run that was stopped for an edit start its next attempt, which does
// not count (R5).
func (d *decider) onStoppedForEdit(run *model.Run) {
	run.State, run.StopReason, run.Holder = model.Backoff, model.ReasonRenewed, ""
	run.Message = "The action was edited before it had started."
	run.NotBefore = d.Now
	run.Postponed++
	d.need(Soon)
}
