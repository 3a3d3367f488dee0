package sim

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/fixture"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// creating is a Pod that a process is about to create.
type creating struct {
	task model.Task
	run  model.Run
}

// simPods carries runs out as Pods, which outlive the process.
type simPods struct{ *simProcess }

// Start implements Executor.
func (x simPods) Start(ctx context.Context, task model.Task, run model.Run) {
	x.sim.mu.Lock()
	defer x.sim.mu.Unlock()
	if x.mayAct(ctx) && x.creating[run.Name] == nil {
		c := &creating{task, run}
		x.creating[run.Name] = c
		x.later(run, func() { x.create(ctx, c, time.Now()) })
	}
}

// later does something when a request has got to the server.
func (x simPods) later(run model.Run, do func()) {
	rng := x.sim.dice.of("request", x.holder+"/"+run.Name, x.requests[run.Name])
	x.requests[run.Name]++
	latency := between(rng, time.Millisecond, 50*time.Millisecond)
	if chance(rng, 0.01) {
		latency = between(rng, 0, 3*time.Second)
	}
	x.sim.in(latency, do)
}

// mayAct reports whether a request of the process has an effect.
func (x simPods) mayAct(ctx context.Context) bool { return !x.dead && !x.fenced && ctx.Err() == nil }

// create creates the Pod, or takes over the one that is there. What may pass is
// waited for.
func (x simPods) create(ctx context.Context, c *creating, since time.Time) {
	s := x.sim
	t := s.tasks[c.task.Key.String()]
	if x.creating[c.run.Name] != c || !x.mayAct(ctx) || t == nil || t.snap.Task.UID != c.task.UID {
		return
	}
	again := func() {
		s.in(between(s.dice.of("again", c.run.Name, x.requests[c.run.Name]), 2*time.Second, 5*time.Second), func() { x.create(ctx, c, since) })
	}
	x.requests[c.run.Name]++
	fate := s.fate(t, c.run)
	if s.down || x.gate.IsClosed() {
		again()
		return
	}
	if pod := t.pods[c.run.Name]; pod != nil {
		delete(x.creating, c.run.Name)
		x.read(t, pod)
		return
	}
	late := x.clock.Read().Sub(c.run.Due)
	switch {
	case c.run.Attempt == 1 && c.task.Grace > 0 && late > c.task.Grace:
		delete(x.creating, c.run.Name)
		x.tell(c, model.Observation{Phase: model.PhaseMisfired, Message: model.GraceMessage(late, c.task.Grace)})
	case time.Since(since) < fate.refused:
		if c.task.OverlapPolicy == model.OverlapSkip { // others do not wait for what is yet to be created
			t.touched = time.Now()
		}
		fate.wait()
		x.tell(c, model.Observation{Phase: model.PhaseDelayed, NotCreated: true, Message: "exceeded quota"})
		again()
	case fate.kind == fateRejected:
		delete(x.creating, c.run.Name)
		x.tell(c, model.Observation{Phase: model.PhaseFinished, Outcome: model.Failed, Reason: simRejected, Message: "forbidden", Finish: x.clock.Read()})
	case c.run.New && chance(s.dice.of("forge", c.run.Name, 0), 0.005):
		delete(x.creating, c.run.Name)
		x.forge(c, fate)
	default:
		delete(x.creating, c.run.Name)
		pod := s.beginPod(t, c.run, fate)
		pod.knownTo = x.simProcess
		if chance(s.dice.of("crash", c.run.Name, 0), s.crash) {
			x.crash()
		}
		x.tell(c, model.Observation{Phase: model.PhaseCreated, UID: pod.uid, Start: x.clock.Read(), SeenAt: x.clock.Read()})
	}
}

// forge is what comes of a tenant who reads the name of a Pod from the record, and creates one
// that succeeds at once. The watch shows it before the create is answered.
func (x simPods) forge(c *creating, fate *simFate) {
	fate.forged = true
	x.sim.tally.Forgeries++
	x.tell(c, model.Observation{
		Phase: model.PhaseFinished, Outcome: model.Succeeded, Reason: model.ReasonSucceeded, UID: "forged", Start: fixture.Cut(time.Now()), Finish: fixture.Cut(time.Now()),
	})
	x.tell(c, model.Observation{
		Phase: model.PhaseFinished, Outcome: model.Failed, Reason: simNameTaken, Message: "not the run's", NotCreated: true, Disrupted: true, Finish: x.clock.Read(),
	})
}

