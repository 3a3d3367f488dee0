package app

import (
	"testing"

	"github.com/carillon-dev/carillon/internal/scheduler"
)

// sinkFunc is a sink.
type sinkFunc func(scheduler.Task, []scheduler.Event)

func (f sinkFunc) Report(task scheduler.Task, events []scheduler.Event) { f(task, events) }

// E2: a listener that panics keeps no event from the others.
func TestE2_SinkThatPanicsKeepsNothingFromTheOthers(t *testing.T) {
	t.Parallel()
	reported, panics := 0, 0
	all := sinks{
		scheduler.Recoverer{Panicked: func(scheduler.Operation) { panics++ }},
		[]scheduler.Sink{
			sinkFunc(func(scheduler.Task, []scheduler.Event) { panic("bad event") }),
			sinkFunc(func(_ scheduler.Task, events []scheduler.Event) { reported += len(events) }),
		},
	}
	all.Report(scheduler.Task{}, make([]scheduler.Event, 3))
	if reported != 3 || panics != 1 {
		t.Errorf("%d events reported and %d panics, want 3 and 1", reported, panics)
	}
}
