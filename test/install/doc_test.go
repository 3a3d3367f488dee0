// Package install_test holds the ways to install Carillon against each other, by the
// programs that people use for it: kubectl, helm and krew. "make check-install" builds
// them and names them in variables; without these the tests are skipped.
package install_test

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
	"sigs.k8s.io/yaml"
)

// root is the repository, seen from here.
const root = "../.."

// program is the path of a program that a variable names.
func program(t *testing.T, variable string) string {
	t.Helper()
	path := os.Getenv(variable)
	if path == "" {
		t.Skip(variable + " is not set: run make check-install")
	}
	return path
}

// kubectl is the path of the cluster's own.
func kubectl(t *testing.T) string {
	t.Helper()
	return filepath.Join(program(t, "KUBEBUILDER_ASSETS"), "kubectl")
}

// try runs a program, and returns what it prints on either stream.
func try(t *testing.T, name string, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	command := exec.CommandContext(t.Context(), name, args...)
	var out, problems bytes.Buffer
	command.Stdout, command.Stderr = &out, &problems
	err = command.Run()
	return out.String(), problems.String(), err
}

// run is try for a program that has to succeed.
func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	stdout, stderr, err := try(t, name, args...)
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", filepath.Base(name), strings.Join(args, " "), err, stderr)
	}
	return stdout
}

// objects are those in a stream of YAML, by their kinds, namespaces and names.
func objects(t *testing.T, stream string) map[string]map[string]any {
	t.Helper()
	all := map[string]map[string]any{}
	for decoder := utilyaml.NewDocumentDecoder(io.NopCloser(strings.NewReader(stream))); ; {
		document := make([]byte, len(stream)+1)
		n, err := decoder.Read(document)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		var object map[string]any
		if err := yaml.Unmarshal(document[:n], &object); err != nil {
			t.Fatalf("%v\n%s", err, document[:n])
		}
		if object == nil {
			continue // a comment
		}
		metadata, _ := object["metadata"].(map[string]any)
		namespace, _ := metadata["namespace"].(string)
		name, _ := metadata["name"].(string)
		kind, _ := object["kind"].(string)
		id := strings.Join([]string{kind, namespace, name}, "/")
		if all[id] != nil {
			t.Errorf("%s is there twice", id)
		}
		all[id] = object
	}
}
