package scheduler

// retry makes a failed attempt be followed by another one, if the policy says
// so (R5). The run keeps its identity and its instance.
func (d *decider) retry(i int, reason, message string) bool {
	run := &d.rec.Active[i]
	if run.Attempt >= d.Task.Retry.MaxAttempts || run.State == Stopping && run.StopReason == ReasonReplaced {
		return false
	}
	run.State, run.StopReason, run.Message, run.Holder = Backoff, reason, message, ""
	run.NotBefore = d.Now.Add(d.Task.Retry.Delay(run.Attempt))
	d.wakeAt(run.NotBefore)
	d.need(Soon)
	return true
}

// resumeBackoff starts the next attempt of the runs whose backoff is over.
func (d *decider) resumeBackoff() {
	if !d.mayStart() {
		return
	}
	for i := range d.rec.Active {
		run := &d.rec.Active[i]
		if run.State != Backoff {
			continue
		}
		if d.Now.Before(run.NotBefore) {
			d.wakeAt(run.NotBefore)
			continue
		}
		if d.takePlace() { // else it stays as it is
			run.Attempt++
			d.launch(run)
		}
	}
}
