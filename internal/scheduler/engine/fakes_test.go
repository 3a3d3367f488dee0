package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/utils/clock"

	"github.com/carillon-dev/carillon/internal/scheduler/fair"
	"github.com/carillon-dev/carillon/internal/scheduler/fixture"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// world is what outlives a Scheduler in these tests: the store, and the runs
// that are outside the process. It stands for the API server and the nodes.
type world struct {
	mu      sync.Mutex
	tasks   map[string]*model.Snapshot
	version int
	saves   int
	// latency is how long it takes until a save is answered.
	latency time.Duration
	// fail, if set, is asked before every save; its error is returned, and
	// applied says whether the save was done all the same.
	fail func(save int) (err error, applied bool)

	// begun counts how often each attempt was really begun, by its name.
	begun map[string]int
	// running are the attempts that have begun and not ended.
	running map[string]model.Run
	// ends is when each attempt that has begun ends, by its name.
	ends map[string]time.Time
	over chan struct{} // the end of the test
}

// pass lets time pass; it reports false at the end of the test.
func (w *world) pass(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-w.over:
		return false
	}
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{tasks: map[string]*model.Snapshot{}, begun: map[string]int{}, running: map[string]model.Run{}, ends: map[string]time.Time{}, over: make(chan struct{})}
	t.Cleanup(func() { close(w.over) })
	return w
}

// apply creates a Task or edits it, as a user does.
func (w *world) apply(task model.Task) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.version++
	snap := w.tasks[task.Key.String()]
	if snap == nil {
		snap = &model.Snapshot{}
		w.tasks[task.Key.String()] = snap
	}
	task.Generation = snap.Task.Generation + 1
	snap.Task, snap.Version = task, model.Version(strconv.Itoa(w.version))
}

func (w *world) record(key model.Key) model.Record {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.tasks[key.String()].Record.Clone()
}

// snapshot returns a Task as it is stored.
func (w *world) snapshot(key model.Key) model.Snapshot {
	w.mu.Lock()
	defer w.mu.Unlock()
	return *w.tasks[key.String()]
}

// remove deletes a Task, as a user does.
func (w *world) remove(key model.Key) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.tasks, key.String())
}

// saved returns how many saves there were.
func (w *world) saved() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.saves
}

// starts returns how often each attempt was begun, by its name.
func (w *world) starts() map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.begun)
}

// Load implements Store.
func (w *world) Load(_ context.Context, key model.Key) (model.Snapshot, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	snap := w.tasks[key.String()]
	if snap == nil || snap.Task.UID != key.UID {
		return model.Snapshot{}, model.ErrGone
	}
	return *snap, nil
}

// Save implements Store. Like the API server it keeps whole seconds.
func (w *world) Save(_ context.Context, task model.Task, rec model.Record, version model.Version) (model.Version, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.saves++
	var failure error
	if w.fail != nil {
		err, applied := w.fail(w.saves)
		if err != nil && !applied {
			return "", err
		}
		failure = err
	}
	snap := w.tasks[task.Key.String()]
	switch {
	case snap == nil || snap.Task.UID != task.UID:
		return "", model.ErrGone
	case snap.Version != version:
		return "", model.ErrConflict
	}
	w.version++
	snap.Record, snap.Version = fixture.Whole(rec), model.Version(strconv.Itoa(w.version))
	return snap.Version, failure
}

// process is one life of a manager in a world.
type process struct {
	*Engine
	world  *world
	holder string
	events []model.Event
	stop   context.CancelFunc
	done   chan struct{}
	// takes is how long a run takes.
	takes time.Duration
	// dead: the process was killed, and nothing that it still does is seen.
	dead atomic.Bool
}

// boot starts a Scheduler and hands it every Task of the world.
func (w *world) boot(holder string, takes time.Duration) *process {
	return w.bootWith(holder, takes, func(*Config) {})
}

// bootWith is boot with another configuration. What a cache says of Tasks
// may be given; otherwise it is what is true.
func (w *world) bootWith(holder string, takes time.Duration, mod func(*Config), cached ...model.Snapshot) *process {
	ctx, cancel := context.WithCancel(context.Background())
	p := &process{world: w, holder: holder, stop: cancel, done: make(chan struct{}), takes: takes}
	cfg := Config{
		Holder: holder, Clock: clock.RealClock{}, Store: mortal{p}, Pods: pods{p}, InProcess: calls{p}, Sink: p,
		Log: logr.Discard(), Saves: fair.NewSemaphore(4), DrainTimeout: 5 * time.Second,
	}
	mod(&cfg)
	p.Engine = New(cfg)
	go func() {
		p.Run(ctx)
		close(p.done)
	}()
	if len(cached) == 0 {
		w.mu.Lock()
		for _, snap := range w.tasks {
			cached = append(cached, *snap)
		}
		w.mu.Unlock()
	}
	for _, snap := range cached {
		p.Upsert(snap)
	}
	return p
}

