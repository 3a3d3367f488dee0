package engine

import (
	"slices"
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/decide"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/internal/scheduler/recovery"
)

// process decides for one Task, and saves or acts.
func (s *Engine) process(e *entry) {
	s.last.Store(e)
	now := s.now
	if !s.ready(e, now) {
		return
	}
	s.cancelQueued(e, now)
	dec, ok := s.decide(e, now)
	if !ok {
		s.queue.set(e, e.failed(now))
		return
	}
	if !s.takeQuota(e, dec) { // another Scheduler of the namespace was faster
		s.queue.set(e, now)
		return
	}
	e.far = dec.Far
	s.updateSearch(e, dec.Search)
	s.verify(e, dec)
	s.podPermits.updateQueue(e, dec)
	if s.podPermits.hasWaiters(e, dec) {
		dec.Urgency = decide.Now
	}
	if dec.Urgency == decide.None {
		s.park(e, dec, now)
		return
	}
	if at := s.saveAt(e, dec.Urgency, now); at.After(now) && !s.closing && (!s.startsHeld || !e.hasUnsavedEnd()) {
		if !dec.Wake.IsZero() && dec.Wake.Before(at) {
			at = dec.Wake
		}
		s.queue.set(e, at)
		return
	}
	s.save(e, dec)
}

// ready reports whether a Task can be decided about now, and if not, sees to it that
// it will be.
func (s *Engine) ready(e *entry, now time.Time) bool {
	switch {
	case e.gone || e.inFlight || e.announced || s.endsUnsaved():
		return false
	case s.clockJumps.isSuspect() && !s.closing:
		return false // all are looked at again when the clock is trusted (R10)
	case now.Before(e.retry): // once more, if the clock has been set back a little
		e.backingOff = true
		s.queue.set(e, e.retry)
		return false
	}
	e.backingOff = false
	if e.needsReload {
		s.load(e)
		return false
	}
	return true
}

// park acts on a decision that changes no record, and waits for the next.
func (s *Engine) park(e *entry, dec decide.Decision, now time.Time) {
	e.dirtySince, e.bulkAt, e.pending, e.reloaded = time.Time{}, time.Time{}, nil, false
	e.base = dec.Record // what the decision learned and is not worth a save, see Run.Created
	s.trackUnsaved(e)
	wake := dec.Wake
	if !wake.IsZero() {
		// A wake-up that has passed and yet left nothing to do must not keep
		// the loop from everything else.
		wake = model.Later(wake, now.Add(minSleep))
	}
	s.queue.set(e, wake)
	s.execute(e, dec)
}

// decide calls Decide. It reports false if that panicked.
func (s *Engine) decide(e *entry, now time.Time) (dec decide.Decision, ok bool) {
	e.noteFirstAttempts(s.cfg.Holder)
	in := decide.Input{
		Task: e.task, Record: e.base, Now: now, Observations: e.pending,
		Holder: s.cfg.Holder, Reloaded: e.reloaded, Closing: s.closing || s.startsHeld && e.task.InProcess, Since: e.since,
		Far: e.far, Counted: e.counted, TooExpensive: e.tooExpensive,
		Verified: e.verified, Creating: e.creating, FirstAttempts: e.firstAttempts, RequestSince: e.requestSince, Nonce: s.cfg.Nonce(),
		Delay: e.task.StartupDelay - (s.cfg.Elapsed() - s.begun),
	}
	in.Task.SchedulerPaused = in.Task.SchedulerPaused || s.paused
	in.Permits, in.Limited, in.Shortage = s.podPermits.free(e)
	err := s.cfg.Recover.Do(recovery.OperationDecide, e.task.Key, func() { dec = decide.Decide(in) })
	return dec, err == nil
}

// verify has the runs read live that a decision asks for. One whose attempt may not
// have been started yet is started, which adopts it if it was. What the decision itself
// commands to be done with a run shows what has become of it, too.
func (s *Engine) verify(e *entry, dec decide.Decision) {
	for _, run := range dec.Verify {
		if slices.ContainsFunc(dec.Commands, func(c decide.Command) bool { return c.Kind != decide.PruneRuns && c.Run.Ref() == run.Ref() }) {
			continue
		}
		i := e.base.IndexOf(run.Ref())
		switch {
		case i < 0 || e.base.Active[i].AttemptRef() != run.AttemptRef() || run.Holder != "": // not saved yet
		case run.State == model.Starting && e.verified[run.AttemptRef()].IsZero(): // it may not be there yet
			s.cfg.Pods.Start(e.ctx, e.task, e.forExecutor(run))
		default:
			s.cfg.Pods.Adopt(e.ctx, e.task, e.forExecutor(run))
		}
	}
}

// execute executes the commands of a decision once it is saved, and reports its events.
// After a panic the Task is read again later, which repeats what its record asks for.
func (s *Engine) execute(e *entry, dec decide.Decision) {
	panicked := false
	for _, c := range dec.Commands {
		if s.cfg.Recover.Do(recovery.OperationCommand, e.task.Key, func() { s.executeCommand(e, dec, c) }) != nil {
			panicked = true
		}
	}
	switch {
	case panicked:
		e.needsReload = true
		s.queue.set(e, e.panicked(s.now))
	case len(dec.Commands) > 0:
		e.panics = 0
	}
	if len(dec.Events) > 0 {
		_ = s.cfg.Recover.Do(recovery.OperationReport, e.task.Key, func() { s.cfg.Sink.Report(e.task, dec.Events) }) // logged and counted
	}
}

// executeCommand executes one command of a decision.
func (s *Engine) executeCommand(e *entry, dec decide.Decision, c decide.Command) {
	executor := s.cfg.Pods
	if c.Run.Holder != "" {
		executor = s.cfg.InProcess
	}
	switch c.Kind {
	case decide.StartRun:
		if c.Run.Holder != "" {
			s.startInProcess(e, c.Run)
			return
		}
		if c.New {
			e.creating[c.Run.AttemptRef()] = true
			e.expectCreateResult(c.Run.AttemptRef())
		}
		executor.Start(e.ctx, e.task, e.forExecutor(c.Run))
	case decide.AdoptRun:
		executor.Adopt(e.ctx, e.task, e.forExecutor(c.Run))
	case decide.StopRun:
		e.dequeueRun(c.Run)
		executor.Stop(e.ctx, e.task, e.forExecutor(c.Run))
		if dec.Record.IndexOf(c.Run.Ref()) < 0 { // given up: it may never report its end
			s.finishInProcess(e, c.Run.AttemptRef())
		}
	case decide.PruneRuns:
		// A cache that lags may not list a run whose Pod has finished.
		if e.fromStore {
			executor.Prune(e.ctx, e.task, dec.Record.Active)
		}
	}
}
