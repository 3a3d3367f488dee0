package trigger

import (
	"fmt"
	"math"
	"strings"
)

// parseCronItem reads one item of a list, lower case and trimmed: *, */n, a, a/n, a-b, a-b/n, or, where the field has names, a name or a range
// of names. It returns the values as a range and a step.
func (f *field) parseCronItem(item string) (from, to, step int, err *Error) {
	values, stepText, hasStep := strings.Cut(item, "/")
	from, to, named, err := f.cronRange(values, item)
	if err != nil {
		return 0, 0, 0, err
	}
	if !hasStep {
		return from, to, 1, nil
	}
	step, ok := parseDigits(stepText, 1, math.MaxInt32)
	if !ok {
		return 0, 0, 0, f.badStep(item, stepText)
	}
	if !strings.Contains(values, "-") && values != "*" {
		to = f.max
	}
	if named {
		err := f.cronError(item, "has a step behind a name", "write a number instead of the name, or a list of names")
		err.instead = f.renderRun(from, to, step, true)
		return 0, 0, 0, err
	}
	if step > to-from {
		return 0, 0, 0, f.cronError(item, fmt.Sprintf("has the step %d, which leads beyond the range %d-%d", step, from, to),
			fmt.Sprintf("write %q for that value alone, or use interval for a distance of time", fmt.Sprint(from)))
	}
	return from, to, step, nil
}

// cronRange reads the part of an item before its step, and reports whether it has names.
func (f *field) cronRange(values, item string) (from, to int, named bool, err *Error) {
	if values == "*" {
		return f.min, f.max, false, nil
	}
	low, high, isRange := strings.Cut(values, "-")
	if isRange && (low == "" || high == "") && f.name != "day" {
		return 0, 0, false, f.halfRange(item, low == "")
	}
	if from, named, err = f.cronValue(low, item); err != nil || !isRange {
		return from, from, named, err
	}
	to, alsoNamed, err := f.cronValue(high, item)
	switch {
	case err != nil:
		return 0, 0, false, err
	case named != alsoNamed:
		// Monday is 0 here, but the author of 1-fri most likely counts from Sunday: the meaning is not known.
		return 0, 0, false, f.cronError(item, "mixes a number and a name", "write both ends as names")
	case from > to:
		return 0, 0, false, f.backwards(item, from, to)
	}
	return from, to, named, nil
}

// cronValue reads a number or a name that is part of an item.
func (f *field) cronValue(text, item string) (value int, named bool, err *Error) {
	for i, name := range f.names {
		if text == name {
			return f.min + i, true, nil
		}
	}
	n, ok := parseDigits(text, 0, maxYear*10)
	if !ok {
		return 0, false, f.unreadableCron(item)
	}
	if n < f.min || n > f.max {
		err := f.cronError(item, fmt.Sprintf("is out of range %d-%d", f.min, f.max), f.cronRangeHint(item, n))
		err.beyond = item == text && n == f.max+1 && f.min == 0 && len(f.names) == 0
		return 0, false, err
	}
	return n, false, nil
}

func (f *field) cronRangeHint(item string, n int) string {
	if len(f.names) == 7 && n == 7 {
		return "write names of days: their numbers go from 0 for Monday to 6 for Sunday here"
	}
	return f.rangeHint(item, n)
}

func (f *field) cronError(item, problem, hint string) *Error {
	return &Error{Part: item, Problem: fmt.Sprintf("%s %q %s", f.name, item, problem), Hint: hint}
}

// unreadableCron rejects what is no expression at all, with a hint for the spellings of other dialects.
func (f *field) unreadableCron(item string) *Error {
	var err *Error
	switch {
	case item == "?":
		err = f.cronError(item, "is not known here", "leave the field out, or write *")
		if f.name == "day" || f.name == "dayOfWeek" { // elsewhere it means nothing
			err.instead = "*"
		}
	case f.name == "day":
		err = f.unreadableDay(item)
	case len(f.names) > 0:
		err = f.cronError(item, "is neither a number nor a name", fmt.Sprintf("names have three letters: %s", strings.Join(f.names, ", ")))
		err.instead = f.abbreviated(item)
	case strings.Trim(item, "0123456789.") == "":
		err = f.cronError(item, "is not a whole number", fmt.Sprintf("write *, a number from %d to %d, a range like 1-5, a step like */15, or a list of these", f.min, f.max))
	default:
		err = f.cronError(item, "is not a number", fmt.Sprintf("write *, a number from %d to %d, a range like 1-5, a step like */15, or a list of these", f.min, f.max))
	}
	if isHashed(item) {
		err.Hint = hashHint
	}
	return err
}

// unreadableDay rejects what is no day of the month.
func (f *field) unreadableDay(item string) *Error {
	if item == "l" {
		err := f.cronError(item, "is not known here", "")
		err.instead = "last"
		return err
	}
	return f.cronError(item, "is not a day", `write a number, a range like 1-5, "last", "2nd tue" or "last fri"; days of the week alone belong in dayOfWeek`)
}
