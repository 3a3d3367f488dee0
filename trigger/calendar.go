package trigger

import "math/bits"

// A calendar names wall times: every combination of a matching day and a matching time of day. It is the compiled form of
// both a schedule and cron fields.
type calendar struct {
	seconds, minutes uint64 // bits 0-59
	hours            uint32 // bits 0-23
	months           uint16 // bits 1-12
	// days holds the matching days of a month, bits 0-30, by the month's length less 28 and the weekday of its first day. What a schedule or a cron
	// trigger says about days of the month and of the week is all in here.
	days      [4][7]uint32
	weeks     uint64   // ISO weeks, bits 1-53; allWeeks when every week matches
	years     *yearSet // nil: all years from firstYear on
	firstYear int
	why       string // why no date matches, where that can be said

	// What follows is derived by finish.

	firstDay int64  // the first day of firstYear
	kinds    uint16 // the kinds of year that have a matching day at all, see yearKind
	everyDay bool   // every day from firstYear on matches
	elapsed  bool   // all 24 hours match: the trigger follows the clock as it runs (T3)
	first    int64  // the first time of day, in seconds
	inHour   int64  // the first matching second of an hour
	perDay   int64  // the number of matching times of a day
}

const (
	allSixty  uint64 = 1<<60 - 1
	allHours  uint32 = 1<<24 - 1
	allMonths uint16 = 1<<13 - 2
	allDays   uint32 = 1<<31 - 1
	allWeeks  uint64 = 1<<54 - 2

	// noWall stands for a wall time that never comes.
	noWall int64 = 1 << 61
)

// finish derives the fields that searches rely on. It must be called once all others are set.
func (c *calendar) finish() {
	c.firstDay = dayOf(c.firstYear, 1, 1)
	c.elapsed = c.hours == allHours
	c.inHour = int64(bits.TrailingZeros64(c.minutes)*60 + bits.TrailingZeros64(c.seconds))
	c.first = int64(bits.TrailingZeros32(c.hours))*3600 + c.inHour
	c.perDay = int64(bits.OnesCount32(c.hours) * bits.OnesCount64(c.minutes) * bits.OnesCount64(c.seconds))
	c.kinds = 0
	c.everyDay = c.years == nil
	for kind, year := range exampleYears() {
		for month := 1; month <= 12; month++ {
			mask := uint32(0)
			if c.months>>month&1 != 0 {
				mask = c.monthDays(year, month)
			}
			if mask != 0 {
				c.kinds |= 1 << kind
			}
			if mask != allDays>>(31-monthLength(year, month)) {
				c.everyDay = false
			}
		}
	}
	if c.perDay == 0 {
		c.kinds, c.everyDay = 0, false
	}
	c.years = c.years.filter(func(year int) bool { return c.kinds>>yearKind(year)&1 != 0 })
}

// next returns the first named wall time at or after the given one, noWall if there is none up to the last year.
func (c *calendar) next(wall int64, steps *int) int64 {
	*steps++
	day, second := floorDiv(wall, secondsPerDay)
	if c.everyDay {
		return c.nextOfEveryDay(day, second)
	}
	matching, ok := c.nextDay(day, steps)
	if ok && matching == day {
		if at := c.nextTime(second); at >= 0 {
			return day*secondsPerDay + at
		}
		matching, ok = c.nextDay(day+1, steps)
	}
	if !ok {
		return noWall
	}
	return matching*secondsPerDay + c.first
}

// nextOfEveryDay is next for a calendar that matches every day of its years.
func (c *calendar) nextOfEveryDay(day, second int64) int64 {
	switch {
	case day < c.firstDay:
		return c.firstDay*secondsPerDay + c.first
	case day > lastDay:
		return noWall
	}
	if at := c.nextTime(second); at >= 0 {
		return day*secondsPerDay + at
	}
	if day == lastDay {
		return noWall
	}
	return (day+1)*secondsPerDay + c.first
}

