package trigger

import (
	"strings"
)

// This file reads the expressions of EventBridge, Quartz and Spring, and days that only cron can name (T10).

// Names of days, in the order of their numbers.
var (
	crontabDays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun"} // from 0
	quartzDays  = []string{"", "sun", "mon", "tue", "wed", "thu", "fri", "sat"}    // from 1
)

// A reading is an expression taken apart. The texts of second and year are empty where the dialect has no such field.
type reading struct {
	second, minute, hour, day, month, dayOfWeek, year string
	// days are the names of days by their numbers, nil where dialects that write alike do not agree.
	days []string
	// exclusive means that the dialect does not have day of month and day of week alternatives.
	exclusive bool
}

// eventBridge reads six fields with the year last. EventBridge and Quartz demand a question mark for
// one of the days. Without it somebody may have added the year to an expression of cron, whose numbers
// of days count from 0: then they mean nothing that is known.
func eventBridge(parts []string) reading {
	r := reading{minute: parts[0], hour: parts[1], day: parts[2], month: parts[3], dayOfWeek: parts[4], year: parts[5], exclusive: true}
	if hasMark(r.day) || hasMark(r.dayOfWeek) {
		r.days = quartzDays
	}
	return r
}

// secondsFirst reads six fields, or seven with the year last, as Quartz and Spring do.
func secondsFirst(parts []string) reading {
	r := reading{second: parts[0], minute: parts[1], hour: parts[2], day: parts[3], month: parts[4], dayOfWeek: parts[5], exclusive: true}
	if len(parts) == 7 {
		r.year = parts[6]
		if hasMark(r.day) || hasMark(r.dayOfWeek) { // see eventBridge; Spring has no year
			r.days = quartzDays
		}
	}
	return r
}

var secondField = field{name: "second", min: 0, max: 59}

// meaning is what a reading says.
type meaning struct {
	second, minute, hour, month valueSet
	day, dayOfWeek              valueSet
	specialDay                  string // "last" or "2nd fri": a day that only cron can name
	dayOfWeekNames              string // the day of week by names, empty for every one
}

// understand reads all fields. It returns false if one cannot be read, or means something that is not known.
func (r *reading) understand() (m meaning, ok bool) {
	for _, part := range []struct {
		field *field
		text  string
		into  *valueSet
	}{
		{&secondField, r.second, &m.second},
		{&scheduleFields[scheduleMinute], r.minute, &m.minute},
		{&scheduleFields[scheduleHour], r.hour, &m.hour},
		{&scheduleFields[scheduleMonth], r.month, &m.month},
	} {
		if part.text == "" {
			part.text = "0"
		}
		set, err := part.field.parseSchedulePart(part.text)
		if err != nil {
			return m, false
		}
		*part.into = set
	}
	if !r.validYear() || !r.understandDays(&m) {
		return m, false
	}
	return m, true
}

func (r *reading) validYear() bool {
	if r.year == "" || r.year == "*" {
		return true
	}
	return new(cronValues).parse(cronYear, r.year) == nil
}

// proposal renders what a reading means as a field of the trigger, an empty string if that is not known.
func (r *reading) proposal() string {
	m, ok := r.understand()
	if !ok {
		return ""
	}
	everyYear := r.year == "" || r.year == "*"
	if everyYear && m.specialDay == "" && m.second.bits == 1 {
		weekday := r.dayOfWeek
		if m.dayOfWeekNames != "" && strings.ContainsAny(weekdayNumbers(weekday), "0123456789L*") {
			weekday = m.dayOfWeekNames
		}
		return proposeSchedule([]string{r.minute, r.hour, r.day, r.month, weekday})
	}
	if !m.day.star && m.dayOfWeekNames != "" {
		return "" // alternatives, which fields of cron are not
	}
	return proposeCron(m.cron(r.year))
}

// cron expresses a meaning by fields. Those that say nothing are left out.
func (m *meaning) cron(year string) *CronFields {
	fields := CronFields{Day: m.specialDay, DayOfWeek: m.dayOfWeekNames, Minute: renderColumn(&m.minute)}
	if year != "*" {
		fields.Year = year
	}
	if !m.month.star {
		fields.Month = renderColumn(&m.month)
	}
	if !m.day.star {
		fields.Day = renderColumn(&m.day)
	}
	if !m.hour.star {
		fields.Hour = renderColumn(&m.hour)
	}
	if m.second.bits != 1 {
		fields.Second = renderColumn(&m.second)
	}
	return &fields
}

func renderColumn(set *valueSet) string {
	if set.star {
		return "*"
	}
	return renderValues(set.bits)
}
