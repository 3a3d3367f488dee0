// Package doctor is kubectl carillon doctor: whether all is well, and what to do if not.
package doctor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/cli/kube"
	"github.com/carillon-dev/carillon/internal/cli/output"
	"github.com/carillon-dev/carillon/internal/cli/text"
)

const long = `Look whether all is well: the definitions of the kinds, the managers, what you may, and
the Tasks and Schedulers of the whole cluster, or with -n of one namespace.

The exit status is 1 if something fails; with --strict also if there is something to
look at. What you may not read is left out, and said.`

const example = `  kubectl carillon doctor
  kubectl carillon doctor -n reports --strict`

// status is how a check came out.
type status string

const (
	good    status = "OK"
	look    status = "WARN" // somebody should look at it
	bad     status = "FAIL" // something does not work
	skipped status = "SKIP" // it may not be read
)

// finding is what a check found.
type finding struct {
	Check  string `json:"check"`
	Status status `json:"status"`
	Found  string `json:"found"`
	// Advice is what to do. It is empty where there is nothing to be done.
	Advice string `json:"advice,omitempty"`
}

// options are the arguments of doctor.
type options struct {
	*kube.Factory
	output.Answer

	managerNamespace string
	lag              time.Duration
	strict           bool
}

// NewCommand returns the command.
func NewCommand(f *kube.Factory) *cobra.Command {
	o := &options{Factory: f}
	cmd := &cobra.Command{
		Use:     "doctor",
		Short:   "Look whether all is well, and say what to do if not.",
		Long:    long,
		Example: example,
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context()) },
	}
	cmd.Flags().StringVar(&o.managerNamespace, "manager-namespace", "", "The namespace of the managers' lease (default: wherever there is one).")
	cmd.Flags().DurationVar(&o.lag, "lag", time.Minute, "How late a slot may be decided.")
	cmd.Flags().BoolVar(&o.strict, "strict", false, "Exit with 1 also if there is something to look at.")
	o.AddFlags(cmd)
	return cmd
}

func (o *options) run(ctx context.Context) error {
	if o.lag < 0 {
		return fmt.Errorf("--lag %s: must be at least 0s", o.lag)
	}
	if err := o.Check(); err != nil {
		return err //nolint:wrapcheck // it says all
	}
	c, err := o.Client()
	if err != nil {
		return err //nolint:wrapcheck // it says all
	}
	findings := o.examine(ctx, c)
	if o.ForPeople() {
		err = write(o.Out, findings)
	} else {
		err = o.Print(o.Raw, map[string]any{"findings": findings})
	}
	if err != nil {
		return err //nolint:wrapcheck // writing to the terminal
	}
	return o.verdict(findings)
}

// examine makes all checks. If the cluster does not know the kinds, the others have
// nothing to look at.
func (o *options) examine(ctx context.Context, c *kube.Client) []finding {
	findings := []finding{o.clock(ctx), kinds(c)}
	if findings[1].Status == bad {
		return findings
	}
	namespace := *o.Flags.Namespace
	seen, unread := read(ctx, c, namespace)
	seen.now, seen.lag = o.Now(), o.lag
	findings = append(findings, names(c), o.manager(ctx, c, seen), permissions(ctx, c, namespace))
	if unread != nil {
		return append(findings, *unread)
	}
	return append(findings, seen.findings()...)
}

// read reads all Tasks and Schedulers.
func read(ctx context.Context, c *kube.Client, namespace string) (population, *finding) {
	tasks, err := c.Tasks(ctx, namespace, "")
	if err == nil {
		var schedulers []v1alpha1.Scheduler
		if schedulers, err = c.Schedulers(ctx, namespace); err == nil {
			return population{tasks: tasks, schedulers: schedulers}, nil
		}
	}
	return population{}, unreadable("Tasks", err, "write -n with a namespace whose Tasks you may read")
}

// unreadable is a finding about what could not be read.
func unreadable(check string, err error, advice string) *finding {
	if apierrors.IsForbidden(err) {
		return &finding{Check: check, Status: skipped, Found: "you may not read it", Advice: advice}
	}
	return &finding{Check: check, Status: bad, Found: err.Error()}
}

// write prints a table, and what to do below it.
func write(out io.Writer, findings []finding) error {
	w := text.NewTable(out)
	fmt.Fprintln(w, "STATUS\tCHECK\tFOUND")
	for _, f := range findings {
		fmt.Fprintf(w, "%s\t%s\t%s\n", f.Status, f.Check, text.Line(f.Found))
	}
	if err := w.Flush(); err != nil {
		return err //nolint:wrapcheck // writing to the terminal
	}
	for _, f := range findings {
		if f.Advice != "" {
			fmt.Fprintf(out, "\n%s: %s.\n", f.Check, text.Line(f.Advice))
		}
	}
	return nil
}

// verdict is the error that makes the exit status.
func (o *options) verdict(findings []finding) error {
	failed, warned := 0, 0
	for _, f := range findings {
		switch f.Status {
		case bad:
			failed++
		case look:
			warned++
		case good, skipped:
		}
	}
	switch {
	case failed > 0:
		return fmt.Errorf("%s failed", text.Count(failed, "check"))
	case warned > 0 && o.strict:
		return fmt.Errorf("%s found something to look at", text.Count(warned, "check"))
	default:
		return nil
	}
}

// errNoDate says that a server does not tell the time.
var errNoDate = errors.New("it does not tell the time")
