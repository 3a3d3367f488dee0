package sim

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-dev/carillon/internal/scheduler/fixture"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// How late a decision may be: when nothing was in its way, and after something
// was. The latter covers the longest wait after an error of the store, and the
// doubt after a jump of the clock.
const (
	punctual = 8 * time.Second
	excused  = 100 * time.Second
)

// saving is the step from one saved record to the next, which is what the rules
// are about.
type saving struct {
	*sim
	p    *simProcess
	t    *simTask
	task model.Task // as the manager knew it when it decided
	// decided is when that was, and now what the manager's clock said then.
	decided, now time.Time
	was          model.Record
	is           model.Record

	undecided time.Time   // the first slot that was undecided, zero if there was none
	slots     []time.Time // those that were decided
}

// checkSave looks at a record that is about to be written. Whatever is wrong
// with a decision shows here, at the first moment at which it is more than an
// intention.
func (s *sim) checkSave(p *simProcess, t *simTask, task model.Task, rec model.Record, decided, now time.Time) {
	if s.over {
		return
	}
	c := &saving{sim: s, p: p, t: t, task: task, decided: decided, now: now, was: t.snap.Record, is: rec}
	if task.Generation != t.snap.Task.Generation {
		c.failf("decided under generation %d", task.Generation)
	}
	if asked := t.snap.Task.Request; rec.Request != c.was.Request && rec.Request != asked {
		c.failf("request %q is handled, and %q was made", rec.Request, asked)
	}
	if asked := t.snap.Task.Cancel; rec.Cancel != c.was.Cancel && rec.Cancel != asked {
		c.failf("the request to cancel %q is handled, and %q was made", rec.Cancel, asked)
	}
	if rec.DecidedThrough.Before(c.was.DecidedThrough) {
		c.failf("the watermark moved back")
	}
	dropped := t.model.follow(task, now)
	if next, ok := t.model.next(); ok {
		c.undecided = next
	}
	c.slots = t.model.decide(rec.DecidedThrough)
	if s.traced(t) {
		s.tracef(t, "%s saves at %v: through %v, %+v, active %v", p.holder, now, rec.DecidedThrough, rec.Counts, fixture.DescribeRuns(rec.Active))
	}
	c.checkWatermark()
	c.checkCounts(dropped)
	c.checkAdmitted()
	c.checkInstances()
	c.checkBacklog()
	c.checkPunctual()
	c.checkState()
	c.checkCancelled()
	c.checkRuns()
	c.checkPlaces()
	c.checkResults()
	s.tally.Slots += int64(len(c.slots))
}

// failf reports what is wrong with this step.
func (c *saving) failf(format string, args ...any) {
	if c.over {
		return
	}
	c.sim.failf("task %s: %s\ntrigger: %v\ntask: %s\n%d slots from %v:%s\nrecord (-was +is):\n%s", c.task.Name, fmt.Sprintf(format, args...),
		c.t.model.trigger, describeTask(c.task), len(c.slots), c.undecided, c.describeSlots(), cmp.Diff(c.was, fixture.Whole(c.is)))
}

// describeSlots are the slots that were decided, the newest ones, and when they were due.
func (c *saving) describeSlots() string {
	var out strings.Builder
	for _, slot := range c.slots[max(0, len(c.slots)-10):] {
		fmt.Fprintf(&out, " %s (due %s)", slot.Format(time.TimeOnly), c.due(slot).Format("15:04:05.000"))
	}
	return out.String()
}

// describeTask is what a Task says besides its trigger.
func describeTask(t model.Task) string {
	return fmt.Sprintf("paused=%t schedulerPaused=%t missing=%t coalesce=%t catchUpLimit=%d maxInstances=%d overlap=%s grace=%s timeout=%s startTimeout=%s "+
		"retry=%+v inProcess=%t request=%q cancel=%q keep=%d/%d", t.Paused, t.SchedulerPaused, t.Missing != nil, t.Coalesce, t.CatchUpLimit, t.MaxInstances, t.OverlapPolicy,
		t.Grace, t.Timeout, t.StartTimeout, t.Retry, t.InProcess, t.Request, t.Cancel, t.KeepSucceeded, t.KeepFailed)
}

// describeRuns are runs, in short.
// checkWatermark: the watermark stands on a slot that is due, or where an edit or
// a resume has put it: nothing else may move it.
func (c *saving) checkWatermark() {
	if !c.is.DecidedThrough.Equal(c.t.model.through) {
		c.failf("decided through %v, want %v", c.is.DecidedThrough, c.t.model.through)
	}
	if n := len(c.slots); n > 0 && c.due(c.slots[n-1]).After(c.now) {
		c.failf("the slot at %v was decided at %v, before it was due", c.slots[n-1], c.now)
	}
	if held := c.task.Paused || c.task.Invalid != nil || c.task.Missing != nil || c.task.SchedulerPaused; held && len(c.slots) > 0 {
		c.failf("slots were decided on hold")
	}
	if ago := c.decided.Sub(c.p.clock.Jumped); len(c.slots) > 0 && ago >= 0 && ago < simSteady-5*time.Second {
		c.failf("slots were decided %s after the clock jumped ahead", ago)
	}
}

func (c *saving) due(slot time.Time) time.Time {
	return slot.Add(c.t.model.trigger.Delay(c.task.UID, slot))
}

