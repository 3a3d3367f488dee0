package trigger

import (
	"cmp"
	"fmt"
	"strings"
)

// This file reads the field dialect of Asyncz (T2).

// The fields of a cron trigger, the most significant first.
var cronFields = [8]field{
	{name: "year", min: firstCronYear, max: maxYear},
	{name: "month", min: 1, max: 12, names: monthNames},
	{name: "day", min: 1, max: 31},
	{name: "week", min: 1, max: 53},
	{name: "dayOfWeek", min: 0, max: 6, names: weekdayNames},
	{name: "hour", min: 0, max: 23},
	{name: "minute", min: 0, max: 59},
	{name: "second", min: 0, max: 59},
}

var weekdayNames = []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}

const (
	cronYear = iota
	cronMonth
	cronDay
	cronWeek
	cronDayOfWeek
	cronHour
	cronMinute
	cronSecond
)

// texts returns the expressions in the order of cronFields, trimmed. An empty one is not given.
func (c *CronFields) texts() [len(cronFields)]string {
	texts := [len(cronFields)]string{c.Year, c.Month, c.Day, c.Week, c.DayOfWeek, c.Hour, c.Minute, c.Second}
	for i := range texts {
		texts[i] = strings.TrimSpace(texts[i])
	}
	return texts
}

// cronValues collects what the expressions of all fields name.
type cronValues struct {
	bits  [len(cronFields)]uint64 // but those of the year
	years *yearSet
	// lastDay, nth and lastWeekday are the special days: the last of the month, and bit w of nth[n] for the n-th weekday w of it.
	lastDay     bool
	nth         [6]uint8
	lastWeekday uint8
	steps       [len(cronFields)][]stepped
}

// parseCron compiles the fields of a cron trigger. Error and warning fields start with "cron".
func parseCron(fields *CronFields) (*calendar, []Warning, *Error) {
	texts := fields.texts()
	values, i, err := readCron(texts)
	if err != nil {
		if text := repairCron(texts, i); text != "" {
			err.Hint = fmt.Sprintf("write %s: %s", cronFields[i].name, yamlValue(text))
		} else if day := weekdayOfMonth(texts[cronDayOfWeek], nil); i == cronDayOfWeek && day != "" && !restricted([]string{cmp.Or(texts[cronDay], "*")}) {
			err.Hint = fmt.Sprintf("write day: %q in place of dayOfWeek", day)
		}
		return nil, nil, &Error{Field: "cron." + cronFields[i].name, Part: err.Part, Problem: err.Problem, Hint: err.Hint}
	}
	var warnings []Warning
	if texts == [len(cronFields)]string{} {
		warnings = append(warnings, Warning{Field: "cron", Text: "no field is given, so every second has a slot"})
	}
	if text := texts[cronDayOfWeek]; strings.ContainsAny(weekdayNumbers(text), "0123456789") {
		warnings = append(warnings, Warning{Field: "cron.dayOfWeek", Text: fmt.Sprintf(
			"numbers of days count from 0 for Monday here and from 0 for Sunday in schedule; %q is clearer", values.weekdayNames())})
	}
	compiled := values.calendar()
	return compiled, append(warnings, values.gapWarnings(compiled)...), nil
}

// readCron reads the expressions of all fields. An error comes with the number of its field.
func readCron(texts [len(cronFields)]string) (values *cronValues, i int, err *Error) {
	last := len(texts) - 1
	for last >= 0 && texts[last] == "" {
		last--
	}
	values = new(cronValues)
	for i, text := range texts {
		switch {
		case text != "":
		case i > last && last >= 0 && i != cronWeek && i != cronDayOfWeek:
			text = fmt.Sprint(cronFields[i].min)
		default:
			text = "*"
		}
		if err := values.parse(i, text); err != nil {
			return nil, i, err
		}
	}
	return values, 0, nil
}

