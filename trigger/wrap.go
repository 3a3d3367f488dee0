package trigger

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// This file says what to write for a range whose end lies before its start (T10).

// backwards rejects such a range. Where the values of the field wrap, it proposes the ranges on either side of the turn; a step goes on across it.
func (f *field) backwards(item string, from, to int) *Error {
	values, stepText, hasStep := strings.Cut(item, "/")
	low, high, _ := strings.Cut(values, "-")
	err := &Error{Part: item, Problem: fmt.Sprintf("%s %q runs backwards", f.name, item)}
	step := 1
	if hasStep {
		n, ok := parseDigits(stepText, 1, math.MaxInt32)
		if !ok {
			return f.badStep(item, stepText)
		}
		step = n
	}
	switch {
	case f.name == "year":
		err.Hint = "write the earlier year first"
		return err
	case step > 1 && f.turnVaries():
		// Where the step continues after the turn depends on the length of the month or year.
		err.Hint = fmt.Sprintf("write a list of values, or ranges whose end is not before their start, within %d-%d", f.min, f.max)
		return err
	}
	_, lowErr := strconv.Atoi(low)
	_, highErr := strconv.Atoi(high)
	err.instead = f.roundTurn(from, to, step, lowErr != nil && highErr != nil)
	return err
}

// turnVaries reports whether the number of values before the field starts again is not always the same.
func (f *field) turnVaries() bool {
	return f.name == "day" || f.name == "day of month" || f.name == "week"
}

// roundTurn renders the values from one to another, going round once, in steps.
func (f *field) roundTurn(from, to, step int, named bool) string {
	size := f.count()
	from = f.min + (from-f.min)%size // 7 is the Sunday that 0 is
	if from <= to {
		return f.renderRun(from, to, step, named)
	}
	last := from + (f.min+size-1-from)/step*step
	first := last + step - size
	if first > to {
		return f.renderRun(from, last, step, named)
	}
	return f.renderRun(from, last, step, named) + "," + f.renderRun(first, first+(to-first)/step*step, step, named)
}

// renderRun renders every step-th value from one to another. Names are a list where a step behind them could not be read.
func (f *field) renderRun(from, to, step int, named bool) string {
	to = from + (to-from)/step*step
	show := func(value int) string {
		if named {
			return f.names[value-f.min]
		}
		return strconv.Itoa(value)
	}
	switch {
	case from == to:
		return show(from)
	case step == 1:
		return show(from) + "-" + show(to)
	case named || step > to-from:
		var items []string
		for value := from; value <= to; value += step {
			items = append(items, show(value))
		}
		return strings.Join(items, ",")
	case from+step == to:
		return show(from) + "," + show(to)
	default:
		return fmt.Sprintf("%s-%s/%d", show(from), show(to), step)
	}
}

// abbreviated returns an item with whole names of months or days cut to the three letters that stand for them, and an empty string if there are none or
// something else is wrong, too.
func (f *field) abbreviated(item string) string {
	whole := map[string]string{}
	for _, name := range []string{
		"january", "february", "march", "april", "june", "july", "august", "september", "october", "november", "december",
		"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
	} {
		for _, short := range f.names {
			if strings.HasPrefix(name, short) {
				whole[name] = short
			}
		}
	}
	for name, short := range map[string]string{"tues": "tue", "weds": "wed", "thur": "thu", "thurs": "thu", "sept": "sep"} {
		for _, known := range f.names {
			if known == short {
				whole[name] = short
			}
		}
	}
	values, step, hasStep := strings.Cut(item, "/")
	ends := strings.Split(values, "-")
	changed := false
	for i, end := range ends {
		if short, ok := whole[strings.ToLower(end)]; ok {
			ends[i], changed = short, true
		}
	}
	if !changed || len(ends) > 2 {
		return ""
	}
	shortened := strings.Join(ends, "-")
	if hasStep {
		shortened += "/" + step
	}
	return shortened
}
