package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/carillon-dev/carillon/hack/devcluster/cluster"
)

// clusterFlags are the flags of all commands that concern one cluster.
type clusterFlags struct{ dir, level string }

func (f *clusterFlags) addDir(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.dir, "dir", "", "directory of the cluster (default a folder of the user's cache directory)")
}

func (f *clusterFlags) addLevel(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.level, "level", "", "full or simulated (default $LEVEL, else full where that is possible)")
}

// options returns the options of the cluster; its node runs as this program.
func (f *clusterFlags) options(messages io.Writer) (cluster.Options, error) {
	command, err := os.Executable()
	if err != nil {
		return cluster.Options{}, fmt.Errorf("finding this program: %w", err)
	}
	return cluster.Options{Level: f.level, Dir: f.dir, Messages: messages, Command: command}, nil
}

func newUpCommand() *cobra.Command {
	var flags clusterFlags
	command := &cobra.Command{
		Use:   "up",
		Short: "Start a cluster in the background",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			handle, err := startHolder(cmd.Context(), flags)
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "export KUBECONFIG=%s\n", handle.Kubeconfig())
			return nil
		},
	}
	flags.addDir(command)
	flags.addLevel(command)
	return command
}

// startHolder starts the process that owns the cluster from now on, shows what
// it says, and returns when the cluster is up.
func startHolder(ctx context.Context, flags clusterFlags) (*cluster.Handle, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("finding this program: %w", err)
	}
	messages, theirs, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("listening to the cluster's process: %w", err)
	}
	defer func() { _ = messages.Close() }() // It has been read to its end.
	holder := exec.Command(self, "hold", "--dir="+flags.dir, "--level="+flags.level)
	holder.ExtraFiles = []*os.File{theirs}
	// A session of its own outlives the terminal.
	holder.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	err = holder.Start()
	_ = theirs.Close() // The holder has a copy of its own.
	if err != nil {
		return nil, fmt.Errorf("starting the cluster's process: %w", err)
	}
	// An error means that it has ended by itself.
	defer context.AfterFunc(ctx, func() { _ = holder.Process.Signal(syscall.SIGTERM) })()

	// It closes its end when the cluster is up; if that fails, it ends.
	if _, err := io.Copy(os.Stderr, messages); err != nil {
		return nil, fmt.Errorf("listening to the cluster's process: %w", err)
	}
	handle, err := cluster.Attach(flags.dir)
	if err != nil || handle.OwnerPID() != holder.Process.Pid {
		_ = holder.Wait() // It has said why it ends.
		return nil, errors.New("the cluster did not start")
	}
	return handle, nil
}

// messagesFile is where a holder writes until its cluster is up.
const messagesFile = 3

// newHoldCommand returns the command of the process that up leaves behind.
func newHoldCommand() *cobra.Command {
	var flags clusterFlags
	command := &cobra.Command{
		Use:    "hold",
		Short:  "Start a cluster and own it until terminated",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE:   func(cmd *cobra.Command, _ []string) error { return hold(cmd.Context(), flags) },
	}
	flags.addDir(command)
	flags.addLevel(command)
	return command
}

func hold(ctx context.Context, flags clusterFlags) error {
	messages := os.NewFile(messagesFile, "messages")
	syscall.CloseOnExec(messagesFile)
	options, err := flags.options(&untilClosed{messages})
	if err != nil {
		return err
	}
	c, err := cluster.Start(ctx, options)
	if err != nil {
		fmt.Fprintln(messages, "devcluster:", err)
		return err
	}
	if err := messages.Close(); err != nil {
		return errors.Join(err, c.Stop())
	}
	select {
	case <-ctx.Done():
	case <-c.Done():
	}
	return errors.Join(c.Err(), c.Stop())
}

// untilClosed writes to a file as long as it is open, and then nowhere.
type untilClosed struct{ file *os.File }

func (u *untilClosed) Write(text []byte) (int, error) {
	if _, err := u.file.Write(text); err != nil && !errors.Is(err, os.ErrClosed) {
		return 0, err
	}
	return len(text), nil
}

func newDownCommand() *cobra.Command {
	var flags clusterFlags
	command := &cobra.Command{
		Use:   "down",
		Short: "End a cluster, and clean up after one whose process has died",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return cluster.Down(cmd.Context(), flags.dir, os.Stderr)
		},
	}
	flags.addDir(command)
	return command
}

func newLoadCommand() *cobra.Command {
	var flags clusterFlags
	command := &cobra.Command{
		Use:   "load ARCHIVE...",
		Short: "Import image archives, as docker save or buildah push write them, into the running node",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, archives []string) error {
			handle, err := cluster.Attach(flags.dir)
			if err != nil {
				return err
			}
			for _, archive := range archives {
				if err := handle.LoadImage(cmd.Context(), archive); err != nil {
					return err
				}
			}
			return nil
		},
	}
	flags.addDir(command)
	return command
}
