// Command trigger compares Carillon's trigger engine with cron libraries: what a
// call costs, and what it answers where the clock changes.
package main

import (
	"fmt"
	"os"
	"runtime"
	_ "time/tzdata" // for the others, where the machine has no zones

	"github.com/carillon-dev/carillon/trigger"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "trigger:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 3 {
		return beChild(args)
	}
	if len(args) > 0 {
		return fmt.Errorf("unexpected argument %q: there are none", args[0])
	}
	fmt.Printf("%s %s/%s, %d CPUs, tzdata of %s: %s\n\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), ours, trigger.ZoneData())
	if err := reportTypical(os.Stdout, measureTypical()); err != nil {
		return err
	}
	costs, err := measureHardAll()
	if err != nil {
		return err
	}
	if err := reportHard(os.Stdout, costs); err != nil {
		return err
	}
	verdicts, err := judgeAll()
	if err != nil {
		return err
	}
	return reportVectors(os.Stdout, verdicts)
}
