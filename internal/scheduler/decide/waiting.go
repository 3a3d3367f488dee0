package decide

import (
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// takePlace takes one of the places that the executor has for the Task, if there is
// one. Which Task may have a place next is not decided here, see places.
func (d *decider) takePlace() bool {
	switch {
	case !d.Limited:
		d.taken++
		return true
	case d.Places > 0:
		d.Places--
		d.taken++
		return true
	default:
		d.starved = true
		return false
	}
}

// await makes a new run wait for capacity of its executor.
func (d *decider) await(run *model.Run) {
	run.State, run.Start = model.Waiting, d.Now
	run.Message = d.Shortage
	d.need(Now)
}

// resumeWaiting starts the runs that wait for a place, oldest first, as long as there
// are places.
func (d *decider) resumeWaiting() {
	if !d.mayStart() {
		return
	}
	for i := range d.rec.Active {
		run := &d.rec.Active[i]
		if run.State == model.Waiting && d.takePlace() {
			d.launch(run)
			d.rec.LastSlot = model.Later(run.Slot, d.rec.LastSlot)
		}
	}
}

// expireWaiting gives up a run for which no place was found in time (R3).
func (d *decider) expireWaiting(i int) {
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
