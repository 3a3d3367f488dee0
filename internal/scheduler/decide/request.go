package decide

import "github.com/carillon-dev/carillon/internal/scheduler/model"

// decideRequest starts the run that somebody asked for (R8): once for each
// request. It obeys the overlap policy and leaves the plan as it is. A paused
// Task runs it all the same; a paused Scheduler lets it wait.
func (d *decider) decideRequest() {
	t := d.Task
	if t.Request == "" || t.Request == d.rec.Request || d.Closing {
		return
	}
	run := model.Run{Source: model.SourceManual, Request: t.Request, RequestNumber: d.rec.Requests + 1, Slot: d.second(), Due: d.second()}
	switch {
	case t.Invalid != nil:
		d.dropRun(run, model.Skipped, t.Invalid.Reason, "The Task is stalled: "+t.Invalid.Message)
	case d.tooExpensive != "":
		d.dropRun(run, model.Skipped, model.ReasonTriggerTooExpensive, "The Task is stalled: "+d.tooExpensive)
	case t.InvalidAction != nil:
		d.dropRun(run, model.Skipped, t.InvalidAction.Reason, "The Task is stalled: "+t.InvalidAction.Message)
	case t.Missing != nil:
		d.dropRun(run, model.Skipped, t.Missing.Reason, "The Task is stalled: "+t.Missing.Message)
	case t.SchedulerPaused, d.Delay > 0:
		return
	case !d.instancesKnown(d.RequestSince):
		return
	default:
		d.admit(run)
	}
	d.rec.Request, d.rec.Requests = t.Request, run.RequestNumber
	d.need(Now)
}
