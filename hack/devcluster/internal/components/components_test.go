package components

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/carillon-dev/carillon/hack/devcluster/internal/repo"
)

func TestVersionIsWhatTheModulePins(t *testing.T) {
	t.Parallel()
	root, err := repo.Find()
	if err != nil {
		t.Fatal(err)
	}
	module, err := os.ReadFile(filepath.Join(root.Components(), "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	if want := "\tk8s.io/kubernetes " + Version + "\n"; !strings.Contains(string(module), want) {
		t.Errorf("k8sall/go.mod does not require %q", strings.TrimSpace(want))
	}
}

func TestLinkFlags(t *testing.T) {
	t.Parallel()
	flags := linkFlags("v1.36.3")
	for _, want := range []string{
		"-X k8s.io/component-base/version.gitVersion=v1.36.3",
		"-X k8s.io/client-go/pkg/version.gitMajor=1",
		"-X k8s.io/client-go/pkg/version.gitMinor=36",
	} {
		if !strings.Contains(flags, want) {
			t.Errorf("flags %q lack %q", flags, want)
		}
	}
}

func TestLinkIsRepeatable(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for range 2 {
		if err := link(dir); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range names {
		if target, err := os.Readlink(filepath.Join(dir, name)); err != nil || target != binary {
			t.Errorf("%s leads to %q (%v), want %s", name, target, err, binary)
		}
	}
}
