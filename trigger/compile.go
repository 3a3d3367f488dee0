package trigger

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// Compile checks and compiles a trigger. The error, if any, is an *Error.
func Compile(spec Spec, env Options) (*Trigger, error) {
	compiled, _, err := compileCounted(&spec, env)
	return compiled, err
}

// compileCounted is Compile. It returns how many steps were spent on comparing triggers with each other.
func compileCounted(spec *Spec, env Options) (compiled *Trigger, steps int, err error) {
	name := env.TimeZone
	if name == "" {
		name = "UTC"
	}
	parent, ok := loadZone(name)
	if !ok && spec.TimeZone == "" {
		err := unknownZone(name)
		err.Problem += ", which is the default of the Scheduler"
		return nil, 0, err
	}
	c := compilation{created: env.Created}
	compiled, canonical, bad := c.compile(spec, parent)
	if bad != nil {
		return nil, c.steps, bad
	}
	compiled.hash = hashOf(canonical)
	if compiled.NeedsSearch() {
		compiled.remarks = sync.OnceValue(compiled.allWarnings)
	}
	return compiled, c.steps, nil
}

// A compilation is what the parts of one Compile call share.
type compilation struct {
	created time.Time
	// steps counts what has been spent on finding out whether the trigger can fire.
	steps int
}

// compile compiles a root trigger or a child, and returns its canonical form as well. The parent's zone may be nil if the trigger has its own.
func (c *compilation) compile(spec *Spec, parent *zone) (t *Trigger, canonical string, err *Error) {
	t = &Trigger{zone: parent, startAt: minInstant, endAt: maxInstant, jitter: spec.Jitter}
	if spec.TimeZone != "" {
		var ok bool
		if t.zone, ok = loadZone(spec.TimeZone); !ok {
			return nil, "", unknownZone(spec.TimeZone)
		}
	}
	if spec.Jitter < 0 {
		return nil, "", &Error{Field: "jitter", Part: spec.Jitter.String(), Problem: "is negative", Hint: "a start can be delayed, not brought forward"}
	}
	form := canonicalForm{zone: t.zone.name, jitter: spec.Jitter}
	start, err := t.setBounds(spec, &form)
	if err != nil {
		return nil, "", err
	}
	if err = c.setKind(t, spec, start, &form); err != nil {
		return nil, "", err
	}
	if t.kind == kindAllOf {
		t.combine(&c.steps)
	}
	t.judge(true, &c.steps)
	return t, form.String(), nil
}

// setBounds resolves startAt and endAt. It returns what startAt says, nil if it is not given.
func (t *Trigger) setBounds(spec *Spec, form *canonicalForm) (start *moment, err *Error) {
	if spec.StartAt != "" {
		m, err := parseMoment("startAt", spec.StartAt)
		if err != nil {
			return nil, err
		}
		start = &m
		t.startAt, form.startAt, form.local = max(t.startAt, m.instant(t.zone)), m.canonical(), m.local
	}
	if spec.EndAt != "" {
		m, err := parseMoment("endAt", spec.EndAt)
		if err != nil {
			return nil, err
		}
		t.endAt, form.endAt, form.local = min(t.endAt, m.instant(t.zone)), m.canonical(), form.local || m.local
	}
	if t.endAt < t.startAt {
		t.warnings = append(t.warnings, Warning{
			Field: "endAt", Contradiction: true,
			Text: fmt.Sprintf("%q is before startAt %q, so that nothing lies between them", spec.EndAt, spec.StartAt),
		})
	}
	return start, nil
}

// setKind compiles the one kind of trigger that the spec gives.
func (c *compilation) setKind(t *Trigger, spec *Spec, start *moment, form *canonicalForm) *Error {
	given := givenKinds(spec)
	if len(given) != 1 {
		return &Error{
			Part:    strings.Join(given, ", "),
			Problem: fmt.Sprintf("has %s, expected exactly 1", plural(len(given), "kind")),
			Hint:    "write one of schedule, cron, interval, date, anyOf, allOf and shutdown; several go into anyOf",
		}
	}
	t.field = given[0]
	switch given[0] {
	case "schedule":
		return t.setSchedule(spec.Schedule, start, c.created, form)
	case "cron":
		return t.setCron(spec.Cron, form)
	case "interval":
		return t.setInterval(spec.Interval, start, c.created, form)
	case "date":
		return t.setDate(spec.Date, form)
	case "anyOf":
		t.kind = kindAnyOf
		return c.setChildren(t, "anyOf", spec.AnyOf, form)
	case "allOf":
		t.kind = kindAllOf
		return c.setChildren(t, "allOf", spec.AllOf, form)
	default:
		t.kind, t.text, form.body = kindShutdown, "when the Scheduler is deleted", "shutdown"
		return nil
	}
}

// givenKinds returns the names of the kinds that are given, in the order of the documentation.
func givenKinds(spec *Spec) []string {
	var given []string
	for _, kind := range []struct {
		name  string
		given bool
	}{
		{"schedule", spec.Schedule != ""},
		{"cron", spec.Cron != nil},
		{"interval", spec.Interval != nil},
		{"date", spec.Date != nil},
		{"anyOf", spec.AnyOf != nil},
		{"allOf", spec.AllOf != nil},
		{"shutdown", spec.Shutdown},
	} {
		if kind.given {
			given = append(given, kind.name)
		}
	}
	return given
}

