// Package docs_test holds what the documentation and the manifests say against
// the code.
package docs_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/carillon-dev/carillon/internal/testutil/pages"
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

// allPages lists the documents.
func allPages(t *testing.T) []string {
	t.Helper()
	found, err := pages.All(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range []string{"README.md", taskPage, schedulerPage, operationsPage} {
		if !slices.Contains(found, page) {
			t.Fatalf("%s is not among %q", page, found)
		}
	}
	return found
}

// blocks returns the blocks of code in a language on all pages.
func blocks(t *testing.T, language string) (all []pages.Block) {
	t.Helper()
	for _, page := range allPages(t) {
		found, err := pages.Read(root, page, language)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, found...)
	}
	if len(all) == 0 {
		t.Fatalf("no page has anything in %s", language)
	}
	return all
}

// The pages that list something in full.
const (
	taskPage       = "docs/spec/task.md"
	schedulerPage  = "docs/spec/scheduler.md"
	operationsPage = "docs/operations.md"

	configurationPage = "docs/reference/configuration.md"
	metricsPage       = "docs/reference/metrics.md"
)
