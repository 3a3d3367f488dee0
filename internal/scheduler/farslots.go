package scheduler

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/carillon-dev/carillon/trigger"
)

// This file holds what is known of the slots of a trigger that NeedsSearch (T6), and how it is found out off the hot path. None of it is saved: it follows from the trigger.

// TriggerRef identifies a trigger as a record has it: by its hash, and since when it counts, in Unix seconds.
type TriggerRef struct {
	Hash  string
	Since int64
}

// trigger identifies the trigger of a record.
func (r *Record) trigger() TriggerRef { return TriggerRef{r.Trigger, r.TriggerSince.Unix()} }

// FarSlot is the first slot of a trigger after an instant.
type FarSlot struct {
	Trigger TriggerRef
	After   time.Time
	// Slot is zero if there is none.
	Slot time.Time
}

// isFirst reports whether it is the first slot of a trigger after a watermark, too. It accepts nil.
func (f *FarSlot) isFirst(tr TriggerRef, watermark time.Time) bool {
	return f != nil && f.Trigger == tr && !f.After.After(watermark) && (f.Slot.IsZero() || f.Slot.After(watermark))
}

// CountedSlots are the slots of a trigger after one instant and up to another: how many there are, and the newest, at most Keep, oldest first.
type CountedSlots struct {
	Trigger        TriggerRef
	After, Through time.Time
	Keep           int
	Newest         []time.Time
	Total          int64
}

// TooExpensive says that the slots after a watermark could not be found within the steps that a trigger may cost.
type TooExpensive struct {
	Trigger   TriggerRef
	Watermark time.Time
	Message   string
}

// Search is what a decision asks to be found out off the hot path: the first slot after an instant, or, if Count is set, the slots after it and up to Through.
type Search struct {
	Trigger TriggerRef
	// Watermark is up to where slots have been decided.
	Watermark      time.Time
	After, Through time.Time
	Count          bool
	Keep           int
	// Counted is the part that has been counted before: up to Counted.Through.
	Counted *CountedSlots
}

// sameQuestion reports whether the answer to one search serves for the other, too.
func (s *Search) sameQuestion(other *Search) bool {
	return s.Trigger == other.Trigger && s.After.Equal(other.After) && s.Count == other.Count && s.Keep == other.Keep
}

// lookup is how much is known about the next slot.
type lookup int

const (
	slotFound lookup = iota
	noSlot
	slotUnknown // it is being searched for
)

// firstSlot returns the first slot after the watermark. One that is not found within the steps of one Search is asked to be searched for.
func (d *decider) firstSlot() (time.Time, lookup) {
	watermark := d.rec.DecidedThrough
	if d.trigger.NeedsSearch() && d.Far.isFirst(d.rec.trigger(), watermark) {
		return lookupOf(d.Far.Slot)
	}
	first := d.search != nil && !d.search.Count // a search for a first slot is asked for
	if first && d.search.After.Equal(watermark) {
		return time.Time{}, slotUnknown
	}
	found := d.trigger.Search(watermark)
	if found.Outcome == trigger.NotBefore {
		d.search = &Search{Trigger: d.rec.trigger(), Watermark: watermark, After: watermark}
		return time.Time{}, slotUnknown
	}
	if first {
		d.search = nil
	}
	if d.trigger.NeedsSearch() {
		d.Far = &FarSlot{Trigger: d.rec.trigger(), After: watermark, Slot: found.Slot}
	}
	return lookupOf(found.Slot)
}

func lookupOf(slot time.Time) (time.Time, lookup) {
	if slot.IsZero() {
		return slot, noSlot
	}
	return slot, slotFound
}

// window returns the slots that have come, not yet their jitter: the newest and how many there are. They are none while they are still being counted.
func (d *decider) window(keep int) (newest []time.Time, total int64) {
	if !d.trigger.NeedsSearch() {
		newest, total, _ = d.trigger.Window(d.rec.DecidedThrough, d.second(), keep)
		return newest, total
	}
	// A window that is known to be empty is not searched again, however old the Task is.
	first, state := d.firstSlot()
	if state != slotFound || first.After(d.Now) {
		return nil, 0
	}
	known := d.counted(first.Add(-time.Second), keep)
	more, total, through := d.trigger.Window(known.Through, d.second(), keep)
	if through.Before(d.second()) {
		d.search = &Search{Trigger: known.Trigger, Watermark: d.rec.DecidedThrough, After: known.After, Through: d.second(), Count: true, Keep: keep, Counted: &known}
		return nil, 0
	}
	newest = slices.Concat(known.Newest, more)
	return newest[max(0, len(newest)-keep):], known.Total + total
}

