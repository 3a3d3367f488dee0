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
	"os"
	"path/filepath"
	"testing"

	"github.com/go-logr/logr"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"github.com/carillon-dev/carillon/internal/app"
)

// The API server that all cases share; each has a namespace of its own.
var (
	server  *rest.Config
	admin   client.WithWatch
	journal *chronicle
)

// startCluster starts the API server and what watches it, until the test ends.
func startCluster(t *testing.T) {
	t.Helper()
	if os.Getenv("KUBEBUILDER_ASSETS") == "" {
		t.Fatal("these tests need an API server: run them with make test")
	}
	ctrl.SetLogger(logr.Discard()) // what a manager says is kept with its case
	cluster := &envtest.Environment{
		CRDDirectoryPaths:     []string{filepath.Join("..", "..", "config", "crd", "bases")},
		ErrorIfCRDPathMissing: true,
	}
	var err error
	if server, err = cluster.Start(); err != nil {
		t.Fatalf("starting the API server: %v", err)
	}
	t.Cleanup(func() {
		if err := cluster.Stop(); err != nil {
			t.Errorf("stopping the API server: %v", err)
		}
	})
	server.QPS = -1
	if admin, err = client.NewWithWatch(server, client.Options{Scheme: app.Scheme()}); err != nil {
		t.Fatalf("making a client: %v", err)
	}
	if journal, err = startChronicle(t.Context()); err != nil {
		t.Fatal(err)
	}
}
