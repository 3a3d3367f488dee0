package engine

import (
	"maps"
	"slices"
	"time"

	"k8s.io/utils/clock"

	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// flushTimeout is how long the last saves may take, while the next leader waits for the lease and
// nothing is decided. What only this process can report, how an in-process run has ended, is saved
// before the drain is over; the end of a Pod is seen by the next leader, too. Saves are fair between
// namespaces, so what is left after that is of those that have very many.
const flushTimeout = 250 * time.Millisecond

// hold is one time in which no in-process run is started.
type hold struct {
	phase int64
	// quietSince is since when no in-process run has been carried out; zero while one is.
	quietSince time.Time
}

// Drain has no further in-process run started and lets those that are being carried out
// finish, within their drain timeout, counted from the first hold of a Group's drain. Everything
// else is decided as before, so that nothing waits for them: Drained reports when they are over.
// What is left of them in the records is carried out by the next leader.
func (s *Engine) Drain() { s.post(s.beginDrain) }

// Drained is closed when the Scheduler has drained.
func (s *Engine) Drained() <-chan struct{} { return s.drained }

// holdStarts has no in-process run started until those that are being carried out have ended, and for
// holdTime after that. phase numbers the holds.
func (s *Engine) holdStarts(phase int64) {
	s.post(func() {
		s.enterDrain()
		s.hold, s.startsHeld = hold{phase: phase}, true
		for e := range s.unsaved {
			s.queue.set(e, s.now)
		}
	})
}

// isQuiet reports whether a hold goes on and no in-process run does, and what was seen of their ends
// is saved; but for those that have had their drain timeout. It may be called from anywhere.
func (s *Engine) isQuiet(phase int64) bool { return s.quietHold.Load() == phase || s.isDrained() }

// wasQuiet reports whether the Scheduler has been quiet in a hold, see isQuiet. It may be called
// from anywhere.
func (s *Engine) wasQuiet(phase int64) bool { return s.passedHold.Load() == phase || s.isDrained() }

// resumeStarts ends a hold: what was due meanwhile starts.
func (s *Engine) resumeStarts() {
	s.quietHold.Store(0)
	s.startsHeld, s.hold.quietSince = false, time.Time{}
	for _, e := range s.entries {
		if e.task.InProcess {
			s.queue.set(e, s.now)
		}
	}
	for _, name := range slices.Collect(maps.Keys(s.inProcess.queues)) {
		s.dispatchInProcess(name)
	}
}

func (s *Engine) beginDrain() {
	s.enterDrain()
	s.draining, s.startsHeld = true, true
}

// enterDrain has the drain timeout begin, unless it has.
func (s *Engine) enterDrain() {
	if s.drainEnd.IsZero() {
		s.drainEnd = s.cfg.Clock.Now().Add(s.drainTimeout())
	}
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

// advanceDrain notices that a drain is over, or a hold. It returns how long to sleep, given how
// long there is nothing else to do.
func (s *Engine) advanceDrain(sleep time.Duration) time.Duration {
	if !s.startsHeld || s.isDrained() {
		return sleep
	}
	now := s.cfg.Clock.Now()
	if left := s.drainEnd.Sub(now); left > 0 && s.hold.quietSince.IsZero() && (s.runningInProcess > 0 || s.hasUnsavedEnds()) {
		return min(sleep, left)
	}
	if s.draining {
		for _, e := range s.entries {
			e.cancelRuns(ErrClosing)
		}
		close(s.drained)
		return 0
	}
	if s.hold.quietSince.IsZero() {
		s.hold.quietSince = now
		s.quietHold.Store(s.hold.phase)
		s.passedHold.Store(s.hold.phase)
	}
	if left := s.hold.quietSince.Add(holdTime).Sub(now); left > 0 {
		return min(sleep, left)
	}
	s.resumeStarts()
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

// flush saves what has been observed of runs. Nothing else is decided.
func (s *Engine) flush(timer clock.Timer) {
	s.closing, s.closingSince = true, s.cfg.Elapsed()
	for e := range s.unsaved {
		s.queue.set(e, s.now)
	}
	for {
		wait := s.runOnce()
		left := s.leftToFlush()
		if left <= 0 {
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

// leftToFlush returns for how long flush has to go on. It does not wait for what could not be saved.
func (s *Engine) leftToFlush() time.Duration {
	left := flushTimeout - (s.cfg.Elapsed() - s.closingSince)
	if s.inflight > 0 {
		return left
	}
	for e := range s.unsaved {
		if !e.backingOff && !e.announced {
			return left
		}
	}
	return 0
}

// hasUnsavedEnds reports whether in-process runs have ended whose records do not say so. Those that
// could not be saved are not waited for.
func (s *Engine) hasUnsavedEnds() bool {
	for e := range s.unsaved {
		if !e.backingOff && !e.announced && e.hasUnsavedEnd() {
			return true
		}
	}
	return false
}

// hasUnsavedEnd reports whether an in-process run of the Task has ended, and its record does not
// say so.
func (e *entry) hasUnsavedEnd() bool {
	return e.task.InProcess && slices.ContainsFunc(e.pending, model.Observation.IsFinal)
}

// endsUnsaved reports whether what is unsaved of a Task is left to the next leader.
func (s *Engine) endsUnsaved() bool {
	return s.closing && s.nowElapsed-s.closingSince >= flushTimeout
}
