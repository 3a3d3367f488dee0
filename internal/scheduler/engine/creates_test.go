package engine

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/fixture"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// S7: what a watch shows of an attempt before the create is answered may be somebody else's. It
// counts when the answer names the same object.
func TestWatch_WaitsForTheAnswerOfTheCreate(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		answer model.Observation
		want   int64 // runs that succeeded
	}{
		"ours":    {model.Observation{Phase: model.PhaseCreated, UID: "seen"}, 1},
		"another": {model.Observation{Phase: model.PhaseCreated, UID: "ours"}, 0},
		"taken":   {model.Observation{Phase: model.PhaseFinished, Outcome: model.Failed, Reason: "NameTaken", NotCreated: true, Permanent: true}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sleepUntil(0)
				w := newWorld(t)
				task := nowTask(t, "a", 3600)
				w.apply(task)
				var p *process
				nonces := 0
				p = w.bootWith("one", time.Hour, func(cfg *Config) {
					cfg.Pods = heldPods{}
					cfg.Nonce = func() string { nonces++; return fmt.Sprint(nonces) }
				})
				defer p.shutdown()
				sleepUntil(time.Hour + time.Second)
				run := w.record(task.Key).Active[0]
				observe := func(obs model.Observation) {
					obs.Run, obs.Attempt, obs.Start, obs.Finish = run.Ref(), 1, time.Now(), time.Now()
					p.Observe(task.Key, obs)
				}
				observe(model.Observation{Phase: model.PhaseFinished, Outcome: model.Succeeded, Reason: model.ReasonSucceeded, UID: "seen"})
				time.Sleep(5 * time.Second)
				if got := w.record(task.Key); len(got.Active) != 1 || got.Counts.Succeeded != 0 {
					t.Fatalf("before the answer: active %v, %+v", fixture.Active(got), got.Counts)
				}
				observe(tc.answer)
				time.Sleep(5 * time.Second)
				if got := w.record(task.Key).Counts.Succeeded; got != tc.want {
					t.Errorf("%d runs succeeded, want %d", got, tc.want)
				}
			})
		})
	}
}

// heldPods is an executor whose creates are not answered.
type heldPods struct{ pods }

func (heldPods) Start(context.Context, model.Task, model.Run) {}
