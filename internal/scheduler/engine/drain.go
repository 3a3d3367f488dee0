package engine

import (
	"time"

	"k8s.io/utils/clock"
)

// flushTimeout is how long the last saves may take.
const flushTimeout = 5 * time.Second

// Drain has no further in-process run started and lets those that are being carried out
// finish, within their drain timeout. Everything else is decided as before, so that
// nothing waits for them: Drained reports when they are over. What is left of them in
// the records is carried out by the next leader.
func (s *Engine) Drain() { s.post(s.beginDrain) }

// Drained is closed when the Scheduler has drained.
func (s *Engine) Drained() <-chan struct{} { return s.drained }

func (s *Engine) beginDrain() {
	if s.draining {
		return
	}
	s.draining = true
	s.drainEnd = s.cfg.Clock.Now().Add(s.drainTimeout())
}

// drainTimeout is how long in-process runs may go on.
func (s *Engine) drainTimeout() time.Duration {
	limit := s.cfg.DrainTimeout
	for _, e := range s.entries {
		if e.task.ShutdownTimeout != nil {
			limit = min(limit, *e.task.ShutdownTimeout)
		}
	}
	return limit
}

// advanceDrain notices that a drain is over. It returns how long to sleep, given how
// long there is nothing else to do.
func (s *Engine) advanceDrain(sleep time.Duration) time.Duration {
	if !s.draining || s.isDrained() {
		return sleep
	}
	left := s.drainEnd.Sub(s.cfg.Clock.Now())
	if s.runningInProcess > 0 && left > 0 {
		return min(sleep, left)
	}
	for _, e := range s.entries {
		e.cancelRuns(ErrClosing)
	}
	close(s.drained)
	return 0
}

func (s *Engine) isDrained() bool {
	select {
	case <-s.drained:
		return true
	default:
		return false
	}
}

// flush ends a Scheduler: nothing more is decided, and what has been seen to end is
// recorded.
func (s *Engine) flush(timer clock.Timer) {
	s.closing = true
	deadline := s.cfg.Clock.Now().Add(flushTimeout)
	for e := range s.unsaved {
		s.queue.set(e, s.now)
	}
	for {
		wait := s.runOnce()
		left := deadline.Sub(s.cfg.Clock.Now())
		if s.flushed() || left <= 0 {
			return
		}
		timer.Reset(min(wait, left))
		select {
		case <-s.cfg.Lost:
			return
		case <-s.wake:
		case <-timer.C():
		}
	}
}

// flushed reports whether nothing waits to be written. What could not be written is not
// waited for.
func (s *Engine) flushed() bool {
	if s.inflight > 0 {
		return false
	}
	for e := range s.unsaved {
		if !e.backingOff && !e.announced {
			return false
		}
	}
	return true
}
