package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/go-logr/logr"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/handler"
	podcontroller "github.com/carillon-dev/carillon/internal/controller/pod"
	schedulercontroller "github.com/carillon-dev/carillon/internal/controller/scheduler"
	taskcontroller "github.com/carillon-dev/carillon/internal/controller/task"
	"github.com/carillon-dev/carillon/internal/executor/inprocess"
	"github.com/carillon-dev/carillon/internal/executor/inprocess/guard"
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
	held, lost := func() bool { return true }, (<-chan struct{})(nil)
	if p.lease != nil {
		held, lost = p.lease.Held, p.lease.Lost()
		if err := mgr.Add(p.lease); err != nil {
			return nil, fmt.Errorf("watching the lease: %w", err)
		}
	}
	// The manager's own client follows what it writes into its cache, where a dry run
	// never arrives.
	uncached, err := client.New(mgr.GetConfig(), client.Options{HTTPClient: mgr.GetHTTPClient(), Scheme: mgr.GetScheme(), Mapper: mgr.GetRESTMapper()})
	if err != nil {
		return nil, fmt.Errorf("building a client for dry runs: %w", err)
	}
	rechecked := make(chan event.GenericEvent)
	contained := recovery.Recoverer{Log: p.log.WithName("panics"), Panicked: p.metrics.Panicked}
	checks := dryrun.New(dryrun.Config{
		Client: uncached, Clock: clock.RealClock{}, MaxInFlight: maxDryRuns, Changed: sendTo(rechecked), Recover: contained,
		Log: p.log.WithName("dry-runs"),
	})
	env := translate.Options{
		Handlers: p.handlers, MaxWorkers: p.cfg.MaxWorkers, SecretHeaders: p.cfg.HTTP.SecretHeaders,
		ServiceAccounts: translate.ServiceAccounts{Default: p.cfg.ServiceAccounts.Default, Require: p.cfg.ServiceAccounts.Require},
		Oversized:       &status.Oversized{}, Checks: checks, Frequency: &translate.Frequency{Limits: limitsOf(p.cfg)},
		Population: translate.NewPopulation(p.cfg.Limits.Namespace.Tasks),
		Recover:    contained,
	}
	tokens, err := newTokens(mgr)
	if err != nil {
		return nil, err
	}
	caller, err := newCaller(p, secretReader(mgr.GetAPIReader(), p.cfg.HTTP.SecretHeaders), tokens.Get)
	if err != nil {
		return nil, err
	}
	events, err := newEventWriter(mgr, p, contained)
	if err != nil {
		return nil, err
	}
	sinks := listeners{contained, []model.Sink{kubeevents.Sink{Reporter: events}, p.metrics}}
	var trace runinfo.Trace
	if p.tracer != nil {
		sinks.all, trace = append(sinks.all, p.tracer), p.tracer.Enter
	}
	store := &status.Store{
		Client: mgr.GetClient(), Live: mgr.GetAPIReader(), Oversized: env.Oversized,
		Snapshot: translate.Source{Reader: mgr.GetClient(), Env: env}.Snapshot, ReportOversized: kubeevents.Sink{Reporter: events}.ReportProblem,
	}
	group := engine.NewGroup(engine.Config{
		Holder:      p.holder,
		Clock:       p.clock,
		ConfirmTime: p.serverTime.confirms,
		Store:       p.metrics.Store(store),
		Sink:        sinks,
		Recover:     contained,
		Nonce:       rand.Text,
		OnWakeup:    p.metrics.Wakeup,

		ObservationDropped: p.metrics.ObservationDropped,
		Log:                p.log.WithName("core"),
		Saves:              fair.NewSemaphore(maxSaves),
		InProcessRuns:      fair.NewSemaphore(p.cfg.MaxInProcessRuns),
		Searches:           engine.NewSearches(1),
		Lost:               lost,
		DrainTimeout:       p.cfg.ShutdownTimeout.Duration,
	}, func(report model.Report) (pods, inProcess model.Executor) {
		return pod.New(pod.Config{
				Client: mgr.GetClient(), Cache: mgr.GetCache(), Reader: mgr.GetAPIReader(), Clock: p.clock, Report: report,
				Recorded: store.Recorded, Created: checks.Accept,
				Requests: fair.NewSemaphore(maxPodRequests), Deletes: fair.NewSemaphore(maxPodDeletes), Trace: trace, Recover: contained, Log: p.log.WithName("pods"),
			}), inprocess.New(inprocess.Config{
				Clock: p.clock, Report: report,
				Handlers: p.handlers, HTTP: caller, Held: held, Trace: trace, Log: p.log.WithName("workers"),
			})
	})
	limits := limitNamespaces(mgr, p, group, env.Population)
	group.HoldBack() // until Load has announced the Tasks
	tasks := &taskcontroller.Reconciler{
		Client: mgr.GetClient(), Live: mgr.GetAPIReader(), Core: group, Env: env, Namespaces: p.cfg.WatchNamespaces, Clock: p.clock,
		Rechecked: rechecked,
	}
	if err := pod.IndexByTask(context.Background(), mgr.GetFieldIndexer()); err != nil { // reads nothing from the server
		return nil, err
	}
	p.metrics.SetSource(metrics.StatsSource{Stats: func() engine.Stats { return group.Stats(p.clock.Now()) }, Held: held})
	return group, errors.Join(
		p.crds.addTo(mgr, p.checks, func(ctx context.Context) error {
			p.addresses.refresh(ctx) // before the first http action
			return taskcontroller.IndexByScheduler(ctx, mgr.GetFieldIndexer())
		}),
		mgr.Add(p.addresses),
		tasks.SetupWithManager(mgr),
		(&schedulercontroller.Reconciler{
			Client: mgr.GetClient(), Live: mgr.GetAPIReader(), Clock: p.clock, Events: events, Holder: p.holder,
		}).SetupWithManager(mgr),
		(&podcontroller.Reconciler{Client: mgr.GetClient(), Live: mgr.GetAPIReader(), Core: group, OrphanDeleted: p.metrics.OrphanDeleted}).SetupWithManager(mgr),
		limits.SetupWithManager(mgr),
		mgr.Add(loadAfterTakeover(tasks, limits)),
		mgr.Add(leaderOnly(func(ctx context.Context) error {
			env.Population.Run(ctx, sendTo(rechecked))
			return nil
		})),
		mgr.Add(leaderOnly(func(ctx context.Context) error {
			defer runUntilReturn(ctx, events.Run)() // what the drain reports is still written
			group.Run(ctx)
			if ctx.Err() == nil { // nobody asked it to end
				return lease.ErrNotHeld
			}
			return nil
		})),
		mgr.Add(leaderOnly(func(ctx context.Context) error {
			checks.Run(ctx)
			return nil
		})),
		p.checks.AddHealthzCheck("loops", func(*http.Request) error {
			if group.IsStalled(p.clock.Now()) {
				return fmt.Errorf("no loop of a Scheduler has made a step for %s", engine.StalledAfter)
			}
			return nil
		}),
		p.checks.AddReadyzCheck("caches", func(req *http.Request) error {
			ctx, cancel := context.WithTimeout(req.Context(), time.Second)
			defer cancel()
			if !mgr.GetCache().WaitForCacheSync(ctx) {
				return errors.New("the caches are not yet in sync with the API server")
			}
			return nil
		}),
	)
}

