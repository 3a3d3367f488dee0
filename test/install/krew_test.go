package install_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/carillon-dev/carillon/internal/testutil/manifests"
)

// TestKrew shows that krew installs the plugin from what "make krew" builds, for this
// platform, that kubectl finds it there, and that building it again gives the same.
func TestKrew(t *testing.T) {
	krew, dist, again := program(t, "KREW"), t.TempDir(), t.TempDir()
	platform := runtime.GOOS + "/" + runtime.GOARCH
	t.Chdir(root)
	for _, dir := range []string{dist, again} {
		run(t, "go", "run", "./hack/krew", "-version=v0.0.1", "-platforms="+platform, dir)
	}
	manifest, err := os.ReadFile(filepath.Join(dist, "carillon.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if same, err := os.ReadFile(filepath.Join(again, "carillon.yaml")); err != nil || string(same) != string(manifest) {
		t.Errorf("built again, the manifest, which has the sum of the archive, is another (%v)", err)
	}
	archives, err := filepath.Glob(filepath.Join(dist, "*.tar.gz"))
	if err != nil || len(archives) != 1 {
		t.Fatalf("there is %q (%v)", archives, err)
	}
	home := t.TempDir()
	t.Setenv("KREW_ROOT", home)
	run(t, krew, "install", "--manifest="+filepath.Join(dist, "carillon.yaml"), "--archive="+archives[0])
	t.Setenv("PATH", filepath.Join(home, "bin")+":"+os.Getenv("PATH"))
	if printed := run(t, manifests.Kubectl(t), "carillon", "version"); !strings.HasPrefix(printed, "Carillon") {
		t.Errorf("kubectl carillon version printed %q", printed)
	}
}

// TestKrewRefuses shows what is said when the release is named wrongly.
func TestKrewRefuses(t *testing.T) {
	program(t, "KREW")
	dist := t.TempDir()
	t.Chdir(root)
	for name, tc := range map[string]struct {
		args []string
		want string
	}{
		"no version":       {[]string{dist}, "write one such as v0.1.0"},
		"not a version":    {[]string{"-version=latest", dist}, "write one such as v0.1.0"},
		"an odd platform":  {[]string{"-version=v0.1.0", "-platforms=plan9/386", dist}, "choose among [linux/amd64"},
		"nowhere to write": {[]string{"-version=v0.1.0"}, "name the directory"},
	} {
		if _, stderr, err := try(t, "go", append([]string{"run", "./hack/krew"}, tc.args...)...); err == nil || !strings.Contains(stderr, tc.want) {
			t.Errorf("%s: %v: %s", name, err, stderr)
		}
	}
}
