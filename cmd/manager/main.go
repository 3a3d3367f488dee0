// Command manager is Carillon's controller: it serves the Schedulers and Tasks of
// a cluster.
package main

import (
	"flag"
	"fmt"
	"os"

	// The roots of trust for https, where the machine has none: the image holds
	// nothing but this program.
	_ "golang.org/x/crypto/x509roots/fallback"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client/config"

	"github.com/carillon-dev/carillon/internal/app"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "manager:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	var cfg app.Config
	fs := flag.NewFlagSet("manager", flag.ExitOnError)
	cfg.AddFlags(fs)
	config.RegisterFlags(fs)
	if err := fs.Parse(args); err != nil {
		return err
	}
	if fs.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q: all settings are flags, see --help", fs.Arg(0))
	}
	ctx := ctrl.SetupSignalHandler()
	restConfig, err := ctrl.GetConfig()
	if err != nil {
		return fmt.Errorf("finding the cluster: %w", err)
	}
	return app.Run(ctx, cfg, restConfig, os.Stderr)
}
