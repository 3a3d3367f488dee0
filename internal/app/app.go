package app

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/go-logr/logr"
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
	ctrlmetrics "sigs.k8s.io/controller-runtime/pkg/metrics"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/executor/inprocess/guard"
	"github.com/carillon-dev/carillon/internal/executor/inprocess/handler"
	"github.com/carillon-dev/carillon/internal/lease"
	"github.com/carillon-dev/carillon/internal/metrics"
)

// leaseName is the name of the Lease that the managers of a cluster compete for.
const leaseName = "carillon-manager"

// Run runs a manager until ctx ends. It returns nil when it was asked to end.
func Run(ctx context.Context, cfg Config, restConfig *rest.Config, logs io.Writer) error {
	if err := cfg.Validate(); err != nil {
		return err
	}
	logger, err := NewLogger(logs, cfg.LogLevel)
	if err != nil {
		return err
	}
	ctrl.SetLogger(logger)
	mgr, err := New(ctx, cfg, restConfig, ctrlmetrics.Registry, logger)
	if err != nil {
		return err
	}
	logger.Info("starting", "holder", mgr.Holder)
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

// Manager is a manager with everything wired to it.
type Manager struct {
	ctrl.Manager
	// Holder names this process in leases and records. No two processes
	// have the same, nor has one before and after a restart.
	Holder string
}

// New builds a manager. It does not contact the cluster for longer than it takes
// to discover its resources.
func New(ctx context.Context, cfg Config, restConfig *rest.Config, registry ctrlmetrics.RegistererGatherer, logger logr.Logger) (*Manager, error) {
	holder, err := newHolder()
	if err != nil {
		return nil, err
	}
	counted := metrics.New(registry)
	clk := clock.RealClock{}

	base := rest.CopyConfig(restConfig)
	base.QPS = -1 // the API server's priority and fairness is the limit
	base.UserAgent = "carillon-manager"
	options := managerOptions(cfg, logger)
	guarded := rest.CopyConfig(base)
	guarded.Wrap(countWrites(counted))
	var held *lease.Lease
	if cfg.LeaderElect {
		lock, err := newLock(cfg, base, holder)
		if err != nil {
			return nil, err
		}
		held = lease.Watch(lock, cfg.RenewDeadline, clk)
		guarded.Wrap(held.Transport)
		options.LeaderElectionResourceLockInterface = held
	}
	mgr, err := ctrl.NewManager(guarded, options)
	if err != nil {
		return nil, fmt.Errorf("building the manager: %w", err)
	}
	addresses, err := apiServers(ctx, base)
	if err != nil {
		logger.Error(err, "finding the API server's addresses: http actions are kept from those that are known", "known", addresses)
	}
	handlers := handler.NewRegistry()
	if err := handlers.Register(handler.LogName, handler.Log(logger)); err != nil {
		return nil, fmt.Errorf("registering the built-in handlers: %w", err)
	}
	err = wire(mgr, parts{
		cfg: cfg, holder: holder, lease: held, metrics: counted, clock: clk, handlers: handlers, log: logger,
		guard: guard.New(guard.Config{Allow: cfg.HTTPAllow, Deny: cfg.HTTPDeny, APIServers: addresses}),
	})
	if err != nil {
		return nil, fmt.Errorf("wiring the manager: %w", err)
	}
	return &Manager{Manager: mgr, Holder: holder}, nil
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

func managerOptions(cfg Config, logger logr.Logger) ctrl.Options {
	runs := labels.NewSelector()
	if labelled, err := labels.NewRequirement(v1alpha1.LabelTaskUID, selection.Exists, nil); err == nil { // a constant, and valid
		runs = runs.Add(*labelled)
	}
	return ctrl.Options{
		Scheme: Scheme(),
		Logger: logger,
		Cache: cache.Options{
			DefaultTransform: cache.TransformStripManagedFields(),
			ByObject: map[client.Object]cache.ByObject{
				&corev1.Pod{}: {Label: runs},
			},
		},
		Client: client.Options{Cache: &client.CacheOptions{EnableReadYourWritesConsistency: new(true)}},
		Controller: config.Controller{
			EnableWarmup:            new(true),
			MaxConcurrentReconciles: 4,
			SkipNameValidation:      new(true), // a test process has several managers
		},
		Metrics:                       metricsserver.Options{BindAddress: cfg.MetricsAddress},
		HealthProbeBindAddress:        cfg.ProbeAddress,
		LeaderElection:                cfg.LeaderElect,
		LeaderElectionReleaseOnCancel: true,
		LeaseDuration:                 &cfg.LeaseDuration,
		RenewDeadline:                 &cfg.RenewDeadline,
		RetryPeriod:                   &cfg.RetryPeriod,
		GracefulShutdownTimeout:       new(cfg.ShutdownTimeout + 10*time.Second),
	}
}
