package trigger

import (
	"fmt"
	"strings"
	"time"
)

// This file reads what begins with @.

const everyPrefix = "@every "

// everySeconds reads the duration of an @every: whole seconds, at least one.
func everySeconds(written string) (int64, bool) {
	distance, err := time.ParseDuration(written)
	if err != nil || distance < time.Second || distance%time.Second != 0 {
		return 0, false
	}
	return int64(distance / time.Second), true
}

// parseEvery reads the duration of an @every, in seconds.
func parseEvery(text string, z *zone) (int64, *Error) {
	written := strings.TrimPrefix(text, everyPrefix)
	if seconds, ok := everySeconds(written); ok {
		return seconds, nil
	}
	for _, recognise := range []recogniser{unusualCharacters, comment} {
		if found, ok := recognise(text, z); ok {
			rejected := found.error(text)
			return 0, &rejected
		}
	}
	rejected := badEvery(written, z).error(text)
	return 0, &rejected
}

// badEvery says what is wrong with the duration of an @every.
func badEvery(written string, z *zone) diagnosis {
	found := diagnosis{part: written, hint: `write whole seconds like "@every 90s" or "@every 1h30m"`}
	distance, err := time.ParseDuration(written)
	switch {
	case err != nil:
		found.problem = fmt.Sprintf("duration %q is not a duration", written)
	case distance < time.Second:
		found.problem = fmt.Sprintf("duration %q is less than a second", written)
	default:
		found.problem = fmt.Sprintf("duration %q is not a whole number of seconds", written)
	}
	together := strings.ToLower(strings.Join(strings.Fields(written), ""))
	if match := durationWords.FindStringSubmatch(strings.TrimSpace(written)); match != nil {
		found.proposal = proposeInterval(match[1], match[2], z, true)
	}
	if _, ok := everySeconds(together); ok {
		found.proposal = proposeSchedule([]string{everyPrefix + together})
	}
	if found.proposal != "" {
		found.hint = ""
	}
	return found
}

// otherMacros are those of other programs that a schedule can express.
var otherMacros = map[string]string{
	"@every_minute": "* * * * *", "@minutely": "* * * * *",
}

// macro recognises what begins with @ and is no descriptor.
func macro(text string, z *zone) (diagnosis, bool) {
	trimmed := strings.TrimSpace(text)
	if !strings.HasPrefix(trimmed, "@") {
		return diagnosis{}, false
	}
	name, rest, _ := strings.Cut(trimmed, " ")
	lower := strings.ToLower(name)
	found := diagnosis{part: trimmed, problem: fmt.Sprintf("%q is not known", text)}
	switch {
	case strings.HasPrefix(lower, "@every") && otherMacros[lower] == "":
		return afterEvery(found, strings.TrimSpace(lower[len("@every"):]+" "+rest), z), true
	case lower == "@reboot":
		found.hint = "write date: {} for a single run as soon as possible"
		return found, true
	case rest != "" && descriptors[lower] != "":
		return diagnosis{
			part: rest, problem: fmt.Sprintf("%q after %s is not part of a schedule", rest, name), proposal: proposeSchedule([]string{lower}),
			hint: "the command belongs in the action",
		}, true
	case descriptors[lower] != "":
		found.proposal = proposeSchedule([]string{lower})
	case otherMacros[lower] != "" && rest == "":
		found.proposal = schedulePrefix + fmt.Sprintf("%q", otherMacros[lower])
	default:
		found.hint = "write @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually or @every with a duration"
		if near := nearestDescriptor(lower); near != "" && rest == "" {
			found.hint = fmt.Sprintf("did you mean %q?", near)
		}
	}
	return found, true
}

// afterEvery is about what follows @every.
func afterEvery(found diagnosis, written string, z *zone) diagnosis {
	if written == "" {
		found.hint = `write a duration like "@every 1h30m"`
		return found
	}
	if _, ok := everySeconds(written); ok {
		found.proposal = proposeSchedule([]string{everyPrefix + written})
		return found
	}
	return badEvery(written, z)
}

// nearestDescriptor returns the only descriptor that is one typing error away.
func nearestDescriptor(name string) string {
	best := ""
	for known := range descriptors {
		if typoDistance(name, known) == 1 {
			if best != "" {
				return ""
			}
			best = known
		}
	}
	return best
}
