package decide

import (
	"slices"
	"strings"
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// cancelRuns ends the runs that somebody asked to cancel (R13): once for each request, and the runs
// that are unfinished when it is handled. It comes before the slots: a run that falls due together
// with the request is a later one.
func (d *decider) cancelRuns() {
	asked := d.Task.Cancel
	if asked == "" || asked == d.rec.Cancel || d.Closing {
		return
	}
	d.rec.Cancel = asked
	d.need(Now)
	isMeant := meantBy(asked)
	for i, run := range slices.Backward(d.rec.Active) {
		if isMeant(run) {
			d.cancel(i)
		}
	}
}

// cancel ends run i. What has not started is skipped; what waits for its next attempt has
// nothing to stop.
func (d *decider) cancel(i int) {
	run := &d.rec.Active[i]
	switch {
	case run.State == model.Queued || run.State == model.Pending:
		waiting := *run
		d.rec.Active = slices.Delete(d.rec.Active, i, i+1)
		d.dropRun(waiting, model.Skipped, model.ReasonCancelled, "It was cancelled before it had started.")
	case run.State == model.Backoff:
		d.end(i, model.Observation{}, model.Cancelled, model.ReasonCancelled, "It was cancelled before its next attempt. "+run.Message)
	case run.IsStoppingForGood():
	default: // one that is stopped for a reason that another attempt would follow, too
		d.stop(run, model.ReasonCancelled)
	}
}

// cancelOne begins a request that is about the run of one slot.
const cancelOne = "run="

// meantBy says which runs a request is about: "run=SLOT", followed by a space and anything, is about
// the run of a slot in RFC 3339, any other about all runs. Where SLOT is no time, it is about none:
// somebody meant one run.
func meantBy(asked string) func(model.Run) bool {
	asked = strings.TrimSpace(asked)
	if len(asked) < len(cancelOne) || !strings.EqualFold(asked[:len(cancelOne)], cancelOne) {
		return func(model.Run) bool { return true }
	}
	text, _, _ := strings.Cut(asked[len(cancelOne):], " ")
	slot, err := time.Parse(time.RFC3339, text)
	return func(run model.Run) bool { return err == nil && run.Slot.Equal(slot) }
}
