package node

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// privateDirs are those that containerd and the kubelet write to and that
// cannot all be chosen. A full node sees an empty one in memory instead.
var privateDirs = []string{
	"/run", "/var/log", "/var/lib/cni", "/var/lib/containerd", "/var/lib/etcd", "/var/lib/kubelet",
}

// CheckDir says why a cluster's directory cannot be at path: a full node does
// not see what lies below its private directories.
func CheckDir(path string) error {
	for _, hidden := range privateDirs {
		if real, err := filepath.EvalSymlinks(hidden); err == nil {
			hidden = real
		}
		if path == hidden || strings.HasPrefix(path, hidden+"/") {
			return fmt.Errorf("the directory %s cannot be used: a full node has a %s of its own", path, hidden)
		}
	}
	return nil
}

// MakeMountPoints makes the directories that a full node mounts its own over,
// as far as the machine lacks them, and returns those that it has made.
func MakeMountPoints() ([]string, error) {
	var made []string
	for _, dir := range privateDirs {
		err := os.Mkdir(dir, 0o755)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			RemoveMountPoints(made)
			return nil, fmt.Errorf("making a mount point: %w", err)
		}
		made = append(made, dir)
	}
	return made, nil
}

// RemoveMountPoints removes what [MakeMountPoints] has made, unless something
// is in there now.
func RemoveMountPoints(made []string) {
	for _, dir := range made {
		_ = syscall.Rmdir(dir)
	}
}

// mountPrivate gives the mount namespace a /proc of its own processes and
// private directories.
func mountPrivate() error {
	type mount struct {
		source, target, kind string
		flags                uintptr
	}
	mounts := []mount{
		// First cut the ties to the machine's mounts, then let containers
		// see what is mounted here from now on.
		{target: "/", flags: syscall.MS_REC | syscall.MS_PRIVATE},
		{target: "/", flags: syscall.MS_REC | syscall.MS_SHARED},
		{source: "proc", target: "/proc", kind: "proc", flags: syscall.MS_NOSUID | syscall.MS_NODEV | syscall.MS_NOEXEC},
	}
	for _, dir := range privateDirs {
		mounts = append(mounts, mount{source: "tmpfs", target: dir, kind: "tmpfs"})
	}
	for _, m := range mounts {
		if err := syscall.Mount(m.source, m.target, m.kind, m.flags, ""); err != nil {
			return fmt.Errorf("mounting %s: %w", m.target, err)
		}
	}
	return nil
}