// counted returns what has been counted of the slots after an instant.
func (d *decider) counted(after time.Time, keep int) CountedSlots {
	if c := d.Counted; c != nil && c.Trigger == d.rec.trigger() && c.After.Equal(after) && c.Keep >= keep && !c.Through.After(d.Now) {
		return *c
	}
	return CountedSlots{Trigger: d.rec.trigger(), After: after, Through: after, Keep: keep}
}

// checkCost finds out whether the trigger was found to cost too much. On a record that says so this is known without another search, as long as the trigger is the same
// and the Task is not resumed.
func (d *decider) checkCost() {
	t := d.Task.Trigger
	resumed := d.rec.State == Paused && !d.Task.Paused
	if t == nil || !t.NeedsSearch() || t.Hash() != d.rec.Trigger || resumed {
		return
	}
	switch known := d.TooExpensive; {
	case known != nil && known.Trigger == d.rec.trigger() && known.Watermark.Equal(d.rec.DecidedThrough):
		d.tooExpensive = "spec.trigger.allOf: " + known.Message
	case d.rec.State == Stalled && d.rec.StateReason == ReasonTriggerTooExpensive:
		d.tooExpensive = d.rec.StateMessage
	}
}

// activeSearch is the search of an entry.
type activeSearch struct {
	asked  *Search
	cancel context.CancelFunc
}

// seek has what a decision asks for searched; nil ends what was asked for before. A search is not counted as work under way: nothing waits for it at a handover.
func (s *Scheduler) seek(e *entry, asked *Search) {
	if e.search != nil {
		if asked != nil && asked.sameQuestion(e.search.asked) {
			return
		}
		e.search.cancel()
		e.search = nil
	}
	if asked == nil {
		return
	}
	ctx, cancel := context.WithCancel(e.ctx)
	active := &activeSearch{asked: asked, cancel: cancel}
	e.search = active
	next := pieces(e.task.Trigger.Anchored(time.Unix(asked.Trigger.Since, 0)), asked)
	s.cfg.Searches.add(search{ctx: ctx, namespace: e.task.Namespace, next: func() bool {
		answer := s.protect(e.task.Key, next)
		if answer == nil {
			return false
		}
		s.post(func() {
			if cancel(); e.search == active {
				e.search = nil
				answer(e)
				s.queue.set(e, s.now)
			}
		})
		return true
	}})
}

// protect carries a search on by one piece. A panic in it is this Task's failure alone (E2).
func (s *Scheduler) protect(key Key, next func() func(*entry)) (answer func(*entry)) {
	panicked := s.cfg.Recover.Do(OperationSearch, key, func() { answer = next() })
	if panicked != nil {
		return func(e *entry) { s.queue.set(e, e.panicked(s.now)) }
	}
	return answer
}

// pieces returns a function that carries a search on by one piece. It returns nil until the answer is known.
func pieces(tr *trigger.Trigger, asked *Search) func() func(*entry) {
	tooExpensive := func(err error) func(*entry) {
		message := err.Error() + ": " + trigger.TooExpensiveHint
		return func(e *entry) { e.tooExpensive = &TooExpensive{asked.Trigger, asked.Watermark, message} }
	}
	if !asked.Count {
		long := tr.LongSearch(asked.After)
		return func() func(*entry) {
			switch found, err := long.Continue(); {
			case errors.Is(err, trigger.ErrTooExpensive):
				return tooExpensive(err)
			case found.Outcome == trigger.NotBefore:
				return nil
			default:
				return func(e *entry) { e.far = &FarSlot{asked.Trigger, asked.After, found.Slot} }
			}
		}
	}
	long := tr.LongWindow(asked.Counted.Through, asked.Through, asked.Keep)
	return func() func(*entry) {
		done, err := long.Continue()
		switch {
		case err != nil:
			return tooExpensive(err)
		case !done:
			return nil
		}
		newest, total := long.Slots()
		newest = slices.Concat(asked.Counted.Newest, newest)
		counted := &CountedSlots{
			Trigger: asked.Trigger, After: asked.After, Through: asked.Through, Keep: asked.Keep,
			Newest: newest[max(0, len(newest)-asked.Keep):], Total: asked.Counted.Total + total,
		}
		return func(e *entry) { e.counted = counted }
	}
}
