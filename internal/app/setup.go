package app

import (
	"crypto/rand"
	"fmt"

	"github.com/go-logr/logr"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"github.com/carillon-dev/carillon/handler"
	"github.com/carillon-dev/carillon/internal/executor/inprocess"
	"github.com/carillon-dev/carillon/internal/executor/inprocess/guard"
	"github.com/carillon-dev/carillon/internal/executor/inprocess/httpcall"
	"github.com/carillon-dev/carillon/internal/executor/pod"
	"github.com/carillon-dev/carillon/internal/executor/pod/dryrun"
	"github.com/carillon-dev/carillon/internal/lease"
	"github.com/carillon-dev/carillon/internal/listener/kubeevents"
	"github.com/carillon-dev/carillon/internal/metrics"
	"github.com/carillon-dev/carillon/internal/runinfo"
	"github.com/carillon-dev/carillon/internal/scheduler/engine"
	"github.com/carillon-dev/carillon/internal/scheduler/fair"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/internal/scheduler/recovery"
	"github.com/carillon-dev/carillon/internal/store/status"
	"github.com/carillon-dev/carillon/internal/tracing"
	"github.com/carillon-dev/carillon/internal/translate"
)

// Bounds of the requests to the API server that are under way at a time. Saves and requests
// about Pods are shared fairly among namespaces.
//
// A save costs the API server some 7 ms of CPU. Eight at a time keep it busy; more of them wait for
// each other there, where nobody shares fairly, and delay the saves of a namespace that has one.
const (
	maxSaves       = 8
	maxPodRequests = 50
	maxPodDeletes  = 20
	maxDryRuns     = 10
)

// components is what setup connects.
type components struct {
	cfg     *Config
	holder  string
	lease   *lease.Lease // nil without leader election
	metrics *metrics.Metrics
	tracer  *tracing.Tracer // nil: nothing is traced
	clock   clock.WithDelayedExecution
	guard   *guard.Guard
	crds    *crdWait
	// serverTime confirms the time after a jump of the clock.
	serverTime *serverClock
	addresses  *addressRefresh
	handlers   *handler.Registry
	checks     Checks
	log        logr.Logger
}

// setup connects core, executors and controllers with each other and with the
// manager:
//
//	task controller ─▶ group ─▶ executors ─▶ Pods, requests
//	                     ▲                     │
//	                     └── pod controller ◀──┘
func setup(mgr ctrl.Manager, p components) (*engine.Group, error) {
	w := &wiring{
		components: p, mgr: mgr, held: func() bool { return true }, rechecked: make(chan event.GenericEvent),
		contained: recovery.Recoverer{Log: p.log.WithName("panics"), Panicked: p.metrics.Panicked},
	}
	if p.lease != nil {
		w.held, w.lost = p.lease.Held, p.lease.Lost()
		if err := mgr.Add(p.lease); err != nil {
			return nil, fmt.Errorf("watching the lease: %w", err)
		}
	}
	for _, build := range []func() error{w.buildTranslation, w.buildEvents, w.buildGroup, w.register} {
		if err := build(); err != nil {
			return nil, err
		}
	}
	return w.group, nil
}

// wiring is what setup connects, in the order in which it is built.
type wiring struct {
	components
	mgr       ctrl.Manager
	contained recovery.Recoverer
	// held reports whether this process is the leader; lost is closed when it has lost the lease.
	held func() bool
	lost <-chan struct{}
	// rechecked brings the Tasks that are to be translated anew.
	rechecked chan event.GenericEvent
	dryRuns   *dryrun.Checker
	env       translate.Options
	events    *kubeevents.Writer
	group     *engine.Group
	limits    *namespaceLimits
}

// buildTranslation builds what makes the core's Tasks of those of the API.
func (w *wiring) buildTranslation() error {
	// The manager's own client follows what it writes into its cache, where a dry run
	// never arrives.
	uncached, err := client.New(w.mgr.GetConfig(), client.Options{HTTPClient: w.mgr.GetHTTPClient(), Scheme: w.mgr.GetScheme(), Mapper: w.mgr.GetRESTMapper()})
	if err != nil {
		return fmt.Errorf("building a client for dry runs: %w", err)
	}
	w.dryRuns = dryrun.New(dryrun.Config{
		Client: uncached, Clock: clock.RealClock{}, MaxInFlight: maxDryRuns, Changed: sendTo(w.rechecked), Recover: w.contained,
		Log: w.log.WithName("dry-runs"),
	})
	w.env = translate.Options{
		Handlers: w.handlers, MaxWorkers: w.cfg.MaxWorkers, SecretHeaders: w.cfg.HTTP.SecretHeaders,
		ServiceAccounts: translate.ServiceAccounts{Default: w.cfg.ServiceAccounts.Default, Require: w.cfg.ServiceAccounts.Require},
		Oversized:       &status.Oversized{}, Checks: w.dryRuns, Frequency: &translate.Frequency{Limits: limitsOf(w.cfg)},
		Population: translate.NewPopulation(w.cfg.Limits.Namespace.Tasks),
		Recover:    w.contained,
	}
	return nil
}

