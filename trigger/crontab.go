package trigger

import (
	"fmt"
	"strings"
)

// This file recognises lines of a crontab and special days in five fields (T10).

const specialHint = `no field says that: cron has day: "last", and weekdays of the month such as day: "2nd tue" or day: "last fri"`

// crontabLine recognises a schedule with a command, and perhaps a user, behind it.
func crontabLine(text string, z *zone) (diagnosis, bool) {
	parts := strings.Fields(text)
	if len(parts) <= len(scheduleFields) {
		return diagnosis{}, false
	}
	for _, part := range parts[:len(scheduleFields)] {
		if !strings.ContainsAny(part[:1], "*?0123456789") && !looksLikeField(part) && !isMonthName(part) {
			return diagnosis{}, false
		}
	}
	expression := strings.Join(parts[:len(scheduleFields)], " ")
	if last := parts[len(scheduleFields)]; len(parts) == len(scheduleFields)+1 {
		if _, known := loadZone(last); known {
			return zoned(last, last, expression), true
		}
	}
	command := strings.Join(parts[len(scheduleFields):], " ")
	found := diagnosis{
		part: command, problem: fmt.Sprintf("%q behind the five fields is not part of a schedule", command),
		proposal: translate(expression, z), hint: "the command belongs in the action, and there is no column for a user",
	}
	return found, true
}

func isMonthName(part string) bool {
	for _, name := range monthNames {
		if len(part) >= 3 && strings.EqualFold(part[:3], name) {
			return true
		}
	}
	return false
}

// special recognises days in five fields that only cron can name: L, W and #.
func special(text string, _ *zone) (diagnosis, bool) {
	parts := strings.Fields(text)
	if len(parts) != len(scheduleFields) {
		return diagnosis{}, false
	}
	i, item := scheduleDay, parts[scheduleDay]
	if !isSpecial(item) {
		if i, item = scheduleWeekday, parts[scheduleWeekday]; !isSpecial(item) {
			return diagnosis{}, false
		}
	}
	r := reading{minute: parts[0], hour: parts[1], day: parts[2], month: parts[3], dayOfWeek: parts[4], days: crontabDays}
	found := diagnosis{
		part: item, problem: fmt.Sprintf("%s %q is not known in a schedule", scheduleFields[i].name, item), hint: specialHint,
	}
	if proposal := r.proposal(); proposal != "" {
		found.proposal, found.hint = proposal, ""
		if i == scheduleWeekday && strings.ContainsAny(item[:1], "01234567") {
			found.hint = "days of the week count from 0 for Sunday in a schedule, and from 1 in Quartz"
		}
	}
	return found, true
}

// isSpecial reports whether a column has one of the special days of Quartz.
func isSpecial(part string) bool {
	for item := range strings.SplitSeq(strings.ToUpper(part), ",") {
		switch {
		case item == "L" || item == "LW" || item == "WL" || strings.HasPrefix(item, "L-") || strings.Contains(item, "#"):
			return true
		case strings.HasSuffix(item, "L") && looksLikeField(item), strings.HasSuffix(item, "W") && looksLikeField(item):
			return true
		}
	}
	return false
}
