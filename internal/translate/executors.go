package translate

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// ExecutorOf finds the executor of a Task: the one that it names, or the one that fits
// its action. sched is nil when the Task's Scheduler does not exist. A problem says
// what to write if there is no such executor, or if it is one for other actions (E1).
func ExecutorOf(task *v1alpha1.Task, sched *v1alpha1.Scheduler, env Options) (name string, capacity int, problem *model.Problem) {
	act := &task.Spec.Action
	name = cmp.Or(task.Spec.Executor, defaultExecutor(act))
	all := executors(sched)
	i := slices.IndexFunc(all, func(e v1alpha1.Executor) bool { return e.Name == name })
	switch {
	case sched == nil: // what it has is not known
		return name, 0, nil
	case i < 0:
		return name, 0, unknownExecutor(fmt.Sprintf("there is no executor %q", name), act, all)
	case (all[i].Pod != nil) != (act.Pod != nil):
		return name, 0, unknownExecutor(fmt.Sprintf("the executor %q is not one for this action", name), act, all)
	case all[i].Pod != nil:
		return name, int(all[i].Pod.MaxConcurrent), nil
	case all[i].Pool != nil:
		return name, cmp.Or(int(all[i].Pool.MaxWorkers), env.MaxWorkers), nil
	default: // async
		return name, 0, nil
	}
}

func defaultExecutor(act *v1alpha1.Action) string {
	if act.Pod != nil {
		return v1alpha1.ExecutorPods
	}
	return v1alpha1.ExecutorWorkers
}

// executors are those of a Scheduler, with the two that always exist.
func executors(sched *v1alpha1.Scheduler) []v1alpha1.Executor {
	var all []v1alpha1.Executor
	if sched != nil {
		all = slices.Clone(sched.Spec.Executors)
	}
	for _, builtIn := range []v1alpha1.Executor{
		{Name: v1alpha1.ExecutorPods, Pod: &v1alpha1.PodExecutor{}},
		{Name: v1alpha1.ExecutorWorkers, Pool: &v1alpha1.PoolExecutor{}},
	} {
		if !slices.ContainsFunc(all, func(e v1alpha1.Executor) bool { return e.Name == builtIn.Name }) {
			all = append(all, builtIn)
		}
	}
	return all
}

func unknownExecutor(what string, act *v1alpha1.Action, all []v1alpha1.Executor) *model.Problem {
	var fitting []string
	for _, e := range all {
		if (e.Pod != nil) == (act.Pod != nil) {
			fitting = append(fitting, e.Name)
		}
	}
	slices.Sort(fitting)
	return &model.Problem{Reason: v1alpha1.ReasonUnknownExecutor, Message: fmt.Sprintf(
		"spec.executor: %s: write %s, or leave executor out.", what, strings.Join(fitting, " or "))}
}
