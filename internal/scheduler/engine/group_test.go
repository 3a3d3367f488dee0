package engine

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/utils/clock"

	"github.com/carillon-dev/carillon/internal/scheduler/fair"
	"github.com/carillon-dev/carillon/internal/scheduler/fixture"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// slowCalls is an executor whose runs take some time and are reported to a Group.
type slowCalls struct {
	report model.Report
	takes  time.Duration
}

func (x *slowCalls) Start(ctx context.Context, task model.Task, run model.Run) {
	go func() {
		timer := time.NewTimer(x.takes)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return
		}
		x.report("default", task.Key, model.Observation{
			Run: run.Ref(), Attempt: run.Attempt, Phase: model.PhaseFinished, Outcome: model.Succeeded, Reason: model.ReasonSucceeded, Finish: time.Now(),
		})
	}()
}

func (x *slowCalls) Adopt(context.Context, model.Task, model.Run)   {}
func (x *slowCalls) Stop(context.Context, model.Task, model.Run)    {}
func (x *slowCalls) Prune(context.Context, model.Task, []model.Run) {}

// deaf is a Sink that keeps nothing.
type deaf struct{}

func (deaf) Report(model.Task, []model.Event) {}

// What runs in the process when it is asked to end may finish: that is observed, recorded,
// and not waited for any longer.
func TestGroup_ObservesWhatEndsWhileItDrains(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		task := nowTask(t, "a", 10, func(task *model.Task) { task.InProcess = true })
		w.apply(task)
		calls := &slowCalls{takes: 3 * time.Second}
		group := NewGroup(Config{
			Holder: "me", Clock: clock.RealClock{}, Store: w, Sink: deaf{}, Log: logr.Discard(),
			Saves: fair.NewSemaphore(1), DrainTimeout: time.Minute,
		}, func(report model.Report) (pods, inProcess model.Executor) {
			calls.report = report
			return calls, calls
		})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			group.Run(ctx)
		}()
		synctest.Wait()
		group.Upsert("default", w.snapshot(task.Key))
		time.Sleep(11 * time.Second) // the run of the first slot began a second ago
		cancel()
		asked := time.Now()
		<-ended
		if took := time.Since(asked); took > 2*time.Second+drainPoll {
			t.Errorf("it ended after %s, want at most the 2s that its run still took", took)
		}
		rec := w.record(task.Key)
		if len(rec.Active) != 0 || rec.Counts.Succeeded != 1 {
			t.Errorf("active %v and counts %+v, want one run that succeeded", fixture.Active(rec), rec.Counts)
		}
		group.Observe("default", task.Key, model.Observation{})
		if s := group.member(task.Namespace, "default"); len(s.inbox) != 0 {
			t.Error("it takes in observations after its end")
		}
	})
}
