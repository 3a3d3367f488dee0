// Package cluster starts and stops a Kubernetes cluster of one node, real or
// simulated, for tests and for trying things out.
//
// A cluster belongs to the process that starts it: it ends with that process,
// even if that is killed. [Attach] gives other processes access to it.
package cluster

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/carillon-dev/carillon/hack/devcluster/internal/components"
	"github.com/carillon-dev/carillon/hack/devcluster/internal/config"
	"github.com/carillon-dev/carillon/hack/devcluster/internal/gobuild"
	"github.com/carillon-dev/carillon/hack/devcluster/internal/images"
	"github.com/carillon-dev/carillon/hack/devcluster/internal/level"
	"github.com/carillon-dev/carillon/hack/devcluster/internal/progress"
	"github.com/carillon-dev/carillon/hack/devcluster/internal/repo"
)

// Level says what the node of a cluster is.
type Level = level.Level

const (
	// Full is a real node, which runs real containers. It needs root.
	Full = level.Full
	// Simulated is a node on which Pods only seem to run.
	Simulated = level.Simulated
)

// Images that a full node has from the start; a simulated one takes any name.
const (
	// ToolsImage has one program that prints, waits, fails and serves.
	ToolsImage = images.Tools
	// BusyboxImage has a shell and the usual small programs.
	BusyboxImage = images.Busybox
)

// levelVariable chooses the level where [Options] do not.
const levelVariable = "LEVEL"

// Options say which cluster to start. The zero value is a good choice.
type Options struct {
	// Level is "full" or "simulated". When empty it is what the environment
	// variable LEVEL says, and when that is empty, too, full if possible.
	Level string
	// Dir is the directory for all files of the cluster; [DefaultDir] when
	// empty. There is one cluster at a time in a directory.
	Dir string
	// Messages is where lines about what is going on are written to; nobody
	// is told when it is nil.
	Messages io.Writer
	// Command is the path of the devcluster command, which the node runs as.
	// It is built when empty.
	Command string
	// Flags are further flags of components, by their names, such as
	// kube-controller-manager. They override the cluster's own.
	Flags map[string][]string
}

// DefaultDir returns the directory that clusters use by default.
func DefaultDir() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("finding the cache directory: %w", err)
	}
	return filepath.Join(dir, "carillon", "devcluster"), nil
}

// Cluster is a running cluster that this process has started.
type Cluster struct {
	Handle

	log       *progress.Log
	directory *directory
	node      *nodeProcess
	stop      func() error
}

// Start starts a cluster and returns when Pods can be made in it. What it
// needs is built or installed first, which can take minutes the first time.
// When ctx ends before the cluster is up, the start is undone; after that it
// has no influence, and only [Cluster.Stop] ends the cluster.
func Start(ctx context.Context, options Options) (*Cluster, error) {
	log := progress.To(io.Discard)
	if options.Messages != nil {
		log = progress.To(options.Messages)
	}
	plan, err := newPlan(options, log)
	if err != nil {
		return nil, err
	}
	directory, err := claim(ctx, plan.dir, log)
	if err != nil {
		return nil, err
	}
	c := &Cluster{log: log, directory: directory}
	c.stop = sync.OnceValue(c.stopNow)
	if err := c.start(ctx, plan); err != nil {
		log.Printf("the cluster did not start: undoing it")
		if stopErr := c.Stop(); stopErr != nil {
			log.Printf("%v", stopErr)
		}
		return nil, err
	}
	return c, nil
}

// plan is what [Options] amount to.
type plan struct {
	root    repo.Root
	dir     string
	level   Level
	command string
	flags   map[string][]string
}

func newPlan(options Options, log *progress.Log) (plan, error) {
	p := plan{dir: options.Dir, command: options.Command, flags: options.Flags}
	var err error
	if p.root, err = repo.Find(); err != nil {
		return p, err
	}
	if p.dir, err = resolveDir(options.Dir); err != nil {
		return p, err
	}
	wanted := options.Level
	if wanted == "" {
		wanted = os.Getenv(levelVariable)
	}
	var why string
	if p.level, why, err = level.Choose(wanted, level.Inspect()); err != nil {
		return p, err
	}
	log.Printf("level %s: %s", p.level, why)
	return p, nil
}

// start goes through all steps up to a ready cluster.
func (c *Cluster) start(ctx context.Context, p plan) error {
	bin, err := components.Ensure(ctx, p.root, c.log)
	if err != nil {
		return err
	}
	command, err := ensureCommand(ctx, p, c.log)
	if err != nil {
		return err
	}
	described, listener, err := c.prepare(ctx, p, bin)
	if err != nil {
		return err
	}
	if c.node, err = startNode(described, command, c.directory.lock, listener, c.log); err != nil {
		return err
	}
	if err := c.node.awaitReady(ctx); err != nil {
		return err
	}
	c.Handle = Handle{config: described, ownerPID: os.Getpid(), insidePID: c.node.insidePID()}
	return c.directory.update(func(s *state) { s.InsidePID, s.Ready = c.insidePID, true })
}

// ensureCommand returns the path of the devcluster command.
func ensureCommand(ctx context.Context, p plan, log *progress.Log) (string, error) {
	if p.command != "" {
		return p.command, nil
	}
	cache, err := components.CacheDir()
	if err != nil {
		return "", err
	}
	program := gobuild.Program{
		Title:  "the devcluster command",
		Dir:    p.root.Devcluster(),
		Output: filepath.Join(cache, "devcluster"),
	}
	return program.Output, program.Ensure(ctx, log)
}

// RestartAPIServer kills the API server, as a crash would, starts it again and
// returns when it is ready. Connections to it break.
func (c *Cluster) RestartAPIServer(ctx context.Context) error {
	return c.node.restart(ctx, config.APIServer)
}

// Done returns a channel that is closed when the node has ended, be it that
// [Cluster.Stop] was called or that one of its processes has failed.
func (c *Cluster) Done() <-chan struct{} { return c.node.ended }

// Err returns why the node has ended by itself; it is nil as long as it runs
// and when it was stopped.
func (c *Cluster) Err() error { return c.node.failure() }

// Stop ends the cluster and leaves nothing of it behind but its logs. It
// returns when all is gone; calling it again does nothing.
func (c *Cluster) Stop() error { return c.stop() }

func (c *Cluster) stopNow() error {
	if c.node != nil {
		c.node.stop()
	}
	return c.directory.release()
}
