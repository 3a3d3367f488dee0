package list

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/cli/kube"
	"github.com/carillon-dev/carillon/internal/cli/text"
)

// schedulers prints the Schedulers of a namespace, or with -A of all.
func (o *options) schedulers(ctx context.Context, c *kube.Client) error {
	if len(o.states) > 0 || o.failed || o.scope.Selector != "" || o.sortBy != byName || o.follow {
		return errors.New("--state, --failed, --sort-by, --watch and -l are about Tasks: leave them out for Schedulers")
	}
	namespace, err := o.Namespace()
	if err != nil {
		return err //nolint:wrapcheck // it says all
	}
	if o.scope.AllNamespaces {
		namespace = ""
	}
	found, err := c.Schedulers(ctx, namespace)
	if err != nil {
		return err //nolint:wrapcheck // for kube.Explain
	}
	if !o.ForPeople() {
		list := &v1alpha1.SchedulerList{Items: found}
		list.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("SchedulerList"))
		return o.Print(o.Raw, list)
	}
	if len(found) == 0 {
		fmt.Fprintln(o.ErrOut, "No Schedulers found.")
		return nil
	}
	return o.Table().PrintObj(o.schedulerTable(found), o.Out) //nolint:wrapcheck // writing to the terminal
}

func (o *options) schedulerTable(found []v1alpha1.Scheduler) *metav1.Table {
	table := &metav1.Table{ColumnDefinitions: []metav1.TableColumnDefinition{
		{Name: "Name"}, {Name: "State"}, {Name: "Tasks"}, {Name: "Scheduled"}, {Name: "Paused"}, {Name: "Completed"}, {Name: "Stalled"}, {Name: "Manager"},
	}}
	if o.scope.AllNamespaces {
		table.ColumnDefinitions = append([]metav1.TableColumnDefinition{{Name: "Namespace"}}, table.ColumnDefinitions...)
	}
	for i := range found {
		s := &found[i]
		tasks := ptr.Deref(s.Status.Tasks, v1alpha1.TaskCounts{})
		cells := []any{
			s.Name, schedulerState(s), int64(tasks.Total), int64(tasks.Scheduled), int64(tasks.Paused), int64(tasks.Completed), int64(tasks.Stalled),
			cmp.Or(s.Status.Holder, text.None),
		}
		if o.scope.AllNamespaces {
			cells = append([]any{s.Namespace}, cells...)
		}
		table.Rows = append(table.Rows, metav1.TableRow{Cells: cells})
	}
	return table
}

// schedulerState is the state of a Scheduler, as its spec has it where no manager has looked at that.
func schedulerState(s *v1alpha1.Scheduler) string {
	switch {
	case s.Status.State == "":
		return unseen
	case s.Spec.Paused:
		return string(v1alpha1.SchedulerPaused)
	default:
		return string(s.Status.State)
	}
}
