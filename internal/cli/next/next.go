package next

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/carillon-dev/carillon/internal/cli/kube"
	"github.com/carillon-dev/carillon/internal/cli/manifests"
	"github.com/carillon-dev/carillon/internal/cli/taskfile"
)

const long = `Print the coming slots of Tasks: of those in a namespace, of those that are named, or,
with -f and without a cluster, of those in files.

Of files it reads YAML and JSON, any number of documents, also lists. Tasks and
Schedulers are used, everything else is ignored. A Scheduler gives its time zone to the
Tasks of its namespace that name it. Without a namespace an object is in "default".

Triggers are read by the code that the manager uses, with the same time zone rules,
and checked as the API server checks them. A Task that has no creation time is taken
to be created at --from: an interval without startAt counts from there, and a date
without runAt is there.`

const example = `  # What comes next in this namespace
  kubectl carillon next

  # What a file would do, before it is applied
  kubectl carillon next -f task.yaml

  # Does the last week of October go well?
  kubectl carillon next -f tasks/ --from 2026-10-25T00:00:00Z --count 20

  # A day of one Task, for a program
  kubectl carillon next report --count 24 -o json`

const (
	defaultCount = 5
	maxCount     = 1000
)

// options are the arguments of next.
type options struct {
	*kube.Factory

	scope     kube.Scope
	filenames []string
	from      string
	count     int
	output    string
}

// NewCommand returns the command.
func NewCommand(f *kube.Factory) *cobra.Command {
	o := &options{Factory: f}
	cmd := &cobra.Command{
		Use:               "next [TASK...]",
		Short:             "Print the coming slots of Tasks, in a cluster or in files.",
		Long:              long,
		Example:           example,
		ValidArgsFunction: f.CompleteTasks(0),
		RunE:              func(cmd *cobra.Command, names []string) error { return o.run(cmd.Context(), names) },
	}
	flags := cmd.Flags()
	o.scope.AddFlags(cmd)
	flags.StringSliceVarP(&o.filenames, "filename", "f", nil, `A file, a directory, a URL, or "-" for the standard input, in place of the cluster. May be given more than once.`)
	flags.StringVar(&o.from, "from", "", "The instant to begin at, inclusive: RFC 3339 with an offset, such as 2026-12-24T18:00:00Z. (default now)")
	flags.IntVar(&o.count, "count", defaultCount, fmt.Sprintf("How many slots to print of each Task: 1-%d.", maxCount))
	flags.StringVarP(&o.output, "output", "o", outputTable, "Output format: table, json or yaml.")
	return cmd
}

// run prints the slots. Its error reports that there were errors, which are printed
// by then, or is one that kept it from beginning.
func (o *options) run(ctx context.Context, names []string) error {
	q, err := o.question()
	if err != nil {
		return err
	}
	show, err := printerFor(o.output)
	if err != nil {
		return err
	}
	all, problems, err := o.read(ctx, names)
	if err != nil {
		return err
	}
	known, more := taskfile.ReadSchedulers(all)
	problems = append(problems, more...)
	forecasts, err := forecastAll(ctx, all, known, q)
	if err != nil {
		return err
	}
	if err := show(o.Factory, forecasts, o.Now()); err != nil {
		return err
	}
	for _, problem := range problems {
		fmt.Fprintln(o.ErrOut, "Error:", problem)
	}
	return verdict(forecasts, problems)
}

// read reads the manifests, from where the arguments say. The problems are those of single
// documents.
func (o *options) read(ctx context.Context, names []string) (all []taskfile.Object, problems []error, err error) {
	if len(o.filenames) == 0 {
		if err := noFiles(names); err != nil {
			return nil, nil, err
		}
		all, err = o.fromCluster(ctx, names)
		return all, nil, err
	}
	if len(names) > 0 || o.scope != (kube.Scope{}) {
		return nil, nil, errors.New("with -f the Tasks are those of the files: leave out -A, -l and the names, or -f")
	}
	reader := manifests.Reader{Stdin: o.In}
	sources, errs := reader.Read(ctx, o.filenames)
	if len(errs) > 0 {
		return nil, nil, errs[0]
	}
	all, problems = taskfile.Read(sources)
	return all, problems, nil
}

// noFiles says what to write to somebody who has forgotten -f.
func noFiles(names []string) error {
	for _, name := range names {
		if slices.Contains(manifests.Extensions, filepath.Ext(name)) {
			return fmt.Errorf("%q is taken for the name of a Task: write -f %s", name, name)
		}
	}
	return nil
}

// question checks the arguments.
func (o *options) question() (question, error) {
	if o.count < 1 || o.count > maxCount {
		return question{}, fmt.Errorf("--count %d: must be 1-%d", o.count, maxCount)
	}
	from := o.Now().Truncate(time.Second)
	if o.from != "" {
		written, err := time.Parse(time.RFC3339, o.from)
		if err != nil {
			return question{}, fmt.Errorf("--from %q is not an instant: write it with an offset, such as %s", o.from, from.UTC().Format(time.RFC3339))
		}
		// Slots are whole seconds, so the first one is not before the next.
		from = written.Add(time.Second - time.Nanosecond).Truncate(time.Second)
	}
	return question{from: from, count: o.count}, nil
}

// verdict is the error that makes the exit status.
func verdict(forecasts []forecast, problems []error) error {
	bad := 0
	for _, f := range forecasts {
		if f.err != nil {
			bad++
		}
	}
	switch {
	case bad > 0:
		return fmt.Errorf("%d of %d Tasks cannot be planned", bad, len(forecasts))
	case len(problems) > 0:
		return errors.New("not everything could be read")
	default:
		return nil
	}
}
