package engine

import "time"

// holdTime is for how long the starts of in-process runs are held at least while a Group drains, so
// that all of its Schedulers may be without one at the same time.
const holdTime = 500 * time.Millisecond

// drainPoll is how often a Group looks what its Schedulers do while it drains.
const drainPoll = 10 * time.Millisecond

// Drain has all Schedulers drained, see [Engine.Drain], and waits until they have. It
// returns at once if the Group does not run, and when the leadership is lost.
//
// The lease is kept meanwhile, and nobody else starts in-process runs. So a Scheduler whose own runs
// have ended starts further ones after holdTime, as long as it takes for those of another to end: who
// has runs that take long, or never end, delays nobody else. When no Scheduler is left whose runs
// have not ended once, starts are held again, for all. What goes on at the end of the drain timeout
// is cancelled.
func (f *Group) Drain() {
	end := f.cfg.Clock.Now().Add(f.cfg.DrainTimeout)
	last := end.Add(-holdTime)
	for {
		phase := f.holdStarts()
		quiet := func() bool { return f.every(func(s *Engine) bool { return s.isQuiet(phase) }) }
		wasQuiet := func() bool { return f.every(func(s *Engine) bool { return s.wasQuiet(phase) }) }
		if now := f.cfg.Clock.Now(); f.sleepUntil(now.Add(holdTime), quiet) || !now.Before(last) {
			break
		}
		f.sleepUntil(last, wasQuiet)
	}
	f.drain()
}

// holdStarts has all Schedulers hold the starts of in-process runs. It returns the phase.
func (f *Group) holdStarts() (phase int64) {
	f.mu.Lock()
	if f.start != nil {
		f.phase++
	}
	phase = f.phase
	f.mu.Unlock()
	for _, s := range f.running() {
		s.holdStarts(phase)
	}
	return phase
}

// every reports whether something is true of all Schedulers, or nothing is to be waited for any more.
func (f *Group) every(is func(*Engine) bool) bool {
	for _, s := range f.running() {
		if !is(s) {
			return f.isLost()
		}
	}
	return true
}

// drain drains the Schedulers now, and waits until they have.
func (f *Group) drain() {
	f.mu.Lock()
	f.draining = f.start != nil
	f.mu.Unlock()
	running := f.running()
	for _, s := range running {
		s.Drain()
	}
	for _, s := range running {
		select {
		case <-s.Drained():
		case <-f.cfg.Lost:
			return
		}
	}
}

func (f *Group) isLost() bool {
	select {
	case <-f.cfg.Lost:
		return true
	default:
		return false
	}
}

// running returns the Schedulers that run. There are none if the Group does not run.
func (f *Group) running() []*Engine {
	f.mu.Lock()
	defer f.mu.Unlock()
	var running []*Engine
	for _, s := range f.members {
		if s.started && f.start != nil {
			running = append(running, s.Engine)
		}
	}
	return running
}

// sleepUntil waits until a time, or until done. It reports whether it is done.
func (f *Group) sleepUntil(t time.Time, done func() bool) bool {
	for {
		if done() {
			return true
		}
		left := t.Sub(f.cfg.Clock.Now())
		if left <= 0 {
			return false
		}
		f.cfg.Clock.Sleep(min(left, drainPoll))
	}
}
