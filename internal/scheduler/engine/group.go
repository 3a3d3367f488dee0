package engine

import (
	"context"
	"sync"
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/internal/scheduler/quota"
)

// Group holds the Schedulers of one process, one for each Scheduler object that has Tasks.
// A Scheduler is made for its first Task, and ends some time after its last one is gone.
type Group struct {
	cfg                        Config
	podQuotas, inProcessQuotas *quota.Quotas // nil: none

	mu      sync.Mutex
	members map[string]*member // by namespace/name of the Scheduler object
	owners  map[string]owner   // by namespace/name of the Task
	gate    startGate
	// start is set until the Group is to end.
	start func(*member)
	// phase numbers the holds of a drain, from 1; 0 before it. draining: Schedulers are drained,
	// those too that are yet to be made.
	phase    int64
	draining bool
	// listening: a loop runs that takes in what is seen of runs. It still does while
	// it drains: what runs in this process ends, and has to be recorded.
	listening bool
}

// member is a Scheduler of a Group.
type member struct {
	*Engine
	id        string
	namespace string
	started   bool
}

// owner says which Scheduler has a Task, and the UID of the Task.
type owner struct{ member, uid string }

// NewGroup returns a Group whose Schedulers share cfg. executors makes those of cfg, which report
// to the Group; nil: cfg has them.
func NewGroup(cfg Config, executors func(report model.Report) (pods, inProcess model.Executor)) *Group {
	f := &Group{cfg: cfg, members: map[string]*member{}, owners: map[string]owner{}}
	if executors != nil {
		f.cfg.Pods, f.cfg.InProcess = executors(f.Observe)
	}
	return f
}

// LimitNamespaces limits the runs of each kind that namespaces have. It is called before any Task
// is handed over.
func (f *Group) LimitNamespaces(pods, inProcess *quota.Quotas) {
	f.podQuotas, f.inProcessQuotas = pods, inProcess
}

// Run runs the Schedulers until ctx has ended and all of them have drained, or until
// the leadership is lost, see Config.Lost. To drain before other parts of the process
// end with ctx, call Drain first.
func (f *Group) Run(ctx context.Context) {
	var group sync.WaitGroup
	running, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	f.mu.Lock()
	f.start, f.listening = func(s *member) { group.Go(func() { s.Run(running) }) }, true
	for _, s := range f.members {
		f.startIfReleased(s)
	}
	f.mu.Unlock()
	group.Go(func() { f.watchStalls(running) })
	select {
	case <-ctx.Done():
		f.Drain()
	case <-f.cfg.Lost:
	}
	f.mu.Lock()
	f.start = nil
	f.mu.Unlock()
	end()
	group.Wait()
	f.mu.Lock()
	f.listening = false
	f.mu.Unlock()
}

// Upsert hands a Task to the Scheduler of that name in the Task's namespace.
func (f *Group) Upsert(scheduler string, snap model.Snapshot) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ownerOf(scheduler, snap.Task.Key).Upsert(snap)
}

// Announce hands a Task of which only the record is known so far to its Scheduler, see
// [Scheduler.Announce].
func (f *Group) Announce(scheduler string, snap model.Snapshot) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ownerOf(scheduler, snap.Task.Key).Announce(snap)
}

// SetPaused pauses the Scheduler of that name, or lets it go on, for all its Tasks at once.
// Each Task says so as well, in Task.SchedulerPaused, but to hand over very many takes time.
// It is paused as long as one of both is set.
func (f *Group) SetPaused(namespace, name string, paused bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if s := f.members[namespace+"/"+name]; s != nil {
		s.post(func() { s.setPaused(paused) })
	}
}

// ownerOf returns the Scheduler of a Task. Another one that had a Task of the same name, with
// another UID, forgets it.
func (f *Group) ownerOf(scheduler string, key model.Key) *member {
	is := owner{member: key.Namespace + "/" + scheduler, uid: key.UID}
	if was, ok := f.owners[key.String()]; ok && was.member != is.member {
		f.removeFrom(was, key)
	}
	f.owners[key.String()] = is
	return f.member(key.Namespace, scheduler)
}

