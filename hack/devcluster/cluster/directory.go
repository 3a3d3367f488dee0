package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/carillon-dev/carillon/hack/devcluster/internal/cgroup"
	"github.com/carillon-dev/carillon/hack/devcluster/internal/filelock"
	"github.com/carillon-dev/carillon/hack/devcluster/internal/node"
	"github.com/carillon-dev/carillon/hack/devcluster/internal/progress"
)

const (
	lockFile  = "devcluster.lock"
	stateFile = "state.json"
	logsDir   = "logs"

	// lastBreath is how long a node may take to end after its owner has
	// died; it notices at once and needs about a second.
	lastBreath = 15 * time.Second

	// cgroupTimeout bounds the removal of control groups; those of ended
	// processes go at once.
	cgroupTimeout = 5 * time.Second
)

// directory is the directory of a cluster, owned by this process.
type directory struct {
	path  string
	lock  *filelock.Lock
	state state
}

// state is what other processes have to know of a cluster: to use it, to stop
// it, or to clean up when its owner has died.
type state struct {
	// PID is the owner.
	PID int
	// InsidePID is the first process of the node.
	InsidePID int
	// Ready says that Pods can be made.
	Ready bool
	// Cgroup is the name of the control group, if there is one.
	Cgroup string `json:",omitempty"`
}

// resolveDir returns the absolute path of a cluster's directory.
func resolveDir(dir string) (string, error) {
	if dir == "" {
		var err error
		if dir, err = DefaultDir(); err != nil {
			return "", err
		}
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("finding the cluster's directory: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("making the cluster's directory: %w", err)
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return "", fmt.Errorf("finding the cluster's directory: %w", err)
	}
	return dir, node.CheckDir(dir)
}

// claim makes this process the owner of a directory and removes what a former
// owner has left there.
func claim(ctx context.Context, dir string, log *progress.Log) (*directory, error) {
	if err := checkOurs(dir); err != nil {
		return nil, err
	}
	lock, err := lockDir(ctx, dir, log)
	if err != nil {
		return nil, err
	}
	d := &directory{path: dir, lock: lock}
	old, err := readState(dir)
	if err == nil {
		log.Printf("cleaning up after process %d, which has died", old.PID)
		err = old.clean()
	} else if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if err == nil {
		err = d.removeFiles(lockFile)
	}
	if err == nil {
		err = d.update(func(s *state) { s.PID = os.Getpid() })
	}
	if err != nil {
		_ = lock.Close() // The first error is the one to report.
		return nil, err
	}
	return d, nil
}

// checkOurs refuses a directory that holds other things, since everything in
// it is going to be removed.
func checkOurs(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("looking into the cluster's directory: %w", err)
	}
	ours := slices.ContainsFunc(entries, func(entry fs.DirEntry) bool { return entry.Name() == lockFile })
	if len(entries) > 0 && !ours {
		return fmt.Errorf("the directory %s is not empty and not a cluster's: choose another one", dir)
	}
	return nil
}

// lockDir takes the lock of a directory. If only the node of a dead owner
// holds it, that node is about to end.
func lockDir(ctx context.Context, dir string, log *progress.Log) (*filelock.Lock, error) {
	path := filepath.Join(dir, lockFile)
	lock, err := filelock.Try(path)
	if !errors.Is(err, filelock.ErrHeld) {
		return lock, err
	}
	if owner, stateErr := readState(dir); stateErr != nil || alive(owner.PID) {
		return nil, fmt.Errorf("a cluster is already running in %s (process %d): end it with `devcluster down --dir %s`, or choose another directory by --dir",
			dir, owner.PID, dir)
	}
	ctx, cancel := context.WithTimeout(ctx, lastBreath)
	defer cancel()
	return filelock.Wait(ctx, path, func() { log.Printf("waiting for the rest of an earlier cluster to end") })
}

// alive reports whether a process exists, be it another user's.
func alive(pid int) bool { return !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) }

// update changes the state and writes it down.
func (d *directory) update(change func(*state)) error {
	change(&d.state)
	content, err := json.MarshalIndent(d.state, "", "  ")
	if err != nil {
		return fmt.Errorf("writing the cluster's state: %w", err)
	}
	path := filepath.Join(d.path, stateFile)
	if err := os.WriteFile(path+".new", content, 0o600); err != nil {
		return fmt.Errorf("writing the cluster's state: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("writing the cluster's state: %w", err)
	}
	return nil
}

// release removes what is left of the cluster, its logs excepted, and gives
// the directory up.
func (d *directory) release() error {
	err := errors.Join(d.state.clean(), d.removeFiles(lockFile, logsDir))
	return errors.Join(err, d.lock.Close())
}

// removeFiles empties the directory but for what is to be kept.
func (d *directory) removeFiles(keep ...string) error {
	entries, err := os.ReadDir(d.path)
	if err != nil {
		return fmt.Errorf("emptying the cluster's directory: %w", err)
	}
	for _, entry := range entries {
		if slices.Contains(keep, entry.Name()) {
			continue
		}
		if err := os.RemoveAll(filepath.Join(d.path, entry.Name())); err != nil {
			return fmt.Errorf("emptying the cluster's directory: %w", err)
		}
	}
	return nil
}

// readState reads the state of the cluster in dir.
func readState(dir string) (state, error) {
	var s state
	content, err := os.ReadFile(filepath.Join(dir, stateFile))
	if err != nil {
		return s, fmt.Errorf("reading the cluster's state: %w", err)
	}
	if err := json.Unmarshal(content, &s); err != nil {
		return s, fmt.Errorf("reading the cluster's state: %w", err)
	}
	return s, nil
}

// clean removes what an ended cluster has left on the machine.
func (s state) clean() error {
	if s.Cgroup == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), cgroupTimeout)
	defer cancel()
	return cgroup.Remove(ctx, s.Cgroup)
}
