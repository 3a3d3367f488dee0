package manager_test

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/client-go/rest"

	"github.com/carillon-dev/carillon/manager"
	"github.com/carillon-dev/carillon/manager/config"
)

// A manager that has never reached the API server ends when it is asked to.
func TestManager_EndsWithoutAnAPIServer(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	host := "http://" + listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	cfg := config.Default()
	cfg.Metrics.BindAddress, cfg.Health.BindAddress, cfg.LeaderElection.Namespace = "0", "0", "carillon-system"
	mgr, err := manager.New(&rest.Config{Host: host}, manager.Options{Configuration: cfg, Registerer: prometheus.NewRegistry()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- mgr.Start(ctx) }()
	time.AfterFunc(time.Second, cancel) // it is waiting for the server by then
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(30 * time.Second):
		t.Error("it does not end")
	}
}
