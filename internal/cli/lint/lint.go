// Package lint is kubectl carillon lint.
package lint

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/carillon-dev/carillon/internal/cli/kube"
	"github.com/carillon-dev/carillon/internal/cli/manifests"
	"github.com/carillon-dev/carillon/internal/cli/taskfile"
)

const long = `Check Tasks and Schedulers in files, without a cluster: what the API server would refuse
(fields that do not exist, values that do not fit, the rules of the CRDs), triggers that would
make a Task Stalled, and what is allowed and may not do what it seems to say.

It cannot see what only the cluster knows: whether a Pod of the template is accepted (kubectl
apply --dry-run=server does not show that either; the Task's Ready condition does), whether
executors, handlers, Secrets and ServiceAccounts exist, and the limits of the administrator.

The exit status is 1 if there is an error, and with --strict also if there is a warning.`

const example = `  # The files of a repository, in a pipeline
  kubectl carillon lint -f tasks/ --recursive --strict

  # What a chart renders
  helm template . | kubectl carillon lint -f -

  # For the code scanning of a forge
  kubectl carillon lint -f tasks/ -o sarif > lint.sarif`

// options are the arguments of lint.
type options struct {
	*kube.Factory

	filenames []string
	recursive bool
	strict    bool
	output    string
}

// NewCommand returns the command.
func NewCommand(f *kube.Factory) *cobra.Command {
	o := &options{Factory: f}
	cmd := &cobra.Command{
		Use:     "lint -f FILE...",
		Short:   "Check Tasks and Schedulers in files, without a cluster.",
		Long:    long,
		Example: example,
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context()) },
	}
	flags := cmd.Flags()
	flags.StringSliceVarP(&o.filenames, "filename", "f", nil, `A file, a directory, a URL, or "-" for the standard input. May be given more than once.`)
	flags.BoolVarP(&o.recursive, "recursive", "R", false, "Read the directories below those of -f, too.")
	flags.BoolVar(&o.strict, "strict", false, "Fail on warnings, too.")
	flags.StringVarP(&o.output, "output", "o", outputText, "Output format: text, json or sarif.")
	return cmd
}

// run prints what is found. Its error reports that something was, or is one that kept it from
// beginning.
func (o *options) run(ctx context.Context) error {
	if len(o.filenames) == 0 {
		return errors.New("nothing to check is named: write -f FILE, or -f - for the standard input")
	}
	show, err := printerFor(o.output)
	if err != nil {
		return err
	}
	reader := manifests.Reader{Stdin: o.In, Recursive: o.recursive}
	sources, errs := reader.Read(ctx, o.filenames)
	if len(errs) > 0 {
		return errs[0] //nolint:wrapcheck // it names the source
	}
	objects, problems := taskfile.Read(sources)
	found, err := check(objects, o.Now())
	if err != nil {
		return err
	}
	for _, problem := range problems {
		found = append(found, finding{Level: levelError, Rule: ruleUnreadable, Message: problem.Error()})
	}
	r := report{Objects: len(objects), Findings: found}
	if err := show(o.Factory, &r); err != nil {
		return err
	}
	return r.verdict(o.strict)
}

// verdict is the error that makes the exit status.
func (r *report) verdict(strict bool) error {
	failed, warned := r.of(levelError), r.of(levelWarning)
	switch {
	case failed > 0:
		return fmt.Errorf("%s, %s", count(failed, "error"), count(warned, "warning"))
	case strict && warned > 0:
		return fmt.Errorf("%s, and --strict allows none", count(warned, "warning"))
	default:
		return nil
	}
}

func (r *report) of(level string) int {
	n := 0
	for i := range r.Findings {
		if r.Findings[i].Level == level {
			n++
		}
	}
	return n
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
