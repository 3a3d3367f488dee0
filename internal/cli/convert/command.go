package convert

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/carillon-dev/carillon/internal/cli/kube"
)

const long = `Print Tasks that do what CronJobs do, and report field by field what they do in another
way ("changed") or not at all ("dropped"). CronJobs are read from files, or with names from
the cluster; nothing is changed there.

Of files it reads YAML and JSON, any number of documents, also lists, and CronJobs of
batch/v1, batch/v1beta1 and batch/v2alpha1. They are read strictly: an unknown field is an
error. A CronJob that cannot be converted is reported, the others are printed, and the exit
status is 1. Objects of other kinds are passed over.

The Tasks run at the same times: kubectl carillon next -f shows them.`

const example = `  # Of a file
  kubectl carillon convert -f cronjob.yaml > task.yaml
  kubectl carillon next -f task.yaml

  # All of a namespace, and fail if something changes its meaning
  kubectl carillon convert --all --strict`

// The formats of the output.
const (
	outputYAML = "yaml"
	outputJSON = "json"
)

// options are the arguments of convert.
type options struct {
	*kube.Factory

	files     []string
	recursive bool
	all       bool
	strict    bool
	output    string
}

// NewCommand returns the command.
func NewCommand(f *kube.Factory) *cobra.Command {
	o := &options{Factory: f}
	cmd := &cobra.Command{
		Use:     "convert (-f FILE | CRONJOB... | --all)",
		Short:   "Print Tasks that do what CronJobs do.",
		Long:    long,
		Example: example,
		RunE:    func(cmd *cobra.Command, names []string) error { return o.run(cmd.Context(), names) },
	}
	flags := cmd.Flags()
	flags.StringSliceVarP(&o.files, "filename", "f", nil, `A file, a directory, a URL, or "-" for the standard input. May be given more than once.`)
	flags.BoolVarP(&o.recursive, "recursive", "R", false, "Directories with all that is below them.")
	flags.BoolVar(&o.all, "all", false, "All CronJobs of the namespace.")
	flags.BoolVar(&o.strict, "strict", false, "Exit with 1 if anything was changed or dropped.")
	flags.StringVarP(&o.output, "output", "o", outputYAML, "Output format: yaml or json.")
	return cmd
}

func (o *options) run(ctx context.Context, names []string) error {
	if err := o.check(names); err != nil {
		return err
	}
	if len(o.files) > 0 {
		return o.report(o.fromFiles(ctx))
	}
	found, err := o.fromCluster(ctx, names)
	if err != nil {
		return err
	}
	return o.report(found)
}

// check looks at the arguments.
func (o *options) check(names []string) error {
	sources := 0
	for _, given := range []bool{len(o.files) > 0, len(names) > 0, o.all} {
		if given {
			sources++
		}
	}
	switch {
	case sources != 1:
		return errors.New("write one of -f FILE, names of CronJobs, and --all")
	case o.output != outputYAML && o.output != outputJSON:
		return fmt.Errorf("--output %q: must be yaml or json", o.output)
	default:
		return nil
	}
}
