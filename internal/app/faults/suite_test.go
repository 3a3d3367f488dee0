// Package faults_test runs the whole manager against a real API server through a
// network that fails: every request of a short scenario once, in every way that
// requests fail. What must hold is judged from the Pods that were really created and
// from every version that the status of the Task has had.
//
// One case is run by its name, as a failure shows it:
//
//	make faults CASE=retries/crash/create-pods-2
package faults_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"github.com/carillon-dev/carillon/internal/app"
	"github.com/go-logr/logr"
)

// The API server that all cases share; each has a namespace of its own.
var (
	server  *rest.Config
	admin   client.WithWatch
	journal *chronicle
)

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	if os.Getenv("KUBEBUILDER_ASSETS") == "" {
		return 1, errors.New("these tests need an API server: run them with make test")
	}
	ctrl.SetLogger(logr.Discard()) // what a manager says is kept with its case
	cluster := &envtest.Environment{
		CRDDirectoryPaths:     []string{filepath.Join("..", "..", "..", "config", "crd", "bases")},
		ErrorIfCRDPathMissing: true,
	}
	if server, err = cluster.Start(); err != nil {
		return 1, fmt.Errorf("starting the API server: %w", err)
	}
	defer func() { err = errors.Join(err, cluster.Stop()) }()
	server.QPS = -1
	if admin, err = client.NewWithWatch(server, client.Options{Scheme: app.Scheme()}); err != nil {
		return 1, fmt.Errorf("making a client: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if journal, err = startChronicle(ctx); err != nil {
		return 1, err
	}
	return m.Run(), nil
}
