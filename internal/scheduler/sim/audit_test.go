package sim

import (
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// audit looks at everything while it ought to be at rest: nothing that is due may
// be undecided, and no news may have been lost.
func (s *sim) audit() {
	if s.live == nil || s.troubles > 0 || time.Since(s.trouble) < 10*time.Minute {
		return
	}
	now := s.live.clock.Read()
	for _, name := range s.names {
		if t := s.tasks[name]; time.Since(t.touched) > 10*time.Minute && !s.over {
			s.auditSlots(t, now)
			s.auditRequest(t, now)
			s.auditRuns(t, now)
		}
	}
}

// auditSlots: nothing that is due waits.
func (s *sim) auditSlots(t *simTask, now time.Time) {
	task, rec := t.snap.Task, t.snap.Record
	next, ok := t.model.next()
	if !ok || task.Paused || task.Invalid != nil || t.missing || s.paused || t.backlog != nil && !task.Coalesce || rec.DecidedThrough.After(now) {
		return
	}
	due := s.awaitedSince(t, next, now.Add(-punctual))
	if now.Sub(due) > punctual && time.Since(t.cleared) > excused && !waitsForLaterStart(rec, task, due, now) {
		s.failf("task %s: the slot at %v is not decided at %v: %+v\n%s", task.Name, next, now, rec, describeTask(task))
	}
}

// auditRequest: a run that somebody asked for has begun, or it was said why not (R8). A request to
// cancel waits for nothing (R13).
func (s *sim) auditRequest(t *simTask, now time.Time) {
	task, rec := t.snap.Task, t.snap.Record
	if task.Cancel != rec.Cancel && time.Since(t.requested) > excused {
		s.failf("task %s: the request to cancel %q of %v is not handled at %v: %+v\n%s", task.Name, task.Cancel, t.requested, now, rec, describeTask(task))
	}
	if task.Request == rec.Request || s.paused || time.Since(t.cleared) <= excused || rec.DecidedThrough.After(now) {
		return
	}
	if !waitsForLaterStart(rec, task, t.requested.Add(-punctual), now) {
		s.failf("task %s: request %q of %v is not handled at %v: %+v\n%s", task.Name, task.Request, t.requested, now, rec, describeTask(task))
	}
}

// awaitedSince is when the slot fell due that the others wait for: the first one that is
// undecided, or the newest that was due by an instant, if the older ones are folded into it.
func (s *sim) awaitedSince(t *simTask, first, by time.Time) time.Time {
	dueOf := func(slot time.Time) time.Time { return slot.Add(t.model.trigger.Delay(t.snap.Task.UID, slot)) }
	due := dueOf(first)
	if !t.snap.Task.Coalesce {
		return due
	}
	for slot, ok := t.model.trigger.Next(first); ok && !dueOf(slot).After(by); slot, ok = t.model.trigger.Next(slot) {
		due = dueOf(slot)
	}
	return due
}

// auditRuns: the record knows what has become of the runs.
func (s *sim) auditRuns(t *simTask, now time.Time) {
	task, rec := t.snap.Task, t.snap.Record
	held := task.Invalid != nil || t.missing || s.paused
	if t.writer != s.live {
		return // a late request of its predecessor, which shows when it writes itself
	}
	for _, run := range rec.Active {
		pod := t.pods[run.Name]
		ended := pod != nil && pod.phase == model.PhaseFinished && time.Since(pod.finish) > time.Minute
		if grave := t.graves[run.Name]; pod == nil && (grave == nil || time.Since(grave.buried) > time.Minute) {
			ended = true
		}
		since := now.Sub(run.Start)
		wrong := false
		switch run.State {
		case model.Starting, model.Running:
			wrong = ended && run.Holder == "" && since > time.Minute && s.fate(t, run).refused == 0 ||
				run.Holder != "" && (!held || run.Holder == s.live.holder) && since > time.Minute && s.live.calls[model.AttemptName(task.Key, run.Ref(), run.Attempt, "")] == nil && s.hasPlace(task)
		case model.Stopping:
			wrong = now.Sub(run.NotBefore) > time.Minute
		case model.Backoff:
			wrong = !held && now.Sub(run.NotBefore) > time.Minute && s.hasPlace(task)
		case model.Pending:
			wrong = !held && since > time.Minute && s.hasPlace(task)
		case model.Queued:
			wrong = !held && len(holding(rec.Active)) < task.MaxInstances && since > time.Minute
		}
		if wrong {
			s.failf("task %s: at %v nothing is known to become of %+v\nits pod: %+v\n%s", task.Name, now, run, pod, describeTask(task))
		}
	}
}
