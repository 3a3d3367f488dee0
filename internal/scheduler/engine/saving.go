package engine

import (
	"context"
	"errors"
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/decide"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/internal/scheduler/recovery"
)

// save writes a decision's record and acts on it once it is written. Until then
// the entry decides nothing else.
func (s *Engine) save(e *entry, dec decide.Decision) {
	e.inFlight = true
	s.queue.set(e, time.Time{})
	s.podPermits.reserve(e, dec.Record)
	task, version, seen := e.task, e.version, len(e.pending)
	var saved model.Version
	s.request(recovery.OperationSave, task.Key, func(ctx context.Context) (err error) {
		saved, err = s.cfg.Store.Save(ctx, task, dec.Record, version)
		return err
	}, func(err error) { s.onSaved(e, dec, seen, saved, err) })
}

// onSaved takes in how a save went.
func (s *Engine) onSaved(e *entry, dec decide.Decision, seen int, version model.Version, err error) {
	e.inFlight = false
	now := s.now
	switch {
	case e.gone:
		return
	case errors.Is(err, model.ErrGone):
		s.removeEntry(e)
		s.onTaskGone(e.key)
		return
	case errors.Is(err, model.ErrConflict):
		e.needsReload = true // somebody edited the Task, or took it over: read, decide again
	case err != nil:
		s.cfg.Log.Error(err, "saving a decision; trying again", "task", e.task.Key.String(), "failures", e.failures+1)
		e.needsReload, e.unknownCommit, e.unknownVersion, e.unknownSeen = true, &dec, e.version, seen // it may have been written all the same
		s.queue.set(e, e.failed(now))
	default:
		e.base, e.version, e.savedAt = dec.Record, version, now
		e.pending = e.pending[seen:]
		e.dirtySince, e.bulkAt, e.reloaded, e.fromStore = time.Time{}, time.Time{}, false, true
		e.recovered()
		s.podPermits.hold(e) // in every other case, what was reserved stays so until it is read
		s.count(e)
		s.execute(e, dec)
	}
	s.afterIO(e)
}

// load reads the Task and its record anew.
func (s *Engine) load(e *entry) {
	e.inFlight = true
	s.queue.set(e, time.Time{})
	key := e.task.Key
	var snap model.Snapshot
	s.request(recovery.OperationLoad, key, func(ctx context.Context) (err error) {
		snap, err = s.cfg.Store.Load(ctx, key)
		return err
	}, func(err error) { s.onLoaded(e, snap, err) })
}

// storeTimeout is how long a save or a load may take once it is sent. What a save that was
// given up has done is found out by a load (S4).
const storeTimeout = 30 * time.Second

// request sends a save or a load outside the loop, as soon as Config.Saves has a permit for the
// namespace of the Task, and handles its result inside. A panic is handled like an error.
func (s *Engine) request(operation recovery.Operation, key model.Key, send func(context.Context) error, handle func(error)) {
	s.background(key.Namespace, func(ctx context.Context) func() {
		ctx, cancel := context.WithTimeout(ctx, storeTimeout)
		defer cancel()
		var err error
		if panicked := s.cfg.Recover.Do(operation, key, func() { err = send(ctx) }); panicked != nil {
			err = panicked
		}
		return func() { handle(err) }
	})
}

// onLoaded takes in what a load brought.
func (s *Engine) onLoaded(e *entry, snap model.Snapshot, err error) {
	e.inFlight = false
	switch {
	case e.gone:
		return
	case errors.Is(err, model.ErrGone):
		s.removeEntry(e)
		s.onTaskGone(e.key)
		return
	case err != nil:
		s.cfg.Log.Error(err, "loading a task; trying again", "task", e.task.Key.String(), "failures", e.failures+1)
		s.queue.set(e, e.failed(s.now))
	default:
		e.setTask(snap.Task, snap.Task, s.now)
		e.replaceRecord(snap)
		e.needsReload, e.reloaded, e.fromStore, e.since = false, true, true, s.now
		s.podPermits.hold(e)
		s.resolveUnknownCommit(e)
	}
	s.afterIO(e)
}

// afterIO takes in what came while the entry was busy, and decides again.
func (s *Engine) afterIO(e *entry) {
	s.trackUnsaved(e)
	for _, snap := range e.deferred {
		s.accept(e, snap)
		s.podPermits.hold(e)
	}
	e.deferred = nil
	s.count(e)
	s.queue.set(e, s.now)
}

// resolveUnknownCommit finds out from a loaded record whether the decision was saved that
// got no answer. If it was, its commands are executed and its events reported. If it was
// not, what it had seen stays pending: a save changes the version, also where the record has
// come no further.
func (s *Engine) resolveUnknownCommit(e *entry) {
	unknown, seen := e.unknownCommit, e.unknownSeen
	e.unknownCommit = nil
	if unknown == nil || e.version == e.unknownVersion || !unknown.Record.SameProgress(e.base) {
		return
	}
	e.pending = e.pending[seen:]
	e.savedAt, e.dirtySince, e.bulkAt = s.now, time.Time{}, time.Time{}
	e.recovered()
	s.execute(e, *unknown)
}

// background runs I/O of a namespace outside the loop, as soon as there is a permit; what it
// returns is run inside. While it waits it has no goroutine.
func (s *Engine) background(namespace string, do func(context.Context) func()) {
	s.inflight++
	ctx := s.work
	work := func() {
		then := do(ctx)
		s.cfg.Saves.Release(namespace)
		s.post(func() {
			s.inflight--
			then()
		})
	}
	s.cfg.Saves.Enqueue(namespace, func() { go work() })
}
