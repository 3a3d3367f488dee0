package trigger

import (
	"math/big"
	"slices"
	"strconv"
)

// This file finds by arithmetic that triggers never meet (T6).

// judgeAll finds out whether the children of an allOf trigger can have an instant in common.
func (t *Trigger) judgeAll(steps *int) verdict {
	startAt, endAt, never := t.commonBounds()
	if never.why != "" {
		return never
	}
	if never, decided := t.judgeChildren(startAt, endAt, steps); decided {
		return never
	}
	common, never, decided := t.judgeIntervals(startAt, endAt, steps)
	switch {
	case decided:
		return never
	case endAt < recent:
		return verdict{}
	case len(t.parts) == 1 && t.parts[0].kind == kindCalendar:
		return t.parts[0].judgeIntersection(startAt, endAt, steps)
	case !t.timesMeet(common, max(startAt, recent), endAt, steps):
		never := verdict{field: "allOf", why: "its triggers have no time of day in common"}
		if slices.ContainsFunc(t.children, func(child *Trigger) bool { return child.kind == kindInterval && child.interval.fromCreation() }) {
			never.why += "; an interval without startAt counts from the creation of the Task"
		}
		return never
	case !t.daysMeet(steps):
		return verdict{field: "allOf", why: "no date matches all of its triggers"}
	case !t.datesMeet(steps):
		return verdict{field: "allOf", why: "its triggers have no instant in common"}
	default:
		return verdict{}
	}
}

// commonBounds returns the bounds of the slots that children of allOf can share, or says that they can share none.
func (t *Trigger) commonBounds() (startAt, endAt int64, never verdict) {
	startAt, endAt = t.startAt, t.endAt
	for i, child := range t.children {
		if child.never.why != "" {
			return 0, 0, verdict{field: joinPath("allOf["+strconv.Itoa(i)+"]", child.never.field), why: "one of its triggers never does: " + child.never.why}
		}
		startAt, endAt = max(startAt, child.startAt), min(endAt, child.endAt)
	}
	if endAt < startAt {
		never = verdict{field: "allOf", why: "the bounds of its triggers have no instant in common"}
	}
	return startAt, endAt, never
}

// judgeChildren looks at each child of allOf alone, within the bounds of all.
func (t *Trigger) judgeChildren(startAt, endAt int64, steps *int) (never verdict, decided bool) {
	for i, child := range t.children {
		if child.kind == kindInterval && child.interval.fromCreation() && endAt < child.interval.anchor {
			return verdict{}, true // see judgeAlone
		}
		if never := child.judgeAlone(startAt, endAt, false, steps); never.why != "" {
			return verdict{field: "allOf[" + strconv.Itoa(i) + "]", why: "one of its triggers has no slot within the bounds of all of them"}, true
		}
	}
	return verdict{}, false
}

// judgeIntervals looks at the dates and the intervals of elapsed time among the children. It returns the progression in which the intervals meet.
func (t *Trigger) judgeIntervals(startAt, endAt int64, steps *int) (common progression, never verdict, decided bool) {
	common = progression{step: 1}
	for _, child := range t.children {
		switch {
		case child.kind == kindDate:
			return common, t.judgeInstant(child.runAt, steps), true
		case child.kind == kindInterval && child.interval.days == 0:
			*steps++
			if common = common.meet(child.interval.progression()); common.step == 0 {
				return common, verdict{
					field: "allOf", why: "its intervals never meet: their slots differ by what is no multiple of the greatest common divisor of the distances",
				}, true
			}
		}
	}
	if common.step > maxDistance {
		return common, t.judgeInstant(common.anchor, steps), true
	}
	first, all := t.firstCommon(common, startAt)
	if all && first > endAt {
		never = verdict{field: "endAt", why: "its intervals first meet at " + formatWall(first, "T") + "Z, which is after endAt"}
	}
	return common, never, all
}

// judgeIntersection decides for the one calendar that stands for all children of allOf, within the bounds of all of them.
func (t *Trigger) judgeIntersection(startAt, endAt int64, steps *int) verdict {
	first, ok := t.next(startAt-1, steps)
	switch {
	case ok && first <= endAt:
		return verdict{}
	case t.calendar.perDay == 0:
		return verdict{field: "allOf", why: "its triggers have no time of day in common"}
	case !ok && endAt == maxInstant && startAt == minInstant:
		return verdict{field: "allOf", why: "no date matches all of its triggers"}
	default:
		return verdict{field: "allOf", why: "its triggers have no instant in common"}
	}
}