// checkCounts: every slot that the watermark passed is counted once, or has
// become an active run; so has a request. What was told is what was counted.
func (c *saving) checkCounts(dropped int64) {
	before, after := c.was.Counts, c.is.Counts
	if min(after.Succeeded-before.Succeeded, after.Failed-before.Failed, after.Missed-before.Missed,
		after.Skipped-before.Skipped, after.Coalesced-before.Coalesced, after.Replaced-before.Replaced, after.Lost-before.Lost, after.Cancelled-before.Cancelled) < 0 {
		c.failf("a counter moved back")
	}
	want := int64(len(c.slots)) + dropped
	if c.is.Request != c.was.Request {
		want++
	}
	got := total(after) - total(before) + int64(len(c.is.Active)-len(c.was.Active))
	if got != want {
		c.failf("%d decisions, want %d", got, want)
	}
	folded := int64(0)
	if c.task.Coalesce && len(c.slots) > 1 {
		folded = int64(len(c.slots)) - 1
	}
	if got := after.Coalesced - before.Coalesced; got != folded {
		c.failf("%d slots coalesced, want %d", got, folded)
	}
	if untold := c.p.untold[c.task.UID]; untold != 0 && !c.p.misled[c.task.UID] {
		c.failf("the events differ from the counters by %d", untold)
	}
	delete(c.p.misled, c.task.UID)
	delete(c.p.untold, c.task.UID)
	c.tally.Counts.Succeeded += after.Succeeded - before.Succeeded
	c.tally.Counts.Failed += after.Failed - before.Failed
	c.tally.Counts.Missed += after.Missed - before.Missed
	c.tally.Counts.Skipped += after.Skipped - before.Skipped
	c.tally.Counts.Coalesced += after.Coalesced - before.Coalesced
	c.tally.Counts.Replaced += after.Replaced - before.Replaced
	c.tally.Counts.Lost += after.Lost - before.Lost
	c.tally.Counts.Cancelled += after.Cancelled - before.Cancelled
}

func total(c model.Counters) int64 {
	return c.Succeeded + c.Failed + c.Missed + c.Skipped + c.Coalesced + c.Replaced + c.Lost + c.Cancelled
}

// checkPunctual: a decision comes when its slot is due, unless something was in
// the way: then soon after.
func (c *saving) checkPunctual() {
	if len(c.slots) == 0 {
		return
	}
	limit := punctual
	from := c.due(c.undecided)
	for _, excuse := range []time.Time{c.trouble, c.t.touched, c.t.cleared} {
		if excuse = excuse.Add(time.Until(c.now)); excuse.After(from.Add(-excused)) {
			from, limit = model.Later(from, excuse), excused
		}
	}
	from = model.Later(from, c.firstSeen())
	waiting := c.undecided
	if n := len(c.slots); c.task.Coalesce && n > 1 {
		waiting = c.slots[n-2] // those before it are folded into it
	}
	newest := c.due(c.slots[len(c.slots)-1])
	newestWaits := waitsForLaterStart(c.was, c.task, newest, c.now)
	// The one before it may have been too late before there was a leader, or the newest fell due.
	tooLate := c.task.Grace > 0 && c.due(waiting).Add(c.task.Grace).Before(model.Later(from, newest))
	if waitsForLaterStart(c.was, c.task, c.due(waiting), c.now) || newestWaits && tooLate {
		c.t.cleared = time.Now() // those behind it have waited, too
		if !c.task.Coalesce || newestWaits {
			return
		}
		from = model.Later(from, newest) // it had nothing to wait for
	}
	if late := c.now.Sub(from); late > limit && c.troubles == 0 && (c.t.backlog == nil || c.task.Coalesce) {
		c.failf("the slot at %v was decided %s late without an excuse (the last trouble was at %v, the last backlog ended at %v)", c.undecided, late, c.trouble, c.t.cleared)
	}
}

// firstSeen is when the last Pod of those that keep a slot from an instance came to be, by the
// manager's clock: that it does keep it is not known before (R4).
func (c *saving) firstSeen() (latest time.Time) {
	if c.task.OverlapPolicy != model.OverlapSkip || len(holding(c.was.Active)) < c.task.MaxInstances {
		return latest
	}
	for _, run := range c.was.Active {
		for _, pod := range []*simPod{c.t.pods[run.Name], c.t.graves[run.Name]} {
			if pod != nil {
				latest = model.Later(latest, pod.begun.Add(time.Until(c.now)))
			}
		}
	}
	return latest
}

// checkState: what the record says of the Task's state is so.
func (c *saving) checkState() {
	want, next := model.Scheduled, time.Time{}
	slot, ok := c.t.model.next()
	switch {
	case c.task.Invalid != nil:
		want = model.Stalled
	case c.task.Paused:
		want = model.Paused
	case c.task.Missing != nil:
		want, next = model.Stalled, slot
	case !ok && !c.t.model.trigger.Shutdown() && !slices.ContainsFunc(c.is.Active, func(run model.Run) bool { return run.Source == model.SourceScheduled }):
		want = model.Completed
	default:
		next = slot
	}
	if c.is.State != want {
		c.failf("state %s, want %s", c.is.State, want)
	}
	if !c.is.Next.Equal(next) {
		c.failf("next run %v, want %v", c.is.Next, next)
	}
	if c.task.SchedulerPaused != c.paused && time.Since(c.trouble) > excused && c.troubles == 0 {
		c.failf("the manager does not know whether the Scheduler is paused")
	}
	if (c.task.Missing != nil) != (c.t.missing || !c.ending.IsZero() && c.task.SchedulerDeleted.IsZero()) && time.Since(c.t.touched) > excused && time.Since(c.trouble) > excused && c.troubles == 0 {
		c.failf("the manager does not know whether something is missing")
	}
}

// reasonOf is an outcome with its reason, as a tally counts it.
func reasonOf(res model.Result) string {
	return strings.Join([]string{string(res.Outcome), res.Reason}, "/")
}
