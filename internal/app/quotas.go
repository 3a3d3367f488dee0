package app

import (
	"context"
	"time"

	"github.com/go-logr/logr"
	ctrl "sigs.k8s.io/controller-runtime"

	namespacecontroller "github.com/carillon-dev/carillon/internal/controller/namespace"
	"github.com/carillon-dev/carillon/internal/scheduler/engine"
	"github.com/carillon-dev/carillon/internal/scheduler/quota"
	"github.com/carillon-dev/carillon/internal/translate"
)

// namespaceLimits keeps the limits of namespaces.
type namespaceLimits struct {
	labels *namespacecontroller.Reconciler
	log    logr.Logger
}

// limitNamespaces has the core and the Tasks keep the limits of namespaces.
func limitNamespaces(mgr ctrl.Manager, p components, group *engine.Group, population *translate.Population) *namespaceLimits {
	defaults, start := p.cfg.Limits.Namespace, p.clock.Now()
	elapsed := func() time.Duration { return p.clock.Since(start) }
	limits := quota.Limits{Runs: defaults.Runs, StartsPerSecond: defaults.StartsPerSecond}
	pods, inProcess := quota.New(elapsed, limits), quota.New(elapsed, limits)
	group.LimitNamespaces(pods, inProcess)
	return &namespaceLimits{log: p.log.WithName("limits"), labels: &namespacecontroller.Reconciler{
		Namespaces: p.cfg.WatchNamespaces, Clock: p.clock, Client: mgr.GetClient(), Live: mgr.GetAPIReader(),
		Defaults: namespacecontroller.Limits{Tasks: defaults.Tasks, Runs: defaults.Runs, StartsPerSecond: defaults.StartsPerSecond},
		Set: func(namespace string, limits namespacecontroller.Limits) {
			population.SetLimit(namespace, limits.Tasks)
			for _, quotas := range []*quota.Quotas{pods, inProcess} {
				quotas.SetLimits(namespace, quota.Limits{Runs: limits.Runs, StartsPerSecond: limits.StartsPerSecond})
			}
		},
		Reset: func(namespace string) {
			population.ResetLimit(namespace)
			pods.ResetLimits(namespace)
			inProcess.ResetLimits(namespace)
		},
	}}
}

// SetupWithManager registers what follows the labels of Namespaces.
func (l *namespaceLimits) SetupWithManager(mgr ctrl.Manager) error {
	return l.labels.SetupWithManager(mgr) //nolint:wrapcheck // it says what it is about
}

// load applies the limits before any Task is handed over. If the Namespaces cannot be read, their
// limits hold as soon as the controller has read them.
func (l *namespaceLimits) load(ctx context.Context) {
	if err := l.labels.Load(ctx); err != nil && ctx.Err() == nil {
		l.log.Error(err, "the labels of namespaces are not in effect yet")
	}
}
