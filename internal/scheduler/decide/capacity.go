package decide

import (
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// acquirePermit takes one of the permits that the executor has for the Task, if there is one. The
// engine decides which Task is next.
func (d *decider) acquirePermit() bool {
	switch {
	case !d.Limited:
		d.permitsTaken++
		return true
	case d.Permits > 0:
		d.Permits--
		d.permitsTaken++
		return true
	default:
		d.needsPermit = true
		return false
	}
}

// waitForPermit makes a new run wait for capacity of its executor.
func (d *decider) waitForPermit(run *model.Run) {
	run.State, run.Start = model.Pending, d.Now
	run.Message = d.Shortage
	d.need(Now)
}

// startPending starts the runs that wait for capacity, oldest first, as far as there are permits.
func (d *decider) startPending() {
	if !d.mayStart() {
		return
	}
	for i := range d.rec.Active {
		run := &d.rec.Active[i]
		if run.State == model.Pending && d.acquirePermit() {
			d.startAttempt(run)
			d.rec.LastSlot = model.Later(run.Slot, d.rec.LastSlot)
		}
	}
}

// expirePending gives up a run that got no permit in time (R3).
func (d *decider) expirePending(i int) {
	run := d.rec.Active[i]
	if d.Task.Grace == 0 {
		return
	}
	// A run that is exactly as late as it may be is in time.
	if late := d.Now.Sub(run.Due); late > d.Task.Grace {
		message := model.GraceMessage(late, d.Task.Grace) + " " + run.Message
		d.end(i, model.Observation{}, model.Missed, model.ReasonGraceExceeded, message)
		return
	}
	d.wakeAt(run.Due.Add(d.Task.Grace + time.Millisecond))
}