// Report implements Sink.
func (p *process) Report(_ model.Task, events []model.Event) {
	p.world.mu.Lock()
	defer p.world.mu.Unlock()
	p.events = append(p.events, events...)
}

// reported returns the events so far.
func (p *process) reported() []model.Event {
	p.world.mu.Lock()
	defer p.world.mu.Unlock()
	return slices.Clone(p.events)
}

// crash ends a process as SIGKILL does, from the world's point of view.
func (p *process) crash() {
	p.dead.Store(true)
	p.shutdown()
}

// mortal is the world as a Store of a process: it does nothing for a dead one,
// and takes its time, in which the process may die.
type mortal struct{ *process }

var errDead = errors.New("the process is dead")

func (x mortal) Load(ctx context.Context, key model.Key) (model.Snapshot, error) {
	if x.dead.Load() {
		return model.Snapshot{}, errDead
	}
	return x.world.Load(ctx, key)
}

func (x mortal) Save(ctx context.Context, task model.Task, rec model.Record, version model.Version) (model.Version, error) {
	if x.dead.Load() {
		return "", errDead
	}
	v, err := x.world.Save(ctx, task, rec, version)
	select {
	case <-time.After(x.world.latency):
		return v, err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// shutdown stops the process in order.
func (p *process) shutdown() {
	p.stop()
	<-p.done
}

// pods is an executor whose runs outlive the process, as Pods do.
type pods struct{ *process }

func (x pods) Start(_ context.Context, task model.Task, run model.Run) {
	x.world.mu.Lock()
	defer x.world.mu.Unlock()
	if x.dead.Load() {
		return
	}
	if x.world.begun[run.Name] == 0 {
		x.world.begun[run.Name]++
		x.world.running[run.Name] = run
		x.world.ends[run.Name] = time.Now().Add(x.takes)
	}
	x.watch(task, run)
}

func (x pods) Adopt(_ context.Context, task model.Task, run model.Run) {
	x.world.mu.Lock()
	defer x.world.mu.Unlock()
	x.watch(task, run)
}

func (x pods) Stop(_ context.Context, task model.Task, run model.Run) {
	x.Observe(task.Key, model.Observation{Run: run.Ref(), Attempt: run.Attempt, Phase: model.PhaseNotFound})
}

func (x pods) Prune(context.Context, model.Task, []model.Run) {}

// watch reports what the run is doing, and its end.
func (x pods) watch(task model.Task, run model.Run) {
	end, begun := x.world.ends[run.Name]
	if !begun {
		x.Observe(task.Key, model.Observation{Run: run.Ref(), Attempt: run.Attempt, Phase: model.PhaseNotFound, SeenAt: time.Now()})
		return
	}
	if time.Now().Before(end) {
		x.Observe(task.Key, model.Observation{Run: run.Ref(), Attempt: run.Attempt, Phase: model.PhaseRunning, Start: run.Start, SeenAt: time.Now()})
	}
	go func() {
		if !x.world.pass(time.Until(end)) {
			return
		}
		x.world.mu.Lock()
		delete(x.world.running, run.Name)
		x.world.mu.Unlock()
		x.Observe(task.Key, model.Observation{Run: run.Ref(), Attempt: run.Attempt, Phase: model.PhaseFinished, Outcome: model.Succeeded, Reason: model.ReasonSucceeded, Finish: time.Now()})
	}()
}

// calls is an executor whose runs end with the process.
type calls struct{ *process }

func (x calls) Start(ctx context.Context, task model.Task, run model.Run) {
	x.world.mu.Lock()
	defer x.world.mu.Unlock()
	id := fmt.Sprint(task.Name, run.Slot.Unix(), x.holder)
	if x.world.begun[id]++; x.world.begun[id] > 1 {
		return // known already
	}
	go func() {
		timer := time.NewTimer(x.takes)
		defer timer.Stop()
		select {
		case <-ctx.Done():
		case <-timer.C:
			x.Observe(task.Key, model.Observation{Run: run.Ref(), Attempt: run.Attempt, Phase: model.PhaseFinished, Outcome: model.Succeeded, Reason: model.ReasonSucceeded, Finish: time.Now()})
		}
	}()
}

func (x calls) Adopt(ctx context.Context, task model.Task, run model.Run) { x.Start(ctx, task, run) }
func (x calls) Stop(context.Context, model.Task, model.Run)               {}
func (x calls) Prune(context.Context, model.Task, []model.Run)            {}

// nowTask is a Task that is created now and runs every so many seconds.
func nowTask(tb testing.TB, name string, seconds int64, mods ...func(*model.Task)) model.Task {
	tb.Helper()
	task := fixture.MakeTask(fixture.Every(tb, seconds), mods...)
	task.Key = model.Key{Namespace: "ns", Name: name, UID: "uid-" + name}
	return task
}
