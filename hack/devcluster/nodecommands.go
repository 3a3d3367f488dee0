package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/carillon-dev/carillon/hack/devcluster/internal/node"
)

// newNodeCommand returns the command of the process that starts the components
// of a cluster.
func newNodeCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "node DIR",
		Short:  "Run the components of the cluster described in a directory",
		Hidden: true,
		Args:   cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, arguments []string) error {
			return node.Run(arguments[0], os.Stdin, os.Stdout)
		},
	}
}

// newInitCommand returns the command of the first process in the namespaces of
// a full node.
func newInitCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "init DIR",
		Short:  "Run the components of a cluster as the first process of new namespaces",
		Hidden: true,
		Args:   cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, arguments []string) error {
			self, err := os.Executable()
			if err != nil {
				return fmt.Errorf("finding this program: %w", err)
			}
			return node.Init(arguments[0], []string{self, "node", arguments[0]})
		},
	}
}
