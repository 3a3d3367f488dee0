package docs_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

// TestGoExamples compiles every program in Go that a page shows.
func TestGoExamples(t *testing.T) {
	t.Parallel()
	fence := regexp.MustCompile("(?ms)^```go\n(.*?)^```$")
	found := 0
	for _, page := range pages(t) {
		for _, block := range fence.FindAllStringSubmatch(read(t, page), -1) {
			found++
			compile(t, page, block[1])
		}
	}
	if found == 0 {
		t.Error("no page has a program in Go")
	}
}

// compile vets a program as if it stood in a directory of its own.
func compile(t *testing.T, page, program string) {
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
		t.Errorf("%s: a program in Go does not compile: %v\n%s", page, err, output)
	}
}