// buildGroup builds the core, with the store of its records, its executors and its listeners.
func (w *wiring) buildGroup() error {
	tokens, err := newTokens(w.mgr)
	if err != nil {
		return err
	}
	caller, err := newCaller(w.components, secretReader(w.mgr.GetAPIReader(), w.cfg.HTTP.SecretHeaders), tokens.Get)
	if err != nil {
		return err
	}
	store := &status.Store{
		Client: w.mgr.GetClient(), Live: w.mgr.GetAPIReader(), Oversized: w.env.Oversized,
		Snapshot: translate.Source{Reader: w.mgr.GetClient(), Env: w.env}.Snapshot, ReportOversized: kubeevents.Sink{Reporter: w.events}.ReportProblem,
	}
	w.group = engine.NewGroup(w.engineConfig(store), func(report model.Report) (pods, inProcess model.Executor) {
		return w.podExecutor(store, report), w.inProcessExecutor(caller, report)
	})
	w.limits = limitNamespaces(w.mgr, w.components, w.group, w.env.Population)
	w.group.HoldBack() // until Load has announced the Tasks
	w.metrics.SetSource(metrics.StatsSource{Stats: func() engine.Stats { return w.group.Stats(w.clock.Now()) }, Held: w.held})
	return nil
}

// engineConfig is that of every Scheduler, without its executors.
func (w *wiring) engineConfig(store model.Store) engine.Config {
	return engine.Config{
		Holder:      w.holder,
		Clock:       w.clock,
		ConfirmTime: w.serverTime.confirms,
		Store:       w.metrics.Store(store),
		Sink:        w.sinks(),
		Recover:     w.contained,
		Nonce:       rand.Text,
		OnWakeup:    w.metrics.Wakeup,

		ObservationDropped: w.metrics.ObservationDropped,
		Log:                w.log.WithName("core"),
		Saves:              fair.NewSemaphore(maxSaves),
		InProcessRuns:      fair.NewSemaphore(w.cfg.MaxInProcessRuns),
		Searches:           engine.NewSearches(1),
		Lost:               w.lost,
		DrainTimeout:       w.cfg.ShutdownTimeout.Duration,
	}
}

func (w *wiring) podExecutor(store *status.Store, report model.Report) *pod.Executor {
	return pod.New(pod.Config{
		Client: w.mgr.GetClient(), Cache: w.mgr.GetCache(), Reader: w.mgr.GetAPIReader(), Clock: w.clock, Report: report,
		Recorded: store.Recorded, Created: w.dryRuns.Accept,
		Requests: fair.NewSemaphore(maxPodRequests), Deletes: fair.NewSemaphore(maxPodDeletes),
		Trace: w.trace(), Recover: w.contained, Log: w.log.WithName("pods"),
	})
}

func (w *wiring) inProcessExecutor(caller *httpcall.Caller, report model.Report) *inprocess.Executor {
	return inprocess.New(inprocess.Config{
		Clock: w.clock, Report: report,
		Handlers: w.handlers, HTTP: caller, Held: w.held, Trace: w.trace(), Log: w.log.WithName("workers"),
	})
}

// trace takes attempts into their traces; nil if nothing is traced.
func (w *wiring) trace() runinfo.Trace {
	if w.tracer == nil {
		return nil
	}
	return w.tracer.Enter
}

// limitsOf returns the limits of Tasks that are configured.
func limitsOf(cfg *Config) translate.Limits {
	return translate.Limits{
		MinimumInterval: cfg.Limits.MinimumInterval.Duration, MinimumBackoff: cfg.Limits.MinimumBackoff.Duration,
		MaximumInstances: cfg.Limits.MaximumInstances, MaximumTriggers: cfg.Limits.MaximumTriggers, MaximumWorkers: cfg.Limits.MaximumWorkers,
	}
}
