package rig

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"time"

	"github.com/carillon-dev/carillon/hack/devcluster/cluster"
	"github.com/carillon-dev/carillon/test/bench/load/figures"
)

// logTail is how much of a log an error shows.
const logTail = 2 << 10

// Program is a manager that was built.
type Program struct {
	path string
	// Profiled managers serve profiles.
	Profiled bool
}

// Build builds the manager of the checkout into dir, or one that serves profiles.
func Build(ctx context.Context, dir string, profiled bool) (Program, error) {
	root, err := findRoot()
	if err != nil {
		return Program{}, err
	}
	p := Program{path: filepath.Join(dir, "manager"), Profiled: profiled}
	command := exec.CommandContext(ctx, "go", "build", "-o", p.path, "./cmd/manager")
	command.Dir = root
	if profiled {
		command.Args[len(command.Args)-1] = "./load/profiled"
		command.Dir = filepath.Join(root, "test", "bench")
	}
	if output, err := command.CombinedOutput(); err != nil {
		return p, fmt.Errorf("building the manager: %w\n%s", err, output)
	}
	return p, nil
}

// Manager is a manager that runs as a process of this machine.
type Manager struct {
	command                  *exec.Cmd
	log                      string
	metrics, health, profile string
	// started is when the process was started.
	started time.Time
	ended   chan struct{}
}

// StartManager starts a manager with further flags. name is that of its log.
func (c *Cluster) StartManager(name string, program Program, flags ...string) (*Manager, error) {
	addresses, err := cluster.FreeAddresses(3)
	if err != nil {
		return nil, err
	}
	m := &Manager{log: c.Log(name), metrics: addresses[0], health: addresses[1], profile: addresses[2], ended: make(chan struct{})}
	log, err := os.Create(m.log)
	if err != nil {
		return nil, fmt.Errorf("making the manager's log: %w", err)
	}
	defer func() { _ = log.Close() }() // The manager has a copy of its own.
	m.command = exec.Command(program.path, slices.Concat([]string{
		"--kubeconfig=" + c.Kubeconfig(), "--metrics-bind-address=" + m.metrics, "--metrics-secure=false",
		"--health-probe-bind-address=" + m.health, "--log-level=warn",
	}, flags)...)
	m.command.Env = append(os.Environ(), "PPROF_ADDRESS="+m.profile)
	m.command.Stdout, m.command.Stderr = log, log
	// It dies with this process.
	m.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	m.started = time.Now()
	begun := make(chan error)
	go m.run(begun)
	if err := <-begun; err != nil {
		return nil, fmt.Errorf("starting the manager: %w", err)
	}
	return m, nil
}

// run starts the process and waits for its end, all on one thread: the kernel takes the end of
// the thread that started a child for the parent's death.
func (m *Manager) run(begun chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := m.command.Start()
	begun <- err
	if err == nil {
		_ = m.command.Wait() // How it ends does not matter; an early end is noticed by the probe.
		close(m.ended)
	}
}

// PID returns the number of the process.
func (m *Manager) PID() int { return m.command.Process.Pid }

// Started returns when the process was started.
func (m *Manager) Started() time.Time { return m.started }

// AwaitReady waits until the readiness probe succeeds.
func (m *Manager) AwaitReady(ctx context.Context) error {
	return Await(ctx, time.Minute, "the manager", func(ctx context.Context) error {
		select {
		case <-m.ended:
			content, err := os.ReadFile(m.log)
			return errors.Join(fmt.Errorf("it has ended; the end of its log:\n%s", content[max(0, len(content)-logTail):]), err)
		default:
		}
		response, err := get(ctx, "http://"+m.health+"/readyz")
		if err == nil {
			response.Reset()
		}
		return err
	})
}

// AwaitTasks waits until the manager leads and has planned n Tasks, and returns when that was.
func (m *Manager) AwaitTasks(ctx context.Context, n int, limit time.Duration) (time.Time, error) {
	err := Await(ctx, limit, "the manager to plan its Tasks", func(ctx context.Context) error {
		metrics, err := m.Metrics(ctx)
		if err != nil {
			return err
		}
		if leads, tasks := metrics.Sum("carillon_leader"), metrics.Sum("carillon_tasks"); leads != 1 || tasks != float64(n) {
			return fmt.Errorf("leader: %.0f, Tasks: %.0f of %d", leads, tasks, n)
		}
		return nil
	})
	return time.Now(), err
}

// Metrics returns the manager's metrics.
func (m *Manager) Metrics(ctx context.Context) (figures.Metrics, error) {
	text, err := get(ctx, "http://"+m.metrics+"/metrics")
	if err != nil {
		return nil, err
	}
	return figures.ParseMetrics(text)
}

// Profile writes a profile of the manager's CPU time for a while to a file. The manager must
// have been built to serve it.
func (m *Manager) Profile(ctx context.Context, duration time.Duration, path string) error {
	profile, err := get(ctx, fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%d", m.profile, int(duration.Seconds())))
	if err != nil {
		return err
	}
	if err := os.WriteFile(path, profile.Bytes(), 0o644); err != nil {
		return fmt.Errorf("saving a profile: %w", err)
	}
	return nil
}

// Terminate asks the manager to end and waits until it has; after a while it is killed.
func (m *Manager) Terminate() {
	_ = m.command.Process.Signal(syscall.SIGTERM) // It may have ended by itself.
	kill := time.AfterFunc(15*time.Second, func() { _ = m.command.Process.Kill() })
	defer kill.Stop()
	<-m.ended
}

// get returns the body of a good answer.
func get(ctx context.Context, url string) (*bytes.Buffer, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, fmt.Errorf("asking for %s: %w", url, err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, fmt.Errorf("asking for %s: %w", url, err)
	}
	defer func() { _ = response.Body.Close() }() // It has been read to its end.
	body := &bytes.Buffer{}
	if _, err := body.ReadFrom(response.Body); err != nil {
		return nil, fmt.Errorf("reading %s: %w", url, err)
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %s", url, response.Status)
	}
	return body, nil
}
