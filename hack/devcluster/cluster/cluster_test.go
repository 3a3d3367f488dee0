package cluster

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/carillon-dev/carillon/hack/devcluster/internal/progress"
)

// TestSimulatedCluster goes through the life of a cluster as any user can
// have it. It needs the components, whose first build takes minutes.
func TestSimulatedCluster(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and runs Kubernetes")
	}
	if os.Getenv(assetsVariable) != "" {
		t.Skip(assetsVariable + " is preset, by somebody who does not want Kubernetes to be built")
	}
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "cluster")
	c, err := Start(t.Context(), Options{Level: string(Simulated), Dir: dir, Messages: t.Output()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Stop() }) // the test has stopped it already, unless it failed

	if _, err := Start(t.Context(), Options{Level: string(Simulated), Dir: dir}); err == nil || !strings.Contains(err.Error(), "already running") {
		t.Errorf("Start() in a directory in use = %v, want an error that says so", err)
	}
	handle, err := Attach(dir)
	if err != nil {
		t.Fatal(err)
	}
	if handle.OwnerPID() != os.Getpid() || handle.Kubeconfig() != c.Kubeconfig() {
		t.Errorf("Attach() = %+v, which is not the cluster just started", handle)
	}
	runPod(t, handle, "before")
	if err := c.RestartAPIServer(t.Context()); err != nil {
		t.Fatal(err)
	}
	runPod(t, handle, "after")

	if err := c.Stop(); err != nil {
		t.Fatal(err)
	}
	checkGone(t, c)
}

// runPod runs a Pod to its good end.
func runPod(t *testing.T, handle *Handle, name string) {
	t.Helper()
	for _, arguments := range [][]string{
		{"run", name, "--image=" + ToolsImage, "--restart=Never"},
		{"wait", "pod/" + name, "--for=jsonpath={.status.phase}=Succeeded", "--timeout=60s"},
	} {
		command := exec.CommandContext(t.Context(), filepath.Join(handle.Bin(), "kubectl"), arguments...)
		command.Env = append(os.Environ(), "KUBECONFIG="+handle.Kubeconfig())
		if output, err := command.CombinedOutput(); err != nil {
			t.Fatalf("kubectl %q: %v\n%s", arguments, err, output)
		}
	}
}

// checkGone checks that nothing of a stopped cluster is there but its logs.
func checkGone(t *testing.T, c *Cluster) {
	t.Helper()
	if err := c.Err(); err != nil {
		t.Errorf("Err() after Stop = %v, want none", err)
	}
	if _, err := Attach(c.Dir()); !errors.Is(err, ErrNotRunning) {
		t.Errorf("Attach() after Stop = %v, want %v", err, ErrNotRunning)
	}
	processes, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, process := range processes {
		if line, _ := os.ReadFile(process); strings.Contains(string(line), c.Dir()) {
			t.Errorf("process %s is still there: %q", process, line)
		}
	}
	entries, err := os.ReadDir(c.Dir())
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if name := entry.Name(); name != lockFile && name != logsDir {
			t.Errorf("%s is still there", name)
		}
	}
}

func TestClaim(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		files   map[string]string
		wantErr string
	}{
		"an empty directory":              {},
		"one with a stranger's files":     {files: map[string]string{"thesis.txt": "x"}, wantErr: "not empty"},
		"one with the logs of a cluster":  {files: map[string]string{lockFile: "", "logs/etcd.log": "x"}},
		"one whose owner has died":        {files: map[string]string{lockFile: "", "pki/ca.crt": "x", stateFile: deadState(t)}},
		"one whose state cannot be read ": {files: map[string]string{lockFile: "", stateFile: "{"}, wantErr: "reading the cluster's state"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for file, content := range tc.files {
				writeFile(t, filepath.Join(dir, file), content)
			}
			d, err := claim(t.Context(), dir, progress.To(t.Output()))
			if tc.wantErr != "" {
				if err == nil || !strings.Contains(err.Error(), tc.wantErr) {
					t.Errorf("claim() = %v, want an error with %q", err, tc.wantErr)
				}
				checkKept(t, dir, tc.files)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if s, err := readState(dir); err != nil || s.PID != os.Getpid() {
				t.Errorf("the owner is %d (%v), want this process", s.PID, err)
			}
			if err := d.release(); err != nil {
				t.Fatal(err)
			}
			if _, err := readState(dir); !os.IsNotExist(errors.Unwrap(err)) {
				t.Errorf("the state after release: %v, want none", err)
			}
		})
	}
}

// deadState is the state that a process has left that is no more.
func deadState(t *testing.T) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), "true")
	if err := command.Run(); err != nil {
		t.Fatal(err)
	}
	content, err := json.Marshal(state{PID: command.Process.Pid, Ready: true})
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func writeFile(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func checkKept(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for file, want := range files {
		if got, err := os.ReadFile(filepath.Join(dir, file)); err != nil || string(got) != want {
			t.Errorf("%s holds %q (%v), want it as it was", file, got, err)
		}
	}
}

func TestUsableAssets(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		programs []string
		want     bool
	}{
		"all":        {programs: []string{"etcd", "kube-apiserver", "kubectl"}, want: true},
		"no kubectl": {programs: []string{"etcd", "kube-apiserver"}},
		"none":       {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for _, program := range tc.programs {
				if err := os.WriteFile(filepath.Join(dir, program), nil, 0o755); err != nil {
					t.Fatal(err)
				}
			}
			if got := usable(dir); got != tc.want {
				t.Errorf("usable() = %t, want %t", got, tc.want)
			}
		})
	}
}

func TestFreePortsAreDifferent(t *testing.T) {
	t.Parallel()
	ports, err := freePorts(3)
	if err != nil {
		t.Fatal(err)
	}
	if len(ports) != 3 || ports[0] == ports[1] || ports[1] == ports[2] || ports[0] == ports[2] {
		t.Errorf("ports %v, want three different ones", ports)
	}
}
