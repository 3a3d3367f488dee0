package engine

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/decide"
	"github.com/carillon-dev/carillon/internal/scheduler/fixture"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/trigger"
)

// expensive returns a trigger whose slots cannot be found within the steps that a trigger may cost. Kathmandu's clock was ahead by an odd number of minutes from 1986 on.
func expensive(tb testing.TB) *trigger.Trigger {
	tb.Helper()
	even := &trigger.CronFields{Second: "*", Minute: "*/2", Hour: "0-22"}
	return fixture.Compile(tb, trigger.Spec{AllOf: []trigger.Spec{{Cron: even}, {Cron: even, TimeZone: "Asia/Kathmandu"}}})
}

// distant returns a trigger whose first slot is found by a long search.
func distant(tb testing.TB) *trigger.Trigger {
	tb.Helper()
	return fixture.Compile(tb, trigger.Spec{AllOf: []trigger.Spec{
		{Interval: &trigger.Interval{Seconds: 3599}, StartAt: "2026-01-01T00:00:00Z"}, {Schedule: "0 0-22 * * *"}, {Schedule: "0 0-22 * * sun", TimeZone: "Asia/Tokyo"},
	}})
}

// twice returns a trigger with a slot every second that has to be searched for.
func twice(tb testing.TB) *trigger.Trigger {
	tb.Helper()
	return fixture.Compile(tb, trigger.Spec{AllOf: []trigger.Spec{{Cron: &trigger.CronFields{Second: "*"}}, {Interval: &trigger.Interval{Seconds: 1}}}})
}

func nameTask(name string, tr *trigger.Trigger, mods ...func(*model.Task)) model.Task {
	task := fixture.MakeTask(tr, mods...)
	task.Key = model.Key{Namespace: "ns", Name: name, UID: "uid-" + name}
	return task
}

func TestT6_ATriggerThatIsTooExpensiveStallsItsTask(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		task := nameTask("a", expensive(t))
		w.apply(task)
		p := w.boot("one", time.Second)
		sleepUntil(time.Second)
		rec := w.record(task.Key)
		if rec.State != model.Stalled || rec.StateReason != model.ReasonTriggerTooExpensive || !rec.Next.IsZero() {
			t.Fatalf("state %s/%s, next %s, want Stalled/%s", rec.State, rec.StateReason, rec.Next, model.ReasonTriggerTooExpensive)
		}
		for _, part := range []string{"spec.trigger.allOf: ", "there is no slot up to 20", trigger.TooExpensiveHint} {
			if !strings.Contains(rec.StateMessage, part) {
				t.Errorf("message %q, want it to contain %q", rec.StateMessage, part)
			}
		}
		saves := w.saves
		asked := task
		asked.Request = "now"
		w.hand(p, asked)
		sleepUntil(time.Minute)
		if rec := w.record(task.Key); rec.Counts.Skipped != 1 || rec.Recent[0].Reason != model.ReasonTriggerTooExpensive {
			t.Errorf("counts %+v, %+v, want the run that was asked for to be skipped", rec.Counts, rec.Recent)
		}
		if w.saves > saves+1 {
			t.Errorf("%d saves, want none but that of the request", w.saves-saves)
		}
		p.shutdown()

		// The next leader takes the record's word for it.
		p = w.bootWith("two", time.Second, func(cfg *Config) { cfg.Searches = NewSearches(0) })
		sleepUntil(2 * time.Minute)
		if rec := w.record(task.Key); rec.State != model.Stalled || rec.StateReason != model.ReasonTriggerTooExpensive {
			t.Errorf("after a restart: state %s/%s, want Stalled", rec.State, rec.StateReason)
		}
		// An edit mends it, and plans from then on.
		asked.Trigger = fixture.Every(t, 60)
		w.hand(p, asked)
		sleepUntil(4*time.Minute + 30*time.Second)
		if rec := w.record(task.Key); rec.State != model.Scheduled || rec.Counts.Succeeded+int64(len(rec.Active)) != 2 || rec.Counts.Missed != 0 {
			t.Errorf("after an edit: state %s, counts %+v, want two runs", rec.State, rec.Counts)
		}
		p.shutdown()
	})
}

