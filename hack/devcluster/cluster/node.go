package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"github.com/carillon-dev/carillon/hack/devcluster/internal/config"
	"github.com/carillon-dev/carillon/hack/devcluster/internal/filelock"
	"github.com/carillon-dev/carillon/hack/devcluster/internal/level"
	"github.com/carillon-dev/carillon/hack/devcluster/internal/node"
	"github.com/carillon-dev/carillon/hack/devcluster/internal/progress"
)

// stopTimeout is how long a node may take to end before it is killed; it
// takes about a second.
const stopTimeout = 8 * time.Second

// nodeProcess is the process that runs the node, seen from outside.
type nodeProcess struct {
	full     bool
	command  *exec.Cmd
	commands io.WriteCloser
	// ready and done hold a value when such an event has come in.
	ready, done chan struct{}
	// ended is closed after the process has ended.
	ended chan struct{}

	mu      sync.Mutex
	stopped bool
	err     error
}

// startNode starts the node of the cluster that was prepared. It takes
// possession of the listener.
func startNode(c config.Cluster, command string, lock *filelock.Lock, listener *os.File, log *progress.Log) (*nodeProcess, error) {
	errorLog, err := os.OpenFile(c.Log("node"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the log of the node: %w", err)
	}
	defer func() { _ = errorLog.Close() }() // The node has a copy of its own, and writes it.

	n := &nodeProcess{
		full:    c.Full(),
		command: exec.Command(command, "node", c.Dir),
		ready:   make(chan struct{}, 1),
		done:    make(chan struct{}, 1),
		ended:   make(chan struct{}),
	}
	n.command.Stderr = errorLog
	n.command.ExtraFiles = []*os.File{lock.File()}
	// A session of its own keeps the terminal's Ctrl-C away from the node.
	n.command.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if n.full {
		defer func() { _ = listener.Close() }() // The node has a copy of its own.
		n.command.Args[1] = "init"
		n.command.ExtraFiles = append(n.command.ExtraFiles, listener)
		n.command.SysProcAttr.Cloneflags = level.NamespaceFlags()
	}
	if n.commands, err = n.command.StdinPipe(); err != nil {
		return nil, fmt.Errorf("starting the node: %w", err)
	}
	events, err := n.command.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("starting the node: %w", err)
	}
	if err := n.command.Start(); err != nil {
		return nil, fmt.Errorf("starting the node: %w", err)
	}
	go n.listen(events, log)
	return n, nil
}

// listen takes the node's events until it ends.
func (n *nodeProcess) listen(events io.Reader, log *progress.Log) {
	defer close(n.ended)
	decoder := json.NewDecoder(events)
	var reason error
	for {
		var event node.Event
		if err := decoder.Decode(&event); err != nil {
			break // All that could say anything is gone.
		}
		switch event.Kind {
		case node.Progress:
			log.Printf("%s", event.Message)
		case node.Ready:
			notify(n.ready)
		case node.Done:
			notify(n.done)
		case node.Failed:
			reason = errors.New(event.Message)
		}
	}
	err := n.command.Wait()
	n.mu.Lock()
	defer n.mu.Unlock()
	switch {
	case n.stopped:
	case reason != nil:
		n.err = reason
	default:
		n.err = errors.Join(errors.New("the node ended without a word: see its log"), err)
	}
}

// notify leaves a note in a channel of capacity 1, where one is enough.
func notify(event chan<- struct{}) {
	select {
	case event <- struct{}{}:
	default:
	}
}

// awaitReady returns when Pods can be made.
func (n *nodeProcess) awaitReady(ctx context.Context) error { return n.await(ctx, n.ready) }

// restart has a component restarted.
func (n *nodeProcess) restart(ctx context.Context, component string) error {
	if _, err := fmt.Fprintln(n.commands, node.RestartCommand(component)); err != nil {
		return fmt.Errorf("asking for a restart of %s: %w", component, err)
	}
	return n.await(ctx, n.done)
}

// await waits for an event, as long as there is a node.
func (n *nodeProcess) await(ctx context.Context, event <-chan struct{}) error {
	select {
	case <-event:
		return nil
	case <-n.ended:
		return errors.Join(errors.New("the node has ended"), n.failure())
	case <-ctx.Done():
		return fmt.Errorf("waiting for the node: %w", context.Cause(ctx))
	}
}

// failure returns why the node has ended by itself.
func (n *nodeProcess) failure() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.err
}

// insidePID returns the process whose namespaces a full node lives in.
func (n *nodeProcess) insidePID() int {
	if !n.full {
		return 0
	}
	return n.command.Process.Pid
}

// stop ends the node and waits until it is gone.
func (n *nodeProcess) stop() {
	n.mu.Lock()
	n.stopped = true
	n.mu.Unlock()

	_ = n.commands.Close() // This is what tells the node to end.
	// An error means that it has ended by itself.
	kill := time.AfterFunc(stopTimeout, func() { _ = n.command.Process.Kill() })
	defer kill.Stop()
	<-n.ended
}
