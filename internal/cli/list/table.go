package list

import (
	"cmp"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/cli/text"
)

// unseen stands for the state of a Task that no manager has looked at.
const unseen = "<unseen>"

// table makes the rows. Those of a wide table have the columns with a priority, too.
func (o *options) table(tasks []v1alpha1.Task) *metav1.Table {
	table := &metav1.Table{ColumnDefinitions: []metav1.TableColumnDefinition{
		{Name: "Name"},
		{Name: "State"},
		{Name: "Next"},
		{Name: "Last"},
		{Name: "Result"},
		{Name: "Active"},
		{Name: "Schedule", Priority: 1},
		{Name: "Scheduler", Priority: 1},
		{Name: "Executor", Priority: 1},
		{Name: "Succeeded", Priority: 1},
		{Name: "Failed", Priority: 1},
		{Name: "Missed", Priority: 1},
		{Name: "Skipped", Priority: 1},
		{Name: "Coalesced", Priority: 1},
	}}
	if o.scope.AllNamespaces {
		table.ColumnDefinitions = append([]metav1.TableColumnDefinition{{Name: "Namespace"}}, table.ColumnDefinitions...)
	}
	for i := range tasks {
		cells := o.cells(&tasks[i])
		if o.scope.AllNamespaces {
			cells = append([]any{tasks[i].Namespace}, cells...)
		}
		table.Rows = append(table.Rows, metav1.TableRow{Cells: cells})
	}
	return table
}

func (o *options) cells(t *v1alpha1.Task) []any {
	runs := ptr.Deref(t.Status.RunCounts, v1alpha1.RunCounts{})
	effective := ptr.Deref(t.Status.Effective, v1alpha1.EffectiveSettings{})
	return []any{
		t.Name, state(t), o.next(t), o.last(t), result(t), int64(t.Status.ActiveCount),
		cmp.Or(t.Status.Schedule, text.None), t.SchedulerName(), cmp.Or(effective.Executor, text.None),
		runs.Succeeded, runs.Failed, runs.Missed, runs.Skipped, runs.Coalesced,
	}
}

// state is the state of a Task, with what else keeps it from running.
func state(t *v1alpha1.Task) string {
	ready := meta.FindStatusCondition(t.Status.Conditions, v1alpha1.ConditionReady)
	switch {
	case t.Status.State == "":
		return unseen
	case t.Status.State == v1alpha1.TaskScheduled && ready != nil && ready.Reason != v1alpha1.ReasonScheduled:
		return string(t.Status.State) + " (" + ready.Reason + ")"
	default:
		return string(t.Status.State)
	}
}

func (o *options) next(t *v1alpha1.Task) string {
	if t.Status.NextRunTime == nil {
		return text.None
	}
	return text.Until(t.Status.NextRunTime.Sub(o.Now()))
}

func (o *options) last(t *v1alpha1.Task) string {
	if t.Status.LastRunTime == nil {
		return text.None
	}
	return text.Until(t.Status.LastRunTime.Sub(o.Now()))
}

// result is the newest outcome, with its reason where that says more.
func result(t *v1alpha1.Task) string {
	if len(t.Status.RecentRuns) == 0 {
		return text.None
	}
	newest := t.Status.RecentRuns[0]
	if newest.Reason == "" || newest.Reason == string(newest.Outcome) {
		return string(newest.Outcome)
	}
	return string(newest.Outcome) + " (" + newest.Reason + ")"
}

// lastFailed reports whether the newest run that was started has not succeeded.
func lastFailed(t *v1alpha1.Task) bool {
	return meta.IsStatusConditionFalse(t.Status.Conditions, v1alpha1.ConditionLastRunSucceeded)
}
