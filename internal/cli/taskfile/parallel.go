package taskfile

import (
	"runtime"

	"golang.org/x/sync/errgroup"
)

// InParallel calls f with 0 to n-1, on all processors.
func InParallel(n int, f func(i int)) {
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := range n {
		group.Go(func() error {
			f(i)
			return nil
		})
	}
	_ = group.Wait() // no call returns an error
}
