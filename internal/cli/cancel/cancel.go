// Package cancel is kubectl carillon cancel: it ends the active runs of a Task.
package cancel

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/cli/kube"
)

const long = `End the active runs of a Task, or one of them, by a patch of its annotation
carillon.dev/cancel-requested-at and nothing else.

What runs is stopped: its Pod is deleted, with its grace period, or its call is cancelled.
No attempt follows, and the outcome is Cancelled, unless it succeeds before it is stopped.
What waits to start is skipped. Later slots run as planned, unless --pause pauses the Task
in the same patch. A run that is asked for right afterwards finds the stopped one unfinished,
which counts against maxInstances until it has ended.

RUN is the slot of a run, as kubectl carillon get shows it.`

const example = `  # All active runs
  kubectl carillon cancel report

  # One of them
  kubectl carillon cancel report 2026-12-24T18:00:00Z

  # Nothing more of it, until it is resumed
  kubectl carillon cancel report --pause`

// options are the arguments of cancel.
type options struct {
	*kube.Factory
	kube.Patcher
	pause bool
}

// NewCommand returns the command.
func NewCommand(f *kube.Factory) *cobra.Command {
	o := &options{Factory: f}
	cmd := &cobra.Command{
		Use:               "cancel TASK [RUN]",
		Aliases:           []string{"stop"},
		Short:             "Cancel the active runs of a Task.",
		Long:              long,
		Example:           example,
		Args:              checkArguments,
		ValidArgsFunction: f.CompleteTasks(1),
		RunE:              func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), args) },
	}
	o.AddFlags(cmd)
	cmd.Flags().BoolVar(&o.pause, "pause", false, "Pause the Task as well, so that no later slot runs.")
	return cmd
}

// checkArguments looks at how many arguments there are.
func checkArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 || len(args) > 2 {
		return fmt.Errorf("write %s: a Task, and a run of it or none", cmd.UseLine())
	}
	return nil
}

func (o *options) run(ctx context.Context, args []string) error {
	slot, err := slotOf(args[1:])
	if err != nil {
		return err
	}
	if err := o.Check(); err != nil {
		return err //nolint:wrapcheck // it says all
	}
	c, err := o.Client()
	if err != nil {
		return err //nolint:wrapcheck // it says all
	}
	task, err := o.Task(ctx, c, args[0])
	if err != nil {
		return err //nolint:wrapcheck // for kube.Explain
	}
	ref := kube.Ref{Kind: kube.KindTask, Namespace: task.Namespace, Name: task.Name}
	switch isActive := hasRun(task, slot); {
	case !isActive && !slot.IsZero():
		return fmt.Errorf("no run of %s is active in task %s: kubectl carillon get %s shows the runs that are", args[1], task.Name, task.Name)
	case !isActive && !o.pause:
		_, err = fmt.Fprintf(o.Out, "%s has no active run%s\n", ref, undecided(task))
		return err //nolint:wrapcheck // writing to the terminal
	case !slot.IsZero() && waits(task, v1alpha1.AnnotationCancelRequestedAt, task.Status.LastHandledCancelRequest):
		return fmt.Errorf("an earlier request to cancel runs of task %s is not handled yet, and this one would replace it: write it again later, or cancel all runs by kubectl carillon cancel %s", task.Name, task.Name)
	}
	patch := map[string]any{"metadata": map[string]any{"annotations": map[string]any{v1alpha1.AnnotationCancelRequestedAt: o.request(slot)}}}
	done := "cancel requested"
	if o.pause {
		patch["spec"], done = map[string]any{"paused": true}, "paused, cancel requested"
	}
	return o.Patch(ctx, c, o.Out, ref, patch, done) //nolint:wrapcheck // for kube.Explain
}

// maxRequest is how many characters of a request count.
const maxRequest = 64

// waits reports whether the request of an annotation is yet to be handled.
func waits(task *v1alpha1.Task, annotation, handled string) bool {
	asked := []rune(task.Annotations[annotation])
	return len(asked) > 0 && string(asked[:min(len(asked), maxRequest)]) != handled
}

// undecided says that a run which somebody asked for is none that could be cancelled so far.
func undecided(task *v1alpha1.Task) string {
	if waits(task, v1alpha1.AnnotationRunRequestedAt, task.Status.LastHandledRunRequest) {
		return "; the one that was asked for has not been decided yet"
	}
	return ""
}

// slotOf reads the slot of the run that is named; zero: none is.
func slotOf(args []string) (time.Time, error) {
	if len(args) == 0 {
		return time.Time{}, nil
	}
	slot, err := time.Parse(time.RFC3339, args[0])
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is not a run: write its slot with the offset, such as 2026-12-24T18:00:00Z; kubectl carillon get shows them", args[0])
	}
	return slot, nil
}

// hasRun reports whether the run of a slot is active; of the zero slot, whether any is.
func hasRun(task *v1alpha1.Task, slot time.Time) bool {
	return slices.ContainsFunc(task.Status.Active, func(run v1alpha1.ActiveRun) bool {
		return slot.IsZero() || run.ScheduledTime.Time.Equal(slot)
	})
}

// request is the value of the annotation.
func (o *options) request(slot time.Time) string {
	value := o.Now().UTC().Format("2006-01-02T15:04:05.000000Z07:00")
	if slot.IsZero() {
		return value
	}
	return v1alpha1.CancelRun + slot.UTC().Format(time.RFC3339) + " " + value
}
