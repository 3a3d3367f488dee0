package trigger

// nextOfAny returns the first slot after an instant that any child has.
func (t *Trigger) nextOfAny(after int64, steps *int) (slot int64, ok bool) {
	for _, child := range t.children {
		if next, found := child.next(after, steps); found && (!ok || next < slot) {
			slot, ok = next, true
		}
	}
	return slot, ok
}

// NeedsSearch reports whether a slot of the trigger can only be found by comparing the slots of several triggers: those of an allOf that could not be replaced by
// one trigger. Search, Window and Find have bounds for such a trigger, and answer at once for every other.
func (t *Trigger) NeedsSearch() bool {
	return t.kind == kindAllOf && len(t.parts) > 1 && t.never.why == ""
}

// searchResult is Result on Unix seconds.
type searchResult struct {
	outcome      Outcome
	slot, resume int64
}

// searchAll looks for the first instant after one and up to another that all children have, within the horizon and up to a limit of the steps.
func (t *Trigger) searchAll(after, through int64, limit int, steps *int) searchResult {
	switch {
	case t.never.why != "":
		return searchResult{outcome: Never}
	case len(t.parts) == 1:
		if slot, ok := t.parts[0].next(after, steps); ok && slot <= through {
			return searchResult{outcome: Found, slot: slot}
		}
		return searchResult{outcome: Never}
	default:
		return t.searchThrough(after, min(through, after+horizonSeconds), limit, steps)
	}
}

// searchThrough tries candidates. A candidate that a part does not have is replaced by that part's next slot, so that the sparsest part sets the pace. The search
// ends at a limit of the steps, of which there must be enough for one slot of each part.
func (t *Trigger) searchThrough(after, through int64, limit int, steps *int) searchResult {
	candidate, agreed := after+1, 0
	for {
		for _, part := range t.parts {
			if *steps >= limit {
				return searchResult{outcome: NotBefore, resume: candidate - 1}
			}
			slot, ok := part.next(candidate-1, steps)
			if !ok || slot > through {
				return searchResult{outcome: Never}
			}
			if agreed++; slot > candidate {
				candidate, agreed = slot, 1
			}
			if agreed == len(t.parts) {
				return searchResult{outcome: Found, slot: candidate}
			}
		}
	}
}
