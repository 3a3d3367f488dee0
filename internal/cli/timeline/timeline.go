// Package timeline is kubectl carillon timeline: the coming runs of all Tasks, in the
// order of time.
package timeline

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/carillon-dev/carillon/internal/cli/kube"
	"github.com/carillon-dev/carillon/internal/cli/output"
)

const long = `Print the coming runs of all Tasks of a namespace, or with -A of the cluster, in the order
in which they fall due: what runs together, and when there is room for something else.

A run is shown at the time at which it is due, that is, its slot plus its jitter. Tasks
that are paused or stalled, whose Scheduler is paused, or that no manager serves, have no coming
runs; they are counted at the end.`

const example = `  # The next day
  kubectl carillon timeline -A

  # What runs in a window for maintenance
  kubectl carillon timeline -A --from 2026-12-24T22:00:00Z --for 2h`

const (
	defaultWindow = 24 * time.Hour
	defaultLimit  = 50
	maxLimit      = 10000
)

// options are the arguments of timeline.
type options struct {
	*kube.Factory
	output.Answer

	scope  kube.Scope
	from   string
	window time.Duration
	limit  int
}

// NewCommand returns the command.
func NewCommand(f *kube.Factory) *cobra.Command {
	o := &options{Factory: f}
	cmd := &cobra.Command{
		Use:               "timeline [TASK...]",
		Short:             "Print the coming runs of all Tasks, merged.",
		Long:              long,
		Example:           example,
		ValidArgsFunction: f.CompleteTasks(0),
		RunE:              func(cmd *cobra.Command, names []string) error { return o.run(cmd.Context(), names) },
	}
	o.scope.AddFlags(cmd)
	o.AddFlags(cmd)
	cmd.Flags().StringVar(&o.from, "from", "", "The instant to begin at, inclusive: RFC 3339 with an offset. (default now)")
	cmd.Flags().DurationVar(&o.window, "for", defaultWindow, "How far to look.")
	cmd.Flags().IntVar(&o.limit, "limit", defaultLimit, fmt.Sprintf("How many runs to print: 1-%d.", maxLimit))
	return cmd
}

func (o *options) run(ctx context.Context, names []string) error {
	from, err := o.begin()
	if err != nil {
		return err
	}
	c, err := o.Client()
	if err != nil {
		return err //nolint:wrapcheck // it says all
	}
	tasks, err := o.Tasks(ctx, c, o.scope, names)
	if err != nil {
		return err //nolint:wrapcheck // for kube.Explain
	}
	schedulers, err := c.SchedulersOf(ctx, tasks)
	if err != nil {
		return err //nolint:wrapcheck // for kube.Explain
	}
	found, err := merge(ctx, tasks, schedulers, window{from: from, to: from.Add(o.window), now: o.Now()}, o.limit)
	if err != nil {
		return err
	}
	if !o.ForPeople() {
		return o.Print(o.Raw, found)
	}
	return found.write(o.Out, o.ErrOut, o.Now())
}

// begin checks the arguments, and returns the instant to begin at.
func (o *options) begin() (time.Time, error) {
	switch {
	case o.limit < 1 || o.limit > maxLimit:
		return time.Time{}, fmt.Errorf("--limit %d: must be 1-%d", o.limit, maxLimit)
	case o.window <= 0:
		return time.Time{}, fmt.Errorf("--for %s: must be longer than 0s", o.window)
	case o.from == "":
		return o.Now(), o.Check()
	}
	from, err := time.Parse(time.RFC3339, o.from)
	if err != nil {
		return time.Time{}, fmt.Errorf("--from %q is not an instant: write it with an offset, such as %s", o.from, o.Now().UTC().Format(time.RFC3339))
	}
	return from, o.Check()
}
