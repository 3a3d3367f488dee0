package translate

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/internal/taskspec"
)

// Limits are the most that any Task may ask for. A field that is zero limits nothing.
type Limits struct {
	// MinimumInterval is the least distance of two slots of a Task.
	MinimumInterval time.Duration
	// MinimumBackoff is the least wait between two attempts of a run.
	MinimumBackoff time.Duration
	// MaximumInstances is how many runs of a Task may be unfinished at once.
	MaximumInstances int
	// MaximumTriggers is how many triggers anyOf and allOf may have.
	MaximumTriggers int
	// MaximumWorkers is how many workers a pool may have. Executors without a bound
	// exceed it.
	MaximumWorkers int
}

// applyLimits stalls a Task that exceeds a limit. Without a usable trigger, or without its
// Scheduler, it is stalled already.
func applyLimits(t *model.Task, task *v1alpha1.Task, sched *v1alpha1.Scheduler, frequency *Frequency) {
	if frequency == nil {
		return
	}
	t.Missing = cmp.Or(t.Missing, frequency.Limits.exceeded(t, task, sched))
	if t.Trigger == nil || t.ZoneUnresolved {
		return
	}
	if problem := frequency.Check(task, sched, t.Trigger); problem != nil {
		t.Trigger, t.Invalid = nil, problem
	}
}

// exceeded returns which of the limits a translated Task exceeds, apart from those of its
// trigger. The Task cannot start a run until it or its Scheduler is changed; what it is
// asked for may come from either.
func (l Limits) exceeded(t *model.Task, task *v1alpha1.Task, sched *v1alpha1.Scheduler) *model.Problem {
	return cmp.Or(l.backoff(t, task, sched), l.instances(t, task, sched), l.workers(t.Executor, sched))
}

// backoff checks the wait after the first attempt, which no later one is shorter than.
func (l Limits) backoff(t *model.Task, task *v1alpha1.Task, sched *v1alpha1.Scheduler) *model.Problem {
	if t.Retry.MaxAttempts <= 1 || t.Retry.Delay(1) >= l.MinimumBackoff {
		return nil
	}
	own := taskspec.BackoffOf(task.Spec.RetryPolicy)
	field := "spec.retryPolicy.backoff"
	if task.Spec.RetryPolicy == nil || own.Initial == nil && own.Max == nil && fromScheduler(sched) {
		field = taskDefaultsOf(sched) + ".retryPolicy.backoff"
	}
	return &model.Problem{Reason: v1alpha1.ReasonTooFrequent, Message: fmt.Sprintf(
		"%s: attempts follow each other after %s: write initial and max of at least %s, which is the least in this cluster.", field, t.Retry.Delay(1), l.MinimumBackoff)}
}

// fromScheduler reports whether a Scheduler has a backoff of its own.
func fromScheduler(sched *v1alpha1.Scheduler) bool {
	if sched == nil || sched.Spec.TaskDefaults == nil {
		return false
	}
	backoff := taskspec.BackoffOf(sched.Spec.TaskDefaults.RetryPolicy)
	return backoff.Initial != nil || backoff.Max != nil
}

func (l Limits) instances(t *model.Task, task *v1alpha1.Task, sched *v1alpha1.Scheduler) *model.Problem {
	if l.MaximumInstances == 0 || t.MaxInstances <= l.MaximumInstances {
		return nil
	}
	field := "spec.maxInstances"
	if task.Spec.MaxInstances == nil {
		field = taskDefaultsOf(sched) + ".maxInstances"
	}
	return limitExceeded("%s: write at most %d, which is the most in this cluster.", field, l.MaximumInstances)
}

// workers checks the executor of a Task. A pool that does not say has as many workers as
// the configuration says, which is checked there.
func (l Limits) workers(name string, sched *v1alpha1.Scheduler) *model.Problem {
	if l.MaximumWorkers == 0 || sched == nil {
		return nil
	}
	i := slices.IndexFunc(sched.Spec.Executors, func(e v1alpha1.Executor) bool { return e.Name == name })
	switch {
	case i < 0, sched.Spec.Executors[i].Pod != nil:
		return nil
	case sched.Spec.Executors[i].Pool == nil:
		return limitExceeded("Scheduler %q: spec.executors[%d]: the executor %q has no bound: write pool with maxWorkers of at most %d.", sched.Name, i, name, l.MaximumWorkers)
	case int(sched.Spec.Executors[i].Pool.MaxWorkers) > l.MaximumWorkers:
		return limitExceeded("Scheduler %q: spec.executors[%d].pool.maxWorkers: write at most %d, which is the most in this cluster.", sched.Name, i, l.MaximumWorkers)
	default:
		return nil
	}
}

func limitExceeded(format string, args ...any) *model.Problem {
	return &model.Problem{Reason: v1alpha1.ReasonLimitExceeded, Message: fmt.Sprintf(format, args...)}
}

// taskDefaultsOf is the path of a Scheduler's defaults in messages.
func taskDefaultsOf(sched *v1alpha1.Scheduler) string {
	if sched == nil { // then the value is a built-in one, and the Task can write another
		return "spec"
	}
	return fmt.Sprintf("Scheduler %q: spec.taskDefaults", sched.Name)
}
