package trigger

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"
)

// This file warns of steps that do not divide the range they walk (T10): they start again with each hour, day, month or year, and leave a gap of another length.

// stepped is an item of a list that has a step.
type stepped struct {
	item           string
	from, to, step int
	// open is set where the item names no end of its own: */n and a/n.
	open bool
}

// A column is a field with what it matches, as far as gaps are concerned.
type column struct {
	*field
	bits  uint64
	steps []stepped
	// starts means that the next higher field has neighbouring values, so that the last value and the first one can follow each other.
	starts bool
	// unit is what the field counts, in the plural.
	unit string
	// alone means that one run for each value is all that the trigger has, so that an interval can stand for it.
	alone bool
}

// cycle returns between which lengths the field starts again.
func (c *column) cycle() (shortest, longest int) {
	switch c.name {
	case "day", "day of month":
		return 28, 31
	case "week":
		return 52, 53
	default:
		return c.count(), c.count()
	}
}

// remark returns what may surprise about the steps of a field, an empty string if nothing.
func (c *column) remark() string {
	for _, s := range c.steps {
		_, longest := c.cycle()
		last := s.from + (s.to-s.from)/s.step*s.step
		wholeField := s.from-c.min < s.step && s.to-c.min >= longest-1
		switch {
		case s.step == 1:
		case wholeField && c.starts:
			if text := c.unevenGaps(s); text != "" {
				return text
			}
		case !wholeField && !s.open && last != s.to && (s.to-s.from+1)%s.step != 0:
			return fmt.Sprintf("%s %q ends at %d, because steps of %d from %d do not reach %d", c.name, s.item, last, s.step, s.from, s.to)
		}
	}
	return ""
}

// unevenGaps describes the gaps of a field that a step walks whole, an empty string if they are all of one length.
func (c *column) unevenGaps(s stepped) string {
	inside, across := c.gaps()
	if len(inside) == 1 && slices.Equal(inside, across) {
		return ""
	}
	text := fmt.Sprintf("%s %q has gaps of %s", c.name, s.item, c.renderGaps(inside, across))
	if len(inside) == 1 && inside[0] == s.step && s.open {
		text += c.interval(s)
	}
	return text
}

// gaps returns the different lengths of the gaps between the values of a cycle, and of those
// from its last value to the first one of the next.
func (c *column) gaps() (inside, across []int) {
	var values []int
	for rest := c.bits; rest != 0; rest &= rest - 1 {
		values = append(values, bits.TrailingZeros64(rest))
	}
	for i := 1; i < len(values); i++ {
		inside = addGap(inside, values[i]-values[i-1])
	}
	shortest, longest := c.cycle()
	for length := shortest; length <= longest; length++ {
		last := values[0]
		for _, value := range values {
			if value-c.min < length {
				last = value
			}
		}
		across = addGap(across, length-last+values[0])
	}
	return inside, across
}

// renderGaps renders the lengths of the gaps within a cycle and at its end.
func (c *column) renderGaps(inside, across []int) string {
	if len(across) > 1 {
		slices.Sort(across)
		period := map[string]string{"week": "year"}[c.name]
		if period == "" {
			period = "month"
		}
		return fmt.Sprintf("%s %s, and of %d to %d at the end of a %s", list(inside), c.unit, across[0], across[len(across)-1], period)
	}
	all := addGap(slices.Clone(inside), across[0])
	if len(all) > 3 {
		return fmt.Sprintf("%d to %d %s", slices.Min(all), slices.Max(all), c.unit)
	}
	return list(all) + " " + c.unit
}

// interval points to the interval that a step is often meant for, if nothing else restricts the trigger.
func (c *column) interval(s stepped) string {
	if !c.alone || c.unit == "months" || c.unit == "years" {
		return ""
	}
	return fmt.Sprintf("; for every %d %s write interval: {%s: %d}", s.step, c.unit, c.unit, s.step)
}

// addGap adds a length to a list of different ones.
func addGap(gaps []int, gap int) []int {
	if slices.Contains(gaps, gap) {
		return gaps
	}
	return append(gaps, gap)
}

// list renders numbers like "45 and 15".
func list(numbers []int) string {
	texts := make([]string, len(numbers))
	for i, n := range numbers {
		texts[i] = fmt.Sprint(n)
	}
	if len(texts) == 1 {
		return texts[0]
	}
	return strings.Join(texts[:len(texts)-1], ", ") + " and " + texts[len(texts)-1]
}

// neighbours are the facts about a calendar that decide which values follow each other.
type neighbours struct {
	minutes, hours, days, months bool // there are two in a row
	oneSecond, oneMinute         bool
	oneHour                      bool
	everyMinute, everyHour       bool
	everyMonth                   bool
}

