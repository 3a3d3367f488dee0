package engine

import (
	"fmt"
	"slices"
)

// permit is what a Scheduler has of Config.InProcessRuns, which all Schedulers of the process
// share: beneath the capacity of its executors, each in-process run needs a permit. Only the
// loop's goroutine touches it.
type permit struct {
	// requested: a permit is waited for. There is one request at a time, whichever run needs it.
	requested bool
	// granted: a permit has been granted and is not used yet.
	granted bool
	// blocked are the executors with runs that wait for a permit, the next one first.
	blocked []string
}

// acquirePermit acquires a permit for a run of an executor. If there is none, it reports false,
// and nextCalls is called again when there is.
func (s *Engine) acquirePermit(executor, namespace string) bool {
	permits, p := s.cfg.InProcessRuns, &s.inProcess.permit
	switch {
	case permits == nil:
		return true
	case p.granted:
		p.granted = false
		return true
	case permits.TryAcquire(namespace):
		return true
	}
	if !slices.Contains(p.blocked, executor) {
		p.blocked = append(p.blocked, executor)
	}
	if !p.requested {
		p.requested = true
		permits.Enqueue(namespace, func() { s.post(func() { s.permitGranted(namespace) }) })
	}
	return false
}

// permitGranted starts runs that wait for a permit. Executors take turns. A permit that none
// needs any more is released.
func (s *Engine) permitGranted(namespace string) {
	p := &s.inProcess.permit
	p.requested, p.granted = false, true
	for len(p.blocked) > 0 && !p.requested {
		executor := p.blocked[0]
		p.blocked = p.blocked[1:]
		s.dispatchInProcess(executor)
	}
	if p.granted {
		p.granted = false
		s.cfg.InProcessRuns.Release(namespace)
	}
}

// releasePermit releases the permit of a run that has ended.
func (s *Engine) releasePermit(namespace string) {
	if s.cfg.InProcessRuns != nil {
		s.cfg.InProcessRuns.Release(namespace)
	}
}

// waitMessage says which limit a run of a Task waits for that is to start in the process.
func (s *Engine) waitMessage(e *entry) string {
	name, limit, permits := e.task.Executor, e.task.MaxConcurrent, s.cfg.InProcessRuns
	blocked := slices.Contains(s.inProcess.quotaTurns.blocked, name)
	switch {
	case limit > 0 && s.inProcess.held[name] >= limit, permits == nil && !blocked:
		return fmt.Sprintf("It waits for capacity of the executor %s, which has %d.", name, limit)
	case blocked:
		return s.cfg.InProcessQuota.Limits().Shortage("http and handler runs")
	}
	return fmt.Sprintf("It waits for capacity of the manager, which has at most %d http and handler runs at once (maxInProcessRuns), shared fairly among namespaces.", permits.Permits())
}
