package engine

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/fixture"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// The case of the field: a Task every 30 s with Pods of 8 s, the manager killed while a
// Pod runs and started again 36 s later. The slot in between runs.
func TestR4_TheSlotDuringATakeoverRuns(t *testing.T) {
	for name, mod := range map[string]func(*model.Task){
		"skip":               func(*model.Task) {},
		"skip, every slot":   func(task *model.Task) { task.Coalesce = false },
		"queue":              func(task *model.Task) { task.OverlapPolicy = model.OverlapQueue },
		"replace":            func(task *model.Task) { task.OverlapPolicy = model.OverlapReplace },
		"limited capacity":   func(task *model.Task) { task.MaxConcurrent = 1 },
		"grace of 15 s":      func(task *model.Task) { task.Grace = 15 * time.Second },
		"three, every slot":  func(task *model.Task) { task.MaxInstances, task.Coalesce = 3, false },
		"in-process":         func(task *model.Task) { task.InProcess = true },
		"in-process, queue":  func(task *model.Task) { task.InProcess, task.OverlapPolicy = true, model.OverlapQueue },
		"in-process, places": func(task *model.Task) { task.InProcess, task.MaxConcurrent = true, 1 },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sleepUntil(0)
				w := newWorld(t)
				task := nowTask(t, "a", 30, mod)
				w.apply(task)
				first := w.boot("one", 8*time.Second)
				sleepUntil(34 * time.Second) // the Pod of the slot at 30 s runs
				first.crash()
				sleepUntil(70 * time.Second) // it has ended; the slot at 60 s is due
				second := w.boot("two", 8*time.Second)
				defer second.shutdown()
				sleepUntil(89 * time.Second)
				rec := w.record(task.Key)
				if want := fixture.At(60 * time.Second); rec.Counts.Succeeded != 2 || !rec.LastSlot.Equal(want) || rec.Counts.Skipped+rec.Counts.Replaced+rec.Counts.Missed > 0 {
					t.Errorf("counts %+v, last slot %v; want both slots to have run", rec.Counts, rec.LastSlot)
				}
			})
		})
	}
}

// What a save says that was applied without our hearing of it is told all the same.
func TestE3_UnansweredSavesAreToldOf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		w.apply(nowTask(t, "a", 10))
		w.fail = func(int) (error, bool) { return errors.New("timeout"), true }
		p := w.boot("one", time.Second)
		defer p.shutdown()
		sleepUntil(65 * time.Second)
		finished := 0
		for _, e := range p.reported() {
			if e.Kind == model.RunFinished {
				finished++
			}
		}
		if counted := w.record(model.Key{Namespace: "ns", Name: "a"}).Counts.Succeeded; counted == 0 || int(counted) != finished {
			t.Errorf("%d runs counted, %d told of", counted, finished)
		}
	})
}

// A manager that waits for the lease observes Pods, and must not keep the observations.
func TestGroup_ListensOnlyWhileItRuns(t *testing.T) {
	t.Parallel()
	f := NewGroup(Config{}, nil)
	f.Observe("default", model.Key{Namespace: "ns", Name: "a", UID: "u"}, model.Observation{})
	if len(f.members) != 0 {
		t.Errorf("%d schedulers made by an observation", len(f.members))
	}
}
