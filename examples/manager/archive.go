package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/carillon-dev/carillon/handler"
)

// archiver has the handler archive. Its calls share what it holds.
type archiver struct {
	storage  storage
	archived prometheus.Counter
}

func newArchiver(s storage) *archiver {
	return &archiver{storage: s, archived: prometheus.NewCounter(prometheus.CounterOpts{
		Name: "orders_archived_total", Help: "Orders that were moved to the archive.",
	})}
}

// archive moves the orders of a bucket that are older than the slot of the run.
func (a *archiver) archive(ctx context.Context, run handler.Run) error {
	bucket := run.Args["bucket"]
	log := ctrl.Log.WithName("archive").WithValues("namespace", run.Namespace, "task", run.Task, "runID", run.ID, "bucket", bucket)
	moved, err := a.storage.Archive(ctx, bucket, run.ID, run.ScheduledTime)
	switch {
	case errors.Is(err, errNoBucket): // another attempt would not help
		return handler.Permanent(fmt.Errorf("args.bucket: %q: %w", bucket, err))
	case errors.Is(err, errLocked): // not yet; it does not count as an attempt
		return handler.Later(time.Minute, err)
	case err != nil: // the Task's retryPolicy says whether there is another attempt
		return fmt.Errorf("archiving %s: %w", bucket, err)
	}
	a.archived.Add(float64(moved))
	log.Info("archived", "orders", moved, "attempt", run.Attempt)
	handler.SetMessage(ctx, fmt.Sprintf("archived %d orders", moved))
	return nil
}
