package trigger

import (
	"math/big"
	"strconv"
)

// This file tells by arithmetic that triggers never meet (T6).

// judgeAll finds out whether the children of an allOf trigger can have an instant in common.
func (t *Trigger) judgeAll() verdict {
	startAt, endAt := t.startAt, t.endAt
	for i, child := range t.children {
		if child.never.why != "" {
			return verdict{field: joinPath("allOf["+strconv.Itoa(i)+"]", child.never.field), why: "one of its triggers never does: " + child.never.why}
		}
		startAt, endAt = max(startAt, child.startAt), min(endAt, child.endAt)
	}
	if endAt < startAt {
		return verdict{field: "allOf", why: "the bounds of its triggers have no instant in common"}
	}
	for i, child := range t.children {
		if child.kind == kindInterval && child.interval.fromCreation() && endAt < child.interval.anchor {
			return verdict{} // see judgeAlone
		}
		if never := child.judgeAlone(startAt, endAt, false); never.why != "" {
			return verdict{field: "allOf[" + strconv.Itoa(i) + "]", why: "one of its triggers has no slot within the bounds of all of them"}
		}
	}
	common := progression{step: 1}
	for _, child := range t.children {
		switch {
		case child.kind == kindDate:
			return t.judgeInstant(child.runAt)
		case child.kind == kindInterval && child.interval.days == 0:
			if common = common.meet(progression{child.interval.anchor, child.interval.seconds}); common.step == 0 {
				return verdict{field: "allOf", why: "its intervals never meet: their slots differ by what is no multiple of the greatest common divisor of the distances"}
			}
		}
	}
	if common.step > maxDistance {
		return t.judgeInstant(common.anchor)
	}
	if first, ok := t.firstCommon(common, startAt); ok {
		if first > endAt {
			return verdict{field: "endAt", why: "its intervals first meet at " + formatWall(first, "T") + "Z, which is after endAt"}
		}
		return verdict{}
	}
	if endAt < recent {
		return verdict{}
	}
	if !t.timesMeet(common, max(startAt, recent), endAt) {
		never := verdict{field: "allOf", why: "its triggers have no time of day in common"}
		for _, child := range t.children {
			if child.kind == kindInterval && child.interval.fromCreation() {
				never.why += "; an interval without startAt counts from the creation of the Task"
				break
			}
		}
		return never
	}
	if !t.daysMeet() {
		return verdict{field: "allOf", why: "no date matches all of its triggers"}
	}
	return verdict{}
}

// firstCommon returns the first instant that all children have if they are all intervals of elapsed time, which meet in a progression.
func (t *Trigger) firstCommon(common progression, startAt int64) (first int64, ok bool) {
	from := startAt
	for _, child := range t.children {
		if child.kind != kindInterval || child.interval.days != 0 {
			return 0, false
		}
		from = max(from, child.interval.anchor+child.interval.first*child.interval.seconds)
	}
	_, past := floorDiv(common.anchor-from, common.step)
	return from + past, true
}

// judgeInstant decides whether the children share the only instant that they can.
func (t *Trigger) judgeInstant(instant int64) verdict {
	if instant < t.startAt || instant > t.endAt {
		return verdict{field: "allOf", why: "the only instant that its triggers can share is out of its bounds"}
	}
	steps := 0
	for _, child := range t.children {
		if child.kind != kindUnsetDate && !child.contains(instant, &steps) {
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

// daysMeet reports whether there can be a day that all calendars in one zone have. It is true whenever that is not known.
func (t *Trigger) daysMeet() bool {
	byZone := map[*zone]*calendar{}
	for _, child := range t.children {
		if child.kind != kindCalendar || child.zone.movesDays() {
			continue
		}
		if common := byZone[child.zone]; common != nil {
			common.and(child.calendar)
			continue
		}
		common := *child.calendar
		common.hours, common.minutes, common.seconds = 1, 1, 1
		if common.years != nil {
			years := *common.years
			common.years = &years
		}
		byZone[child.zone] = &common
	}
	for _, common := range byZone {
		common.finish()
		steps := 0
		if common.next(dayOf(firstCronYear, 1, 1)*secondsPerDay, &steps) == noWall {
			return false
		}
	}
	return true
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
	switch {
	case other.years == nil:
	case c.years == nil:
		years := *other.years
		c.years = &years
	default:
		for i := range c.years {
			c.years[i] &= other.years[i]
		}
	}
}

// movesDays reports whether the clock has ever been put forward so that a skipped time falls on another day.
func (z *zone) movesDays() bool {
	for _, s := range z.spans[1:] {
		if s.gap() == 0 || s.start < recent {
			continue
		}
		skipped, _ := floorDiv(s.start+s.before, secondsPerDay)
		landed, _ := floorDiv(s.start+s.before+2*s.gap()-1, secondsPerDay)
		if skipped != landed {
			return true
		}
	}
	return false
}