// nextTime returns the first matching time at or after a time of day, both in seconds, or -1 if the day has none left.
func (c *calendar) nextTime(at int64) int64 {
	hour, minute, second := uint(at)/3600, uint(at)/60%60, uint(at)%60 //nolint:gosec // a time of day
	if c.hours>>hour&1 != 0 {
		if c.minutes>>minute&1 != 0 {
			if rest := c.seconds >> second; rest != 0 {
				return at + int64(bits.TrailingZeros64(rest))
			}
		}
		if rest := c.minutes >> (minute + 1); rest != 0 {
			minute += 1 + uint(bits.TrailingZeros64(rest))
			return int64(hour*3600 + minute*60 + uint(bits.TrailingZeros64(c.seconds))) //nolint:gosec // a time of day
		}
	}
	if rest := c.hours >> (hour + 1); rest != 0 {
		hour += 1 + uint(bits.TrailingZeros32(rest))
		return int64(hour)*3600 + c.inHour //nolint:gosec // a time of day
	}
	return -1
}

// lastTime returns the last time of day.
func (c *calendar) lastTime() int64 {
	return int64(bits.Len32(c.hours)-1)*3600 + int64(bits.Len64(c.minutes)-1)*60 + int64(bits.Len64(c.seconds)-1)
}

// nextDay returns the first matching day at or after the given one. It skips months and years that have none.
func (c *calendar) nextDay(day int64, steps *int) (int64, bool) {
	year, month, dayOfMonth := dateOf(day)
	if c.hasYear(year) {
		if c.months>>month&1 != 0 {
			if mask := c.monthDays(year, month) >> (dayOfMonth - 1); mask != 0 {
				return day + int64(bits.TrailingZeros32(mask)), true
			}
		}
		if found, ok := c.inYear(year, month+1, steps); ok {
			return found, true
		}
	}
	for {
		if year = c.nextYear(year+1, steps); year > maxYear {
			return 0, false
		}
		if found, ok := c.inYear(year, 1, steps); ok {
			return found, true
		}
	}
}

// inYear returns the first matching day of a year from the first of a month on.
func (c *calendar) inYear(year, month int, steps *int) (int64, bool) {
	for rest := c.months >> month << month; rest != 0; rest &= rest - 1 {
		*steps++
		month = bits.TrailingZeros16(rest)
		if mask := c.monthDays(year, month); mask != 0 {
			return dayOf(year, month, 1+bits.TrailingZeros32(mask)), true
		}
	}
	return 0, false
}

// monthDays returns the matching days of a matching month, bits 0-30.
func (c *calendar) monthDays(year, month int) uint32 {
	first := dayOf(year, month, 1)
	mask := c.days[monthLength(year, month)-28][weekdayOf(first)]
	if c.weeks == allWeeks || mask == 0 {
		return mask
	}
	// Go through the weeks of the month, the first and the last of which may be cut.
	for start := -weekdayOf(first); start < 31; start += 7 {
		if c.weeks>>isoWeekOf(first+int64(max(start, 0)))&1 == 0 {
			mask &^= weekDays(start)
		}
	}
	return mask
}

// weekDays returns the mask of the seven days from a day of the month on, 0 being the first.
func weekDays(start int) uint32 {
	if start < 0 {
		return 0x7f >> -start
	}
	return 0x7f << start
}

// hasYear reports whether a year matches and has a matching day.
func (c *calendar) hasYear(year int) bool {
	if c.years != nil {
		return c.years.has(year)
	}
	return year >= c.firstYear && year <= maxYear && c.kinds>>yearKind(year)&1 != 0
}

// nextYear returns the first year at or after the given one that matches and has a matching day, or one beyond maxYear.
func (c *calendar) nextYear(year int, steps *int) int {
	if c.kinds == 0 {
		return maxYear + 1
	}
	if c.years != nil {
		return c.years.next(year, steps)
	}
	year = max(year, c.firstYear)
	for year <= maxYear && c.kinds>>yearKind(year)&1 == 0 {
		*steps++
		year++
	}
	return year
}
