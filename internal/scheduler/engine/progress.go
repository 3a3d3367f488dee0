package engine

import (
	"context"
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// StalledAfter is how long a loop may make no step before it is reported, and all loops before
// the process is to be restarted. A loop makes one at least every ten seconds.
const StalledAfter = time.Minute

// watchInterval is how often the loops are looked at.
const watchInterval = 10 * time.Second

// IsStalled reports whether the process makes no progress: there are loops, and none has made a
// step for StuckAfter. One loop that stands still is logged, and shown by Stats.Silence: to
// restart the process for it would stop all others, too.
func (f *Group) IsStalled(now time.Time) bool {
	var newest time.Time
	for _, s := range f.all() {
		newest = model.Later(newest, s.LastIteration())
	}
	return !newest.IsZero() && now.Sub(newest) > StalledAfter
}

// watchStalls logs loops that make no step, once each time, until ctx ends.
func (f *Group) watchStalls(ctx context.Context) {
	timer := f.cfg.Clock.NewTimer(watchInterval)
	defer timer.Stop()
	reported := map[string]bool{}
	for {
		select {
		case <-ctx.Done():
			return
		case <-f.cfg.Lost:
			return
		case <-timer.C():
		}
		f.logStalls(f.cfg.Clock.Now(), reported)
		timer.Reset(watchInterval)
	}
}

// logStalls logs the loops that stand still and those that have gone on. reported are the
// Schedulers that were logged before.
func (f *Group) logStalls(now time.Time, reported map[string]bool) {
	silent := map[string]bool{}
	for _, s := range f.all() {
		beat := s.LastIteration()
		if beat.IsZero() || now.Sub(beat) <= StalledAfter {
			continue
		}
		silent[s.id] = true
		if !reported[s.id] {
			reported[s.id] = true
			f.cfg.Log.Error(nil, "the loop of a Scheduler stands still; its Tasks are delayed",
				"scheduler", s.id, "silence", now.Sub(beat).String(), "task", s.lastTask())
		}
	}
	for id := range reported {
		if !silent[id] {
			delete(reported, id)
			f.cfg.Log.Info("the loop of a Scheduler goes on", "scheduler", id)
		}
	}
}

// LastIteration is when the loop last began a step, zero before it has. A step takes in one message or
// decides about one Task.
func (s *Engine) LastIteration() time.Time {
	if ns := s.lastIteration.Load(); ns != 0 {
		return time.Unix(0, ns)
	}
	return time.Time{}
}

// lastTask names the Task that the loop decided about last; empty if there was none.
func (s *Engine) lastTask() string {
	if e := s.last.Load(); e != nil {
		return e.key.String()
	}
	return ""
}

// Bounds of one iteration of the loop. Whatever is left is done in the next one, after what
// has arrived meanwhile.
const (
	maxSteps     = 1000
	maxIteration = 100 * time.Millisecond
)

// budget counts the steps of an iteration.
type budget struct {
	steps int
	end   time.Duration // elapsed time
}

func (s *Engine) newBudget() budget {
	return budget{steps: maxSteps, end: s.cfg.Elapsed() + maxIteration}
}

// spend takes one step off the budget and notes that the loop makes progress. It reports
// false if there is none left. The first step is always granted.
func (s *Engine) spend(b *budget) bool {
	if b.steps < maxSteps && (b.steps <= 0 || s.cfg.Elapsed() >= b.end) {
		return false
	}
	b.steps--
	s.lastIteration.Store(s.cfg.Clock.Now().UnixNano())
	return true
}
