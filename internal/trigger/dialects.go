package trigger

import (
	"fmt"
	"regexp"
	"slices"
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
	// exclusive tells that the dialect does not have day of month and day of week alternatives.
	exclusive bool
}

// Positions of the fields with six or seven of them.
func eventBridge(parts []string) reading {
	return reading{minute: parts[0], hour: parts[1], day: parts[2], month: parts[3], dayOfWeek: parts[4], year: parts[5], days: quartzDays, exclusive: true}
}

func secondsFirst(parts []string) reading {
	r := reading{second: parts[0], minute: parts[1], hour: parts[2], day: parts[3], month: parts[4], dayOfWeek: parts[5], exclusive: true}
	if len(parts) == 7 {
		r.year, r.days = parts[6], quartzDays // Spring has no year
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

// understandDays reads day of month and day of week. At most one of them may be restricted, but for a crontab.
func (r *reading) understandDays(m *meaning) bool {
	everyWeekday := r.dayOfWeek == "*" || r.dayOfWeek == "?"
	day, hasLast := withoutLast(r.day)
	if hasLast && day == "" {
		m.specialDay, m.day.star = "last", true
		return everyWeekday
	}
	set, err := scheduleFields[scheduleDay].parseSchedulePart(day)
	if err != nil {
		return false
	}
	if m.day = set; hasLast {
		m.specialDay, m.day.star = renderColumn(&set)+",last", true
		return everyWeekday && !set.star
	}
	if everyWeekday {
		m.dayOfWeek.star = true
		return true
	}
	if special := weekdayOfMonth(r.dayOfWeek, r.days); special != "" {
		m.specialDay, m.dayOfWeek.star = special, true
		return m.day.star
	}
	names, ok := r.weekdays()
	m.dayOfWeekNames = names
	return ok && (m.day.star || !r.exclusive)
}

// withoutLast takes the L for the last day out of a list of days.
func withoutLast(list string) (rest string, found bool) {
	items := slices.DeleteFunc(strings.Split(list, ","), func(item string) bool { return strings.EqualFold(item, "L") })
	rest = strings.Join(items, ",")
	return rest, rest != list
}

// weekdays returns the names of the days of week, in the order of their numbers.
func (r *reading) weekdays() (string, bool) {
	if strings.EqualFold(r.dayOfWeek, "L") && len(r.days) == 8 && r.days[0] == "" {
		return "sat", true // the last day of the week
	}
	f := field{name: "day of week", min: 0, max: 6, names: crontabDays[:7]}
	numbered := strings.ContainsAny(weekdayNumbers(r.dayOfWeek), "0123456789")
	switch {
	case numbered && r.days == nil:
		return "", false
	case numbered && r.days[0] == "":
		f.min, f.max = 1, 7
	case numbered:
		f.max = 7
	}
	set, err := f.parseSchedulePart(r.dayOfWeek)
	if err != nil {
		return "", false
	}
	var names []string
	for number := range 8 {
		name := crontabDays[(number-f.min+7)%7]
		if set.bits>>number&1 != 0 && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return weekdayRanges(names), true
}

// weekdayRanges renders names of days, days in a row as a range from Monday on.
func weekdayRanges(names []string) string {
	var items []string
	for start := 0; start < len(weekdayNames); start++ {
		end := start
		for end < len(weekdayNames) && slices.Contains(names, weekdayNames[end]) {
			end++
		}
		switch {
		case end-start > 2:
			items = append(items, weekdayNames[start]+"-"+weekdayNames[end-1])
		case end > start:
			items = append(items, weekdayNames[start:end]...)
		}
		start = max(start, end)
	}
	return strings.Join(items, ",")
}

var (
	nthWeekday  = regexp.MustCompile(`^(?i)([0-7]|sun|mon|tue|wed|thu|fri|sat)#([1-5])$`)
	lastWeekday = regexp.MustCompile(`^(?i)([0-7]|sun|mon|tue|wed|thu|fri|sat)(?:L|#L)$`)
)

// weekdayOfMonth translates "5#2" and "5L", or a list of these, to the words of cron, such as "2nd fri". The days are names by their numbers, nil if numbers have
// no known meaning. It returns an empty string for anything else.
func weekdayOfMonth(text string, days []string) string {
	var words []string
	for item := range strings.SplitSeq(text, ",") {
		word := oneWeekdayOfMonth(item, days)
		if word == "" {
			return ""
		}
		words = append(words, word)
	}
	return strings.Join(words, ",")
}

func oneWeekdayOfMonth(text string, days []string) string {
	ordinal, day := "", ""
	if match := nthWeekday.FindStringSubmatch(text); match != nil {
		day, ordinal = match[1], ordinals[int(match[2][0]-'0')]
	} else if match := lastWeekday.FindStringSubmatch(text); match != nil {
		day, ordinal = match[1], "last"
	} else {
		return ""
	}
	if n, ok := parseDigits(day, 0, 7); ok {
		if n >= len(days) || days[n] == "" {
			return ""
		}
		day = days[n]
	}
	return ordinal + " " + strings.ToLower(day)
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
	fields := CronFields{Day: m.specialDay, DayOfWeek: m.dayOfWeekNames, Minute: renderColumn(&m.minute)}
	if !everyYear {
		fields.Year = r.year
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
	return proposeCron(&fields)
}

func renderColumn(set *valueSet) string {
	if set.star {
		return "*"
	}
	return renderValues(set.bits)
}

// sixOrSeven recognises expressions with seconds or a year.
func sixOrSeven(text string, _ *zone) (diagnosis, bool) {
	parts := strings.Fields(text)
	if len(parts) != 6 && len(parts) != 7 || !slices.ContainsFunc(parts[5:6], looksLikeField) || !looksLikeField(parts[len(parts)-1]) {
		return diagnosis{}, false
	}
	if slices.ContainsFunc(parts, func(part string) bool { return slices.ContainsFunc(strings.Split(part, ","), isHashed) }) {
		return diagnosis{}, false
	}
	count := fmt.Sprintf("found %d fields, expected 5", len(parts))
	if len(parts) == 7 {
		r := secondsFirst(parts)
		return diagnosis{
			problem: count + ": this is the form of Quartz, with the seconds first and the year last", proposal: r.proposal(), hint: r.remark(),
		}, true
	}
	byYear, bySeconds := eventBridge(parts), secondsFirst(parts)
	_, yearFits := byYear.understand()
	secondsFit := bySeconds.plausible()
	switch {
	case hasMark(parts[2]) || hasMark(parts[4]) || isYear(parts[5]):
		return byYear.eventBridge(count), true
	case hasMark(parts[3]) || hasMark(parts[5]) || secondsFit && !yearFits:
		return diagnosis{
			problem: count + ": this is the form of Quartz and Spring, with the seconds first", proposal: bySeconds.proposal(), hint: bySeconds.remark(),
		}, true
	case yearFits && !secondsFit:
		return byYear.eventBridge(count), true
	default:
		return diagnosis{problem: count + ": minute, hour, day-of-month, month, day-of-week", hint: twoReadings(&byYear, &bySeconds)}, true
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
		return "write days of the week by name: their numbers differ between Quartz and Spring"
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
	return diagnosis{problem: problem + ", with six fields and the year last", proposal: r.proposal(), hint: r.remark()}, true
}
