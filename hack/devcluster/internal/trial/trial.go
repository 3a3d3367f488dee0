// Package trial runs the manager from this checkout on a devcluster, with the
// samples, for people to try it out.
package trial

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/carillon-dev/carillon/hack/devcluster/cluster"
	"github.com/carillon-dev/carillon/hack/devcluster/internal/progress"
	"github.com/carillon-dev/carillon/hack/devcluster/internal/repo"
)

// Options say what to run.
type Options struct {
	// Cluster is the cluster to start.
	Cluster cluster.Options
	// ManagerArguments are further flags for the manager.
	ManagerArguments []string
	// Output is where the table of Tasks is shown.
	Output *os.File
}

// trial is one that is under way.
type trial struct {
	root    repo.Root
	log     *progress.Log
	cluster *cluster.Cluster
	manager *manager
}

// Run shows a live table of Tasks until ctx ends, which is a good end, or
// something fails. It ends all that it has started before it returns.
func Run(ctx context.Context, options Options) error {
	root, err := repo.Find()
	if err != nil {
		return err
	}
	t := &trial{root: root, log: progress.To(options.Cluster.Messages)}
	err = t.run(ctx, options)
	if ctx.Err() != nil {
		err = nil // Whatever failed did so because of the end that was wanted.
	}
	return errors.Join(err, t.stop())
}

func (t *trial) run(ctx context.Context, options Options) error {
	// The Go compiler works while the cluster waits for its parts.
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var building sync.WaitGroup
	var err, buildErr error
	building.Go(func() { buildErr = t.buildPrograms(ctx) })

	if t.cluster, err = cluster.Start(ctx, options.Cluster); err != nil {
		cancel(err)
		building.Wait() // It ends now, and what it says is of no interest.
		return err
	}
	t.log.Printf("building the manager and the plugin")
	building.Wait()
	if buildErr != nil {
		return buildErr
	}
	if err := t.install(ctx, options.ManagerArguments); err != nil {
		return err
	}
	t.greet(options.Output)
	return t.watch(ctx, options.Output)
}

// install brings the manager and the samples into the cluster.
func (t *trial) install(ctx context.Context, managerArguments []string) error {
	t.log.Printf("applying config/crd")
	if err := t.apply(ctx, "config", "crd"); err != nil {
		return err
	}
	if err := t.awaitKinds(ctx); err != nil {
		return err
	}
	t.log.Printf("starting the manager; its log is %s", t.cluster.Log(managerLog))
	var err error
	if t.manager, err = t.startManager(managerArguments); err != nil {
		return err
	}
	if err := t.manager.awaitReady(ctx); err != nil {
		return err
	}
	t.log.Printf("applying config/samples")
	return t.apply(ctx, "config", "samples")
}

// awaitKinds waits until the API server serves the kinds that were just applied.
// "kubectl wait" will not do: it ends with an error while a definition has no
// conditions yet.
func (t *trial) awaitKinds(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		err := t.kubectl(ctx, "get", "tasks.carillon.dev,schedulers.carillon.dev", "--all-namespaces")
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for the kinds of Carillon: %w", err)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// greet tells how to use the cluster from a second terminal.
func (t *trial) greet(out io.Writer) {
	fmt.Fprintf(out, `
The cluster is up (%s node) and the manager runs. In another terminal:

  export KUBECONFIG=%s
  export PATH=%s:%s:$PATH
  kubectl get tasks,pods
  kubectl carillon doctor

Metrics: http://%s/metrics. Ctrl-C ends and removes everything.

`, t.cluster.Level(), t.cluster.Kubeconfig(), t.programs(), t.cluster.Bin(), t.manager.metricsAddress)
}

// watch shows the table of Tasks until something ends.
func (t *trial) watch(ctx context.Context, out *os.File) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		select {
		case <-ctx.Done():
		case <-t.manager.Ended():
			cancel(t.manager.failure())
		case <-t.cluster.Done():
			cancel(t.cluster.Err())
		}
	}()
	return t.showTasks(ctx, out)
}

// stop ends what has been started: the manager first, which wants to say
// goodbye to the cluster.
func (t *trial) stop() error {
	if t.cluster == nil {
		return nil
	}
	t.log.Printf("ending the manager and the cluster")
	if t.manager != nil {
		t.manager.Terminate(managerPatience)
	}
	err := t.cluster.Stop()
	if err == nil {
		t.log.Printf("all is gone but the logs in %s/logs", t.cluster.Dir())
	}
	return err
}
