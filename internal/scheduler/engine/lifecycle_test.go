package engine

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/utils/clock"

	"github.com/carillon-dev/carillon/internal/scheduler/fair"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// noPods is an executor of Pods that never report anything.
type noPods struct{}

func (noPods) Start(context.Context, model.Task, model.Run)   {}
func (noPods) Adopt(context.Context, model.Task, model.Run)   {}
func (noPods) Stop(context.Context, model.Task, model.Run)    {}
func (noPods) Prune(context.Context, model.Task, []model.Run) {}

// runGroup runs a Group over the Tasks of a world until the returned function is called.
func (w *world) runGroup(t *testing.T, mods ...func(*Config)) (f *Group, stop func()) {
	t.Helper()
	cfg := Config{
		Holder: "me", Clock: clock.RealClock{}, Store: w, Pods: noPods{}, InProcess: noPods{}, Sink: deaf{}, Log: logr.Discard(),
		Saves: fair.NewSemaphore(50), Searches: NewSearches(1), DrainTimeout: time.Minute,
	}
	for _, mod := range mods {
		mod(&cfg)
	}
	f = NewGroup(cfg, nil)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		f.Run(ctx)
	}()
	synctest.Wait()
	return f, func() {
		cancel()
		<-ended
	}
}

// E2: Schedulers end when their last Task is gone, however many names are made up.
func TestE2_SchedulersEndWithTheirTasks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		f, stop := w.runGroup(t)
		defer stop()
		before := runtime.NumGoroutine()
		const tasks = 5000
		for i := range tasks {
			task := nowTask(t, fmt.Sprint("task-", i), 3600)
			w.apply(task)
			f.Upsert(fmt.Sprint("scheduler-", i), w.snapshot(task.Key))
		}
		settle()
		if got := f.Stats(time.Now()).Schedulers; got != tasks {
			t.Fatalf("%d Schedulers, want %d", got, tasks)
		}
		for i := range tasks {
			key := model.Key{Namespace: "ns", Name: fmt.Sprint("task-", i)}
			w.remove(key)
			f.Remove(key)
		}
		time.Sleep(idleTime + maxSleep + time.Second)
		synctest.Wait()
		if got := f.Stats(time.Now()).Schedulers; got != 0 || len(f.owners) != 0 {
			t.Errorf("%d Schedulers and %d Tasks are left", got, len(f.owners))
		}
		const others = 10 // of the runtime and of other tests
		if got := runtime.NumGoroutine(); got > before+others {
			t.Errorf("%d goroutines, want about the %d of before", got, before)
		}
	})
}

// A Task that a list showed and that has been deleted since leaves nothing behind.
func TestGroup_ForgetsADeletedTask(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		f, stop := w.runGroup(t)
		defer stop()
		f.Upsert("default", model.Snapshot{Task: nowTask(t, "a", 60), Version: "1", Live: true})
		settle()
		if len(f.owners) != 0 {
			t.Errorf("%v are still owned", f.owners)
		}
	})
}

// A Scheduler whose Tasks were deleted and come back goes on, whether it had ended or not.
func TestSchedulerServesTasksAfterAnIdleTime(t *testing.T) {
	t.Parallel()
	for name, gap := range map[string]time.Duration{"short": idleTime / 2, "as it ends": idleTime, "long": 10 * idleTime} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sleepUntil(0)
				w := newWorld(t)
				f, stop := w.runGroup(t)
				defer stop()
				for i := range 3 {
					task := nowTask(t, "a", 3600)
					task.UID = fmt.Sprint("uid-", i)
					w.apply(task)
					f.Upsert("default", w.snapshot(task.Key))
					settle()
					if got := w.record(task.Key).State; got != model.Scheduled {
						t.Fatalf("state %q of Task %d, want Scheduled", got, i)
					}
					w.remove(task.Key)
					f.Remove(task.Key)
					time.Sleep(gap)
				}
			})
		})
	}
}

