package sim

import (
	"slices"
	"strings"
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/fixture"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// admitted are the runs that this step has added.
func (c *saving) admitted() []model.Run {
	return slices.DeleteFunc(slices.Clone(c.is.Active), func(run model.Run) bool { return c.was.IndexOf(run.Ref()) >= 0 })
}

// checkAdmitted: a new run stands for a slot that was decided in this very step,
// or for the request, and is at its beginning.
func (c *saving) checkAdmitted() {
	for _, run := range c.admitted() {
		switch {
		case run.Source == model.SourceManual:
			if run.Request != c.is.Request || c.is.Request == c.was.Request {
				c.failf("the request %q was handled before", run.Request)
			}
		case !slices.ContainsFunc(c.slots, run.Slot.Equal):
			c.failf("the run of %v stands for no slot that is undecided", run.Slot)
		case !run.Due.Equal(c.due(run.Slot)):
			c.failf("the run of %v is due at %v, want %v", run.Slot, run.Due, c.due(run.Slot))
		}
		replaced := run.State == model.Stopping && run.StopReason == model.ReasonReplaced && c.is.Request != c.was.Request // by the request, in one step
		if run.Attempt != 1 || run.State != model.Starting && run.State != model.Queued && run.State != model.Pending && !replaced {
			c.failf("a new run is %+v", run)
		}
		if seconds := plainInterval(c.task); seconds > 0 && run.Source == model.SourceScheduled && run.Slot.Sub(c.task.Created)%seconds != 0 {
			c.failf("the interval has lost its phase: it runs at %v", run.Slot)
		}
	}
}

// plainInterval is the distance of the slots of a Task whose interval counts from
// its creation, as elapsed time; zero for any other.
func plainInterval(task model.Task) time.Duration {
	if task.Trigger == nil {
		return 0
	}
	distance, err := time.ParseDuration(strings.TrimPrefix(task.Trigger.String(), "every "))
	if err != nil {
		return 0
	}
	return distance
}

func holding(runs []model.Run) []model.Run {
	return slices.DeleteFunc(slices.Clone(runs), func(run model.Run) bool { return run.State == model.Queued })
}

// checkInstances: no run starts beyond maxInstances, and one may wait (R4).
func (c *saving) checkInstances() {
	if waiting := len(c.is.Active) - len(holding(c.is.Active)); waiting > 1 {
		c.failf("%d runs wait, want at most 1", waiting)
	}
	if len(holding(c.is.Active)) <= c.task.MaxInstances {
		return
	}
	for _, run := range holding(c.is.Active) { // the limit may have been lowered since they started
		if i := c.was.IndexOf(run.Ref()); i < 0 || c.was.Active[i].State == model.Queued {
			c.failf("%d instances, want at most %d", len(holding(c.is.Active)), c.task.MaxInstances)
		}
	}
}

// checkBacklog: without coalesce the overdue slots run one after the other (R2).
func (c *saving) checkBacklog() {
	if c.t.backlog != nil && c.is.IndexOf(*c.t.backlog) < 0 {
		c.t.backlog, c.t.cleared = nil, time.Now()
	}
	if c.task.Coalesce {
		return
	}
	for _, run := range c.admitted() {
		if run.Source != model.SourceScheduled {
			continue
		}
		if c.t.backlog != nil {
			c.failf("the run of %v starts beside the backlog's", run.Slot)
		}
		next, more := c.t.model.trigger.Next(run.Slot)
		if c.task.CatchUpLimit > 1 && (len(c.slots) > 1 || more && !c.due(next).After(c.now)) {
			c.t.backlog = new(run.Ref())
		}
	}
}

// checkRuns: unfinished runs go the way that they may go.
func (c *saving) checkRuns() {
	for _, run := range c.is.Active {
		c.checkReadable(run)
		started := run.State == model.Starting
		if i := c.was.IndexOf(run.Ref()); i >= 0 {
			old := c.was.Active[i]
			started = started && (old.State == model.Queued || old.State == model.Pending || old.Attempt != run.Attempt)
			c.checkRun(old, run)
		}
		if !started {
			continue
		}
		if late := run.Start.Sub(run.Due); run.Attempt == 1 && c.task.Grace > 0 && late > c.task.Grace {
			c.failf("a run starts %s late, more than the grace of %s", late, c.task.Grace)
		}
		if c.task.SchedulerPaused || c.task.Missing != nil || c.task.Invalid != nil || c.task.Paused && run.Source == model.SourceScheduled {
			c.failf("a run starts on hold: %+v", run)
		}
		if c.decided.Sub(c.p.born) < c.startupDelay {
			c.failf("a run starts %s after the takeover, want %s at least", c.decided.Sub(c.p.born), c.startupDelay)
		}
	}
}

// checkReadable: a status has a field for each meaning that a run's time and reason have by its
// state, and none for others, which a new leader would not read back.
func (c *saving) checkReadable(run model.Run) {
	ending := run.State == model.Backoff || run.State == model.Stopping
	disrupted := run.StopReason == model.ReasonDisrupted && (run.State == model.Starting || run.State == model.Running)
	if !ending && (!run.NotBefore.IsZero() || run.StopReason != "" && !disrupted) {
		c.failf("the run of %v is %s with the time %v and the reason %q", run.Slot, run.State, run.NotBefore, run.StopReason)
	}
}

// checkRun looks at how one run went on.
func (c *saving) checkRun(old, run model.Run) {
	switch {
	case run.Attempt == old.Attempt && (run.State == model.Queued && old.State != model.Queued || run.State == model.Pending && old.State != model.Pending && old.State != model.Queued):
		c.failf("the run of %v went back into the queue", run.Slot)
	case run.Attempt == old.Attempt && run.State == model.Backoff && old.State != model.Backoff:
		c.checkBackoff(old, run)
		c.checkFailed(old, run.StopReason)
	case run.Attempt == old.Attempt && old.State == model.Running && run.StopReason == model.ReasonRenewed:
		c.failf("the run of %v had started, and is stopped for an edit", run.Slot) // R5, R12
	case run.Attempt == old.Attempt:
		if old.State == model.Backoff && (run.State != model.Backoff || !fixture.Cut(run.NotBefore).Equal(fixture.Cut(old.NotBefore))) {
			c.failf("the run of %v left its backoff without another attempt, or began it anew", run.Slot)
		}
	case run.Attempt == old.Attempt+1 && run.Disruptions == old.Disruptions+1 && run.State == model.Starting && c.fateOf(old).isOutside(): // at once (R11)
		c.checkFailed(old, c.fateOf(old).outsideReason())
	case run.Attempt == old.Attempt+1 && run.Postponed == old.Postponed+1 && old.StopReason == model.ReasonRenewed && run.ActionHash != old.ActionHash: // at once (R12)
		c.checkFailed(old, model.ReasonRenewed)
	case run.Attempt != old.Attempt+1 || old.State != model.Backoff || c.now.Before(old.NotBefore):
		c.failf("attempt %d follows attempt %d, which is %s", run.Attempt, old.Attempt, old.State)
	}
	if !run.Due.Truncate(time.Second).Equal(old.Due.Truncate(time.Second)) || run.Coalesced != old.Coalesced || run.CatchUp != old.CatchUp {
		c.failf("the run has become another: %+v, %+v", old, run)
	}
}

// checkBackoff: there is another attempt when the policy allows one, or the last asked
// for one, and not before its time.
func (c *saving) checkBackoff(old, run model.Run) {
	counted := run.Attempt - old.Postponed - old.Disruptions
	wait, again := c.task.Retry.Delay(counted), counted < c.task.Retry.MaxAttempts && !c.isPermanent(old, run.StopReason)
	if run.Disruptions > old.Disruptions {
		wait, again = 0, c.fateOf(old).isOutside()
	}
	switch {
	case run.StopReason == model.ReasonRenewed:
		wait, again = 0, true
	case run.Postponed > old.Postponed:
		wait, again = c.fateOf(old).postpone, c.fateOf(old).kind == fateLater
	}
	if want := c.now.Add(wait); !again || !run.NotBefore.Equal(want) {
		c.failf("after attempt %d it waits until %v, want %v: %t", run.Attempt, run.NotBefore, want, again)
	}
}

// isPermanent reports whether an attempt that failed for a reason said that no other would
// help. One that was ended before could not say so.
func (c *saving) isPermanent(run model.Run, reason string) bool {
	return c.fateOf(run).kind == fatePermanent && reason == simFailed
}

// checkBegin: an attempt begins once, and only if the record lists it; and not
// while as many are alive as there may be.
func (s *sim) checkBegin(t *simTask, run model.Run, fate *simFate) {
	rec := t.snap.Record
	i := rec.IndexOf(run.Ref())
	if i < 0 || rec.Active[i].Attempt != run.Attempt {
		s.failf("task %s: %s begins, which is not recorded: %+v", t.snap.Task.Name, run.Name, rec.Active)
	}
	if fate.begun > 0 && !fate.deleted {
		s.failf("task %s: %s begins a second time", t.snap.Task.Name, run.Name)
	}
	for name, pod := range t.pods {
		if pod.alive() && !pod.givenUp && rec.IndexOf(pod.run.Ref()) < 0 {
			s.failf("task %s: %s is alive and not recorded when %s begins: %+v\n%s\n%+v", t.snap.Task.Name, name, run.Name, pod, describeTask(t.snap.Task), rec)
		}
	}
}

// checkPrune: a Pod is removed only after its end has been recorded (R7).
func (s *sim) checkPrune(t *simTask, pod *simPod) {
	if i := t.snap.Record.IndexOf(pod.run.Ref()); i >= 0 && t.snap.Record.Active[i].Attempt == pod.run.Attempt {
		s.failf("task %s: %s is removed before its end was recorded", t.snap.Task.Name, pod.run.Name)
	}
}
