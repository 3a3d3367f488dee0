// Package get is kubectl carillon get: all about one Task, on one page.
package get

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/carillon-dev/carillon/internal/cli/kube"
	"github.com/carillon-dev/carillon/internal/cli/output"
)

const long = `Print a Task on one page: what it is, what comes next, what runs now, and how its last
runs ended and why. Of a Scheduler it prints who serves it and how its Tasks are.

With -o yaml, json or another format it prints the object as it is.`

const example = `  kubectl carillon get report
  kubectl carillon get report -n reports -o yaml
  kubectl carillon get scheduler/default`

// options are the arguments of get.
type options struct {
	*kube.Factory
	output.Objects
}

// NewCommand returns the command.
func NewCommand(f *kube.Factory) *cobra.Command {
	o := &options{Factory: f}
	cmd := &cobra.Command{
		Use:               "get (TASK | scheduler/NAME)",
		Aliases:           []string{"describe"},
		Short:             "Print a Task: its plan, its runs, and why; or a Scheduler.",
		Long:              long,
		Example:           example,
		Args:              checkArguments,
		ValidArgsFunction: f.CompleteRefs(1),
		RunE:              func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), strings.Join(args, "/")) },
	}
	o.AddFlags(cmd)
	return cmd
}

// checkArguments takes one object, and like kubectl a kind and a name.
func checkArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 2 && kube.IsKind(args[0]) {
		return nil
	}
	return kube.OneTask(cmd, args) //nolint:wrapcheck // it says all
}

func (o *options) run(ctx context.Context, name string) error {
	if err := o.Check(); err != nil {
		return err
	}
	c, err := o.Client()
	if err != nil {
		return err //nolint:wrapcheck // it says all
	}
	if ref, err := kube.ParseRef(name, ""); err == nil && ref.Kind == kube.KindScheduler {
		return o.scheduler(ctx, c, ref.Name)
	}
	task, err := o.Task(ctx, c, name)
	if err != nil {
		return err //nolint:wrapcheck // for kube.Explain
	}
	if !o.ForPeople() {
		return o.Print(o.Raw, task)
	}
	sched, err := c.SchedulerOf(ctx, task)
	if err != nil {
		return err //nolint:wrapcheck // for kube.Explain
	}
	return newPage(task, sched, o.Now()).write(ctx, o.Out)
}
