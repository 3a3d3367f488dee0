package trigger

import "slices"

// This file tells whether triggers share a time of day, under all offsets that their clocks have together (T6).

// A timeOfDay is a child of allOf as far as times of day are concerned.
type timeOfDay struct {
	zone  *zone
	match func(second int64) bool // of the wall clock
	times *calendar               // nil for an interval
	exact int64                   // the time of day of an interval of days
}

// timesMeet reports whether there can be a time of day that all children have, whatever the day. It is true whenever that is not known.
func (t *Trigger) timesMeet(common progression, from, through int64) bool {
	var sets []timeOfDay
	for _, child := range t.children {
		switch {
		case child.kind == kindCalendar:
			sets = append(sets, timeOfDay{zone: child.zone, times: child.calendar, match: child.calendar.hasTime})
		case child.kind == kindInterval && child.interval.days > 0 && child.interval.seconds == 0:
			_, second := floorDiv(child.interval.anchorWall, secondsPerDay)
			sets = append(sets, timeOfDay{zone: child.zone, exact: second, match: func(at int64) bool { return at == second }})
		}
	}
	if len(sets) == 0 {
		return true
	}
	slices.SortStableFunc(sets, func(a, b timeOfDay) int { return int(a.perDay() - b.perDay()) })
	divisor := gcd(common.step, secondsPerDay)
	for clocks := range clocksTogether(sets, from, through) {
		if meetAt(sets, clocks, common.anchor, divisor) {
			return true
		}
	}
	return false
}

func (s *timeOfDay) perDay() int64 {
	if s.times == nil {
		return 1
	}
	return s.times.perDay
}

// A clock is the offset that a zone has, and the one from before if its clock has just been put forward: a time that it skipped fires with that.
type clock struct{ offset, before int64 }

// matchAt reports whether a set has the time that its clock shows at an instant, or would show had it not been put forward.
func (s *timeOfDay) matchAt(instant int64, c clock) bool {
	_, now := floorDiv(instant+c.offset, secondsPerDay)
	_, late := floorDiv(instant+c.before, secondsPerDay)
	return s.match(now) || s.match(late)
}

// meetAt reports whether all sets share a time of day while their clocks are as given, and it is that of an instant congruent to an anchor.
func meetAt(sets []timeOfDay, clocks [MaxChildren]clock, anchor, divisor int64) bool {
	fits := func(instant int64) bool {
		if _, rest := floorDiv(instant-anchor, divisor); rest != 0 {
			return false
		}
		for i := range sets {
			if !sets[i].matchAt(instant, clocks[i]) {
				return false
			}
		}
		return true
	}
	for second := sets[0].nextTime(0); second >= 0; second = sets[0].nextTime(second + 1) {
		if fits(second-clocks[0].offset) || fits(second-clocks[0].before) {
			return true
		}
	}
	return false
}

// nextTime returns the first time of day at or after another, or -1.
func (s *timeOfDay) nextTime(at int64) int64 {
	switch {
	case at >= secondsPerDay:
		return -1
	case s.times != nil:
		return s.times.nextTime(at)
	case at <= s.exact:
		return s.exact
	default:
		return -1
	}
}

// hasTime reports whether a time of day matches.
func (c *calendar) hasTime(second int64) bool { return c.nextTime(second) == second }

// clocksTogether goes through the states that the clocks of several sets are in at some instant, each once. From 2100 on the rules of all zones repeat, so a few
// years stand for the rest.
func clocksTogether(sets []timeOfDay, from, through int64) func(yield func([MaxChildren]clock) bool) {
	through = min(through, max(from, repeatStart)+30*366*secondsPerDay)
	return func(yield func([MaxChildren]clock) bool) {
		seen := map[[MaxChildren]clock]bool{}
		for at := from; at <= through; {
			next := through + 1
			var clocks [MaxChildren]clock
			for i := range sets {
				s := sets[i].zone.at(at)
				clocks[i] = clock{s.offset, s.offset}
				next = min(next, s.end)
				if late := s.start + s.gap(); at < late {
					clocks[i].before = s.before
					next = min(next, late)
				}
			}
			if !seen[clocks] {
				if seen[clocks] = true; !yield(clocks) {
					return
				}
			}
			at = next
		}
	}
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
