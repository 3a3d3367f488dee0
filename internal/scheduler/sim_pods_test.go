package scheduler

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"
)

// simFate is what is to become of an attempt, wherever it is carried out.
type simFate struct {
	kind  fateKind
	start time.Duration // from its creation until it runs
	takes time.Duration // from then on
	// refused is for how long a quota keeps it from being created.
	refused time.Duration

	begun     int  // how often it was begun
	succeeded bool // it came to success somewhere
	deleted   bool // somebody deleted it
}

type fateKind string

const (
	fateSucceeds fateKind = "succeeds"
	fateFails    fateKind = "fails"
	fateStuck    fateKind = "never starts"
	fateDeleted  fateKind = "is deleted by somebody"
	fateSilent   fateKind = "is on a node that is lost"
	fateRejected fateKind = "is rejected"
)

// Reasons that the executors of the simulation give.
const (
	simFailed   = "PodFailed"
	simRejected = "PodRejected"
)

// fate returns what is to become of an attempt.
func (s *sim) fate(t *simTask, run Run) *simFate {
	id := AttemptName(t.snap.Task.Key, run.Ref(), run.Attempt)
	if f := t.fates[id]; f != nil {
		return f
	}
	rng := s.dice.of("fate", t.snap.Task.UID+"/"+id, 0)
	f := &simFate{kind: fateSucceeds, start: between(rng, 100*time.Millisecond, 5*time.Second)}
	switch p := rng.Float64(); {
	case p < 0.10:
		f.kind = fateFails
	case p < 0.12 && !t.snap.Task.InProcess:
		f.kind = fateStuck
	case p < 0.13 && !t.snap.Task.InProcess:
		f.kind = fateDeleted
	case p < 0.14 && !t.snap.Task.InProcess && t.snap.Task.Timeout > 0:
		f.kind = fateSilent
	case p < 0.15 && !t.snap.Task.InProcess:
		f.kind = fateRejected
	}
	f.takes = about(rng, 20*time.Second)
	switch {
	case isBrief(t.snap.Task):
		f.start, f.takes = f.start/10, about(rng, 2*time.Second)
	case chance(rng, 0.1):
		f.takes = about(rng, s.pace)
	}
	if chance(rng, 0.01) {
		f.refused = about(rng, 5*time.Minute)
	}
	t.fates[id] = f
	return f
}

// simPod is a Pod that carries out an attempt.
type simPod struct {
	run      Run
	fate     *simFate
	phase    Phase // empty: pending; Ran; Ended
	start    time.Time
	outcome  Outcome
	reason   string
	finish   time.Time
	stopping bool
	gone     bool
	buried   time.Time // when it was gone
	// given up: the record says how its run ended although it never did.
	givenUp bool
}

func (pod *simPod) alive() bool { return !pod.gone && pod.phase != Ended }

// creating is a Pod that a process is about to create.
type creating struct {
	task Task
	run  Run
}

// simPods carries runs out as Pods, which outlive the process.
type simPods struct{ *simProcess }

// Start implements Executor.
func (x simPods) Start(ctx context.Context, task Task, run Run) {
	x.sim.mu.Lock()
	defer x.sim.mu.Unlock()
	if x.mayAct(ctx) && x.creating[run.Name] == nil {
		c := &creating{task, run}
		x.creating[run.Name] = c
		x.later(run, func() { x.create(ctx, c, time.Now()) })
	}
}

// later does something when a request has got to the server.
func (x simPods) later(run Run, do func()) {
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
	if s.down || x.gate.isClosed() {
		again()
		return
	}
	if pod := t.pods[c.run.Name]; pod != nil {
		delete(x.creating, c.run.Name)
		x.observe(t, pod)
		return
	}
	late := x.clock.read().Sub(c.run.Due)
	switch {
	case c.run.Attempt == 1 && c.task.Grace > 0 && late > c.task.Grace:
		delete(x.creating, c.run.Name)
		x.tell(c, Observation{Phase: Late, Message: GraceMessage(late, c.task.Grace)})
	case time.Since(since) < fate.refused:
		t.touched = time.Now()
		again()
	case fate.kind == fateRejected:
		delete(x.creating, c.run.Name)
		x.tell(c, Observation{Phase: Ended, Outcome: Failed, Reason: simRejected, Message: "forbidden", Finish: x.clock.read()})
	default:
		delete(x.creating, c.run.Name)
		s.beginPod(t, c.run, fate)
		if chance(s.dice.of("crash", c.run.Name, 0), s.crash) {
			x.crash()
		}
		x.tell(c, Observation{Phase: Began, Start: x.clock.read()})
	}
}

// tell reports what became of a request.
func (x simPods) tell(c *creating, obs Observation) {
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
		inTime := c.task.Grace == 0 || c.run.Attempt > 1 || p.clock.read().Sub(c.run.Due) <= c.task.Grace
		if !p.sim.down && inTime && fate.refused == 0 && fate.kind != fateRejected && chance(p.sim.dice.of("abandoned", name, 0), 0.5) {
			p.sim.beginPod(t, c.run, fate)
		}
	}
	p.creating = map[string]*creating{}
}

// beginPod lets a Pod begin.
func (s *sim) beginPod(t *simTask, run Run, fate *simFate) {
	s.tally.Runs++
	s.tracef(t, "%s begins: it %s after %s", run.Name, fate.kind, fate.takes)
	s.checkBegin(t, run, fate)
	fate.begun++
	pod := &simPod{run: run, fate: fate}
	t.pods[run.Name] = pod
	if fate.kind == fateStuck {
		s.watched(t, pod) // it says what keeps it
		return
	}
	s.in(fate.start, func() { s.runPod(t, pod) })
}

