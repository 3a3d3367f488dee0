package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/carillon-dev/carillon/hack/devcluster/internal/cgroup"
	"github.com/carillon-dev/carillon/hack/devcluster/internal/config"
)

// cgroupTimeout bounds the removal of control groups. Their last processes
// have been reaped by then, so that it takes but a moment.
const cgroupTimeout = 3 * time.Second

// Init is the first process of a full node's namespaces. It runs command,
// which calls [Run], until that ends; then it ends all other processes and
// removes the control groups of the cluster in dir.
func Init(dir string, command []string) error {
	cluster, err := config.Load(dir)
	if err != nil {
		return err
	}
	if err := mountPrivate(dir); err != nil {
		return err
	}
	// Not os/exec, whose Wait would contend with reap for the child.
	child, err := syscall.ForkExec(command[0], command, &syscall.ProcAttr{
		Env:   os.Environ(),
		Files: []uintptr{0, 1, 2, LockFile, ListenerFile},
	})
	if err != nil {
		return fmt.Errorf("starting the node: %w", err)
	}
	status := reap(child)

	// As process 1 this reaches every process of the namespace but itself.
	if err := syscall.Kill(-1, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("ending the processes of the node: %w", err)
	}
	reap(everyChild)

	ctx, cancel := context.WithTimeout(context.Background(), cgroupTimeout)
	defer cancel()
	if err := cgroup.Remove(ctx, cluster.Cgroup); err != nil {
		return err
	}
	if status != 0 {
		return fmt.Errorf("the node ended with status %#x", int(status))
	}
	return nil
}

// everyChild makes [reap] go on until there is no child left.
const everyChild = -1

// reap waits for child and meanwhile for the orphans that the kernel hands to
// the first process. It returns child's status.
func reap(child int) syscall.WaitStatus {
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, 0, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
		case err != nil: // ECHILD: none is left.
			return 0
		case pid == child:
			return status
		}
	}
}
