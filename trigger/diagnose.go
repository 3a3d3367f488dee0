package trigger

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// This file and those it calls recognise what other programs write for a schedule, and say what to write here (T10). They run only for what is not a schedule.

// A diagnosis is what is wrong with the text of a schedule.
type diagnosis struct {
	part, problem string
	// proposal is a field of the trigger that means the same, such as "interval: {minutes: 5}". It is empty where no such field is known.
	proposal string
	// hint follows the proposal, or stands in its place.
	hint string
}

// A recogniser knows one kind of text. It reports whether it has recognised one.
type recogniser func(text string, z *zone) (diagnosis, bool)

// recognisers returns all of them, in the order in which they are asked.
func recognisers() []recogniser {
	return []recogniser{
		unusualCharacters, quoted, zonePrefix, crontabVariable, comment, wrapped, macro, inWords, sixOrSeven, crontabLine, jenkins, special,
	}
}

// diagnose says what is wrong with a text that is not a schedule. The error is the one that reading it as a schedule gave.
func diagnose(text string, z *zone, err *Error) Error {
	for _, recognise := range recognisers() {
		if found, ok := recognise(text, z); ok {
			return found.error(text)
		}
	}
	if parts := strings.Fields(text); len(parts) == len(scheduleFields) {
		if repaired, ok := repairSchedule(parts); ok {
			return diagnosis{part: err.Part, problem: err.Problem, proposal: proposeSchedule(repaired)}.error(text)
		}
	}
	return Error{Field: "schedule", Part: err.Part, Problem: err.Problem, Hint: err.Hint}
}

// error renders a diagnosis.
func (d diagnosis) error(text string) Error {
	rejected := Error{Field: "schedule", Part: d.part, Problem: d.problem, Hint: d.hint}
	if rejected.Part == "" {
		rejected.Part = text
	}
	if d.proposal != "" {
		rejected.Hint = "write " + strings.TrimPrefix(d.proposal, schedulePrefix)
		if d.hint != "" {
			rejected.Hint += "; " + d.hint
		}
	}
	return rejected
}

// translate returns the field of a trigger that means what a text says, in any dialect that is known, or an empty string.
func translate(text string, z *zone) string {
	text = strings.TrimSpace(text)
	if duration, isEvery := strings.CutPrefix(text, everyPrefix); isEvery {
		if _, ok := everySeconds(duration); ok {
			return proposeSchedule([]string{text})
		}
	}
	_, _, err := readSchedule(text)
	if err == nil {
		return proposeSchedule(strings.Fields(text))
	}
	for _, recognise := range recognisers() {
		if found, ok := recognise(text, z); ok {
			return found.proposal
		}
	}
	if parts := strings.Fields(text); len(parts) == len(scheduleFields) {
		if repaired, ok := repairSchedule(parts); ok {
			return proposeSchedule(repaired)
		}
	}
	return ""
}

// plainCharacters are the characters of a schedule for those that look like them.
var plainCharacters = strings.NewReplacer(
	"‐", "-", "‑", "-", "‒", "-", "–", "-", "—", "-", "−", "-",
	"∗", "*", "×", "*", "⁎", "*", "•", "*", "⁄", "/", "∕", "/", "、", ",", "،", ",",
	"“", `"`, "”", `"`, "„", `"`, "‘", "'", "’", "'",
	"\u200b", "", "\u200c", "", "\u200d", "", "\u2060", "", "\ufeff", "", "\u00ad", "",
)

// plainText replaces full-width characters and others that only look like those of a schedule.
func plainText(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '！' && r <= '～':
			return r - '！' + '!'
		case r > unicode.MaxASCII && unicode.IsSpace(r):
			return ' '
		default:
			return r
		}
	}, plainCharacters.Replace(text))
}

// unusualCharacters recognises characters that only look like those of a schedule.
func unusualCharacters(text string, z *zone) (diagnosis, bool) {
	plain := plainText(text)
	if plain == text {
		return diagnosis{}, false
	}
	for _, r := range text {
		if r > unicode.MaxASCII && plainText(string(r)) != string(r) {
			return diagnosis{
				part: string(r), problem: fmt.Sprintf("has the character %q (%U), which is not an ASCII one", r, r),
				proposal: translate(plain, z), hint: "type the schedule with plain digits, blanks and signs",
			}, true
		}
	}
	return diagnosis{}, false
}

// quoted recognises quotation marks that have got into the text.
func quoted(text string, z *zone) (diagnosis, bool) {
	inner := strings.TrimSpace(text)
	if len(inner) < 2 || !strings.ContainsAny(inner[:1], "\"'`") || inner[0] != inner[len(inner)-1] {
		return diagnosis{}, false
	}
	return diagnosis{problem: "has quotation marks inside the text", proposal: translate(inner[1:len(inner)-1], z), hint: "quote the text in YAML only once"}, true
}

var (
	zoneAssignment = regexp.MustCompile(`^(?i)((?:CRON_)?TZ)=(\S*)(?:\s+(.*))?$`)
	assignment     = regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_]*)\s*=`)
)

// zonePrefix recognises the TZ= and CRON_TZ= of other dialects.
func zonePrefix(text string, _ *zone) (diagnosis, bool) {
	match := zoneAssignment.FindStringSubmatch(strings.TrimSpace(text))
	if match == nil {
		return diagnosis{}, false
	}
	written, _, _ := strings.Cut(strings.TrimSpace(text), " ")
	return zoned(written, strings.Trim(match[2], `"'`), match[3]), true
}

