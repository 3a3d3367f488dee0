package node

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"time"

	"github.com/carillon-dev/carillon/hack/devcluster/internal/apiclient"
	"github.com/carillon-dev/carillon/hack/devcluster/internal/config"
)

// pollInterval is the time between two looks at something that is coming up.
const pollInterval = 100 * time.Millisecond

// poll calls check until it succeeds. When ctx ends first, the error is the
// last one that check returned.
func poll(ctx context.Context, what string, check func(ctx context.Context) error) error {
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for {
		err := check(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: %w", what, errors.Join(context.Cause(ctx), err))
		case <-tick.C:
		}
	}
}

// waitForAPI waits until the API server is ready.
func (n *node) waitForAPI(ctx context.Context) error {
	err := poll(ctx, "the API server", func(ctx context.Context) error { return n.client.Get(ctx, "/readyz", nil) })
	if err == nil {
		n.events.send(Progress, "the API server is ready")
	}
	return err
}

// waitForNode waits until Pods can be made and scheduled.
func (n *node) waitForNode(ctx context.Context) error {
	if err := poll(ctx, "the node", n.nodeReady); err != nil {
		return err
	}
	// Without this account the API server refuses Pods.
	err := poll(ctx, "the ServiceAccount default", func(ctx context.Context) error {
		return n.client.Get(ctx, "/api/v1/namespaces/default/serviceaccounts/default", nil)
	})
	if err == nil {
		n.events.send(Progress, "the node is ready")
	}
	return err
}

func (n *node) nodeReady(ctx context.Context) error {
	var object struct {
		Status struct {
			Conditions []struct{ Type, Status, Message string }
		}
	}
	if err := n.client.Get(ctx, "/api/v1/nodes/"+config.NodeName, &object); err != nil {
		return err
	}
	for _, condition := range object.Status.Conditions {
		if condition.Type == "Ready" && condition.Status == "True" {
			return nil
		}
	}
	return fmt.Errorf("node %s is not ready: %+v", config.NodeName, object.Status.Conditions)
}

// waitForServices waits until kube-proxy has made a way to the API server's
// Service; it retries only every few seconds while the node is unknown.
func (n *node) waitForServices(ctx context.Context) error {
	credentials, err := n.cluster.Admin(config.ServiceURL)
	if err != nil {
		return err
	}
	client, err := apiclient.New(credentials)
	if err != nil {
		return err
	}
	return poll(ctx, "the API server's Service", func(ctx context.Context) error { return client.Get(ctx, "/readyz", nil) })
}

// runCtr runs containerd's own client in the namespace of the kubelet.
func runCtr(ctx context.Context, arguments ...string) error {
	output, err := exec.CommandContext(ctx, "ctr", append([]string{"--namespace=k8s.io"}, arguments...)...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("ctr: %w: %s", err, output)
	}
	return nil
}
