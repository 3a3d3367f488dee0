package trigger

import (
	"fmt"
	"strings"
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

// parseSchedule compiles the five fields or the descriptor of a schedule. An @every is left to parseEvery. The zone is that of the trigger; a hint may depend on it.
func parseSchedule(text string, z *zone) (*calendar, []Warning, *Error) {
	compiled, warnings, err := readSchedule(text)
	if err != nil {
		found := diagnose(text, z, err)
		return nil, nil, &found
	}
	return compiled, warnings, nil
}

// readSchedule compiles a schedule, or says what is the first thing wrong with it.
func readSchedule(text string) (*calendar, []Warning, *Error) {
	if expanded, ok := descriptors[text]; ok {
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
	compiled := scheduleCalendar(sets)
	return compiled, append(warnings, gapWarnings(&sets, compiled)...), nil
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
		hours:     uint32(sets[scheduleHour].bits),  //nolint:gosec // a set of 24 hours
		months:    uint16(sets[scheduleMonth].bits), //nolint:gosec // a set of 12 months
		weeks:     allWeeks,
		firstYear: minYear,
		why:       noDate(uint16(sets[scheduleMonth].bits), sets[scheduleDay].bits), //nolint:gosec // a set of 12 months
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

func wrongFieldCount(text string, parts []string) *Error {
	err := &Error{
		Field: "schedule", Part: text,
		Problem: fmt.Sprintf("found %s, expected 5: minute, hour, day-of-month, month, day-of-week", plural(len(parts), "field")),
		Hint:    `write for example "30 8 * * mon-fri"`,
	}
	if len(parts) == 0 {
		err.Problem = "is blank, expected 5 fields: minute, hour, day-of-month, month, day-of-week"
	}
	return err
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
