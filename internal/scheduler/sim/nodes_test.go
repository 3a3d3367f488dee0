package sim

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/fixture"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// simPod is a Pod that carries out an attempt.
type simPod struct {
	run      model.Run
	uid      string
	fate     *simFate
	phase    model.Phase // empty: pending; Ran; Ended
	begun    time.Time   // when it was created
	start    time.Time
	outcome  model.Outcome
	reason   string
	finish   time.Time
	stopping bool
	gone     bool
	buried   time.Time // when it was gone
	// knownTo is the manager that last had an answer of the API server with its UID.
	knownTo *simProcess
	// given up: the record says how its run ended although it never did.
	givenUp bool
}

func (pod *simPod) alive() bool { return !pod.gone && pod.phase != model.PhaseFinished }

// beginPod lets a Pod begin.
func (s *sim) beginPod(t *simTask, run model.Run, fate *simFate) *simPod {
	s.tally.Runs++
	s.tracef(t, "%s begins: it %s after %s", run.Name, fate.kind, fate.takes)
	s.checkBegin(t, run, fate)
	fate.begin()
	pod := &simPod{run: run, uid: fmt.Sprint(run.Name, "/", fate.begun), fate: fate, begun: time.Now()}
	t.pods[run.Name] = pod
	if fate.kind == fateStuck {
		s.watched(t, pod) // it says what keeps it
		return pod
	}
	s.in(fate.start, func() { s.runPod(t, pod) })
	return pod
}

// runPod lets it run, to the end that it is to come to.
func (s *sim) runPod(t *simTask, pod *simPod) {
	if !pod.alive() {
		return
	}
	pod.phase, pod.start = model.PhaseRunning, time.Now()
	s.watched(t, pod)
	timeout := pod.run.Timeout
	switch {
	case pod.fate.kind == fateSilent:
	case timeout > 0 && pod.fate.takes > timeout:
		s.in(timeout, func() { s.endPod(t, pod, model.Failed, model.ReasonTimeout) })
	case pod.fate.kind == fateDeleted:
		s.in(pod.fate.takes, func() {
			if pod.alive() {
				pod.fate.deleted = true
				s.deletePod(t, pod)
			}
		})
	case pod.fate.kind == fateEvicted:
		s.in(pod.fate.takes, func() { s.evictPod(t, pod) })
	case pod.fate.kind == fateFails:
		s.in(pod.fate.takes, func() { s.endPod(t, pod, model.Failed, simFailed) })
	default:
		s.in(pod.fate.takes, func() { s.endPod(t, pod, model.Succeeded, model.ReasonSucceeded) })
	}
}

func (s *sim) endPod(t *simTask, pod *simPod, outcome model.Outcome, reason string) {
	if !pod.alive() {
		return
	}
	pod.phase, pod.outcome, pod.reason, pod.finish = model.PhaseFinished, outcome, reason, time.Now()
	pod.fate.succeeded = outcome == model.Succeeded
	s.watched(t, pod)
}

// evictPod ends a Pod from outside. Everybody sees the condition, then the Pod is
// failed, or gone.
func (s *sim) evictPod(t *simTask, pod *simPod) {
	if !pod.alive() {
		return
	}
	pod.fate.evicted = true
	s.watched(t, pod)
	rng := s.dice.of("evict", pod.run.Name, 0)
	gone := chance(rng, 0.5)
	s.in(between(rng, time.Second, 20*time.Second), func() {
		switch {
		case !pod.alive():
		case gone:
			pod.fate.deleted = true
			s.removePod(t, pod)
		default:
			s.endPod(t, pod, model.Failed, model.ReasonDisrupted)
		}
	})
}

// deletePod is what comes of somebody who deletes a Pod, or of a tenant who replaces it by
// another one of its name that succeeds. A watch may skip the deletion and show that one alone.
func (s *sim) deletePod(t *simTask, pod *simPod) {
	p := pod.knownTo
	rng := s.dice.of("replace", pod.run.Name, 0)
	if p == nil || p != s.live || !chance(rng, 0.5) {
		s.removePod(t, pod)
		return
	}
	s.tally.Forgeries++
	s.buryPod(t, pod)
	forged := model.Observation{
		Run: pod.run.Ref(), Attempt: pod.run.Attempt, Phase: model.PhaseFinished, Outcome: model.Succeeded, Reason: model.ReasonSucceeded,
		UID: "forged", Start: fixture.Cut(time.Now()), Finish: fixture.Cut(time.Now()),
	}
	s.in(between(rng, time.Millisecond, 500*time.Millisecond), func() {
		if !p.deaf {
			p.report(t, pod, forged)
		}
	})
}

// removePod takes the object away; that it is gone is seen, too.
func (s *sim) removePod(t *simTask, pod *simPod) {
	s.buryPod(t, pod)
	s.watched(t, pod)
}

func (s *sim) buryPod(t *simTask, pod *simPod) {
	pod.gone, pod.buried = true, time.Now()
	delete(t.pods, pod.run.Name)
	t.graves[pod.run.Name] = pod
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

// observe reports what the watch of a process shows of a Pod.
func (p *simProcess) observe(t *simTask, pod *simPod) {
	if obs, ok := pod.observation(); ok && !p.deaf {
		p.report(t, pod, obs)
	}
}

// read reports what a live read shows of a Pod.
func (p *simProcess) read(t *simTask, pod *simPod) {
	obs, ok := pod.observation()
	if !ok || pod.stopping && pod.phase != model.PhaseFinished {
		obs.Phase = model.PhaseExists
	}
	obs.SeenAt = p.clock.Read()
	pod.knownTo = p
	p.report(t, pod, obs)
}

func (p *simProcess) report(t *simTask, pod *simPod, obs model.Observation) {
	if p.dead || p.sim.down || t.gone {
		return
	}
	p.sim.tracef(t, "%s sees that %s %s %s", p.holder, pod.run.Name, obs.Phase, obs.Reason)
	p.Observe(t.snap.Task.Key, obs)
}

// observation is what can be seen of a Pod now; it reports false if that is nothing
// but that it exists.
func (pod *simPod) observation() (model.Observation, bool) {
	obs := model.Observation{Run: pod.run.Ref(), Attempt: pod.run.Attempt, UID: pod.uid, Created: fixture.Cut(pod.begun), Phase: pod.phase, Start: fixture.Cut(pod.start), Finish: fixture.Cut(pod.finish)}
	obs.Disrupted = pod.fate.evicted
	switch {
	case pod.phase == model.PhaseFinished:
		obs.Disrupted = obs.Disrupted && pod.outcome == model.Failed && pod.reason == model.ReasonDisrupted
		obs.Outcome, obs.Reason, obs.Message = pod.outcome, pod.reason, "so it said"
	case pod.gone:
		obs.Phase = model.PhaseNotFound
	case pod.phase == "" && pod.fate.kind == fateStuck:
		obs.Phase, obs.Message = model.PhasePending, "the image cannot be pulled"
	case pod.phase == "":
		return obs, false
	}
	return obs, true
}

// newest lists Pods, the newest first.
func newest(all map[string]*simPod) []*simPod {
	pods := slices.Collect(maps.Values(all))
	slices.SortFunc(pods, func(a, b *simPod) int {
		return cmp.Or(b.run.Slot.Compare(a.run.Slot), cmp.Compare(b.run.Attempt, a.run.Attempt), cmp.Compare(a.run.Name, b.run.Name))
	})
	return pods
}
