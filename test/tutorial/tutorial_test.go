// Package tutorial_test follows docs/handlers.md as a reader does: it builds the module that the page
// shows outside of the repository, tests it, and runs it against an API server. The image and its
// deployment are left to test/e2e, which has a node.
package tutorial_test

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"github.com/carillon-dev/carillon/internal/testutil/manifests"
	"github.com/carillon-dev/carillon/internal/testutil/pages"
)

const (
	root = "../.."
	page = "docs/handlers.md"
	// address is where the page serves metrics.
	address = "127.0.0.1:8080"
	// beside is the checkout as the page names it.
	beside = "../carillon/"
)

// files returns the files that the page shows, by name.
func files(t *testing.T) map[string]string {
	t.Helper()
	blocks, err := pages.Read(root, page, "go", "yaml", "dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, block := range blocks {
		if block.Title == "" {
			t.Errorf("%s: a file without a name", block)
		}
		found[block.Title] = block.Text
	}
	return found
}

// The page shows the files of examples/manager, all of them and nothing else.
func TestFiles_AreThoseOfTheExample(t *testing.T) {
	t.Parallel()
	example := filepath.Join(root, "examples", "manager")
	entries, err := os.ReadDir(example)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for _, entry := range entries {
		text, err := os.ReadFile(filepath.Join(example, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		want[entry.Name()] = strings.ReplaceAll(string(text), "../../config/", beside+"config/")
	}
	if diff := cmp.Diff(want, files(t)); diff != "" {
		t.Errorf("examples/manager and %s differ (-example +page):\n%s", page, diff)
	}
}

// TestTutorial follows the commands of the page up to the image.
func TestTutorial(t *testing.T) {
	t.Parallel()
	r := newReader(t)
	commands, err := pages.Commands(root, page)
	if err != nil {
		t.Fatal(err)
	}
	image := slices.IndexFunc(commands, func(c pages.Command) bool { return strings.HasPrefix(c.Command, "CGO_ENABLED=0 ") })
	if image < 0 {
		t.Fatal("no command builds the program for the image")
	}
	for _, c := range commands[:image] {
		if strings.HasPrefix(c.Command, "go run ") {
			r.start(t, c)
			continue
		}
		output := r.types(t, c)
		if c.Output != "" && strings.TrimSpace(output) != strings.TrimSpace(c.Output) {
			t.Errorf("%s: %s prints\n%s\nwant\n%s", c, c.Command, output, c.Output)
		}
	}
}

// reader is somebody with a checkout, a new directory beside it, and a cluster.
type reader struct {
	dir, address string
	variables    []string
}

func newReader(t *testing.T) *reader {
	t.Helper()
	kubectl := manifests.Kubectl(t)
	checkout, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	parent := t.TempDir()
	r := &reader{dir: filepath.Join(parent, "orders-manager"), address: freeAddress(t)}
	if err := os.Mkdir(r.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(checkout, filepath.Join(parent, "carillon")); err != nil {
		t.Fatal(err)
	}
	for name, text := range files(t) {
		if err := os.WriteFile(filepath.Join(r.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	plugin := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(parent, "bin", "kubectl-carillon"), "./cmd/kubectl-carillon")
	plugin.Dir = checkout
	if output, err := plugin.CombinedOutput(); err != nil {
		t.Fatalf("building the plugin: %v\n%s", err, output)
	}
	r.variables = append(os.Environ(), "GOWORK=off", "KUBECONFIG="+startCluster(t, parent),
		"PATH="+filepath.Join(parent, "bin")+":"+filepath.Dir(kubectl)+":"+os.Getenv("PATH"))
	return r
}

// startCluster starts an API server that has nothing of Carillon, and returns its kubeconfig.
func startCluster(t *testing.T, dir string) string {
	t.Helper()
	env := &envtest.Environment{}
	if _, err := env.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := env.Stop(); err != nil {
			t.Error(err)
		}
	})
	path := filepath.Join(dir, "kubeconfig")
	if err := os.WriteFile(path, env.KubeConfig, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// freeAddress is one for the metrics: several tests may run on a machine.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

func (r *reader) shell(ctx context.Context, c pages.Command) *exec.Cmd {
	text := strings.ReplaceAll(strings.TrimSpace(c.Command), address, r.address)
	shell := exec.CommandContext(ctx, "bash", "-euo", "pipefail", "-c", text)
	shell.Dir, shell.Env = r.dir, r.variables
	return shell
}

// types runs a command, and returns what it prints.
func (r *reader) types(t *testing.T, c pages.Command) string {
	t.Helper()
	output, err := r.shell(t.Context(), c).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %s: %v\n%s", c, c.Command, err, output)
	}
	return string(output)
}

// start runs the manager until the test ends, and returns once it serves metrics.
func (r *reader) start(t *testing.T, c pages.Command) {
	t.Helper()
	c.Command = strings.Replace(c.Command, "go run .", "go build -o running . && exec ./running", 1) // one process, to be interrupted
	shell, log := r.shell(context.WithoutCancel(t.Context()), c), &strings.Builder{}
	shell.Stdout, shell.Stderr = log, log
	if err := shell.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- shell.Wait() }()
	t.Cleanup(func() {
		_ = shell.Process.Signal(os.Interrupt)
		if err := <-ended; err != nil {
			t.Errorf("the manager ends with %v", err)
		}
		if t.Failed() {
			t.Logf("the manager's log:\n%s", log)
		}
	})
	for deadline := time.Now().Add(5 * time.Minute); ; time.Sleep(100 * time.Millisecond) {
		connection, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", r.address)
		if err == nil {
			_ = connection.Close()
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the manager serves no metrics: %v", err)
		}
	}
}
