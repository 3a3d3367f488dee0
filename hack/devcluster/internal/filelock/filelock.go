// Package filelock lets one process at a time own a directory.
package filelock

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// ErrHeld says that another process holds the lock.
var ErrHeld = errors.New("held by another process")

// pollInterval is how often [Wait] asks again; flock has no way to give up
// when a context ends.
const pollInterval = 200 * time.Millisecond

// Lock is a held lock. It is let go by Close, or when the last process that
// has inherited its file ends.
type Lock struct{ file *os.File }

// Try takes the lock at path, or fails at once with [ErrHeld].
func Try(path string) (*Lock, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("locking %s: %w", path, err)
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("locking %s: %w", path, err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = file.Close() // Nothing was written; the error of the lock is the one to report.
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = ErrHeld
		}
		return nil, fmt.Errorf("locking %s: %w", path, err)
	}
	return &Lock{file: file}, nil
}

// Wait takes the lock at path as soon as it is free. It calls waiting once,
// if it has to wait at all.
func Wait(ctx context.Context, path string, waiting func()) (*Lock, error) {
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for first := true; ; first = false {
		lock, err := Try(path)
		if !errors.Is(err, ErrHeld) {
			return lock, err
		}
		if first {
			waiting()
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(err, context.Cause(ctx))
		case <-tick.C:
		}
	}
}

// File returns the open file, for a child to inherit and so to share the lock.
func (l *Lock) File() *os.File { return l.file }

// Close lets the lock go, unless a child still shares it. The file stays:
// removing it would let two processes hold locks on two files of one name.
func (l *Lock) Close() error { return l.file.Close() }
