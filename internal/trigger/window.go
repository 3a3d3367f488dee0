package trigger

import (
	"slices"
	"time"
)

// maxCompared is how many slots one Window call compares between the children of anyOf and allOf.
const maxCompared = 1 << 20

// Window returns the newest slots after one instant and up to and including another, oldest first and at most keep of them,
// and how many slots there are in all.
//
// The slots are not gone through one by one. Only anyOf and allOf have to compare their children's slots; from a window with more than about a million
// of them, only the newest million are compared. Then the total of anyOf can be too high, because older slots that children share count more than once, and that
// of allOf too low, because older slots do not count.
func (t *Trigger) Window(after, through time.Time, keep int) (newest []time.Time, total int64) {
	steps := 0
	slots, total := t.window(after.Unix(), through.Unix(), keep, &steps)
	for _, slot := range slots {
		newest = append(newest, time.Unix(slot, 0).UTC())
	}
	return newest, total
}

// window is Window on Unix seconds.
func (t *Trigger) window(after, through int64, keep int, steps *int) (newest []int64, total int64) {
	after, through = max(after, t.startAt-1), min(through, t.endAt)
	if after >= through {
		return nil, 0
	}
	switch t.kind {
	case kindAnyOf:
		return t.newestOfAny(after, through, keep, steps), t.countAny(after, through, steps)
	case kindAllOf:
		return t.windowOfAll(after, through, keep, steps)
	default: // can count without comparing
	}
	total = t.count(after, through)
	if keep <= 0 || total == 0 {
		return nil, total
	}
	newest = make([]int64, 0, min(int64(keep), total))
	from := t.newestFrom(after, through, int64(keep))
	for slot, ok := t.next(from, steps); ok && slot <= through; slot, ok = t.next(slot, steps) {
		newest = append(newest, slot)
	}
	return newest, total
}

// count returns the number of slots after one instant and up to another of a trigger without children.
func (t *Trigger) count(after, through int64) int64 {
	after, through = max(after, t.startAt-1), min(through, t.endAt)
	switch t.kind {
	case kindCalendar:
		return countOnClock(t.calendar, t.zone, after, through)
	case kindInterval:
		return t.interval.count(t.zone, after, through)
	case kindDate:
		if after < t.runAt && t.runAt <= through {
			return 1
		}
	default: // has no slots of its own
	}
	return 0
}

// newestFrom returns the latest instant, not before another, after which and up to a third there are a number of slots of a trigger without
// children, or the first instant if there are fewer.
func (t *Trigger) newestFrom(after, through, wanted int64) int64 {
	low, high := after, through
	if t.count(low, through) <= wanted {
		return low
	}
	for high-low > 1 {
		middle := low + (high-low)/2
		if t.count(middle, through) >= wanted {
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
		slots, _ := child.window(after, through, keep, steps)
		merged = append(merged, slots...)
	}
	slices.Sort(merged)
	merged = slices.Compact(merged)
	return merged[max(0, len(merged)-keep):]
}

// countAny counts the slots of the children, shared ones once. The slots of the densest child need not be gone through: of each following child those
// count that no child before it has.
func (t *Trigger) countAny(after, through int64, steps *int) int64 {
	children := slices.Clone(t.children)
	slices.SortStableFunc(children, func(a, b *Trigger) int {
		return int(min(1, max(-1, b.count(after, through)-a.count(after, through))))
	})
	total := int64(0)
	budget := int64(maxCompared)
	for i, child := range children {
		total += child.count(after, through)
		if i == 0 {
			continue
		}
		from := child.newestFrom(after, through, budget/int64(len(children)-1))
		for slot, ok := child.next(from, steps); ok && slot <= through; slot, ok = child.next(slot, steps) {
			if slices.ContainsFunc(children[:i], func(denser *Trigger) bool { return denser.contains(slot, steps) }) {
				total--
			}
		}
	}
	return total
}

// windowOfAll goes through the slots that the children share.
func (t *Trigger) windowOfAll(after, through int64, keep int, steps *int) (newest []int64, total int64) {
	sparsest := slices.MinFunc(t.children, func(a, b *Trigger) int {
		return int(min(1, max(-1, a.count(after, through)-b.count(after, through))))
	})
	from := sparsest.newestFrom(after, through, maxCompared)
	for slot, ok := sparsest.next(from, steps); ok && slot <= through; slot, ok = sparsest.next(slot, steps) {
		if !t.agree(slot, steps) {
			continue
		}
		total++
		if keep > 0 {
			// Twice the room keeps the copying down.
			if newest = append(newest, slot); len(newest)-keep >= keep {
				newest = append(newest[:0], newest[len(newest)-keep:]...)
			}
		}
	}
	return newest[max(0, len(newest)-keep):], total
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
