package scheduler

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"
)

// Fleet holds the Schedulers of one process, one for each Scheduler object,
// made when it is first needed.
type Fleet struct {
	cfg Config

	mu      sync.Mutex
	members map[string]*Scheduler
	// start is set until the Fleet is to end.
	start func(*Scheduler)
	// draining: Schedulers are drained, those too that are yet to be made.
	draining bool
	// listening: a loop runs that takes in what is seen of runs. It still does while
	// it drains: what runs in this process ends, and has to be recorded.
	listening bool
}

// NewFleet returns a Fleet whose Schedulers share cfg.
func NewFleet(cfg Config) *Fleet {
	return &Fleet{cfg: cfg, members: map[string]*Scheduler{}}
}

// Run runs the Schedulers until ctx has ended and all of them have drained, or until
// the right to act is lost, see Config.Lost. To drain before other parts of the process
// end with ctx, call Drain first.
func (f *Fleet) Run(ctx context.Context) {
	var group sync.WaitGroup
	running, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	f.mu.Lock()
	f.start, f.listening = func(s *Scheduler) { group.Go(func() { s.Run(running) }) }, true
	for _, member := range f.members {
		f.start(member)
	}
	f.mu.Unlock()
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

// Drain has all Schedulers drained, see [Scheduler.Drain], and waits until they have. It
// returns at once if the Fleet does not run, and when the right to act is lost.
func (f *Fleet) Drain() {
	f.mu.Lock()
	var members []*Scheduler
	if f.start != nil {
		f.draining = true
		members = slices.Collect(maps.Values(f.members))
	}
	f.mu.Unlock()
	for _, s := range members {
		s.Drain()
	}
	for _, s := range members {
		select {
		case <-s.Drained():
		case <-f.cfg.Lost:
			return
		}
	}
}

// Upsert hands a Task to the Scheduler of that name in the Task's namespace.
func (f *Fleet) Upsert(scheduler string, snap Snapshot) {
	f.member(snap.Task.Namespace, scheduler).Upsert(snap)
}

// Remove forgets a Task, whichever Scheduler had it. An empty UID stands for
// any.
func (f *Fleet) Remove(key Key) {
	for _, s := range f.all() {
		s.Remove(key)
	}
}

// Observe hands what was seen of a run to the Scheduler of that name in the
// Task's namespace. Nobody listens before the Fleet runs, nor where there is no
// Task: what matters is found again when there is.
func (f *Fleet) Observe(scheduler string, key Key, obs Observation) {
	f.mu.Lock()
	s, listening := f.members[key.Namespace+"/"+scheduler], f.listening
	f.mu.Unlock()
	if listening && s != nil {
		s.Observe(key, obs)
	}
}

// Stuck reports whether a loop has not gone round for longer than the span.
func (f *Fleet) Stuck(now time.Time, span time.Duration) bool {
	return f.Stats(now).Silence > span
}

func (f *Fleet) member(namespace, name string) *Scheduler {
	f.mu.Lock()
	defer f.mu.Unlock()
	id := namespace + "/" + name
	s := f.members[id]
	if s == nil {
		s = New(f.cfg)
		f.members[id] = s
		if f.start != nil {
			f.start(s)
		}
		if f.draining {
			s.Drain()
		}
	}
	return s
}

func (f *Fleet) all() []*Scheduler {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := make([]*Scheduler, 0, len(f.members))
	for _, s := range f.members {
		all = append(all, s)
	}
	return all
}
