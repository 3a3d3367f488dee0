package engine

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/carillon-dev/carillon/internal/scheduler/fixture"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// settle waits until nothing is left to do at this instant, a moment after the
// full second.
func settle() {
	time.Sleep(time.Millisecond)
	synctest.Wait()
}

// sleepUntil lets simulated time pass until so long after created.
func sleepUntil(offset time.Duration) {
	time.Sleep(time.Until(fixture.At(offset)))
	settle()
}

func TestLoopRunsEverySlotOnTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		w.apply(nowTask(t, "a", 10))
		p := w.boot("one", 2*time.Second)
		defer p.shutdown()
		sleepUntil(time.Hour + 5*time.Second)
		rec := w.record(model.Key{Namespace: "ns", Name: "a"})
		if want := (model.Counters{Succeeded: 360}); rec.Counts != want {
			t.Errorf("counts %+v, want %+v", rec.Counts, want)
		}
		if want := fixture.At(time.Hour + 10*time.Second); !rec.Next.Equal(want) {
			t.Errorf("next run %v, want %v", rec.Next, want)
		}
		for _, e := range p.reported() {
			if e.Kind == model.SlotsDropped || e.Kind == model.SlotsCoalesced {
				t.Errorf("unexpected event %+v", e)
			}
		}
	})
}

// A successful run that is short costs two saves: the decision and the outcome.
func TestLoopSavesTwicePerRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		w.apply(nowTask(t, "a", 60))
		p := w.boot("one", 2*time.Second)
		defer p.shutdown()
		sleepUntil(30 * time.Second)
		before := w.saved()
		sleepUntil(10*time.Minute + 30*time.Second)
		if got := w.saved() - before; got != 20 {
			t.Errorf("%d saves for 10 runs, want 20", got)
		}
	})
}

// A run that lasts is shown as running, for one more save.
func TestLoopRecordsThatARunRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		w.apply(nowTask(t, "a", 60))
		p := w.boot("one", 40*time.Second)
		defer p.shutdown()
		sleepUntil(65 * time.Second)
		if got := w.record(model.Key{Namespace: "ns", Name: "a"}).Active[0].State; got != model.Starting {
			t.Errorf("after 5 s the record says %s, want Starting: the write is saved", got)
		}
		sleepUntil(75 * time.Second)
		if got := w.record(model.Key{Namespace: "ns", Name: "a"}).Active[0].State; got != model.Running {
			t.Errorf("after 15 s the record says %s, want Running", got)
		}
	})
}

func TestLoopEditConflictDecidesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		task := nowTask(t, "a", 10)
		w.apply(task)
		p := w.boot("one", time.Second)
		defer p.shutdown()
		sleepUntil(15 * time.Second)
		fixture.Pause(&task)
		w.apply(task) // and the watch is late: nobody tells the Scheduler
		sleepUntil(25 * time.Second)
		rec := w.record(task.Key)
		if rec.State != model.Paused || rec.Counts.Succeeded != 1 || len(rec.Active) != 0 {
			t.Errorf("record %+v, want paused after one run: the slot at 20 s lost against the pause", rec)
		}
	})
}

func TestLoopDeletedTaskIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		task := nowTask(t, "a", 10)
		w.apply(task)
		p := w.boot("one", time.Second)
		defer p.shutdown()
		sleepUntil(15 * time.Second)
		w.remove(task.Key)
		p.Remove(model.Key{Namespace: "ns", Name: "a"})
		sleepUntil(time.Minute)
		if got := len(w.starts()); got != 1 {
			t.Errorf("%d runs begun, want the one before the deletion", got)
		}
	})
}

func TestE3_StoreAwayDelaysAndLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		w.apply(nowTask(t, "a", 10, func(task *model.Task) { task.Coalesce = false }))
		down := false
		w.fail = func(int) (error, bool) {
			if down {
				return errors.New("connection refused"), false
			}
			return nil, false
		}
		p := w.boot("one", time.Second)
		defer p.shutdown()
		sleepUntil(15 * time.Second)
		w.mu.Lock()
		down = true
		w.mu.Unlock()
		sleepUntil(75 * time.Second)
		w.mu.Lock()
		down = false
		w.mu.Unlock()
		sleepUntil(10*time.Minute + 5*time.Second)
		rec := w.record(model.Key{Namespace: "ns", Name: "a"})
		if want := (model.Counters{Succeeded: 60}); rec.Counts != want {
			t.Errorf("counts %+v, want %+v", rec.Counts, want)
		}
	})
}

