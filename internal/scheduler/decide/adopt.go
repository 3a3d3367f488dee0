package decide

import "github.com/carillon-dev/carillon/internal/scheduler/model"

// restartForeign deals with the in-process runs of another process, which is gone, or it
// would still be the one to decide. They start again here, with the same identity;
// one that was being stopped has stopped.
func (d *decider) restartForeign() {
	for i := len(d.rec.Active) - 1; i >= 0; i-- {
		run := &d.rec.Active[i]
		switch {
		case run.Holder == "" || run.Holder == d.Holder:
		case run.State == model.Stopping:
			d.finishStopped(i, model.Observation{})
		case d.mayStart():
			run.Holder, run.State, run.Start = d.Holder, model.Starting, d.Now
			d.command(StartRun, *run)
			d.need(Now)
		}
	}
}

// adoptActive finds again what the active runs of a loaded record stand for.
func (d *decider) adoptActive() {
	if !d.Reloaded || d.Closing {
		return
	}
	for i := range d.rec.Active {
		run := &d.rec.Active[i]
		foreign := run.Holder != "" && run.Holder != d.Holder
		if d.started[run.Ref()] || !run.HasAttempt() || foreign {
			continue
		}
		switch {
		case run.State == model.Stopping:
			d.command(StopRun, *run)
		case run.State == model.Starting || run.Holder != "":
			d.command(StartRun, *run)
		default:
			d.command(AdoptRun, *run)
		}
	}
	d.prune()
}
