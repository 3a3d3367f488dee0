package scheduler

import (
	"sync"
	"time"
)

// Stats is how much there is of what a Fleet holds, at an instant.
type Stats struct {
	// Schedulers is how many loops there are.
	Schedulers int
	// Tasks are counted by their state on record, and unfinished runs by theirs.
	Tasks map[State]int
	Runs  map[RunState]int
	// Saves is how many reads and writes of records are under way.
	Saves int
	// Silence is how long the loop that has been silent for longest has not
	// gone round; zero when no loop runs.
	Silence time.Duration
}

// Stats counts what there is now. It reads figures that the loops keep, so its cost
// does not grow with the number of Tasks.
func (f *Fleet) Stats(now time.Time) Stats {
	stats := Stats{Tasks: map[State]int{}, Runs: map[RunState]int{}, Saves: len(f.cfg.Saves)}
	for _, s := range f.all() {
		stats.Schedulers++
		if beat := s.Beat(); !beat.IsZero() {
			stats.Silence = max(stats.Silence, now.Sub(beat))
		}
		s.census.addTo(&stats)
	}
	return stats
}

// census counts the Tasks of a Scheduler and their unfinished runs.
type census struct {
	mu    sync.Mutex
	tasks map[State]int
	runs  map[RunState]int
}

// share is what one Task adds to the census.
type share struct {
	state State // empty: the Task is not counted
	runs  [len(runStates)]int
}

// runStates are the states of runs, in the order of share.runs.
var runStates = [...]RunState{Queued, Waiting, Backoff, Starting, Running, Stopping}

// shareOf is what a Task with this record adds. One that has no record yet is not
// counted.
func shareOf(rec Record) share {
	found := share{state: rec.State}
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
func (c *census) replace(was, is share) {
	if was == is {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.tasks == nil {
		c.tasks, c.runs = map[State]int{}, map[RunState]int{}
	}
	c.add(was, -1)
	c.add(is, 1)
}

func (c *census) add(s share, n int) {
	if s.state != "" {
		c.tasks[s.state] += n
	}
	for i, count := range s.runs {
		c.runs[runStates[i]] += n * count
	}
}

func (c *census) addTo(stats *Stats) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for state, n := range c.tasks {
		stats.Tasks[state] += n
	}
	for state, n := range c.runs {
		stats.Runs[state] += n
	}
}

// count brings the census to what is on record of a Task.
func (s *Scheduler) count(e *entry) {
	var is share
	if !e.gone {
		is = shareOf(e.base)
	}
	s.census.replace(e.share, is)
	e.share = is
	e.forgetOver()
}
