package docs_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestGoExamples compiles every program in Go that a page shows. Blocks with the name of a file are
// parts of a module, which test/tutorial builds.
func TestGoExamples(t *testing.T) {
	t.Parallel()
	for _, block := range blocks(t, "go") {
		if block.Title == "" {
			compile(t, block.String(), block.Text)
		}
	}
}

// compile vets a program as if it stood in a directory of its own.
func compile(t *testing.T, where, program string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "main.go")
	if err := os.WriteFile(file, []byte(program), 0o600); err != nil {
		t.Fatal(err)
	}
	place, err := filepath.Abs(filepath.Join(root, "examples", "of-a-page", "main.go"))
	if err != nil {
		t.Fatal(err)
	}
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{place: file}})
	if err != nil {
		t.Fatal(err)
	}
	description := filepath.Join(t.TempDir(), "overlay.json")
	if err := os.WriteFile(description, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	build := exec.CommandContext(t.Context(), "go", "build", "-overlay", description, "-o", os.DevNull, "./examples/of-a-page")
	build.Dir = root
	if output, err := build.CombinedOutput(); err != nil {
		t.Errorf("%s: a program in Go does not compile: %v\n%s", where, err, output)
	}
}
