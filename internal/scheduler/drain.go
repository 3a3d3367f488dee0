package scheduler

import (
	"context"
	"time"

	"k8s.io/utils/clock"
)

// flushTimeout is how long the last saves may take.
const flushTimeout = 5 * time.Second

// drain ends a Scheduler in order: nothing new is decided, in-process runs may
// finish, and what has ended is recorded. Runs that have to be cancelled stay
// in the record as they are: whoever comes next starts them again.
func (s *Scheduler) drain(timer clock.Timer, cancel context.CancelCauseFunc) {
	s.closing = true
	s.waitUntil(timer, s.cfg.Clock.Now().Add(s.drainTimeout()), func() bool { return s.settled() && !s.running() })
	s.waitUntil(timer, s.cfg.Clock.Now().Add(flushTimeout), s.settled)
	cancel(ErrClosing)
}

// drainTimeout is how long in-process runs may go on.
func (s *Scheduler) drainTimeout() time.Duration {
	limit := s.cfg.DrainTimeout
	for _, e := range s.entries {
		if e.task.Drain != nil {
			limit = min(limit, *e.task.Drain)
		}
	}
	return limit
}

// waitUntil goes on turning until done, or until the deadline.
func (s *Scheduler) waitUntil(timer clock.Timer, deadline time.Time, done func() bool) {
	for {
		for _, e := range s.entries {
			if len(e.pending) > 0 {
				s.step(e)
			}
		}
		wait := s.turn()
		left := deadline.Sub(s.cfg.Clock.Now())
		if done() || left <= 0 {
			return
		}
		timer.Reset(min(wait, left))
		select {
		case <-s.wake:
		case <-timer.C():
		}
	}
}

// settled reports whether nothing waits to be written.
func (s *Scheduler) settled() bool {
	if s.inflight > 0 {
		return false
	}
	for _, e := range s.entries {
		if len(e.pending) > 0 && e.failures == 0 {
			return false
		}
	}
	return true
}

// running reports whether a run of this process is unfinished.
func (s *Scheduler) running() bool {
	for _, e := range s.entries {
		for _, run := range e.base.Active {
			if run.Holder == s.cfg.Holder {
				return true
			}
		}
	}
	return false
}