// zoned is about a zone that is written beside an expression.
func zoned(written, name, expression string) diagnosis {
	found := diagnosis{part: written, problem: fmt.Sprintf("%q is not part of a schedule", written), hint: "write the zone in timeZone instead"}
	named, known := loadZone(name)
	if !known {
		if meant := zoneHint(name); name != "" && meant != "" {
			found.hint += fmt.Sprintf(", where %q is not known: %s", name, meant)
		}
		return found
	}
	if proposal := translate(expression, named); expression != "" && proposal != "" {
		found.proposal, found.hint = fmt.Sprintf("timeZone: %s and %s instead", name, proposal), ""
	}
	return found
}

// crontabVariable recognises the lines of a crontab that set a variable, and rules of calendars, which begin alike.
func crontabVariable(text string, _ *zone) (diagnosis, bool) {
	match := assignment.FindStringSubmatch(strings.TrimSpace(text))
	switch {
	case match == nil:
		return diagnosis{}, false
	case strings.EqualFold(match[1], "FREQ") || strings.EqualFold(match[1], "RRULE"):
		return diagnosis{problem: fmt.Sprintf("%q is a rule of a calendar, not a schedule", text), hint: `write five fields like "30 8 * * mon-fri"`}, true
	default:
		return diagnosis{
			part: match[1], problem: fmt.Sprintf("%q sets a variable of a crontab", strings.TrimSpace(text)),
			hint: `write the schedule alone, like "30 8 * * mon-fri", and the variable in env of the container`,
		}, true
	}
}

// oneOrdinal is a comment that could as well be the rest of "5#2".
var oneOrdinal = regexp.MustCompile(`^#[1-5L]$`)

// comment recognises a comment behind a schedule.
func comment(text string, z *zone) (diagnosis, bool) {
	parts := strings.Fields(text)
	for i, part := range parts {
		if part[0] != '#' {
			continue
		}
		rest := strings.Join(parts[i:], " ")
		found := diagnosis{part: rest, problem: fmt.Sprintf("the comment %q is not part of a schedule", rest), hint: "write the schedule alone, and comments in YAML"}
		if proposal := translate(strings.Join(parts[:i], " "), z); i > 0 && proposal != "" && !oneOrdinal.MatchString(rest) {
			found.proposal, found.hint = proposal, ""
		}
		return found, true
	}
	return diagnosis{}, false
}

// hashHint is about the H of Jenkins.
const hashHint = "write a fixed value in place of H, and spread the starts of many Tasks with jitter, such as jitter: 10m"

var hashed = regexp.MustCompile(`^[Hh](\(\d+-\d+\))?(/\d+)?$`)

// isHashed reports whether an item is the H of Jenkins, which stands for a value that depends on the name of the job.
func isHashed(item string) bool { return hashed.MatchString(item) }

// jenkins recognises schedules of Jenkins.
func jenkins(text string, _ *zone) (diagnosis, bool) {
	parts := strings.Fields(text)
	for i, part := range parts {
		for item := range strings.SplitSeq(part, ",") {
			if !isHashed(item) {
				continue
			}
			name := "schedule"
			if len(parts) == len(scheduleFields) {
				name = scheduleFields[i].name
			}
			return diagnosis{part: item, problem: fmt.Sprintf("%s %q is Jenkins' way to spread runs, and not known here", name, item), hint: hashHint}, true
		}
	}
	return diagnosis{}, false
}

var (
	durationWords = regexp.MustCompile(`(?i)^(?:@?every\s+)?(\d+)\s*([a-z]+)$`)
	isoDuration   = regexp.MustCompile(`^P(?:(\d+)([DW])|T(\d+)([HMS]))$`)
)

// inWords recognises descriptors without their sign, and distances of time in words or in ISO 8601.
func inWords(text string, z *zone) (diagnosis, bool) {
	trimmed := strings.TrimSpace(text)
	if known := "@" + strings.ToLower(trimmed); descriptors[known] != "" {
		return diagnosis{problem: fmt.Sprintf("%q is not a schedule", trimmed), proposal: proposeSchedule([]string{known})}, true
	}
	if match := isoDuration.FindStringSubmatch(trimmed); match != nil {
		proposal := proposeInterval(match[1]+match[3], strings.ToLower(match[2]+match[4]), z, match[3] != "")
		return diagnosis{problem: fmt.Sprintf("%q is a distance of time, not a schedule", trimmed), proposal: proposal}, proposal != ""
	}
	if match := durationWords.FindStringSubmatch(trimmed); match != nil {
		proposal := proposeInterval(match[1], match[2], z, true)
		return diagnosis{problem: fmt.Sprintf("%q is a distance of time, not a schedule", trimmed), proposal: proposal}, proposal != ""
	}
	if _, ok := everySeconds(trimmed); ok {
		return diagnosis{problem: fmt.Sprintf("%q is a distance of time, not a schedule", trimmed), proposal: schedulePrefix + strconv.Quote(everyPrefix+trimmed)}, true
	}
	return diagnosis{}, false
}
