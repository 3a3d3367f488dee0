package cgroup

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// needed are the controllers that the kubelet wants to find in its group, if
// the machine has them.
var needed = []string{"cpu", "cpuset", "memory", "hugetlb", "pids"}

// undelegated returns the needed controllers that groups in the hierarchy
// would not have. In version 1 there are none: each has its own hierarchy.
func (h Hierarchy) undelegated() []string {
	if !h.Unified {
		return nil
	}
	available, delegated := h.words("cgroup.controllers"), h.words("cgroup.subtree_control")
	var missing []string
	for _, controller := range needed {
		if slices.Contains(available, controller) && !slices.Contains(delegated, controller) {
			missing = append(missing, controller)
		}
	}
	return missing
}

// occupied reports whether the kernel forbids to delegate controllers because
// processes live in the hierarchy's top group. The machine's real root is free
// of this rule, and known by having no type.
func (h Hierarchy) occupied() bool {
	_, err := os.Stat(filepath.Join(h.Path, "cgroup.type"))
	return err == nil && len(h.words("cgroup.procs")) > 0
}

// delegate lets groups in the hierarchy have the needed controllers.
func (h Hierarchy) delegate() error {
	for _, controller := range h.undelegated() {
		err := os.WriteFile(filepath.Join(h.Path, "cgroup.subtree_control"), []byte("+"+controller), 0o644)
		if err != nil {
			return fmt.Errorf("delegating the controller %s: %w", controller, err)
		}
	}
	return nil
}

// words returns the content of one of the hierarchy's own files.
func (h Hierarchy) words(file string) []string {
	content, err := os.ReadFile(filepath.Join(h.Path, file))
	if err != nil {
		return nil
	}
	return strings.Fields(string(content))
}
