package app

import (
	"context"

	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/carillon-dev/carillon/internal/scheduler/engine"
)

// drainingManager is a manager that drains its Schedulers before anything else of it
// ends: controllers go on and the lease is kept meanwhile, so that runs as Pods are
// decided and observed as ever. Only when nothing is left to drain is the lease released.
// What runs in this process is therefore over, or cancelled, before the next leader
// starts it again.
type drainingManager struct {
	ctrl.Manager

	group *engine.Group
}

// Start implements ctrl.Manager.
func (m *drainingManager) Start(ctx context.Context) error {
	running, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	stop := context.AfterFunc(ctx, func() {
		m.group.Drain()
		end()
	})
	defer stop()
	return m.Manager.Start(running) //nolint:wrapcheck // it is the manager's own
}
