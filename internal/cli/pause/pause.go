// Package pause is kubectl carillon pause and resume.
package pause

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/carillon-dev/carillon/internal/cli/kube"
)

const pauseLong = `Set spec.paused of Tasks or Schedulers, by a patch and nothing else.

A paused Task forgets its slots: nothing of what passes meanwhile runs later. The slots of
a paused Scheduler wait, and are decided when it is resumed. Runs that have started go on.

With a tool that corrects drift from Git, pause in Git.`

const pauseExample = `  kubectl carillon pause report
  kubectl carillon pause -l team=reports
  kubectl carillon pause --all

  # All Tasks of the namespace that the Scheduler serves
  kubectl carillon pause scheduler/default

  # The patch, to be sent by somebody else
  kubectl carillon pause report --dry-run`

const resumeLong = `Take back spec.paused of Tasks or Schedulers, by a patch and nothing else.

A Task goes on with its next slot, in the phase that it had. What is overdue of a
Scheduler's Tasks is decided at once, as their coalesce, catchUpLimit and
misfireGracePeriod say.`

const resumeExample = `  kubectl carillon resume report
  kubectl carillon resume scheduler/default`

// options are the arguments of pause and resume.
type options struct {
	*kube.Factory
	kube.Patcher

	selector string
	all      bool
	paused   bool   // what spec.paused is to be
	done     string // what is said of it then
}

// NewPauseCommand returns pause.
func NewPauseCommand(f *kube.Factory) *cobra.Command {
	o := &options{Factory: f, paused: true, done: "paused"}
	return o.command(&cobra.Command{
		Use: "pause (TASK | scheduler/NAME)...", Aliases: []string{"suspend"}, Short: "Pause Tasks or Schedulers.", Long: pauseLong, Example: pauseExample,
	})
}

// NewResumeCommand returns resume.
func NewResumeCommand(f *kube.Factory) *cobra.Command {
	o := &options{Factory: f, done: "resumed"}
	return o.command(&cobra.Command{
		Use: "resume (TASK | scheduler/NAME)...", Aliases: []string{"unpause"}, Short: "Resume Tasks or Schedulers.", Long: resumeLong, Example: resumeExample,
	})
}

func (o *options) command(cmd *cobra.Command) *cobra.Command {
	cmd.ValidArgsFunction = o.CompleteRefs(0)
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), args) }
	cmd.Flags().StringVarP(&o.selector, "selector", "l", "", "The Tasks with these labels, such as team=reports.")
	cmd.Flags().BoolVar(&o.all, "all", false, "All Tasks of the namespace, each by itself; those that are created later are not paused.")
	o.AddFlags(cmd)
	return cmd
}

// An object is what is to be paused or resumed, and whether it is.
type object struct {
	kube.Ref

	paused bool
}

func (o *options) run(ctx context.Context, args []string) error {
	if err := o.Check(); err != nil {
		return err //nolint:wrapcheck // it says all
	}
	c, err := o.Client()
	if err != nil {
		return err //nolint:wrapcheck // it says all
	}
	objects, err := o.objects(ctx, c, args)
	if err != nil {
		return err
	}
	for _, obj := range objects {
		if obj.paused == o.paused {
			fmt.Fprintf(o.Out, "%s is %s already\n", obj.Ref, o.done)
			continue
		}
		patch := map[string]any{"spec": map[string]any{"paused": o.paused}}
		if err := o.Patch(ctx, c, o.Out, obj.Ref, patch, o.done); err != nil {
			return err //nolint:wrapcheck // for kube.Explain
		}
	}
	return nil
}

// checkChoice checks that the objects are chosen in one way.
func (o *options) checkChoice(args []string) error {
	ways := 0
	for _, given := range []bool{len(args) > 0, o.selector != "", o.all} {
		if given {
			ways++
		}
	}
	switch ways {
	case 0:
		return errors.New("nothing is named: write TASK, scheduler/NAME, -l with labels of Tasks, or --all")
	case 1:
		return nil
	default:
		return errors.New("objects are named, chosen by -l, or --all: leave all but one of these out")
	}
}

// objects reads all that are meant, so that nothing is changed if one of them is not there.
func (o *options) objects(ctx context.Context, c *kube.Client, args []string) ([]object, error) {
	namespace, err := o.Namespace()
	if err != nil {
		return nil, err //nolint:wrapcheck // it says all
	}
	if err := o.checkChoice(args); err != nil {
		return nil, err
	}
	if len(args) == 0 {
		return o.selected(ctx, c, namespace)
	}
	var found []object
	for _, arg := range args {
		obj, err := o.named(ctx, c, arg, namespace)
		if err != nil {
			return nil, err
		}
		found = append(found, obj)
	}
	return found, nil
}

func (o *options) selected(ctx context.Context, c *kube.Client, namespace string) ([]object, error) {
	tasks, err := c.Tasks(ctx, namespace, o.selector)
	if err != nil {
		return nil, err //nolint:wrapcheck // for kube.Explain
	}
	if len(tasks) == 0 {
		if o.all {
			return nil, fmt.Errorf("there is no Task in namespace %s", namespace)
		}
		return nil, fmt.Errorf("no Task in namespace %s has the labels %s", namespace, o.selector)
	}
	var found []object
	for i := range tasks {
		found = append(found, object{kube.Ref{Kind: kube.KindTask, Namespace: namespace, Name: tasks[i].Name}, tasks[i].Spec.Paused})
	}
	return found, nil
}

func (o *options) named(ctx context.Context, c *kube.Client, arg, namespace string) (object, error) {
	ref, err := kube.ParseRef(arg, namespace)
	if err != nil {
		return object{}, err //nolint:wrapcheck // it says all
	}
	if ref.Kind == kube.KindScheduler {
		sched, err := c.Scheduler(ctx, namespace, ref.Name)
		return object{ref, sched.Spec.Paused}, err //nolint:wrapcheck // for kube.Explain
	}
	task, err := c.Task(ctx, namespace, ref.Name)
	return object{ref, task.Spec.Paused}, err //nolint:wrapcheck // for kube.Explain
}
