package faults_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

// start starts a manager.
func (c *testCase) start(w *wire, name string) error {
	m, err := boot(w, c.kind.leases, c.logs, name)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.managers = append(c.managers, m)
	if c.over {
		m.cancel()
	}
	go c.follow(m, name)
	return nil
}

// follow waits for the end of a manager, and deals with one that nobody has asked for. On
// a busy machine one may not renew its lease in time; it is started again then, as a
// kubelet does it.
func (c *testCase) follow(m *manager, name string) {
	select {
	case <-m.elected:
		if m.wire != c.wire {
			c.takenOnce.Do(func() { close(c.taken) })
		}
		<-m.ended
	case <-m.ended:
	}
	c.mu.Lock()
	over := c.over
	c.mu.Unlock()
	switch {
	case over || m.wire.isCut() || m.wire.isStalled() != nil:
	case c.kind.leases:
		if err := c.start(m.wire, name+"-again"); err != nil {
			c.fail(err)
		}
	default:
		c.fail(fmt.Errorf("the %s manager ended by itself: %w", name, m.err))
	}
}

// stop ends all managers that are left.
func (c *testCase) stop() error {
	c.mu.Lock()
	c.over = true
	managers := slices.Clone(c.managers)
	c.mu.Unlock()
	var errs []error
	for _, m := range managers {
		errs = append(errs, m.stop())
	}
	return errors.Join(errs...)
}

// newest is the manager that was started last.
func (c *testCase) newest() *manager {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.managers[len(c.managers)-1]
}

// takeOver starts another manager when the first one is gone, if the fault asks for
// that.
func (c *testCase) takeOver(ctx context.Context) error {
	if c.kind.takeover == nil {
		return nil
	}
	select {
	case <-c.wire.fired:
	case <-ctx.Done():
		return nil
	}
	if !c.kind.leases {
		select {
		case <-c.wire.cutOff:
			c.newest().cancel()
		case <-ctx.Done():
			return nil
		}
	}
	w := newWire(c.namespace)
	c.kind.takeover(c, w)
	return c.start(w, "second")
}

// release lets what was held back of the first manager arrive.
func (c *testCase) release(ctx context.Context) error {
	held := c.wire.isStalled()
	if held == nil || c.releasedAt > 0 {
		return nil
	}
	select {
	case <-c.taken:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	tasks := &v1alpha1.TaskList{}
	if err := admin.List(ctx, tasks, client.InNamespace(c.namespace)); err != nil {
		return fmt.Errorf("reading the version: %w", err)
	}
	version, err := strconv.ParseUint(tasks.ResourceVersion, 10, 64)
	if err != nil {
		return fmt.Errorf("reading the version: %w", err)
	}
	c.mu.Lock()
	c.releasedAt = version
	c.mu.Unlock()
	held.release()
	return nil
}

// beginning is the version at which a run was first recorded, or the Task was made.
func (c *testCase) beginning() string {
	entries, _ := c.ledger.since(0)
	first := ""
	for _, e := range entries {
		task, ok := e.obj.(*v1alpha1.Task)
		if !ok {
			continue
		}
		if first == "" || len(task.Status.Active) > 0 {
			first = task.ResourceVersion
		}
		if len(task.Status.Active) > 0 {
			break
		}
	}
	return first
}

// isLate reports whether a Pod was created by a request that arrived after another
// manager had taken over, and done what it was for.
func (c *testCase) isLate(pod *corev1.Pod) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.releasedAt > 0 && c.wire.isStalled().holds(pod.Name) && versionAtCreation(c.ledger, pod) > c.releasedAt
}

// versionAtCreation is the version at which a Pod was first seen.
func versionAtCreation(l *ledger, pod *corev1.Pod) uint64 {
	entries, _ := l.since(0)
	for _, e := range entries {
		if e.obj.GetUID() == pod.UID {
			return e.version
		}
	}
	return 0
}
