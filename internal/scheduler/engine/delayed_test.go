package engine

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-dev/carillon/internal/scheduler/fixture"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// silentPods is an executor that does nothing: a test says what is seen of its runs.
type silentPods struct{ pods }

func (silentPods) Start(context.Context, model.Task, model.Run) {}
func (silentPods) Adopt(context.Context, model.Task, model.Run) {}
func (silentPods) Stop(context.Context, model.Task, model.Run)  {}

// bootSilent starts a Scheduler with one Task that runs once an hour, and returns how to
// report what is seen of its first run, once that has been decided.
func bootSilent(t *testing.T) (w *world, p *process, see func(model.Observation)) {
	t.Helper()
	sleepUntil(0)
	w = newWorld(t)
	task := nowTask(t, "a", 3600)
	w.apply(task)
	p = w.bootWith("one", 0, func(cfg *Config) { cfg.Pods = silentPods{cfg.Pods.(pods)} })
	t.Cleanup(p.shutdown)
	sleepUntil(time.Hour)
	run := w.record(task.Key).Active[0]
	return w, p, func(obs model.Observation) {
		obs.Run, obs.Attempt = run.Ref(), run.Attempt
		p.Observe(task.Key, obs)
		settle()
	}
}

var silentKey = model.Key{Namespace: "ns", Name: "a"}

// Nothing of a run needs to exist to be queued behind or replaced: the slots of these policies
// are decided while its Pod is refused, also by a new leader.
func TestR4_ARefusedCreateHoldsUpNoSlotThatQueuesOrReplaces(t *testing.T) {
	for _, overlap := range []model.OverlapPolicy{model.OverlapQueue, model.OverlapReplace} {
		t.Run(string(overlap), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sleepUntil(0)
				w := newWorld(t)
				task := nowTask(t, "a", 60, func(task *model.Task) { task.OverlapPolicy = overlap })
				w.apply(task)
				silent := func(cfg *Config) { cfg.Pods = silentPods{cfg.Pods.(pods)} }
				p := w.bootWith("one", 0, silent)
				defer func() { p.shutdown() }()
				for minute := range 5 {
					if minute == 3 {
						p.crash()
						p = w.bootWith("two", 0, silent)
					}
					sleepUntil(time.Duration(minute+1)*time.Minute + time.Second)
					for _, run := range w.record(task.Key).Active {
						p.Observe(task.Key, model.Observation{Run: run.Ref(), Attempt: run.Attempt, Phase: model.PhaseDelayed, NotCreated: true, Message: "exceeded quota"})
					}
					settle()
				}
				if got := w.record(task.Key).DecidedThrough; !got.Equal(fixture.At(5 * time.Minute)) {
					t.Errorf("decided through %v, want the slot of the fifth minute", got)
				}
			})
		})
	}
}

func TestA8_RefusedCreateIsShownWithinSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, p, see := bootSilent(t)
		see(model.Observation{Phase: model.PhaseDelayed, Message: "exceeded quota: none"})
		time.Sleep(time.Second)
		settle()
		run := w.record(silentKey).Active[0]
		if run.Message != "exceeded quota: none" || run.State != model.Starting || run.Created {
			t.Errorf("after a second the record says %+v, want Starting, not created, with the message", run)
		}
		before := w.saved()
		see(model.Observation{Phase: model.PhaseDelayed, Message: "exceeded quota: none"})
		see(model.Observation{Phase: model.PhaseDelayed, Message: "exceeded quota: other"})
		time.Sleep(8 * time.Second)
		if w.saved() != before {
			t.Errorf("%d saves within 8 s for another wording, want none", w.saved()-before)
		}
		time.Sleep(3 * time.Second)
		settle()
		if got := w.record(silentKey).Active[0].Message; got != "exceeded quota: other" || w.saved() != before+1 {
			t.Errorf("after 11 s the record says %q, %d saves, want the new wording in one", got, w.saved()-before)
		}
		var told []string
		for _, e := range p.reported() {
			if e.Kind == model.RunDelayed {
				told = append(told, e.Message)
			}
		}
		if diff := cmp.Diff([]string{"exceeded quota: none"}, told); diff != "" {
			t.Errorf("RunDelayed events (-want +got):\n%s", diff)
		}
		see(model.Observation{Phase: model.PhaseCreated, Start: fixture.At(time.Hour + 30*time.Second)})
		time.Sleep(time.Second)
		settle()
		if run := w.record(silentKey).Active[0]; run.Message != "" || !run.Created {
			t.Errorf("a second after it was created the record says %+v, want no message", run)
		}
	})
}

// A8: the object of an attempt is named once it is known to exist, and that costs no save
// of its own.
func TestA8_ObjectIsNamedOnceItExists(t *testing.T) {
	began := model.Observation{Phase: model.PhaseCreated, Start: fixture.At(time.Hour)}
	held := model.Observation{Phase: model.PhasePending, Message: "no node has room"}
	ran := model.Observation{Phase: model.PhaseRunning, Start: fixture.At(time.Hour)}
	done := model.Observation{Phase: model.PhaseFinished, Outcome: model.Succeeded, Reason: model.ReasonSucceeded}
	rejected := model.Observation{Phase: model.PhaseFinished, Outcome: model.Failed, Reason: "PodRejected", NotCreated: true}
	tests := map[string]struct {
		see       []model.Observation // one a second
		named     bool                // by the entry in active or recent
		wantSaves int                 // within the next 8 s
		later     int                 // within 15 s
	}{
		"not created":          {wantSaves: 0, later: 0},
		"created and waiting":  {see: []model.Observation{began, held}, named: true, wantSaves: 0, later: 1},
		"created and running":  {see: []model.Observation{began, ran}, named: true, wantSaves: 0, later: 1},
		"created and finished": {see: []model.Observation{began, ran, done}, named: true, wantSaves: 1, later: 1},
		"finished in between":  {see: []model.Observation{done}, named: true, wantSaves: 1, later: 1},
		"refused for good":     {see: []model.Observation{rejected}, wantSaves: 1, later: 1},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, _, see := bootSilent(t)
				start, before := time.Now(), w.saved()
				for _, obs := range tc.see {
					see(obs)
					time.Sleep(time.Second)
				}
				time.Sleep(time.Until(start.Add(8 * time.Second)))
				if got := w.saved() - before; got != tc.wantSaves {
					t.Errorf("%d saves within 8 s, want %d", got, tc.wantSaves)
				}
				time.Sleep(time.Until(start.Add(15 * time.Second)))
				settle()
				if got := w.saved() - before; got != tc.later {
					t.Errorf("%d saves within 15 s, want %d", got, tc.later)
				}
				rec := w.record(silentKey)
				named := len(rec.Active) > 0 && rec.Active[0].Created
				if len(rec.Recent) > 0 {
					named = rec.Recent[0].Name != ""
				}
				if named != tc.named {
					t.Errorf("the record names the object: %t, want %t\n%+v", named, tc.named, rec)
				}
			})
		})
	}
}
