package cli

import (
	"time"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"
)

// NewCommand returns the command with all its subcommands. An error that it
// returns when it is executed has not been printed yet.
func NewCommand(streams genericiooptions.IOStreams) *cobra.Command {
	return newCommand(streams, time.Now)
}

// newCommand is NewCommand with a clock.
func newCommand(streams genericiooptions.IOStreams, now func() time.Time) *cobra.Command {
	root := &cobra.Command{
		Use:   "kubectl-carillon",
		Short: "Look ahead at the Tasks of Carillon.",
		// It is found by kubectl under this name.
		Annotations:   map[string]string{cobra.CommandDisplayNameAnnotation: "kubectl carillon"},
		Args:          cobra.NoArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetIn(streams.In)
	root.SetOut(streams.Out)
	root.SetErr(streams.ErrOut)
	root.AddCommand(newNextCommand(streams, now), newVersionCommand(streams))
	return root
}
