package app

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"os"
	"time"

	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/selection"
	"k8s.io/apimachinery/pkg/util/uuid"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/config"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/log"
	ctrlmetrics "sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/handler"
	"github.com/carillon-dev/carillon/internal/executor/inprocess"
	"github.com/carillon-dev/carillon/internal/lease"
	"github.com/carillon-dev/carillon/internal/metrics"
	"github.com/carillon-dev/carillon/internal/runpod"
	"github.com/carillon-dev/carillon/internal/serviceaccount"
	"github.com/carillon-dev/carillon/internal/tracing"
)

// leaseName is the name of the Lease that the managers of a cluster compete for.
const leaseName = "carillon-manager"

// Run runs a manager until ctx ends. It returns nil when it was asked to end. handlers
// are those of Needs.
func Run(ctx context.Context, cfg *Config, restConfig *rest.Config, handlers *handler.Registry, logs io.Writer) error {
	level, err := cfg.Log.Slog()
	if err != nil {
		return err //nolint:wrapcheck // as above
	}
	logger := NewLogger(logs, level)
	ctrl.SetLogger(logger)
	holder, err := newHolder()
	if err != nil {
		return err
	}
	tracer, err := startTracing(ctx, cfg, holder, logger)
	if err != nil {
		return err
	}
	defer stopTracing(tracer, logger)
	mgr, err := New(cfg, Dependencies{Cluster: restConfig, Holder: holder, Registry: ctrlmetrics.Registry, Tracer: tracer, Handlers: handlers, Log: logger})
	if err != nil {
		return err
	}
	logger.Info("starting", "holder", holder, "tracing", tracer != nil, "configuration", cfg)
	if err := mgr.Start(ctx); err != nil {
		return fmt.Errorf("running the manager: %w", err)
	}
	return nil
}

// Scheme knows every kind that the manager deals with.
func Scheme() *runtime.Scheme {
	scheme := runtime.NewScheme()
	// Adding fails only for a programmer's mistake, which every test shows.
	if err := clientgoscheme.AddToScheme(scheme); err != nil {
		panic(err)
	}
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		panic(err)
	}
	return scheme
}

// Dependencies is what a manager is built from, besides its configuration.
type Dependencies struct {
	// Cluster says how to reach the API server.
	Cluster *rest.Config
	// Holder names this process in leases and records. No two processes may
	// have the same, nor one before and after a restart. Defaults to a name that is made.
	Holder string
	// Registry takes the metrics.
	Registry prometheus.Registerer
	// Tracer makes the traces of runs. Unset: nothing is traced.
	Tracer *tracing.Tracer
	// Handlers are the functions that Tasks can call, besides those that are
	// built in. Unset: there are no others.
	Handlers *handler.Registry
	// Checks takes the checks of health and readiness. Unset: the manager itself.
	Checks Checks
	Log    logr.Logger
}

// Checks takes checks of health and readiness, as a ctrl.Manager does.
type Checks interface {
	AddHealthzCheck(name string, check healthz.Checker) error
	AddReadyzCheck(name string, check healthz.Checker) error
}

// New builds a manager. The API server need not be there yet, nor the CRDs: once it is
// started, the manager waits for both.
func New(cfg *Config, needs Dependencies) (ctrl.Manager, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err //nolint:wrapcheck // it names the fields
	}
	logger := needs.Log
	holder, err := holderOf(needs.Holder)
	if err != nil {
		return nil, err
	}
	counted, err := metrics.New(needs.Registry)
	if err != nil {
		return nil, err //nolint:wrapcheck // it says what it is about
	}
	clk := clock.RealClock{}

	base := rest.CopyConfig(needs.Cluster)
	base.QPS = -1 // the API server's priority and fairness is the limit
	base.UserAgent = "carillon-manager"
	serverTime := newServerClock()
	base.Wrap(serverTime.around)
	options := managerOptions(cfg, base, logger)
	guarded := rest.CopyConfig(base)
	guarded.Wrap(countWrites(counted))
	manager, err := serviceaccount.WhoAmI(base)
	if err != nil {
		return nil, fmt.Errorf("preparing to act as ServiceAccounts: %w", err)
	}
	guarded.Wrap(serviceaccount.Transport(manager))
	crds := newCRDWait(clk, logger)
	held, err := watchLease(cfg, base, holder, clk)
	if err != nil {
		return nil, err
	}
	if held != nil {
		guarded.Wrap(held.Transport)
		options.LeaderElectionResourceLockInterface = gatedLock{held, crds}
	}
	mgr, err := ctrl.NewManager(guarded, options)
	if err != nil {
		return nil, fmt.Errorf("building the manager: %w", err)
	}
	handlers, err := withBuiltIn(needs.Handlers, logger)
	if err != nil {
		return nil, err
	}
	checks := needs.Checks
	if checks == nil {
		checks = mgr
	}
	guarding, err := newGuard(cfg)
	if err != nil {
		return nil, err
	}
	group, err := setup(mgr, components{
		cfg: cfg, holder: holder, lease: held, metrics: counted, tracer: needs.Tracer, clock: clk, handlers: handlers, checks: checks, log: logger,
		guard: guarding, crds: crds, serverTime: serverTime,
		addresses: &addressRefresh{guard: guarding, find: func(ctx context.Context) ([]netip.AddrPort, error) { return apiServers(ctx, base) }, clock: clk, log: logger},
	})
	if err != nil {
		return nil, fmt.Errorf("wiring the manager: %w", err)
	}
	return gatedManager{&drainingManager{Manager: mgr, group: group}, crds}, nil
}

