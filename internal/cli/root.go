package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/carillon-dev/carillon/internal/cli/cancel"
	"github.com/carillon-dev/carillon/internal/cli/convert"
	"github.com/carillon-dev/carillon/internal/cli/doctor"
	"github.com/carillon-dev/carillon/internal/cli/explain"
	"github.com/carillon-dev/carillon/internal/cli/get"
	"github.com/carillon-dev/carillon/internal/cli/kube"
	"github.com/carillon-dev/carillon/internal/cli/lint"
	"github.com/carillon-dev/carillon/internal/cli/list"
	"github.com/carillon-dev/carillon/internal/cli/logs"
	"github.com/carillon-dev/carillon/internal/cli/next"
	"github.com/carillon-dev/carillon/internal/cli/pause"
	runcmd "github.com/carillon-dev/carillon/internal/cli/run"
	"github.com/carillon-dev/carillon/internal/cli/timeline"
)

// Main runs the command that the arguments say, prints its error if it has one, and
// returns the exit status of the program.
func Main(ctx context.Context, streams genericiooptions.IOStreams, args []string) int {
	return run(ctx, streams, time.Now, args)
}

// run is Main with a clock.
func run(ctx context.Context, streams genericiooptions.IOStreams, now func() time.Time, args []string) int {
	factory := kube.NewFactory(streams, now)
	root := newCommand(factory)
	root.SetArgs(args)
	if err := root.ExecuteContext(ctx); err != nil {
		fmt.Fprintln(factory.ErrOut, "error:", kube.Explain(err))
		return 1
	}
	return 0
}

// newCommand returns the command with all its subcommands.
func newCommand(f *kube.Factory) *cobra.Command {
	root := &cobra.Command{
		Use:   "kubectl-carillon",
		Short: "See what the Tasks of Carillon do, will do and have done, and run, cancel and pause them.",
		// It is found by kubectl under this name.
		Annotations:   map[string]string{cobra.CommandDisplayNameAnnotation: "kubectl carillon"},
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetIn(f.In)
	root.SetOut(f.Out)
	root.SetErr(f.ErrOut)
	f.Flags.AddFlags(root.PersistentFlags())
	if err := root.RegisterFlagCompletionFunc("namespace", f.CompleteNamespaces()); err != nil {
		panic(err) // The flag is not called so any more.
	}
	root.AddCommand(
		list.NewCommand(f), get.NewCommand(f), next.NewCommand(f), timeline.NewCommand(f), logs.NewCommand(f),
		explain.NewCommand(f), runcmd.NewCommand(f), cancel.NewCommand(f), pause.NewPauseCommand(f), pause.NewResumeCommand(f),
		convert.NewCommand(f), lint.NewCommand(f), doctor.NewCommand(f), newVersionCommand(f.IOStreams))
	return root
}