// runPod lets it run, to the end that it is to come to.
func (s *sim) runPod(t *simTask, pod *simPod) {
	if !pod.alive() {
		return
	}
	pod.phase, pod.start = Ran, time.Now()
	s.watched(t, pod)
	timeout := t.snap.Task.Timeout
	switch {
	case pod.fate.kind == fateSilent:
	case timeout > 0 && pod.fate.takes > timeout:
		s.in(timeout, func() { s.endPod(t, pod, Failed, ReasonTimeout) })
	case pod.fate.kind == fateDeleted:
		s.in(pod.fate.takes, func() {
			if pod.alive() {
				pod.fate.deleted = true
				s.removePod(t, pod)
			}
		})
	case pod.fate.kind == fateFails:
		s.in(pod.fate.takes, func() { s.endPod(t, pod, Failed, simFailed) })
	default:
		s.in(pod.fate.takes, func() { s.endPod(t, pod, Succeeded, ReasonSucceeded) })
	}
}

func (s *sim) endPod(t *simTask, pod *simPod, outcome Outcome, reason string) {
	if !pod.alive() {
		return
	}
	pod.phase, pod.outcome, pod.reason, pod.finish = Ended, outcome, reason, time.Now()
	pod.fate.succeeded = outcome == Succeeded
	s.watched(t, pod)
}

// removePod takes the object away; that it is gone is seen, too.
func (s *sim) removePod(t *simTask, pod *simPod) {
	pod.gone, pod.buried = true, time.Now()
	delete(t.pods, pod.run.Name)
	t.graves[pod.run.Name] = pod
	s.watched(t, pod)
}

// watched has the managers see a Pod in a moment, some of them twice.
func (s *sim) watched(t *simTask, pod *simPod) {
	rng := s.dice.of("watch", pod.run.Name, int(pod.start.Unix()+pod.finish.Unix()))
	for _, p := range s.procs {
		lag := between(rng, time.Millisecond, 500*time.Millisecond)
		s.in(lag, func() { p.observe(t, pod) })
		if chance(rng, 0.02) {
			s.in(lag+about(rng, time.Minute), func() { p.observe(t, pod) })
		}
	}
}

// observe reports what a process sees of a Pod now.
func (p *simProcess) observe(t *simTask, pod *simPod) {
	if p.dead || p.deaf || p.sim.down || t.gone {
		return
	}
	obs := Observation{Run: pod.run.Ref(), Attempt: pod.run.Attempt, Phase: pod.phase, Start: cut(pod.start), Finish: cut(pod.finish)}
	switch {
	case pod.phase == Ended:
		obs.Outcome, obs.Reason, obs.Message = pod.outcome, pod.reason, "so it said"
	case pod.gone:
		obs.Phase = Vanished
	case pod.phase == "" && pod.fate.kind == fateStuck:
		obs.Phase, obs.Message = Held, "the image cannot be pulled"
	case pod.phase == "":
		return
	}
	p.sim.tracef(t, "%s sees that %s %s %s", p.holder, pod.run.Name, obs.Phase, obs.Reason)
	p.Observe(t.snap.Task.Key, obs)
}

// Adopt implements Executor.
func (x simPods) Adopt(ctx context.Context, task Task, run Run) { x.request(ctx, task, run, false) }

// Stop implements Executor.
func (x simPods) Stop(ctx context.Context, task Task, run Run) { x.request(ctx, task, run, true) }

func (x simPods) request(ctx context.Context, task Task, run Run, stop bool) {
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
	if s.down || x.gate.isClosed() {
		x.requests[c.run.Name]++
		s.in(between(s.dice.of("again", c.run.Name, x.requests[c.run.Name]), 2*time.Second, 5*time.Second), func() { x.look(ctx, c, stop) })
		return
	}
	pod := t.pods[c.run.Name]
	switch {
	case pod == nil:
		x.tell(c, Observation{Phase: Vanished})
	case !stop || pod.phase == Ended:
		x.observe(t, pod)
	case !pod.stopping:
		pod.stopping = true
		if pod.fate.kind == fateSilent && pod.phase == Ran {
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
func (x simPods) Prune(ctx context.Context, task Task, active []Run) {
	x.sim.mu.Lock()
	defer x.sim.mu.Unlock()
	t := x.sim.tasks[task.Key.String()]
	if !x.mayAct(ctx) || x.sim.down || t == nil || t.snap.Task.UID != task.UID {
		return
	}
	for name, c := range x.creating { // on its way for a run that has ended
		if c.task.UID == task.UID && !slices.ContainsFunc(active, func(run Run) bool { return run.Ref() == c.run.Ref() }) {
			delete(x.creating, name)
		}
	}
	kept := map[Outcome]int{Succeeded: task.KeepSucceeded, Failed: task.KeepFailed}
	for _, pod := range newest(t.pods) {
		unrecorded := slices.ContainsFunc(active, func(run Run) bool { return run.Ref() == pod.run.Ref() })
		if pod.phase != Ended || unrecorded {
			continue
		}
		if kept[pod.outcome]--; kept[pod.outcome] < 0 {
			x.sim.checkPrune(t, pod)
			pod.gone = true
			delete(t.pods, pod.run.Name)
		}
	}
}

// newest lists Pods, the newest first.
func newest(all map[string]*simPod) []*simPod {
	pods := slices.Collect(maps.Values(all))
	slices.SortFunc(pods, func(a, b *simPod) int {
		return cmp.Or(b.run.Slot.Compare(a.run.Slot), cmp.Compare(b.run.Attempt, a.run.Attempt), cmp.Compare(a.run.Name, b.run.Name))
	})
	return pods
}
