package engine

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/decide"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// Backoff after an error of the Store.
const (
	firstRetry = 500 * time.Millisecond
	lastRetry  = 30 * time.Second
)

// entry is what a Scheduler holds of a Task. Only the loop's goroutine touches it.
type entry struct {
	key     model.Key // never changes, and may be read from other goroutines
	task    model.Task
	base    model.Record // as saved last
	version model.Version

	pending    []model.Observation // not yet part of base
	dirtySince time.Time           // since when there has been something to save
	savedAt    time.Time           // when base was saved
	bulkAt     time.Time           // when a change may be saved that all Tasks of the Scheduler have; zero: not asked for
	// reloaded: base came from the Store, see Input.Reloaded.
	reloaded bool
	// since is when base was loaded, see Input.Since.
	since time.Time
	// ctx ends when the Task is forgotten, or with the Scheduler's.
	ctx  context.Context
	stop context.CancelFunc
	// runCtx is that of the Task's in-process runs. It ends before ctx when they have
	// not finished by the end of a drain.
	runCtx     context.Context
	cancelRuns context.CancelCauseFunc
	// unknownCommit is a decision of which it is not known whether it was saved, against
	// which version, and how many of pending it had seen.
	unknownCommit  *decide.Decision
	unknownVersion model.Version
	unknownSeen    int
	// fromStore: base is what the Store holds, not what a cache says of it.
	fromStore bool
	// needsReload: base may not be what the Store holds; it is read again first.
	needsReload bool
	// inFlight: a save or a load is under way; what comes meanwhile waits.
	inFlight bool
	// deferred is what Upsert brought meanwhile: the newest of the watch, and of the list of a
	// takeover.
	deferred []model.Snapshot
	gone     bool
	// announced: task is not complete, see Announce. Nothing is decided.
	announced bool

	// failures counts the errors since the last save that went well, and panics the decisions
	// since the last one whose commands were executed without a panic.
	failures, panics int
	retry            time.Time // not before, after an error or a panic
	// backingOff: retry was set and has not come yet.
	backingOff bool

	// far, counted and tooExpensive are those of Input. search finds out more of them.
	far          *model.FarSlot
	counted      *model.CountedSlots
	tooExpensive *model.TooExpensive
	search       *activeSearch

	// executor is whose permits are held, and held how many: by the runs of base
	// that are under way, or by those of a record that is being saved.
	executor string
	held     int
	// quotaHeld is how many of its runs Config.PodQuotas counts.
	quotaHeld int
	// lastServed is the number of its latest turn among all that were served; while it has had
	// none, of when it began to wait. Zero if it never waited nor was served.
	lastServed uint64

	// queued are in-process runs that wait for a permit, in their order, and running those that
	// have one, with the name of its executor.
	queued  []model.Run
	running map[model.AttemptRef]string

	// verified and creating are those of Input; requestSince too.
	verified      map[model.AttemptRef]time.Time
	creating      map[model.AttemptRef]bool
	firstAttempts map[model.RunRef]model.FirstAttempt
	// creates are what is waited for before watches are trusted, see creates.go.
	creates      map[model.AttemptRef]*unconfirmedCreate
	requestSince time.Time

	wake     time.Time
	position int    // in the dueQueue
	number   uint64 // counts the entries as they come

	contribution contribution // what it adds to the counters
}

// note keeps an observation until a saved record contains it. Watches repeat
// themselves: what repeats the latest news of an attempt is not kept.
func (e *entry) note(obs model.Observation) {
	if obs.Phase == model.PhaseExists {
		return
	}
	seen := obs.SeenAt
	obs.SeenAt = time.Time{}
	for _, earlier := range slices.Backward(e.pending) {
		if earlier.AttemptRef() == obs.AttemptRef() {
			if earlier.SeenAt = (time.Time{}); earlier == obs {
				return
			}
			break
		}
	}
	obs.SeenAt = seen
	e.pending = append(e.pending, obs)
}

// updateVerified notes what an observation shows of the attempt's being there.
func (e *entry) updateVerified(obs model.Observation) {
	ref := obs.AttemptRef()
	switch {
	case obs.Phase == model.PhaseDelayed && obs.NotCreated: // also one that another process has begun to start
		e.creating[ref] = true
	case obs.Phase != model.PhasePending && obs.Phase != model.PhaseDelayed:
		delete(e.creating, ref)
	}
	if !obs.SeenAt.IsZero() && !obs.IsFinal() {
		e.verified[ref] = model.Later(e.verified[ref], obs.SeenAt)
	}
}

