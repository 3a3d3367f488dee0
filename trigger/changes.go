package trigger

import (
	"cmp"
	"slices"
	"time"
)

// ChangeKind is what a change of the clock does to a named time.
type ChangeKind int

const (
	// Moved means that the clock skips the time, and that its slot is later by the length of the gap.
	Moved ChangeKind = iota + 1
	// Dropped means that there is no slot: the clock skips a time of a trigger that follows the clock, or repeats one of a trigger whose times happen
	// once.
	Dropped
	// Doubled means that the clock repeats the time, and that it has a second slot.
	Doubled
)

// A Change is the effect of a change of the clock on one named time.
type Change struct {
	Kind ChangeKind
	// Wall is the named time in the zone of the trigger, such as "2026-03-08 02:30:00".
	Wall string
	// At is, for Moved and Doubled, the slot; for Dropped, the instant at which there is none: that of the change of the clock, or that of the repeat. In UTC.
	At time.Time
}

// Changes returns what changes of the clock do to the trigger's times after one instant and up to another, in the order of At: the first of them, up to a
// limit. Of allOf it returns only those that concern a slot.
func (t *Trigger) Changes(after, through time.Time, limit int) []Change {
	found := t.changes(max(after.Unix(), t.startAt-1), min(through.Unix(), t.endAt), limit)
	var changes []Change
	for _, c := range found {
		changes = append(changes, Change{Kind: c.kind, Wall: formatWall(c.wall, " "), At: time.Unix(c.at, 0).UTC()})
	}
	return changes
}

// A change is a Change in seconds.
type change struct {
	kind     ChangeKind
	wall, at int64
}

func (t *Trigger) changes(after, through int64, limit int) []change {
	var found []change
	switch t.kind {
	case kindDate:
		if after < t.runAt && t.runAt <= through && t.zone.wallOf(t.runAt) != t.runAtWall {
			found = append(found, change{Moved, t.runAtWall, t.runAt})
		}
	case kindAnyOf, kindAllOf:
		found = t.childChanges(after, through, limit)
	case kindCalendar, kindInterval:
		for s := t.zone.at(after + 1); ; s = t.zone.at(s.end) {
			if t.kind == kindInterval {
				found = t.interval.appendMoved(found, t.zone, s)
			} else {
				found = t.calendar.appendChanges(found, s, after, limit)
			}
			if s.end > through || len(found) >= limit {
				break
			}
		}
	default: // has no slots
	}
	found = slices.DeleteFunc(found, func(c change) bool { return c.at <= after || c.at > through })
	return found[:min(len(found), max(limit, 0))]
}

// childChanges merges the changes of the children.
func (t *Trigger) childChanges(after, through int64, limit int) []change {
	var found []change
	for _, child := range t.children {
		found = append(found, child.changes(max(after, child.startAt-1), min(through, child.endAt), limit)...)
	}
	slices.SortFunc(found, func(a, b change) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.wall, b.wall), cmp.Compare(a.kind, b.kind))
	})
	if t.kind == kindAllOf {
		steps := 0
		found = slices.DeleteFunc(found, func(c change) bool { return c.kind == Dropped || !t.agree(c.at, &steps) })
	}
	return slices.Compact(found)
}

// appendChanges appends what the change of the clock at the start of a span does to a calendar, after an instant and up to a limit.
func (c *calendar) appendChanges(found []change, s span, after int64, limit int) []change {
	skipped := change{kind: Moved}
	repeated := change{kind: Dropped}
	if c.elapsed {
		skipped.kind, repeated.kind = Dropped, Doubled
	}
	steps := 0
	for wall := c.next(s.high, &steps); wall < s.wallStart() && len(found) < limit; wall = c.next(wall+1, &steps) {
		if skipped.wall, skipped.at = wall, wall-s.before; c.elapsed {
			skipped.at = s.start
		}
		if skipped.at > after {
			found = append(found, skipped)
		}
	}
	for wall := c.next(s.wallStart(), &steps); wall < min(s.high, s.wallEnd()) && len(found) < limit; wall = c.next(wall+1, &steps) {
		if repeated.wall, repeated.at = wall, wall-s.offset; repeated.at > after {
			found = append(found, repeated)
		}
	}
	return found
}

// appendMoved appends the slots of an interval that the change of the clock at the start of a span moves.
func (iv *interval) appendMoved(found []change, z *zone, s span) []change {
	if iv.days == 0 || s.gap() == 0 {
		return found
	}
	skipped := s.start + s.before
	before, _ := floorDiv(skipped-1-iv.anchorWall, iv.days*secondsPerDay)
	for k := max(iv.first, before+1); iv.anchorWall+k*iv.days*secondsPerDay < s.wallStart(); k++ {
		found = append(found, change{Moved, iv.anchorWall + k*iv.days*secondsPerDay + k*iv.seconds, iv.slot(z, k)})
	}
	return found
}
