package cli

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"
)

const nextLong = `Print the coming slots of Tasks, without a cluster.

Reads YAML and JSON, any number of documents, also lists. Tasks and Schedulers are
used, everything else is ignored. A Scheduler gives its time zone to the Tasks of its
namespace that name it. Without a namespace an object is in "default".

Triggers are read by the code that the manager uses, with the same time zone rules,
and checked as the API server checks them. A Task that has no creation time is taken
to be created at --from: an interval without startAt counts from there, and a date
without runAt is there.`

const nextExample = `  # What comes next
  kubectl carillon next -f task.yaml

  # Does the last week of October go well?
  kubectl carillon next -f tasks/ --from 2026-10-25T00:00:00Z --count 20

  # What is in the cluster
  kubectl get tasks,schedulers -A -o yaml | kubectl carillon next -f -`

const (
	defaultCount = 5
	maxCount     = 1000
)

// nextOptions are the arguments of next.
type nextOptions struct {
	genericiooptions.IOStreams

	filenames []string
	from      string
	count     int
	output    string
	now       func() time.Time
}

func newNextCommand(streams genericiooptions.IOStreams, now func() time.Time) *cobra.Command {
	o := &nextOptions{IOStreams: streams, now: now}
	cmd := &cobra.Command{
		Use:     "next -f FILE",
		Short:   "Print the coming slots of Tasks, without a cluster.",
		Long:    nextLong,
		Example: nextExample,
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return o.run() },
	}
	flags := cmd.Flags()
	flags.StringSliceVarP(&o.filenames, "filename", "f", nil, `A file, a directory, or "-" for the standard input. May be given more than once. Required.`)
	flags.StringVar(&o.from, "from", "", "The instant to begin at, inclusive: RFC 3339 with an offset, such as 2026-12-24T18:00:00Z. (default now)")
	flags.IntVar(&o.count, "count", defaultCount, fmt.Sprintf("How many slots to print of each Task: 1-%d.", maxCount))
	flags.StringVarP(&o.output, "output", "o", outputTable, "Output format: table, json or yaml.")
	return cmd
}

// run prints the slots. Its error tells that there were errors, which are printed
// by then, or is one that kept it from beginning.
func (o *nextOptions) run() error {
	q, err := o.question()
	if err != nil {
		return err
	}
	show, err := printerFor(o.output)
	if err != nil {
		return err
	}
	sources, err := readSources(o.filenames, o.In)
	if err != nil {
		return err
	}
	manifests, problems := readManifests(sources)
	known, more := readSchedulers(manifests)
	problems = append(problems, more...)
	forecasts, err := forecastAll(manifests, known, q)
	if err != nil {
		return err
	}
	if err := show(o.IOStreams, forecasts, o.now()); err != nil {
		return err
	}
	for _, problem := range problems {
		fmt.Fprintln(o.ErrOut, "Error:", problem)
	}
	return verdict(forecasts, problems)
}

// question checks the arguments.
func (o *nextOptions) question() (question, error) {
	if len(o.filenames) == 0 {
		return question{}, errors.New(`no input: name a file with -f, or write "-f -" to read the standard input`)
	}
	if o.count < 1 || o.count > maxCount {
		return question{}, fmt.Errorf("--count %d: must be 1-%d", o.count, maxCount)
	}
	from := o.now().Truncate(time.Second)
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

// readManifests reads all documents. An error is about a document that cannot be
// told to be a Task.
func readManifests(sources []source) (manifests []manifest, problems []error) {
	var documents []document
	for _, s := range sources {
		documents = append(documents, split(s)...)
	}
	found := make([][]manifest, len(documents))
	errs := make([]error, len(documents))
	inParallel(len(documents), func(i int) { found[i], errs[i] = documents[i].manifests() })
	for i := range documents {
		manifests = append(manifests, found[i]...)
		if errs[i] != nil {
			problems = append(problems, errs[i])
		}
	}
	return manifests, problems
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
