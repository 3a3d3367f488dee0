// Package cgroup makes and removes the control groups of one cluster, on
// machines with version 1, version 2 or both.
package cgroup

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const (
	mountsFile = "/proc/self/mounts"

	// removeInterval is the time between two attempts to remove a group
	// whose last process has not quite gone.
	removeInterval = 50 * time.Millisecond
)

// Hierarchy is one mounted tree of control groups.
type Hierarchy struct {
	Path string
	// Unified says that it is one of version 2.
	Unified bool
}

// Hierarchies returns all that are mounted.
func Hierarchies() ([]Hierarchy, error) {
	mounts, err := os.Open(mountsFile)
	if err != nil {
		return nil, fmt.Errorf("listing control group hierarchies: %w", err)
	}
	defer func() { _ = mounts.Close() }() // It is only read.
	return parseMounts(mounts)
}

// parseMounts reads a table of mounts in the form of /proc/self/mounts.
func parseMounts(mounts io.Reader) ([]Hierarchy, error) {
	var hierarchies []Hierarchy
	lines := bufio.NewScanner(mounts)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 3 {
			continue
		}
		if kind := fields[2]; kind == "cgroup" || kind == "cgroup2" {
			hierarchies = append(hierarchies, Hierarchy{Path: fields[1], Unified: kind == "cgroup2"})
		}
	}
	return hierarchies, lines.Err()
}

// Problem says why no group can be made on this machine; it is empty if one
// can.
func Problem() string {
	hierarchies, err := Hierarchies()
	if err != nil {
		return err.Error()
	}
	if len(hierarchies) == 0 {
		return "no control groups are mounted"
	}
	for _, h := range hierarchies {
		if err := unix.Access(h.Path, unix.W_OK); err != nil {
			return fmt.Sprintf("control groups below %s cannot be made: %v", h.Path, err)
		}
		if missing := h.undelegated(); len(missing) > 0 && h.occupied() {
			return fmt.Sprintf("the controllers %s are not delegated by %s, and cannot be while it holds processes",
				strings.Join(missing, ", "), h.Path)
		}
	}
	return ""
}

// Create makes the group name in every hierarchy.
func Create(name string) error {
	hierarchies, err := Hierarchies()
	if err != nil {
		return err
	}
	for _, h := range hierarchies {
		if err := h.delegate(); err != nil {
			return err
		}
		if err := os.Mkdir(filepath.Join(h.Path, name), 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("making a control group: %w", err)
		}
	}
	return nil
}

// Remove removes the group name and all groups below it from every hierarchy.
// Groups of processes that are still ending are tried again until ctx ends.
func Remove(ctx context.Context, name string) error {
	hierarchies, err := Hierarchies()
	if err != nil {
		return err
	}
	tick := time.NewTicker(removeInterval)
	defer tick.Stop()
	for {
		var failed error
		for _, h := range hierarchies {
			failed = errors.Join(failed, removeTree(filepath.Join(h.Path, name)))
		}
		if failed == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("removing control groups: %w", failed)
		case <-tick.C:
		}
	}
}

// removeTree removes the directories below dir and dir, innermost first; the
// files in them are the kernel's and go with them.
func removeTree(dir string) error {
	var dirs []string
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil && entry.IsDir() {
			dirs = append(dirs, path)
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, path := range slices.Backward(dirs) {
		// Not os.Remove, which would try to unlink a file of this name.
		if err := unix.Rmdir(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("removing %s: %w", path, err)
		}
	}
	return nil
}
