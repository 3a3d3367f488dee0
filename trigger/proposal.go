package trigger

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"
)

// This file renders what a hint proposes (T10): a value of a field, a schedule, or another field of the trigger.

// renderValues renders a set of numbers as the shortest expression that both dialects read alike: a value, a range, a range with a step,
// or a list of values and ranges.
func renderValues(set uint64) string {
	var values []int
	for rest := set; rest != 0; rest &= rest - 1 {
		values = append(values, bits.TrailingZeros64(rest))
	}
	if step, ok := evenStep(values); ok && step > 1 && len(values) > 2 {
		return fmt.Sprintf("%d-%d/%d", values[0], values[len(values)-1], step)
	}
	var items []string
	for start := 0; start < len(values); {
		end := start
		for end+1 < len(values) && values[end+1] == values[end]+1 {
			end++
		}
		if end-start < 2 {
			end = start
			items = append(items, strconv.Itoa(values[start]))
		} else {
			items = append(items, fmt.Sprintf("%d-%d", values[start], values[end]))
		}
		start = end + 1
	}
	return strings.Join(items, ",")
}

// evenStep returns the distance of ascending values, and false if they have more than one.
func evenStep(values []int) (step int, ok bool) {
	if len(values) < 2 {
		return 0, false
	}
	step = values[1] - values[0]
	for i := 2; i < len(values); i++ {
		if values[i]-values[i-1] != step {
			return 0, false
		}
	}
	return step, true
}

// yamlValue renders the expression of a cron field as it stands in a manifest: a number as it is, everything else quoted.
func yamlValue(expression string) string {
	if n, err := strconv.Atoi(expression); err == nil && strconv.Itoa(n) == expression {
		return expression
	}
	return strconv.Quote(expression)
}

// schedulePrefix begins a proposal that is a schedule. Where the trigger has a schedule already, its value alone is shown.
const schedulePrefix = "schedule: "

// proposeSchedule renders a schedule as a proposal, without superfluous blanks.
func proposeSchedule(parts []string) string {
	return schedulePrefix + strconv.Quote(strings.Join(parts, " "))
}

// proposeCron renders cron fields as a proposal. Fields that are not given are left out.
func proposeCron(fields *CronFields) string {
	var parts []string
	for i, text := range fields.texts() {
		if text != "" {
			parts = append(parts, cronFields[i].name+": "+yamlValue(text))
		}
	}
	return "cron: {" + strings.Join(parts, ", ") + "}"
}

// intervalUnits are the units of an interval, by the words and letters for them.
var intervalUnits = map[string]string{
	"second": "seconds", "sec": "seconds", "s": "seconds",
	"minute": "minutes", "min": "minutes", "m": "minutes",
	"hour": "hours", "hr": "hours", "h": "hours",
	"day": "days", "d": "days",
	"week": "weeks", "w": "weeks",
}

// proposeInterval renders a number of units as a proposal, empty if they are no interval. Days that are 24 hours each, whatever the clock does, are hours in a
// zone whose clock changes.
func proposeInterval(number, unit string, z *zone, elapsed bool) string {
	n, ok := parseDigits(number, 1, maxYear*366)
	plain, known := intervalUnits[unit]
	if word := strings.ToLower(unit); !known && len(word) > 2 { // M can be months, and ms are none of these
		plain, known = intervalUnits[strings.TrimSuffix(word, "s")]
	}
	if !ok || !known {
		return ""
	}
	if elapsed && !z.fixed() {
		switch plain {
		case "days":
			n, plain = n*24, "hours"
		case "weeks":
			n, plain = n*7*24, "hours"
		}
	}
	return fmt.Sprintf("interval: {%s: %d}", plain, n)
}
