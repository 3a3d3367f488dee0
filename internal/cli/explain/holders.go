package explain

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/cli/kube"
)

// maxHolders is how many Tasks are named that use capacity.
const maxHolders = 5

// holder is a Task with runs that use the capacity of an executor.
type holder struct {
	name string
	runs int
}

// readHolders returns the Tasks whose runs use the capacity that a run of the Task waits for, those
// with the most first. There are none if no run waits, or the user may not read Tasks.
func readHolders(ctx context.Context, c *kube.Client, task *v1alpha1.Task) []holder {
	if !slices.ContainsFunc(task.Status.Active, func(run v1alpha1.ActiveRun) bool { return run.State == v1alpha1.RunPending }) {
		return nil
	}
	tasks, err := c.Tasks(ctx, task.Namespace, "")
	if err != nil {
		return nil // there is less to say
	}
	return holdersAmong(tasks, task)
}

// holdersAmong returns those of the same Scheduler and executor that have runs with an attempt.
func holdersAmong(tasks []v1alpha1.Task, task *v1alpha1.Task) []holder {
	var found []holder
	for i := range tasks {
		other := &tasks[i]
		if other.SchedulerName() != task.SchedulerName() || other.Spec.Executor != task.Spec.Executor ||
			(other.Spec.Action.Pod == nil) != (task.Spec.Action.Pod == nil) {
			continue
		}
		runs := 0
		for _, run := range other.Status.Active {
			if run.State == v1alpha1.RunStarting || run.State == v1alpha1.RunRunning || run.State == v1alpha1.RunStopping {
				runs++
			}
		}
		if runs > 0 {
			found = append(found, holder{other.Name, runs})
		}
	}
	slices.SortStableFunc(found, func(a, b holder) int { return b.runs - a.runs })
	return found
}

// usage says who uses the capacity.
func usage(holders []holder) string {
	names := make([]string, 0, maxHolders)
	for i, h := range holders {
		if i == maxHolders {
			names = append(names, fmt.Sprintf("and %d more", len(holders)-maxHolders))
			break
		}
		if h.runs > 1 {
			names = append(names, fmt.Sprintf("%s (%d runs)", h.name, h.runs))
			continue
		}
		names = append(names, h.name)
	}
	return "These Tasks have runs that use the capacity: " + strings.Join(names, ", ") + "."
}
