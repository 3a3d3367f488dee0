package engine

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// slowFor is a Store that is slow to answer saves of one namespace.
type slowFor struct {
	model.Store
	namespace string
	wait      func(context.Context) error
}

func (x slowFor) Save(ctx context.Context, task model.Task, rec model.Record, version model.Version) (model.Version, error) {
	if task.Namespace == x.namespace {
		if err := x.wait(ctx); err != nil {
			return "", err
		}
	}
	return x.Store.Save(ctx, task, rec, version)
}

// lateness is an executor whose runs take a second, and measures how late those of one
// namespace start.
type lateness struct {
	slowCalls
	namespace string
	// others is how long the runs of other namespaces take. Default: as the rest.
	others time.Duration

	mu     sync.Mutex
	starts int
	worst  time.Duration
}

func (x *lateness) Start(ctx context.Context, task model.Task, run model.Run) {
	if task.Namespace == x.namespace {
		x.mu.Lock()
		x.starts++
		x.worst = max(x.worst, time.Since(run.Due))
		x.mu.Unlock()
	} else if x.others > 0 {
		(&slowCalls{report: x.report, takes: x.others}).Start(ctx, task, run)
		return
	}
	x.slowCalls.Start(ctx, task, run)
}

// taskIn is a Task of some namespace that runs in the process every so many seconds.
func taskIn(t *testing.T, namespace, name string, seconds int64, mods ...func(*model.Task)) model.Task {
	t.Helper()
	task := nowTask(t, name, seconds, mods...)
	task.Key, task.InProcess = model.Key{Namespace: namespace, Name: name, UID: "uid-" + namespace + "-" + name}, true
	return task
}

// runBurst runs a Task of the namespace b every 5 seconds for a minute, beside very many Tasks
// of the namespace a.
func runBurst(t *testing.T, tasks int, runs *lateness, mods ...func(*Config)) {
	t.Helper()
	sleepUntil(0)
	w := newWorld(t)
	runs.namespace, runs.takes = "b", time.Second
	f, stop := w.runGroup(t, append([]func(*Config){func(cfg *Config) { cfg.InProcess = runs }}, mods...)...)
	defer stop()
	runs.report = f.Observe
	for i := range tasks {
		task := taskIn(t, "a", fmt.Sprint("task-", i), 1)
		w.apply(task)
		f.Upsert("default", w.snapshot(task.Key))
	}
	single := taskIn(t, "b", "single", 5)
	w.apply(single)
	f.Upsert("default", w.snapshot(single.Key))
	sleepUntil(time.Minute + time.Second)
}

// check checks that none of the 12 runs was late, nor those of the drain that followed.
func (x *lateness) check(t *testing.T) {
	t.Helper()
	if x.starts < 12 || x.worst >= time.Second {
		t.Errorf("%d runs started, at most %s late; want at least 12 within a second", x.starts, x.worst)
	}
}

// C5: a burst of one namespace delays the single run of another by less than a second, however
// slowly its own saves are answered.
func TestE2_SavesOfANamespaceDoNotDelayAnother(t *testing.T) {
	t.Parallel()
	tests := map[string]func(context.Context) error{
		"saves that take a second": func(ctx context.Context) error {
			select {
			case <-time.After(time.Second):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		},
		"saves that are never answered": func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		},
	}
	for name, wait := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				runs := &lateness{}
				runBurst(t, 600, runs, func(cfg *Config) { cfg.Store = slowFor{cfg.Store, "a", wait} })
				runs.check(t)
			})
		})
	}
}
