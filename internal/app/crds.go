package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

// crdPollInterval is how often a crdWait asks the API server for the CRDs.
const crdPollInterval = time.Second

// requiredCRDs are the kinds that the manager cannot work without, by the names of their
// CRDs.
var requiredCRDs = []struct{ crd, kind string }{
	{"tasks.carillon.dev", "Task"},
	{"schedulers.carillon.dev", "Scheduler"},
}

// crdWait keeps a manager from starting its caches, its controllers and its leader
// election until the API server serves the CRDs. A manager that is started first, or
// together with the CRDs, then needs no restart.
//
// The manager starts it with the caches, which come before everything else but the
// servers of probes and metrics.
type crdWait struct {
	clock clock.WithTicker
	log   logr.Logger
	// mapper asks the API server which kinds it serves. caches are those of the manager. prepare is called once, when the CRDs are served
	// and nothing else has been started.
	mapper  meta.RESTMapper
	caches  cache.Cache
	prepare func(context.Context) error

	mu     sync.Mutex
	reason error // why it still waits; nil before the first look and after the last
	served chan struct{}
	// stopped ends with the context of the manager, which runnables do not get.
	stopped context.Context
}

func newCRDWait(clk clock.WithTicker, log logr.Logger) *crdWait {
	return &crdWait{clock: clk, log: log, served: make(chan struct{}), stopped: context.Background()}
}

// addTo adds the wait to a manager.
func (w *crdWait) addTo(mgr ctrl.Manager, checks Checks, prepare func(context.Context) error) error {
	mapper, err := apiutil.NewDynamicRESTMapper(mgr.GetConfig(), mgr.GetHTTPClient())
	if err != nil {
		return fmt.Errorf("preparing to wait for the CRDs: %w", err)
	}
	w.mapper, w.caches, w.prepare = mapper, mgr.GetCache(), prepare
	return errors.Join(mgr.Add(w), checks.AddReadyzCheck("crds", func(*http.Request) error { return w.err() }))
}

// Start waits until the CRDs are served. It returns nil then, or when ctx or the manager
// ends.
func (w *crdWait) Start(ctx context.Context) error {
	ticker := w.clock.NewTicker(crdPollInterval)
	defer ticker.Stop()
	for {
		err := w.check()
		if err == nil {
			return w.open(ctx)
		}
		w.note(err)
		select {
		case <-ctx.Done():
			return nil
		case <-w.stopped.Done():
			return nil
		case <-ticker.C():
		}
	}
}

// check returns what the manager has to wait for.
func (w *crdWait) check() error {
	var missing []string
	for _, required := range requiredCRDs {
		_, err := w.mapper.RESTMapping(schema.GroupKind{Group: v1alpha1.GroupName, Kind: required.kind}, v1alpha1.GroupVersion.Version)
		switch {
		case meta.IsNoMatchError(err):
			missing = append(missing, required.crd)
		case err != nil:
			return fmt.Errorf("waiting for the API server: %w", err)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("waiting for the CRDs %s in version %s: apply config/crd", strings.Join(missing, ", "), v1alpha1.GroupVersion.Version)
	}
	return nil
}

// open lets the manager go on.
func (w *crdWait) open(ctx context.Context) error {
	if err := w.prepare(ctx); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.reason != nil {
		w.log.Info("the CRDs are served: starting")
	}
	w.reason = nil
	close(w.served)
	return nil
}

// note remembers why the manager waits. It logs a reason once.
func (w *crdWait) note(reason error) {
	w.mu.Lock()
	changed := w.reason == nil || w.reason.Error() != reason.Error()
	w.reason = reason
	w.mu.Unlock()
	if changed {
		w.log.Info("not ready: nothing is scheduled and no lease is acquired", "reason", reason.Error())
	}
}

// err is nil once the CRDs are served, and says until then what is missing.
func (w *crdWait) err() error {
	select {
	case <-w.served:
		return nil
	default:
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.reason == nil {
		return fmt.Errorf("waiting for the CRDs of %s", v1alpha1.GroupVersion)
	}
	return w.reason
}

// GetCache makes the manager start a crdWait with its caches, and start nothing else
// before WaitForCacheSync of the result has returned.
func (w *crdWait) GetCache() cache.Cache { return gatedCache{w.caches, w} }

// gatedCache is a cache that is in sync when the CRDs are served, too.
type gatedCache struct {
	cache.Cache
	wait *crdWait
}

// WaitForCacheSync implements cache.Informers. It returns true as well when the manager
// ends: the manager waits for that before it can end.
func (c gatedCache) WaitForCacheSync(ctx context.Context) bool {
	stopped := c.wait.stopped
	select {
	case <-c.wait.served:
	case <-stopped.Done():
		return true
	case <-ctx.Done():
		return false
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(stopped, cancel)()
	return c.Cache.WaitForCacheSync(ctx) || stopped.Err() != nil
}

// gatedLock is a lock of the leader election that cannot be acquired before the CRDs are
// served: a manager that cannot work must not keep another one from working.
type gatedLock struct {
	resourcelock.Interface
	wait *crdWait
}

// Get implements resourcelock.Interface.
func (l gatedLock) Get(ctx context.Context) (*resourcelock.LeaderElectionRecord, []byte, error) {
	if err := l.wait.err(); err != nil {
		return nil, nil, err
	}
	return l.Interface.Get(ctx) //nolint:wrapcheck // the leader election looks at the API server's own error
}

// gatedManager notifies its crdWait when it has to end.
type gatedManager struct {
	ctrl.Manager
	wait *crdWait
}

// Start implements manager.Manager.
func (m gatedManager) Start(ctx context.Context) error {
	m.wait.stopped = ctx
	return m.Manager.Start(ctx) //nolint:wrapcheck // it is the manager's own
}
