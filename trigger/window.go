package trigger

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"
)

// maxCompared is how many comparisons of two children's slots one Window call of an anyOf trigger makes.
const maxCompared = 1 << 18

// Window returns the newest slots after one instant and up to and including another, oldest first and at most keep of them,
// and how many slots there are in all. Both are those up to the instant counted, which is the end of the window, or, of a trigger that NeedsSearch, an earlier
// instant at which the steps of one call were used up. LongWindow goes on from there.
//
// The slots are not gone through one by one. Only anyOf, and an allOf that NeedsSearch, have to compare their children's slots. Of anyOf only the newest are compared
// in a window with more than some hundred thousand. Then the total can be too high, because older slots that children share count more than once.
func (t *Trigger) Window(after, through time.Time, keep int) (newest []time.Time, total int64, counted time.Time) {
	steps := 0
	w := t.window(after.Unix(), through.Unix(), keep, pieceSteps, &steps)
	if counted = through; w.counted < through.Unix() {
		counted = time.Unix(w.counted, 0).UTC()
	}
	return w.times(), w.total, counted
}

// A LongWindow is a Window that is counted piece by piece, so that others can have their turn between the pieces.
type LongWindow struct {
	trigger *Trigger
	through int64
	keep    int
	steps   int
	found   windowResult
}

// LongWindow returns a count that has not begun.
func (t *Trigger) LongWindow(after, through time.Time, keep int) *LongWindow {
	return &LongWindow{trigger: t, through: through.Unix(), keep: keep, found: windowResult{counted: after.Unix()}}
}

// Continue counts on, and reports whether it has come to the end of the window. The error is ErrTooExpensive.
func (w *LongWindow) Continue() (done bool, err error) {
	found := w.trigger.window(w.found.counted, w.through, w.keep, min(w.steps+pieceSteps, maxCountSteps), &w.steps)
	w.found.newest = append(w.found.newest, found.newest...)
	w.found.newest = w.found.newest[max(0, len(w.found.newest)-w.keep):]
	w.found.total += found.total
	w.found.counted = found.counted
	switch {
	case found.counted >= w.through:
		return true, nil
	case w.steps >= maxCountSteps:
		return false, fmt.Errorf("%w; %d slots up to %sZ have been counted", ErrTooExpensive, w.found.total, formatWall(w.found.counted, "T"))
	default:
		return false, nil
	}
}

// Slots returns what Window returns for as much of the window as has been counted.
func (w *LongWindow) Slots() (newest []time.Time, total int64) { return w.found.times(), w.found.total }

// Count is Window carried on to the end. The error is ErrTooExpensive, or that of ctx. For a trigger that NeedsSearch it may take some hundred milliseconds.
func (t *Trigger) Count(ctx context.Context, after, through time.Time, keep int) (newest []time.Time, total int64, err error) {
	for w := t.LongWindow(after, through, keep); ; {
		if err := ctx.Err(); err != nil {
			return nil, 0, err //nolint:wrapcheck // the caller knows its own context
		}
		done, err := w.Continue()
		if err != nil {
			return nil, 0, err
		}
		if done {
			newest, total = w.Slots()
			return newest, total, nil
		}
	}
}

// windowResult is what Window returns on Unix seconds.
type windowResult struct {
	newest         []int64
	total, counted int64
}

func (w *windowResult) times() []time.Time {
	var times []time.Time
	for _, slot := range w.newest {
		times = append(times, time.Unix(slot, 0).UTC())
	}
	return times
}

// window is Window on Unix seconds, up to a limit of the steps.
func (t *Trigger) window(after, through int64, keep, limit int, steps *int) windowResult {
	counted := through
	after, through = max(after, t.startAt-1), min(through, t.endAt)
	if after >= through || t.never.why != "" {
		return windowResult{counted: counted}
	}
	if t.NeedsSearch() {
		found := t.windowOfAll(after, through, keep, limit, steps)
		if found.counted >= through {
			found.counted = counted
		}
		return found
	}
	found := windowResult{counted: counted}
	if t.kind == kindAnyOf {
		found.newest, found.total = t.newestOfAny(after, through, keep, steps), t.countAny(after, through, steps)
		return found
	}
	found.total = t.count(after, through, steps)
	if keep <= 0 || found.total == 0 {
		return found
	}
	found.newest = make([]int64, 0, min(int64(keep), found.total))
	from := t.newestFrom(after, through, int64(keep), steps)
	for slot, ok := t.next(from, steps); ok && slot <= through; slot, ok = t.next(slot, steps) {
		found.newest = append(found.newest, slot)
	}
	return found
}

