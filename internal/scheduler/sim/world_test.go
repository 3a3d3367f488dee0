package sim

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// simConfig says how large a simulation is. Together with the code it determines
// all that happens in it.
type simConfig struct {
	seed  uint64
	days  int
	tasks int
	// pace is the mean distance of the slots of a Task.
	pace time.Duration
	// chaos is how many disturbances of every kind there are in a day, and
	// edits how many acts of its user a Task sees in a day.
	chaos, edits float64
	// crash is how probable it is that a manager dies at one step of a save.
	crash float64
	// startupDelay is for how long a manager that has taken over starts nothing.
	startupDelay time.Duration
}

// sim is a world in simulated time: an API server with Tasks, nodes with Pods,
// users, and managers that come and go. mu guards everything.
type sim struct {
	simConfig
	tb   testing.TB
	dice dice

	mu sync.Mutex
	// rng is for what one thing after the other, in simulated time, draws from.
	rng   *rand.Rand
	begin time.Time
	over  bool

	tasks   map[string]*simTask
	names   []string // of tasks, in the order of their creation
	version int
	ending  time.Time            // when the Scheduler was deleted; zero: there is one
	paused  bool                 // the Scheduler is
	full    map[string]time.Time // when an executor last had no place
	calm    bool                 // no further disturbance begins

	live  *simProcess // the manager that holds the lease
	procs []*simProcess
	boots int

	// troubles counts the disturbances under way that concern every Task, and
	// trouble is when there last was one.
	troubles int
	trouble  time.Time
	down     bool // the API server is
	flaky    bool // it often fails

	digest uint64 // of all that was recorded, to compare two runs
	tally  tally
}

// tally counts what a simulation has covered.
type tally struct {
	Slots, Runs, Saves, Conflicts, Crashes, Restarts, Stalls, Takeovers, Jumps, Outages, Edits, Requests, Cancels, Forgeries int64
	Counts                                                                                                                   model.Counters
	Reasons                                                                                                                  map[string]int64
}

// simTask is a Task with its record and all that there is of it in the world.
type simTask struct {
	snap    model.Snapshot
	past    []model.Snapshot // the newest earlier versions, as a cache that lags shows them
	created model.Version    // its first one
	missing bool             // what it refers to does not exist
	gone    bool
	pods    map[string]*simPod
	graves  map[string]*simPod  // Pods that are gone, of runs that are unfinished
	fates   map[string]*simFate // of attempts whose runs are unfinished
	model   naiveModel
	writer  *simProcess // who wrote the record last
	// touched is when something last happened that excuses a delay of this Task.
	touched time.Time
	// backlog is the run of a backlog that the others have to wait for, and
	// cleared is when there last was one.
	backlog *model.RunRef
	cleared time.Time
	// asked is how many runs were asked for, and requested when the latest was.
	asked     int
	requested time.Time
	// cancels is how often its runs were to be cancelled, and cancelled are those of its unfinished
	// runs that were: none of them may begin another attempt.
	cancels   int
	cancelled map[model.RunRef]bool
	// between is when each unfinished run first waited for a further attempt.
	between map[model.RunRef]time.Time
	// misdated is when a manager whose clock was wrong last wrote the record.
	misdated time.Time
}

// simEpoch is when simulations begin. It is far enough from the years in which
// time zone rules are exotic, and both hemispheres change their clocks in the
// first months.
var simEpoch = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

func newSim(tb testing.TB, cfg simConfig) *sim {
	tb.Helper()
	return &sim{
		simConfig: cfg, tb: tb, dice: dice(cfg.seed), rng: dice(cfg.seed).of("world", "", 0),
		tasks: map[string]*simTask{}, full: map[string]time.Time{}, tally: tally{Reasons: map[string]int64{}},
	}
}

// in does something after a while, with the lock held.
func (s *sim) in(d time.Duration, do func()) {
	time.AfterFunc(d, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if !s.over {
			do()
		}
	})
}

// locked does something now.
func (s *sim) locked(do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	do()
}

