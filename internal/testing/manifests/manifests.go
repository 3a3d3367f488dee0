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
func Split(t testing.TB, stream []byte) [][]byte {
	t.Helper()
	var all [][]byte
	for reader := utilyaml.NewDocumentDecoder(io.NopCloser(bytes.NewReader(stream))); ; {
		document := make([]byte, len(stream)+1)
		n, err := reader.Read(document)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, document[:n])
	}
}

// Kubectl is the path of the test cluster's kubectl. Without it the test is skipped.
func Kubectl(t testing.TB) string {
	t.Helper()
	assets := os.Getenv("KUBEBUILDER_ASSETS")
	if assets == "" {
		t.Skip("KUBEBUILDER_ASSETS is not set, so there is no kubectl: run make test")
	}
	return filepath.Join(assets, "kubectl")
}

// Kustomize builds a folder, and returns the documents. A warning is an error.
func Kustomize(t testing.TB, folder string) [][]byte {
	t.Helper()
	build := exec.CommandContext(t.Context(), Kubectl(t), "kustomize", folder) //nolint:gosec // the cluster's own
	var problems bytes.Buffer
	build.Stderr = &problems
	stream, err := build.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, problems.Bytes())
	}
	if problems.Len() > 0 {
		t.Errorf("it warns: %s", problems.Bytes())
	}
	return Split(t, stream)
}

// Outside makes a folder outside of the repository, whose root is given, and returns its
// path and that of the repository as seen from there: kustomize takes no absolute paths.
func Outside(t testing.TB, root string) (dir, path string) {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	here, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	if path, err = filepath.Rel(dir, here); err != nil {
		t.Fatal(err)
	}
	return dir, path
}

// Overlay makes a kustomization of config/default and components, and returns its folder.
func Overlay(t testing.TB, root string, components ...string) string {
	t.Helper()
	dir, path := Outside(t, root)
	for i, component := range components {
		components[i] = path + "/config/components/" + component
	}
	text := "resources: [" + path + "/config/default]\ncomponents: [" + strings.Join(components, ", ") + "]\n"
	if err := os.WriteFile(filepath.Join(dir, "kustomization.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}
