package scheduler

// renew stops attempts that have not started and whose action has been edited since,
// so that they start anew from the new one (R12): the old one may be what kept them
// from starting.
func (d *decider) renew() {
	if d.Task.ActionHash == "" || d.Task.Paused || !d.mayStart() {
		return
	}
	for i := range d.rec.Active {
		run := &d.rec.Active[i]
		if run.State == Starting && run.Holder == "" && run.ActionHash != "" && run.ActionHash != d.Task.ActionHash {
			d.stop(run, ReasonRenewed)
		}
	}
}

// renewed has a run that was stopped for an edit start its next attempt, which does
// not count (R5).
func (d *decider) renewed(run *Run) {
	run.State, run.StopReason, run.Holder = Backoff, ReasonRenewed, ""
	run.Message = "The action was edited before it had started."
	run.NotBefore = d.Now
	run.Postponed++
	d.need(Soon)
}

// stoppingUnstarted reports whether the run is being stopped because it had not
// started. If it starts all the same before it is stopped, it goes on.
func (r *Run) stoppingUnstarted() bool {
	return r.State == Stopping && (r.StopReason == ReasonRenewed || r.StopReason == ReasonStartTimeout)
}
