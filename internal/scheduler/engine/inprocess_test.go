package engine

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/fixture"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// counted makes calls, and counts those under way.
type counted struct {
	calls
	mu            *sync.Mutex
	running, most *int
}

func (x counted) Start(ctx context.Context, task model.Task, run model.Run) {
	x.world.mu.Lock()
	again := x.world.begun[fmt.Sprint(task.Name, run.Slot.Unix(), x.holder)] > 0
	x.world.mu.Unlock()
	if again {
		return
	}
	x.mu.Lock()
	*x.running++
	*x.most = max(*x.most, *x.running)
	x.mu.Unlock()
	go func() {
		if x.world.pass(x.takes - time.Nanosecond) { // before anything is done about it
			x.mu.Lock()
			*x.running--
			x.mu.Unlock()
		}
	}()
	x.calls.Start(ctx, task, run)
}

// call makes a Task's runs calls of an executor with so many places.
func call(places int) func(*model.Task) {
	return func(task *model.Task) { task.InProcess, task.Executor, task.MaxConcurrent = true, "pool", places }
}

// bootCounted boots a process that counts its calls, each of which takes so long.
func (w *world) bootCounted(takes time.Duration) (p *process, most *int) {
	most = new(int)
	return w.bootWith("one", takes, func(cfg *Config) {
		cfg.InProcess = counted{cfg.InProcess.(calls), &sync.Mutex{}, new(int), most}
	}), most
}

func TestPools_AreSharedFairlyAndNeverExceeded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		var keys []model.Key
		for i := range 5 {
			task := nowTask(t, fmt.Sprintf("task-%d", i), 1, call(2))
			if i == 0 {
				task.MaxInstances = 100
			}
			w.apply(task)
			keys = append(keys, task.Key)
		}
		p, most := w.bootCounted(900 * time.Millisecond)
		sleepUntil(time.Minute)
		p.shutdown()
		if *most != 2 {
			t.Errorf("up to %d calls at a time, want 2", *most)
		}
		var runs []int64
		for _, key := range keys {
			runs = append(runs, w.record(key).Counts.Succeeded)
		}
		if fewest := slices.Min(runs[1:]); fewest < 15 || slices.Max(runs[1:])-fewest > 5 {
			t.Errorf("runs of the five: %v, want those of the last four alike, whatever the greedy first has", runs)
		}
	})
}

// What becomes of a call that waits for a place: it has not started, so that what is
// said of such runs holds for it.
func TestPools_ACallThatWaits(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		mod  func(*model.Task) // of the Task that waits
		then func(*model.Task) // a second later
		want model.Counters    // at the end
	}{
		"starts when its turn comes":           {want: model.Counters{Succeeded: 1}},
		"is missed when its grace is over":     {mod: func(task *model.Task) { task.Grace = 3 * time.Second }, want: model.Counters{Missed: 1}},
		"is in time within its grace":          {mod: func(task *model.Task) { task.Grace = time.Minute }, want: model.Counters{Succeeded: 1}},
		"is skipped when its Task is paused":   {then: fixture.Pause, want: model.Counters{Skipped: 1}},
		"is not put off by a paused Scheduler": {then: func(task *model.Task) { task.SchedulerPaused = true }, want: model.Counters{Succeeded: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sleepUntil(0)
				w := newWorld(t)
				first := nowTask(t, "first", 1, call(1))
				first.Trigger = fixture.Date(t, "")
				w.apply(first)
				p, most := w.bootCounted(12 * time.Second)
				sleepUntil(time.Second)
				second := nowTask(t, "second", 1, call(1))
				second.Trigger, second.Created = fixture.Date(t, fixture.At(time.Second).Format(time.RFC3339)), fixture.At(time.Second)
				if tc.mod != nil {
					tc.mod(&second)
				}
				w.hand(p, second)
				sleepUntil(2 * time.Second)
				if tc.then != nil {
					tc.then(&second)
					w.hand(p, second)
				}
				sleepUntil(time.Minute)
				p.shutdown()
				if got := w.record(second.Key); got.Counts != tc.want || len(got.Active) > 0 {
					t.Errorf("counts %+v, active %v, want %+v", got.Counts, fixture.DescribeRuns(got.Active), tc.want)
				}
				if *most != 1 {
					t.Errorf("up to %d calls at a time, want 1", *most)
				}
			})
		})
	}
}

// A call that waits says so, once it has for a while, and costs no write before.
func TestPools_WaitingCostsNoWrite(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		for _, name := range []string{"a", "b"} {
			task := nowTask(t, name, 1, call(1))
			task.Trigger = fixture.Date(t, "")
			w.apply(task)
		}
		p, _ := w.bootCounted(4 * time.Second)
		sleepUntil(30 * time.Second)
		p.shutdown()
		if got := w.saved(); got != 4 {
			t.Errorf("%d writes for two runs, want two each", got)
		}
	})
}
