package node

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/carillon-dev/carillon/hack/devcluster/internal/apiclient"
	"github.com/carillon-dev/carillon/hack/devcluster/internal/config"
	"github.com/carillon-dev/carillon/hack/devcluster/internal/distro"
)

// bootTimeout bounds the time until the cluster is ready; it takes seconds
// unless the machine is very busy.
const bootTimeout = 3 * time.Minute

// errStopped is the cause of the end that was asked for.
var errStopped = errors.New("stopped")

// node is a running node.
type node struct {
	cluster   config.Cluster
	events    *events
	client    *apiclient.Client
	processes []*process
	// end ends the node, for a cause.
	end context.CancelCauseFunc
}

// Run runs the node of the cluster in dir until commands end or one of the
// components does. It writes events to out.
func Run(dir string, commands io.Reader, out io.Writer) error {
	syscall.CloseOnExec(LockFile)
	if err := os.Setenv("PATH", distro.Path()); err != nil {
		return err
	}
	ctx, end := context.WithCancelCause(context.Background())
	n := &node{events: &events{out: out}, end: end}
	defer n.killAll()

	lines := make(chan string)
	go readLines(commands, lines, func() { end(errStopped) })

	if err := n.boot(ctx, dir); err != nil {
		return n.fail(ctx, err)
	}
	n.events.send(Ready, "")
	return n.fail(ctx, n.obey(ctx, lines))
}

// fail reports why the node ends, unless it was asked to.
func (n *node) fail(ctx context.Context, err error) error {
	cause := context.Cause(ctx)
	if errors.Is(cause, errStopped) {
		return nil
	}
	if cause != nil {
		err = cause // The root of the error, which may only say "cancelled".
	}
	n.events.send(Failed, "%v", err)
	return err
}

// readLines sends the lines of commands and calls ended after the last one.
func readLines(commands io.Reader, lines chan<- string, ended func()) {
	scanner := bufio.NewScanner(commands)
	for scanner.Scan() {
		lines <- scanner.Text()
	}
	ended()
}

// boot starts everything and returns when Pods can be made.
func (n *node) boot(ctx context.Context, dir string) error {
	ctx, cancel := context.WithTimeout(ctx, bootTimeout)
	defer cancel()

	var err error
	if n.cluster, err = config.Load(dir); err != nil {
		return err
	}
	credentials, err := n.cluster.Admin(n.cluster.ComponentURL())
	if err != nil {
		return err
	}
	if n.client, err = apiclient.New(credentials); err != nil {
		return err
	}
	if n.cluster.Full() {
		return n.bootFull(ctx)
	}
	return n.bootSimulated(ctx)
}

// obey carries out commands until ctx ends.
func (n *node) obey(ctx context.Context, lines <-chan string) error {
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case line := <-lines:
			verb, component, _ := strings.Cut(line, " ")
			if verb != "restart" {
				return fmt.Errorf("unknown command %q", line)
			}
			if err := n.restart(ctx, component); err != nil {
				return err
			}
			n.events.send(Done, "%s", line)
		}
	}
}

// start starts components. The node ends when one of them does, unless it was
// killed by the node itself.
func (n *node) start(components ...string) error {
	for _, name := range components {
		p, err := startComponent(n.cluster, name)
		if err != nil {
			return err
		}
		n.processes = append(n.processes, p)
		go n.watch(p)
	}
	return nil
}

func (n *node) watch(p *process) {
	<-p.Ended()
	if !p.Stopped() {
		n.end(fmt.Errorf("%s ended by itself (%s): see %s", p.name, p.Ending(), n.cluster.Log(p.name)))
	}
}

// restart kills a component, as a crash would, starts it again and waits until
// the API server answers.
func (n *node) restart(ctx context.Context, component string) error {
	i := slices.IndexFunc(n.processes, func(p *process) bool { return p.name == component })
	if i < 0 {
		return fmt.Errorf("restarting %s: this cluster has none", component)
	}
	n.processes[i].Kill()
	n.processes = slices.Delete(n.processes, i, i+1)
	if err := n.start(component); err != nil {
		return err
	}
	return n.waitForAPI(ctx)
}

// killAll ends the components, the last one started first. At the full level
// what they have started in turn is left to [Init].
func (n *node) killAll() {
	for _, p := range slices.Backward(n.processes) {
		p.Kill()
	}
}

// inheritedListener returns the listener outside of the network namespace.
func inheritedListener() (net.Listener, error) {
	file := os.NewFile(ListenerFile, "listener")
	defer func() { _ = file.Close() }() // The listener has a copy of its own.
	listener, err := net.FileListener(file)
	if err != nil {
		return nil, fmt.Errorf("taking over the listener: %w", err)
	}
	return listener, nil
}