// A pause is the other way to have the search tried again.
func TestT6_AResumedTaskIsSearchedForAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		task := nameTask("a", expensive(t))
		w.apply(task)
		searches := NewSearches(1)
		p := w.bootWith("one", time.Second, func(cfg *Config) { cfg.Searches = searches })
		defer p.shutdown()
		sleepUntil(time.Second)
		paused := task
		fixture.Pause(&paused)
		w.hand(p, paused)
		sleepUntil(time.Minute)
		if rec := w.record(task.Key); rec.State != model.Paused {
			t.Fatalf("state %s, want Paused", rec.State)
		}
		gate := make(chan struct{})
		searches.add(search{ctx: t.Context(), namespace: "gate", next: func() bool { <-gate; return true }})
		w.hand(p, task)
		sleepUntil(2 * time.Minute)
		if rec := w.record(task.Key); rec.State != model.Scheduled || rec.DecidedThrough.Before(fixture.At(time.Minute)) {
			t.Errorf("state %s, decided through %s, want another search from the resume on", rec.State, rec.DecidedThrough)
		}
		close(gate)
		sleepUntil(3 * time.Minute)
		if rec := w.record(task.Key); rec.State != model.Stalled {
			t.Errorf("state %s, want Stalled again", rec.State)
		}
	})
}

func TestT6_ADistantSlotIsFoundOffTheLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		task := nameTask("a", distant(t))
		w.apply(task)
		searches, release := held(t)
		p := w.bootWith("one", time.Second, func(cfg *Config) { cfg.Searches = searches })
		sleepUntil(time.Minute)
		if rec := w.record(task.Key); rec.State != model.Scheduled || !rec.Next.IsZero() {
			t.Errorf("while it is searched for: state %s, next %s, want Scheduled without one", rec.State, rec.Next)
		}
		release()
		sleepUntil(2 * time.Minute)
		want := time.Date(2029, 4, 14, 16, 0, 0, 0, time.UTC)
		if rec := w.record(task.Key); !rec.Next.Equal(want) {
			t.Errorf("next %s, want %s", rec.Next, want)
		}
		p.shutdown()

		// The next leader leaves it in the status while it searches.
		p = w.bootWith("two", time.Second, func(cfg *Config) { cfg.Searches = NewSearches(0) })
		sleepUntil(3 * time.Minute)
		if rec := w.record(task.Key); !rec.Next.Equal(want) {
			t.Errorf("after a restart: next %s, want %s", rec.Next, want)
		}
		p.shutdown()
	})
}

// What is known of the next slot is not looked for again: the cost of a decision does not grow with the time since the last slot.
func TestT6_AnEmptyWindowIsNotSearchedAgain(t *testing.T) {
	task := fixture.MakeTask(twice(t))
	rec := fixture.After(t, task, model.Record{}, fixture.At(0)).Record
	rec.Active = nil
	far := &model.FarSlot{Trigger: rec.TriggerRef(), After: rec.DecidedThrough, Slot: fixture.At(100 * 24 * time.Hour)} // which is not true
	dec := fixture.DecideLive(decide.Input{Task: task, Record: rec, Now: fixture.At(99 * 24 * time.Hour), Far: far})
	if len(dec.Commands) != 0 || dec.Search != nil || dec.Far != far {
		t.Errorf("commands %v, search %v, far %v, want the slots to be taken from what is known", dec.Commands, dec.Search, dec.Far)
	}
	for name, stale := range map[string]model.FarSlot{
		"of another trigger":   {Trigger: model.TriggerRef{Hash: "v1-other", Since: rec.TriggerSince.Unix()}, After: far.After, Slot: far.Slot},
		"since another moment": {Trigger: model.TriggerRef{Hash: rec.Trigger, Since: 1}, After: far.After, Slot: far.Slot},
		"after the watermark":  {Trigger: far.Trigger, After: far.After.Add(time.Second), Slot: far.Slot},
		"a slot that is past":  {Trigger: far.Trigger, After: far.After.Add(-time.Hour), Slot: far.After},
	} {
		if dec := fixture.DecideLive(decide.Input{Task: task, Record: rec, Now: fixture.At(time.Minute), Far: &stale}); len(fixture.Starts(dec)) != 1 {
			t.Errorf("%s: starts %v, want one run", name, fixture.Starts(dec))
		}
	}
}