// dropFinished drops what is known of attempts that are not active any more.
func (e *entry) dropFinished() {
	active := func(ref model.AttemptRef) bool {
		return slices.ContainsFunc(e.base.Active, func(run model.Run) bool { return run.AttemptRef() == ref })
	}
	maps.DeleteFunc(e.verified, func(ref model.AttemptRef, _ time.Time) bool { return !active(ref) })
	maps.DeleteFunc(e.creating, func(ref model.AttemptRef, _ bool) bool { return !active(ref) })
	maps.DeleteFunc(e.creates, func(ref model.AttemptRef, _ *unconfirmedCreate) bool { return !active(ref) })
	maps.DeleteFunc(e.firstAttempts, func(ref model.RunRef, _ model.FirstAttempt) bool { return e.base.IndexOf(ref) < 0 })
}

// accept takes in what Upsert brought. The calls of another process, which has saved the record
// meanwhile, begin anew from now on.
func (s *Engine) accept(e *entry, snap model.Snapshot) {
	now := s.now
	isNewer := snap.Version.Newer(e.version)
	e.accept(snap, now)
	if isNewer && slices.ContainsFunc(e.base.Active, func(run model.Run) bool { return run.Holder != "" && run.Holder != s.cfg.Holder }) {
		e.since = now
	}
}

// accept takes in what Upsert brought. A newer version replaces all. The same
// spec seen at an older version, as a lagging cache shows it, can still bring
// news of what the Task refers to.
func (e *entry) accept(snap model.Snapshot, now time.Time) {
	if snap.Task.Generation > e.task.Generation { // an edit may mend what failed
		e.recovered()
		e.panics = 0
	}
	// What a takeover listed is translated later: meanwhile a watch may have brought the Task
	// with what its Scheduler is now.
	outdated := snap.Live && !e.announced && snap.Task.Generation <= e.task.Generation
	switch {
	case snap.Version.Newer(e.version):
		task := snap.Task
		if outdated {
			task = e.task
		}
		e.setTask(task, snap.Task, now)
		e.announced = false
		e.replaceRecord(snap)
		e.reloaded, e.fromStore = true, snap.Live
	case outdated:
	case snap.Task.Generation >= e.task.Generation:
		e.setTask(snap.Task, e.task, now)
		e.announced = false
	}
}

// setTask replaces the Task. The requests, for a run and to cancel runs, are no part of the spec, and
// not of the same version: asked, which they are taken from, is of the version of the record. An older
// version may have older ones, and no watch brings them again once its version is known.
func (e *entry) setTask(task, asked model.Task, now time.Time) {
	if asked.Request != e.task.Request {
		e.requestSince = now
	}
	e.task = task
	e.task.Request, e.task.Cancel = asked.Request, asked.Cancel
}

// replaceRecord takes over a record that was read, and keeps which objects are known.
func (e *entry) replaceRecord(snap model.Snapshot) {
	was := e.base
	e.base, e.version = snap.Record, snap.Version
	if slices.ContainsFunc(was.Active, func(run model.Run) bool { return run.UID != "" }) {
		e.base = e.base.Clone() // the snapshot is not ours to change
		e.base.InheritObjects(was)
	}
}

// failed notes an error and returns when to try again. A load in between does not reset the
// backoff: every failed save is followed by one.
func (e *entry) failed(now time.Time) time.Time {
	e.failures++
	return e.retryAfter(e.failures, now)
}

// panicked notes a panic and returns when to try again.
func (e *entry) panicked(now time.Time) time.Time {
	e.panics++
	return e.retryAfter(e.panics, now)
}

// retryAfter sets when to try again after so many failures in a row.
func (e *entry) retryAfter(failures int, now time.Time) time.Time {
	e.backingOff, e.retry = true, now.Add(min(firstRetry<<min(failures-1, 10), lastRetry))
	return e.retry
}

// setClock forgets what was measured by the clock before it was set: until when to
// wait after an error or for others to save with, and since when runs have been
// silent.
func (e *entry) setClock(now time.Time) {
	e.retry, e.savedAt, e.dirtySince, e.backingOff = time.Time{}, time.Time{}, time.Time{}, false
	e.bulkAt = time.Time{}
	e.since, e.requestSince = now, model.Earlier(e.requestSince, now)
	clear(e.verified)
}

// recovered forgets past errors.
func (e *entry) recovered() { e.failures, e.retry, e.backingOff = 0, time.Time{}, false }

// noteFirstAttempts keeps when the recorded runs were started first. In-process runs of another process
// ended with it.
func (e *entry) noteFirstAttempts(holder string) {
	for i := range e.base.Active {
		run := &e.base.Active[i]
		first, known := e.firstAttempts[run.Ref()]
		switch {
		case !run.HasAttempt() || known && first.Attempt != run.Attempt:
		case run.Holder == holder, run.Holder == "" && (known || run.Attempt == 1):
			e.firstAttempts[run.Ref()] = model.FirstAttempt{Attempt: run.Attempt, Start: run.Start}
		}
	}
}
