package rig

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"time"
)

// Profile writes a profile of the API server's CPU time for a while to a file. The API server
// must run with --profiling.
func (c *Cluster) Profile(ctx context.Context, duration time.Duration, path string) error {
	profile, err := c.Typed.Discovery().RESTClient().Get().AbsPath("/debug/pprof/profile").
		Param("seconds", strconv.Itoa(int(duration.Seconds()))).DoRaw(ctx)
	if err != nil {
		return fmt.Errorf("profiling the API server: %w", err)
	}
	if err := os.WriteFile(path, profile, 0o644); err != nil {
		return fmt.Errorf("saving a profile: %w", err)
	}
	return nil
}
