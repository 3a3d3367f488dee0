package engine

import (
	"slices"
	"sync"
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// SkippingAfter is how long a Task has to have skipped every slot to be counted in
// Stats.Skipping.
const SkippingAfter = time.Hour

// ExecutorStats is how much of the capacity of an executor is used.
type ExecutorStats struct {
	Namespace, Scheduler, Executor string
	// Limit is how many runs may be active at once, Active how many are, and Pending how
	// many wait for capacity.
	Limit, Active, Pending int
}

// usage is what a loop publishes about its queues and executors, for readers outside of it.
type usage struct {
	mu sync.Mutex
	// measured is the elapsed time of the last measurement, and cost how many Tasks it had to
	// look at.
	measured time.Duration
	cost     int

	executors      []ExecutorStats
	pending        int
	oldest         time.Time // when the run that has been pending for longest became so
	due, waitQueue int
}

// measureCheap is how many waiting Tasks may be looked at in every iteration of the loop.
// With more of them a measurement is made once a second.
const measureCheap = 100

// measure publishes the state of the queues and executors. It belongs to the loop.
func (s *Engine) measure() {
	u, now := &s.usage, s.cfg.Elapsed()
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.cost > measureCheap && now-u.measured < time.Second {
		return
	}
	u.measured, u.cost = now, 0
	u.executors, u.pending, u.oldest = u.executors[:0], 0, time.Time{}
	u.due, u.waitQueue = s.queue.Len(), 0
	pending := map[string]int{}
	for _, lines := range []map[string][]*entry{s.podPermits.queues, s.inProcess.queues} {
		for executor, line := range lines {
			u.cost += len(line)
			for _, e := range line {
				runs := e.pendingRuns()
				pending[executor] += len(runs)
				u.wait(runs)
			}
		}
	}
	for executor, limit := range s.limits {
		found := ExecutorStats{Executor: executor, Limit: limit, Active: s.podPermits.held[executor] + s.inProcess.held[executor], Pending: pending[executor]}
		if found.Active > 0 || found.Pending > 0 {
			u.executors = append(u.executors, found)
		}
	}
}

// wait adds the pending runs of a Task.
func (u *usage) wait(runs []model.Run) {
	if len(runs) == 0 {
		return
	}
	u.waitQueue++
	u.pending += len(runs)
	for i := range runs {
		if u.oldest.IsZero() || runs[i].Start.Before(u.oldest) {
			u.oldest = runs[i].Start
		}
	}
}

// pendingRuns are the runs of a Task that wait for capacity of their executor.
func (e *entry) pendingRuns() []model.Run {
	if e.task.InProcess {
		return e.queued
	}
	var runs []model.Run
	for i := range e.base.Active {
		if e.base.Active[i].State == model.Pending {
			runs = append(runs, e.base.Active[i])
		}
	}
	return runs
}

// addTo adds what a Scheduler has published last.
func (u *usage) addTo(stats *Stats, namespace, name string, now time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	stats.Pending += u.pending
	stats.DueQueue += u.due
	stats.WaitQueue += u.waitQueue
	if !u.oldest.IsZero() {
		stats.OldestPending = max(stats.OldestPending, now.Sub(u.oldest))
	}
	for _, executor := range u.executors {
		executor.Namespace, executor.Scheduler = namespace, name
		stats.Executors = append(stats.Executors, executor)
	}
}

// setLimit notes the limit of the executor of a Task.
func (s *Engine) setLimit(task *model.Task) {
	if task.MaxConcurrent > 0 {
		s.limits[task.Executor] = task.MaxConcurrent
	} else {
		delete(s.limits, task.Executor)
	}
}

// skippingSince is when the last slot was that a Task did not skip, zero if it skips none
// now. A run that was asked for has no part in it.
func skippingSince(rec *model.Record) time.Time {
	if rec.State != model.Scheduled || len(rec.Recent) == 0 || len(rec.Active) == 0 {
		return time.Time{}
	}
	i := slices.IndexFunc(rec.Recent, func(res model.Result) bool { return res.Source == model.SourceScheduled })
	if i < 0 || rec.Recent[i].Outcome != model.Skipped || rec.Recent[i].Reason != model.ReasonMaxInstances && rec.Recent[i].Reason != model.ReasonQueueFull {
		return time.Time{}
	}
	return rec.LastSlot
}
