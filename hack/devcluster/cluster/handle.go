package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/carillon-dev/carillon/hack/devcluster/internal/config"
	"github.com/carillon-dev/carillon/hack/devcluster/internal/distro"
	"github.com/carillon-dev/carillon/hack/devcluster/internal/filelock"
	"github.com/carillon-dev/carillon/hack/devcluster/internal/progress"
)

// containerdSocket is where containerd listens, as a full node sees it.
const containerdSocket = "/run/containerd/containerd.sock"

// downTimeout is how long [Down] waits for the owner of a cluster to end it.
const downTimeout = 20 * time.Second

// ErrNotRunning says that there is no cluster in a directory.
var ErrNotRunning = errors.New("no cluster is running")

// Handle gives access to a running cluster.
type Handle struct {
	config    config.Cluster
	ownerPID  int
	insidePID int
}

// Attach gives access to the cluster that another process runs in dir, which
// is [DefaultDir] when empty. It fails with [ErrNotRunning] if there is none.
func Attach(dir string) (*Handle, error) {
	dir, err := resolveDir(dir)
	if err != nil {
		return nil, err
	}
	s, err := readState(dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && (!s.Ready || !alive(s.PID)) {
		return nil, fmt.Errorf("%w in %s", ErrNotRunning, dir)
	}
	if err != nil {
		return nil, err
	}
	described, err := config.Load(dir)
	if err != nil {
		return nil, err
	}
	return &Handle{config: described, ownerPID: s.PID, insidePID: s.InsidePID}, nil
}

// Kubeconfig returns the path of the administrator's kubeconfig, for use on
// this machine.
func (h *Handle) Kubeconfig() string { return h.config.Kubeconfig() }

// Level returns what the node is.
func (h *Handle) Level() Level { return h.config.Level }

// Dir returns the directory with the files of the cluster; its logs are in the
// folder logs.
func (h *Handle) Dir() string { return h.config.Dir }

// Bin returns the directory with the programs of the cluster, kubectl among
// them.
func (h *Handle) Bin() string { return h.config.Bin }

// OwnerPID returns the process that has started the cluster and ends it.
func (h *Handle) OwnerPID() int { return h.ownerPID }

// InsidePID returns the process whose namespaces a full node lives in, for
// `nsenter --target PID --net`: Pods and Services are reached only from there.
// It is 0 at the simulated level.
func (h *Handle) InsidePID() int { return h.insidePID }

// Log returns the path of the log of a component, or of what else runs for the
// cluster.
func (h *Handle) Log(name string) string { return h.config.Log(name) }

// InsideKubeconfig returns the path of the administrator's kubeconfig for use
// in the network namespace of a full node; at the simulated level it works
// everywhere.
func (h *Handle) InsideKubeconfig() string { return h.config.PKI("admin.kubeconfig") }

// LoadImage puts the images in an archive, as docker save or buildah push
// write it, into the node. A simulated node has no use for images, and then
// this does nothing.
func (h *Handle) LoadImage(ctx context.Context, archive string) error {
	if !h.config.Full() {
		return nil
	}
	socket := filepath.Join("/proc", strconv.Itoa(h.insidePID), "root", containerdSocket)
	command := exec.CommandContext(ctx, distro.Find("ctr"), "--address="+socket, "--namespace=k8s.io", "images", "import", archive)
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("importing %s: %w: %s", archive, err, output)
	}
	return nil
}

// Down ends the cluster that some process runs in dir, which is [DefaultDir]
// when empty, and cleans up if that process has died. It returns when all is
// gone.
func Down(ctx context.Context, dir string, messages io.Writer) error {
	log := progress.To(messages)
	dir, err := resolveDir(dir)
	if err != nil {
		return err
	}
	s, err := readState(dir)
	if errors.Is(err, fs.ErrNotExist) {
		log.Printf("no cluster is running in %s", dir)
		return nil
	}
	if err != nil {
		return err
	}
	if err := endOwner(ctx, dir, s.PID, log); err != nil {
		return err
	}
	// Only after a death there is something left to be cleaned up.
	if _, err := readState(dir); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	rest, err := claim(ctx, dir, log)
	if err != nil {
		return err
	}
	return rest.release()
}

// endOwner asks the owner of the cluster in dir to end, if it still runs, and
// insists after a while. It returns when nobody holds the directory.
func endOwner(ctx context.Context, dir string, pid int, log *progress.Log) error {
	path := filepath.Join(dir, lockFile)
	lock, err := filelock.Try(path)
	if err == nil {
		return lock.Close() // The owner is dead, and this may be another's number now.
	}
	if !errors.Is(err, filelock.ErrHeld) {
		return err
	}
	log.Printf("ending the cluster in %s (process %d)", dir, pid)
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		if err := syscall.Kill(pid, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("ending process %d: %w", pid, err)
		}
		waiting, cancel := context.WithTimeout(ctx, downTimeout)
		lock, err = filelock.Wait(waiting, path, func() {})
		cancel()
		if err == nil {
			return lock.Close()
		}
		if ctx.Err() != nil {
			break
		}
	}
	return err
}