// loadAfterTakeover hands all Tasks to the core, while that decides already for those that it has.
func loadAfterTakeover(tasks *taskcontroller.Reconciler, limits *namespaceLimits) leaderOnly {
	return func(ctx context.Context) error {
		limits.load(ctx)
		if err := tasks.Load(ctx); err != nil && ctx.Err() == nil {
			return fmt.Errorf("taking over the tasks: %w", err)
		}
		return nil
	}
}

// limitsOf returns the limits of Tasks that are configured.
func limitsOf(cfg *Config) translate.Limits {
	return translate.Limits{
		MinimumInterval: cfg.Limits.MinimumInterval.Duration, MinimumBackoff: cfg.Limits.MinimumBackoff.Duration,
		MaximumInstances: cfg.Limits.MaximumInstances, MaximumTriggers: cfg.Limits.MaximumTriggers, MaximumWorkers: cfg.Limits.MaximumWorkers,
	}
}

// sendTo sends the Task with a key to its controller.
func sendTo(tasks chan<- event.GenericEvent) func(ctx context.Context, key model.Key) {
	return func(ctx context.Context, key model.Key) {
		task := &v1alpha1.Task{ObjectMeta: metav1.ObjectMeta{Namespace: key.Namespace, Name: key.Name}}
		select {
		case tasks <- event.GenericEvent{Object: task}:
		case <-ctx.Done():
		}
	}
}

// leaderOnly is a function that the manager runs while it holds the lease.
type leaderOnly func(ctx context.Context) error

var _ manager.LeaderElectionRunnable = leaderOnly(nil)

// Start implements manager.Runnable.
func (f leaderOnly) Start(ctx context.Context) error {
	return f(ctx)
}

// NeedLeaderElection implements manager.LeaderElectionRunnable.
func (leaderOnly) NeedLeaderElection() bool { return true }

// newEventWriter returns what writes the Events, through the fence of the lease.
func newEventWriter(mgr ctrl.Manager, p components, contained recovery.Recoverer) (*kubeevents.Writer, error) {
	client, err := typedcorev1.NewForConfigAndClient(mgr.GetConfig(), mgr.GetHTTPClient())
	if err != nil {
		return nil, fmt.Errorf("building the client for Events: %w", err)
	}
	return kubeevents.New(kubeevents.Config{
		Client: client, Component: "carillon-manager", Instance: p.holder, Log: p.log.WithName("events"), Dropped: p.metrics.EventsDropped,
		Recover: contained,
	}), nil
}

// runUntilReturn starts a function whose context ends when the returned one is called, and
// not before. That one waits for the function to return.
func runUntilReturn(ctx context.Context, run func(context.Context)) (stop func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() {
		defer close(done)
		run(ctx)
	}()
	return func() {
		cancel()
		<-done
	}
}

// listeners reports the same events to several sinks. One that panics keeps nothing from the others.
type listeners struct {
	recover recovery.Recoverer
	all     []model.Sink
}

// Report implements model.Sink.
func (s listeners) Report(task model.Task, events []model.Event) {
	for _, sink := range s.all {
		_ = s.recover.Do(recovery.OperationReport, task.Key, func() { sink.Report(task, events) }) // logged and counted
	}
}
