package engine

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/internal/scheduler/recovery"
	"github.com/carillon-dev/carillon/trigger"
)

// activeSearch is the search of an entry.
type activeSearch struct {
	asked  *model.Search
	cancel context.CancelFunc
}

// updateSearch has what a decision asks for searched; nil ends what was asked for before. A search is not counted as work under way: nothing waits for it at a handover.
func (s *Engine) updateSearch(e *entry, asked *model.Search) {
	if e.search != nil {
		if asked != nil && asked.SameQuestion(e.search.asked) {
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
func (s *Engine) protect(key model.Key, next func() func(*entry)) (answer func(*entry)) {
	panicked := s.cfg.Recover.Do(recovery.OperationSearch, key, func() { answer = next() })
	if panicked != nil {
		return func(e *entry) { s.queue.set(e, e.panicked(s.now)) }
	}
	return answer
}

// pieces returns a function that carries a search on by one piece. It returns nil until the answer is known.
func pieces(tr *trigger.Trigger, asked *model.Search) func() func(*entry) {
	tooExpensive := func(err error) func(*entry) {
		message := err.Error() + ": " + trigger.TooExpensiveHint
		return func(e *entry) {
			e.tooExpensive = &model.TooExpensive{Trigger: asked.Trigger, Watermark: asked.Watermark, Message: message}
		}
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
				return func(e *entry) { e.far = &model.FarSlot{Trigger: asked.Trigger, After: asked.After, Slot: found.Slot} }
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
		counted := &model.CountedSlots{
			Trigger: asked.Trigger, After: asked.After, Through: asked.Through, Keep: asked.Keep,
			Newest: newest[max(0, len(newest)-asked.Keep):], Total: asked.Counted.Total + total,
		}
		return func(e *entry) { e.counted = counted }
	}
}
