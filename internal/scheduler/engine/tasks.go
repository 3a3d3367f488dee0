package engine

import (
	"context"
	"slices"
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// upsert is Upsert in the loop's goroutine.
func (s *Engine) upsert(snap model.Snapshot) {
	e := s.entries[snap.Task.Key.String()]
	if e != nil && e.task.UID != snap.Task.UID {
		s.removeEntry(e)
		e = nil
	}
	switch {
	case e == nil:
		// Whatever else has come is taken in first: how many permits are held
		// is known only then.
		e = s.add(snap)
		s.queue.set(e, e.since)
		return
	case e.inFlight:
		e.deferUpsert(snap)
		return
	default:
		s.accept(e, snap)
		s.podPermits.hold(e)
	}
	s.count(e)
	s.queue.set(e, s.now)
}

// add makes the entry of a Task.
func (s *Engine) add(snap model.Snapshot) *entry {
	now := s.now
	e := &entry{
		key: snap.Task.Key, task: snap.Task, base: snap.Record, version: snap.Version, reloaded: true, fromStore: snap.Live, since: now,
		verified: map[model.AttemptRef]time.Time{}, creating: map[model.AttemptRef]bool{}, firstAttempts: map[model.RunRef]model.FirstAttempt{}, requestSince: now,
	}
	s.arrivals++
	e.number = s.arrivals
	e.ctx, e.stop = context.WithCancel(s.work)
	e.runCtx, e.cancelRuns = context.WithCancelCause(e.ctx)
	// Nothing is decided on what a cache says of a record: it may lag behind what
	// another manager has saved. A Task that has none yet is new (S7).
	e.needsReload = !snap.Live && !snap.Record.DecidedThrough.IsZero()
	s.entries[snap.Task.Key.String()] = e
	s.count(e)
	s.podPermits.hold(e)
	return e
}

// deferUpsert keeps a snapshot until the save or load that is under way has its result. Each
// origin brings newer versions as time goes by, but not in step with the other: one must not
// replace what the other has brought.
func (e *entry) deferUpsert(snap model.Snapshot) {
	e.deferred = slices.DeleteFunc(e.deferred, func(earlier model.Snapshot) bool { return earlier.Live == snap.Live })
	e.deferred = append(e.deferred, snap)
}

// setPaused is SetPaused in the loop's goroutine.
func (s *Engine) setPaused(paused bool) {
	resumed := s.paused && !paused
	if s.paused = paused; !resumed {
		return
	}
	now := s.now
	for _, e := range s.entries {
		s.queue.set(e, now)
	}
}

// removeEntry drops an entry. What runs in this process for it ends, and what is about to
// be created no longer is; what has been created goes with the Task (P3).
func (s *Engine) removeEntry(e *entry) {
	e.gone = true
	s.count(e)
	s.queue.set(e, time.Time{})
	delete(s.entries, e.task.Key.String())
	s.trackUnsaved(e)
	s.podPermits.release(e)
	e.stop()
	s.releaseInProcess(e)
}
