package engine

import (
	"slices"
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/internal/scheduler/quota"
)

// inProcessPermits limits how many runs the executors of a Scheduler have inside this process. Only
// the loop's goroutine uses it.
//
// Unlike the permits of Pods, these are not in the records: an in-process run ends with the process,
// and the new leader starts it again. So a run that waits is recorded as one that is about to start,
// and waiting costs no write. Capacity is assigned round-robin to the Tasks that wait, and within a
// Task in the order of its runs.
type inProcessPermits struct {
	held   map[string]int      // by the name of the executor
	queues map[string][]*entry // the Tasks that wait, the next one first

	permit     permit
	quota      quotaWait
	quotaTurns quotaTurns
}

func newInProcessPermits(share *quota.Share) inProcessPermits {
	return inProcessPermits{held: map[string]int{}, queues: map[string][]*entry{}, quota: quotaWait{share: share}}
}

// startInProcess starts an in-process run, or queues it until there is a permit. To start one again
// that has been started changes nothing.
func (s *Engine) startInProcess(e *entry, run model.Run) {
	if _, inside := e.running[run.AttemptRef()]; inside {
		s.cfg.InProcess.Start(e.runCtx, e.task, run)
		return
	}
	if e.isQueued(run) {
		return
	}
	name := e.task.Executor
	if e.queued = append(e.queued, run); len(e.queued) == 1 {
		s.inProcess.queues[name] = append(s.inProcess.queues[name], e)
	}
	s.dispatchInProcess(name)
	if e.isQueued(run) {
		s.note(e, model.Observation{
			Run: run.Ref(), Attempt: run.Attempt, Phase: model.PhasePending,
			Message: s.waitMessage(e),
		})
	}
}

func (e *entry) isQueued(run model.Run) bool {
	return slices.ContainsFunc(e.queued, func(other model.Run) bool { return other.AttemptRef() == run.AttemptRef() })
}

func (s *Engine) launchInProcess(e *entry, run model.Run) {
	if e.running == nil {
		e.running = map[model.AttemptRef]string{}
	}
	e.running[run.AttemptRef()] = e.task.Executor
	s.inProcess.held[e.task.Executor]++
	s.runningInProcess++
	e.creating[run.AttemptRef()] = true
	s.cfg.InProcess.Start(e.runCtx, e.task, run)
}

// finishInProcess handles that an in-process run has ended, or is not to be started, and passes its
// permit on.
func (s *Engine) finishInProcess(e *entry, ref model.AttemptRef) {
	e.queued = slices.DeleteFunc(e.queued, func(run model.Run) bool { return run.AttemptRef() == ref })
	name, inside := e.running[ref]
	if !inside {
		return
	}
	delete(e.running, ref)
	s.runningInProcess--
	s.inProcess.held[name]--
	s.releasePermit(e.key.Namespace)
	s.inProcess.quota.adjust(-1)
	s.dispatchInProcess(name)
}

// dispatchInProcess assigns the free permits of an executor to the Tasks that wait, round-robin.
func (s *Engine) dispatchInProcess(name string) {
	p := &s.inProcess
	if s.startsHeld {
		return
	}
	for len(p.queues[name]) > 0 {
		e := p.queues[name][0]
		if e.task.Executor == name && e.task.MaxConcurrent > 0 && p.held[name] >= e.task.MaxConcurrent {
			return
		}
		waits := len(e.queued) > 0 && !e.gone // it has not given up
		if waits && !s.acquireInProcess(name, e.task.Namespace) {
			return
		}
		p.queues[name] = p.queues[name][1:]
		if !waits {
			continue
		}
		run := e.queued[0]
		if e.queued = e.queued[1:]; len(e.queued) > 0 {
			p.queues[name] = append(p.queues[name], e)
		}
		s.launchInProcess(e, run)
	}
	delete(p.queues, name)
}

// acquireInProcess acquires a permit of the namespace and of the process for a run of an executor. It
// reports false if there is none; dispatchInProcess is called again when there may be.
func (s *Engine) acquireInProcess(executor, namespace string) bool {
	if !s.hasInProcessQuota(executor) || !s.acquirePermit(executor, namespace) {
		return false
	}
	if s.takeInProcessQuota(executor) {
		return true
	}
	s.releasePermit(namespace)
	return false
}

// releaseInProcess releases the permits of a Task that no longer exists.
func (s *Engine) releaseInProcess(e *entry) {
	e.queued = nil
	for ref := range e.running {
		s.finishInProcess(e, ref)
	}
}

// cancelQueued cancels queued runs before their first attempt: those for which it is too late (R3),
// and the scheduled ones of a paused Task (P1).
func (s *Engine) cancelQueued(e *entry, now time.Time) {
	e.queued = slices.DeleteFunc(e.queued, func(run model.Run) bool {
		obs := model.Observation{Run: run.Ref(), Attempt: run.Attempt}
		switch late := now.Sub(run.Due); {
		case run.Attempt > 1:
			return false
		case e.task.Paused && run.Source == model.SourceScheduled:
			obs.Phase = model.PhaseCancelled
		case e.task.Grace > 0 && late > e.task.Grace:
			obs.Phase, obs.Message = model.PhaseMisfired, model.GraceMessage(late, e.task.Grace)
		default:
			return false
		}
		s.note(e, obs)
		return true
	})
}

// dequeueRun removes a queued run that is to be stopped.
func (e *entry) dequeueRun(run model.Run) {
	e.queued = slices.DeleteFunc(e.queued, func(other model.Run) bool { return other.AttemptRef() == run.AttemptRef() })
}
