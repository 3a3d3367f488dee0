package sim

import (
	"maps"
	"slices"
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/fixture"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// results are those that this step has added to the recent ones, as far as they
// are still there.
func (c *saving) results() []model.Result {
	same := func(a, b model.Result) bool {
		return a.Slot.Equal(b.Slot) && a.Source == b.Source && a.Outcome == b.Outcome && a.Reason == b.Reason && fixture.Cut(a.Finish).Equal(fixture.Cut(b.Finish))
	}
	n := 0
	for n < len(c.is.Recent) && !slices.EqualFunc(c.is.Recent[n:], c.was.Recent[:min(len(c.was.Recent), len(c.is.Recent)-n)], same) {
		n++
	}
	return c.is.Recent[:n]
}

// checkResults: whatever became of a slot has its reason in the world.
func (c *saving) checkResults() {
	for _, res := range c.results() {
		c.tally.Reasons[reasonOf(res)]++
		var run *model.Run
		for i, old := range c.was.Active {
			if old.Slot.Equal(res.Slot) && old.Source == res.Source && c.is.IndexOf(old.Ref()) < 0 {
				run = &c.was.Active[i]
			}
		}
		switch res.Outcome {
		case model.Skipped:
			c.checkSkipped(res)
		case model.Missed:
			c.checkMissed(res, run)
		default:
			c.checkEnded(res, run)
		}
	}
	for _, old := range c.was.Active {
		if c.is.IndexOf(old.Ref()) < 0 {
			if len(c.results()) == model.MaxRecent { // how it ended may not be among them
				c.giveUp(old)
			}
			c.forgetFates(old)
		}
	}
}

func (c *saving) forgetFates(old model.Run) {
	for attempt := range old.Attempt {
		delete(c.t.fates, model.AttemptName(c.task.Key, old.Ref(), attempt+1, ""))
	}
	maps.DeleteFunc(c.t.graves, func(_ string, pod *simPod) bool { return pod.run.Ref() == old.Ref() })
}

func (c *saving) checkSkipped(res model.Result) {
	var ok bool
	switch res.Reason {
	case model.ReasonMaxInstances:
		c.checkInstancesAlive(res)
		ok = c.task.OverlapPolicy == model.OverlapSkip && (len(holding(c.is.Active)) >= c.task.MaxInstances || len(c.is.Active) > len(holding(c.is.Active)))
	case model.ReasonQueueFull:
		newer := slices.ContainsFunc(c.slots, res.Slot.Before) || c.is.Request != c.was.Request || res.Source == model.SourceManual && len(c.slots) > 0
		ok = c.task.OverlapPolicy != model.OverlapSkip && newer
	case model.ReasonPaused:
		ok = c.task.Paused
	case model.ReasonCancelled:
		ok = c.is.Cancel != c.was.Cancel
	default: // a request
		ok = res.Source == model.SourceManual && (c.task.Missing != nil || c.task.Invalid != nil)
	}
	if !ok {
		c.failf("the run of %v was skipped: %s", res.Slot, res.Reason)
	}
}

func (c *saving) checkMissed(res model.Result, run *model.Run) {
	ok := false
	switch res.Reason {
	case model.ReasonGraceExceeded:
		grace := c.task.Grace
		if grace == 0 && run != nil {
			grace = c.was.Settings.Grace // it was judged before an edit
		}
		late := res.Finish.Sub(c.dueOf(res, run)) > grace
		// The executor judged it, and the clock may have been set back since.
		late = late || run != nil && run.State != model.Queued && run.State != model.Pending && c.excusedSince(c.now)
		ok = grace > 0 && late && (run == nil || !c.hasBegun(*run))
	case model.ReasonTriggerChanged:
		ok = run == nil || run.State == model.Queued || run.State == model.Pending
	case model.ReasonCatchUpLimit:
		ok = !c.task.Coalesce && int64(len(c.slots)) > 0
		// What is left and what starts now is the newest catchUpLimit.
		left := 0
		for slot, more := c.t.model.trigger.Next(res.Slot); more && !c.due(slot).After(c.now); slot, more = c.t.model.trigger.Next(slot) {
			left++
		}
		ok = ok && left == c.task.CatchUpLimit
	}
	if !ok {
		c.failf("the slot at %v was missed: %s", res.Slot, res.Reason)
	}
}

// dueOf is when a run was due.
func (c *saving) dueOf(res model.Result, run *model.Run) time.Time {
	switch {
	case run != nil:
		return run.Due
	case res.Source == model.SourceManual:
		return res.Slot
	default:
		return c.due(res.Slot)
	}
}

// hasBegun reports whether an attempt began. Of a Pod that somebody deleted before
// its start was recorded that cannot be known, nor of a call in a process that died.
func (c *saving) hasBegun(run model.Run) bool {
	fate := c.t.fates[model.AttemptName(c.task.Key, run.Ref(), run.Attempt, "")]
	return fate != nil && fate.begun > 0 && !fate.deleted && run.Holder == ""
}

// checkEnded looks at a run that has ended.
func (c *saving) checkEnded(res model.Result, run *model.Run) {
	if run == nil {
		c.failf("the run of %v has ended, which was not active", res.Slot)
		return
	}
	if run.State != model.Pending && res.Attempts != run.Attempt || res.Coalesced != run.Coalesced {
		c.failf("the run %+v ended as %+v", run, res)
	}
	switch res.Outcome {
	case model.Missed, model.Skipped: // is judged where the slot is
	case model.Succeeded:
		if fate := c.fateOf(*run); !fate.succeeded {
			c.failf("the run of %v is said to have succeeded; it %s", res.Slot, fate.kind)
		}
	case model.Failed:
		if res.Attempts-run.Postponed-run.Disruptions < c.task.Retry.MaxAttempts && !c.task.Paused && !c.isPermanent(*run, res.Reason) {
			c.failf("there was no attempt after number %d, which failed", res.Attempts)
		}
		if run.State != model.Backoff {
			c.checkFailed(*run, res.Reason)
		}
	case model.Cancelled:
		c.giveUp(*run)
		c.checkCancelledEnd(res, *run)
	case model.Replaced:
		c.giveUp(*run)
		stopped := run.State == model.Stopping && run.StopReason == model.ReasonReplaced
		since := run.NotBefore.Add(-time.Minute)
		if run.Holder != "" { // it may have succeeded in a process that is gone, and have waited for a place since
			since = run.Start
		}
		if stopped && c.fateOf(*run).succeeded && !c.excusedSince(since) {
			c.failf("the run of %v is said to have been replaced; it succeeded before it was", res.Slot)
		}
		if !stopped && run.State != model.Backoff && (run.Attempt-run.Postponed-run.Disruptions >= c.task.Retry.MaxAttempts && c.fateOf(*run).kind != fateLater && !c.fateOf(*run).evicted || c.fateOf(*run).succeeded && !c.excusedSince(run.Start)) {
			c.failf("a run was replaced that was %s", run.State) // not stopped, and not between two attempts
		}
	case model.Lost:
		c.giveUp(*run)
		if pod := c.t.pods[run.Name]; pod != nil && pod.alive() && pod.fate.kind != fateSilent {
			c.failf("a run was given up whose Pod is healthy: %+v", pod)
		}
		if c.fateOf(*run).kind != fateSilent && !c.excusedSince(run.Start) {
			c.failf("a run was lost whose fate it is that it %s", c.fateOf(*run).kind)
		}
	}
}

// checkFailed: an attempt that is said to have failed for a reason did.
func (c *saving) checkFailed(run model.Run, reason string) {
	fate := c.fateOf(run)
	ok := false
	switch reason {
	case simFailed:
		ok = fate.kind == fateFails || fate.kind == fatePermanent || fate.kind == fateLater
	case model.ReasonRenewed: // it was stopped for an edit before it had started
		ok = true
	case simRejected:
		ok = fate.kind == fateRejected
	case model.ReasonTimeout:
		ok = run.Timeout > 0 || c.excusedSince(run.Start)
	case model.ReasonVanished:
		ok = fate.deleted || run.State == model.Stopping
	case model.ReasonDisrupted:
		ok = fate.evicted
	case simNameTaken:
		ok = fate.forged
	case model.ReasonStartTimeout:
		c.giveUp(run)
		ok = fate.kind == fateStuck || fate.refused > 0 || c.excusedSince(run.Start)
	}
	if succeeded := c.succeeded(run); !ok || succeeded && !c.excusedSince(run.Start) {
		c.failf("attempt %d of %v is said to have failed: %s; it %s (succeeded: %t)", run.Attempt, run.Slot, reason, fate.kind, succeeded)
	}
}

func (c *saving) fateOf(run model.Run) *simFate { return c.fate(c.t, run) }

// succeeded reports whether an attempt succeeded. One that a process made and took along to its end
// is made again by the next one, which sees only its own.
func (c *saving) succeeded(run model.Run) bool {
	if run.Holder == "" {
		return c.fateOf(run).succeeded
	}
	call := c.p.calls[model.AttemptName(c.task.Key, run.Ref(), run.Attempt, "")]
	return call != nil && call.outcome != nil && call.outcome.Outcome == model.Succeeded
}

// giveUp notes that the attempt may be alive although its run has ended.
func (c *saving) giveUp(run model.Run) {
	if pod := c.t.pods[run.Name]; pod != nil {
		pod.givenUp = true
	}
}

// excusedSince reports whether there was a disturbance after an instant, which may
// have kept news from arriving. The instant may have been told by the manager's clock
// or by the true one.
func (c *saving) excusedSince(start time.Time) bool {
	if ahead := time.Until(c.now); ahead > 0 {
		start = start.Add(-ahead)
	}
	if start.After(time.Now()) { // told by a clock that was ahead, of a manager that is gone
		start = time.Now()
	}
	start = start.Add(-excused)
	return c.troubles > 0 || c.trouble.After(start) || c.t.touched.After(start)
}
