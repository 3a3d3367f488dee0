package engine

import (
	"strings"
	"sync"
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// Stats is how much there is of what a Group holds, at an instant.
type Stats struct {
	// Schedulers is how many loops there are.
	Schedulers int
	// Tasks are counted by their recorded state, and unfinished runs by theirs.
	Tasks map[model.State]int
	Runs  map[model.RunState]int
	// Saves is how many reads and writes of records are under way.
	Saves int
	// Pending is how many runs wait for capacity of their executor, and OldestPending how
	// long the one that has waited longest does; zero when there is none.
	Pending       int
	OldestPending time.Duration
	// Executors are those with a limit that have active or pending runs.
	Executors []ExecutorStats
	// InProcess is how many in-process runs hold a permit, and MaxInProcess how many may; zero
	// when there is no bound.
	InProcess, MaxInProcess int
	// Skipping is how many Tasks have skipped every slot for SkippingAfter, because earlier
	// runs are unfinished.
	Skipping int
	// DueQueue is how many Tasks have a time at which they are decided about next, and
	// WaitQueue how many have runs that are Pending.
	DueQueue, WaitQueue int
	// SinceLastIteration is how long the loop that has been silent for longest has not made a step; zero
	// when no loop runs.
	SinceLastIteration time.Duration
}

// Stats counts what there is now. It reads figures that the loops keep, so its cost
// does not grow with the number of Tasks.
func (f *Group) Stats(now time.Time) Stats {
	stats := Stats{Tasks: map[model.State]int{}, Runs: map[model.RunState]int{}, Saves: f.cfg.Saves.InUse()}
	if permits := f.cfg.InProcessRuns; permits != nil {
		stats.InProcess, stats.MaxInProcess = permits.InUse(), permits.Permits()
	}
	for _, s := range f.all() {
		namespace, name, _ := strings.Cut(s.id, "/")
		stats.Schedulers++
		if beat := s.LastIteration(); !beat.IsZero() {
			stats.SinceLastIteration = max(stats.SinceLastIteration, now.Sub(beat))
		}
		s.counters.addTo(&stats, now)
		s.usage.addTo(&stats, namespace, name, now)
	}
	return stats
}

// counters counts the Tasks of a Scheduler and their unfinished runs.
type counters struct {
	mu    sync.Mutex
	tasks map[model.State]int
	runs  map[model.RunState]int
	// skipping are the Tasks that skip their slots, with the last one that they did not skip.
	skipping map[*entry]time.Time
}

// contribution is what one Task adds to the counters.
type contribution struct {
	state model.State // empty: the Task is not counted
	runs  [len(runStates)]int
}

// runStates are the states of runs, in the order of share.runs.
var runStates = [...]model.RunState{model.Queued, model.Pending, model.Backoff, model.Starting, model.Running, model.Stopping}

// contributionOf is what a Task with this record adds. One that has no record yet is not
// counted.
func contributionOf(rec model.Record) contribution {
	found := contribution{state: rec.State}
	for _, run := range rec.Active {
		for i, state := range runStates {
			if run.State == state {
				found.runs[i]++
			}
		}
	}
	return found
}

// replace puts what a Task adds now in the place of what it added before.
func (c *counters) replace(was, is contribution) {
	if was == is {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.tasks == nil {
		c.tasks, c.runs = map[model.State]int{}, map[model.RunState]int{}
	}
	c.add(was, -1)
	c.add(is, 1)
}

func (c *counters) add(s contribution, n int) {
	if s.state != "" {
		c.tasks[s.state] += n
	}
	for i, count := range s.runs {
		c.runs[runStates[i]] += n * count
	}
}

// setSkipping notes since when a Task skips its slots; the zero time stands for not at all.
func (c *counters) setSkipping(e *entry, since time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case since.IsZero():
		delete(c.skipping, e)
	case c.skipping == nil:
		c.skipping = map[*entry]time.Time{e: since}
	default:
		c.skipping[e] = since
	}
}

func (c *counters) addTo(stats *Stats, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for state, n := range c.tasks {
		stats.Tasks[state] += n
	}
	for state, n := range c.runs {
		stats.Runs[state] += n
	}
	for _, since := range c.skipping {
		if now.Sub(since) >= SkippingAfter {
			stats.Skipping++
		}
	}
}

// count brings the counters to the record of a Task.
func (s *Engine) count(e *entry) {
	var is contribution
	var skipping time.Time
	if !e.gone {
		is, skipping = contributionOf(e.base), skippingSince(&e.base)
		s.setLimit(&e.task)
	}
	s.counters.setSkipping(e, skipping)
	s.counters.replace(e.contribution, is)
	e.contribution = is
	e.dropFinished()
}
