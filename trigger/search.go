package trigger

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// SearchHorizon is how far beyond its start a search for a slot of a trigger that NeedsSearch goes before it is given up as never (T6): forty years.
const SearchHorizon = 40 * 366 * 24 * time.Hour

const horizonSeconds = int64(SearchHorizon / time.Second)

// What a trigger may cost, in steps. A step is a constant amount of work, some ten nanoseconds: what is counted is the same on every machine.
const (
	// pieceSteps bounds one call of Search or Window: a fraction of a millisecond.
	pieceSteps = 1 << 13
	// maxSearchSteps bounds all pieces of a search for one slot: some ten milliseconds.
	maxSearchSteps = 1 << 20
	// maxCountSteps bounds all pieces of a count of the slots of one window.
	maxCountSteps = 1 << 24
)

// ErrTooExpensive says that a slot, or the number of slots, is not known after as many steps as a trigger may cost.
var ErrTooExpensive = errors.New("it takes too long to find out when all of its triggers coincide")

// TooExpensiveHint says what to write instead of a trigger that is too expensive.
const TooExpensiveHint = "write the conditions in one cron, give all triggers the same timeZone, or give one of them fewer times a day"

// Outcome is how a Search ended.
type Outcome int

const (
	// Found means that Result.Slot is the next slot.
	Found Outcome = iota + 1
	// Never means that no slot follows.
	Never
	// NotBefore means that there is no slot up to and including Result.Resume, and that the search has used up its steps.
	NotBefore
)

// Result is the answer of Trigger.Search.
type Result struct {
	// Slot is the next slot, in UTC, when Outcome is Found.
	Slot time.Time
	// Outcome says which of the other fields has a meaning.
	Outcome Outcome
	// Resume is the instant to search on from when Outcome is NotBefore.
	Resume time.Time
}

// Search is Next with the bound of a trigger that NeedsSearch made visible (T6): one call takes at most some thousand steps. LongSearch goes on from there.
func (t *Trigger) Search(after time.Time) Result {
	steps := 0
	return t.search(after.Unix(), pieceSteps, &steps).public()
}

// search is Search on Unix seconds, up to a limit of the steps.
func (t *Trigger) search(after int64, limit int, steps *int) searchResult {
	from := max(after, t.startAt-1)
	switch {
	case t.never.why != "":
		return searchResult{outcome: Never}
	case t.kind == kindAllOf:
		return t.searchAll(from, t.endAt, limit, steps)
	}
	if slot, ok := t.next(from, steps); ok {
		return searchResult{outcome: Found, slot: slot}
	}
	return searchResult{outcome: Never}
}

func (r searchResult) public() Result {
	result := Result{Outcome: r.outcome}
	switch r.outcome {
	case Found:
		result.Slot = time.Unix(r.slot, 0).UTC()
	case NotBefore:
		result.Resume = time.Unix(r.resume, 0).UTC()
	default: // there is no time to report
	}
	return result
}

// A LongSearch is a search for the first slot after an instant that is carried on piece by piece, so that others can have their turn between the pieces.
type LongSearch struct {
	trigger    *Trigger
	from, last int64
	steps      int
}

// LongSearch returns a search that has not begun.
func (t *Trigger) LongSearch(after time.Time) *LongSearch {
	from := max(after.Unix(), t.startAt-1)
	return &LongSearch{trigger: t, from: from, last: from + horizonSeconds}
}

// Continue searches on, and returns NotBefore as long as it has to be called again. The error is ErrTooExpensive, with the instant up to which there is no slot.
func (s *LongSearch) Continue() (Result, error) {
	limit := min(s.steps+pieceSteps, maxSearchSteps)
	found := s.trigger.search(s.from, limit, &s.steps)
	switch {
	case found.outcome == NotBefore && found.resume >= s.last, found.outcome == Found && found.slot > s.last && s.trigger.NeedsSearch():
		return Result{Outcome: Never}, nil
	case found.outcome != NotBefore:
		return found.public(), nil
	case s.steps >= maxSearchSteps:
		return Result{}, fmt.Errorf("%w; there is no slot up to %sZ", ErrTooExpensive, formatWall(found.resume, "T"))
	}
	s.from = found.resume
	return found.public(), nil
}

// Find is Search carried on to the end: it returns the first slot after an instant, and false when there is none within SearchHorizon. The error is ErrTooExpensive, or
// that of ctx. For a trigger that NeedsSearch it may take some ten milliseconds, so it has no place on a hot path.
func (t *Trigger) Find(ctx context.Context, after time.Time) (slot time.Time, ok bool, err error) {
	for s := t.LongSearch(after); ; {
		if err := ctx.Err(); err != nil {
			return time.Time{}, false, err //nolint:wrapcheck // the caller knows its own context
		}
		result, err := s.Continue()
		if err != nil {
			return time.Time{}, false, err
		}
		if result.Outcome != NotBefore {
			return result.Slot, result.Outcome == Found, nil
		}
	}
}
