// Package crd_test compares the CRD of a Task with what a real API server does.
package crd_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
)

// What the tests share: an API server with the CRDs, and a kubeconfig for it.
var (
	server     dynamic.Interface
	kubeconfig string
)

func TestMain(m *testing.M) {
	//nolint:forbidigo // it is the main of the tests
	os.Exit(withCluster(m.Run))
}

// withCluster runs the tests with an API server.
func withCluster(run func() int) (code int) {
	if os.Getenv("KUBEBUILDER_ASSETS") == "" {
		fmt.Fprintln(os.Stderr, "these tests need an API server: run them with make test")
		return 1
	}
	cluster := &envtest.Environment{CRDDirectoryPaths: []string{"bases"}, ErrorIfCRDPathMissing: true}
	defer func() { code = failed(code, cluster.Stop()) }()
	dir, err := os.MkdirTemp("", "crd")
	if err == nil {
		defer func() { code = failed(code, os.RemoveAll(dir)) }()
		err = connect(cluster, filepath.Join(dir, "kubeconfig"))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "starting an API server:", err)
		return 1
	}
	return run()
}

// failed is the exit code after cleaning up: an API server that goes on, or a kubeconfig that
// stays, is a failure even if all tests have passed.
func failed(code int, err error) int {
	if err == nil {
		return code
	}
	fmt.Fprintln(os.Stderr, "cleaning up after the tests:", err)
	return max(code, 1)
}

// connect starts the API server and writes a kubeconfig to path.
func connect(cluster *envtest.Environment, path string) error {
	// Without the feature a field is dropped from a Pod before it is validated.
	cluster.ControlPlane.GetAPIServer().Configure().Append("feature-gates", "AllBeta=true").Append("runtime-config", "api/beta=true")
	if _, err := cluster.Start(); err != nil {
		return err
	}
	user, err := cluster.AddUser(envtest.User{Name: "somebody", Groups: []string{"system:masters"}}, nil)
	if err != nil {
		return err
	}
	text, err := user.KubeConfig()
	if err != nil {
		return err
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return err
	}
	kubeconfig = path
	config := user.Config()
	config.QPS = -1
	config.WarningHandler = rest.NoWarnings{}
	server, err = dynamic.NewForConfig(config)
	return err
}
