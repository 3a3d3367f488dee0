package node

import (
	"fmt"
	"os"
	"os/exec"

	"github.com/carillon-dev/carillon/hack/devcluster/internal/child"
	"github.com/carillon-dev/carillon/hack/devcluster/internal/config"
	"github.com/carillon-dev/carillon/hack/devcluster/internal/distro"
)

// process is a running component.
type process struct {
	*child.Process

	name string
}

// startComponent starts a component of the cluster, with its output in its log.
func startComponent(cluster config.Cluster, name string) (*process, error) {
	log, err := os.OpenFile(cluster.Log(name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the log of %s: %w", name, err)
	}
	defer func() { _ = log.Close() }() // The component has a copy of its own, and writes it.

	command := exec.Command(cluster.Program(name), cluster.Arguments(name)...)
	command.Dir = cluster.Dir
	command.Env = environment(cluster)
	command.Stdout, command.Stderr = log, log
	started, err := child.Start(command)
	if err != nil {
		return nil, err
	}
	return &process{Process: started, name: name}, nil
}

// environment is that of all components. It is not the user's, whose proxy
// settings would lead requests for Pods and Services out of the machine.
func environment(cluster config.Cluster) []string {
	return []string{"PATH=" + distro.Path(), "HOME=" + cluster.Path("home")}
}
