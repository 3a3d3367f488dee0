// Package list is kubectl carillon list: the Tasks at a glance.
package list

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/cli/kube"
	"github.com/carillon-dev/carillon/internal/cli/output"
)

const long = `Print the Tasks of a namespace, or with -A of all: their state, when they run next, and
how their last run ended. list schedulers prints the Schedulers instead.

The state is that of the Task. A Task whose Scheduler is paused says so, since nothing of
it starts either.`

const example = `  # The Tasks of this namespace
  kubectl carillon list

  # What needs somebody to look at it, in the whole cluster
  kubectl carillon list -A --state Stalled
  kubectl carillon list -A --failed

  # What runs next
  kubectl carillon list -A --sort-by next

  # What happens
  kubectl carillon list -A --watch

  # The Schedulers, and how their Tasks are
  kubectl carillon list schedulers`

// states are the values of --state.
var states = []string{
	string(v1alpha1.TaskScheduled), string(v1alpha1.TaskPaused), string(v1alpha1.TaskCompleted), string(v1alpha1.TaskStalled),
}

// options are the arguments of list.
type options struct {
	*kube.Factory
	output.Objects

	scope  kube.Scope
	states []string
	failed bool
	sortBy string
	follow bool
}

// NewCommand returns the command.
func NewCommand(f *kube.Factory) *cobra.Command {
	o := &options{Factory: f}
	cmd := &cobra.Command{
		Use:               "list [TASK... | schedulers]",
		Aliases:           []string{"ls"},
		Short:             "Print Tasks: their state, next run, and last result; or Schedulers.",
		Long:              long,
		Example:           example,
		ValidArgsFunction: f.CompleteTasks(0),
		RunE:              func(cmd *cobra.Command, names []string) error { return o.run(cmd.Context(), names) },
	}
	o.scope.AddFlags(cmd)
	o.AddFlags(cmd, output.Wide)
	cmd.Flags().StringSliceVar(&o.states, "state", nil, "The Tasks in these states: "+strings.Join(states, ", ")+".")
	cmd.Flags().BoolVar(&o.failed, "failed", false, "The Tasks whose last run has not succeeded.")
	cmd.Flags().StringVar(&o.sortBy, "sort-by", byName, "Order: "+strings.Join(orderNames(), ", ")+".")
	cmd.Flags().BoolVarP(&o.follow, "watch", "w", false, "Go on, and print each Task whose row changes.")
	for flag, values := range map[string][]string{"state": states, "sort-by": orderNames()} {
		if err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)); err != nil {
			panic(err) // The flag is not called so any more.
		}
	}
	return cmd
}

func (o *options) run(ctx context.Context, names []string) error {
	if err := o.check(); err != nil {
		return err
	}
	c, err := o.Client()
	if err != nil {
		return err //nolint:wrapcheck // it says all
	}
	if len(names) == 1 && kube.IsSchedulers(names[0]) {
		return o.schedulers(ctx, c)
	}
	if o.follow {
		return o.watch(ctx, c, names)
	}
	tasks, err := o.Factory.Tasks(ctx, c, o.scope, names)
	if err != nil {
		return err //nolint:wrapcheck // for kube.Explain
	}
	tasks = slices.DeleteFunc(tasks, func(t v1alpha1.Task) bool { return !o.wanted(&t) })
	slices.SortStableFunc(tasks, orders[o.sortBy])
	if !o.ForPeople() {
		list := &v1alpha1.TaskList{Items: tasks}
		list.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("TaskList"))
		return o.Print(o.Raw, list)
	}
	if len(tasks) == 0 {
		fmt.Fprintln(o.ErrOut, "No Tasks found.")
		return nil
	}
	return o.Table().PrintObj(o.table(tasks), o.Out) //nolint:wrapcheck // writing to the terminal
}

// check looks at the arguments.
func (o *options) check() error {
	for _, state := range o.states {
		if !slices.Contains(states, state) {
			return fmt.Errorf("--state %q: must be one of %s", state, strings.Join(states, ", "))
		}
	}
	if orders[o.sortBy] == nil {
		return fmt.Errorf("--sort-by %q: must be one of %s", o.sortBy, strings.Join(orderNames(), ", "))
	}
	return o.Check()
}

// wanted reports whether the filters admit a Task.
func (o *options) wanted(t *v1alpha1.Task) bool {
	if len(o.states) > 0 && !slices.Contains(o.states, string(t.Status.State)) {
		return false
	}
	return !o.failed || lastFailed(t)
}
