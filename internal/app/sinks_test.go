package app

import (
	"testing"

	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/internal/scheduler/recovery"
)

// sinkFunc is a sink.
type sinkFunc func(model.Task, []model.Event)

func (f sinkFunc) Report(task model.Task, events []model.Event) { f(task, events) }

// E2: a listener that panics keeps no event from the others.
func TestE2_SinkThatPanicsKeepsNothingFromTheOthers(t *testing.T) {
	t.Parallel()
	reported, panics := 0, 0
	all := listeners{
		recovery.Recoverer{Panicked: func(recovery.Operation) { panics++ }},
		[]model.Sink{
			sinkFunc(func(model.Task, []model.Event) { panic("bad event") }),
			sinkFunc(func(_ model.Task, events []model.Event) { reported += len(events) }),
		},
	}
	all.Report(model.Task{}, make([]model.Event, 3))
	if reported != 3 || panics != 1 {
		t.Errorf("%d events reported and %d panics, want 3 and 1", reported, panics)
	}
}
