// Command embedded is an application with a scheduler in it: a server that shows reports, and a
// function that Tasks call to write one. Both are in one process and share what they work with.
//
//	apiVersion: carillon.dev/v1alpha1
//	kind: Task
//	metadata: {name: hourly}
//	spec:
//	  trigger: {schedule: "@hourly"}
//	  action: {handler: {name: report, args: {title: Orders}}}
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/carillon-dev/carillon/handler"
	"github.com/carillon-dev/carillon/manager"
	"github.com/carillon-dev/carillon/manager/config"
	"github.com/go-logr/logr"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	ctrlmanager "sigs.k8s.io/controller-runtime/pkg/manager"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:8080")
	if err != nil {
		log.Fatal(err)
	}
	ctrl.SetLogger(logr.FromSlogHandler(slog.NewTextHandler(os.Stderr, nil)))
	if err := run(ctrl.SetupSignalHandler(), ctrl.GetConfigOrDie(), listener, config.Default()); err != nil {
		log.Fatal(err)
	}
}

// run is the application: its server, and the scheduler that is added to its manager.
func run(ctx context.Context, cluster *rest.Config, listener net.Listener, cfg *config.ManagerConfiguration) error {
	mgr, err := ctrl.NewManager(cluster, ctrl.Options{
		Metrics:                 metricsserver.Options{BindAddress: "0"},
		GracefulShutdownTimeout: new(cfg.ShutdownTimeout.Duration + 10*time.Second),
	})
	if err != nil {
		return fmt.Errorf("building the application: %w", err)
	}
	reports := &reports{}
	handlers := handler.NewRegistry()
	if err := handlers.Register("report", reports.write); err != nil {
		return fmt.Errorf("registering report: %w", err)
	}
	if err := manager.SetupWithManager(mgr, manager.Options{Configuration: cfg, Handlers: handlers}); err != nil {
		return fmt.Errorf("adding the scheduler: %w", err)
	}
	server := &http.Server{Handler: reports, ReadHeaderTimeout: time.Second}
	if err := mgr.Add(&ctrlmanager.Server{Name: "reports", Server: server, Listener: listener}); err != nil {
		return fmt.Errorf("adding the server: %w", err)
	}
	return mgr.Start(ctx)
}

// reports is what the application works with.
type reports struct {
	mu    sync.Mutex
	lines []string
	known map[string]bool // the runs that wrote one
}

// write writes the report of a run. It may be called again for one, when the manager was lost.
func (r *reports) write(ctx context.Context, run handler.Run) error {
	title := run.Args["title"]
	if title == "" {
		return handler.Permanent(errors.New("a report needs a title: set args.title"))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known == nil {
		r.known = map[string]bool{}
	}
	if !r.known[run.ID] {
		r.known[run.ID] = true
		r.lines = append(r.lines, fmt.Sprintf("%s of %s", title, run.ScheduledTime.Format(time.RFC3339)))
	}
	handler.SetMessage(ctx, fmt.Sprintf("There are %d reports.", len(r.lines)))
	return nil
}

// ServeHTTP shows the reports.
func (r *reports) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	fmt.Fprintln(w, strings.Join(r.lines, "\n"))
}