// A long outage of a trigger that has to be searched for is counted off the loop, and exactly (R1, R2).
func TestT6_ALongWindowIsCountedInPieces(t *testing.T) {
	const outage = 3 * 24 * time.Hour
	serial := func(task *model.Task) { task.Coalesce = false }
	for name, tc := range map[string]struct {
		mods []func(*model.Task)
		want model.Counters
	}{
		"coalesce":         {want: model.Counters{Succeeded: 5 + 1 + 60, Coalesced: int64(outage/time.Second) - 1}},
		"without coalesce": {mods: []func(*model.Task){serial}, want: model.Counters{Succeeded: 5 + 100 + 60, Missed: int64(outage/time.Second) - 100}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sleepUntil(0)
				w := newWorld(t)
				task := nameTask("a", twice(t), tc.mods...)
				w.apply(task)
				p := w.boot("one", 100*time.Millisecond)
				const moment = 5*time.Second + 700*time.Millisecond
				sleepUntil(moment)
				p.shutdown()
				sleepUntil(outage + moment)
				p = w.boot("two", 100*time.Millisecond)
				defer p.shutdown()
				sleepUntil(outage + moment + time.Minute + 200*time.Millisecond)
				rec := w.record(task.Key)
				rec.Counts.Succeeded += int64(len(rec.Active)) // whose end is saved together with the next start
				if rec.Counts != tc.want {
					t.Errorf("counts %+v, want %+v", rec.Counts, tc.want)
				}
			})
		})
	}
}

func TestT6_AWindowThatIsTooExpensiveStallsTheTask(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		task := nameTask("a", twice(t))
		w.apply(task)
		p := w.boot("one", 100*time.Millisecond)
		sleepUntil(5 * time.Second)
		p.shutdown()
		const outage = 90 * 24 * time.Hour
		sleepUntil(outage)
		p = w.boot("two", 100*time.Millisecond)
		defer p.shutdown()
		sleepUntil(outage + time.Minute)
		rec := w.record(task.Key)
		if rec.State != model.Stalled || rec.StateReason != model.ReasonTriggerTooExpensive || !strings.Contains(rec.StateMessage, "have been counted") {
			t.Errorf("state %s/%s: %q, want Stalled/%s", rec.State, rec.StateReason, rec.StateMessage, model.ReasonTriggerTooExpensive)
		}
	})
}

// A search is no work that a handover waits for, and ends with its Task.
func TestDrain_DoesNotWaitForSearches(t *testing.T) {
	for name, end := range map[string]func(*process, model.Task){
		"the process ends":    func(p *process, _ model.Task) { p.shutdown() },
		"the Task is deleted": func(p *process, task model.Task) { p.Remove(task.Key) },
		"the Task is edited": func(p *process, task model.Task) {
			task.Trigger = fixture.Every(t, 60)
			p.world.hand(p, task)
		},
		"the Task is paused": func(p *process, task model.Task) {
			fixture.Pause(&task)
			p.world.hand(p, task)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sleepUntil(0)
				w := newWorld(t)
				task := nameTask("a", expensive(t))
				w.apply(task)
				searches, release := held(t)
				p := w.bootWith("one", time.Second, func(cfg *Config) { cfg.Searches = searches })
				sleepUntil(time.Minute)
				if len(searches.waiting["ns"]) != 1 {
					t.Fatalf("%d searches are waiting, want one", len(searches.waiting["ns"]))
				}
				waiting := searches.waiting["ns"][0]
				begun := time.Now()
				end(p, task)
				settle()
				if took := time.Since(begun); took > time.Second {
					t.Errorf("it took %s", took)
				}
				if waiting.ctx.Err() == nil {
					t.Error("the search goes on")
				}
				p.shutdown()
				release()
			})
		})
	}
}

// Expensive Tasks of one namespace neither stop their own Scheduler nor the searches of others (E2).
func TestE2_ExpensiveTasksDelayNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		honest := nowTask(t, "honest", 5)
		w.apply(honest)
		for i := range 20 {
			w.apply(nameTask(fmt.Sprintf("expensive-%d", i), expensive(t)))
		}
		other := nameTask("other", distant(t))
		other.Namespace = "other"
		w.apply(other)
		p := w.boot("one", time.Second)
		defer p.shutdown()
		sleepUntil(time.Minute + 2*time.Second)
		if rec := w.record(honest.Key); rec.Counts.Succeeded+int64(len(rec.Active)) < 12 || rec.Counts.Missed+rec.Counts.Skipped > 0 {
			t.Errorf("counts %+v, want every slot to have run", rec.Counts)
		}
		if rec := w.record(other.Key); rec.Next.IsZero() {
			t.Error("the distant slot of another namespace has not been found")
		}
	})
}