func (t *Trigger) setSchedule(text string, start *moment, created time.Time, form *canonicalForm) *Error {
	if strings.HasPrefix(text, everyPrefix) {
		seconds, err := parseEvery(text, t.zone)
		if err != nil {
			return err
		}
		return t.setDistance("schedule", 0, seconds, start, created, form)
	}
	compiled, warnings, err := parseSchedule(text, t.zone)
	if err != nil {
		return err
	}
	t.kind, t.calendar = kindCalendar, compiled
	t.warnings = append(t.warnings, warnings...)
	t.text = describeSchedule(text, t.zone)
	form.body, form.local = canonicalCalendar(compiled), true
	return nil
}

func (t *Trigger) setCron(fields *CronFields, form *canonicalForm) *Error {
	compiled, warnings, err := parseCron(fields)
	if err != nil {
		return err
	}
	t.kind, t.calendar = kindCalendar, compiled
	t.warnings = append(t.warnings, warnings...)
	t.text = describeCron(fields, t.zone)
	form.body, form.local = canonicalCalendar(compiled), true
	return nil
}

func (t *Trigger) setDate(date *Date, form *canonicalForm) *Error {
	if date.RunAt == "" {
		t.kind, t.text, form.body = kindUnsetDate, "once, as soon as possible", "date"
		return nil
	}
	m, err := parseMoment("date.runAt", date.RunAt)
	if err != nil {
		return err
	}
	t.kind, t.runAt, t.runAtWall = kindDate, m.instant(t.zone), m.wall
	if !m.local {
		t.runAtWall = t.zone.wallOf(t.runAt)
	}
	t.text = describeDate(t.runAt, t.zone)
	form.body, form.local = "date "+m.canonical(), form.local || m.local
	return nil
}

func (t *Trigger) setInterval(parts *Interval, start *moment, created time.Time, form *canonicalForm) *Error {
	days, seconds, err := sumInterval(parts)
	if err != nil {
		return err
	}
	return t.setDistance("interval", days, seconds, start, created, form)
}

// setDistance makes the trigger an interval, which is anchored at startAt or else at the creation of the Task (T4).
func (t *Trigger) setDistance(field string, days, seconds int64, start *moment, created time.Time, form *canonicalForm) *Error {
	if days*secondsPerDay+seconds < 1 {
		return &Error{Field: field, Problem: "is shorter than a second", Hint: "write for example interval: {minutes: 5}"}
	}
	iv := interval{days: days, seconds: seconds}
	if start != nil {
		iv.anchor = start.instant(t.zone)
		if iv.anchorWall = start.wall; !start.local {
			iv.anchorWall = t.zone.wallOf(iv.anchor)
		}
	} else {
		iv.anchor, iv.first = max(minInstant, created.Unix()), 1
		iv.anchorWall = t.zone.wallOf(iv.anchor)
	}
	t.kind, t.interval = kindInterval, iv
	t.text = describeInterval(&iv, t.zone)
	form.body, form.local = fmt.Sprintf("every %dd%ds", days, seconds), form.local || days > 0
	return nil
}

// setChildren compiles the children of anyOf or allOf, which share the parent's zone unless they name their own (T6).
func (c *compilation) setChildren(t *Trigger, field string, specs []Spec, form *canonicalForm) *Error {
	if len(specs) == 0 || len(specs) > MaxChildren {
		return &Error{Field: field, Problem: fmt.Sprintf("has %s, expected 1 to %d", plural(len(specs), "trigger"), MaxChildren)}
	}
	var bodies, texts []string
	for i := range specs {
		child, body, err := c.compileChild(&specs[i], t.zone)
		path := fmt.Sprintf("%s[%d]", field, i)
		if err != nil {
			return err.Under(path)
		}
		t.children = append(t.children, child)
		for _, warning := range child.warnings {
			t.warnings = append(t.warnings, Warning{Field: path + "." + warning.Field, Text: warning.Text})
		}
		bodies = append(bodies, body)
		texts = append(texts, child.text)
	}
	form.body = canonicalSet(field, bodies)
	t.text = describeChildren(t.kind, texts)
	return nil
}

func (c *compilation) compileChild(spec *Spec, parent *zone) (*Trigger, string, *Error) {
	switch {
	case spec.AnyOf != nil:
		return nil, "", &Error{Field: "anyOf", Problem: "cannot be nested", Hint: "list its triggers in the parent"}
	case spec.AllOf != nil:
		return nil, "", &Error{Field: "allOf", Problem: "cannot be nested", Hint: "list its triggers in the parent, or make a second Task"}
	case spec.Shutdown:
		return nil, "", &Error{Field: "shutdown", Problem: "cannot be combined with other triggers", Hint: "make a second Task for it"}
	case spec.Jitter != 0:
		return nil, "", &Error{Field: "jitter", Problem: "is the parent's alone", Hint: "write it beside anyOf or allOf"}
	}
	return c.compile(spec, parent)
}

// sumInterval adds up the parts of an interval.
func sumInterval(parts *Interval) (days, seconds int64, err *Error) {
	total := int64(0)
	for _, part := range []struct {
		name   string
		value  int64
		length int64
	}{
		{"weeks", parts.Weeks, 7 * secondsPerDay},
		{"days", parts.Days, secondsPerDay},
		{"hours", parts.Hours, 3600},
		{"minutes", parts.Minutes, 60},
		{"seconds", parts.Seconds, 1},
	} {
		bad := &Error{Field: "interval." + part.name, Part: fmt.Sprint(part.value)}
		switch {
		case part.value < 0:
			bad.Problem = fmt.Sprintf("%d is negative", part.value)
			return 0, 0, bad
		case part.value > (maxDistance-total)/part.length:
			bad.Problem = fmt.Sprintf("%d makes the interval longer than %d years", part.value, maxYear)
			return 0, 0, bad
		}
		total += part.value * part.length
	}
	return parts.Weeks*7 + parts.Days, parts.Hours*3600 + parts.Minutes*60 + parts.Seconds, nil
}
