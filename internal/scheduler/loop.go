package scheduler

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/utils/clock"
)

// maxSleep is the longest time the loop sleeps, whatever the queue says: the
// wall clock may be set while a timer counts elapsed time (R10).
const maxSleep = 10 * time.Second

// minSleep is how long a Task is left alone that had nothing to do.
const minSleep = time.Millisecond

// ErrClosing is the cause with which the contexts of runs are cancelled when
// the process gives up its right to act.
var ErrClosing = errors.New("the scheduler is shutting down")

// Config is what a Scheduler needs.
type Config struct {
	// Holder names this process; another process, or this one after a
	// restart, has another name.
	Holder string
	Clock  clock.Clock
	// Elapsed is time that passes evenly, whatever happens to the wall clock,
	// counted from any fixed instant. Left out, it is read off Clock.
	Elapsed func() time.Duration
	// Confirm reports whether a clock outside this process agrees that it is now. After a
	// jump of the wall clock it ends the wait for the clock to be steady (R10). It must not
	// block. Default: nothing confirms the time.
	Confirm func(now time.Time) bool
	Store   Store
	// Pods carries out runs that live outside this process, InProcess those
	// that end with it.
	Pods, InProcess Executor
	Sink            Sink
	Log             logr.Logger
	// Saves bounds the saves and loads under way at a time; it may be shared.
	Saves chan struct{}
	// Searches works off the searches for far slots; it may be shared. Default: one of the
	// Scheduler's own.
	Searches *Searches
	// Lost is closed when the right to act is lost before its time: then
	// nothing is waited for. Left out, it never is.
	Lost <-chan struct{}
	// DrainTimeout is how long in-process runs may go on after Drain.
	DrainTimeout time.Duration
	// Woke is told how long after its time a Task was looked at, whenever the
	// time had come. It must not block. Left out, nobody is told.
	Woke func(late time.Duration)
	// ObservationDropped is called when an observation is about a Task that is not known
	// here. It must not block. Optional.
	ObservationDropped func()
	// Recover contains panics of the Store, the executors, the Sink and Decide. Its zero value
	// neither logs nor counts them.
	Recover Recoverer
}

// observationDropped calls ObservationDropped, if it is set.
func (c *Config) observationDropped() {
	if c.ObservationDropped != nil {
		c.ObservationDropped()
	}
}

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
	disown func(Key)

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
	work     context.Context // ends with the right to act
	jumps    jumpWatch
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
	if cfg.Woke == nil {
		cfg.Woke = func(time.Duration) {}
	}
	return &Scheduler{
		cfg: cfg, wake: make(chan struct{}, 1), entries: map[string]*entry{}, places: newPlaces(), pools: newPools(),
		disown:  func(Key) {},
		unsaved: map[*entry]struct{}{}, drained: make(chan struct{}), limits: map[string]int{},
	}
}

// Upsert hands over a Task as it stands. It does not block.
func (s *Scheduler) Upsert(snap Snapshot) {
	s.post(func() { s.upsert(snap) })
}

// Announce hands over the record of a Task that is yet to be translated. Of the Task itself
// it needs Key, Generation, Created, Request, Executor, Places and InProcess: they say what
// its runs use of the capacity. Nothing is decided before Upsert. It does not block.
func (s *Scheduler) Announce(snap Snapshot) {
	s.post(func() {
		if s.entries[snap.Task.Key.String()] == nil {
			s.add(snap).announced = true
		}
	})
}

// Remove forgets a Task that no longer exists, and cancels its in-process runs.
func (s *Scheduler) Remove(key Key) {
	s.post(func() {
		if e := s.entries[key.String()]; e != nil && (key.UID == "" || e.task.UID == key.UID) {
			s.forget(e)
		}
	})
}

