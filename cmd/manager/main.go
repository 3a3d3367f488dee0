// Command manager is Carillon's controller: it serves the Schedulers and Tasks of
// a cluster.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"

	// The roots of trust for https, where the machine has none: the image holds
	// nothing but this program.
	_ "golang.org/x/crypto/x509roots/fallback"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/carillon-dev/carillon/internal/app"
)

func main() {
	err := run(os.Args[1:])
	switch {
	case errors.Is(err, flag.ErrHelp): // which has been given
	case err != nil:
		fmt.Fprintln(os.Stderr, "manager:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	cfg, err := app.ParseFlags(args, os.Stderr)
	if err != nil {
		return err
	}
	ctx := ctrl.SetupSignalHandler()
	restConfig, err := ctrl.GetConfig()
	if err != nil {
		return fmt.Errorf("finding the cluster: %w", err)
	}
	return app.Run(ctx, cfg, restConfig, os.Stderr)
}
