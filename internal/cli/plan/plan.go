// Package plan reads the triggers of Tasks for people who want to know what comes.
package plan

import (
	"context"
	"errors"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/taskspec"
	"github.com/carillon-dev/carillon/trigger"
)

// Compile compiles the trigger of a Task as the manager does, and binds it to the time
// since when it counts. A Task that has not been created yet is taken to be created at
// from, and an edit that has not been seen to be made at it. sched is the Task's
// Scheduler, or nil.
func Compile(task *v1alpha1.Task, sched *v1alpha1.Scheduler, from time.Time) (*trigger.Trigger, error) {
	if task.CreationTimestamp.IsZero() {
		task = task.DeepCopy()
		task.CreationTimestamp = metav1.NewTime(from)
	}
	compiled, err := taskspec.Compile(task, sched)
	if err != nil {
		return nil, err //nolint:wrapcheck // it is for people as it stands
	}
	return compiled.Anchored(recorded(task, compiled, from)), nil
}

// recorded is since when the trigger counts (T5): since the creation of the Task,
// or since an edit, which an edit that is not applied yet will be at from.
func recorded(task *v1alpha1.Task, compiled *trigger.Trigger, from time.Time) time.Time {
	switch {
	case task.Status.ObservedTriggerTime == nil:
		return task.CreationTimestamp.Time
	case task.Status.ObservedTriggerHash == compiled.Hash():
		return task.Status.ObservedTriggerTime.Time
	default:
		return from
	}
}

// Slots returns the slots at or after an instant, at most so many. exhausted says that
// there are no others. The error says why they are not known: ctx has ended, or the trigger
// is too expensive.
func Slots(ctx context.Context, compiled *trigger.Trigger, from time.Time, count int) (slots []time.Time, exhausted bool, err error) {
	after := from.Add(-time.Nanosecond)
	for range count {
		slot, ok, err := compiled.Find(ctx, after)
		if !ok || err != nil {
			return slots, err == nil, explain(err)
		}
		slots = append(slots, slot)
		after = slot
	}
	return slots, false, nil
}

// explain adds to an error about a trigger what to write instead.
func explain(err error) error {
	if errors.Is(err, trigger.ErrTooExpensive) {
		return fmt.Errorf("spec.trigger.allOf: %w: %s", err, trigger.TooExpensiveHint)
	}
	return err
}
