// Package child starts processes that do not outlive their parent.
package child

import (
	"fmt"
	"os/exec"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"
)

// Process is a child that was started by [Start].
type Process struct {
	command *exec.Cmd
	ended   chan struct{}
	err     error
	stopped atomic.Bool
}

// Start starts command. The kernel kills the process when this one dies; it
// has a process group of its own, so that a terminal's Ctrl-C does not reach
// it and its parent decides when it ends.
func Start(command *exec.Cmd) (*Process, error) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	p := &Process{command: command, ended: make(chan struct{})}
	started := make(chan error)
	go p.run(started)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("starting %s: %w", command.Path, err)
	}
	return p, nil
}

// run starts the process and waits for its end, all on one thread: the kernel
// takes the end of the thread that started a child for the parent's death.
func (p *Process) run(started chan<- error) {
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

// Ended returns a channel that is closed when the process has ended.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// Err returns how the process ended, nil standing for a good end. It is valid
// once [Process.Ended] is closed.
func (p *Process) Err() error { return p.err }

// Ending says in words how the process ended; it is valid when Err is.
func (p *Process) Ending() string {
	if p.err == nil {
		return "exit status 0"
	}
	return p.err.Error()
}

// Stopped reports whether the end was asked for by Kill or Terminate.
func (p *Process) Stopped() bool { return p.stopped.Load() }

// Kill ends the process at once and returns when it is gone.
func (p *Process) Kill() {
	p.stopped.Store(true)
	_ = p.command.Process.Kill() // It may have ended by itself.
	<-p.ended
}

// Terminate asks the process to end, kills it if it has not done so after
// patience, and returns when it is gone.
func (p *Process) Terminate(patience time.Duration) {
	p.stopped.Store(true)
	_ = p.command.Process.Signal(syscall.SIGTERM) // It may have ended by itself.
	// An error means that it has ended by itself.
	kill := time.AfterFunc(patience, func() { _ = p.command.Process.Kill() })
	defer kill.Stop()
	<-p.ended
}
