package main

import (
	"os"

	"github.com/spf13/cobra"

	"github.com/carillon-dev/carillon/hack/devcluster/internal/trial"
)

func newRunCommand() *cobra.Command {
	var flags clusterFlags
	command := &cobra.Command{
		Use:   "run [-- MANAGER-FLAG...]",
		Short: "Start a cluster with the manager and the samples of this checkout, and show its Tasks",
		RunE: func(cmd *cobra.Command, managerArguments []string) error {
			options, err := flags.options(os.Stderr)
			if err != nil {
				return err
			}
			return trial.Run(cmd.Context(), trial.Options{Cluster: options, ManagerArguments: managerArguments, Output: os.Stdout})
		},
	}
	flags.addDir(command)
	flags.addLevel(command)
	return command
}
