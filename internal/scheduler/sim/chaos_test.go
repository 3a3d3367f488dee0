package sim

import (
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/fixture"
)

// recurring has something happen so many times a day on average, until the
// simulation calms down.
func (s *sim) recurring(perDay float64, what func()) {
	if perDay <= 0 {
		return
	}
	mean := time.Duration(float64(24*time.Hour) / perDay)
	var next func()
	next = func() {
		s.in(about(s.rng, mean), func() {
			if !s.calm {
				what()
				next()
			}
		})
	}
	next()
}

// unleash starts all that disturbs.
func (s *sim) unleash() {
	for _, what := range []func(){s.killOne, s.restart, s.freeze, s.outage, s.fail, s.setClock, s.pauseScheduler, s.deleteScheduler, s.breakWatch} {
		s.recurring(s.chaos, what)
	}
	s.recurring(s.edits*float64(s.simConfig.tasks), s.userActs)
}

// calmDown ends what disturbs, so that everything can come to rest.
func (s *sim) calmDown() {
	s.calm = true
	s.paused, s.down, s.flaky, s.ending = false, false, false, time.Time{}
	s.disturb()
	for _, name := range s.names {
		t := s.tasks[name]
		t.missing = false
		t.touched = time.Now()
	}
	for _, p := range s.procs {
		p.thaw()
		p.clock.Set(0)
		p.deaf = false
	}
	if s.live == nil {
		s.boot()
		return
	}
	s.live.sync()
}

// killOne kills the manager, often when it has just begun to decide.
func (s *sim) killOne() {
	wait := time.Duration(1)
	if len(s.names) > 0 && chance(s.rng, 0.7) {
		next := s.tasks[pick(s.rng, s.names...)].snap.Record.Next
		if left := time.Until(next); left > 0 {
			wait = left + between(s.rng, 0, 2*time.Second)
		}
	}
	s.in(wait, func() {
		if s.live != nil {
			s.live.crash()
		}
	})
}

// restart ends the manager in order, and starts another when it has ended.
func (s *sim) restart() {
	p := s.live
	if p == nil || p.gate.IsClosed() {
		return
	}
	s.tally.Restarts++
	end := s.disturbFor()
	p.stop()
	go func() {
		<-p.done
		time.Sleep(between(s.dice.of("restart", p.holder, 0), 0, 5*time.Second))
		s.locked(func() {
			end()
			if p.dead || s.live != p {
				return // killed meanwhile
			}
			p.kill()
			s.boot()
		})
	}()
}

// freeze stops the manager (SIGSTOP), or the machine that it runs on. If it lasts,
// another one takes over; the old one then finds itself replaced.
func (s *sim) freeze() {
	p := s.live
	if p == nil || p.gate.IsClosed() {
		return
	}
	s.tally.Stalls++
	span := about(s.rng, time.Minute)
	if chance(s.rng, 0.2) {
		span = about(s.rng, 2*time.Hour)
	}
	end := s.disturbFor()
	p.gate.Close()
	if span > 30*time.Second && chance(s.rng, 0.5) {
		s.in(between(s.rng, 20*time.Second, span), func() { s.takeOver(p) })
	}
	suspended := chance(s.rng, 0.3)
	s.in(span, func() {
		end()
		if suspended {
			p.clock.Suspend(span)
		}
		p.thaw()
	})
}

// thaw lets a frozen process go on. One that has been replaced ends soon, but
// what it had under way still arrives.
func (p *simProcess) thaw() {
	p.gate.Open()
	if p.fenced && !p.dead {
		p.sim.in(between(p.sim.rng, time.Millisecond, 3*time.Second), p.kill)
	}
}

// takeOver starts another manager although there is one.
func (s *sim) takeOver(p *simProcess) {
	if s.live == p && p.gate.IsClosed() && !s.calm {
		s.tally.Takeovers++
		p.abandonCreates()
		s.boot()
	}
}

// outage takes the API server away.
func (s *sim) outage() {
	span := about(s.rng, 2*time.Minute)
	if chance(s.rng, 0.1) {
		span = about(s.rng, time.Hour)
	}
	s.outageOf(span)
}

func (s *sim) outageOf(span time.Duration) {
	if s.down {
		return
	}
	s.tally.Outages++
	s.down = true
	end := s.disturbFor()
	s.in(span, func() {
		end()
		s.down = false
		for _, p := range s.procs {
			p.sync()
		}
	})
}

// fail has every third request to the store fail for some time.
func (s *sim) fail() {
	if s.flaky {
		return
	}
	s.flaky = true
	end := s.disturbFor()
	s.in(about(s.rng, 5*time.Minute), func() {
		end()
		s.flaky = false
	})
}

// setClock sets the clock of the manager's machine, and in most cases back later.
// Certificates may not be valid at that time, so that nothing can be reached.
func (s *sim) setClock() {
	p := s.live
	if p == nil {
		return
	}
	s.tally.Jumps++
	s.disturb()
	ahead := about(s.rng, pick(s.rng, 10*time.Second, 5*time.Minute, time.Hour))
	p.clock.Set(pick(s.rng, ahead, -ahead))
	if chance(s.rng, 0.2) {
		return
	}
	span := about(s.rng, 20*time.Minute)
	if chance(s.rng, 0.3) {
		s.outageOf(span)
	}
	s.in(span, func() {
		s.disturb()
		p.clock.Set(0)
	})
}

// pauseScheduler pauses the Scheduler for a while.
func (s *sim) pauseScheduler() {
	if s.paused {
		return
	}
	s.schedulerPaused(true)
	end := s.disturbFor()
	s.in(about(s.rng, 30*time.Minute), func() {
		end()
		s.schedulerPaused(false)
	})
}

// deleteScheduler deletes the Scheduler, and makes it anew later.
func (s *sim) deleteScheduler() {
	if !s.ending.IsZero() {
		return
	}
	s.schedulerDeleted(fixture.Cut(time.Now()))
	end := s.disturbFor()
	s.in(about(s.rng, 30*time.Minute), func() {
		end()
		s.schedulerDeleted(time.Time{})
	})
}

func (s *sim) schedulerDeleted(at time.Time) {
	s.ending = at
	for _, name := range s.names {
		s.announce(s.tasks[name])
	}
}

func (s *sim) schedulerPaused(paused bool) {
	s.paused = paused && !s.calm
	for _, name := range s.names {
		s.announce(s.tasks[name])
	}
}

// breakWatch has the manager see nothing for a while.
func (s *sim) breakWatch() {
	p := s.live
	if p == nil || p.deaf {
		return
	}
	p.deaf = true
	end := s.disturbFor()
	s.in(about(s.rng, 3*time.Minute), func() {
		end()
		p.deaf = false
		p.sync()
	})
}