// watchLease returns the lease that the managers compete for, or nil if they do not.
func watchLease(cfg *Config, base *rest.Config, holder string, clk clock.WithTicker) (*lease.Lease, error) {
	if !cfg.LeaderElection.Enabled {
		return nil, nil //nolint:nilnil // there is none
	}
	lock, err := newLock(cfg, base, holder)
	if err != nil {
		return nil, err
	}
	return lease.Watch(lock, cfg.LeaderElection.RenewDeadline.Duration, clk), nil
}

// withBuiltIn returns the functions that Tasks can call: those that are given, which take no
// further ones from now on, and those that are built in.
func withBuiltIn(given *handler.Registry, logger logr.Logger) (*handler.Registry, error) {
	all := handler.NewRegistry()
	if given != nil {
		given.Freeze()
		all = given.Clone()
	}
	if err := all.Register(inprocess.LogName, inprocess.Log(logger)); err != nil {
		return nil, fmt.Errorf("registering the built-in handlers: %w", err)
	}
	all.Freeze()
	return all, nil
}

// holderOf is the name of this process that is given, or one that is made.
func holderOf(given string) (string, error) {
	if given != "" {
		return given, nil
	}
	return newHolder()
}

// newHolder makes a name for this process: the host's, which people know, and
// something that no other process has.
func newHolder() (string, error) {
	host, err := os.Hostname()
	if err != nil {
		return "", fmt.Errorf("finding the host's name: %w", err)
	}
	return host + "_" + string(uuid.NewUUID())[:8], nil
}

func managerOptions(cfg *Config, base *rest.Config, logger logr.Logger) ctrl.Options {
	runs := labels.NewSelector()
	if labelled, err := labels.NewRequirement(v1alpha1.LabelTaskUID, selection.Exists, nil); err == nil { // a constant, and valid
		runs = runs.Add(*labelled)
	}
	return ctrl.Options{
		Scheme:         Scheme(),
		MapperProvider: newMapper,
		Logger:         logger,
		BaseContext:    func() context.Context { return log.IntoContext(context.Background(), logger) },
		Cache: cache.Options{
			DefaultTransform:  cache.TransformStripManagedFields(),
			DefaultNamespaces: watched(cfg),
			ByObject: map[client.Object]cache.ByObject{
				&corev1.Pod{}: {Label: runs, Transform: runpod.Trim},
			},
		},
		Client: client.Options{Cache: &client.CacheOptions{EnableReadYourWritesConsistency: new(readsItsWrites(cfg))}},
		Controller: config.Controller{
			EnableWarmup:       new(true),
			SkipNameValidation: new(true), // a test process has several managers
		},
		Metrics:                       metricsOptions(cfg, base),
		HealthProbeBindAddress:        cfg.Health.BindAddress,
		LeaderElection:                cfg.LeaderElection.Enabled,
		LeaderElectionReleaseOnCancel: true,
		LeaseDuration:                 &cfg.LeaderElection.LeaseDuration.Duration,
		RenewDeadline:                 &cfg.LeaderElection.RenewDeadline.Duration,
		RetryPeriod:                   &cfg.LeaderElection.RetryPeriod.Duration,
		GracefulShutdownTimeout:       new(cfg.ShutdownTimeout.Duration + 10*time.Second),
	}
}

// watched are the namespaces that the cache holds; none stands for all.
func watched(cfg *Config) map[string]cache.Config {
	namespaces := make(map[string]cache.Config, len(cfg.WatchNamespaces))
	for _, name := range cfg.WatchNamespaces {
		namespaces[name] = cache.Config{}
	}
	return namespaces
}

// readsItsWrites reports whether reads are to wait for the cache to have seen the
// manager's own writes. One watch alone delivers them; each of several namespaces
// has its own. Nothing relies on it to be right: a write that is based on
// an old read meets a conflict, and is repeated (docs/adr/0010-watched-namespaces.md).
func readsItsWrites(cfg *Config) bool {
	return len(cfg.WatchNamespaces) <= 1
}
