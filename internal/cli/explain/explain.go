// Package explain is kubectl carillon explain: why a Task did or did not run.
package explain

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/carillon-dev/carillon/internal/cli/kube"
	"github.com/carillon-dev/carillon/internal/cli/output"
	"github.com/carillon-dev/carillon/internal/cli/plan"
	"github.com/carillon-dev/carillon/internal/cli/text"
)

const long = `Say why a Task did, did not, or does not run.

Without --at it says what the Task waits for, and why its last run ended as it did. With
--at it answers for one time: whether that was a slot of the trigger, what was decided
about it and for what reason, or what keeps it from being decided.

It is read from the Task's record, the trigger, the Pods of its unfinished runs, and the Events
about the Task and these Pods that the cluster still has. What you may not read is left out, and
said to be.`

const example = `  # Why does nothing happen?
  kubectl carillon explain report

  # Why did it not run at nine?
  kubectl carillon explain report --at 09:00
  kubectl carillon explain report --at 2026-11-23T09:00:00-05:00`

// options are the arguments of explain.
type options struct {
	*kube.Factory
	output.Answer

	at               string
	managerNamespace string
}

// NewCommand returns the command.
func NewCommand(f *kube.Factory) *cobra.Command {
	o := &options{Factory: f}
	cmd := &cobra.Command{
		Use:               "explain TASK",
		Aliases:           []string{"why"},
		Short:             "Say why a Task did or did not run.",
		Long:              long,
		Example:           example,
		Args:              kube.OneTask,
		ValidArgsFunction: f.CompleteTasks(1),
		RunE:              func(cmd *cobra.Command, names []string) error { return o.run(cmd.Context(), names[0]) },
	}
	cmd.Flags().StringVar(&o.at, "at", "", "The time that is asked about: RFC 3339, or in the Task's zone a date and time such as 2026-11-23T09:00, or a time of day such as 09:00, the last that has passed.")
	cmd.Flags().StringVar(&o.managerNamespace, "manager-namespace", "", "The namespace of the managers' lease (default: "+kube.ManagerNamespace+", or "+kube.OutsideNamespace+" if there is none).")
	o.AddFlags(cmd)
	return cmd
}

func (o *options) run(ctx context.Context, name string) error {
	if err := o.Check(); err != nil {
		return err //nolint:wrapcheck // it says all
	}
	c, err := o.Client()
	if err != nil {
		return err //nolint:wrapcheck // it says all
	}
	known, err := o.gather(ctx, c, name)
	if err != nil {
		return err
	}
	answer, err := known.answer(ctx, o.at)
	if err != nil {
		return err
	}
	if !o.ForPeople() {
		return o.Print(o.Raw, answer) //nolint:wrapcheck // writing to the terminal
	}
	for _, sentence := range answer.Explanation {
		fmt.Fprintln(o.Out, text.Line(sentence))
	}
	return nil
}

// gather reads all that is known of a Task. It leaves out what the user may not read.
func (o *options) gather(ctx context.Context, c *kube.Client, name string) (*knowledge, error) {
	task, err := o.Task(ctx, c, name)
	if err != nil {
		return nil, err //nolint:wrapcheck // for kube.Explain
	}
	sched, err := c.SchedulerOf(ctx, task)
	if err != nil {
		return nil, err //nolint:wrapcheck // for kube.Explain
	}
	k := &knowledge{task: task, sched: sched, now: o.Now()}
	if k.trigger, k.broken = plan.Compile(task, sched, k.now); k.broken == nil && k.trigger.Shutdown() {
		k.shutdown = true
	}
	if events, err := c.Events(ctx, task); err == nil {
		k.events = events
	}
	k.pods, k.holders = readPods(ctx, c, task), readHolders(ctx, c, task)
	if leader, err := c.Leader(ctx, o.managerNamespace); err == nil {
		k.leader = &leader
	}
	return k, nil
}

func (k *knowledge) answer(ctx context.Context, at string) (*Answer, error) {
	a := &Answer{Namespace: k.task.Namespace, Task: k.task.Name}
	if at == "" {
		k.present(a)
		return a, nil
	}
	instant, err := k.parse(at)
	if err != nil {
		return nil, err
	}
	k.slot(ctx, a, instant)
	return a, ctx.Err() //nolint:wrapcheck // somebody has interrupted it
}
