package trigger

import "slices"

// This file finds out whether triggers share a time of day, under all offsets that their clocks have together (T6).

// A timeOfDay is a part of allOf as far as times of day are concerned.
type timeOfDay struct {
	zone  *zone
	times *calendar // nil for an interval
	exact int64     // the time of day of an interval of days
}

// maxJudgeSteps is how many steps are spent on each of three questions when an allOf trigger is compiled: which children can be replaced by one trigger, and whether all
// share a time of day, and a date. It is less than a millisecond.
const maxJudgeSteps = 1 << 15

// timesMeet reports whether there can be a time of day that all children have, whatever the day. It is true whenever that is not known.
func (t *Trigger) timesMeet(common progression, from, through int64, steps *int) bool {
	var sets []timeOfDay
	for _, part := range t.parts {
		switch {
		case part.kind == kindCalendar:
			sets = append(sets, timeOfDay{zone: part.zone, times: part.calendar})
		case part.kind == kindInterval && part.interval.days > 0 && part.interval.seconds == 0:
			_, second := floorDiv(part.interval.anchorWall, secondsPerDay)
			sets = append(sets, timeOfDay{zone: part.zone, exact: second})
		}
	}
	if len(sets) == 0 {
		return true
	}
	slices.SortStableFunc(sets, func(a, b timeOfDay) int { return int(a.perDay() - b.perDay()) })
	divisor := gcd(common.step, secondsPerDay)
	limit := *steps + maxJudgeSteps
	for clocks := range clocksTogether(sets, from, through, steps) {
		if *steps > limit || meetAt(sets, clocks, common.anchor, divisor, limit, steps) {
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

// matchAt reports whether a set has the time that its clock shows at an instant, or would show had it not been put forward, down to a unit of a minute or a second.
func (s *timeOfDay) matchAt(instant int64, c clock, unit int64) bool {
	_, now := floorDiv(instant+c.offset, secondsPerDay)
	_, late := floorDiv(instant+c.before, secondsPerDay)
	if s.times == nil {
		return now/unit == s.exact/unit || late/unit == s.exact/unit
	}
	return s.times.hasUnit(now, unit) || s.times.hasUnit(late, unit)
}

// secondsMeet returns which seconds of a minute all sets have at an instant congruent to an anchor. It is false if that is not the same for every minute, because a clock
// is not whole minutes ahead of or behind UTC.
func secondsMeet(sets []timeOfDay, clocks [MaxChildren]clock, anchor, divisor int64) (seconds uint64, ok bool) {
	seconds = allSixty
	for i := range sets {
		if clocks[i].offset%60 != 0 || clocks[i].before%60 != 0 {
			return 0, false
		}
		if times := sets[i].times; times != nil {
			seconds &= times.seconds
		} else {
			seconds &= 1 << (sets[i].exact % 60)
		}
	}
	divisor = gcd(divisor, 60)
	for second := range int64(60) {
		if _, rest := floorDiv(second-anchor, divisor); rest != 0 {
			seconds &^= 1 << second
		}
	}
	return seconds, true
}

// meetAt reports whether all sets share a time of day while their clocks are as given, and it is that of an instant congruent to an anchor. It is true as well when that is
// not known at a limit of the steps.
func meetAt(sets []timeOfDay, clocks [MaxChildren]clock, anchor, divisor int64, limit int, steps *int) bool {
	unit := int64(1)
	if seconds, ok := secondsMeet(sets, clocks, anchor, divisor); ok {
		if seconds == 0 {
			return false
		}
		if 60%divisor == 0 {
			unit = 60 // one second of each minute stands for the others
		}
	}
	fits := func(instant int64) bool {
		if _, rest := floorDiv(instant-anchor, divisor); unit == 1 && rest != 0 {
			return false
		}
		for i := range sets {
			*steps++
			if !sets[i].matchAt(instant, clocks[i], unit) {
				return false
			}
		}
		return true
	}
	for second := sets[0].nextTime(0); second >= 0; second = sets[0].nextTime((second/unit + 1) * unit) {
		*steps++
		if *steps > limit || fits(second-clocks[0].offset) || fits(second-clocks[0].before) {
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

// clocksTogether goes through the states that the clocks of several sets are in at some instant, each once. From 2100 on the rules of all zones repeat, so a few
// years stand for the rest.
func clocksTogether(sets []timeOfDay, from, through int64, steps *int) func(yield func([MaxChildren]clock) bool) {
	through = min(through, max(from, repeatStart)+30*366*secondsPerDay)
	return func(yield func([MaxChildren]clock) bool) {
		seen := map[[MaxChildren]clock]bool{}
		for at := from; at <= through; {
			next := through + 1
			var clocks [MaxChildren]clock
			for i := range sets {
				*steps++
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
