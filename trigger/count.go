package trigger

import "math/bits"

// This file counts the slots of a calendar without going through them.

// countOnClock returns the number of slots of a calendar after one instant and up to another.
func countOnClock(c *calendar, z *zone, after, through int64, steps *int) int64 {
	if through <= after {
		return 0
	}
	total := int64(0)
	for s := z.at(after + 1); ; s = z.at(s.end) {
		*steps++
		from, to := max(after+1, s.start), min(through+1, s.end)
		if c.elapsed {
			total += c.count(from+s.offset, to+s.offset, steps)
		} else {
			total += c.count(max(from+s.offset, s.high), to+s.offset, steps) + countLate(c, s, from, to, steps)
		}
		if s.end > through {
			return total
		}
	}
}

// countLate returns the number of slots, from one instant up to but not including another, that only a named time has which the clock
// skipped at the start of a span. One that lands on a named time behind the gap is counted there.
func countLate(c *calendar, s span, from, to int64, steps *int) int64 {
	from, to = from+s.before, min(to+s.before, s.wallStart())
	from = max(from, s.high)
	if from >= to {
		return 0
	}
	total := c.count(from, to, steps)
	for wall := c.next(from, steps); wall < to; wall = c.next(wall+1, steps) {
		landed := wall + s.gap()
		if c.next(landed, steps) == landed {
			total--
		}
	}
	return total
}

// count returns the number of named wall times from one up to but not including another.
func (c *calendar) count(from, to int64, steps *int) int64 {
	if from >= to || c.kinds == 0 {
		return 0
	}
	fromDay, fromTime := floorDiv(from, secondsPerDay)
	toDay, toTime := floorDiv(to, secondsPerDay)
	return c.countDays(fromDay, toDay, steps)*c.perDay - c.countUpTo(fromDay, fromTime, steps) + c.countUpTo(toDay, toTime, steps)
}

// countUpTo returns the number of named times of a day before a time of day.
func (c *calendar) countUpTo(day, at int64, steps *int) int64 {
	if c.countDays(day, day+1, steps) == 0 {
		return 0
	}
	hour, minute, second := uint(at)/3600, uint(at)/60%60, uint(at)%60 //nolint:gosec // a time of day
	perMinute := bits.OnesCount64(c.seconds)
	total := bits.OnesCount32(c.hours&(1<<hour-1)) * bits.OnesCount64(c.minutes) * perMinute
	if c.hours>>hour&1 != 0 {
		total += bits.OnesCount64(c.minutes&(1<<minute-1)) * perMinute
		if c.minutes>>minute&1 != 0 {
			total += bits.OnesCount64(c.seconds & (1<<second - 1))
		}
	}
	return int64(total)
}

// countDays returns the number of matching days from one up to but not including another.
func (c *calendar) countDays(from, to int64, steps *int) int64 {
	from, to = max(from, c.firstDay), min(to, lastDay+1)
	if from >= to {
		return 0
	}
	if c.everyDay {
		return to - from
	}
	year, month, dayOfMonth := dateOf(from)
	// The first month may be cut at its start and the last at its end.
	day := from - int64(dayOfMonth) + 1
	cut := allDays << (dayOfMonth - 1)
	total := 0
	for day < to {
		*steps++
		length := int64(monthLength(year, month))
		if c.months>>month&1 != 0 && c.hasYear(year) {
			mask := c.monthDays(year, month) & cut
			if rest := to - day; rest < length {
				mask &= 1<<rest - 1
			}
			total += bits.OnesCount32(mask)
		}
		cut = allDays
		day += length
		if month++; month > 12 {
			year, month = year+1, 1
		}
	}
	return int64(total)
}
