package trigger

import (
	"fmt"
	"strconv"
	"strings"
)

// A field is one column of a schedule or one field of a cron trigger.
type field struct {
	name     string
	min, max int
	names    []string // of the values from min on, three letters each
}

var monthNames = []string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}

// A valueSet is the meaning of one column of a schedule.
type valueSet struct {
	bits    uint64
	star    bool     // every value, written as such: * or ?
	remarks []string // what may surprise
}

// parseSchedulePart reads a column in CronJob's dialect: a list of *, ?, a number or name, a range, each with an optional step.
// Empty items of the list are ignored, as CronJob does.
func (f *field) parseSchedulePart(text string) (valueSet, *Error) {
	var set valueSet
	for item := range strings.SplitSeq(text, ",") {
		if item == "" {
			continue
		}
		if err := f.addScheduleItem(&set, item); err != nil {
			return valueSet{}, err
		}
	}
	return set, nil
}

func (f *field) addScheduleItem(set *valueSet, item string) *Error {
	values, stepText, hasStep := strings.Cut(item, "/")
	from, to, star, err := f.scheduleRange(values, item, hasStep)
	if err != nil {
		return err
	}
	step := 1
	if hasStep {
		if step, err = f.scheduleStep(stepText, item); err != nil {
			return err
		}
	}
	if step > to-from && from < to {
		set.remarks = append(set.remarks, f.wideStep(item, step, from))
	}
	if star && len(values) > 1 {
		set.remarks = append(set.remarks, fmt.Sprintf("%s %q means %q, what follows the star is ignored", f.name, values, values[:1]))
	}
	set.star = set.star || star && step == 1
	for value := from; value <= to; value += min(step, to-from+1) {
		set.bits |= 1 << value
	}
	return nil
}

// scheduleRange reads the part of an item before its step. What follows a star and a hyphen is ignored, as CronJob does.
func (f *field) scheduleRange(values, item string, hasStep bool) (from, to int, star bool, err *Error) {
	last := min(f.max, f.min+f.count()-1)
	low, high, isRange := strings.Cut(values, "-")
	if low == "*" || low == "?" {
		return f.min, last, true, nil
	}
	if from, err = f.value(low, item); err != nil {
		return 0, 0, false, err
	}
	to = from
	switch {
	case isRange:
		if to, err = f.value(high, item); err != nil {
			return 0, 0, false, err
		}
	case hasStep:
		to = max(from, last)
	}
	if from > to {
		return 0, 0, false, f.backwards(item, low, high)
	}
	return from, to, false, nil
}

func (f *field) scheduleStep(text, item string) (int, *Error) {
	step, err := strconv.Atoi(text)
	if err != nil || step < 1 {
		return 0, f.badStep(item, text)
	}
	return step, nil
}

// count returns how many different values the field has. For the day of week, where 0 and 7 are one, that is less than its range says.
func (f *field) count() int {
	if len(f.names) > 0 {
		return len(f.names)
	}
	return f.max - f.min + 1
}

// value reads a number or a name that is part of an item.
func (f *field) value(text, item string) (int, *Error) {
	for i, name := range f.names {
		if strings.EqualFold(text, name) {
			return f.min + i, nil
		}
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, f.unreadable(item)
	}
	if n < f.min || n > f.max {
		return 0, &Error{
			Part:    item,
			Problem: fmt.Sprintf("%s %q is out of range %d-%d", f.name, text, f.min, f.max),
			Hint:    f.rangeHint(n),
		}
	}
	return n, nil
}

// rangeHint helps with the values that people mean when they write one that is just too large.
func (f *field) rangeHint(n int) string {
	switch {
	case n == f.max+1 && f.min == 0 && len(f.names) == 0:
		return "write 0"
	case n == 0 && f.min == 1:
		return "the first is 1"
	default:
		return ""
	}
}

func (f *field) unreadable(item string) *Error {
	err := &Error{Part: item, Hint: "write *, a value, a range like 1-5, a step like */15, or a list of these"}
	if err.Problem = fmt.Sprintf("%s %q is not a number", f.name, item); len(f.names) > 0 {
		err.Problem = fmt.Sprintf("%s %q is neither a number nor a name like %q", f.name, item, f.names[0])
	}
	if strings.ContainsAny(item, "LlWw#") && strings.HasPrefix(f.name, "day") {
		err.Hint = `special days need cron, for example cron: {day: "last fri"}`
	}
	return err
}

func (f *field) badStep(item, step string) *Error {
	return &Error{Part: item, Problem: fmt.Sprintf("%s %q has the step %q, which is not a number of at least 1", f.name, item, step)}
}

// backwards rejects a range whose end lies before its start, and suggests the two ranges that it was meant to be.
func (f *field) backwards(item, low, high string) *Error {
	first, last := strconv.Itoa(f.min), strconv.Itoa(min(f.max, f.min+f.count()-1))
	if _, err := strconv.Atoi(low); err != nil {
		first, last = f.names[0], f.names[len(f.names)-1]
	}
	return &Error{
		Part:    item,
		Problem: fmt.Sprintf("%s %q runs backwards", f.name, item),
		Hint:    fmt.Sprintf("write %q", valueRange(low, last)+","+valueRange(first, high)),
	}
}

// valueRange renders a range, or its only value.
func valueRange(low, high string) string {
	if strings.EqualFold(low, high) {
		return low
	}
	return low + "-" + high
}

// wideStep warns of a step beyond the range it walks, which leaves only the first value.
func (f *field) wideStep(item string, step, only int) string {
	switch f.name {
	case "minute":
		return fmt.Sprintf("minute %q does not run every %d minutes but once an hour, at minute %d; for a distance of time use interval", item, step, only)
	case "hour":
		return fmt.Sprintf("hour %q does not run every %d hours but once a day, at hour %d; for a distance of time use interval", item, step, only)
	default:
		return fmt.Sprintf("%s %q matches %d alone, because the step leads beyond the range", f.name, item, only)
	}
}
