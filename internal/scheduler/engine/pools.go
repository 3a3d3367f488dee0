package engine

import (
	"slices"
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/internal/scheduler/quota"
)

// pools share out how many calls the executors of a Scheduler make at a time inside this
// process. Only the loop's goroutine touches it.
//
// Unlike the places of Pods (see places), those of calls are not on record: a call ends
// with the process, and the new leader makes it again. So a call that waits is
// recorded as one that is about to start, and waiting costs no write. Places go round
// the Tasks that wait, in the order in which each has its calls.
type pools struct {
	held  map[string]int      // by the name of the executor
	lines map[string][]*entry // the Tasks that wait, the next one first

	permit     permit
	quota      quotaWait
	quotaTurns quotaTurns
}

func newPools(share *quota.Share) pools {
	return pools{held: map[string]int{}, lines: map[string][]*entry{}, quota: quotaWait{share: share}}
}

// startCall starts a call, or has it wait for a place. One that has been started already
// is started again, which changes nothing.
func (s *Scheduler) startCall(e *entry, run model.Run) {
	if _, inside := e.inside[run.AttemptRef()]; inside {
		s.cfg.InProcess.Start(e.runCtx, e.task, run)
		return
	}
	if e.waitsFor(run) {
		return
	}
	name := e.task.Executor
	if e.waits = append(e.waits, run); len(e.waits) == 1 {
		s.pools.lines[name] = append(s.pools.lines[name], e)
	}
	s.nextCalls(name)
	if e.waitsFor(run) {
		s.note(e, model.Observation{
			Run: run.Ref(), Attempt: run.Attempt, Phase: model.Held,
			Message: s.waitMessage(e),
		})
	}
}

func (e *entry) waitsFor(run model.Run) bool {
	return slices.ContainsFunc(e.waits, func(other model.Run) bool { return other.AttemptRef() == run.AttemptRef() })
}

func (s *Scheduler) admitCall(e *entry, run model.Run) {
	if e.inside == nil {
		e.inside = map[model.AttemptRef]string{}
	}
	e.inside[run.AttemptRef()] = e.task.Executor
	s.pools.held[e.task.Executor]++
	s.inside++
	e.creating[run.AttemptRef()] = true
	s.cfg.InProcess.Start(e.runCtx, e.task, run)
}

// callOver takes in that a call is over, or is not to be made, and gives its place to the
// next.
func (s *Scheduler) callOver(e *entry, ref model.AttemptRef) {
	e.waits = slices.DeleteFunc(e.waits, func(run model.Run) bool { return run.AttemptRef() == ref })
	name, inside := e.inside[ref]
	if !inside {
		return
	}
	delete(e.inside, ref)
	s.inside--
	s.pools.held[name]--
	s.releasePermit(e.key.Namespace)
	s.pools.quota.adjust(-1)
	s.nextCalls(name)
}

// nextCalls gives the free places of an executor to those whose turn it is.
func (s *Scheduler) nextCalls(name string) {
	p := &s.pools
	if s.draining {
		return // the next leader makes them
	}
	for len(p.lines[name]) > 0 {
		e := p.lines[name][0]
		if e.task.Executor == name && e.task.Places > 0 && p.held[name] >= e.task.Places {
			return
		}
		waits := len(e.waits) > 0 && !e.gone // it has not given up
		if waits && !s.mayCall(name, e.task.Namespace) {
			return
		}
		p.lines[name] = p.lines[name][1:]
		if !waits {
			continue
		}
		run := e.waits[0]
		if e.waits = e.waits[1:]; len(e.waits) > 0 {
			p.lines[name] = append(p.lines[name], e)
		}
		s.admitCall(e, run)
	}
	delete(p.lines, name)
}

// mayCall reports whether the namespace and the process have capacity for a call of an executor,
// and takes it. If there is none, nextCalls is called again when there may be.
func (s *Scheduler) mayCall(executor, namespace string) bool {
	if !s.hasCallQuota(executor) || !s.acquirePermit(executor, namespace) {
		return false
	}
	if s.takeCallQuota(executor) {
		return true
	}
	s.releasePermit(namespace)
	return false
}

// forgetCalls gives up the places of a Task that is gone.
func (s *Scheduler) forgetCalls(e *entry) {
	e.waits = nil
	for ref := range e.inside {
		s.callOver(e, ref)
	}
}

// withdrawCalls takes back calls that wait for the first attempt of their run: those for
// which it is too late (R3), and the scheduled ones of a paused Task (P1).
func (s *Scheduler) withdrawCalls(e *entry, now time.Time) {
	e.waits = slices.DeleteFunc(e.waits, func(run model.Run) bool {
		obs := model.Observation{Run: run.Ref(), Attempt: run.Attempt}
		switch late := now.Sub(run.Due); {
		case run.Attempt > 1:
			return false
		case e.task.Paused && run.Source == model.SourceScheduled:
			obs.Phase = model.Withdrawn
		case e.task.Grace > 0 && late > e.task.Grace:
			obs.Phase, obs.Message = model.Late, model.GraceMessage(late, e.task.Grace)
		default:
			return false
		}
		s.note(e, obs)
		return true
	})
}

// dropWait forgets a call that waits and is to be stopped.
func (e *entry) dropWait(run model.Run) {
	e.waits = slices.DeleteFunc(e.waits, func(other model.Run) bool { return other.AttemptRef() == run.AttemptRef() })
}
