package engine

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// Engine is one core instance: it decides the slots of the Tasks of one
// Scheduler object. It keeps nothing that the records do not hold, and can be
// stopped and built anew anywhere at any moment.
type Engine struct {
	cfg Config

	mu            sync.Mutex
	inbox         []func()
	wake          chan struct{} // capacity 1: a wake-up is a hint, not a message
	lastIteration atomic.Int64
	last          atomic.Pointer[entry] // decided about last
	// retire takes the Scheduler out of its Group, see Group.retire. Nil: it never ends by itself.
	retire func() bool
	// onTaskGone makes the Group forget that the Scheduler has a Task, which does not exist any more.
	onTaskGone func(model.Key)

	counters counters
	usage    usage
	// quietHold and passedHold are the phases of which isQuiet and wasQuiet are true.
	quietHold, passedHold atomic.Int64

	// The rest belongs to the loop's goroutine.

	// batch are the messages that are being taken in; they are before those of the inbox.
	batch      []func()
	entries    map[string]*entry // by namespace/name
	queue      dueQueue
	podPermits podPermits
	inProcess  inProcessPermits
	limits     map[string]int // how many runs the executors that have a limit may have active
	bulk       pacer
	paused     bool // whatever the Tasks say, see Group.SetPaused
	arrivals   uint64
	begun      time.Duration // elapsed time when it was begun to run
	inflight   int
	work       context.Context // ends with the leadership
	clockJumps clockJumpDetector
	// now is the time of the iteration, and nowElapsed the elapsed time that it was read at.
	// All that was reported until then has been taken in before anything is decided.
	now        time.Time
	nowElapsed time.Duration
	// unsaved are the entries with observations that no saved record contains.
	unsaved map[*entry]struct{}
	// runningInProcess is how many in-process runs are being carried out.
	runningInProcess int
	// startsHeld: no in-process run is started. draining: none is started any more, and those
	// that are being carried out are cancelled at drainEnd. drained is closed when there are
	// none left.
	startsHeld, draining bool
	drainEnd             time.Time
	drained              chan struct{}
	hold                 hold
	// closing: the Scheduler flushes, since that elapsed time.
	closing      bool
	closingSince time.Duration
	// idleSince is the elapsed time since which there has been nothing to do.
	idleSince time.Duration
}

// New returns a Scheduler that does nothing until it is run.
func New(cfg Config) *Engine {
	if cfg.Elapsed == nil {
		start := cfg.Clock.Now()
		cfg.Elapsed = func() time.Duration { return cfg.Clock.Since(start) }
	}
	if cfg.ConfirmTime == nil {
		cfg.ConfirmTime = func(time.Time) bool { return false }
	}
	if cfg.Searches == nil {
		cfg.Searches = NewSearches(1)
	}
	if cfg.Nonce == nil {
		cfg.Nonce = func() string { return "" }
	}
	if cfg.OnWakeup == nil {
		cfg.OnWakeup = func(time.Duration) {}
	}
	s := &Engine{
		cfg: cfg, wake: make(chan struct{}, 1), entries: map[string]*entry{}, podPermits: newPodPermits(cfg.PodQuota), inProcess: newInProcessPermits(cfg.InProcessQuota),
		queue:      newDueQueue(),
		onTaskGone: func(model.Key) {},
		unsaved:    map[*entry]struct{}{}, drained: make(chan struct{}), limits: map[string]int{},
	}
	s.clockJumps.check(cfg.Clock.Now(), cfg.Elapsed()) // a jump is noticed also when it comes before the first iteration
	return s
}

// Upsert hands over a Task as it stands. It does not block.
func (s *Engine) Upsert(snap model.Snapshot) {
	s.post(func() { s.upsert(snap) })
}

// Announce hands over the record of a Task that is yet to be translated. Of the Task itself
// it needs Key, Generation, Created, Request, Executor, Places and InProcess: they say what
// its runs use of the capacity. Nothing is decided before Upsert. It does not block.
func (s *Engine) Announce(snap model.Snapshot) {
	s.post(func() {
		if s.entries[snap.Task.Key.String()] == nil {
			s.add(snap).announced = true
		}
	})
}

// Remove forgets a Task that no longer exists, and cancels its in-process runs.
func (s *Engine) Remove(key model.Key) {
	s.post(func() {
		if e := s.entries[key.String()]; e != nil && (key.UID == "" || e.task.UID == key.UID) {
			s.removeEntry(e)
		}
	})
}

// Observe hands over what was seen of a run. It does not block.
func (s *Engine) Observe(key model.Key, obs model.Observation) {
	s.post(func() {
		if e := s.entries[key.String()]; e != nil && e.task.UID == key.UID {
			if obs.IsFinal() {
				s.finishInProcess(e, obs.AttemptRef())
			}
			s.applyObservation(e, obs)
			return
		}
		s.cfg.observationDropped()
	})
}

// applyObservation takes in an observation, and those that had to wait for it.
func (s *Engine) applyObservation(e *entry, obs model.Observation) {
	if e.defersObservation(obs) {
		return
	}
	for _, obs := range append([]model.Observation{obs}, e.deferredObservations(obs)...) {
		e.updateVerified(obs)
		s.note(e, obs)
	}
	s.queue.set(e, s.now)
}

// post hands a message to the loop.
func (s *Engine) post(message func()) {
	s.mu.Lock()
	s.inbox = append(s.inbox, message)
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// note keeps an observation until it is saved.
func (s *Engine) note(e *entry, obs model.Observation) {
	e.note(obs)
	s.trackUnsaved(e)
}

// trackUnsaved keeps unsaved in step with an entry.
func (s *Engine) trackUnsaved(e *entry) {
	if len(e.pending) > 0 && !e.gone {
		s.unsaved[e] = struct{}{}
	} else {
		delete(s.unsaved, e)
	}
}