// What was seen of a run is kept until a record holds it: a save that got no answer may not
// have been made, although the record that is read then has come equally far.
func TestE3_ASaveThatWasNotMadeLosesNoObservation(t *testing.T) {
	for name, tc := range map[string]struct {
		obs  model.Observation
		want func(*model.Run) bool
	}{
		"that it is ended from outside": {model.Observation{Phase: model.PhaseRunning, Disrupted: true}, func(run *model.Run) bool { return run.StopReason == model.ReasonDisrupted }},
		"what keeps it":                 {model.Observation{Phase: model.PhaseRunning, Message: "waits for a volume"}, func(run *model.Run) bool { return run.Message == "waits for a volume" }},
		"its timeout":                   {model.Observation{Phase: model.PhaseCreated, Timeout: time.Hour}, func(run *model.Run) bool { return run.Timeout == time.Hour }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sleepUntil(0)
				w := newWorld(t)
				task := nowTask(t, "a", 60, func(task *model.Task) { task.InProcess = true })
				w.apply(task)
				failed := 0
				w.fail = func(int) (error, bool) {
					if failed == 1 {
						failed++
						return errors.New("no answer"), false
					}
					return nil, false
				}
				p := w.boot("one", 10*time.Minute)
				defer p.shutdown()
				sleepUntil(65 * time.Second)
				tc.obs.Run, tc.obs.Attempt = w.record(task.Key).Active[0].Ref(), 1
				p.Observe(task.Key, model.Observation{Run: tc.obs.Run, Attempt: 1, Phase: model.PhaseRunning})
				sleepUntil(80 * time.Second)
				w.mu.Lock()
				failed = 1
				w.mu.Unlock()
				tc.obs.Start = time.Now()
				p.Observe(task.Key, tc.obs)
				sleepUntil(115 * time.Second)
				if rec := w.record(task.Key); failed != 2 || len(rec.Active) != 1 || !tc.want(&rec.Active[0]) {
					t.Errorf("active %+v after %d failed saves", rec.Active, failed-1)
				}
			})
		})
	}
}

func TestE2_PanicIsOneTasksFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		bad := nowTask(t, "bad", 10)
		bad.Trigger = nil // no valid trigger and no reason for it: Decide panics
		w.apply(bad)
		w.apply(nowTask(t, "good", 10))
		p := w.boot("one", time.Second)
		defer p.shutdown()
		sleepUntil(time.Minute + 5*time.Second)
		if got := w.record(model.Key{Namespace: "ns", Name: "good"}).Counts.Succeeded; got != 6 {
			t.Errorf("the good task succeeded %d times, want 6", got)
		}
	})
}

func TestInProcessRunStartsAgainElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		w.apply(nowTask(t, "a", 60, func(task *model.Task) { task.InProcess = true }))
		first := w.boot("one", 30*time.Second)
		sleepUntil(65 * time.Second)
		first.shutdown() // in the middle of the run, which does not finish in time
		second := w.boot("two", time.Second)
		defer second.shutdown()
		sleepUntil(100 * time.Second)
		rec := w.record(model.Key{Namespace: "ns", Name: "a"})
		if begun := w.starts(); rec.Counts.Succeeded != 1 || len(begun) != 2 {
			t.Errorf("succeeded %d, begun %v; want the one run, begun by both", rec.Counts.Succeeded, begun)
		}
	})
}

func TestShutdownWaitsForInProcessRunsAndRecordsThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		w.apply(nowTask(t, "a", 60, func(task *model.Task) { task.InProcess = true }))
		p := w.boot("one", 4*time.Second)
		sleepUntil(61 * time.Second)
		begun := time.Now()
		p.shutdown()
		if rec := w.record(model.Key{Namespace: "ns", Name: "a"}); rec.Counts.Succeeded != 1 || len(rec.Active) != 0 {
			t.Errorf("record %+v, want the run finished and recorded", rec)
		}
		if took := time.Since(begun); took > 4*time.Second {
			t.Errorf("shutting down took %s, longer than the run had left", took)
		}
	})
}

// C4: the next leader waits for the lease, so a slow API server holds up the end of a Scheduler only
// where it must: what Pods have done is seen by the next leader as well.
func TestC4_AShutdownWaitsLongerForInProcessRunsThanForPods(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		inProcess bool
		takes     time.Duration
	}{
		"a Pod":             {takes: flushTimeout},
		"an in-process run": {inProcess: true, takes: 1500 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sleepUntil(0)
				w := newWorld(t)
				w.latency = 1500 * time.Millisecond
				task := nowTask(t, "a", 60, func(task *model.Task) { task.InProcess = tc.inProcess })
				w.apply(task)
				p := w.boot("one", 5*time.Second)
				sleepUntil(66*time.Second + 500*time.Millisecond) // it has just ended
				settle()
				begun := time.Now()
				p.shutdown()
				if took := time.Since(begun).Round(10 * time.Millisecond); took != tc.takes {
					t.Errorf("shutting down took %s, want %s", took, tc.takes)
				}
				if got := w.record(task.Key).Counts.Succeeded; got != 1 {
					t.Errorf("%d runs have succeeded, want the one that ended before", got)
				}
			})
		})
	}
}

