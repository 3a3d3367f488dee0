package list

import (
	"context"
	"errors"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cli-runtime/pkg/printers"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/cli/kube"
)

// deletedState is what a Task is that does not exist any more.
const deletedState = "<deleted>"

// watch prints the Tasks, and then a row for each change of what a row shows. A Task that the filters
// do not admit any more has a last row, too.
func (o *options) watch(ctx context.Context, c *kube.Client, names []string) error {
	namespace, err := o.watched(names)
	if err != nil {
		return err
	}
	out := printers.GetNewTabWriter(o.Out)
	table := o.Table()
	show := func(rows *metav1.Table) error {
		if err := table.PrintObj(rows, out); err != nil {
			return err //nolint:wrapcheck // writing to the terminal
		}
		return out.Flush() //nolint:wrapcheck // writing to the terminal
	}
	seen := map[string]shown{}
	err = c.WatchTasks(ctx, namespace, o.scope.Selector, func(tasks []v1alpha1.Task) error {
		tasks = slices.DeleteFunc(tasks, func(t v1alpha1.Task) bool { return !o.wanted(&t) })
		slices.SortStableFunc(tasks, orders[o.sortBy])
		for i := range tasks {
			seen[keyOf(&tasks[i])] = shownOf(&tasks[i])
		}
		return show(o.table(tasks))
	}, func(task *v1alpha1.Task, deleted bool) error {
		was, known := seen[keyOf(task)]
		is := shownOf(task)
		if deleted || !o.wanted(task) {
			delete(seen, keyOf(task))
			if !known {
				return nil
			}
		} else {
			if known && was == is {
				return nil
			}
			seen[keyOf(task)] = is
		}
		if deleted {
			task.Status.State, task.Status.NextRunTime = deletedState, nil
		}
		return show(o.table([]v1alpha1.Task{*task}))
	})
	if ctx.Err() != nil {
		return nil //nolint:nilerr // the user has seen enough
	}
	return err //nolint:wrapcheck // for kube.Explain
}

// watched is the namespace that is watched; empty: all are.
func (o *options) watched(names []string) (namespace string, err error) {
	switch {
	case !o.ForPeople():
		return "", errors.New("--watch prints a table: leave -o out, or write -o wide")
	case len(names) > 0:
		return "", errors.New("--watch is about all Tasks that there are: leave the names out, or choose by -l")
	case o.scope.AllNamespaces:
		return "", nil
	}
	return o.Namespace() //nolint:wrapcheck // it says all
}

func keyOf(task *v1alpha1.Task) string { return task.Namespace + "/" + task.Name }

// shown is what a row shows of a Task, without how long ago that was.
type shown struct {
	state, result string
	next, last    int64 // Unix seconds
	active        int32
}

func shownOf(task *v1alpha1.Task) shown {
	is := shown{state: state(task), result: result(task), active: task.Status.ActiveCount}
	if task.Status.NextRunTime != nil {
		is.next = task.Status.NextRunTime.Unix()
	}
	if task.Status.LastRunTime != nil {
		is.last = task.Status.LastRunTime.Unix()
	}
	return is
}
