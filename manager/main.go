package manager

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/pflag"
	// The roots of trust for https, where the machine has none: an image may hold
	// nothing but the program.
	_ "golang.org/x/crypto/x509roots/fallback"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/carillon-dev/carillon/handler"
	"github.com/carillon-dev/carillon/internal/app"
)

// Main is the whole of a main: it runs a manager with the arguments of the program until
// it is stopped by SIGINT or SIGTERM. It does not return if that fails: the error
// is printed, and the exit status is 1. handlers are the functions that Tasks can call
// besides the built-in log; nil means no others.
func Main(handlers *handler.Registry) {
	switch err := Run(ctrl.SetupSignalHandler(), os.Args[1:], handlers, os.Stderr); {
	case errors.Is(err, pflag.ErrHelp): // which has been given
	case err != nil:
		fmt.Fprintln(os.Stderr, "manager:", err)
		os.Exit(1)
	}
}

// checkArgument is the first argument that has the program check the managers of its cluster
// instead of running one.
const checkArgument = "check"

// Run runs a manager with these arguments until ctx ends, and returns nil then. Logs and
// the help on flags are written to logs. handlers are those of Main; no function can be
// registered afterwards. The cluster is that of --kubeconfig, of the environment variable
// KUBECONFIG, of the Pod that it runs in, or of ~/.kube/config, whichever is found first.
//
// If the first argument is "check", it runs no manager. It waits up to a minute until the CRDs are
// served and a leader renews the lease, and returns an error if there is none.
//
// There can be one such manager in a process, whose metrics and logger are those of
// controller-runtime. See [New] for several.
func Run(ctx context.Context, args []string, handlers *handler.Registry, logs io.Writer) error {
	checking := len(args) > 0 && args[0] == checkArgument
	if checking {
		args = args[1:]
	}
	cfg, err := app.ParseFlags(args, logs)
	if err != nil {
		return err //nolint:wrapcheck // it says what it is about
	}
	cluster, err := ctrl.GetConfig()
	if err != nil {
		return fmt.Errorf("finding the cluster: %w", err)
	}
	if checking {
		ctx, cancel := context.WithTimeout(ctx, app.CheckTimeout)
		defer cancel()
		return app.Check(ctx, cfg, cluster, logs) //nolint:wrapcheck // as above
	}
	return app.Run(ctx, cfg, cluster, handlers, logs) //nolint:wrapcheck // as above
}
