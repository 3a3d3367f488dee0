package trigger

// This file finds out whether triggers in several zones share a date (T6).

// A dateSet is the days of UTC on which a part of allOf may have slots.
type dateSet struct {
	calendar *calendar // of named days
	// A day that is named may be up to a day earlier or later in UTC.
	earliest, latest int64
}

// datesMeet reports whether there can be a day of UTC on which all calendars have slots. It is true whenever that is not known.
func (t *Trigger) datesMeet(steps *int) bool {
	var sets []dateSet
	from, repeats := dayOf(firstCronYear, 1, 1), true
	for _, part := range t.parts {
		days := part.namedDays()
		if days == nil {
			continue
		}
		days.finish()
		set := dateSet{calendar: days}
		first, last := part.timesOfDay()
		set.earliest, _ = floorDiv(first-part.zone.latest, secondsPerDay)
		set.latest, _ = floorDiv(last-part.zone.earliest, secondsPerDay)
		day, ok := set.next(from, steps)
		if !ok {
			return true // judgeAlone knows better
		}
		from, repeats = max(from, day), repeats && days.years == nil
		sets = append(sets, set)
	}
	if len(sets) < 2 {
		return true
	}
	years := yearWalk{last: maxYear}
	if repeats {
		years.seen = map[[3]int]bool{}
		years.last, _, _ = dateOf(min(from+daysPerCycle, lastDay))
	}
	return shareDate(sets, from, &years, *steps+maxJudgeSteps, steps)
}

// shareDate reports whether sets share a day from another on, true if that is not known at a limit of the steps.
func shareDate(sets []dateSet, from int64, years *yearWalk, limit int, steps *int) bool {
	for agreed := 0; ; {
		for i := range sets {
			start, ok := years.next(from)
			if !ok {
				return false
			}
			if start > from {
				from, agreed = start, 0
			}
			day, ok := sets[i].next(from, steps)
			if !ok {
				return false
			}
			if agreed++; day > from {
				from, agreed = day, 1
			}
			if agreed == len(sets) || *steps > limit {
				return true
			}
		}
	}
}

// A yearWalk leaves out years that are like one before, so that a cycle of the calendar takes some forty years and not 400.
type yearWalk struct {
	year, last int
	// seen holds the kinds of the years that have been gone through from their first day on, each with its neighbours. It is nil if no year is to be left out.
	seen map[[3]int]bool
}

// next returns the first day at or after another that is not in a year to be left out, false if there is none up to the last year.
func (w *yearWalk) next(day int64) (first int64, ok bool) {
	year, _, _ := dateOf(day)
	if year == w.year || w.seen == nil {
		return day, year <= w.last
	}
	for ; year <= w.last; year++ {
		start := dayOf(year, 1, 1)
		kinds := [3]int{yearKind(year - 1), yearKind(year), yearKind(year + 1)}
		if !w.seen[kinds] {
			w.year, w.seen[kinds] = year, w.year > 0
			return max(start, day), true
		}
	}
	return 0, false
}

// next returns the first day of the set at or after another.
func (s *dateSet) next(day int64, steps *int) (first int64, ok bool) {
	for shift := s.earliest; shift <= s.latest; shift++ {
		*steps++
		if named, found := s.calendar.nextDay(day-shift, steps); found && (!ok || named+shift < first) {
			first, ok = named+shift, true
		}
	}
	return first, ok
}

// timesOfDay returns the first and the last time of day that a calendar or an interval of days names.
func (t *Trigger) timesOfDay() (first, last int64) {
	if t.kind == kindInterval {
		_, at := floorDiv(t.interval.anchorWall, secondsPerDay)
		return at, at
	}
	return t.calendar.first, t.calendar.lastTime()
}