// A Scheduler does not end while the save for a Task is under way that was deleted meanwhile.
func TestSchedulerWaitsForItsRequestsBeforeItEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		answer := make(chan struct{})
		f, stop := w.runGroup(t, func(cfg *Config) { cfg.Store = unanswered{w, answer} })
		defer stop()
		task := nowTask(t, "a", 3600)
		w.apply(task)
		f.Upsert("default", w.snapshot(task.Key))
		settle()
		f.Remove(task.Key)
		time.Sleep(2 * idleTime)
		if got := f.Stats(time.Now()).Schedulers; got != 1 {
			t.Errorf("%d Schedulers while a save is under way, want 1", got)
		}
		close(answer)
		time.Sleep(2 * idleTime)
		if got := f.Stats(time.Now()).Schedulers; got != 0 {
			t.Errorf("%d Schedulers after it, want none", got)
		}
	})
}

// unanswered is a Store whose saves wait, whatever their context says.
type unanswered struct {
	model.Store
	answer chan struct{}
}

func (u unanswered) Save(ctx context.Context, task model.Task, rec model.Record, version model.Version) (model.Version, error) {
	<-u.answer
	return u.Store.Save(ctx, task, rec, version)
}

// A deletion costs the Scheduler that has the Task one message, and the others nothing.
func TestRemoveGoesToTheOneSchedulerOfTheTask(t *testing.T) {
	t.Parallel()
	f := NewGroup(Config{Clock: clock.RealClock{}}, nil)
	for _, name := range []string{"a", "b", "c"} {
		f.Upsert(name, model.Snapshot{Task: model.Task{Key: model.Key{Namespace: "ns", Name: "task-" + name, UID: "1"}}})
	}
	messages := func() (all [3]int) {
		for i, name := range []string{"a", "b", "c"} {
			all[i] = len(f.members["ns/"+name].inbox)
		}
		return all
	}
	f.Remove(model.Key{Namespace: "ns", Name: "task-b", UID: "another"})
	f.Remove(model.Key{Namespace: "ns", Name: "unknown"})
	if got, want := messages(), [3]int{1, 1, 1}; got != want {
		t.Errorf("%v messages, want %v: nobody has such a Task", got, want)
	}
	f.Remove(model.Key{Namespace: "ns", Name: "task-b"})
	if got, want := messages(), [3]int{1, 2, 1}; got != want {
		t.Errorf("%v messages after a deletion, want %v", got, want)
	}
	f.Upsert("c", model.Snapshot{Task: model.Task{Key: model.Key{Namespace: "ns", Name: "task-a", UID: "2"}}})
	if got, want := messages(), [3]int{2, 2, 2}; got != want {
		t.Errorf("%v messages after a Task was made again for another Scheduler, want %v", got, want)
	}
}

// E2: a long iteration of one loop is no standstill, and a loop that stands still stops no
// other. Only when all do, the process is stuck.
func TestE2_OneLoopThatStandsStillIsNoStuckProcess(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		logs := &logLines{}
		f, stop := w.runGroup(t, func(cfg *Config) { cfg.Log = logr.New(logs) })
		defer stop()
		release := make(chan struct{})
		for _, name := range []string{"a", "b"} {
			task := nowTask(t, name, 3600)
			w.apply(task)
			f.Upsert(name, w.snapshot(task.Key))
		}
		settle()
		f.members["ns/a"].post(func() { <-release })
		time.Sleep(3 * time.Minute)
		if stats := f.Stats(time.Now()); f.IsStalled(time.Now()) || stats.SinceLastIteration < 2*time.Minute {
			t.Errorf("stuck %t with a silence of %s, want one silent loop and no stuck process", f.IsStalled(time.Now()), stats.SinceLastIteration)
		}
		if got := logs.count("stands still"); got != 1 {
			t.Errorf("logged %d times, want once", got)
		}
		f.members["ns/b"].post(func() { <-release })
		time.Sleep(2 * time.Minute)
		if !f.IsStalled(time.Now()) {
			t.Error("not stuck although no loop makes a step")
		}
		close(release)
		time.Sleep(time.Minute)
		if f.IsStalled(time.Now()) || logs.count("goes on") != 2 {
			t.Errorf("stuck %t, %d loops reported to go on; want false and 2", f.IsStalled(time.Now()), logs.count("goes on"))
		}
	})
}
