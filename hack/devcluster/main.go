// Command devcluster runs a real Kubernetes cluster of one node on this
// machine, with nothing but Go modules and packages of the distribution.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	// Once the first signal is being obeyed, a second one ends the process
	// at once; the node notices and cleans up by itself.
	context.AfterFunc(ctx, stop)

	if err := newCommand().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "devcluster:", err)
		os.Exit(1)
	}
}

func newCommand() *cobra.Command {
	command := &cobra.Command{
		Use:           "devcluster",
		Short:         "Run a Kubernetes cluster of one node on this machine",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	command.AddCommand(
		newBuildCommand(), newAssetsCommand(), newUpCommand(), newDownCommand(), newLoadCommand(), newRunCommand(),
		newHoldCommand(), newInitCommand(), newNodeCommand(),
	)
	return command
}
