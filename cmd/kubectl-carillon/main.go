// Command kubectl-carillon is a plugin of kubectl, and works by itself as well: it shows
// what Tasks do, will do and have done, and runs and pauses them.
package main

import (
	"context"
	"os"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/carillon-dev/carillon/internal/cli"
	"github.com/carillon-dev/carillon/internal/cli/interrupt"
)

func main() {
	ctx, stop := interrupt.Context(context.Background())
	streams := genericiooptions.IOStreams{In: os.Stdin, Out: os.Stdout, ErrOut: os.Stderr}
	status := cli.Main(ctx, streams, os.Args[1:])
	stop()
	os.Exit(status)
}
