package sim

import (
	"context"
	"fmt"
	"time"

	"github.com/go-logr/logr"

	"github.com/carillon-dev/carillon/internal/scheduler/engine"
	"github.com/carillon-dev/carillon/internal/scheduler/fair"
	"github.com/carillon-dev/carillon/internal/scheduler/fixture"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// simProcess is one life of a manager.
type simProcess struct {
	*engine.Engine
	sim    *sim
	holder string
	born   time.Time
	clock  *fixture.Clock
	gate   *fixture.Gate
	stop   context.CancelFunc
	done   chan struct{}

	requests map[string]int // to the store, by the UID of the Task
	creating map[string]*creating
	calls    map[string]*simCall
	listed   map[string]*simListed // the calls that records list, by their names
	// untold is by how much the counters of a Task, by its UID, are ahead of
	// what was reported of it, and misled says that this is not our doing.
	untold map[string]int64
	misled map[string]bool

	dead   bool // killed: nothing that it still does has an effect
	fenced bool // another one has taken over: it may not act, but its requests may still arrive
	deaf   bool // its watches are broken
}

// boot starts a manager that takes over from the one before it. Its caches may
// show it what was true some time ago.
func (s *sim) boot() {
	if s.live != nil {
		s.live.fenced = true
	}
	s.boots++
	s.disturb()
	ctx, cancel := context.WithCancel(context.Background())
	p := &simProcess{
		sim: s, holder: fmt.Sprintf("manager-%d", s.boots), born: time.Now(), gate: &fixture.Gate{}, stop: cancel, done: make(chan struct{}),
		requests: map[string]int{}, creating: map[string]*creating{}, calls: map[string]*simCall{}, listed: map[string]*simListed{}, untold: map[string]int64{}, misled: map[string]bool{},
	}
	skew := between(s.rng, -time.Second, time.Second)
	p.clock = &fixture.Clock{Gate: p.gate, Start: time.Now(), Skew: skew, Known: skew}
	p.Engine = engine.New(engine.Config{
		Holder: p.holder, Clock: p.clock, Elapsed: p.clock.Elapsed, Store: simStore{p}, Pods: simPods{p}, InProcess: simCalls{p}, Sink: p,
		Log: logr.Discard(), Saves: fair.NewSemaphore(1000), InProcessRuns: fair.NewSemaphore(1000), DrainTimeout: 20 * time.Second,
		Nonce: func() string { return fmt.Sprint(p.holder, "-", time.Now().UnixNano()) },
	})
	s.live = p
	s.procs = append(s.procs, p)
	primed := make(chan struct{})
	go func() {
		select {
		case <-primed:
			p.Run(ctx)
		case <-ctx.Done():
		}
		close(p.done)
	}()
	p.prime(primed)
}

// prime hands a process all Tasks as they are, as the list at a takeover does, and
// then lets it decide. Its caches may lag behind that for a while.
func (p *simProcess) prime(primed chan struct{}) {
	s := p.sim
	if p.dead {
		return
	}
	if s.down || p.gate.IsClosed() {
		s.in(time.Second, func() { p.prime(primed) })
		return
	}
	for i, name := range s.names {
		t := s.tasks[name]
		p.showEarlier(t)
		snap := s.compose(t, t.snap)
		snap.Live = true
		whole := snap
		snap.Task = fixture.AnnouncedTask(snap.Task)
		p.Announce(snap)
		if i%3 == 0 { // some take long to translate
			s.in(time.Duration(i)*100*time.Millisecond, func() { p.Upsert(whole) })
			continue
		}
		p.Upsert(whole)
	}
	close(primed)
	p.lag(0.1)
}

// showEarlier has the cache of a process be faster than the list at its takeover, and lag
// behind it all the same: a user may ask for a run after what it shows, and before the list.
// What has changed since then is handed on a while later.
func (p *simProcess) showEarlier(t *simTask) {
	s := p.sim
	if !chance(s.rng, 0.05) {
		return
	}
	old, ok := s.earlier(t)
	if !ok {
		return
	}
	if chance(s.rng, 0.3) {
		s.requestRun(t)
	}
	s.tracef(t, "%s is shown the Task as it was, active %v", p.holder, fixture.DescribeRuns(old.Record.Active))
	p.Upsert(s.compose(t, old))
	p.catchUp(t, old)
}

// earlier picks a version of a Task that a cache which lags may show.
func (s *sim) earlier(t *simTask) (old model.Snapshot, ok bool) {
	if len(t.past) == 0 {
		return old, false
	}
	old = pick(s.rng, t.past...)
	if chance(s.rng, 0.3) { // before anything was decided for it, with what was asked for before
		old = t.snap
		old.Version, old.Record, old.Task.Request = t.created, model.Record{}, request(t.asked-1)
	}
	return old, old.Version != ""
}

// catchUp has a cache that has shown a Task as it was come to show it as it is: only what a user
// has changed is handed on.
func (p *simProcess) catchUp(t *simTask, old model.Snapshot) {
	if old.Task.Generation != t.snap.Task.Generation || old.Task.Request != t.snap.Task.Request || old.Task.Cancel != t.snap.Task.Cancel {
		p.sim.in(between(p.sim.rng, 2*time.Second, time.Minute), func() { p.show(t) })
	}
}

// lag shows a process some Tasks as they were some time ago, as its cache has them. The
// cache catches up, but only what a user has changed is handed on.
func (p *simProcess) lag(stale float64) {
	s := p.sim
	for _, name := range s.names {
		t := s.tasks[name]
		if !chance(s.rng, stale) {
			continue
		}
		old, ok := s.earlier(t)
		if !ok {
			continue
		}
		s.in(between(s.rng, 0, 2*time.Second), func() {
			if !t.gone {
				s.tracef(t, "%s is shown the Task as it was, active %v", p.holder, fixture.DescribeRuns(old.Record.Active))
				p.Upsert(s.compose(t, old))
			}
		})
		p.catchUp(t, old)
	}
}

// sync shows a process everything there is, as a watch does that begins again.
func (p *simProcess) sync() {
	s := p.sim
	for _, name := range s.names {
		t := s.tasks[name]
		s.in(between(s.rng, 0, 2*time.Second), func() { p.show(t) })
		s.in(between(s.rng, 0, 3*time.Second), func() {
			for _, pod := range newest(t.pods) {
				p.observe(t, pod)
			}
			for _, pod := range newest(t.graves) {
				if pod.buried.After(p.born) { // it was in the cache, and is not any more
					p.observe(t, pod)
				}
			}
		})
	}
}

// show hands a Task to a process as it is now.
func (p *simProcess) show(t *simTask) {
	if p.deaf || p.sim.down || t.gone {
		return // it is shown all when that is over
	}
	p.sim.tracef(t, "%s is shown the Task", p.holder)
	p.Upsert(p.sim.compose(t, t.snap))
}

// crash kills a process, as SIGKILL does, and has another one start in a while.
func (p *simProcess) crash() {
	s := p.sim
	if p.dead || p != s.live || s.calm {
		return
	}
	s.tally.Crashes++
	away := about(s.rng, 30*time.Second)
	if chance(s.rng, 0.05) {
		away = about(s.rng, 6*time.Hour)
	}
	p.kill()
	end := s.disturbFor()
	s.in(away, func() {
		end()
		s.boot()
	})
}

// kill ends a process.
func (p *simProcess) kill() {
	p.dead = true
	p.abandonCreates()
	p.stop()
	p.gate.Open()
	p.leave()
}

// leave takes a process out of the world.
func (p *simProcess) leave() {
	s := p.sim
	if s.live == p {
		s.live = nil
	}
	for i, other := range s.procs {
		if other == p {
			s.procs = append(s.procs[:i:i], s.procs[i+1:]...)
			break
		}
	}
}

// Report implements Sink: what is counted is what was recorded.
func (p *simProcess) Report(task model.Task, events []model.Event) {
	p.sim.mu.Lock()
	defer p.sim.mu.Unlock()
	for _, e := range events {
		switch e.Kind {
		case model.SlotsDropped, model.SlotsCoalesced, model.RunFinished:
			p.untold[task.UID] -= e.Count
		case model.RunStarted, model.RunDelayed, model.AttemptFailed, model.StateChanged: // nothing is counted by them
		}
	}
}
