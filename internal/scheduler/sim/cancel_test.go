package sim

import (
	"maps"
	"strings"
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// checkCancelled: a request to cancel ends what was unfinished when it was handled, and nothing of
// that begins again (R13).
func (c *saving) checkCancelled() {
	if c.t.cancelled == nil {
		c.t.cancelled = map[model.RunRef]bool{}
	}
	if c.is.Cancel != c.was.Cancel {
		for _, run := range c.was.Active {
			if isCancelledBy(c.is.Cancel, run) {
				c.t.cancelled[run.Ref()] = true
			}
		}
	}
	for _, run := range c.is.Active {
		stopping := run.State == model.Stopping && (run.StopReason == model.ReasonCancelled || run.StopReason == model.ReasonReplaced)
		switch cancelled := c.t.cancelled[run.Ref()]; {
		case cancelled && !stopping:
			c.failf("the run of %v was cancelled, and is %s", run.Slot, run.State)
		case !cancelled && run.State == model.Stopping && run.StopReason == model.ReasonCancelled:
			c.failf("the run of %v is stopped as cancelled, and was not", run.Slot)
		}
	}
	maps.DeleteFunc(c.t.cancelled, func(ref model.RunRef, _ bool) bool { return c.was.IndexOf(ref) < 0 && c.is.IndexOf(ref) < 0 })
}

// isCancelledBy reports whether a request is about a run.
func isCancelledBy(asked string, run model.Run) bool {
	return !strings.HasPrefix(asked, "run=") || strings.HasPrefix(asked, "run="+run.Slot.UTC().Format(time.RFC3339)+" ")
}

// checkCancelledEnd: a run that is said to have been cancelled was, before it had succeeded.
func (c *saving) checkCancelledEnd(res model.Result, run model.Run) {
	if !c.t.cancelled[run.Ref()] {
		c.failf("the run of %v is said to have been cancelled, and was not", res.Slot)
	}
	since := run.NotBefore.Add(-time.Minute)
	if run.State != model.Stopping || run.Holder != "" { // of a call that another process made, it is not known
		since = run.Start
	}
	if run.State != model.Backoff && c.succeeded(run) && !c.excusedSince(since) {
		c.failf("the run of %v is said to have been cancelled; it succeeded before it was", res.Slot)
	}
}
