package trigger

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// This file distinguishes the dialects with six and seven fields (T10).

// sixOrSeven recognises expressions with seconds or a year.
func sixOrSeven(text string, _ *zone) (diagnosis, bool) {
	parts := strings.Fields(text)
	if len(parts) != 6 && len(parts) != 7 || !slices.ContainsFunc(parts[5:6], looksLikeField) || !looksLikeField(parts[len(parts)-1]) {
		return diagnosis{}, false
	}
	if slices.ContainsFunc(parts, func(part string) bool { return slices.ContainsFunc(strings.Split(part, ","), isHashed) }) {
		return diagnosis{}, false
	}
	if len(parts) == 7 {
		r := secondsFirst(parts)
		return diagnosis{
			problem:  "found 7 fields, expected 5: this is the form of Quartz, with the seconds first and the year last",
			proposal: r.proposal(), hint: r.remark(),
		}, true
	}
	return sixFields(parts), true
}

// sixFields finds out whether the seconds are first or the year is last.
func sixFields(parts []string) diagnosis {
	const count = "found 6 fields, expected 5"
	byYear, bySeconds := eventBridge(parts), secondsFirst(parts)
	yearFits, secondsFit := byYear.plausible(), bySeconds.plausible()
	switch {
	case hasMark(parts[2]) || hasMark(parts[4]) || isYear(parts[5]):
		return byYear.eventBridge(count)
	case hasMark(parts[3]) || hasMark(parts[5]) || secondsFit && !yearFits:
		return diagnosis{
			problem: count + ": this is the form of Quartz and Spring, with the seconds first", proposal: bySeconds.proposal(), hint: bySeconds.remark(),
		}
	case yearFits && !secondsFit:
		return byYear.eventBridge(count)
	default:
		return diagnosis{problem: count + ": minute, hour, day-of-month, month, day-of-week", hint: twoReadings(&byYear, &bySeconds)}
	}
}

// eventBridge says that an expression has the year last.
func (r *reading) eventBridge(count string) diagnosis {
	return diagnosis{problem: count + ": this is the form of EventBridge, with the year last", proposal: r.proposal(), hint: r.remark()}
}

// twoReadings is a hint for six fields that can be read in two ways.
func twoReadings(byYear, bySeconds *reading) string {
	first, last := bySeconds.proposal(), byYear.proposal()
	if first == "" || last == "" {
		return "leave out the seconds or the year"
	}
	return fmt.Sprintf("if the first one is the seconds, write %s; if the last one is the year, write %s",
		strings.TrimPrefix(first, schedulePrefix), strings.TrimPrefix(last, schedulePrefix))
}

// remark says what keeps a reading from being expressed, or what else to know of it.
func (r *reading) remark() string {
	numbered := strings.ContainsAny(weekdayNumbers(r.dayOfWeek), "0123456789")
	switch {
	case numbered && r.days == nil:
		return "write days of the week by name: their numbers differ between cron, Quartz and Spring"
	case strings.ContainsAny(r.day, "WwLl") || strings.ContainsAny(r.dayOfWeek, "#Ll"):
		return r.specialRemark()
	case r.proposal() != "" && r.year != "" && r.year != "*":
		return "startAt and endAt bound a trigger to years, too, and date is for one run"
	case r.proposal() != "":
		return ""
	case r.year != "" && r.year != "*":
		return "write the first five fields, and startAt and endAt for the years, or date for one run"
	default:
		return `write five fields like "30 8 * * mon-fri"`
	}
}

// specialRemark is about days that only cron can name, and those that nothing can.
func (r *reading) specialRemark() string {
	if r.proposal() != "" {
		return ""
	}
	return specialHint
}

// plausible reports whether all fields can be read, whatever numbers of days mean.
func (r *reading) plausible() bool {
	guess := *r
	if guess.days == nil {
		guess.days = crontabDays
	}
	_, ok := guess.understand()
	return ok
}

func hasMark(part string) bool { return part == "?" }

var yearList = regexp.MustCompile(`^\d{4}([-,/]\d+)*$`)

func isYear(part string) bool { return yearList.MatchString(part) }

var fieldShape = regexp.MustCompile(`^(?i)(\*|\?|[0-9]|L|LW|sun|mon|tue|wed|thu|fri|sat)([-0-9*?,/#LW]|sun|mon|tue|wed|thu|fri|sat)*$`)

// looksLikeField reports whether a text can be the field of some dialect and not a word of a command.
func looksLikeField(part string) bool { return fieldShape.MatchString(part) }

var wrapper = regexp.MustCompile(`^(?i)(cron|rate|at)\s*\((.*)\)$`)

// wrapped recognises the functions of EventBridge.
func wrapped(text string, z *zone) (diagnosis, bool) {
	match := wrapper.FindStringSubmatch(strings.TrimSpace(text))
	if match == nil {
		return diagnosis{}, false
	}
	inner := strings.TrimSpace(match[2])
	problem := fmt.Sprintf("%s( ) is the form of EventBridge", strings.ToLower(match[1]))
	switch strings.ToLower(match[1]) {
	case "rate":
		number, unit, _ := strings.Cut(inner, " ")
		found := diagnosis{problem: problem, proposal: proposeInterval(number, strings.TrimSpace(unit), z, true)}
		if found.proposal == "" {
			found.hint = "write for example interval: {minutes: 5}"
		}
		return found, true
	case "at":
		found := diagnosis{problem: problem, hint: `write for example date: {runAt: "2026-12-24T18:00:00"}, which is read in timeZone`}
		if m, bad := readMoment(inner); bad == "" && m.local {
			found.proposal, found.hint = fmt.Sprintf("date: {runAt: %q}", formatWall(m.wall, "T")), "it is read in timeZone, and by EventBridge in UTC unless it has a zone"
		}
		return found, true
	}
	parts := strings.Fields(inner)
	if len(parts) != 6 {
		if len(parts) == len(scheduleFields) && !strings.ContainsAny(weekdayNumbers(parts[scheduleWeekday]), "0123456789") {
			return diagnosis{problem: problem, proposal: translate(inner, z)}, true
		}
		return diagnosis{problem: problem, hint: "write its first five fields, without the year: " + `for example "0 12 * * ?"`}, true
	}
	r := eventBridge(parts)
	r.days = quartzDays
	return diagnosis{problem: problem + ", with six fields and the year last", proposal: r.proposal(), hint: r.remark()}, true
}
