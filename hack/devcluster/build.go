package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/carillon-dev/carillon/hack/devcluster/cluster"
	"github.com/carillon-dev/carillon/hack/devcluster/internal/components"
	"github.com/carillon-dev/carillon/hack/devcluster/internal/progress"
	"github.com/carillon-dev/carillon/hack/devcluster/internal/repo"
)

func newBuildCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "build",
		Short: "Build the components of Kubernetes into the user's cache directory",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			root, err := repo.Find()
			if err != nil {
				return err
			}
			_, err = components.Ensure(cmd.Context(), root, progress.To(os.Stderr))
			return err
		},
	}
}

func newAssetsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "assets",
		Short: "Print a directory to be used as KUBEBUILDER_ASSETS, after building what belongs there",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			dir, err := cluster.Assets(cmd.Context(), os.Stderr)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), dir)
			return err
		},
	}
}
