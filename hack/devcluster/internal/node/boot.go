package node

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/carillon-dev/carillon/hack/devcluster/internal/cgroup"
	"github.com/carillon-dev/carillon/hack/devcluster/internal/config"
)

// bootFull starts a real node.
func (n *node) bootFull(ctx context.Context) error {
	if err := configureNetwork(ctx); err != nil {
		return err
	}
	if err := cgroup.Create(n.cluster.Cgroup); err != nil {
		return err
	}
	listener, err := inheritedListener()
	if err != nil {
		return err
	}
	go func() {
		n.end(fmt.Errorf("forwarding connections to the API server: %w", forward(listener, n.cluster.APIAddress())))
	}()
	if err := n.start(config.Etcd, config.Containerd, config.APIServer); err != nil {
		return err
	}
	if err := n.importImages(ctx); err != nil {
		return err
	}
	if err := n.waitForAPI(ctx); err != nil {
		return err
	}
	if err := n.start(config.ControllerManager, config.Scheduler, config.Proxy, config.Kubelet); err != nil {
		return err
	}
	if err := n.waitForNode(ctx); err != nil {
		return err
	}
	return n.waitForServices(ctx)
}

// bootSimulated starts a node on which Pods only seem to run.
func (n *node) bootSimulated(ctx context.Context) error {
	if err := n.start(config.Etcd, config.APIServer); err != nil {
		return err
	}
	if err := n.waitForAPI(ctx); err != nil {
		return err
	}
	if err := n.start(config.ControllerManager, config.Scheduler, config.Kwok); err != nil {
		return err
	}
	if err := n.client.Create(ctx, "/api/v1/nodes", config.SimulatedNode); err != nil {
		return fmt.Errorf("making the simulated node: %w", err)
	}
	return n.waitForNode(ctx)
}

// importImages puts the images that the node starts with into containerd,
// which may have to come up first.
func (n *node) importImages(ctx context.Context) error {
	archives, err := filepath.Glob(filepath.Join(n.cluster.Images(), "*.tar"))
	if err != nil {
		return fmt.Errorf("listing images: %w", err)
	}
	err = poll(ctx, "containerd", func(ctx context.Context) error { return runCtr(ctx, "version") })
	if err != nil {
		return err
	}
	for _, archive := range archives {
		if err := runCtr(ctx, "images", "import", archive); err != nil {
			return fmt.Errorf("importing %s: %w", archive, err)
		}
	}
	n.events.send(Progress, "containerd runs and has the images")
	return nil
}
