// Package gobuild builds Go programs into the cache and keeps them until
// something that they are made of changes. The go command by itself would
// link a program anew every time, which takes seconds for a large one.
package gobuild

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/carillon-dev/carillon/hack/devcluster/internal/filelock"
	"github.com/carillon-dev/carillon/hack/devcluster/internal/progress"
)

// interruptGrace is how long the go command may take to remove its temporary
// files once it has been interrupted.
const interruptGrace = 5 * time.Second

// Program is one program to be built.
type Program struct {
	// Title names it in messages.
	Title string
	// Dir is the folder of its main package. All files below it count as its
	// sources, those of nested modules excepted.
	Dir string
	// LinkFlags are passed to the linker.
	LinkFlags string
	// Output is the path of the binary. Its key and its lock lie beside it.
	Output string
	// Slow asks for messages about how far the build is.
	Slow bool
}

// Ensure builds the program unless its binary is there and still right. Of
// several processes that want it at once, one builds and the others wait.
func (p Program) Ensure(ctx context.Context, log *progress.Log) error {
	key, err := p.key(ctx)
	if err != nil {
		return fmt.Errorf("finding out whether %s is up to date: %w", p.Title, err)
	}
	lock, err := filelock.Wait(ctx, p.Output+".lock", func() {
		log.Printf("waiting for another process that is building %s", p.Title)
	})
	if err != nil {
		return err
	}
	defer func() { _ = lock.Close() }() // It is unlocked even if closing fails.

	if p.upToDate(key) {
		if p.Slow {
			log.Printf("%s is in the cache: %s", p.Title, p.Output)
		}
		return nil
	}
	return p.build(ctx, key, log)
}

// upToDate reports whether the binary was built under key.
func (p Program) upToDate(key string) bool {
	built, err := os.ReadFile(p.keyFile())
	if err != nil || strings.TrimSpace(string(built)) != key {
		return false
	}
	_, err = os.Stat(p.Output)
	return err == nil
}

func (p Program) keyFile() string { return p.Output + ".key" }

// build builds under a temporary name, so that a process with the old
// binary goes on with it, and a broken build leaves nothing half done.
func (p Program) build(ctx context.Context, key string, log *progress.Log) error {
	temporary := p.Output + ".new"
	defer func() { _ = os.Remove(temporary) }() // Nothing to remove is the good case.

	arguments := p.arguments("build", "-v", "-o", temporary, ".")
	build := p.command(ctx, arguments...)
	if p.Slow {
		meter, err := p.startMeter(ctx, log)
		if err != nil {
			return err
		}
		defer meter.stop()
		build.Stderr = meter
	} else {
		build.Stderr = &errorTail{}
	}
	if err := build.Run(); err != nil {
		return fmt.Errorf("building %s: %w\n%s", p.Title, err, build.Stderr)
	}
	if err := os.Rename(temporary, p.Output); err != nil {
		return fmt.Errorf("putting %s into the cache: %w", p.Title, err)
	}
	if err := os.WriteFile(p.keyFile(), []byte(key+"\n"), 0o644); err != nil {
		return fmt.Errorf("putting %s into the cache: %w", p.Title, err)
	}
	return nil
}

// arguments completes the arguments of a go command by the flags that decide
// what it builds; they have to be the same wherever a package is looked up,
// or else it is looked up as another one.
func (p Program) arguments(verb string, rest ...string) []string {
	return append([]string{verb, "-buildvcs=false", "-ldflags", p.LinkFlags}, rest...)
}

// command returns a go command in the program's folder that is interrupted
// when ctx ends. Without cgo the result depends on no C compiler and runs in
// an empty image.
func (p Program) command(ctx context.Context, arguments ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, "go", arguments...)
	command.Dir = p.Dir
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGINT) }
	command.WaitDelay = interruptGrace
	return command
}
