// Package level decides how real the node of a cluster is.
package level

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"github.com/carillon-dev/carillon/hack/devcluster/internal/cgroup"
	"github.com/carillon-dev/carillon/hack/devcluster/internal/distro"
)

// Level says what the node of a cluster is.
type Level string

const (
	// Full is a real node: kubelet and containerd run real containers, in
	// namespaces of their own. It needs root.
	Full Level = "full"
	// Simulated is a node on which Pods seem to run; any user can have it.
	Simulated Level = "simulated"
)

// namespaceFlags are the namespaces that a full node lives in.
const namespaceFlags = syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWNET

// NamespaceFlags returns the flags for clone(2) that make the private
// namespaces of a full node.
func NamespaceFlags() uintptr { return namespaceFlags }

// Host is what the choice depends on.
type Host struct {
	Root bool
	// UsesAPT says that missing packages can be installed.
	UsesAPT bool
	// MissingPackages are those whose programs a full node needs.
	MissingPackages []string
	// Problems are further reasons why a full node cannot run.
	Problems []string
}

// Inspect looks at this machine.
func Inspect() Host {
	host := Host{Root: os.Geteuid() == 0, UsesAPT: distro.UsesAPT(), MissingPackages: distro.Missing()}
	if !host.Root {
		return host // No need to look further, and no right to.
	}
	if problem := cgroup.Problem(); problem != "" {
		host.Problems = append(host.Problems, problem)
	}
	if err := tryNamespaces(); err != nil {
		host.Problems = append(host.Problems, fmt.Sprintf("private namespaces cannot be made: %v", err))
	}
	return host
}

// tryNamespaces runs a program that does nothing in new namespaces.
func tryNamespaces() error {
	command := exec.Command("true")
	command.SysProcAttr = &syscall.SysProcAttr{Cloneflags: namespaceFlags}
	return command.Run()
}

// obstacles says why a full node cannot run on the host.
func (h Host) obstacles() []string {
	var obstacles []string
	if !h.Root {
		obstacles = append(obstacles, "it needs root")
	}
	if len(h.MissingPackages) > 0 && !h.UsesAPT {
		obstacles = append(obstacles, fmt.Sprintf("this is neither Debian nor Ubuntu, and programs of their packages %s are missing",
			strings.Join(h.MissingPackages, ", ")))
	}
	return append(obstacles, h.Problems...)
}

// Choose returns the level to run and why. Wanted is "full", "simulated", or
// empty for full where that is possible. It is an error to want what cannot be.
func Choose(wanted string, host Host) (Level, string, error) {
	obstacles := strings.Join(host.obstacles(), "; ")
	switch Level(wanted) {
	case Simulated:
		return Simulated, "as was asked for", nil
	case Full:
		if obstacles != "" {
			return "", "", errors.New("a full node cannot run here: " + obstacles)
		}
		return Full, "as was asked for", nil
	case "":
		if obstacles != "" {
			return Simulated, "a full node cannot run here: " + obstacles, nil
		}
		return Full, "a real node can run here", nil
	default:
		return "", "", fmt.Errorf("unknown level %q: use %s or %s", wanted, Full, Simulated)
	}
}
