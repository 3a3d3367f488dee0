package sim

import (
	"context"
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// simCalls carries runs out inside the process; they end with it.
type simCalls struct{ *simProcess }

// simCall is a call that a process makes.
type simCall struct {
	task    model.Task
	run     model.Run
	fate    *simFate
	outcome *model.Observation // nil until it has ended
	ctx     context.Context
	begun   time.Time
	ended   time.Time
}

// simListed is when a call of a process was first listed by a record, when the process got
// to know that, so that it makes it as soon as there is capacity, and when it began.
type simListed struct{ saved, known, begun time.Time }

// noteSaved notes the calls of a process that a record lists.
func (p *simProcess) noteSaved(task model.Task, rec model.Record) {
	for _, run := range rec.Active {
		name := model.AttemptName(task.Key, run.Ref(), run.Attempt, "")
		if run.Holder == p.holder && p.listed[name] == nil {
			p.listed[name] = &simListed{saved: time.Now()}
		}
	}
}

// noteKnown notes which of them the process knows of.
func (p *simProcess) noteKnown(task model.Task, rec model.Record) {
	for _, run := range rec.Active {
		listed := p.listed[model.AttemptName(task.Key, run.Ref(), run.Attempt, "")]
		if listed != nil && listed.known.IsZero() {
			listed.known = time.Now()
		}
	}
}

// waitedUntil reports whether a call waited for capacity at an instant, and had to wait for
// it before. One that began as soon as the process knew of it did not.
func (l *simListed) waitedUntil(now time.Time) bool {
	if l == nil || l.known.IsZero() || l.known.After(now) {
		return false
	}
	return l.begun.IsZero() || !l.begun.Before(now) && l.known.Before(l.begun)
}

// Start implements Executor.
func (x simCalls) Start(ctx context.Context, task model.Task, run model.Run) {
	x.sim.mu.Lock()
	defer x.sim.mu.Unlock()
	t := x.sim.tasks[task.Key.String()]
	if x.dead || x.fenced || ctx.Err() != nil || t == nil || t.snap.Task.UID != task.UID {
		return
	}
	id := model.AttemptName(task.Key, run.Ref(), run.Attempt, "")
	if call := x.calls[id]; call != nil {
		if call.outcome != nil {
			x.report(call)
		}
		return
	}
	call := &simCall{task: task, run: run, fate: x.sim.fate(t, run), ctx: ctx, begun: time.Now()}
	x.calls[id] = call
	if listed := x.listed[id]; listed != nil && listed.begun.IsZero() {
		listed.begun = call.begun
	}
	x.sim.tracef(t, "%s calls %s: it %s after %s", x.holder, id, call.fate.kind, call.takes())
	if late := x.clock.Read().Sub(run.Due); run.Attempt == 1 && task.Grace > 0 && late > task.Grace {
		x.end(call, model.Observation{Phase: model.PhaseMisfired, Message: model.GraceMessage(late, task.Grace)})
		return
	}
	x.checkPool(call)
	call.fate.begin()
	x.sim.tally.Runs++
	x.Observe(task.Key, model.Observation{Run: run.Ref(), Attempt: run.Attempt, Phase: model.PhaseCreated, Start: x.clock.Read(), Timeout: task.Timeout})
	x.Observe(task.Key, model.Observation{Run: run.Ref(), Attempt: run.Attempt, Phase: model.PhaseRunning, Start: x.clock.Read()})
	x.sim.in(call.takes(), func() {
		if ctx.Err() == nil {
			x.finish(call)
		}
	})
}

// takes is how long a call takes; its timeout ends it.
func (c *simCall) takes() time.Duration {
	if c.task.Timeout > 0 {
		return min(c.fate.takes, c.task.Timeout)
	}
	return c.fate.takes
}

func (x simCalls) finish(call *simCall) {
	obs := model.Observation{Phase: model.PhaseFinished, Outcome: model.Succeeded, Reason: model.ReasonSucceeded, Finish: x.clock.Read()}
	switch {
	case call.outcome != nil || x.dead || x.fenced:
		return
	case call.takes() < call.fate.takes:
		obs.Outcome, obs.Reason = model.Failed, model.ReasonTimeout
	case call.fate.kind == fateFails:
		obs.Outcome, obs.Reason = model.Failed, simFailed
	case call.fate.kind == fatePermanent:
		obs.Outcome, obs.Reason, obs.Permanent = model.Failed, simFailed, true
	case call.fate.kind == fateLater:
		obs.Outcome, obs.Reason, obs.Postpone = model.Failed, simFailed, call.fate.postpone
	default:
		call.fate.succeeded = true
	}
	x.end(call, obs)
}

// end notes how a call ended, and reports it.
func (x simCalls) end(call *simCall, obs model.Observation) {
	obs.Run, obs.Attempt = call.run.Ref(), call.run.Attempt
	x.sim.noteFull(call.task)
	call.outcome, call.ended = &obs, time.Now()
	if t := x.sim.tasks[call.task.Key.String()]; t != nil {
		x.sim.tracef(t, "%s sees that its call %s %s %s", x.holder, call.run.Slot.Format(time.TimeOnly), obs.Phase, obs.Reason)
	}
	x.report(call)
	id := model.AttemptName(call.task.Key, call.run.Ref(), call.run.Attempt, "")
	x.sim.in(time.Minute, func() { delete(x.calls, id) })
}

func (x simCalls) report(call *simCall) { x.Observe(call.task.Key, *call.outcome) }

// Adopt implements Executor.
func (x simCalls) Adopt(ctx context.Context, task model.Task, run model.Run) { x.Start(ctx, task, run) }

// Stop implements Executor.
func (x simCalls) Stop(_ context.Context, task model.Task, run model.Run) {
	x.sim.mu.Lock()
	defer x.sim.mu.Unlock()
	switch call := x.calls[model.AttemptName(task.Key, run.Ref(), run.Attempt, "")]; {
	case x.dead || x.fenced:
	case call == nil:
		x.Observe(task.Key, model.Observation{Run: run.Ref(), Attempt: run.Attempt, Phase: model.PhaseNotFound})
	case call.outcome == nil:
		x.end(call, model.Observation{Phase: model.PhaseNotFound})
	default:
		x.report(call)
	}
}

// Prune implements Executor.
func (x simCalls) Prune(context.Context, model.Task, []model.Run) {}
