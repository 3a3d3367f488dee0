package engine

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/fixture"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// While in-process runs drain, runs as Pods are decided on time, and no in-process run
// is started. What has not finished by the drain timeout is left to the next leader.
func TestDrain_PodsGoOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		podTask := nowTask(t, "pod", 5)
		call := nowTask(t, "call", 10, func(task *model.Task) { task.InProcess = true })
		w.apply(podTask)
		w.apply(call)
		p := w.bootWith("one", 2*time.Second, func(cfg *Config) {
			cfg.DrainTimeout = 30 * time.Second
			cfg.InProcess = endlessCalls{cfg.InProcess.(calls)}
		})
		defer p.shutdown()
		sleepUntil(12 * time.Second) // the call of the slot at 10 s takes long
		p.Drain()
		sleepUntil(41 * time.Second)
		select {
		case <-p.Drained():
			t.Fatal("it is drained, want it to wait for the call")
		default:
		}
		if got := w.record(podTask.Key); !got.DecidedThrough.Equal(fixture.At(40*time.Second)) || got.Counts.Succeeded < 6 {
			t.Errorf("Pods were decided through %v (%+v), want the slots during the drain", got.DecidedThrough, got.Counts)
		}
		if got := w.record(call.Key); !got.DecidedThrough.Equal(fixture.At(10 * time.Second)) {
			t.Errorf("in-process runs were decided through %v, want none during the drain", got.DecidedThrough)
		}
		sleepUntil(43 * time.Second)
		<-p.Drained()
		p.shutdown()
		if got := w.record(call.Key); len(got.Active) != 1 {
			t.Errorf("record %+v, want the call to be left to the next leader", got)
		}
	})
}

// endlessCalls never end.
type endlessCalls struct{ calls }

func (endlessCalls) Start(context.Context, model.Task, model.Run) {}
