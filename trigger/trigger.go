package trigger

import (
	"slices"
	"time"
)

// Trigger is a compiled Spec: immutable, safe for concurrent use, and a pure function of time. Make one with Compile.
type Trigger struct {
	kind      kind
	zone      *zone
	calendar  *calendar  // of kindCalendar
	interval  interval   // of kindInterval
	runAt     int64      // of kindDate
	runAtWall int64      // of kindDate: what was written, which differs from what the clock shows if the clock skips it
	children  []*Trigger // of kindAnyOf and kindAllOf
	// parts have the slots that the children of kindAllOf share, and are as few as could be made of them.
	parts []*Trigger

	// The bounds of all slots, inclusive.
	startAt, endAt int64

	jitter   time.Duration
	text     string
	hash     string
	warnings []Warning
	// remarks returns all warnings of a trigger that NeedsSearch: some are found out when they are first asked for. Anchored copies share it. It is nil for others.
	remarks func() []Warning

	// field is the name of the kind, and never is why the trigger cannot fire, as far as arithmetic can tell.
	field string
	never verdict
	// anchored is set where a date without runAt has been bound to a time that is not written.
	anchored bool
}

type kind int

const (
	kindCalendar kind = iota
	kindInterval
	kindDate
	kindUnsetDate // a date without runAt that is not anchored yet
	kindAnyOf
	kindAllOf
	kindShutdown
)

// Anchored returns the trigger with every date without RunAt, also those inside anyOf and allOf, bound to the moment at
// which the trigger was first recorded, cut to the second (T5). It returns t itself when there is no such date. Until then such
// a date has no slot.
func (t *Trigger) Anchored(recorded time.Time) *Trigger {
	if t.kind == kindUnsetDate {
		bound := *t
		bound.kind, bound.runAt, bound.anchored = kindDate, recorded.Unix(), true
		bound.runAtWall = t.zone.wallOf(bound.runAt)
		return &bound
	}
	for i, child := range t.children {
		anchored := child.Anchored(recorded)
		if anchored == child {
			continue
		}
		bound := *t
		bound.children = slices.Clone(t.children)
		bound.children[i], bound.anchored = anchored, true
		if part := slices.Index(t.parts, child); part >= 0 {
			bound.parts = slices.Clone(t.parts)
			bound.parts[part] = anchored
		}
		return bound.Anchored(recorded)
	}
	return t
}

// Shutdown reports whether the trigger stands for the end of the Scheduler. Such a trigger has no slot until it is bound by Ending.
func (t *Trigger) Shutdown() bool { return t.kind == kindShutdown }

// Ending returns a shutdown trigger bound to the end of the Scheduler, cut to the second: its one slot (P3). It returns t itself when it is another trigger.
func (t *Trigger) Ending(at time.Time) *Trigger {
	if t.kind != kindShutdown {
		return t
	}
	bound := *t
	bound.kind, bound.runAt = kindDate, at.Unix()
	bound.runAtWall = t.zone.wallOf(bound.runAt)
	return &bound
}

// Next returns the first slot strictly after the given instant: a whole second, in UTC. The answer is false when there is none,
// or, of a trigger that NeedsSearch, when none was found within the steps of one Search.
func (t *Trigger) Next(after time.Time) (slot time.Time, ok bool) {
	steps := 0
	next, ok := t.next(after.Unix(), &steps)
	if !ok {
		return time.Time{}, false
	}
	return time.Unix(next, 0).UTC(), true
}

// next is Next on Unix seconds. It adds to a count of the steps that it takes: each is a constant amount of work.
func (t *Trigger) next(after int64, steps *int) (slot int64, ok bool) {
	*steps++
	after = max(after, t.startAt-1)
	if after >= t.endAt {
		return 0, false
	}
	switch t.kind {
	case kindCalendar:
		slot, ok = nextOnClock(t.calendar, t.zone, after, steps)
	case kindInterval:
		slot, ok = t.interval.next(t.zone, after, steps), true
	case kindDate:
		slot, ok = t.runAt, t.runAt > after
	case kindAnyOf:
		slot, ok = t.nextOfAny(after, steps)
	case kindAllOf:
		found := t.searchAll(after, t.endAt, *steps+pieceSteps, steps)
		slot, ok = found.slot, found.outcome == Found
	default: // has no slots
	}
	return slot, ok && slot <= t.endAt
}

// IsSlot reports whether an instant is a slot.
func (t *Trigger) IsSlot(instant time.Time) bool {
	steps := 0
	return instant.Nanosecond() == 0 && t.contains(instant.Unix(), &steps)
}

// contains reports whether an instant is a slot.
func (t *Trigger) contains(instant int64, steps *int) bool {
	if t.NeedsSearch() {
		return t.startAt <= instant && instant <= t.endAt && t.agree(instant, steps)
	}
	slot, ok := t.next(instant-1, steps)
	return ok && slot == instant
}

// Location returns the resolved zone.
func (t *Trigger) Location() *time.Location { return t.zone.location }

// TimeZone returns the name of the resolved zone.
func (t *Trigger) TimeZone() string { return t.zone.name }

// String returns one line for people, such as "30 8 * * mon-fri America/New_York". Bounds and jitter are not in it.
func (t *Trigger) String() string { return t.text }

// Hash identifies the resolved trigger: a version and eight hexadecimal digits over its canonical form, zone, bounds and jitter included (T9).
// It does not depend on Env.Created, on Anchored or on the release of the zone rules.
func (t *Trigger) Hash() string { return t.hash }

// OneShot reports whether the trigger is a date.
func (t *Trigger) OneShot() bool { return t.kind == kindDate || t.kind == kindUnsetDate }

// FirstRecordedThrough returns where the watermark of a new Task starts: one second before its creation, or, for a date with an
// earlier RunAt, one second before that (T5).
func (t *Trigger) FirstRecordedThrough(created time.Time) time.Time {
	first := created.Unix()
	if t.kind == kindDate {
		first = min(first, t.runAt)
	}
	return time.Unix(first-1, 0).UTC()
}
