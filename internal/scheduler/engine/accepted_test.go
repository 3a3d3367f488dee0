package engine

import (
	"testing"
	"testing/synctest"
	"time"
)

// A7: that an action is accepted is saved with whatever else there is to save, or soon by
// itself, so that a new leader need not check it again.
func TestA7_AcceptedActionIsSaved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		task := nowTask(t, "a", 3600)
		w.apply(task)
		p := w.boot("one", time.Second)
		defer p.shutdown()
		sleepUntil(time.Minute)
		before := w.saved()
		w.mu.Lock()
		snap := *w.tasks[task.Key.String()]
		w.mu.Unlock()
		snap.Task.AcceptedAction = "v1-1"
		p.Upsert(snap)
		time.Sleep(5 * time.Second)
		if w.saved() != before {
			t.Errorf("%d saves at once, want none", w.saved()-before)
		}
		time.Sleep(6 * time.Second)
		settle()
		if got := w.record(task.Key).AcceptedAction; got != "v1-1" || w.saved() != before+1 {
			t.Errorf("after 11 s the record has %q, after %d saves; want v1-1 after one", got, w.saved()-before)
		}
		p.Upsert(snap) // says the same at an older version
		time.Sleep(20 * time.Second)
		if w.saved() != before+1 {
			t.Errorf("%d further saves, want none", w.saved()-before-1)
		}
	})
}
