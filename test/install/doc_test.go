// Package install_test holds the ways to install Carillon against each other, by the
// programs that people use for it: kubectl, helm and krew. "make check-install" builds
// them and names them in variables; without these the tests are skipped.
package install_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/carillon-dev/carillon/internal/testutil/manifests"
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
	for _, document := range manifests.Split(t, []byte(stream)) {
		var object map[string]any
		if err := yaml.Unmarshal(document, &object); err != nil {
			t.Fatalf("%v\n%s", err, document)
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
	return all
}