// neighbours looks at a calendar, which must be finished.
func (c *calendar) neighbours() neighbours {
	n := neighbours{
		hours:       c.hours&(c.hours>>1) != 0,
		minutes:     c.minutes&(c.minutes>>1) != 0,
		months:      c.months&(c.months>>1) != 0 || c.months>>1&1 != 0 && c.months>>12&1 != 0,
		oneSecond:   bits.OnesCount64(c.seconds) == 1,
		oneMinute:   bits.OnesCount64(c.minutes) == 1,
		oneHour:     bits.OnesCount32(c.hours) == 1,
		everyMinute: c.minutes == allSixty,
		everyHour:   c.hours == allHours,
		everyMonth:  c.months == allMonths && c.years == nil,
	}
	n.days = c.hasDaysInARow()
	n.hours = n.hours || n.days && c.hours&1 != 0 && c.hours>>23&1 != 0
	n.minutes = n.minutes || n.hours && c.minutes&1 != 0 && c.minutes>>59&1 != 0
	return n
}

// hasDaysInARow reports whether two days in a row can match.
func (c *calendar) hasDaysInARow() bool {
	for _, byFirst := range c.days {
		for _, mask := range byFirst {
			if mask&(mask>>1) != 0 {
				return true
			}
		}
	}
	return false
}

// gapWarnings returns the warnings about the steps of a schedule.
func gapWarnings(sets *[len(scheduleFields)]valueSet, c *calendar) []Warning {
	if c.kinds == 0 {
		return nil
	}
	n := c.neighbours()
	once := n.oneHour && n.oneMinute && n.everyMonth
	columns := [len(scheduleFields)]column{
		scheduleMinute:  {unit: "minutes", starts: n.hours, alone: c.everyDay && n.everyHour},
		scheduleHour:    {unit: "hours", starts: n.days, alone: c.everyDay && n.oneMinute},
		scheduleDay:     {unit: "days", starts: n.months, alone: once && sets[scheduleWeekday].star},
		scheduleMonth:   {unit: "months", starts: true},
		scheduleWeekday: {unit: "days", starts: true, alone: once && sets[scheduleDay].star},
	}
	var warnings []Warning
	for i := range columns {
		columns[i].field, columns[i].bits, columns[i].steps = &scheduleFields[i], sets[i].bits, sets[i].steps
		if i == scheduleWeekday {
			columns[i].bits = (sets[i].bits | sets[i].bits>>7) & 0x7f
		}
		if text := columns[i].remark(); text != "" {
			warnings = append(warnings, Warning{Field: "schedule", Text: text})
		}
	}
	return warnings
}

// gapWarnings returns the warnings about the steps of cron fields. Years do not start again.
func (v *cronValues) gapWarnings(c *calendar) []Warning {
	if c.kinds == 0 {
		return nil
	}
	columns := v.columns(c)
	var warnings []Warning
	for i := cronMonth; i < len(columns); i++ {
		columns[i].field, columns[i].bits, columns[i].steps = &cronFields[i], v.bits[i], v.steps[i]
		if i == cronDay && (v.lastDay || v.lastWeekday != 0 || v.nth != [6]uint8{}) {
			continue // its values are not all in bits
		}
		if text := columns[i].remark(); text != "" {
			warnings = append(warnings, Warning{Field: "cron." + cronFields[i].name, Text: text})
		}
	}
	return warnings
}

// columns describes the cron fields, whose values are still to be filled in.
func (v *cronValues) columns(c *calendar) [len(cronFields)]column {
	n := c.neighbours()
	everyDay := v.bits[cronDay]>>1 == 1<<31-1
	everyWeekday, everyWeek := v.bits[cronDayOfWeek] == 0x7f, v.bits[cronWeek] == allWeeks
	once := all(n.oneHour, n.oneMinute, n.oneSecond, n.everyMonth)
	return [len(cronFields)]column{
		cronMonth:     {unit: "months", starts: true},
		cronDay:       {unit: "days", starts: n.months, alone: all(once, everyWeekday, everyWeek)},
		cronWeek:      {unit: "weeks", starts: true, alone: all(once, everyDay, bits.OnesCount64(v.bits[cronDayOfWeek]) == 1)},
		cronDayOfWeek: {unit: "days", starts: true, alone: all(once, everyDay, everyWeek)},
		cronHour:      {unit: "hours", starts: n.days, alone: all(c.everyDay, n.oneMinute, n.oneSecond)},
		cronMinute:    {unit: "minutes", starts: n.hours, alone: all(c.everyDay, n.everyHour, n.oneSecond)},
		cronSecond:    {unit: "seconds", starts: n.minutes, alone: all(c.everyDay, n.everyHour, n.everyMinute)},
	}
}

// all reports whether all conditions hold.
func all(conditions ...bool) bool { return !slices.Contains(conditions, false) }
