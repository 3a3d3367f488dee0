package trial

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"github.com/carillon-dev/carillon/hack/devcluster/cluster"
	"github.com/carillon-dev/carillon/hack/devcluster/internal/child"
)

const (
	// managerLog is the name of the manager's log.
	managerLog = "manager"

	// managerPatience is how long the manager may take to end in good order;
	// a person waits for it, and the cluster is thrown away anyway.
	managerPatience = 6 * time.Second

	// readyTimeout is how long the manager may take to become ready.
	readyTimeout = 45 * time.Second

	// readyInterval is the time between two questions whether it is.
	readyInterval = 200 * time.Millisecond

	// tailSize is how much of the log an error shows.
	tailSize = 2 << 10
)

// manager is a running manager.
type manager struct {
	*child.Process

	log                           string
	healthAddress, metricsAddress string
}

// buildPrograms builds the manager and the plugin of kubectl where make build does, too.
func (t *trial) buildPrograms(ctx context.Context) error {
	build := exec.CommandContext(ctx, "go", "build", "-o", t.programs()+string(os.PathSeparator), "./cmd/...")
	build.Dir = string(t.root)
	if output, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("building the manager and the plugin: %w\n%s", err, bytes.TrimSpace(output))
	}
	return nil
}

// programs is the directory that they are built into.
func (t *trial) programs() string { return t.root.Join("bin") }

// startManager starts the manager on the machine itself. It may call servers on the machine,
// which belong to the same person.
func (t *trial) startManager(arguments []string) (*manager, error) {
	addresses, err := cluster.FreeAddresses(2)
	if err != nil {
		return nil, err
	}
	m := &manager{log: t.cluster.Log(managerLog), healthAddress: addresses[0], metricsAddress: addresses[1]}
	log, err := os.Create(m.log)
	if err != nil {
		return nil, fmt.Errorf("opening the log of the manager: %w", err)
	}
	defer func() { _ = log.Close() }() // The manager has a copy of its own, and writes it.

	command := exec.Command(filepath.Join(t.programs(), "manager"), slices.Concat([]string{
		"--kubeconfig=" + t.cluster.Kubeconfig(),
		"--health-probe-bind-address=" + m.healthAddress,
		"--metrics-bind-address=" + m.metricsAddress,
		"--metrics-secure=false",
		"--http-allow-cidr=127.0.0.0/8",
	}, arguments)...)
	command.Dir = string(t.root)
	command.Stdout, command.Stderr = log, log
	if m.Process, err = child.Start(command); err != nil {
		return nil, err
	}
	return m, nil
}

// awaitReady waits until the manager says that it is ready.
func (m *manager) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	tick := time.NewTicker(readyInterval)
	defer tick.Stop()
	for {
		err := m.ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for the manager: %w\n%s", errors.Join(context.Cause(ctx), err), m.logTail())
		case <-m.Ended():
			return m.failure()
		case <-tick.C:
		}
	}
}

// ready asks the manager's readiness probe.
func (m *manager) ready(ctx context.Context) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+m.healthAddress+"/readyz", nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }() // Only the status is read.
	if response.StatusCode != http.StatusOK {
		return errors.New("it answers " + response.Status)
	}
	return nil
}

// failure says how the manager has ended, with its last words.
func (m *manager) failure() error {
	return fmt.Errorf("the manager ended by itself (%s); the end of its log %s:\n%s", m.Ending(), m.log, m.logTail())
}

func (m *manager) logTail() []byte {
	content, err := os.ReadFile(m.log)
	if err != nil {
		return []byte(err.Error())
	}
	return content[max(0, len(content)-tailSize):]
}