// Exactly once: whatever happens between the steps, every slot is begun exactly
// once or accounted for, and counted once.
func TestR1_ExactlyOnceThroughCrashesAndFailures(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		lives := rapid.SliceOfN(rapid.IntRange(1, 90_000), 1, 6).Draw(rt, "lives in ms")
		gaps := rapid.SliceOfN(rapid.IntRange(0, 40_000), len(lives), len(lives)).Draw(rt, "gaps in ms")
		coalesce := rapid.Bool().Draw(rt, "coalesce")
		instances := rapid.IntRange(1, 3).Draw(rt, "maxInstances")
		takes := time.Duration(rapid.IntRange(1, 25).Draw(rt, "takes")) * time.Second
		failures := rapid.SliceOfN(rapid.SampledFrom([]string{"", "", "", "lost", "applied", "conflict"}), 0, 40).Draw(rt, "failures")
		synctest.Test(t, func(t *testing.T) {
			sleepUntil(0)
			w := newWorld(t)
			w.fail, w.latency = scripted(failures), 200*time.Millisecond
			w.apply(nowTask(t, "a", 5, func(task *model.Task) { task.Coalesce, task.MaxInstances = coalesce, instances }))
			now := 0
			for i, life := range lives {
				p := w.boot("life", takes)
				now += life
				sleepUntil(time.Duration(now) * time.Millisecond)
				p.crash()
				now += gaps[i]
				sleepUntil(time.Duration(now) * time.Millisecond)
			}
			p := w.boot("last", takes)
			sleepUntil(time.Duration(now)*time.Millisecond + 20*time.Minute)
			p.shutdown()
			w.checkExactlyOnce(rt, model.Key{Namespace: "ns", Name: "a"}, 5*time.Second)
		})
	})
}

// scripted fails saves as a script says: without having been applied, having
// been applied, or with a conflict.
func scripted(failures []string) func(int) (error, bool) {
	return func(save int) (error, bool) {
		if save > len(failures) {
			return nil, false
		}
		switch failures[save-1] {
		case "lost":
			return errors.New("timeout"), false
		case "applied":
			return errors.New("timeout"), true
		case "conflict":
			return model.ErrConflict, false
		default:
			return nil, false
		}
	}
}

// checkExactlyOnce compares what was begun with what the record says.
func (w *world) checkExactlyOnce(t *rapid.T, key model.Key, period time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	rec := w.tasks[key.String()].Record
	for name, times := range w.begun {
		if times != 1 {
			t.Errorf("%s was begun %d times", name, times)
		}
	}
	decided := int64(rec.DecidedThrough.Sub(fixture.Created) / period)
	c := rec.Counts
	if sum := c.Succeeded + c.Failed + c.Missed + c.Skipped + c.Coalesced + int64(len(rec.Active)); sum != decided {
		t.Errorf("%d slots decided, but %d counted: %+v and %d active", decided, sum, c, len(rec.Active))
	}
	if begun := int64(len(w.begun)); begun != c.Succeeded+c.Failed+int64(len(rec.Active)) {
		t.Errorf("%d runs begun, but %+v and %d active", begun, c, len(rec.Active))
	}
	for name := range w.begun {
		if !strings.HasPrefix(name, key.Name+"-") {
			t.Errorf("%s is no name of a run of %s", name, key)
		}
	}
}

// prunes is an executor that notes which runs a Prune leaves alone.
type prunes struct {
	pods
	mu     sync.Mutex
	active [][]model.Run
}

func (x *prunes) Prune(_ context.Context, _ model.Task, active []model.Run) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.active = append(x.active, active)
}

func (x *prunes) pruned() [][]model.Run {
	x.mu.Lock()
	defer x.mu.Unlock()
	return slices.Clone(x.active)
}

// A cache may not know yet of a run whose Pod has finished: by what it says
// nothing may be removed.
func TestR7_NothingIsPrunedByWhatACacheSays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		task := nowTask(t, "a", 3600)
		w.apply(task)
		first := w.boot("one", time.Minute)
		sleepUntil(5 * time.Second)
		stale := w.snapshot(task.Key)
		task.Request = "please"
		w.apply(task)
		first.Upsert(w.snapshot(task.Key))
		sleepUntil(10 * time.Second)
		first.crash()
		pruned := &prunes{}
		second := w.bootWith("two", time.Minute, func(cfg *Config) {
			pruned.process = cfg.Pods.(pods).process
			cfg.Pods = pruned
		}, stale)
		defer second.shutdown()
		sleepUntil(time.Minute)
		for _, active := range pruned.pruned() {
			if len(active) == 0 {
				t.Error("pruned by a record that is out of date, although a run was not recorded yet")
			}
		}
		second.Upsert(w.snapshot(task.Key))
		sleepUntil(3 * time.Minute)
		if len(pruned.pruned()) == 0 {
			t.Error("nothing was ever pruned, want that when the run's end had been saved")
		}
	})
}
