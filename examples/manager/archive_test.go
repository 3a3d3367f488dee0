package main

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/carillon-dev/carillon/handler"
)

// call calls the handler as the manager does for a Task of the namespace orders, and returns the
// message and the error.
func call(t *testing.T, s storage, run handler.Run) (string, error) {
	t.Helper()
	handlers, err := newHandlers(s, prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	archive, ok := handlers.Lookup("archive", "orders")
	if !ok {
		t.Fatal("Tasks of the namespace orders cannot call archive")
	}
	ctx, message := handler.WithMessage(t.Context())
	err = archive(ctx, run)
	return message(), err
}

// nightly is a run at the first slot after the second of the three orders.
func nightly(bucket string) handler.Run {
	return handler.Run{
		Namespace: "orders", Task: "nightly", ID: "0123", Attempt: 1,
		ScheduledTime: time.Date(2026, 1, 7, 0, 0, 0, 0, time.UTC), Args: map[string]string{"bucket": bucket},
	}
}

func TestArchive(t *testing.T) {
	t.Parallel()
	s := newMemory()
	for _, attempt := range []string{"first", "after the manager was lost"} {
		if message, err := call(t, s, nightly("old-orders")); err != nil || message != "archived 2 orders" {
			t.Errorf("%s: %q, %v", attempt, message, err)
		}
	}
	if left := len(s.orders["old-orders"]); left != 1 {
		t.Errorf("%d orders are left, want the one that is newer than the slot", left)
	}
}

func TestArchive_FailsAtOnceWithoutTheBucket(t *testing.T) {
	t.Parallel()
	_, err := call(t, newMemory(), nightly("old-order"))
	if _, ok := errors.AsType[*handler.PermanentError](err); !ok || !errors.Is(err, errNoBucket) {
		t.Errorf("got %v, want an error that is permanent", err)
	}
}

func TestArchive_IsTriedAgainWhileTheBucketIsLocked(t *testing.T) {
	t.Parallel()
	s := newMemory()
	s.locked["old-orders"] = true
	_, err := call(t, s, nightly("old-orders"))
	if later, ok := errors.AsType[*handler.LaterError](err); !ok || later.After != time.Minute {
		t.Errorf("got %v, want another try in a minute", err)
	}
}

func TestArchive_IsForTheNamespaceOrders(t *testing.T) {
	t.Parallel()
	handlers, err := newHandlers(newMemory(), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	if handlers.Exists("archive", "default") {
		t.Error("Tasks of every namespace can call archive")
	}
}

// Calls overlap: run this with go test -race.
func TestArchive_IsCalledConcurrently(t *testing.T) {
	t.Parallel()
	a := newArchiver(newMemory())
	var group sync.WaitGroup
	for i := range 50 {
		group.Go(func() {
			run := nightly("old-orders")
			run.ID = fmt.Sprint(i / 2)
			if err := a.archive(t.Context(), run); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
}
