package trigger

import (
	"fmt"
	"strconv"
	"strings"
)

// A moment is a written point in time: an instant, or a local date-time that still needs a zone.
type moment struct {
	wall   int64 // what the clock shows
	offset int64 // seconds east of UTC, of an instant
	local  bool
}

const momentHint = `write it like "2026-12-01T08:00:00Z", or "2026-12-01T08:00:00" for local time`

// parseMoment reads RFC 3339, or a local date-time of the same form without an offset. Slots are whole seconds, so a fraction must be zero.
func parseMoment(field, text string) (moment, *Error) {
	m, problem := readMoment(text)
	if problem != "" {
		return moment{}, &Error{Field: field, Part: text, Problem: fmt.Sprintf("%q %s", text, problem), Hint: momentHint}
	}
	return m, nil
}

// readMoment is parseMoment with nothing but the problem for an error, empty if there is none.
func readMoment(text string) (m moment, problem string) {
	const dateLength, length = len("2006-01-02"), len("2006-01-02T15:04:05")
	if len(text) < length || !strings.ContainsRune("Tt ", rune(text[dateLength])) {
		if _, ok := parseDate(text); ok {
			return m, "has no time of day"
		}
		return m, "is not a date-time"
	}
	day, ok := parseDate(text[:dateLength])
	if !ok {
		return m, "has no valid date"
	}
	second, ok := parseClock(text[dateLength+1 : length])
	if !ok {
		return m, "has no valid time of day"
	}
	m.wall = day*secondsPerDay + second
	rest, ok := skipZeroFraction(text[length:])
	if !ok {
		return m, "has a fraction of a second"
	}
	if m.local = rest == ""; m.local {
		return m, ""
	}
	if m.offset, ok = parseOffset(rest); !ok {
		return m, "has no valid offset from UTC"
	}
	if instant := m.wall - m.offset; instant < minInstant || instant > maxInstant {
		return m, "is not within the years 1 to 9999 of UTC"
	}
	return m, ""
}

// skipZeroFraction cuts off a fraction of a second if all its digits are zero. Otherwise it returns false.
func skipZeroFraction(text string) (rest string, ok bool) {
	digits, hasFraction := strings.CutPrefix(text, ".")
	if !hasFraction {
		return text, true
	}
	rest = strings.TrimLeft(digits, "0123456789")
	fraction := digits[:len(digits)-len(rest)]
	return rest, fraction != "" && strings.Trim(fraction, "0") == ""
}

// parseDate reads YYYY-MM-DD and returns the day.
func parseDate(text string) (int64, bool) {
	if len(text) != 10 || text[4] != '-' || text[7] != '-' {
		return 0, false
	}
	year, ok1 := parseDigits(text[:4], minYear, maxYear)
	month, ok2 := parseDigits(text[5:7], 1, 12)
	if !ok1 || !ok2 {
		return 0, false
	}
	day, ok := parseDigits(text[8:], 1, monthLength(year, month))
	return dayOf(year, month, day), ok
}

// parseClock reads hh:mm:ss and returns the second of the day.
func parseClock(text string) (int64, bool) {
	if len(text) != 8 || text[2] != ':' || text[5] != ':' {
		return 0, false
	}
	hour, ok1 := parseDigits(text[:2], 0, 23)
	minute, ok2 := parseDigits(text[3:5], 0, 59)
	second, ok3 := parseDigits(text[6:], 0, 59)
	return int64(hour*3600 + minute*60 + second), ok1 && ok2 && ok3
}

// parseOffset reads Z, +hh:mm or -hh:mm and returns seconds east of UTC.
func parseOffset(text string) (int64, bool) {
	if text == "Z" || text == "z" {
		return 0, true
	}
	if len(text) != 6 || text[3] != ':' || text[0] != '+' && text[0] != '-' {
		return 0, false
	}
	hour, ok1 := parseDigits(text[1:3], 0, 23)
	minute, ok2 := parseDigits(text[4:], 0, 59)
	offset := int64(hour*3600 + minute*60)
	if text[0] == '-' {
		offset = -offset
	}
	return offset, ok1 && ok2
}

// parseDigits reads a number that consists of digits alone and lies between two others.
func parseDigits(text string, low, high int) (int, bool) {
	if text == "" || strings.Trim(text, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && low <= n && n <= high
}

// instant returns the point in time, reading a local moment in a zone.
func (m moment) instant(z *zone) int64 {
	if m.local {
		return z.instantOf(m.wall)
	}
	return m.wall - m.offset
}

// canonical renders the moment so that equal ones look equal, in UTC unless it is local.
func (m moment) canonical() string {
	if m.local {
		return formatWall(m.wall, "T")
	}
	return formatWall(m.wall-m.offset, "T") + "Z"
}

// formatWall renders a wall time, with a separator between date and time of day.
func formatWall(wall int64, separator string) string {
	day, second := floorDiv(wall, secondsPerDay)
	year, month, dayOfMonth := dateOf(day)
	return fmt.Sprintf("%04d-%02d-%02d%s%02d:%02d:%02d", year, month, dayOfMonth, separator, second/3600, second/60%60, second%60)
}
