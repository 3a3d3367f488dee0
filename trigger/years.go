package trigger

import "math/bits"

const (
	// Cron years begin here (T2).
	firstCronYear = 1970

	yearKinds = 15
)

// yearKind classifies years so that those of one kind have the same days on the same weekdays and in the same ISO weeks. The weekday of 1 January
// and leapness decide, with one exception: 1 January on a Saturday is in week 53 after a leap year, else in week 52.
func yearKind(year int) int {
	weekday := weekdayOf(dayOf(year, 1, 1))
	switch {
	case leap(year):
		return 7 + weekday
	case weekday == 5 && leap(year-1):
		return yearKinds - 1
	default:
		return weekday
	}
}

// exampleYears returns one year of each kind. They lie where all years can match.
func exampleYears() [yearKinds]int {
	return [yearKinds]int{
		2001, 2002, 2003, 2009, 2010, 2011, 2006,
		2024, 2008, 2020, 2004, 2016, 2000, 2012,
		2005,
	}
}

// A yearSet is a set of years between firstCronYear and maxYear.
type yearSet [(maxYear-firstCronYear)/64 + 1]uint64

// add puts the years from one to another into the set, every step-th of them.
func (s *yearSet) add(from, to, step int) {
	for year := from; year <= to; year += step {
		i := year - firstCronYear
		s[i/64] |= 1 << (i % 64)
	}
}

// filter returns the set of the years that satisfy a predicate, nil for nil. Calendars that are made from one another share a set, so it is never changed.
func (s *yearSet) filter(wanted func(year int) bool) *yearSet {
	if s == nil {
		return nil
	}
	filtered := *s
	for year := firstCronYear; year <= maxYear; year++ {
		if i := year - firstCronYear; filtered[i/64]>>(i%64)&1 != 0 && !wanted(year) {
			filtered[i/64] &^= 1 << (i % 64)
		}
	}
	return &filtered
}

// intersect returns the years that two sets have in common. A set that is nil has all years.
func (s *yearSet) intersect(other *yearSet) *yearSet {
	switch {
	case s == nil:
		return other
	case other == nil:
		return s
	}
	common := *s
	for i := range common {
		common[i] &= other[i]
	}
	return &common
}

func (s *yearSet) has(year int) bool {
	i := year - firstCronYear
	return i >= 0 && year <= maxYear && s[i/64]>>(i%64)&1 != 0
}

// next returns the first year of the set at or after the given one, maxYear + 1 if there is none.
func (s *yearSet) next(year int, steps *int) int {
	i := max(year-firstCronYear, 0)
	for word := i / 64; word < len(s); word++ {
		*steps++
		rest := s[word]
		if word == i/64 {
			rest = rest >> (i % 64) << (i % 64)
		}
		if rest != 0 {
			return firstCronYear + word*64 + bits.TrailingZeros64(rest)
		}
	}
	return maxYear + 1
}