// tell reports what became of a request.
func (x simPods) tell(c *creating, obs model.Observation) {
	obs.Run, obs.Attempt = c.run.Ref(), c.run.Attempt
	if t := x.sim.tasks[c.task.Key.String()]; !x.dead && !x.fenced && t != nil {
		x.sim.tracef(t, "%s is told that %s %s %s", x.holder, c.run.Name, obs.Phase, obs.Reason)
		x.Observe(c.task.Key, obs)
	}
}

// abandonCreates is what becomes of the requests of a process that dies: some of
// them are carried out.
func (p *simProcess) abandonCreates() {
	for _, name := range slices.Sorted(maps.Keys(p.creating)) {
		c := p.creating[name]
		t := p.sim.tasks[c.task.Key.String()]
		if t == nil || t.snap.Task.UID != c.task.UID || t.pods[name] != nil || p.fenced {
			continue
		}
		fate := p.sim.fate(t, c.run)
		inTime := c.task.Grace == 0 || c.run.Attempt > 1 || p.clock.Read().Sub(c.run.Due) <= c.task.Grace
		if !p.sim.down && inTime && fate.refused == 0 && fate.kind != fateRejected && chance(p.sim.dice.of("abandoned", name, 0), 0.5) {
			p.sim.beginPod(t, c.run, fate)
		}
	}
	p.creating = map[string]*creating{}
}

// Adopt implements Executor.
func (x simPods) Adopt(ctx context.Context, task model.Task, run model.Run) {
	x.request(ctx, task, run, false)
}

// Stop implements Executor.
func (x simPods) Stop(ctx context.Context, task model.Task, run model.Run) {
	x.request(ctx, task, run, true)
}

func (x simPods) request(ctx context.Context, task model.Task, run model.Run, stop bool) {
	x.sim.mu.Lock()
	defer x.sim.mu.Unlock()
	if stop {
		delete(x.creating, run.Name)
	}
	x.later(run, func() { x.look(ctx, &creating{task, run}, stop) })
}

// look finds the Pod of an attempt, and has it end if that is what is wanted.
func (x simPods) look(ctx context.Context, c *creating, stop bool) {
	s := x.sim
	t := s.tasks[c.task.Key.String()]
	if !x.mayAct(ctx) || t == nil || t.snap.Task.UID != c.task.UID {
		return
	}
	if s.down || x.gate.IsClosed() {
		x.requests[c.run.Name]++
		s.in(between(s.dice.of("again", c.run.Name, x.requests[c.run.Name]), 2*time.Second, 5*time.Second), func() { x.look(ctx, c, stop) })
		return
	}
	pod := t.pods[c.run.Name]
	switch {
	case pod == nil: // the watch may be about to show how it ended
		s.in(time.Second, func() {
			if x.mayAct(ctx) {
				x.tell(c, model.Observation{Phase: model.PhaseNotFound})
			}
		})
	case !stop || pod.phase == model.PhaseFinished || c.run.IsStoppingUnstarted() && pod.phase == model.PhaseRunning && !pod.stopping:
		x.read(t, pod)
	case !pod.stopping:
		pod.stopping = true
		if pod.fate.kind == fateSilent && pod.phase == model.PhaseRunning {
			return // nobody is there to end it
		}
		s.in(between(s.dice.of("stop", c.run.Name, 0), 0, max(c.task.StopGrace, time.Second)), func() {
			if !pod.gone {
				s.removePod(t, pod)
			}
		})
	}
}

// Prune implements Executor.
func (x simPods) Prune(ctx context.Context, task model.Task, active []model.Run) {
	x.sim.mu.Lock()
	defer x.sim.mu.Unlock()
	t := x.sim.tasks[task.Key.String()]
	if !x.mayAct(ctx) || x.sim.down || t == nil || t.snap.Task.UID != task.UID {
		return
	}
	for name, c := range x.creating { // on its way for a run that has ended
		if c.task.UID == task.UID && !slices.ContainsFunc(active, func(run model.Run) bool { return run.Ref() == c.run.Ref() }) {
			delete(x.creating, name)
		}
	}
	kept := map[model.Outcome]int{model.Succeeded: task.KeepSucceeded, model.Failed: task.KeepFailed}
	for _, pod := range newest(t.pods) {
		unrecorded := slices.ContainsFunc(active, func(run model.Run) bool { return run.Ref() == pod.run.Ref() })
		if pod.phase != model.PhaseFinished || unrecorded {
			continue
		}
		if kept[pod.outcome]--; kept[pod.outcome] < 0 {
			x.sim.checkPrune(t, pod)
			pod.gone = true
			delete(t.pods, pod.run.Name)
		}
	}
}
