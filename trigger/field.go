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
	steps   []stepped
}

// parseSchedulePart reads a column in CronJob's dialect: a list of *, ?, a number or name, a range, each with an optional step.
func (f *field) parseSchedulePart(text string) (valueSet, *Error) {
	var set valueSet
	for item := range strings.SplitSeq(text, ",") {
		if item == "" {
			return valueSet{}, f.emptyItem(text)
		}
		if err := f.addScheduleItem(&set, item); err != nil {
			return valueSet{}, err
		}
	}
	return set, nil
}

// emptyItem rejects a list with nothing between two commas, before the first or after the last. CronJob passes over such an item, and takes a list of nothing
// else for a schedule that never fires.
func (f *field) emptyItem(text string) *Error {
	err := &Error{
		Part:    text,
		Problem: fmt.Sprintf("%s %q has a comma without a value", f.name, text),
		Hint:    fmt.Sprintf("write * or values from %d to %d between commas", f.min, f.max),
	}
	var items []string
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	err.instead = strings.Join(items, ",")
	return err
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
	f.noteStep(set, stepped{item: item, from: from, to: to, step: step, open: star || !strings.Contains(values, "-")}, hasStep)
	if star && len(values) > 1 {
		set.remarks = append(set.remarks, fmt.Sprintf("%s %q means %q, what follows the star is ignored", f.name, values, values[:1]))
	}
	set.star = set.star || star && step == 1
	for value := from; value <= to; value += min(step, to-from+1) {
		set.bits |= 1 << value
	}
	return nil
}

// noteStep notes what is worth a warning of a step, or may be together with others.
func (f *field) noteStep(set *valueSet, s stepped, hasStep bool) {
	switch {
	case s.step > s.to-s.from && s.from < s.to:
		set.remarks = append(set.remarks, f.wideStep(s.item, s.step, s.from))
	case hasStep:
		set.steps = append(set.steps, s)
	}
}

// scheduleRange reads the part of an item before its step. What follows a star and a hyphen is ignored, as CronJob does.
func (f *field) scheduleRange(values, item string, hasStep bool) (from, to int, star bool, err *Error) {
	last := min(f.max, f.min+f.count()-1)
	low, high, isRange := strings.Cut(values, "-")
	if low == "*" || low == "?" {
		return f.min, last, true, nil
	}
	if isRange && (low == "" || high == "") {
		return 0, 0, false, f.halfRange(item, low == "")
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
		return 0, 0, false, f.backwards(item, from, to)
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
		return 0, f.outOfRange(item, text, n)
	}
	return n, nil
}

// outOfRange rejects a number that the field does not have.
func (f *field) outOfRange(item, text string, n int) *Error {
	return &Error{
		Part:    item,
		Problem: fmt.Sprintf("%s %q is out of range %d-%d", f.name, text, f.min, f.max),
		Hint:    f.rangeHint(item, n),
		beyond:  item == text && n == f.max+1 && f.min == 0 && len(f.names) == 0,
	}
}

// rangeHint helps with the values that people mean when they write one that is just too large or too small.
func (f *field) rangeHint(item string, n int) string {
	switch {
	case n == f.max+1 && f.min == 0 && len(f.names) == 0:
		if strings.Contains(item, "-") {
			return fmt.Sprintf("the last %s is %d", f.name, f.max)
		}
		next := map[string]string{"hour": "day", "minute": "hour", "second": "minute"}[f.name]
		return fmt.Sprintf("%s %d is %s 0 of the next %s", f.name, n, f.name, next)
	case n == 0 && f.min == 1:
		return "the first is 1"
	default:
		return ""
	}
}

func (f *field) unreadable(item string) *Error {
	err := &Error{Part: item, Hint: fmt.Sprintf("write *, a value from %d to %d, a range like 1-5, a step like */15, or a list of these", f.min, f.max)}
	if f.max < 15 {
		err.Hint = fmt.Sprintf("write *, a value from %d to %d, a range like 1-5, a step like */2, or a list of these", f.min, f.max)
	}
	switch {
	case len(f.names) > 0:
		err.Problem = fmt.Sprintf("%s %q is neither a number nor a name like %q", f.name, item, f.names[0])
	case strings.Trim(item, "0123456789.") == "":
		err.Problem = fmt.Sprintf("%s %q is not a whole number", f.name, item)
	default:
		err.Problem = fmt.Sprintf("%s %q is not a number", f.name, item)
	}
	err.instead = f.abbreviated(item)
	return err
}

// halfRange rejects a range that lacks an end. A negative number looks like one.
func (f *field) halfRange(item string, noStart bool) *Error {
	lacks := "end"
	if noStart {
		lacks = "start"
	}
	return &Error{
		Part: item, Problem: fmt.Sprintf("%s %q is a range without its %s", f.name, item, lacks),
		Hint: fmt.Sprintf("write both ends, within %d-%d", f.min, f.max),
	}
}

func (f *field) badStep(item, step string) *Error {
	return &Error{
		Part:    item,
		Problem: fmt.Sprintf("%s %q has the step %q, which is not a whole number of at least 1", f.name, item, step),
		Hint:    fmt.Sprintf("write a step from 1 to %d, or a value without a step", f.count()-1),
	}
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