// failf reports what must not be and ends the simulation: whatever comes after
// follows from it.
func (s *sim) failf(format string, args ...any) {
	if s.over {
		return
	}
	s.over = true
	s.tb.Errorf("%s: %s", time.Now().UTC().Format(time.RFC3339Nano), fmt.Sprintf(format, args...))
}

func (s *sim) traced(t *simTask) bool { return t.snap.Task.Name == *simTrace }

// tracef tells what happens to the Task that -sim.trace names.
func (s *sim) tracef(t *simTask, format string, args ...any) {
	if s.traced(t) {
		s.tb.Logf("%s %s", time.Now().UTC().Format(time.RFC3339Nano), fmt.Sprintf(format, args...))
	}
}

// disturb notes a disturbance of every Task at this moment.
func (s *sim) disturb() { s.trouble = time.Now() }

// disturbFor notes a disturbance that ends when the returned function is called.
func (s *sim) disturbFor() (end func()) {
	s.troubles++
	s.disturb()
	return func() {
		s.troubles--
		s.disturb()
	}
}

// create makes a Task, as a user does.
func (s *sim) create(task model.Task) {
	name := task.Key.String()
	if s.tasks[name] == nil {
		s.names = append(s.names, name)
	}
	t := &simTask{pods: map[string]*simPod{}, graves: map[string]*simPod{}, fates: map[string]*simFate{}, between: map[model.RunRef]time.Time{}}
	s.tasks[name] = t
	t.snap.Task = task
	s.edit(t, func(*model.Task) {})
	t.created = t.snap.Version
}

// edit changes the spec of a Task.
func (s *sim) edit(t *simTask, change func(*model.Task)) {
	s.change(t, func(task *model.Task) {
		change(task)
		task.Generation++
	})
}

// change changes what a user can of a Task, and shows it to the managers.
func (s *sim) change(t *simTask, change func(*model.Task)) {
	if t.past = append(t.past, t.snap); len(t.past) > 3 {
		t.past = slices.Delete(t.past, 0, 1)
	}
	change(&t.snap.Task)
	t.snap.Version = s.nextVersion()
	t.touched = time.Now()
	s.tracef(t, "the user writes: %s; %s", t.snap.Task.Trigger, describeTask(t.snap.Task))
	s.announce(t)
}

// remove deletes a Task; the garbage collector takes its Pods along.
func (s *sim) remove(t *simTask) {
	t.gone = true
	key := t.snap.Task.Key
	delete(s.tasks, key.String())
	s.names = slices.DeleteFunc(s.names, func(name string) bool { return name == key.String() })
	for _, p := range s.procs {
		s.in(between(s.rng, 0, 2*time.Second), func() { p.Remove(key) })
	}
}

func (s *sim) nextVersion() model.Version {
	s.version++
	return model.Version(strconv.Itoa(s.version))
}

// announce shows a Task to every manager that watches, in a moment.
func (s *sim) announce(t *simTask) {
	lag := between(s.rng, 0, 2*time.Second)
	if chance(s.rng, 0.03) {
		lag = between(s.rng, 0, time.Minute)
	}
	for _, p := range s.procs {
		s.in(lag, func() { p.show(t) })
	}
}

// compose is a version of a Task as a manager takes it, together with what it
// refers to.
func (s *sim) compose(t *simTask, snap model.Snapshot) model.Snapshot {
	snap.Record = snap.Record.Clone()
	snap.Task.SchedulerPaused, snap.Task.StartupDelay = s.paused, s.startupDelay
	snap.Task.Missing = nil
	if s.ending != (time.Time{}) {
		if snap.Task.Trigger != nil && snap.Task.Trigger.Shutdown() {
			snap.Task.SchedulerDeleted = s.ending
		} else {
			snap.Task.Missing = &model.Problem{Reason: "SchedulerNotFound", Message: "It has been deleted."}
		}
	}
	if t.missing {
		snap.Task.Missing = &model.Problem{Reason: "UnknownHandler", Message: "It has not been registered."}
	}
	return snap
}

// note adds something that was recorded to the digest, in any order.
func (s *sim) note(parts ...any) {
	h := fnv.New64a()
	fmt.Fprintln(h, append(parts, time.Now().UnixNano())...)
	s.digest += h.Sum64()
}
