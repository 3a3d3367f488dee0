package node

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"sync/atomic"
	"syscall"

	"github.com/carillon-dev/carillon/hack/devcluster/internal/config"
	"github.com/carillon-dev/carillon/hack/devcluster/internal/distro"
)

// process is a running component.
type process struct {
	name    string
	command *exec.Cmd
	// ended is closed when the process has ended; err is valid then.
	ended chan struct{}
	err   error
	// killed says that the end is wanted.
	killed atomic.Bool
}

// start starts a component of the cluster, with its output in its log.
func start(cluster config.Cluster, name string) (*process, error) {
	log, err := os.OpenFile(cluster.Log(name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the log of %s: %w", name, err)
	}
	defer log.Close()

	command := exec.Command(cluster.Program(name), cluster.Arguments(name)...)
	command.Dir = cluster.Dir
	command.Env = environment(cluster)
	command.Stdout, command.Stderr = log, log
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}

	p := &process{name: name, command: command, ended: make(chan struct{})}
	started := make(chan error)
	go p.run(started)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("starting %s: %w", name, err)
	}
	return p, nil
}

// run starts the process and waits for its end, all on one thread: the kernel
// sends the signal about a parent's death when the thread ends that started
// the child.
func (p *process) run(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := p.command.Start()
	started <- err
	if err != nil {
		return
	}
	p.err = p.command.Wait()
	close(p.ended)
}

// kill ends the process at once and waits until it is gone. Nothing that a
// component would save is wanted any more.
func (p *process) kill() {
	p.killed.Store(true)
	_ = p.command.Process.Kill() // It may have ended by itself.
	<-p.ended
}

// environment is that of all components. It is not the user's, whose proxy
// settings would lead requests for Pods and Services out of the machine.
func environment(cluster config.Cluster) []string {
	return []string{"PATH=" + distro.Path(), "HOME=" + cluster.Path("home")}
}
