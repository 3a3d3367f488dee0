package sim

import (
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/trigger"
)

// naiveModel is a scheduler as naive as can be, which the real one is compared with.
// It knows which slots are undecided, from the trigger, the edits and the pauses, by
// going through them one by one. It decides nothing about them.
type naiveModel struct {
	trigger *trigger.Trigger // whose slots are decided; nil while there is none
	hash    string
	paused  bool
	through time.Time // every slot up to it is decided or forgotten
}

// follow takes in the Task as it is now. It returns how many slots the edit of
// a trigger drops: the undecided one of the old trigger, if there is one (T9).
func (m *naiveModel) follow(task model.Task, now time.Time) (dropped int64) {
	second := now.Truncate(time.Second)
	fresh := m.through.IsZero()
	switch {
	case task.Invalid != nil: // its slots are forgotten until it is repaired
		if m.trigger != nil || fresh {
			m.trigger, m.hash = nil, ""
			m.skip(second)
		}
		return 0
	case m.trigger == nil && fresh:
		m.trigger, m.through = task.Trigger.Anchored(task.Created), task.Trigger.FirstRecordedThrough(task.Created)
	case m.hash != task.Trigger.Hash(): // planned from now on
		if slot, ok := m.next(); ok && !m.paused && !slot.After(now) {
			dropped = 1
		}
		if m.trigger = task.Trigger.Anchored(second); m.trigger == task.Trigger {
			m.skip(second)
		} else { // a date without runAt: once, now
			m.skip(second.Add(-time.Second))
			m.trigger = task.Trigger.Anchored(m.through.Add(time.Second))
		}
	case m.paused && !task.Paused && !task.Trigger.OneShot(): // resumed
		m.skip(second)
	}
	if task.Trigger.Shutdown() {
		m.trigger = task.Trigger
		if !task.SchedulerDeleted.IsZero() {
			m.trigger = task.Trigger.Ending(task.SchedulerDeleted)
		}
	}
	m.hash, m.paused = task.Trigger.Hash(), task.Paused
	return dropped
}

// decide goes through the slots up to and including one, and returns them.
func (m *naiveModel) decide(through time.Time) (slots []time.Time) {
	for slot, ok := m.next(); ok && !m.paused && !slot.After(through); slot, ok = m.next() {
		slots, m.through = append(slots, slot), slot
	}
	return slots
}

// next is the first slot that is undecided.
func (m *naiveModel) next() (time.Time, bool) {
	if m.trigger == nil {
		return time.Time{}, false
	}
	return m.trigger.Next(m.through)
}

// skip forgets the slots up to an instant.
func (m *naiveModel) skip(to time.Time) {
	if to.After(m.through) {
		m.through = to
	}
}
