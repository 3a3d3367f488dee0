package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/decide"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// timeline is what became of the slots of a Task.
type timeline struct {
	slots []slot
	// counts are the counters of the record at the end.
	counts model.Counters
}

// slot is a slot, and what became of it.
type slot struct {
	at      time.Time
	outcome model.Outcome // empty: its run has not ended
	reason  string
	// into is the slot whose run it was folded into; zero: it was not.
	into time.Time
	// started and ended bound its run; zero: there is none, or it has not ended.
	started, ended time.Time
	// decided is when it was dropped.
	decided time.Time
}

// simulation is a Task, the manager that decides for it, and the Pods that its runs are.
type simulation struct {
	scenario scenario
	task     model.Task
	now      time.Time
	dec      decide.Decision
	pods     map[model.RunRef]*pod
	slots    map[int64]*slot
}

// pod carries out a run.
type pod struct {
	run              model.Run
	start, end       time.Time
	stopped          bool
	reported, closed bool // that it runs, and that it has ended
}

// stopTime is how long a Pod takes to end once it is to stop.
const stopTime = time.Minute

// simulate decides for a Task until the end of a scenario.
func simulate(s scenario, task model.Task) (timeline, error) {
	sim := &simulation{scenario: s, task: task, pods: map[model.RunRef]*pod{}, slots: map[int64]*slot{}}
	for sim.now = s.begin; !sim.now.After(s.end); {
		if err := sim.settle(); err != nil {
			return timeline{}, err
		}
		sim.now = sim.next()
	}
	return sim.timeline()
}

// settle decides until there is nothing more to decide at this instant.
func (s *simulation) settle() error {
	for reloaded := s.now.Equal(s.scenario.back); ; reloaded = false {
		through := s.dec.Record.DecidedThrough
		in := decide.Input{
			Task: s.task, Record: s.dec.Record, Now: s.now, Observations: s.observe(),
			Holder: "manager", Reloaded: reloaded, Since: s.since(), Nonce: s.now.Format("1504"),
			Verified: map[model.AttemptRef]time.Time{},
		}
		for _, run := range in.Record.Active { // each Pod is read just now
			in.Verified[run.AttemptRef()] = s.now
		}
		s.dec = decide.Decide(in)
		s.note(through)
		started := s.execute()
		if !started && (s.dec.Wake.IsZero() || s.dec.Wake.After(s.now)) {
			return nil
		}
		if s.dec.Urgency == decide.None && !started {
			return errors.New("the core wants to decide again although nothing changes")
		}
	}
}

// since is when the manager began to watch.
func (s *simulation) since() time.Time {
	if !s.scenario.back.IsZero() && !s.now.Before(s.scenario.back) {
		return s.scenario.back
	}
	return s.scenario.begin
}

// next is when the manager decides next: because it wants to, because a Pod has ended, or because
// it is back.
func (s *simulation) next() time.Time {
	next := s.scenario.end.Add(time.Second)
	if wake := s.dec.Wake; !wake.IsZero() && wake.Before(next) {
		next = wake
	}
	for _, p := range s.pods {
		if !p.closed && p.end.Before(next) {
			next = p.end
		}
	}
	if away, back := s.scenario.away, s.scenario.back; !away.IsZero() && next.After(away) && next.Before(back) {
		return back
	}
	return next
}

// observe returns what there is to see of the Pods.
func (s *simulation) observe() []model.Observation {
	var seen []model.Observation
	for _, run := range s.dec.Record.Active {
		p := s.pods[run.Ref()]
		if p == nil || p.closed {
			continue
		}
		obs := model.Observation{Run: run.Ref(), Attempt: run.Attempt, Phase: model.PhaseRunning, UID: run.Name, Created: p.start, Start: p.start, SeenAt: s.now}
		switch {
		case !p.end.After(s.now):
			p.closed, obs.Phase, obs.Finish, obs.Outcome = true, model.PhaseFinished, p.end, model.Succeeded
			if p.stopped {
				obs.Outcome, obs.Reason = model.Failed, "PodFailed"
			}
		case p.reported:
			continue
		}
		p.reported = true
		seen = append(seen, obs)
	}
	return seen
}

// execute does what the decision commands. It reports whether a Pod was created.
func (s *simulation) execute() (started bool) {
	for _, c := range s.dec.Commands {
		p := s.pods[c.Run.Ref()]
		switch {
		case c.Kind == decide.StartRun && p == nil:
			s.pods[c.Run.Ref()] = &pod{run: c.Run, start: s.now, end: s.now.Add(s.scenario.takes(c.Run.Slot))}
			started = true
		case c.Kind == decide.StopRun && p.end.After(s.now.Add(stopTime)):
			p.end, p.stopped = s.now.Add(stopTime), true
		}
	}
	return started
}

// note takes down what was decided about slots. Those that were folded are the ones between the
// watermark before the decision and the slot whose run stands for them.
func (s *simulation) note(through time.Time) {
	for _, e := range s.dec.Events {
		switch e.Kind {
		case model.SlotsDropped:
			d := s.slot(e.Result.Slot)
			d.outcome, d.reason, d.decided = e.Result.Outcome, e.Result.Reason, s.now
		case model.RunFinished:
			f := s.slot(e.Result.Slot)
			f.outcome, f.reason = e.Result.Outcome, e.Result.Reason
		case model.SlotsCoalesced:
			for at := e.Result.Slot.Add(-every); at.After(through); at = at.Add(-every) {
				s.slot(at).into = e.Result.Slot
			}
		case model.RunStarted, model.RunDelayed, model.AttemptFailed, model.StateChanged: // not about what became of a slot
		}
	}
}

func (s *simulation) slot(at time.Time) *slot {
	if s.slots[at.Unix()] == nil {
		s.slots[at.Unix()] = &slot{at: at}
	}
	return s.slots[at.Unix()]
}

// timeline returns what is known at the end: the runs with their Pods, and a fate for each slot.
func (s *simulation) timeline() (timeline, error) {
	for _, p := range s.pods {
		r := s.slot(p.run.Slot)
		if r.started = p.start; p.closed {
			r.ended = p.end
		}
	}
	all := timeline{counts: s.dec.Record.Counts}
	for at := s.scenario.begin.Add(every); !at.After(s.scenario.end); at = at.Add(every) {
		known, queued := s.slots[at.Unix()], s.dec.Record.IndexOf(model.RunRef{Source: model.SourceScheduled, Slot: at.Unix()}) >= 0
		if known == nil && !queued && !at.After(s.dec.Record.DecidedThrough) {
			return timeline{}, fmt.Errorf("nothing is known of the slot %s", at.Format(time.TimeOnly))
		}
		all.slots = append(all.slots, *s.slot(at))
	}
	return all, nil
}
