package sim

import (
	"fmt"
	"slices"
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// userActs does something that users do, to any Task. Acts of longer duration
// take themselves back.
func (s *sim) userActs() {
	if len(s.names) == 0 {
		return
	}
	t := s.tasks[pick(s.rng, s.names...)]
	s.tally.Edits++
	switch s.rng.IntN(14) {
	case 0, 1:
		s.whileEdited(t, 2*time.Hour, func(task *model.Task) { task.Paused = true }, func(task *model.Task) { task.Paused = false })
	case 2:
		s.breakTrigger(t)
	case 3:
		s.editTrigger(t)
	case 4:
		s.edit(t, func(task *model.Task) { s.policies(s.rng, task) })
	case 5:
		s.loseHandler(t)
	case 6:
		s.edit(t, func(task *model.Task) {
			if chance(s.rng, 0.5) { // else it is of no concern to the core
				task.ActionHash = fmt.Sprintf("action-%d", task.Generation)
			}
		})
	case 7:
		s.recreate(t)
	case 8:
		s.hurry()
	case 9, 10, 11:
		s.requestCancel()
	default:
		s.requestRun(t)
	}
}

// requestRun asks for a run now.
func (s *sim) requestRun(t *simTask) {
	s.tally.Requests++
	t.requested = time.Now()
	s.change(t, func(task *model.Task) {
		t.asked++
		task.Request = request(t.asked)
	})
}

// requestCancel asks for the runs of a Task that has any to be cancelled, or for one of them.
func (s *sim) requestCancel() {
	busy := slices.DeleteFunc(slices.Clone(s.names), func(name string) bool { return len(s.tasks[name].snap.Record.Active) == 0 })
	if len(busy) == 0 {
		return
	}
	t := s.tasks[pick(s.rng, busy...)]
	s.tally.Cancels++
	t.requested = time.Now()
	s.change(t, func(task *model.Task) {
		t.cancels++
		task.Cancel = fmt.Sprintf("enough-%d", t.cancels)
		if chance(s.rng, 0.3) {
			task.Cancel = fmt.Sprintf("run=%s %d", pick(s.rng, t.snap.Record.Active...).Slot.Format(time.RFC3339), t.cancels)
		}
	})
}

// request is what a user asks with for the n-th time.
func request(n int) string {
	if n < 1 {
		return ""
	}
	return fmt.Sprintf("please-%d", n)
}

// whileEdited edits a Task and takes that back later.
func (s *sim) whileEdited(t *simTask, mean time.Duration, do, undo func(*model.Task)) {
	s.edit(t, do)
	s.in(about(s.rng, mean), func() {
		if !t.gone {
			s.edit(t, undo)
		}
	})
}

// breakTrigger makes the trigger invalid, and repairs it later.
func (s *sim) breakTrigger(t *simTask) {
	if t.snap.Task.Invalid != nil {
		return
	}
	good := t.snap.Task.Trigger
	s.whileEdited(t, 30*time.Minute,
		func(task *model.Task) {
			task.Trigger, task.Invalid = nil, &model.Problem{Reason: "InvalidTrigger", Message: "spec.trigger.schedule: what?"}
		},
		func(task *model.Task) { task.Trigger, task.Invalid = good, nil })
}

// editTrigger replaces the trigger, unless it is broken right now.
func (s *sim) editTrigger(t *simTask) {
	if t.snap.Task.Invalid == nil && !isBrief(t.snap.Task) {
		s.edit(t, func(task *model.Task) { task.Trigger = s.someTrigger(s.rng, task.Created) })
	}
}

// loseHandler has something that a Task refers to disappear for a while.
func (s *sim) loseHandler(t *simTask) {
	set := func(missing bool) {
		t.missing, t.touched = missing, time.Now()
		s.announce(t)
	}
	if t.missing {
		return
	}
	set(true)
	s.in(about(s.rng, 30*time.Minute), func() { set(false) })
}

// hurry shortens the timeout of a Task whose Pod takes long, as people do whose Task does,
// and takes that back later. It concerns the next attempt alone (R5).
func (s *sim) hurry() {
	long := slices.DeleteFunc(slices.Clone(s.names), func(name string) bool {
		return !slices.ContainsFunc(newest(s.tasks[name].pods), func(pod *simPod) bool {
			return pod.phase == model.PhaseRunning && time.Since(pod.start) > time.Minute
		})
	})
	if len(long) == 0 {
		return
	}
	t := s.tasks[pick(s.rng, long...)]
	before := t.snap.Task.Timeout
	s.whileEdited(t, 30*time.Minute,
		func(task *model.Task) { task.Timeout = 5 * time.Second },
		func(task *model.Task) { task.Timeout = before })
}

// recreate deletes a Task and makes another of the same name.
func (s *sim) recreate(t *simTask) {
	task := t.snap.Task
	if isBrief(task) {
		return
	}
	s.remove(t)
	s.in(between(s.rng, time.Millisecond, 5*time.Minute), func() {
		if s.tasks[task.Key.String()] == nil {
			s.create(s.newTask(s.rng, task.Name))
		}
	})
}
