package main

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/carillon-dev/carillon/handler"
)

func TestArchive(t *testing.T) {
	t.Parallel()
	a := newArchive()
	handlers, err := register(a)
	if err != nil {
		t.Fatal(err)
	}
	if handlers.Exists("archive", "default") {
		t.Error("every namespace may call it")
	}
	call, ok := handlers.Lookup("archive", "orders")
	if !ok {
		t.Fatal("the namespace orders may not call it")
	}
	slot := time.Date(2026, 11, 20, 13, 30, 0, 0, time.UTC)
	run := handler.Run{ID: "0123", ScheduledTime: slot, Args: map[string]string{"bucket": "old-orders"}}
	for range 2 { // the second time after a manager was lost
		if err := call(t.Context(), run); err != nil || len(a.moved) != 1 || !a.moved["0123"].Equal(slot) {
			t.Errorf("moved %v: %v", a.moved, err)
		}
	}
	a.buckets["old-orders"] = true
	if _, later := errors.AsType[*handler.LaterError](call(t.Context(), run)); !later {
		t.Error("a locked bucket is not tried again later")
	}
	run.Args = map[string]string{"bucket": "old-order"}
	if _, permanent := errors.AsType[*handler.PermanentError](call(t.Context(), run)); !permanent {
		t.Error("a bucket that there is not is tried again")
	}
}

// Several runs call the function at a time; the race detector watches.
func TestArchive_IsCalledConcurrently(t *testing.T) {
	t.Parallel()
	a := newArchive()
	var group sync.WaitGroup
	for i := range 50 {
		group.Go(func() {
			run := handler.Run{ID: fmt.Sprint(i / 2), Args: map[string]string{"bucket": "old-orders"}}
			if err := a.move(t.Context(), run); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if len(a.moved) != 25 {
		t.Errorf("moved %d runs, want 25", len(a.moved))
	}
}
