package manager

import (
	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	ctrlmetrics "sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/carillon-dev/carillon/handler"
	"github.com/carillon-dev/carillon/internal/app"
	"github.com/carillon-dev/carillon/manager/config"
)

// Options are what a manager is made with. The zero value is a manager as it is shipped, without
// flags and file.
type Options struct {
	// Configuration is that of the manager; it is copied. Unset: [config.Default].
	Configuration *config.ManagerConfiguration
	// Handlers are the functions that Tasks can call besides the built-in log. No function can be
	// registered once a manager is made with them. Managers may share them. Unset: there are no others.
	Handlers *handler.Registry
	// Logger takes what is logged, of which the level in Configuration is not asked. Unset: that
	// of controller-runtime.
	Logger logr.Logger
	// Registerer takes the metrics. Each manager of a process needs one of its own, such as
	// [prometheus.WrapRegistererWith] makes of one, with a value of a label for each. Unset: that
	// of controller-runtime, which the manager serves.
	Registerer prometheus.Registerer
}

// New makes a manager for a cluster. Nothing is asked of the cluster before the manager is started,
// and then it waits until the CRDs are there. When the context of Start ends, the manager lets http and
// handler runs finish, for as long as Configuration says, before it releases its lease.
//
// Managers that are to act side by side, each for its own namespaces, need leases of their own: set
// LeaderElection.Namespace, or have no leader election if there is one process.
//
// It is an error if the configuration is invalid, or the Registerer has the metrics already.
func New(cluster *rest.Config, options Options) (ctrl.Manager, error) {
	return build(cluster, options, nil)
}

// SetupWithManager adds a manager, as New makes it, to one that an application has. It starts and
// ends with that. It has a cache, a client and a lease of its own, so that it acts in one
// replica whatever the leader election of the application. It serves neither metrics nor
// probes: its checks are added to those of the application's manager, and its metrics are in the
// Registerer. GracefulShutdownTimeout of the application's manager has to be longer than
// ShutdownTimeout of the Configuration.
//
// If the lease is lost, Start of the application's manager returns an error, as it does
// when its own is: what the runs of a process do in the name of the leader must end.
func SetupWithManager(mgr ctrl.Manager, options Options) error {
	cfg := config.Default()
	if options.Configuration != nil {
		cfg = options.Configuration.DeepCopy()
	}
	cfg.Metrics, cfg.Health = config.Metrics{BindAddress: "0"}, config.Health{BindAddress: "0"}
	options.Configuration = cfg
	if options.Logger.IsZero() {
		options.Logger = mgr.GetLogger()
	}
	added, err := build(mgr.GetConfig(), options, mgr)
	if err != nil {
		return err
	}
	return mgr.Add(runnable{added}) //nolint:wrapcheck // it is the application's own manager
}

func build(cluster *rest.Config, options Options, checks app.Checks) (ctrl.Manager, error) {
	cfg := config.Default()
	if options.Configuration != nil {
		cfg = options.Configuration.DeepCopy()
	}
	if options.Registerer == nil {
		options.Registerer = ctrlmetrics.Registry
	}
	if options.Logger.IsZero() {
		options.Logger = ctrl.Log
	}
	//nolint:wrapcheck // the errors say what they are about
	return app.New(cfg, app.Dependencies{
		Cluster: cluster, Registry: options.Registerer, Handlers: options.Handlers, Checks: checks, Log: options.Logger,
	})
}

// runnable is a manager inside another one.
type runnable struct{ ctrl.Manager }

// NeedLeaderElection implements manager.LeaderElectionRunnable: the manager has a lease of its own.
func (runnable) NeedLeaderElection() bool { return false }
