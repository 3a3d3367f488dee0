// Command manager is a custom manager: Tasks of the namespace orders can call archive.
// docs/handlers.md builds it step by step.
package main

import (
	"fmt"
	"log"

	"github.com/prometheus/client_golang/prometheus"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/carillon-dev/carillon/handler"
	"github.com/carillon-dev/carillon/manager"
)

func main() {
	handlers, err := newHandlers(newMemory(), metrics.Registry)
	if err != nil {
		log.Fatal(err)
	}
	manager.Main(handlers)
}

// newHandlers returns the functions that Tasks can call, and registers their metrics.
func newHandlers(s storage, registry prometheus.Registerer) (*handler.Registry, error) {
	a := newArchiver(s)
	if err := registry.Register(a.archived); err != nil {
		return nil, fmt.Errorf("registering the metrics: %w", err)
	}
	handlers := handler.NewRegistry()
	if err := handlers.Register("archive", a.archive, "orders"); err != nil {
		return nil, fmt.Errorf("registering archive: %w", err)
	}
	return handlers, nil
}
