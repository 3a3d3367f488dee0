package metrics

import (
	"context"
	"errors"
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// Results of saves and loads.
const (
	success  = "success"
	conflict = "conflict"
	notFound = "not_found"
	tooLarge = "too_large"
	failure  = "error"
)

// Store returns a Store that counts the saves and loads of another one.
func (m *Metrics) Store(inner model.Store) model.Store { return countedStore{inner, m} }

type countedStore struct {
	inner   model.Store
	metrics *Metrics
}

// Load implements model.Store.
func (s countedStore) Load(ctx context.Context, key model.Key) (model.Snapshot, error) {
	snap, err := s.inner.Load(ctx, key)
	s.metrics.loads.WithLabelValues(resultOf(err)).Inc()
	return snap, err //nolint:wrapcheck // it is passed on
}

// Save implements model.Store.
func (s countedStore) Save(ctx context.Context, task model.Task, rec model.Record, version model.Version) (model.Version, error) {
	start := time.Now()
	saved, err := s.inner.Save(ctx, task, rec, version)
	s.metrics.saving.Observe(time.Since(start).Seconds())
	s.metrics.saves.WithLabelValues(resultOf(err)).Inc()
	return saved, err //nolint:wrapcheck // it is passed on
}

func resultOf(err error) string {
	switch {
	case err == nil:
		return success
	case errors.Is(err, model.ErrConflict):
		return conflict
	case errors.Is(err, model.ErrGone):
		return notFound
	case errors.Is(err, model.ErrTooLarge):
		return tooLarge
	default:
		return failure
	}
}
