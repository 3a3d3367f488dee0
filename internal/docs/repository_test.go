// Package docs_test holds what the documentation and the manifests say against
// the code.
package docs_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// root is the root of the repository.
const root = "../.."

// read returns the text of a file of the repository.
func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// pages lists the documents: those at the root of the repository, and all in docs.
func pages(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(root, "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(filepath.Join(root, "docs"), func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".md") {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, path := range found {
		if found[i], err = filepath.Rel(root, path); err != nil {
			t.Fatal(err)
		}
	}
	for _, page := range []string{"README.md", taskPage, schedulerPage, operationsPage} {
		if !slices.Contains(found, page) {
			t.Fatalf("%s is not among %q", page, found)
		}
	}
	return found
}

// The pages that list something in full.
const (
	taskPage       = "docs/spec/task.md"
	schedulerPage  = "docs/spec/scheduler.md"
	operationsPage = "docs/operations.md"

	configurationPage = "docs/reference/configuration.md"
	metricsPage       = "docs/reference/metrics.md"
)
