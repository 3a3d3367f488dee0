package translate

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/internal/taskspec"
	"github.com/carillon-dev/carillon/trigger"
)

// checkedSlots is how many slots of a trigger are compared. It takes at most some
// milliseconds, for anyOf with the most triggers.
const checkedSlots = 1000

// Frequency keeps Tasks from having slots that are closer than Limits.MinimumInterval. It
// compares the slots themselves, whatever the trigger is made of. It remembers what it has
// found, as a Task is translated often.
//
// Of a trigger that is not made of others, the checked slots show its whole pattern. How
// those of anyOf lie to each other may change later, so that such a Task is to be looked at
// again after Recheck.
type Frequency struct {
	// Limits are those of the manager. A MinimumInterval of up to a second, which no slots
	// are closer than, checks nothing.
	Limits Limits

	mu    sync.Mutex
	known map[types.NamespacedName]finding
}

// finding is what is known of a trigger.
type finding struct {
	uid  types.UID
	hash string
	// until is the decided slot up to which the finding holds: half of the checked slots
	// are still ahead then.
	until   time.Time
	problem *model.Problem
}

// Check returns what is wrong with a compiled trigger; nil: nothing.
func (f *Frequency) Check(task *v1alpha1.Task, sched *v1alpha1.Scheduler, compiled *trigger.Trigger) *model.Problem {
	spec := &task.Spec.Trigger
	if most := f.Limits.MaximumTriggers; most > 0 && len(spec.AnyOf)+len(spec.AllOf) > most {
		return limitExceeded("spec.trigger: write at most %d triggers in anyOf or allOf, which is the most in this cluster.", most)
	}
	if f.Limits.MinimumInterval <= time.Second || f.keepsMinutes(spec) {
		return nil
	}
	key, decided := types.NamespacedName{Namespace: task.Namespace, Name: task.Name}, decidedThrough(task)
	f.mu.Lock()
	found, ok := f.known[key]
	f.mu.Unlock()
	if ok && found.uid == task.UID && found.hash == compiled.Hash() && decided.Before(found.until) {
		return found.problem
	}
	found = finding{uid: task.UID, hash: compiled.Hash()}
	found.problem, found.until = f.compare(task, sched, compiled, decided)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.known == nil {
		f.known = map[types.NamespacedName]finding{}
	}
	f.known[key] = found
	return found.problem
}

// Forget drops what is known of a Task.
func (f *Frequency) Forget(key model.Key) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.known, types.NamespacedName{Namespace: key.Namespace, Name: key.Name})
}

// Recheck returns after which time a Task is to be translated again; 0: never. Half of the
// checked slots take twice as long at least.
func (f *Frequency) Recheck(task *v1alpha1.Task) time.Duration {
	if f.Limits.MinimumInterval <= time.Second || len(task.Spec.Trigger.AnyOf) < 2 {
		return 0
	}
	return min(f.Limits.MinimumInterval*checkedSlots/4, time.Hour)
}

// keepsMinutes reports without looking at slots that they are whole minutes and that this
// suffices, as for most Tasks.
func (f *Frequency) keepsMinutes(spec *v1alpha1.Trigger) bool {
	parts := spec.AnyOf
	if len(parts) == 0 {
		parts = []v1alpha1.SimpleTrigger{spec.SimpleTrigger}
	}
	return f.Limits.MinimumInterval <= time.Minute && !slices.ContainsFunc(parts, func(t v1alpha1.SimpleTrigger) bool {
		return t.Schedule == "" || strings.HasPrefix(t.Schedule, "@every")
	})
}

// compare checks the slots after an instant. The slots of allOf are slots of each of its
// triggers, so that one that keeps the distance suffices; to find those that all share may
// take long.
func (f *Frequency) compare(task *v1alpha1.Task, sched *v1alpha1.Scheduler, compiled *trigger.Trigger, after time.Time) (*model.Problem, time.Time) {
	if len(task.Spec.Trigger.AllOf) == 0 {
		return f.walk(compiled, after)
	}
	var problem *model.Problem
	var until time.Time
	for i := range task.Spec.Trigger.AllOf {
		single := *task
		single.Spec.Trigger = *task.Spec.Trigger.DeepCopy()
		single.Spec.Trigger.AnyOf, single.Spec.Trigger.AllOf = single.Spec.Trigger.AllOf[i:i+1], nil
		child, err := taskspec.Compile(&single, sched)
		if err != nil { // it has been compiled as a part of the whole
			continue
		}
		if problem, until = f.walk(child, after); problem == nil {
			return nil, until
		}
	}
	if problem != nil {
		problem.Message = "spec.trigger.allOf: each of the triggers is too frequent by itself: " + problem.Message
	}
	return problem, until
}

// walk compares the slots of a trigger with those that follow them.
func (f *Frequency) walk(compiled *trigger.Trigger, after time.Time) (problem *model.Problem, until time.Time) {
	slot, ok := compiled.Next(after)
	until = time.Unix(1<<40, 0) // if there are no further slots, nothing will change
	for i := range checkedSlots {
		var next time.Time
		if !ok {
			return nil, until
		}
		if next, ok = compiled.Next(slot); !ok {
			return nil, until
		}
		if next.Sub(slot) < f.Limits.MinimumInterval && !clockChanges(compiled.Location(), slot, next) {
			return f.tooFrequent(slot, next), next
		}
		if slot = next; i == checkedSlots/2 {
			until = slot
		}
	}
	return nil, until
}

// clockWindow is for how long after a change of the clock slots may be closer: for as long
// as the hours that the clock skips are made up for.
const clockWindow = 3 * time.Hour

// clockChanges reports whether two slots are close because the clock changes, which nobody
// asked for.
func clockChanges(location *time.Location, slot, next time.Time) bool {
	_, before := slot.Add(-clockWindow).In(location).Zone()
	_, after := next.In(location).Zone()
	return before != after
}

func (f *Frequency) tooFrequent(slot, next time.Time) *model.Problem {
	return &model.Problem{Reason: v1alpha1.ReasonTooFrequent, Message: fmt.Sprintf(
		"spec.trigger: the slots %s and %s are %s apart: write a trigger with at least %s between its slots, which is the least in this cluster.",
		slot.UTC().Format(time.RFC3339), next.UTC().Format(time.RFC3339), next.Sub(slot), f.Limits.MinimumInterval)}
}

// decidedThrough is where the slots begin that a Task has not decided yet.
func decidedThrough(task *v1alpha1.Task) time.Time {
	through := task.CreationTimestamp.Add(-time.Second)
	if decided := task.Status.DecidedThrough; decided != nil && decided.After(through) {
		return decided.Time
	}
	return through
}
