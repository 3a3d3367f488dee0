package sim

import (
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// placesHeld is how many runs an executor carries out, as the records say, of all Tasks
// but one.
func (s *sim) placesHeld(executor string, but *simTask) int {
	n := 0
	for _, t := range s.tasks {
		if t != but && t.snap.Task.Executor == executor {
			n += simPlaces(t.snap.Record)
		}
	}
	return n
}

// noteFull notes when an executor had no place left.
func (s *sim) noteFull(task model.Task) {
	n := s.placesHeld(task.Executor, nil)
	if task.InProcess && s.live != nil {
		n = s.live.callsOf(task.Executor)
	}
	if task.MaxConcurrent > 0 && n >= task.MaxConcurrent {
		s.full[task.Executor] = time.Now()
	}
}

// hasPlace reports whether the executor of a Task has had a place for a while.
func (s *sim) hasPlace(task model.Task) bool {
	s.noteFull(task)
	return time.Since(s.full[task.Executor]) > time.Minute
}

// checkPlaces: an executor never carries out more runs than it has places for, except
// that a manager which has just taken over by what a cache says may not know of all.
func (c *saving) checkPlaces() {
	if c.task.MaxConcurrent == 0 || c.task.InProcess || simPlaces(c.is) <= simPlaces(c.was) {
		return
	}
	if n := c.placesHeld(c.task.Executor, c.t) + simPlaces(c.is); n > c.task.MaxConcurrent && time.Since(c.trouble) > excused && c.troubles == 0 {
		c.failf("%d runs hold a place of the executor %s, want at most %d", n, c.task.Executor, c.task.MaxConcurrent)
	}
}

// simPlaces is how many runs of a record are carried out at this moment.
func simPlaces(rec model.Record) int {
	n := 0
	for _, run := range rec.Active {
		if run.State == model.Starting || run.State == model.Running || run.State == model.Stopping {
			n++
		}
	}
	return n
}

// checkPool: a process never makes more calls at a time than their executor has places.
func (p *simProcess) checkPool(call *simCall) {
	p.sim.noteFull(call.task)
	if n := p.callsOf(call.task.Executor); n > call.task.MaxConcurrent {
		p.sim.failf("%d calls at a time of the executor %s, want at most %d", n, call.task.Executor, call.task.MaxConcurrent)
	}
}

// callsOf is how many calls of an executor a process is making. One whose Task has gone
// is asked to stop, and does not count.
func (p *simProcess) callsOf(executor string) int {
	n := 0
	for _, call := range p.calls {
		if call.outcome == nil && call.ctx.Err() == nil && call.task.Executor == executor {
			n++
		}
	}
	return n
}
