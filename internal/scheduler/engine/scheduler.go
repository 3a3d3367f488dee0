package engine

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// Scheduler is one core instance: it decides the slots of the Tasks of one
// Scheduler object. It keeps nothing that the records do not hold, and can be
// stopped and built anew anywhere at any moment.
type Scheduler struct {
	cfg Config

	mu    sync.Mutex
	inbox []func()
	wake  chan struct{} // capacity 1: a wake-up is a hint, not a message
	beat  atomic.Int64
	last  atomic.Pointer[entry] // decided about last
	// retire takes the Scheduler out of its Fleet, see Fleet.retire. Nil: it never ends by itself.
	retire func() bool
	// disown makes the Fleet forget that the Scheduler has a Task, which does not exist any more.
	disown func(model.Key)

	census census
	usage  usage

	// The rest belongs to the loop's goroutine.

	// batch are the messages that are being taken in; they are before those of the inbox.
	batch    []func()
	entries  map[string]*entry // by namespace/name
	queue    dueQueue
	places   places
	pools    pools
	limits   map[string]int // how many runs the executors that have a limit may have active
	bulk     pacer
	paused   bool // whatever the Tasks say, see Fleet.SetPaused
	arrivals uint64
	begun    time.Duration // elapsed time when it was begun to run
	inflight int
	work     context.Context // ends with the leadership
	jumps    jumpWatch
	// now is the time of the iteration, and nowElapsed the elapsed time that it was read at.
	// All that was reported until then has been taken in before anything is decided.
	now        time.Time
	nowElapsed time.Duration
	// unsaved are the entries with observations that no saved record contains.
	unsaved map[*entry]struct{}
	// inside is how many in-process runs are being carried out.
	inside int
	// draining: no in-process run is started. drainEnd is when those that are being
	// carried out are cancelled. drained is closed when there are none left.
	draining bool
	drainEnd time.Time
	drained  chan struct{}
	closing  bool
	// idleSince is the elapsed time since which there has been nothing to do.
	idleSince time.Duration
}

// New returns a Scheduler that does nothing until it is run.
func New(cfg Config) *Scheduler {
	if cfg.Elapsed == nil {
		start := cfg.Clock.Now()
		cfg.Elapsed = func() time.Duration { return cfg.Clock.Since(start) }
	}
	if cfg.Confirm == nil {
		cfg.Confirm = func(time.Time) bool { return false }
	}
	if cfg.Searches == nil {
		cfg.Searches = NewSearches(1)
	}
	if cfg.Nonce == nil {
		cfg.Nonce = func() string { return "" }
	}
	if cfg.Woke == nil {
		cfg.Woke = func(time.Duration) {}
	}
	s := &Scheduler{
		cfg: cfg, wake: make(chan struct{}, 1), entries: map[string]*entry{}, places: newPlaces(cfg.PodQuota), pools: newPools(cfg.InProcessQuota),
		queue:   newDueQueue(),
		disown:  func(model.Key) {},
		unsaved: map[*entry]struct{}{}, drained: make(chan struct{}), limits: map[string]int{},
	}
	s.jumps.check(cfg.Clock.Now(), cfg.Elapsed()) // a jump is noticed also when it comes before the first iteration
	return s
}

// Upsert hands over a Task as it stands. It does not block.
func (s *Scheduler) Upsert(snap model.Snapshot) {
	s.post(func() { s.upsert(snap) })
}

// Announce hands over the record of a Task that is yet to be translated. Of the Task itself
// it needs Key, Generation, Created, Request, Executor, Places and InProcess: they say what
// its runs use of the capacity. Nothing is decided before Upsert. It does not block.
func (s *Scheduler) Announce(snap model.Snapshot) {
	s.post(func() {
		if s.entries[snap.Task.Key.String()] == nil {
			s.add(snap).announced = true
		}
	})
}

// Remove forgets a Task that no longer exists, and cancels its in-process runs.
func (s *Scheduler) Remove(key model.Key) {
	s.post(func() {
		if e := s.entries[key.String()]; e != nil && (key.UID == "" || e.task.UID == key.UID) {
			s.forget(e)
		}
	})
}

// Observe hands over what was seen of a run. It does not block.
func (s *Scheduler) Observe(key model.Key, obs model.Observation) {
	s.post(func() {
		if e := s.entries[key.String()]; e != nil && e.task.UID == key.UID {
			if obs.Over() {
				s.callOver(e, obs.AttemptRef())
			}
			s.takeIn(e, obs)
			return
		}
		s.cfg.observationDropped()
	})
}

// takeIn takes in an observation, and those that had to wait for it.
func (s *Scheduler) takeIn(e *entry, obs model.Observation) {
	if e.waitsForAnswer(obs) {
		return
	}
	for _, obs := range append([]model.Observation{obs}, e.answered(obs)...) {
		e.sight(obs)
		s.note(e, obs)
	}
	s.queue.set(e, s.now)
}

// post hands a message to the loop.
func (s *Scheduler) post(message func()) {
	s.mu.Lock()
	s.inbox = append(s.inbox, message)
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// note keeps an observation until it is saved.
func (s *Scheduler) note(e *entry, obs model.Observation) {
	e.note(obs)
	s.trackUnsaved(e)
}

// trackUnsaved keeps unsaved in step with an entry.
func (s *Scheduler) trackUnsaved(e *entry) {
	if len(e.pending) > 0 && !e.gone {
		s.unsaved[e] = struct{}{}
	} else {
		delete(s.unsaved, e)
	}
}
