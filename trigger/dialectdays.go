package trigger

import (
	"regexp"
	"slices"
	"strings"
)

// This file reads the days of other dialects: their numbers, and L and # (T10).

// understandDays reads day of month and day of week. At most one of them may be restricted, but for a crontab.
func (r *reading) understandDays(m *meaning) bool {
	everyWeekday := r.dayOfWeek == "*" || r.dayOfWeek == "?"
	day, hasLast := withoutLast(r.day)
	if hasLast && day == "" {
		m.specialDay, m.day.star = "last", true
		return everyWeekday
	}
	set, err := scheduleFields[scheduleDay].parseSchedulePart(day)
	if err != nil {
		return false
	}
	if m.day = set; hasLast {
		m.specialDay, m.day.star = renderColumn(&set)+",last", true
		return everyWeekday && !set.star
	}
	if everyWeekday {
		m.dayOfWeek.star = true
		return true
	}
	if special := weekdayOfMonth(r.dayOfWeek, r.days); special != "" {
		m.specialDay, m.dayOfWeek.star = special, true
		return m.day.star
	}
	names, ok := r.weekdays()
	m.dayOfWeekNames = names
	return ok && (m.day.star || !r.exclusive)
}

// withoutLast takes the L for the last day out of a list of days.
func withoutLast(list string) (rest string, found bool) {
	items := slices.DeleteFunc(strings.Split(list, ","), func(item string) bool { return strings.EqualFold(item, "L") })
	rest = strings.Join(items, ",")
	return rest, rest != list
}

// weekdays returns the names of the days of week, in the order of their numbers.
func (r *reading) weekdays() (string, bool) {
	if strings.EqualFold(r.dayOfWeek, "L") && len(r.days) == 8 && r.days[0] == "" {
		return "sat", true // the last day of the week
	}
	f := field{name: "day of week", min: 0, max: 6, names: crontabDays[:7]}
	if numbered := strings.ContainsAny(weekdayNumbers(r.dayOfWeek), "0123456789"); numbered {
		if r.days == nil {
			return "", false
		}
		f.max = 7
		if r.days[0] == "" {
			f.min = 1
		}
	}
	set, err := f.parseSchedulePart(r.dayOfWeek)
	if err != nil {
		return "", false
	}
	return weekdayRanges(namesOf(set.bits, f.min)), true
}

// namesOf returns the names of days by their numbers, of which first is Sunday's.
func namesOf(numbers uint64, first int) []string {
	var names []string
	for number := range 8 {
		name := crontabDays[(number-first+7)%7]
		if numbers>>number&1 != 0 && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// weekdayRanges renders names of days, days in a row as a range from Monday on.
func weekdayRanges(names []string) string {
	var items []string
	for start := 0; start < len(weekdayNames); start++ {
		end := start
		for end < len(weekdayNames) && slices.Contains(names, weekdayNames[end]) {
			end++
		}
		switch {
		case end-start > 2:
			items = append(items, weekdayNames[start]+"-"+weekdayNames[end-1])
		case end > start:
			items = append(items, weekdayNames[start:end]...)
		}
		start = max(start, end)
	}
	return strings.Join(items, ",")
}

var (
	nthWeekday  = regexp.MustCompile(`^(?i)([0-7]|sun|mon|tue|wed|thu|fri|sat)#([1-5])$`)
	lastWeekday = regexp.MustCompile(`^(?i)([0-7]|sun|mon|tue|wed|thu|fri|sat)(?:L|#L)$`)
)

// weekdayOfMonth translates "5#2" and "5L", or a list of these, to the words of cron, such
// as "2nd fri". The days are names by their numbers, nil if numbers have no known meaning. It returns an empty string for anything else.
func weekdayOfMonth(text string, days []string) string {
	var words []string
	for item := range strings.SplitSeq(text, ",") {
		word := oneWeekdayOfMonth(item, days)
		if word == "" {
			return ""
		}
		words = append(words, word)
	}
	return strings.Join(words, ",")
}

func oneWeekdayOfMonth(text string, days []string) string {
	var ordinal, day string
	if match := nthWeekday.FindStringSubmatch(text); match != nil {
		day, ordinal = match[1], ordinals[int(match[2][0]-'0')]
	} else if match := lastWeekday.FindStringSubmatch(text); match != nil {
		day, ordinal = match[1], "last"
	} else {
		return ""
	}
	if n, ok := parseDigits(day, 0, 7); ok {
		if n >= len(days) || days[n] == "" {
			return ""
		}
		day = days[n]
	}
	return ordinal + " " + strings.ToLower(day)
}
