// Package logs is kubectl carillon logs.
package logs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/cli/kube"
	"github.com/carillon-dev/carillon/internal/cli/text"
)

const long = `Print the log of a Task's latest run, or of the run with a given slot.

The log is that of the Pod of the run's last attempt. A call inside the manager, by http
or handler, has no Pod: what it answered is printed, as far as the record has it.`

const example = `  kubectl carillon logs report
  kubectl carillon logs report -f

  # Of the run of a slot, as kubectl carillon get shows it
  kubectl carillon logs report --run 2026-11-23T08:30:00-05:00 --attempt 1`

// all is every line of a log.
const all = -1

// options are the arguments of logs.
type options struct {
	*kube.Factory

	run       string
	attempt   int
	follow    bool
	container string
	tail      int64
}

// NewCommand returns the command.
func NewCommand(f *kube.Factory) *cobra.Command {
	o := &options{Factory: f}
	cmd := &cobra.Command{
		Use:               "logs TASK",
		Short:             "Print the log of a Task's latest run, or of a given one.",
		Long:              long,
		Example:           example,
		Args:              kube.OneTask,
		ValidArgsFunction: f.CompleteTasks(1),
		RunE:              func(cmd *cobra.Command, names []string) error { return o.print(cmd.Context(), names[0]) },
	}
	cmd.Flags().StringVar(&o.run, "run", "", "The slot of the run: RFC 3339 with an offset. (default the latest run)")
	cmd.Flags().IntVar(&o.attempt, "attempt", 0, "The number of the attempt, from 1. (default the last one)")
	cmd.Flags().BoolVarP(&o.follow, "follow", "f", false, "Go on with what is written, until the Pod ends.")
	cmd.Flags().StringVarP(&o.container, "container", "c", "", "The container. (default the first)")
	cmd.Flags().Int64Var(&o.tail, "tail", all, "How many of the last lines to print. -1 is all.")
	return cmd
}

func (o *options) print(ctx context.Context, name string) error {
	slot, err := o.slot()
	if err != nil {
		return err
	}
	c, err := o.Client()
	if err != nil {
		return err //nolint:wrapcheck // it says all
	}
	task, err := o.Task(ctx, c, name)
	if err != nil {
		return err //nolint:wrapcheck // for kube.Explain
	}
	if task.Spec.Action.Pod == nil {
		return o.answer(task, slot)
	}
	pods, err := c.RunPods(ctx, task)
	if err != nil {
		return err //nolint:wrapcheck // for kube.Explain
	}
	pods = slices.DeleteFunc(pods, func(p kube.RunPod) bool {
		return !slot.IsZero() && !p.Slot.Equal(slot) || o.attempt > 0 && p.Attempt != o.attempt
	})
	if len(pods) == 0 {
		return absent(task, slot)
	}
	pod := &pods[0].Pod
	options := &corev1.PodLogOptions{Container: kube.Container(pod, o.container), Follow: o.follow}
	if o.tail != all {
		options.TailLines = &o.tail
	}
	return c.Logs(ctx, pod.Namespace, pod.Name, options, o.Raw) //nolint:wrapcheck // for kube.Explain
}

// slot checks the arguments and returns the slot that is asked for, or zero.
func (o *options) slot() (time.Time, error) {
	switch {
	case o.attempt < 0:
		return time.Time{}, fmt.Errorf("--attempt %d: must be at least 1", o.attempt)
	case o.tail < all:
		return time.Time{}, fmt.Errorf("--tail %d: must be at least 0, or -1 for all", o.tail)
	case o.run == "":
		return time.Time{}, nil
	}
	slot, err := time.Parse(time.RFC3339, o.run)
	if err != nil {
		return time.Time{}, fmt.Errorf("--run %q is not an instant: write the slot with its offset, such as 2026-12-24T18:00:00Z; kubectl carillon get shows them", o.run)
	}
	return slot, nil
}

// answer prints what the record has of a run without a Pod.
func (o *options) answer(task *v1alpha1.Task, slot time.Time) error {
	run := recorded(task, slot)
	if run == nil {
		return fmt.Errorf("task %s makes calls inside the manager, which have no Pod, and its record has no such run", task.Name)
	}
	fmt.Fprintf(o.ErrOut, "The run of %s was a call inside the manager, which has no Pod. Its outcome: %s.\n",
		run.ScheduledTime.UTC().Format(time.RFC3339), text.Outcome(run))
	if run.Message != "" {
		fmt.Fprintln(o.Out, text.Line(run.Message))
	}
	return nil
}

// recorded is the finished run of a slot, or the newest.
func recorded(task *v1alpha1.Task, slot time.Time) *v1alpha1.RecentRun {
	for i := range task.Status.RecentRuns {
		if run := &task.Status.RecentRuns[i]; slot.IsZero() || run.ScheduledTime.Time.Equal(slot) {
			return run
		}
	}
	return nil
}

// unfinished says why an unfinished run has no Pod.
func unfinished(run *v1alpha1.ActiveRun) error {
	said := fmt.Sprintf("the run of %s has no Pod yet: it is %s", run.ScheduledTime.UTC().Format(time.RFC3339), run.State)
	if run.Message != "" {
		said += ": " + text.Line(run.Message)
	}
	return errors.New(said)
}

// absent says why there is no Pod.
func absent(task *v1alpha1.Task, slot time.Time) error {
	for i := range task.Status.Active {
		if run := &task.Status.Active[i]; slot.IsZero() || run.ScheduledTime.Time.Equal(slot) {
			return unfinished(run)
		}
	}
	run := recorded(task, slot)
	switch {
	case run == nil && slot.IsZero():
		return fmt.Errorf("task %s has no Pods: it has not run yet", task.Name)
	case run == nil:
		return errors.New("no Pod is there of such a run, nor is it in the record: kubectl carillon get shows the runs that are")
	case run.PodName == "":
		return fmt.Errorf("the run of %s had no Pod: %s: %s", run.ScheduledTime.UTC().Format(time.RFC3339), text.Outcome(run), text.Line(run.Message))
	default:
		return fmt.Errorf("the Pod of the run of %s is gone: spec.history says how many are kept", run.ScheduledTime.UTC().Format(time.RFC3339))
	}
}
