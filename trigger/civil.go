package trigger

// Proleptic Gregorian calendar arithmetic. Days are counted from 1970-01-01, weekdays from Monday = 0 as in T2.

const (
	secondsPerDay = 86400

	// The calendar repeats after 400 years, weekdays included.
	daysPerCycle    = 146097
	secondsPerCycle = daysPerCycle * secondsPerDay

	// The first and the last second that can be a slot: time.Time renders no other years.
	minInstant int64 = -62135596800
	maxInstant int64 = 253402300799

	minYear, maxYear = 1, 9999

	// lastDay is the last day of maxYear.
	lastDay = maxInstant / secondsPerDay
)

// floorDiv returns the quotient rounded down, and the remainder, which is never negative. The divisor must be positive.
func floorDiv(a, b int64) (quotient, remainder int64) {
	quotient, remainder = a/b, a%b
	if remainder < 0 {
		return quotient - 1, remainder + b
	}
	return quotient, remainder
}

// leap reports whether a year has a 29 February.
func leap(year int) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

// monthLength returns the number of days in a month.
func monthLength(year, month int) int {
	switch month {
	case 2:
		if leap(year) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	default:
		return 31
	}
}

// dayOf returns the day number of a date.
func dayOf(year, month, day int) int64 {
	// Counting years from March puts the leap day last, so that the days before a month are a linear function.
	y := int64(year)
	m := int64(month) - 3
	if m < 0 {
		m += 12
		y--
	}
	cycle, yearOfCycle := floorDiv(y, 400)
	dayOfYear := (153*m+2)/5 + int64(day) - 1
	dayOfCycle := yearOfCycle*365 + yearOfCycle/4 - yearOfCycle/100 + dayOfYear
	return cycle*daysPerCycle + dayOfCycle - daysToMarch0
}

// daysToMarch0 is the distance from 0000-03-01, where dayOf starts its cycles, to 1970-01-01.
const daysToMarch0 = 719468

// dateOf is the inverse of dayOf.
func dateOf(day int64) (year, month, dayOfMonth int) {
	cycle, rest := floorDiv(day+daysToMarch0, daysPerCycle)
	dayOfCycle := uint32(rest) //nolint:gosec // less than a cycle of 400 years
	// Taking out the leap days that lie behind makes all years 365 days long.
	yearOfCycle := (dayOfCycle - dayOfCycle/1460 + dayOfCycle/36524 - dayOfCycle/146096) / 365
	dayOfYear := dayOfCycle - (365*yearOfCycle + yearOfCycle/4 - yearOfCycle/100)
	m := (5*dayOfYear + 2) / 153
	dayOfMonth = int(dayOfYear-(153*m+2)/5) + 1
	year = int(cycle)*400 + int(yearOfCycle)
	month = int(m) + 3
	if month > 12 {
		return year + 1, month - 12, dayOfMonth
	}
	return year, month, dayOfMonth
}

// weekdayOf returns the weekday of a day, 0 for Monday.
func weekdayOf(day int64) int {
	_, weekday := floorDiv(day+3, 7)
	return int(weekday)
}

// isoWeekOf returns the ISO 8601 week of a day: the number of the Thursday of its week within that Thursday's year.
func isoWeekOf(day int64) int {
	thursday := day - int64(weekdayOf(day)) + 3
	year, _, _ := dateOf(thursday)
	return int(thursday-dayOf(year, 1, 1))/7 + 1
}
