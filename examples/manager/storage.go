package main

import (
	"context"
	"errors"
	"sync"
	"time"
)

// What a storage answers when it cannot archive.
var (
	errNoBucket = errors.New("there is no such bucket")
	errLocked   = errors.New("the bucket is locked")
)

// storage holds orders in buckets.
type storage interface {
	// Archive moves the orders of a bucket that are older than an instant, and returns how many it
	// moved. Called again with the same key it moves nothing, and returns the same number.
	Archive(ctx context.Context, bucket, key string, before time.Time) (int, error)
}

// memory stands for a real storage, which outlives the manager.
type memory struct {
	mu     sync.Mutex
	orders map[string][]time.Time // when those in each bucket were made
	locked map[string]bool
	moved  map[string]int // by key
}

// newMemory returns a storage with three old orders.
func newMemory() *memory {
	old := time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC)
	return &memory{
		orders: map[string][]time.Time{"old-orders": {old, old.AddDate(0, 0, 1), old.AddDate(0, 0, 2)}},
		locked: map[string]bool{}, moved: map[string]int{},
	}
}

// Archive implements storage.
func (m *memory) Archive(_ context.Context, bucket, key string, before time.Time) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	orders, ok := m.orders[bucket]
	switch {
	case !ok:
		return 0, errNoBucket
	case m.locked[bucket]:
		return 0, errLocked
	}
	if moved, ok := m.moved[key]; ok {
		return moved, nil
	}
	var kept []time.Time
	for _, made := range orders {
		if !made.Before(before) {
			kept = append(kept, made)
		}
	}
	m.orders[bucket], m.moved[key] = kept, len(orders)-len(kept)
	return m.moved[key], nil
}
