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

// E2: in-process runs of a namespace that take long, or never end, do not keep those of another
// from being started while the process drains. Runs that are short do not prolong it.
func TestE2_RunsThatDrainDoNotDelayAnother(t *testing.T) {
	const timeout = 20 * time.Second
	for name, tc := range map[string]struct {
		every        int64         // how often the other namespace has runs, in seconds
		others, want time.Duration // how long its runs take, and the drain
		shutdown     *time.Duration
	}{
		"short":                  {every: 10, others: 100 * time.Millisecond, want: 100 * time.Millisecond},
		"long":                   {every: 10, others: 5 * time.Second, want: 5000 * time.Millisecond},
		"endless":                {every: 10, others: time.Hour, want: timeout},
		"endless, but not fatal": {every: 10, others: time.Hour, shutdown: new(2 * time.Second), want: 2 * time.Second},
		// There is no moment without a run of it, unless its starts are held.
		"one after the other": {every: 1, others: 1500 * time.Millisecond, want: 1500 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sleepUntil(0)
				w := newWorld(t)
				runs := &lateness{namespace: "b", slowCalls: slowCalls{takes: 100 * time.Millisecond}, others: tc.others}
				f, stop := w.runGroup(t, func(cfg *Config) { cfg.InProcess, cfg.DrainTimeout = runs, timeout })
				runs.report = f.Observe
				for _, task := range []model.Task{
					taskIn(t, "a", "long", tc.every, func(task *model.Task) { task.ShutdownTimeout, task.MaxInstances = tc.shutdown, 2 }),
					taskIn(t, "b", "single", 1),
				} {
					w.apply(task)
					f.Upsert("default", w.snapshot(task.Key))
				}
				sleepUntil(10 * time.Second)
				stop()
				took := time.Since(fixture.At(10 * time.Second))
				if took < tc.want || took > tc.want+holdTime {
					t.Errorf("it ended after %s, want %s", took, tc.want)
				}
				if slots := int((10*time.Second + took - holdTime) / time.Second); runs.starts < slots || runs.worst > holdTime {
					t.Errorf("%d runs started, at most %s late; want %d within %s", runs.starts, runs.worst, slots, holdTime)
				}
			})
		})
	}
}

// A manager drains its Group before it ends, and the end of the Group drains it once more: that
// has nothing left to wait for.
func TestDrain_OfADrainedGroupReturns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		runs := &lateness{namespace: "b", slowCalls: slowCalls{takes: 100 * time.Millisecond}}
		f, stop := w.runGroup(t, func(cfg *Config) { cfg.InProcess = runs })
		runs.report = f.Observe
		task := taskIn(t, "b", "single", 1)
		w.apply(task)
		f.Upsert("default", w.snapshot(task.Key))
		sleepUntil(10 * time.Second)
		f.Drain()
		stop()
		if took := time.Since(fixture.At(10 * time.Second)); took > holdTime {
			t.Errorf("it ended after %s, want it to end when its run has", took)
		}
	})
}

// endlessCalls never end.
type endlessCalls struct{ calls }

func (endlessCalls) Start(context.Context, model.Task, model.Run) {}
