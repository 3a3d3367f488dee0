package trigger

import "time"

// SearchHorizon is how far beyond its start a search for a slot of an allOf trigger goes before it may be given up as never (T6):
// forty years.
const SearchHorizon = 40 * 366 * 24 * time.Hour

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
	// Outcome tells which of the other fields has a meaning.
	Outcome Outcome
	// Resume is the instant to search on from when Outcome is NotBefore.
	Resume time.Time
}

// maxCandidates is how many candidates one search of an allOf trigger tries (T6).
const maxCandidates = 20_000

const horizonSeconds = int64(SearchHorizon / time.Second)

// Search is Next with the bound of an allOf trigger made visible (T6): one call tries at most 20,000 candidates. A caller goes on from
// Result.Resume, and gives up once it has passed SearchHorizon from where it began.
func (t *Trigger) Search(after time.Time) Result {
	steps := 0
	from := max(after.Unix(), t.startAt-1)
	found := searchResult{outcome: Never}
	if t.never.why != "" {
		return Result{Outcome: Never}
	}
	if t.kind == kindAllOf {
		found = t.searchAll(from, t.endAt, &steps)
	} else if slot, ok := t.next(from, &steps); ok {
		found = searchResult{outcome: Found, slot: slot}
	}
	result := Result{Outcome: found.outcome}
	switch found.outcome {
	case Found:
		result.Slot = time.Unix(found.slot, 0).UTC()
	case NotBefore:
		result.Resume = time.Unix(found.resume, 0).UTC()
	default: // there is no time to tell
	}
	return result
}

// Find is Search carried on to the end: it returns the first slot after an instant, and false when there is none within SearchHorizon. For an allOf
// trigger it may take seconds, so it has no place on a hot path.
func (t *Trigger) Find(after time.Time) (slot time.Time, ok bool) {
	for from := after; from.Sub(after) <= SearchHorizon; {
		result := t.Search(from)
		if result.Outcome != NotBefore {
			return result.Slot, result.Outcome == Found
		}
		from = result.Resume
	}
	return time.Time{}, false
}

// nextOfAny returns the first slot after an instant that any child has.
func (t *Trigger) nextOfAny(after int64, steps *int) (slot int64, ok bool) {
	for _, child := range t.children {
		if next, found := child.next(after, steps); found && (!ok || next < slot) {
			slot, ok = next, true
		}
	}
	return slot, ok
}

// searchResult is Result on Unix seconds.
type searchResult struct {
	outcome      Outcome
	slot, resume int64
}

// searchAll looks for the first instant after one and up to another that all children have, within the horizon and the bounded number of candidates.
func (t *Trigger) searchAll(after, through int64, steps *int) searchResult {
	if t.never.why != "" {
		return searchResult{outcome: Never}
	}
	return t.searchThrough(after, min(through, after+horizonSeconds), maxCandidates, steps)
}

// searchThrough tries a number of candidates. A candidate that a child does not have is replaced by that child's next slot, so that the sparsest child sets the
// pace.
func (t *Trigger) searchThrough(after, through int64, most int, steps *int) searchResult {
	candidate, agreed := after+1, 0
	for tried := 0; tried < most; {
		for _, child := range t.children {
			slot, ok := child.next(candidate-1, steps)
			if !ok || slot > through {
				return searchResult{outcome: Never}
			}
			if agreed++; slot > candidate {
				candidate, agreed = slot, 1
				tried++
			}
			if agreed == len(t.children) {
				return searchResult{outcome: Found, slot: candidate}
			}
		}
	}
	return searchResult{outcome: NotBefore, resume: candidate - 1}
}