// Observe hands over what was seen of a run. It does not block.
func (s *Scheduler) Observe(key Key, obs Observation) {
	s.post(func() {
		if e := s.entries[key.String()]; e != nil && e.task.UID == key.UID {
			if obs.over() {
				s.callOver(e, obs.AttemptRef())
			}
			e.sight(obs)
			s.note(e, obs)
			s.step(e)
			return
		}
		s.cfg.observationDropped()
	})
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
func (s *Scheduler) note(e *entry, obs Observation) {
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

// Run decides until ctx has ended and the Scheduler has drained, and then records what
// has ended. It returns at once when Config.Lost is closed.
func (s *Scheduler) Run(ctx context.Context) {
	work, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cancel(ErrClosing)
	s.work, s.begun = work, s.cfg.Elapsed()
	s.idleSince = s.begun
	timer := s.cfg.Clock.NewTimer(maxSleep)
	defer timer.Stop()
	for ended := ctx.Done(); ; {
		if ctx.Err() != nil {
			s.beginDrain()
			ended = nil // it is known
		}
		sleep := s.runOnce()
		s.measure()
		if s.retires() {
			close(s.drained)
			return
		}
		timer.Reset(sleep)
		if ctx.Err() != nil && s.isDrained() {
			break
		}
		select {
		case <-ended:
		case <-s.cfg.Lost:
			return
		case <-s.wake:
		case <-timer.C():
		}
	}
	s.flush(timer)
	cancel(ErrClosing)
}

// runOnce is one iteration of the loop: messages first, then what is due, both within a
// budget. It returns how long to sleep.
func (s *Scheduler) runOnce() time.Duration {
	if !s.receive() {
		return 0
	}
	s.serve()
	return s.advanceDrain(s.serveDue())
}

// receive takes in the messages. It reports false if some of a batch are left: nothing is due
// before all have been taken in that came together, since they may show that capacity is in
// use. What comes later is not waited for.
func (s *Scheduler) receive() bool {
	s.beat.Store(s.cfg.Clock.Now().UnixNano())
	if len(s.batch) == 0 {
		s.mu.Lock()
		s.batch, s.inbox = s.inbox, nil
		s.mu.Unlock()
	}
	for b := s.newBudget(); len(s.batch) > 0; {
		if !s.spend(&b) {
			return false
		}
		message := s.batch[0]
		s.batch[0], s.batch = nil, s.batch[1:]
		message()
	}
	s.batch = nil
	return true
}

// serveDue decides for the Tasks that are due. It returns how long nothing is, and zero if
// something is left.
func (s *Scheduler) serveDue() time.Duration {
	for b := s.newBudget(); s.spend(&b); {
		now := s.now()
		e, wait := s.queue.next(now)
		switch {
		case e != nil:
			s.cfg.Woke(now.Sub(e.wake))
			s.step(e)
			s.serve()
		case s.jumps.isDoubted():
			return confirmInterval
		case wait < 0:
			return maxSleep
		default:
			return min(wait, maxSleep)
		}
	}
	return 0
}

// now reads the clock, and notices when it has jumped (R10). Whenever it is to be
// seen in another light, every Task is looked at anew.
func (s *Scheduler) now() time.Time {
	now := s.cfg.Clock.Now()
	found := s.jumps.check(now, s.cfg.Elapsed())
	if s.jumps.isDoubted() && s.cfg.Confirm(now) {
		s.jumps.trust()
		found = confirmed
	}
	switch found {
	case noJump:
		return now
	case ahead:
		s.cfg.Log.Info("the clock has jumped ahead; nothing is decided until it has been steady for a while", "now", now, "steady", steady.String())
	case back:
		s.cfg.Log.Info("the clock was set back", "now", now)
	case believed:
		s.cfg.Log.Info("the clock is believed again", "now", now)
	case confirmed:
		s.cfg.Log.Info("the clock has jumped ahead, and another clock confirms the time", "now", now)
	}
	s.bulk = pacer{}
	for _, e := range s.entries {
		e.setClock(now)
		s.queue.set(e, now)
	}
	return now
}

// upsert is Upsert in the loop's goroutine.
func (s *Scheduler) upsert(snap Snapshot) {
	e := s.entries[snap.Task.Key.String()]
	if e != nil && e.task.UID != snap.Task.UID {
		s.forget(e)
		e = nil
	}
	switch {
	case e == nil:
		// Whatever else has come is taken in first: how many places are held
		// is known only then.
		e = s.add(snap)
		s.queue.set(e, e.since)
		return
	case e.busy:
		e.latest = &snap
		return
	default:
		s.accept(e, snap)
		s.places.hold(e)
	}
	s.count(e)
	s.step(e)
}

// add makes the entry of a Task.
func (s *Scheduler) add(snap Snapshot) *entry {
	now := s.now()
	e := &entry{
		key: snap.Task.Key, task: snap.Task, base: snap.Record, version: snap.Version, reloaded: true, confirmed: snap.Live, since: now, place: notQueued,
		verified: map[AttemptRef]time.Time{}, creating: map[AttemptRef]bool{}, begun: map[RunRef]BegunAttempt{}, requestSince: now,
	}
	s.arrivals++
	e.number = s.arrivals
	e.ctx, e.stop = context.WithCancel(s.work)
	e.runCtx, e.cancelRuns = context.WithCancelCause(e.ctx)
	// Nothing is decided on what a cache says of a record: it may lag behind what
	// another manager has saved. A Task that has none yet is new (S7).
	e.unsure = !snap.Live && !snap.Record.DecidedThrough.IsZero()
	s.entries[snap.Task.Key.String()] = e
	s.count(e)
	s.places.hold(e)
	return e
}

// setPaused is SetPaused in the loop's goroutine.
func (s *Scheduler) setPaused(paused bool) {
	resumed := s.paused && !paused
	if s.paused = paused; !resumed {
		return
	}
	now := s.now()
	for _, e := range s.entries {
		s.queue.set(e, now)
	}
}

// forget drops an entry. What runs in this process for it ends, and what is about to
// be created no longer is; what has been created goes with the Task (P3).
func (s *Scheduler) forget(e *entry) {
	e.gone = true
	s.count(e)
	s.queue.set(e, time.Time{})
	delete(s.entries, e.task.Key.String())
	s.trackUnsaved(e)
	s.places.release(e)
	e.stop()
	s.forgetCalls(e)
}

// step decides for one Task, and saves or acts.
func (s *Scheduler) step(e *entry) {
	s.last.Store(e)
	now := s.now()
	if !s.ready(e, now) {
		return
	}
	s.withdrawCalls(e, now)
	dec, ok := s.decide(e, now)
	if !ok {
		s.queue.set(e, e.failed(now))
		return
	}
	e.far = dec.Far
	s.seek(e, dec.Search)
	s.verify(e, dec)
	s.places.line(e, dec)
	if s.places.waitedFor(e, dec) {
		dec.Urgency = Now
	}
	if dec.Urgency == None {
		s.rest(e, dec, now)
		return
	}
	if at := s.saveAt(e, dec.Urgency, now); at.After(now) && !s.closing {
		if !dec.Wake.IsZero() && dec.Wake.Before(at) {
			at = dec.Wake
		}
		s.queue.set(e, at)
		return
	}
	s.save(e, dec)
}

// ready reports whether a Task can be decided about now, and if not, sees to it that
// it will be.
func (s *Scheduler) ready(e *entry, now time.Time) bool {
	switch {
	case e.gone || e.busy || e.announced:
		return false
	case s.jumps.isDoubted() && !s.closing:
		return false // all are looked at again when the clock is believed (R10)
	case now.Before(e.retry):
		s.queue.set(e, e.retry)
		return false
	}
	e.resting = false
	if e.unsure {
		s.load(e)
		return false
	}
	return true
}

// rest acts on a decision that changes nothing on record, and waits for the next.
func (s *Scheduler) rest(e *entry, dec Decision, now time.Time) {
	e.dirty, e.bulkAt, e.pending, e.reloaded = time.Time{}, time.Time{}, nil, false
	e.base = dec.Record // what the decision learned and is not worth a save, see Run.Created
	s.trackUnsaved(e)
	wake := dec.Wake
	if !wake.IsZero() {
		// A wake-up that has passed and yet left nothing to do must not keep
		// the loop from everything else.
		wake = later(wake, now.Add(minSleep))
	}
	s.queue.set(e, wake)
	s.carryOut(e, dec)
}

// decide calls Decide. It reports false if that panicked.
func (s *Scheduler) decide(e *entry, now time.Time) (dec Decision, ok bool) {
	e.noteBegun(s.cfg.Holder)
	in := Input{
		Task: e.task, Record: e.base, Now: now, Observations: e.pending,
		Holder: s.cfg.Holder, Reloaded: e.reloaded, Closing: s.closing || s.draining && e.task.InProcess, Since: e.since,
		Far: e.far, Counted: e.counted, TooExpensive: e.tooExpensive,
		Verified: e.verified, Creating: e.creating, Begun: e.begun, RequestSince: e.requestSince,
		Delay: e.task.StartupDelay - (s.cfg.Elapsed() - s.begun),
	}
	in.Task.SchedulerPaused = in.Task.SchedulerPaused || s.paused
	in.Places, in.Limited = s.places.free(e)
	err := s.cfg.Recover.Do(OperationDecide, e.task.Key, func() { dec = Decide(in) })
	return dec, err == nil
}

// verify has the runs read live that a decision asks for. One whose attempt may not
// have been started yet is started, which adopts it if it was. What the decision itself
// commands to be done with a run shows what has become of it, too.
func (s *Scheduler) verify(e *entry, dec Decision) {
	for _, run := range dec.Verify {
		if slices.ContainsFunc(dec.Commands, func(c Command) bool { return c.Kind != PruneRuns && c.Run.Ref() == run.Ref() }) {
			continue
		}
		i := e.base.find(run.Ref())
		switch {
		case i < 0 || e.base.Active[i].AttemptRef() != run.AttemptRef() || run.Holder != "": // not saved yet
		case run.State == Starting && e.verified[run.AttemptRef()].IsZero(): // it may not be there yet
			s.cfg.Pods.Start(e.ctx, e.task, run)
		default:
			s.cfg.Pods.Adopt(e.ctx, e.task, run)
		}
	}
}

// carryOut executes the commands of a decision once it is on record, and reports its events.
// After a panic the Task is read again later, which repeats what its record asks for.
func (s *Scheduler) carryOut(e *entry, dec Decision) {
	panicked := false
	for _, c := range dec.Commands {
		if s.cfg.Recover.Do(OperationCommand, e.task.Key, func() { s.execute(e, dec, c) }) != nil {
			panicked = true
		}
	}
	switch {
	case panicked:
		e.unsure = true
		s.queue.set(e, e.panicked(s.cfg.Clock.Now()))
	case len(dec.Commands) > 0:
		e.panics = 0
	}
	if len(dec.Events) > 0 {
		_ = s.cfg.Recover.Do(OperationReport, e.task.Key, func() { s.cfg.Sink.Report(e.task, dec.Events) }) // logged and counted
	}
}

// execute executes one command of a decision.
func (s *Scheduler) execute(e *entry, dec Decision, c Command) {
	executor := s.cfg.Pods
	if c.Run.Holder != "" {
		executor = s.cfg.InProcess
	}
	switch c.Kind {
	case StartRun:
		if c.Run.Holder != "" {
			s.startCall(e, c.Run)
			return
		}
		if c.New {
			e.creating[c.Run.AttemptRef()] = true
		}
		executor.Start(e.ctx, e.task, c.Run)
	case AdoptRun:
		executor.Adopt(e.ctx, e.task, c.Run)
	case StopRun:
		e.dropWait(c.Run)
		executor.Stop(e.ctx, e.task, c.Run)
		if dec.Record.find(c.Run.Ref()) < 0 { // given up: it may never report its end
			s.callOver(e, c.Run.AttemptRef())
		}
	case PruneRuns:
		// A cache that lags may not list a run whose Pod has finished.
		if e.confirmed {
			executor.Prune(e.ctx, e.task, dec.Record.Active)
		}
	}
}

// later is the later of two instants.
func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// earlier is the earlier of two instants.
func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