// repairCron returns the expression of a field in which everything is replaced that can be said in another way, and an empty string if something cannot.
func repairCron(texts [len(cronFields)]string, i int) string {
	texts[i] = strings.ToLower(texts[i])
	for range maxRepairs {
		values := new(cronValues)
		err := values.parse(i, texts[i])
		if err == nil {
			return texts[i]
		}
		instead := err.instead
		if err.beyond && everyHigher(texts, i) {
			instead = "0"
		}
		if instead == "" {
			return ""
		}
		texts[i] = replaceItem(texts[i], err.Part, instead)
	}
	return ""
}

// everyHigher reports whether all fields more significant than one match every value, so that what belongs to the next day, hour or minute may as well be in this one.
func everyHigher(texts [len(cronFields)]string, i int) bool {
	for _, text := range texts[:i] {
		if text != "" && text != "*" {
			return false
		}
	}
	return true
}

// weekdayNumbers returns an expression for the day of week without its steps: what is left has digits only where it numbers days.
func weekdayNumbers(text string) string {
	var numbers strings.Builder
	for item := range strings.SplitSeq(text, ",") {
		values, _, _ := strings.Cut(item, "/")
		numbers.WriteString(values)
	}
	return numbers.String()
}

// weekdayNames renders the days of the week as a list of names.
func (v *cronValues) weekdayNames() string {
	var names []string
	for weekday, name := range weekdayNames {
		if v.bits[cronDayOfWeek]>>weekday&1 != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, ",")
}

// parse reads the expression of one field: a comma-separated list.
func (v *cronValues) parse(i int, text string) *Error {
	if i == cronYear && text != "*" {
		v.years = new(yearSet)
	}
	for item := range strings.SplitSeq(text, ",") {
		item = strings.ToLower(strings.TrimSpace(item))
		if item == "" {
			return cronFields[i].emptyItem(text)
		}
		if i == cronDay && v.addSpecialDay(item) {
			continue
		}
		from, to, step, err := cronFields[i].parseCronItem(item)
		if err != nil {
			return err
		}
		if strings.Contains(item, "/") {
			v.steps[i] = append(v.steps[i], stepped{item: item, from: from, to: to, step: step, open: !strings.Contains(item, "-")})
		}
		if i == cronYear {
			if v.years != nil {
				v.years.add(from, to, step)
			}
			continue
		}
		for value := from; value <= to; value += step {
			v.bits[i] |= 1 << value
		}
	}
	return nil
}

// addSpecialDay reads "last" and "2nd tue". It reports whether the item is one of these.
func (v *cronValues) addSpecialDay(item string) bool {
	words := strings.Fields(item)
	if len(words) == 1 && words[0] == "last" {
		v.lastDay = true
		return true
	}
	if len(words) != 2 {
		return false
	}
	for weekday, name := range weekdayNames {
		if words[1] != name {
			continue
		}
		if words[0] == "last" {
			v.lastWeekday |= 1 << weekday
			return true
		}
		for n, ordinal := range ordinals {
			if words[0] == ordinal {
				v.nth[n] |= 1 << weekday
				return true
			}
		}
	}
	return false
}

var ordinals = map[int]string{1: "1st", 2: "2nd", 3: "3rd", 4: "4th", 5: "5th"}

// calendar compiles the values.
func (v *cronValues) calendar() *calendar {
	c := &calendar{
		seconds:   v.bits[cronSecond],
		minutes:   v.bits[cronMinute],
		hours:     uint32(v.bits[cronHour]),  //nolint:gosec // a set of 24 hours
		months:    uint16(v.bits[cronMonth]), //nolint:gosec // a set of 12 months
		weeks:     v.bits[cronWeek],
		years:     v.years,
		firstYear: firstCronYear,
		why:       noDate(uint16(v.bits[cronMonth]), v.bits[cronDay]), //nolint:gosec // a set of 12 months
	}
	c.setDays(func(day, length, weekday int) bool {
		return v.bits[cronDayOfWeek]>>weekday&1 != 0 && (v.bits[cronDay]>>day&1 != 0 ||
			v.lastDay && day == length ||
			v.nth[(day+6)/7]>>weekday&1 != 0 ||
			day+7 > length && v.lastWeekday>>weekday&1 != 0)
	})
	c.finish()
	return c
}
