package interrupt

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
)

// child is set in a process of the test that stands for a command which does not react.
const child = "CARILLON_TEST_INTERRUPT"

func TestMain(m *testing.M) {
	if os.Getenv(child) != "" {
		hang()
	}
	os.Exit(m.Run()) //nolint:forbidigo // it is the main of the tests
}

// hang says when it is interrupted, and does not end.
func hang() {
	ctx, stop := Context(context.Background())
	defer stop()
	fmt.Fprintln(os.Stdout, "started")
	<-ctx.Done()
	fmt.Fprintln(os.Stdout, "interrupted")
	select {}
}

// A command that hangs, over a hostile Task for example, is ended by a second signal.
func TestContext_SecondSignalKills(t *testing.T) {
	t.Parallel()
	for name, sent := range map[string]syscall.Signal{"SIGINT": syscall.SIGINT, "SIGTERM": syscall.SIGTERM} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			program, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			command := exec.CommandContext(t.Context(), program)
			command.Env = append(os.Environ(), child+"=1")
			out, err := command.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := command.Start(); err != nil {
				t.Fatal(err)
			}
			lines := bufio.NewScanner(out)
			for _, want := range []string{"started", "interrupted"} {
				if !lines.Scan() || lines.Text() != want {
					t.Fatalf("it says %q, want %q", lines.Text(), want)
				}
				if err := command.Process.Signal(sent); err != nil {
					t.Fatal(err)
				}
			}
			var ended *exec.ExitError
			if err := command.Wait(); !errors.As(err, &ended) {
				t.Fatalf("it ended with %v", err)
			}
			if status, ok := ended.Sys().(syscall.WaitStatus); !ok || status.Signal() != sent {
				t.Errorf("it ended with %v, want by %s", ended, sent)
			}
		})
	}
}

func TestContext_Stop(t *testing.T) {
	t.Parallel()
	ctx, stop := Context(t.Context())
	stop()
	if ctx.Err() == nil {
		t.Error("stop does not end the context")
	}
}
