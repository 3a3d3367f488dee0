package engine

import (
	"context"
	"time"
)

// maxSleep is the longest time the loop sleeps, whatever the queue says: the
// wall clock may be set while a timer counts elapsed time (R10).
const maxSleep = 10 * time.Second

// minSleep is how long a Task is left alone that had nothing to do.
const minSleep = time.Millisecond

// Run decides until ctx has ended and the Scheduler has drained, and then records what
// has ended. It returns at once when Config.Lost is closed.
func (s *Engine) Run(ctx context.Context) {
	work, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cancel(ErrClosing)
	s.work, s.begun = work, s.cfg.Elapsed()
	s.idleSince = s.begun
	timer := s.cfg.Clock.NewTimer(maxSleep)
	defer timer.Stop()
	for ended := ctx.Done(); ; {
		if ctx.Err() != nil {
			s.beginDrain()
			ended = nil // it is known
		}
		sleep := s.runOnce()
		s.measure()
		if s.retires() {
			close(s.drained)
			return
		}
		timer.Reset(sleep)
		if ctx.Err() != nil && s.isDrained() {
			break
		}
		select {
		case <-ended:
		case <-s.cfg.Lost:
			return
		case <-s.wake:
		case <-timer.C():
		}
	}
	s.flush(timer)
	cancel(ErrClosing)
}

// runOnce is one iteration of the loop: messages first, then what is due, both within a
// budget. It returns how long to sleep.
func (s *Engine) runOnce() time.Duration {
	if !s.receive() {
		return 0
	}
	s.endQuotaWaits()
	s.dispatchPending()
	return s.untilQuota(s.advanceDrain(s.processDue()))
}

// receive takes in the messages. It reports false if some of a batch are left: nothing is
// decided before all have been taken in that came together, since they may show that capacity
// is in use or that a run has ended. So a message decides nothing itself, and makes its Task
// due. What comes later is not waited for.
//
// The clock is read before the messages are: whatever was reported until that time is among
// them, however long the process stands still afterwards.
func (s *Engine) receive() bool {
	if len(s.batch) == 0 {
		s.readClock()
		s.mu.Lock()
		s.batch, s.inbox = s.inbox, nil
		s.mu.Unlock()
	}
	for b := s.newBudget(); len(s.batch) > 0; {
		if !s.spend(&b) {
			return false
		}
		message := s.batch[0]
		s.batch[0], s.batch = nil, s.batch[1:]
		message()
	}
	s.batch = nil
	return true
}

// processDue decides for the Tasks that are due. It returns how long nothing is, and zero if
// something is left.
func (s *Engine) processDue() time.Duration {
	for b := s.newBudget(); s.spend(&b); {
		e, wait := s.queue.next(s.now)
		switch {
		case e != nil:
			s.cfg.OnWakeup(s.now.Sub(e.wake))
			s.process(e)
			s.dispatchPending()
		case s.clockJumps.isSuspect():
			return confirmInterval
		case wait < 0:
			return maxSleep
		default:
			return max(min(wait, maxSleep)-(s.cfg.Elapsed()-s.nowElapsed), 0)
		}
	}
	return 0
}

// readClock sets the time of the iteration, and notices when the clock has jumped (R10).
// Whenever it is to be seen in another light, every Task is looked at anew.
func (s *Engine) readClock() {
	now, elapsed := s.cfg.Clock.Now(), s.cfg.Elapsed()
	s.now, s.nowElapsed = now, elapsed
	s.lastIteration.Store(now.UnixNano())
	found := s.clockJumps.check(now, elapsed)
	if s.clockJumps.isSuspect() && s.cfg.ConfirmTime(now) {
		s.clockJumps.trust()
		found = confirmedTime
	}
	switch found {
	case noJump:
		return
	case jumpedForward:
		s.cfg.Log.Info("the clock has jumped ahead; nothing is decided until it has been steady for a while", "now", now, "steady", settleTime.String())
	case setBackward:
		s.cfg.Log.Info("the clock was set back", "now", now)
	case trustedAgain:
		s.cfg.Log.Info("the clock is trusted again", "now", now)
	case confirmedTime:
		s.cfg.Log.Info("the clock has jumped ahead, and another clock confirms the time", "now", now)
	}
	s.bulk = pacer{}
	for _, e := range s.entries {
		e.setClock(now)
		s.queue.set(e, now)
	}
}
