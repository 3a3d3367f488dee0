// Command load measures Carillon on a simulated cluster: a burst of Pods beside a bare client and
// CronJobs, in-process runs at one a second each, and what many Tasks need that are idle. See
// docs/performance.md.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

const usage = `usage: load burst|inprocess|scale [flags]
       load report [flags] FILE.json...

"load COMMAND -h" lists the flags`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out, messages io.Writer) error {
	if len(args) == 0 {
		return errors.New(usage)
	}
	switch args[0] {
	case "burst":
		return runBurst(ctx, args[1:], out, messages)
	case "inprocess":
		return runInProcess(ctx, args[1:], out, messages)
	case "scale":
		return runScale(ctx, args[1:], out, messages)
	case "report":
		return runReport(args[1:], out, messages)
	default:
		return fmt.Errorf("unknown command %q\n%s", args[0], usage)
	}
}
