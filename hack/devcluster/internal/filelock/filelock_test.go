package filelock

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
)

func TestTryRefusesAHeldLock(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "dir", "lock")
	lock, err := Try(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Try(path); !errors.Is(err, ErrHeld) {
		t.Errorf("Try() of a held lock = %v, want %v", err, ErrHeld)
	}
	if err := lock.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := Try(path)
	if err != nil {
		t.Fatalf("Try() of a lock that was let go: %v", err)
	}
	_ = again.Close()
}

func TestWaitTakesALockThatIsLetGo(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lock")
	held, err := Try(path)
	if err != nil {
		t.Fatal(err)
	}
	calls := 0
	lock, err := Wait(t.Context(), path, func() {
		calls++
		_ = held.Close()
	})
	if err != nil {
		t.Fatal(err)
	}
	_ = lock.Close()
	if calls != 1 {
		t.Errorf("waiting was announced %d times, want once", calls)
	}
}

func TestWaitGivesUpWithItsContext(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lock")
	held, err := Try(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = held.Close() }()
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := Wait(ctx, path, cancel); !errors.Is(err, context.Canceled) {
		t.Errorf("Wait() = %v, want %v", err, context.Canceled)
	}
}
