package trigger

import (
	"fmt"
	"math/bits"
	"slices"
)

// This file finds triggers that can never fire (T10): by what is written, whatever the time. A trigger that had slots and has no further one is not among them.

// A verdict says why a trigger can never fire. The zero value means that this is not known.
type verdict struct {
	field string // below the trigger, empty for all of it
	why   string
}

const neverFires = "the trigger never fires: "

// warning renders a verdict as a contradiction.
func (v verdict) warning() Warning {
	return Warning{Field: v.field, Text: neverFires + v.why, Contradiction: true}
}

// judge finds out by arithmetic whether the trigger can fire. It must be called once the trigger is compiled.
func (t *Trigger) judge(bounded bool, steps *int) {
	switch {
	case t.never.why != "":
	case t.endAt < t.startAt:
		t.never = verdict{why: "endAt is before startAt"}
	case t.kind == kindAnyOf:
		t.judgeAny(steps)
	case t.kind == kindAllOf:
		t.never = t.judgeAll(steps)
	default:
		t.never = t.judgeAlone(t.startAt, t.endAt, bounded, steps)
	}
}

// judgeAlone is for a trigger without children, whose slots must lie between two instants.
func (t *Trigger) judgeAlone(startAt, endAt int64, bounded bool, steps *int) verdict {
	if never, known := t.judgeKind(startAt, endAt); known {
		return never
	}
	within := *t
	within.startAt, within.endAt = startAt, maxInstant
	first, ok := within.next(minInstant-1, steps)
	switch {
	case !ok && startAt > minInstant:
		return verdict{field: "startAt", why: "no slot follows startAt"}
	case !ok:
		return verdict{field: t.field, why: "no date matches"}
	case first > endAt && bounded:
		return verdict{field: "endAt", why: fmt.Sprintf("its first slot would be %s, which is after endAt", formatWall(first, "T")+"Z")}
	case first > endAt:
		return verdict{field: t.field, why: "it has no slot within the bounds of the trigger around it"}
	default:
		return verdict{}
	}
}

// judgeKind judges what needs no search: known reports whether that is enough.
func (t *Trigger) judgeKind(startAt, endAt int64) (never verdict, known bool) {
	switch t.kind {
	case kindCalendar:
		if t.calendar.kinds == 0 {
			return verdict{field: t.field, why: "no date matches" + t.calendar.why}, true
		}
		return verdict{}, false
	case kindInterval: // it may have had slots, had the Task been created earlier
		return verdict{}, t.interval.fromCreation() && endAt < t.interval.anchor
	case kindDate:
		if t.runAt < startAt || t.runAt > endAt {
			return verdict{field: t.field, why: "runAt is not between startAt and endAt"}, true
		}
		return verdict{}, true
	default:
		return verdict{}, true
	}
}

// judgeAny warns of children that never fire. If none does, neither does the trigger.
func (t *Trigger) judgeAny(steps *int) {
	dead := 0
	for i, child := range t.children {
		never := child.never
		if never.why == "" {
			never = child.judgeAlone(max(t.startAt, child.startAt), min(t.endAt, child.endAt), false, steps)
		}
		if never.why == "" {
			continue
		}
		dead++
		if path := fmt.Sprintf("anyOf[%d]", i); len(t.children) > 1 && child.endAt >= child.startAt { // of that there is a warning already
			t.warnings = append(t.warnings, Warning{Field: joinPath(path, never.field), Text: "this trigger never fires: " + never.why})
		}
	}
	if dead == len(t.children) {
		t.never = verdict{field: "anyOf", why: "none of its triggers ever does"}
		if len(t.children) == 1 && t.children[0].never.why != "" {
			t.never.why = t.children[0].never.why
		}
	}
}

func joinPath(path, field string) string {
	if field == "" {
		return path
	}
	return path + "." + field
}

// fromCreation reports whether the interval counts from the creation of the Task.
func (iv *interval) fromCreation() bool { return iv.first == 1 }

// noDate explains why no date matches, for months and days of the month of which no combination exists.
func noDate(months uint16, days uint64) string {
	longest := 0
	for month := 1; month <= 12; month++ {
		if months>>month&1 == 0 {
			continue
		}
		length := monthLength(2000, month)
		longest = max(longest, length)
	}
	if first := bits.TrailingZeros64(days); longest > 0 && first > longest && first <= 31 {
		return fmt.Sprintf(", because the months have at most %d days and the days begin with %d", longest, first)
	}
	return ""
}

// searchNever looks for a slot of a trigger that NeedsSearch over a whole cycle of the calendar. It knows nothing of a trigger whose search takes more steps than one
// call of Search has, some hundred candidates.
func (t *Trigger) searchNever(steps *int) verdict {
	if !t.NeedsSearch() || t.anchored || t.endAt < recent || slices.ContainsFunc(t.children, t.mayHaveEnded) {
		return verdict{}
	}
	from, through := max(recent, t.startAt)-1, recent
	for _, part := range t.parts {
		slot, ok := part.next(from, steps)
		if !ok {
			return verdict{}
		}
		from = max(from, slot-1)
		if part.kind == kindCalendar && part.calendar.years != nil {
			through = maxInstant // the years do not repeat
		}
	}
	through = min(t.endAt, max(through, max(from, repeatStart)+secondsPerCycle))
	found := t.searchThrough(from, through, *steps+pieceSteps, steps)
	if found.outcome != Never {
		return verdict{}
	}
	return verdict{field: "allOf", why: "its triggers have no instant in common"}
}

// mayHaveEnded reports whether nothing can be said of a child: its slots depend on when the Task is recorded, or lie before those that are of interest.
func (t *Trigger) mayHaveEnded(child *Trigger) bool {
	return child.kind == kindUnsetDate || child.endAt < recent ||
		child.kind == kindInterval && child.interval.fromCreation() && min(t.endAt, child.endAt) < child.interval.anchor
}

// recent is the instant from which on slots are of interest.
const recent int64 = 0 // 1970