// count returns the number of slots after one instant and up to another of a trigger without children.
func (t *Trigger) count(after, through int64, steps *int) int64 {
	*steps++
	after, through = max(after, t.startAt-1), min(through, t.endAt)
	switch t.kind {
	case kindCalendar:
		return countOnClock(t.calendar, t.zone, after, through, steps)
	case kindInterval:
		return t.interval.count(t.zone, after, through, steps)
	case kindDate:
		if after < t.runAt && t.runAt <= through {
			return 1
		}
	case kindAllOf: // that needs no search
		return t.parts[0].count(after, through, steps)
	default: // has no slots of its own
	}
	return 0
}

// newestFrom returns the latest instant, not before another, after which and up to a third there are a number of slots of a trigger without
// children, or the first instant if there are fewer.
func (t *Trigger) newestFrom(after, through, wanted int64, steps *int) int64 {
	low, high := after, through
	if t.count(low, through, steps) <= wanted {
		return low
	}
	for high-low > 1 {
		middle := low + (high-low)/2
		if t.count(middle, through, steps) >= wanted {
			low = middle
		} else {
			high = middle
		}
	}
	return low
}

// newestOfAny merges the newest slots of the children.
func (t *Trigger) newestOfAny(after, through int64, keep int, steps *int) []int64 {
	if keep <= 0 {
		return nil
	}
	var merged []int64
	for _, child := range t.children {
		merged = append(merged, child.window(after, through, keep, pieceSteps, steps).newest...)
	}
	slices.Sort(merged)
	merged = slices.Compact(merged)
	return merged[max(0, len(merged)-keep):]
}

// countAny counts the slots of the children, shared ones once. The slots of the densest child need not be gone through: of each following child those
// count that no child before it has.
func (t *Trigger) countAny(after, through int64, steps *int) int64 {
	type counted struct {
		*Trigger
		slots int64
	}
	var children []counted
	for _, child := range t.children {
		children = append(children, counted{child, child.count(after, through, steps)})
	}
	slices.SortStableFunc(children, func(a, b counted) int { return cmp.Compare(b.slots, a.slots) })
	total := int64(0)
	for i, child := range children {
		total += child.slots
		if i == 0 || child.slots == 0 {
			continue
		}
		compared := int64(maxCompared / ((len(children) - 1) * i))
		from := child.newestFrom(after, through, compared, steps)
		for slot, ok := child.next(from, steps); ok && slot <= through; slot, ok = child.next(slot, steps) {
			if slices.ContainsFunc(children[:i], func(denser counted) bool { return denser.contains(slot, steps) }) {
				total--
			}
		}
	}
	return total
}

// windowOfAll goes through the slots that the parts share.
func (t *Trigger) windowOfAll(after, through int64, keep, limit int, steps *int) windowResult {
	found := windowResult{counted: after}
	for found.counted < through {
		next := t.searchThrough(found.counted, through, limit, steps)
		switch next.outcome {
		case Found:
			found.counted = next.slot
			found.total++
			if keep > 0 {
				// Twice the room keeps the copying down.
				if found.newest = append(found.newest, next.slot); len(found.newest)-keep >= keep {
					found.newest = append(found.newest[:0], found.newest[len(found.newest)-keep:]...)
				}
			}
		case NotBefore:
			found.counted = next.resume
			found.newest = found.newest[max(0, len(found.newest)-keep):]
			return found
		default:
			found.counted = through
		}
	}
	found.newest = found.newest[max(0, len(found.newest)-keep):]
	return found
}

// agree reports whether all children have an instant.
func (t *Trigger) agree(slot int64, steps *int) bool {
	for _, child := range t.children {
		if !child.contains(slot, steps) {
			return false
		}
	}
	return true
}
