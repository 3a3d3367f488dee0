package node

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// A full node sees empty directories in memory in place of those that
// containerd and the kubelet write to and that cannot all be chosen.
//
// Those below /var/lib the machine may lack, and they must not be made there:
// who removes a directory takes away what is mounted on it in every namespace,
// so that the end of one cluster would be the end of its neighbours. They are
// made in an overlay, which keeps its changes in memory.
const (
	varLib        = "/var/lib"
	varLibOverlay = "/run/devcluster-overlay"
)

// Directories that are empty to a full node: those that every machine has, and
// those below varLib.
var (
	commonDirs = []string{"/run", "/var/log"}
	varLibDirs = []string{"/var/lib/cni", "/var/lib/containerd", "/var/lib/etcd", "/var/lib/kubelet"}
)

// CheckDir says why a cluster's directory cannot be at path: a full node does
// not see what lies below its private directories.
func CheckDir(path string) error {
	for _, hidden := range slices.Concat(commonDirs, varLibDirs) {
		if real, err := filepath.EvalSymlinks(hidden); err == nil {
			hidden = real
		}
		if path == hidden || strings.HasPrefix(path, hidden+"/") {
			return fmt.Errorf("the directory %s cannot be used: a full node has a %s of its own", path, hidden)
		}
	}
	return nil
}

// mountPrivate gives the mount namespace a /proc of its own processes and
// private directories. It keeps the machine's view of the cluster's directory.
func mountPrivate(clusterDir string) error {
	// First cut the ties to the machine's mounts, then let containers see what
	// is mounted here from now on.
	for _, propagation := range []uintptr{syscall.MS_PRIVATE, syscall.MS_SHARED} {
		if err := mount("none", "/", "", syscall.MS_REC|propagation, ""); err != nil {
			return err
		}
	}
	if err := mount("proc", "/proc", "proc", syscall.MS_NOSUID|syscall.MS_NODEV|syscall.MS_NOEXEC, ""); err != nil {
		return err
	}
	if err := mountEmpty(commonDirs); err != nil {
		return err
	}
	if err := overlayVarLib(clusterDir); err != nil {
		return err
	}
	return mountEmpty(varLibDirs)
}

// overlayVarLib lets directories be made in /var/lib that the machine does not
// see. What is written to the cluster's directory it does see, wherever that is.
func overlayVarLib(clusterDir string) error {
	kept, err := os.Open(clusterDir)
	if err != nil {
		return fmt.Errorf("looking into the cluster's directory: %w", err)
	}
	defer func() { _ = kept.Close() }() // It is only read.
	upper, work := filepath.Join(varLibOverlay, "upper"), filepath.Join(varLibOverlay, "work")
	for _, dir := range []string{upper, work} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("making an overlay of %s: %w", varLib, err)
		}
	}
	data := fmt.Sprintf("lowerdir=%s,upperdir=%s,workdir=%s", varLib, upper, work)
	if err := mount("overlay", varLib, "overlay", 0, data); err != nil {
		return err
	}
	if !strings.HasPrefix(clusterDir, varLib+"/") {
		return nil
	}
	return mount(fmt.Sprintf("/proc/self/fd/%d", kept.Fd()), clusterDir, "", syscall.MS_BIND, "")
}

// mountEmpty mounts an empty directory in memory at each place.
func mountEmpty(dirs []string) error {
	for _, dir := range dirs {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("making a mount point: %w", err)
		}
		if err := mount("tmpfs", dir, "tmpfs", 0, ""); err != nil {
			return err
		}
	}
	return nil
}

func mount(source, target, kind string, flags uintptr, data string) error {
	if err := syscall.Mount(source, target, kind, flags, data); err != nil {
		return fmt.Errorf("mounting %s: %w", target, err)
	}
	return nil
}
