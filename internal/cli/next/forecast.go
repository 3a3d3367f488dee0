package next

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/cli/admission"
	"github.com/carillon-dev/carillon/internal/cli/plan"
	"github.com/carillon-dev/carillon/internal/cli/taskfile"
	"github.com/carillon-dev/carillon/internal/taskspec"
	"github.com/carillon-dev/carillon/trigger"
)

// A forecast is what is known about the slots of one Task.
type forecast struct {
	namespace, name string
	trigger         *trigger.Trigger // nil if err is set
	from            time.Time
	slots           []time.Time
	exhausted       bool // there are no more slots than these
	atShutdown      bool // its run comes with the end of the Scheduler
	warnings        []string
	err             error
}

// A question is what is asked about all Tasks.
type question struct {
	from  time.Time // slots at or after it; a whole second
	count int       // how many slots
}

// forecastAll answers a question about every Task among manifests, in order.
func forecastAll(ctx context.Context, all []taskfile.Object, known taskfile.Schedulers, q question) ([]forecast, error) {
	schema, err := admission.Trigger()
	if err != nil {
		return nil, err //nolint:wrapcheck // it says which schema
	}
	tasks := slices.DeleteFunc(slices.Clone(all), func(m taskfile.Object) bool { return m.Kind != taskfile.KindTask })
	forecasts := make([]forecast, len(tasks))
	taskfile.InParallel(len(tasks), func(i int) { forecasts[i] = forecastOf(ctx, &tasks[i], known, schema, q) })
	return forecasts, ctx.Err() //nolint:wrapcheck // somebody has interrupted it
}

func forecastOf(ctx context.Context, m *taskfile.Object, known taskfile.Schedulers, schema *admission.Schema, q question) forecast {
	f := forecast{namespace: m.Namespace, name: m.Name, from: q.from}
	task, err := decodeTask(m, schema)
	if err != nil {
		f.err = err
		return f
	}
	sched := known[taskfile.SchedulerKey{Namespace: m.Namespace, Name: task.SchedulerName()}]
	compiled, err := compile(task, sched, q.from)
	if err == nil {
		err = validate(m, schema)
	}
	if err != nil {
		f.err = err
		return f
	}
	if f.slots, f.exhausted, f.err = plan.Slots(ctx, compiled, q.from, q.count); f.err != nil {
		return f
	}
	f.trigger, f.atShutdown = compiled, task.Spec.Trigger.Shutdown != nil
	f.warnings = append(warnings(compiled), remarks(task, sched)...)
	return f
}

// compile compiles a trigger as the manager does.
func compile(task *v1alpha1.Task, sched *taskfile.Scheduler, from time.Time) (*trigger.Trigger, error) {
	switch {
	case sched == nil:
		return plan.Compile(task, nil, from) //nolint:wrapcheck // it is for people as it stands
	case sched.Err != nil && task.Spec.Trigger.TimeZone == "":
		return nil, fmt.Errorf("Scheduler %q, which has the time zone: %w", task.SchedulerName(), sched.Err) //nolint:staticcheck // the name of a kind
	default:
		return plan.Compile(task, &sched.Scheduler, from) //nolint:wrapcheck // it is for people as it stands
	}
}

// warnings are the remarks of the trigger package, each with the path of its field.
func warnings(compiled *trigger.Trigger) []string {
	var texts []string
	for _, w := range compiled.Warnings() {
		text := strings.TrimSuffix("spec.trigger."+w.Field, ".") + ": " + w.Text
		if w.Contradiction {
			text += "; the Task will be Stalled"
		}
		texts = append(texts, text)
	}
	return texts
}

// remarks say what else decides whether anything runs at the slots.
func remarks(task *v1alpha1.Task, sched *taskfile.Scheduler) []string {
	texts := taskspec.ActionWarnings(&task.Spec.Action)
	if task.Spec.Paused {
		texts = append(texts, "spec.paused: true: nothing runs until the Task is resumed")
	}
	switch {
	case sched != nil && sched.Spec.Paused:
		texts = append(texts, fmt.Sprintf("Scheduler %q is paused: nothing runs until it is resumed", task.SchedulerName()))
	case sched == nil && task.Spec.SchedulerName != "" && task.SchedulerName() != v1alpha1.DefaultSchedulerName &&
		task.Spec.Trigger.TimeZone == "" && task.Status.Effective == nil:
		texts = append(texts, fmt.Sprintf("spec.schedulerName: Scheduler %q is not in the input: its time zone is taken to be UTC", task.SchedulerName()))
	}
	return texts
}
