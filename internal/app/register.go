package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	podcontroller "github.com/carillon-dev/carillon/internal/controller/pod"
	schedulercontroller "github.com/carillon-dev/carillon/internal/controller/scheduler"
	taskcontroller "github.com/carillon-dev/carillon/internal/controller/task"
	"github.com/carillon-dev/carillon/internal/executor/pod"
	"github.com/carillon-dev/carillon/internal/lease"
	"github.com/carillon-dev/carillon/internal/scheduler/engine"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// register makes the manager run what has been built.
func (w *wiring) register() error {
	tasks := &taskcontroller.Reconciler{
		Client: w.mgr.GetClient(), Live: w.mgr.GetAPIReader(), Core: w.group, Env: w.env, Namespaces: w.cfg.WatchNamespaces, Clock: w.clock,
		Rechecked: w.rechecked,
	}
	schedulers := &schedulercontroller.Reconciler{
		Client: w.mgr.GetClient(), Live: w.mgr.GetAPIReader(), Clock: w.clock, Events: w.events, Holder: w.holder,
	}
	pods := &podcontroller.Reconciler{Client: w.mgr.GetClient(), Live: w.mgr.GetAPIReader(), Core: w.group, OrphanDeleted: w.metrics.OrphanDeleted}
	return errors.Join(
		w.crds.addTo(w.mgr, w.checks, func(ctx context.Context) error {
			w.addresses.refresh(ctx) // before the first http action
			return errors.Join(
				pod.IndexByTask(ctx, w.mgr.GetFieldIndexer()), taskcontroller.IndexByScheduler(ctx, w.mgr.GetFieldIndexer()))
		}),
		w.mgr.Add(w.addresses),
		tasks.SetupWithManager(w.mgr),
		schedulers.SetupWithManager(w.mgr),
		pods.SetupWithManager(w.mgr),
		w.limits.SetupWithManager(w.mgr),
		w.mgr.Add(loadAfterTakeover(tasks, w.limits)),
		w.mgr.Add(leaderOnly(func(ctx context.Context) error {
			w.env.Population.Run(ctx, sendTo(w.rechecked))
			return nil
		})),
		w.mgr.Add(leaderOnly(w.runGroup)),
		w.mgr.Add(leaderOnly(func(ctx context.Context) error {
			w.dryRuns.Run(ctx)
			return nil
		})),
		w.checks.AddHealthzCheck("loops", w.checkLoops),
		w.checks.AddReadyzCheck("caches", w.checkCaches),
	)
}

// runGroup runs the core until it has drained.
func (w *wiring) runGroup(ctx context.Context) error {
	defer runUntilReturn(ctx, w.events.Run)() // what the drain reports is still written
	w.group.Run(ctx)
	if ctx.Err() == nil { // nobody asked it to end
		return lease.ErrNotHeld
	}
	return nil
}

// checkLoops is a liveness check.
func (w *wiring) checkLoops(*http.Request) error {
	if w.group.IsStalled(w.clock.Now()) {
		return fmt.Errorf("no loop of a Scheduler has made a step for %s", engine.StalledAfter)
	}
	return nil
}

// checkCaches is a readiness check.
func (w *wiring) checkCaches(req *http.Request) error {
	ctx, cancel := context.WithTimeout(req.Context(), time.Second)
	defer cancel()
	if !w.mgr.GetCache().WaitForCacheSync(ctx) {
		return errors.New("the caches are not yet in sync with the API server")
	}
	return nil
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
