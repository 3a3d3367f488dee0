// Command manager is a manager with a function of its own: Tasks of the namespace orders
// can call archive.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"sync"
	"time"

	"github.com/carillon-dev/carillon/handler"
	"github.com/carillon-dev/carillon/manager"
)

func main() {
	handlers, err := register(newArchive())
	if err != nil {
		log.Fatal(err)
	}
	manager.Main(handlers)
}

func register(a *archive) (*handler.Registry, error) {
	handlers := handler.NewRegistry()
	if err := handlers.Register("archive", a.move, "orders"); err != nil {
		return nil, fmt.Errorf("registering archive: %w", err)
	}
	return handlers, nil
}

// errLocked: somebody else works with the bucket.
var errLocked = errors.New("the bucket is locked")

// archive stands for whatever a function works with. Its function is called by several
// runs at a time, so there is a lock.
type archive struct {
	mu      sync.Mutex
	buckets map[string]bool // whether one is locked
	moved   map[string]time.Time
}

func newArchive() *archive {
	return &archive{buckets: map[string]bool{"old-orders": false}, moved: map[string]time.Time{}}
}

// move moves what was there before the slot of the run.
func (a *archive) move(_ context.Context, run handler.Run) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	locked, ok := a.buckets[run.Args["bucket"]]
	switch {
	case !ok: // trying again would not help
		return handler.Permanent(fmt.Errorf("there is no bucket %q", run.Args["bucket"]))
	case locked: // not now; it does not count as an attempt
		return handler.Later(time.Minute, errLocked)
	}
	if _, done := a.moved[run.ID]; done {
		return nil // called again after the manager was lost
	}
	a.moved[run.ID] = run.ScheduledTime
	return nil
}
