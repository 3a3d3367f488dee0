package app

import (
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/pflag"
	restconfig "sigs.k8s.io/controller-runtime/pkg/client/config"

	"github.com/carillon-dev/carillon/manager/config"
)

// Config is the configuration of a manager.
type Config = config.ManagerConfiguration

// ParseFlags reads the flags of the manager, and the file that they may name. Help
// and complaints about flags are written to output; what asks for help is answered
// with pflag.ErrHelp.
func ParseFlags(args []string, output io.Writer) (*Config, error) {
	cfg, err := config.Parse(args, output, func(fs *pflag.FlagSet) {
		kubeconfig := flag.NewFlagSet("", flag.ContinueOnError)
		restconfig.RegisterFlags(kubeconfig)
		fs.AddGoFlagSet(kubeconfig)
	})
	if err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	return cfg, nil
}

// serviceAccountNamespace is where a Pod finds the namespace it runs in.
const serviceAccountNamespace = "/var/run/secrets/kubernetes.io/serviceaccount/namespace"

// leaseNamespace is where the lease is kept. Outside a cluster it is one that exists in every
// cluster and where tenants may write nothing: who writes the lease decides who acts.
func leaseNamespace(cfg *Config) string {
	if cfg.LeaderElection.Namespace != "" {
		return cfg.LeaderElection.Namespace
	}
	if name, err := os.ReadFile(serviceAccountNamespace); err == nil {
		return strings.TrimSpace(string(name))
	}
	return "kube-system"
}