// Remove forgets a Task, whichever Scheduler has it. An empty UID stands for any.
func (f *Group) Remove(key model.Key) {
	f.mu.Lock()
	defer f.mu.Unlock()
	was, ok := f.owners[key.String()]
	if !ok || key.UID != "" && key.UID != was.uid {
		return
	}
	delete(f.owners, key.String())
	f.removeFrom(was, key)
}

func (f *Group) removeFrom(was owner, key model.Key) {
	if s := f.members[was.member]; s != nil {
		s.Remove(model.Key{Namespace: key.Namespace, Name: key.Name, UID: was.uid})
	}
}

// Observe hands what was seen of a run to the Scheduler of that name in the
// Task's namespace. Nobody listens before the Group runs, nor where there is no
// Task: what matters is found again when there is.
func (f *Group) Observe(scheduler string, key model.Key, obs model.Observation) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if s := f.members[key.Namespace+"/"+scheduler]; f.listening && s != nil {
		s.Observe(key, obs)
		return
	}
	f.cfg.observationDropped()
}

// member returns the Scheduler of that name, and makes it if there is none.
func (f *Group) member(namespace, name string) *member {
	id := namespace + "/" + name
	if s := f.members[id]; s != nil {
		return s
	}
	cfg := f.cfg
	if f.podQuotas != nil {
		cfg.PodQuota, cfg.InProcessQuota = f.podQuotas.Share(namespace), f.inProcessQuotas.Share(namespace)
	}
	s := &member{Engine: New(cfg), id: id, namespace: namespace}
	s.retire = func() bool { return f.retire(s) }
	s.onTaskGone = func(key model.Key) { f.disown(s, key) }
	f.members[id] = s
	if !f.gate.isReleased(namespace) {
		f.gate.add(s)
	}
	f.startIfReleased(s)
	return s
}

// startIfReleased starts a Scheduler if the Group runs and the Scheduler may.
func (f *Group) startIfReleased(s *member) {
	if s.started || f.start == nil || !f.gate.isReleased(s.namespace) {
		return
	}
	s.started = true
	f.start(s)
	switch {
	case f.draining:
		s.Drain()
	case f.phase > 0:
		s.holdStarts(f.phase)
	}
}

// retire takes a Scheduler out of the Group that has nothing left to do. It reports false if
// something has arrived for it. Everything that is posted to a Scheduler from outside is
// posted with the Group's lock held, so that nothing can arrive afterwards.
func (f *Group) retire(s *member) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if s.hasMessages() {
		return false
	}
	for _, w := range s.quotaWaits() {
		w.over()
		w.settle()
	}
	delete(f.members, s.id)
	return true
}

// disown forgets that a Scheduler has a Task, unless something has arrived for the Scheduler:
// that may be a Task of the same name.
func (f *Group) disown(s *member, key model.Key) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(s.batch) == 0 && !s.hasMessages() && f.owners[key.String()] == (owner{member: s.id, uid: key.UID}) {
		delete(f.owners, key.String())
	}
}

// all returns the Schedulers.
func (f *Group) all() []*member {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := make([]*member, 0, len(f.members))
	for _, s := range f.members {
		all = append(all, s)
	}
	return all
}

// idleTime is how long a Scheduler without Tasks goes on before it ends: a Task that is
// replaced finds it still there.
const idleTime = time.Minute

// retires reports whether the Scheduler has had no Task for idleTime, and nothing is under way
// for one that is gone. If it does, nothing can be posted to it any more.
func (s *Engine) retires() bool {
	now := s.cfg.Elapsed()
	if len(s.entries) > 0 || s.inflight > 0 || s.runningInProcess > 0 || s.inProcess.permit.requested || s.startsHeld || s.retire == nil {
		s.idleSince = now
		return false
	}
	return now-s.idleSince >= idleTime && s.retire()
}

// hasMessages reports whether the loop has not taken in everything that was posted.
func (s *Engine) hasMessages() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.inbox) > 0
}
