package repo

import (
	"os"
	"path/filepath"
	"testing"
)

func TestFind(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for _, dir := range []string{k8sall, "test/e2e"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := find(filepath.Join(root, "test/e2e")); err == nil {
		t.Errorf("find() = %q without a checkout, want an error", got)
	}
	if err := os.WriteFile(filepath.Join(root, k8sall, "go.mod"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{".", "test/e2e", k8sall} {
		if got, err := find(filepath.Join(root, dir)); err != nil || got != Root(root) {
			t.Errorf("find(%q) = %q, %v, want %q", dir, got, err, root)
		}
	}
}
