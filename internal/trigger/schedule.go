package trigger

import (
	"fmt"
	"strings"
	"time"
)

// This file reads CronJob's dialect (T1).

// The fields of a schedule, in order.
var scheduleFields = [5]field{
	{name: "minute", min: 0, max: 59},
	{name: "hour", min: 0, max: 23},
	{name: "day of month", min: 1, max: 31},
	{name: "month", min: 1, max: 12, names: monthNames},
	{name: "day of week", min: 0, max: 7, names: []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}},
}

const (
	scheduleMinute = iota
	scheduleHour
	scheduleDay
	scheduleMonth
	scheduleWeekday
)

var descriptors = map[string]string{
	"@yearly":   "0 0 1 1 *",
	"@annually": "0 0 1 1 *",
	"@monthly":  "0 0 1 * *",
	"@weekly":   "0 0 * * 0",
	"@daily":    "0 0 * * *",
	"@midnight": "0 0 * * *",
	"@hourly":   "0 * * * *",
}

// parseSchedule compiles the five fields or the descriptor of a schedule. An @every is left to parseEvery.
func parseSchedule(text string) (*calendar, []Warning, *Error) {
	if err := checkZonePrefix(text); err != nil {
		return nil, nil, err
	}
	if strings.HasPrefix(strings.TrimSpace(text), "@") {
		expanded, ok := descriptors[text]
		if !ok {
			return nil, nil, unknownDescriptor(text)
		}
		text = expanded
	}
	parts := strings.Fields(text)
	if len(parts) != len(scheduleFields) {
		return nil, nil, wrongFieldCount(text, parts)
	}
	var sets [len(scheduleFields)]valueSet
	var warnings []Warning
	for i, part := range parts {
		set, err := scheduleFields[i].parseSchedulePart(part)
		if err != nil {
			err.Field = "schedule"
			return nil, nil, err
		}
		sets[i] = set
		for _, text := range set.remarks {
			warnings = append(warnings, Warning{Field: "schedule", Text: text})
		}
	}
	if days, weekdays := sets[scheduleDay], sets[scheduleWeekday]; !days.star && !weekdays.star {
		warnings = append(warnings, Warning{Field: "schedule", Text: fmt.Sprintf(
			"day of month %q and day of week %q are both restricted, so a day that matches either of them has slots; "+
				"for days that match both use cron with day and dayOfWeek", parts[scheduleDay], parts[scheduleWeekday])})
	}
	return scheduleCalendar(sets), warnings, nil
}

// scheduleCalendar compiles the values of the five fields.
func scheduleCalendar(sets [len(scheduleFields)]valueSet) *calendar {
	days, weekdays := sets[scheduleDay], sets[scheduleWeekday]
	// Sunday is 0 and 7 here, and 6 in a calendar.
	sunday := weekdays.bits&1 | weekdays.bits>>7&1
	onWeekdays := weekdays.bits>>1&0x3f | sunday<<6
	either := !days.star && !weekdays.star
	c := &calendar{
		seconds:   1,
		minutes:   sets[scheduleMinute].bits,
		hours:     uint32(sets[scheduleHour].bits),
		months:    uint16(sets[scheduleMonth].bits),
		weeks:     allWeeks,
		firstYear: minYear,
	}
	c.setDays(func(day, _, weekday int) bool {
		onDay, onWeekday := days.bits>>day&1 != 0, onWeekdays>>weekday&1 != 0
		if either {
			return onDay || onWeekday
		}
		return onDay && onWeekday
	})
	c.finish()
	return c
}

// setDays fills in the matching days of every month length and first weekday from a predicate over one day of a month.
func (c *calendar) setDays(matches func(day, length, weekday int) bool) {
	for length := 28; length <= 31; length++ {
		for first := range 7 {
			mask := uint32(0)
			for day := 1; day <= length; day++ {
				if matches(day, length, (first+day-1)%7) {
					mask |= 1 << (day - 1)
				}
			}
			c.days[length-28][first] = mask
		}
	}
}

const everyPrefix = "@every "

// parseEvery reads the duration of an @every, in seconds.
func parseEvery(text string) (int64, *Error) {
	written := strings.TrimPrefix(text, everyPrefix)
	bad := func(problem string) (int64, *Error) {
		return 0, &Error{
			Field: "schedule", Part: written, Problem: fmt.Sprintf("duration %q %s", written, problem),
			Hint: `write whole seconds like "@every 90s" or "@every 1h30m"`,
		}
	}
	distance, err := time.ParseDuration(written)
	switch {
	case err != nil:
		return bad("is not a duration")
	case distance < time.Second:
		return bad("is less than a second")
	case distance%time.Second != 0:
		return bad("is not a whole number of seconds")
	}
	return int64(distance / time.Second), nil
}

// checkZonePrefix rejects the TZ= and CRON_TZ= of other dialects.
func checkZonePrefix(text string) *Error {
	first, rest, _ := strings.Cut(strings.TrimSpace(text), " ")
	name, isZone := strings.CutPrefix(strings.TrimPrefix(first, "CRON_"), "TZ=")
	if !isZone {
		return nil
	}
	hint := "write the zone in timeZone instead"
	if _, known := loadZone(name); known && rest != "" {
		hint = fmt.Sprintf("write timeZone: %s and schedule: %q instead", name, strings.TrimSpace(rest))
	}
	return &Error{Field: "schedule", Part: first, Problem: fmt.Sprintf("%q is not part of a schedule", first), Hint: hint}
}

func unknownDescriptor(text string) *Error {
	err := &Error{Field: "schedule", Part: text, Problem: fmt.Sprintf("%q is not known", text)}
	tidied := strings.ToLower(strings.TrimSpace(text))
	switch _, known := descriptors[tidied]; {
	case known:
		err.Hint = fmt.Sprintf("write %q", tidied)
	case tidied == "@reboot":
		err.Hint = "write date: {} for a single run as soon as possible"
	case strings.HasPrefix(tidied, strings.TrimSpace(everyPrefix)):
		err.Hint = `write a duration like "@every 1h30m"`
	default:
		err.Hint = "write @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually or @every with a duration"
	}
	return err
}

func wrongFieldCount(text string, parts []string) *Error {
	err := &Error{
		Field: "schedule", Part: text,
		Problem: fmt.Sprintf("found %s, expected 5: minute, hour, day-of-month, month, day-of-week", plural(len(parts), "field")),
	}
	switch len(parts) {
	case 4:
		err.Hint = fmt.Sprintf("write %q if the day of week does not matter", strings.Join(parts, " ")+" *")
	case 6:
		err.Hint = fmt.Sprintf("seconds need cron with the field second; without them write %q", strings.Join(parts[1:], " "))
	default:
		err.Hint = `write for example "30 8 * * mon-fri"`
	}
	return err
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