// firstCommon returns the first instant that all children have if they are all intervals of elapsed time, which meet in a progression.
func (t *Trigger) firstCommon(common progression, startAt int64) (first int64, ok bool) {
	from := startAt
	for _, child := range t.children {
		if child.kind != kindInterval || child.interval.days != 0 {
			return 0, false
		}
		from = max(from, child.interval.start())
	}
	return common.from(from), true
}

// judgeInstant decides whether the children share the only instant that they can.
func (t *Trigger) judgeInstant(instant int64, steps *int) verdict {
	if instant < t.startAt || instant > t.endAt {
		return verdict{field: "allOf", why: "the only instant that its triggers can share is out of its bounds"}
	}
	for _, child := range t.children {
		if child.kind != kindUnsetDate && !child.contains(instant, steps) {
			return verdict{field: "allOf", why: "its triggers have no instant in common"}
		}
	}
	return verdict{}
}

// A progression is the instants anchor + k × step. A step of zero means none at all.
type progression struct{ anchor, step int64 }

// meet returns the instants that two progressions share.
func (p progression) meet(q progression) progression {
	// By the Chinese remainder theorem: a solution of x ≡ p.anchor (mod p.step) and x ≡ q.anchor (mod q.step).
	divisor, factor := new(big.Int), new(big.Int)
	step := big.NewInt(p.step)
	divisor.GCD(factor, nil, step, big.NewInt(q.step))
	distance := big.NewInt(q.anchor - p.anchor)
	count, rest := new(big.Int).QuoRem(distance, divisor, new(big.Int))
	if rest.Sign() != 0 {
		return progression{}
	}
	modulus := new(big.Int).Quo(big.NewInt(q.step), divisor)
	count.Mod(count.Mul(count, factor), modulus)
	common := new(big.Int).Mul(step, modulus)
	anchor := new(big.Int).Add(big.NewInt(p.anchor), new(big.Int).Mul(count, step))
	if !common.IsInt64() || common.Int64() > maxDistance {
		// There is one instant at most within all time: the first at or after its beginning.
		anchor.Sub(anchor, big.NewInt(minInstant)).Mod(anchor, common).Add(anchor, big.NewInt(minInstant))
		if !anchor.IsInt64() || anchor.Int64() > maxInstant {
			return progression{}
		}
		return progression{anchor.Int64(), maxDistance + 1}
	}
	return progression{anchor.Int64(), common.Int64()}
}

// daysMeet reports whether there can be a day that all calendars in one zone have, and all intervals of weeks. It is true whenever that is not known.
func (t *Trigger) daysMeet(steps *int) bool {
	byZone := map[*zone]*calendar{}
	for _, part := range t.parts {
		days := part.namedDays()
		if days == nil || part.zone.movesDays() {
			continue
		}
		if common := byZone[part.zone]; common != nil {
			common.and(days)
			continue
		}
		byZone[part.zone] = days
	}
	for _, common := range byZone {
		common.finish()
		if common.next(dayOf(firstCronYear, 1, 1)*secondsPerDay, steps) == noWall {
			return false
		}
	}
	return true
}

// namedDays returns a calendar with the days that a trigger names, at one time of the day, nil if it names none.
func (t *Trigger) namedDays() *calendar {
	switch {
	case t.kind == kindCalendar:
		days := *t.calendar
		days.hours, days.minutes, days.seconds = 1, 1, 1
		return &days
	case t.kind == kindInterval && t.interval.days > 0 && t.interval.days%7 == 0 && t.interval.seconds == 0:
		days := calendar{hours: 1, minutes: 1, seconds: 1, months: allMonths, weeks: allWeeks, firstYear: minYear}
		anchor, _ := floorDiv(t.interval.anchorWall, secondsPerDay)
		days.setDays(func(_, _, weekday int) bool { return weekday == weekdayOf(anchor) })
		return &days
	default:
		return nil
	}
}

// and keeps the days that another calendar has, too.
func (c *calendar) and(other *calendar) {
	c.months &= other.months
	c.weeks &= other.weeks
	c.firstYear = max(c.firstYear, other.firstYear)
	for length := range c.days {
		for first := range c.days[length] {
			c.days[length][first] &= other.days[length][first]
		}
	}
	c.years = c.years.intersect(other.years)
}

// movesDays reports whether the clock has ever been put forward so that a skipped time falls on another day.
func (z *zone) movesDays() bool {
	for _, g := range z.gaps {
		if g.crossesMidnight() && g.spans[len(g.spans)-1].start >= recent {
			return true
		}
	}
	return false
}
