// Package manifests reads the project's manifests as kubectl and kustomize see them.
//
// It is for tests only.
package manifests

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
)

// Split splits a stream of YAML into its documents.
func Split(tb testing.TB, stream []byte) [][]byte {
	tb.Helper()
	var all [][]byte
	for reader := utilyaml.NewDocumentDecoder(io.NopCloser(bytes.NewReader(stream))); ; {
		document := make([]byte, len(stream)+1)
		n, err := reader.Read(document)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			tb.Fatal(err)
		}
		all = append(all, document[:n])
	}
}

// Kubectl is the path of the test cluster's kubectl. Without it the test is skipped.
func Kubectl(tb testing.TB) string {
	tb.Helper()
	assets := os.Getenv("KUBEBUILDER_ASSETS")
	if assets == "" {
		tb.Skip("KUBEBUILDER_ASSETS is not set, so there is no kubectl: run make test")
	}
	return filepath.Join(assets, "kubectl")
}

// Kustomize builds a folder, and returns the documents. A warning is an error.
func Kustomize(tb testing.TB, folder string) [][]byte {
	tb.Helper()
	build := exec.CommandContext(tb.Context(), Kubectl(tb), "kustomize", folder) //nolint:gosec // the cluster's own
	var problems bytes.Buffer
	build.Stderr = &problems
	stream, err := build.Output()
	if err != nil {
		tb.Fatalf("%v\n%s", err, problems.Bytes())
	}
	if problems.Len() > 0 {
		tb.Errorf("it warns: %s", problems.Bytes())
	}
	return Split(tb, stream)
}

// Outside makes a folder outside of the repository, whose root is given, and returns its
// path and that of the repository as seen from there: kustomize takes no absolute paths.
func Outside(tb testing.TB, root string) (dir, path string) {
	tb.Helper()
	dir, err := filepath.EvalSymlinks(tb.TempDir())
	if err != nil {
		tb.Fatal(err)
	}
	here, err := filepath.Abs(root)
	if err != nil {
		tb.Fatal(err)
	}
	if path, err = filepath.Rel(dir, here); err != nil {
		tb.Fatal(err)
	}
	return dir, path
}

// Overlay makes a kustomization of config/default and components, and returns its folder.
func Overlay(tb testing.TB, root string, components ...string) string {
	tb.Helper()
	dir, path := Outside(tb, root)
	for i, component := range components {
		components[i] = path + "/config/components/" + component
	}
	text := "resources: [" + path + "/config/default]\ncomponents: [" + strings.Join(components, ", ") + "]\n"
	if err := os.WriteFile(filepath.Join(dir, "kustomization.yaml"), []byte(text), 0o600); err != nil {
		tb.Fatal(err)
	}
	return dir
}
