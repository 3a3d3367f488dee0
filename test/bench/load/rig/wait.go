package rig

import (
	"context"
	"fmt"
	"time"

	"github.com/carillon-dev/carillon/test/bench/load/figures"
)

// Await asks again until ask succeeds, at most as long as limit. what is what is waited for.
func Await(ctx context.Context, limit time.Duration, what string, ask func(context.Context) error) error {
	return await(ctx, limit, 20*time.Millisecond, what, ask)
}

func await(ctx context.Context, limit, pause time.Duration, what string, ask func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for {
		err := ask(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: %w", what, err)
		case <-time.After(pause):
		}
	}
}

// Until returns at an instant, or when ctx ends.
func Until(ctx context.Context, instant time.Time) error {
	select {
	case <-ctx.Done():
		return fmt.Errorf("waiting: %w", context.Cause(ctx))
	case <-time.After(time.Until(instant)):
		return nil
	}
}

const (
	// quietFor is how long hardly anything is written before the cluster counts as quiet.
	quietFor = 3 * time.Second
	// quietWrites is how many writes there may be in that time: the cluster never sleeps quite.
	quietWrites = 3
)

// Quiet waits until hardly anything is written, and returns when that began and what had been
// written by then.
func (c *Cluster) Quiet(ctx context.Context, limit time.Duration) (time.Time, figures.Writes, error) {
	since := time.Now()
	writes, err := c.Writes(ctx)
	if err != nil {
		return since, nil, err
	}
	err = await(ctx, limit, 500*time.Millisecond, "the cluster to be quiet", func(ctx context.Context) error {
		now, err := c.Writes(ctx)
		if err != nil {
			return err
		}
		if n := now.Since(writes).Total(); n > quietWrites {
			since, writes = time.Now(), now
			return fmt.Errorf("%.0f writes just now", n)
		}
		if time.Since(since) < quietFor {
			return fmt.Errorf("it has been quiet for %s only", time.Since(since))
		}
		return nil
	})
	return since, writes, err
}

// Writes returns the write requests that the API server has answered so far.
func (c *Cluster) Writes(ctx context.Context) (figures.Writes, error) {
	text, err := c.Typed.Discovery().RESTClient().Get().AbsPath("/metrics").Stream(ctx)
	if err != nil {
		return nil, fmt.Errorf("asking the API server for its metrics: %w", err)
	}
	defer func() { _ = text.Close() }() // It has been read to its end.
	metrics, err := figures.ParseMetrics(text)
	if err != nil {
		return nil, err
	}
	return metrics.Writes(), nil
}
