// Package run is kubectl carillon run: a run of a Task now.
package run

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/cli/kube"
	"github.com/carillon-dev/carillon/internal/cli/text"
)

const long = `Ask for a run of Tasks now, by a patch of their annotation
carillon.dev/run-requested-at and nothing else.

The run obeys maxInstances and overlapPolicy, and changes nothing of the plan. A paused
Task runs, and stays paused.`

const example = `  kubectl carillon run report

  kubectl carillon run -l team=reports

  # Wait until it has ended, and fail if it has not succeeded
  kubectl carillon run report --wait --timeout 10m

  # See what it writes
  kubectl carillon run report --logs`

// options are the arguments of run.
type options struct {
	*kube.Factory
	kube.Patcher

	selector   string
	wait, logs bool
	timeout    time.Duration
}

// NewCommand returns the command.
func NewCommand(f *kube.Factory) *cobra.Command {
	o := &options{Factory: f}
	cmd := &cobra.Command{
		Use:               "run TASK...",
		Aliases:           []string{"trigger"},
		Short:             "Run Tasks now.",
		Long:              long,
		Example:           example,
		ValidArgsFunction: f.CompleteTasks(0),
		RunE:              func(cmd *cobra.Command, names []string) error { return o.run(cmd.Context(), names) },
	}
	cmd.Flags().StringVarP(&o.selector, "selector", "l", "", "The Tasks with these labels, such as team=reports.")
	cmd.Flags().BoolVar(&o.wait, "wait", false, "Wait until the runs have ended. The exit status is 1 unless all succeed.")
	cmd.Flags().BoolVar(&o.logs, "logs", false, "Print the log of the run's Pods while it runs. Implies --wait, and is for one Task.")
	cmd.Flags().DurationVar(&o.timeout, "timeout", 0, "How long to wait. (default as long as it takes)")
	o.AddFlags(cmd)
	return cmd
}

func (o *options) run(ctx context.Context, names []string) error {
	if err := o.check(names); err != nil {
		return err
	}
	c, err := o.Client()
	if err != nil {
		return err //nolint:wrapcheck // it says all
	}
	tasks, err := o.chosen(ctx, c, names)
	if err != nil {
		return err
	}
	var asked []*request
	for i := range tasks {
		r, err := o.ask(ctx, c, &tasks[i])
		if err != nil {
			return err
		}
		asked = append(asked, r)
	}
	if !o.wait && !o.logs || !o.Changes() {
		return nil
	}
	if o.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.timeout)
		defer cancel()
	}
	return o.waitForAll(ctx, c, asked)
}

// chosen reads the Tasks that are named or have the labels.
func (o *options) chosen(ctx context.Context, c *kube.Client, names []string) ([]v1alpha1.Task, error) {
	tasks, err := o.Tasks(ctx, c, kube.Scope{Selector: o.selector}, names)
	switch {
	case err != nil:
		return nil, err //nolint:wrapcheck // for kube.Explain
	case len(tasks) == 0:
		return nil, fmt.Errorf("no Task in the namespace has the labels %s", o.selector)
	case o.logs && len(tasks) > 1:
		return nil, fmt.Errorf("--logs is for one Task, and %d have the labels %s: name one", len(tasks), o.selector)
	default:
		return tasks, nil
	}
}

// check looks at the arguments.
func (o *options) check(names []string) error {
	switch {
	case len(names) == 0 && o.selector == "":
		return errors.New("no Task is named: write kubectl carillon run TASK, or -l with labels of Tasks")
	case len(names) > 0 && o.selector != "":
		return errors.New("both names and -l are given: name Tasks, or choose them by -l")
	case o.logs && len(names) > 1:
		return errors.New("--logs is for one Task: name one, or use --wait and kubectl carillon logs")
	case o.timeout < 0:
		return fmt.Errorf("--timeout %s: must be at least 0s", o.timeout)
	case o.timeout > 0 && !o.wait && !o.logs:
		return errors.New("--timeout is how long to wait: write --wait as well")
	default:
		return o.Check() //nolint:wrapcheck // it says all
	}
}

// ask asks for a run, and warns of what keeps it from starting.
func (o *options) ask(ctx context.Context, c *kube.Client, task *v1alpha1.Task) (*request, error) {
	sched, err := c.SchedulerOf(ctx, task)
	if err != nil {
		return nil, err //nolint:wrapcheck // for kube.Explain
	}
	for _, obstacle := range obstacles(task, sched) {
		fmt.Fprintf(o.ErrOut, "Warning: %s: %s\n", task.Name, text.Line(obstacle))
	}
	value := o.Now().UTC().Format("2006-01-02T15:04:05.000000Z07:00")
	patch := map[string]any{"metadata": map[string]any{"annotations": map[string]any{v1alpha1.AnnotationRunRequestedAt: value}}}
	ref := kube.Ref{Kind: kube.KindTask, Namespace: task.Namespace, Name: task.Name}
	if err := o.Patch(ctx, c, o.Out, ref, patch, "run requested"); err != nil {
		return nil, err //nolint:wrapcheck // for kube.Explain
	}
	return newRequest(task, value), nil
}

// obstacles say what keeps a run from starting at once.
func obstacles(task *v1alpha1.Task, sched *v1alpha1.Scheduler) (all []string) {
	status := &task.Status
	if status.State == "" {
		all = append(all, "no manager has looked at it yet, and the run waits for one")
	}
	if sched != nil && sched.Spec.Paused {
		all = append(all, fmt.Sprintf("Scheduler %s is paused, and the run waits until it is resumed", sched.Name))
	}
	if status.State == v1alpha1.TaskStalled {
		all = append(all, "it is stalled, and the run will be skipped: see kubectl carillon explain "+task.Name)
	}
	if e := status.Effective; e != nil && e.MaxInstances != nil && int(*e.MaxInstances) <= len(status.Active) {
		all = append(all, fmt.Sprintf("%d of %d instances are unfinished, and overlapPolicy is %s", len(status.Active), *e.MaxInstances, e.OverlapPolicy))
	}
	return all
}
