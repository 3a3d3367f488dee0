package faults_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/client-go/rest"

	"github.com/carillon-dev/carillon/internal/app"
)

// manager is a whole manager at the end of a wire.
type manager struct {
	wire    *wire
	cancel  context.CancelFunc
	elected <-chan struct{} // closed when it has begun to act
	ended   chan struct{}
	err     error // of its run, once it has ended
}

// parsing is held while flags are parsed: controller-runtime binds --kubeconfig to a
// variable of its package, which all managers of a process share.
var parsing sync.Mutex

// boot starts a manager. What it logs goes to logs.
func boot(w *wire, leases bool, logs *logs, name string) (*manager, error) {
	flags := []string{
		"--metrics-bind-address=0", "--health-probe-bind-address=0", "--shutdown-timeout=1s", "--max-workers=4",
		"--http-allow-cidr=127.0.0.1/32", "--leader-elect=false",
	}
	if leases {
		flags = append(flags, "--leader-elect=true", "--leader-election-namespace="+w.namespace,
			"--leader-election-lease-duration=3s", "--leader-election-renew-deadline=2s", "--leader-election-retry-period=200ms")
	}
	parsing.Lock()
	cfg, err := app.ParseFlags(flags, logs)
	parsing.Unlock()
	if err != nil {
		return nil, fmt.Errorf("configuring a manager: %w", err)
	}
	through := rest.CopyConfig(server)
	through.ContentType = "application/json" // which the wire can read
	through.Wrap(w.around)
	ctx, cancel := context.WithCancel(context.Background())
	mgr, err := app.New(cfg, app.Dependencies{
		Cluster: through, Holder: name, Registry: prometheus.NewRegistry(), Log: app.NewLogger(logs, slog.LevelInfo).WithValues("manager", name),
	})
	if err != nil {
		cancel()
		return nil, fmt.Errorf("building a manager: %w", err)
	}
	m := &manager{wire: w, cancel: cancel, elected: mgr.Elected(), ended: make(chan struct{})}
	go func() {
		defer close(m.ended)
		m.err = mgr.Start(ctx)
	}()
	return m, nil
}

// stop ends a manager in good order, or what is left of it.
func (m *manager) stop() error {
	m.cancel()
	const patience = 30 * time.Second
	select {
	case <-m.ended:
		return nil
	case <-time.After(patience):
		return errors.New("a manager does not end")
	}
}

// logs keeps what the managers of a case say.
type logs struct {
	mu      sync.Mutex
	content bytes.Buffer
}

// Write implements io.Writer.
func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.content.Write(p)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.content.String()
}
