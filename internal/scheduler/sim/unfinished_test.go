package sim

import (
	"slices"
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/fixture"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// unfinishedSlack is how long after a slot fell due an attempt that was decided
// before it may be created.
const unfinishedSlack = 5 * time.Second

// checkInstancesAlive is the oracle of R4: a run is refused because of maxInstances
// only if that many runs were really unfinished when its slot fell due. It asks the
// Pods and the calls, and not the record.
func (c *saving) checkInstancesAlive(res model.Result) {
	due := c.trueTime(c.dueOf(res, nil))
	if res.Source == model.SourceManual {
		due = c.decided.Add(-unfinishedSlack)
	}
	if c.p.clock.SetSince(due.Add(-time.Minute)) {
		return // the clock was set: due cannot be told in true time
	}
	for _, pod := range c.t.pods {
		if c.is.IndexOf(pod.run.Ref()) >= 0 && c.t.misdated.After(pod.begun.Add(-time.Minute)) {
			return // a clock that was wrong has dated its run
		}
	}
	unfinished := slices.DeleteFunc(holding(c.is.Active), func(run model.Run) bool { return !c.unfinished(run, due) })
	if queuedRuns := len(c.is.Active) - len(holding(c.is.Active)); queuedRuns > 0 {
		return // left from another overlapPolicy: it goes first
	}
	if len(unfinished) < c.task.MaxInstances {
		c.failf("the run of %v was skipped: %s, but only %d of %d instances were unfinished when it fell due: active %v",
			res.Slot, res.Message, len(unfinished), c.task.MaxInstances, fixture.DescribeRuns(c.is.Active))
	}
}

// trueTime converts an instant that the manager's clock told.
func (c *saving) trueTime(t time.Time) time.Time { return t.Add(c.decided.Sub(c.now)) }

// unfinished reports whether a run was unfinished in the world at an instant.
func (c *saving) unfinished(run model.Run, at time.Time) bool {
	if i := c.was.IndexOf(run.Ref()); i >= 0 && !c.was.Active[i].HasAttempt() {
		return true // until now it was between two attempts, or before the first
	}
	switch {
	case !run.HasAttempt():
		return true
	case run.Holder == "":
		pod := c.t.pods[run.Name]
		if pod == nil {
			pod = c.t.graves[run.Name]
		}
		return pod != nil && (pod.unfinishedAt(at) || run.Attempt > 1 && pod.endsAfter(at) && c.begunBefore(run, at))
	case run.Holder != c.p.holder:
		return false // its process is gone
	case run.Attempt > 1 && c.begunBefore(run, at):
		return true // between two attempts then, or in one
	}
	name := model.AttemptName(c.task.Key, run.Ref(), run.Attempt, "")
	call, before := c.p.calls[name], at.Add(unfinishedSlack)
	if listed := c.p.listed[name]; listed.waitedUntil(c.decided) {
		return !listed.saved.After(before) // waiting for capacity counts from when it is saved
	}
	return call != nil && !call.begun.After(before) && (call.outcome == nil || !call.ended.Before(at))
}

// begunBefore reports whether the first attempt of a run was made, waited for capacity or
// for a quota, or had failed without having been made, before an instant.
func (c *saving) begunBefore(run model.Run, at time.Time) bool {
	first := model.AttemptName(c.task.Key, run.Ref(), 1, "")
	fate, between := c.t.fates[first], c.t.between[run.Ref()]
	before := func(t time.Time) bool { return !t.IsZero() && !t.After(at.Add(unfinishedSlack)) }
	return fate != nil && (before(fate.first) || before(fate.waits)) || before(between) ||
		c.p.listed[first].waitedUntil(at.Add(unfinishedSlack))
}

// unfinishedAt reports whether the Pod was there at an instant, or soon after, and
// had not finished.
func (pod *simPod) unfinishedAt(at time.Time) bool {
	return !pod.begun.After(at.Add(unfinishedSlack)) && pod.endsAfter(at)
}

func (pod *simPod) endsAfter(at time.Time) bool {
	end := pod.finish
	if end.IsZero() {
		end = pod.buried
	}
	return end.IsZero() || !end.Before(at)
}

// waitsForLaterStart reports whether a slot may wait although it is due: a run that
// was started after it fell due holds an instance, and must not cost the slot its run.
// It waits until its grace ends at the latest.
func waitsForLaterStart(rec model.Record, task model.Task, due, now time.Time) bool {
	return task.OverlapPolicy == model.OverlapSkip && len(holding(rec.Active)) >= task.MaxInstances &&
		(task.Grace == 0 || now.Sub(due) < task.Grace+excused) &&
		slices.ContainsFunc(rec.Active, func(run model.Run) bool { return run.HasAttempt() && !run.Start.Before(due) })
}
