package kube

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

// The values of --dry-run, as kubectl has them.
const (
	dryRunNone   = "none"
	dryRunClient = "client"
	dryRunServer = "server"
)

// Patcher changes objects by merge patches, and by nothing else, as --dry-run says.
type Patcher struct{ dryRun string }

// AddFlags adds --dry-run.
func (p *Patcher) AddFlags(cmd *cobra.Command) {
	values := []string{dryRunNone, dryRunClient, dryRunServer}
	cmd.Flags().StringVar(&p.dryRun, "dry-run", dryRunNone,
		"client: print the patch and send nothing. server: have the API server check it, and change nothing. One of "+strings.Join(values, ", ")+".")
	cmd.Flags().Lookup("dry-run").NoOptDefVal = dryRunClient
	if err := cmd.RegisterFlagCompletionFunc("dry-run", cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic(err) // The flag is not called so any more.
	}
}

// Check says what is wrong with the flag.
func (p *Patcher) Check() error {
	switch p.dryRun {
	case dryRunNone, dryRunClient, dryRunServer:
		return nil
	default:
		return fmt.Errorf("--dry-run %q: must be one of none, client, server", p.dryRun)
	}
}

// Changes reports whether anything is changed.
func (p *Patcher) Changes() bool { return p.dryRun == dryRunNone }

// Patch sends a patch, or prints it together with the command of kubectl that does the
// same. done is what is said of the object afterwards.
func (p *Patcher) Patch(ctx context.Context, c *Client, out io.Writer, ref Ref, patch any, done string) error {
	data, err := json.Marshal(patch)
	if err != nil {
		return fmt.Errorf("writing the patch of %s: %w", ref, err)
	}
	if p.dryRun == dryRunClient {
		_, err := fmt.Fprintf(out, "kubectl patch %s --namespace %s --type merge --patch '%s'\n", ref, ref.Namespace, data)
		return err //nolint:wrapcheck // writing to the terminal
	}
	var into runtime.Object = &v1alpha1.Task{}
	if ref.Kind == KindScheduler {
		into = &v1alpha1.Scheduler{}
	}
	if err := c.Patch(ctx, ref, data, p.dryRun == dryRunServer, into); err != nil {
		return err
	}
	if p.dryRun == dryRunServer {
		done += " (server dry run)"
	}
	_, err = fmt.Fprintf(out, "%s %s\n", ref, done)
	return err //nolint:wrapcheck // writing to the terminal
}
