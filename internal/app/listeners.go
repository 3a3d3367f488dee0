package app

import (
	"context"
	"fmt"

	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"

	"github.com/carillon-dev/carillon/internal/listener/kubeevents"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/internal/scheduler/recovery"
)

// buildEvents builds what writes the Events, through the fence of the lease.
func (w *wiring) buildEvents() error {
	client, err := typedcorev1.NewForConfigAndClient(w.mgr.GetConfig(), w.mgr.GetHTTPClient())
	if err != nil {
		return fmt.Errorf("building the client for Events: %w", err)
	}
	w.events = kubeevents.New(kubeevents.Config{
		Client: client, Component: "carillon-manager", Instance: w.holder, Log: w.log.WithName("events"), Dropped: w.metrics.EventsDropped,
		Recover: w.contained,
	})
	return nil
}

// sinks are those that the core reports its events to.
func (w *wiring) sinks() listeners {
	all := []model.Sink{kubeevents.Sink{Reporter: w.events}, w.metrics}
	if w.tracer != nil {
		all = append(all, w.tracer)
	}
	return listeners{w.contained, all}
}

// runUntilReturn starts a function whose context ends when the returned one is called, and
// not before. That one waits for the function to return.
func runUntilReturn(ctx context.Context, run func(context.Context)) (stop func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() {
		defer close(done)
		run(ctx)
	}()
	return func() {
		cancel()
		<-done
	}
}

// listeners reports the same events to several sinks. One that panics keeps nothing from the others.
type listeners struct {
	recover recovery.Recoverer
	all     []model.Sink
}

// Report implements model.Sink.
func (s listeners) Report(task model.Task, events []model.Event) {
	for _, sink := range s.all {
		_ = s.recover.Do(recovery.OperationReport, task.Key, func() { sink.Report(task, events) }) // logged and counted
	}
}
