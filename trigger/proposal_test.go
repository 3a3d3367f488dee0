package trigger

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

var (
	quotedText    = regexp.MustCompile(`"((?:[^"\\]|\\.)*)"`)
	triggerField  = regexp.MustCompile(`\b(?:cron|interval|date): \{[^}]*\}`)
	cronFieldText = regexp.MustCompile(`write (year|month|day|week|dayOfWeek|hour|minute|second): ("(?:[^"\\]|\\.)*"|\d+)`)
	zoneBeside    = regexp.MustCompile(`timeZone: (\S+) and `)
)

// example begins what a hint shows as valid, whatever was rejected.
var example = regexp.MustCompile(`(?:for example|like|such as) `)

// proposals returns all triggers that an error proposes for a rejected one, and those that it shows as examples. A field that is proposed goes in the place of
// the old one.
func proposals(t *testing.T, rejected Spec, err error) (proposed, examples []Spec) {
	t.Helper()
	var bad *Error
	if !errors.As(err, &bad) {
		t.Fatalf("error %T, want *Error", err)
	}
	hint, rest := *bad, *bad
	if begin := example.FindStringIndex(bad.Hint); begin != nil && !strings.HasSuffix(bad.Field, "timeZone") {
		hint.Hint, rest.Hint = bad.Hint[:begin[0]], bad.Hint[begin[1]:]
		examples = inHint(t, rejected, &rest)
	}
	return inHint(t, rejected, &hint), examples
}

// inHint returns all triggers in a hint.
func inHint(t *testing.T, rejected Spec, bad *Error) []Spec {
	t.Helper()
	zone := rejected.TimeZone
	if match := zoneBeside.FindStringSubmatch(bad.Hint); match != nil {
		zone = match[1]
	}
	var found []Spec
	for _, text := range triggerField.FindAllString(bad.Hint, -1) {
		spec := parseTrigger(t, text)
		spec.TimeZone = zone
		found = append(found, spec)
	}
	if match := cronFieldText.FindStringSubmatch(bad.Hint); match != nil && rejected.Cron != nil {
		value := match[2]
		if unquoted, err := strconv.Unquote(value); err == nil {
			value = unquoted
		}
		found = append(found, withField(rejected, match[1], value, strings.Contains(bad.Hint, "in place of dayOfWeek")))
	}
	for _, match := range quotedText.FindAllStringSubmatch(triggerField.ReplaceAllString(bad.Hint, ""), -1) {
		text, err := strconv.Unquote(match[0])
		switch {
		case err != nil:
			t.Errorf("hint %s quotes %s badly", bad.Hint, match[0])
		case strings.HasPrefix(bad.Field, "schedule") && (len(strings.Fields(text)) == 5 || strings.HasPrefix(text, "@")):
			found = append(found, Spec{Schedule: text, TimeZone: zone})
		case strings.HasSuffix(bad.Field, "timeZone"):
			found = append(found, Spec{Schedule: "@daily", TimeZone: text})
		}
	}
	return found
}

// parseTrigger reads a field of a trigger as it stands in a manifest.
func parseTrigger(t *testing.T, text string) Spec {
	t.Helper()
	var written struct {
		Cron     map[string]any
		Interval *Interval
		Date     *Date
	}
	if err := yaml.UnmarshalStrict([]byte(text), &written, func(d *json.Decoder) *json.Decoder { d.UseNumber(); return d }); err != nil {
		t.Fatalf("%s cannot be read: %v", text, err)
	}
	spec := Spec{Interval: written.Interval, Date: written.Date}
	if written.Cron != nil {
		spec.Cron = new(CronFields)
		for name, value := range written.Cron {
			spec = withField(spec, name, fmt.Sprint(value), false)
		}
	}
	return spec
}

// withField returns a cron trigger with another expression in a field.
func withField(spec Spec, name, value string, noWeekday bool) Spec {
	fields := *spec.Cron
	if noWeekday {
		fields.DayOfWeek = ""
	}
	*map[string]*string{
		"year": &fields.Year, "month": &fields.Month, "day": &fields.Day, "week": &fields.Week, "dayOfWeek": &fields.DayOfWeek,
		"hour": &fields.Hour, "minute": &fields.Minute, "second": &fields.Second,
	}[name] = value
	spec.Cron = &fields
	return spec
}

// sameSlots compares two triggers slot by slot.
func sameSlots(t *testing.T, want, got Spec) {
	t.Helper()
	env := Options{Created: at(t, "2026-01-01T00:00:00Z")}
	wanted, proposed := mustCompile(t, want, env), mustCompile(t, got, env)
	after := at(t, "2025-12-31T00:00:00Z")
	for range 400 {
		wantSlot, wantOK := wanted.Next(after)
		slot, ok := proposed.Next(after)
		if ok != wantOK || !slot.Equal(wantSlot) {
			t.Fatalf("%s has the slot %s after %s, want %s", proposed, slot, after, wantSlot)
		}
		if !ok {
			return
		}
		after = slot
	}
}

// TestT10_Proposals has expressions of other programs, with a trigger of the same meaning, and those for which there is none.
func TestT10_Proposals(t *testing.T) {
	t.Parallel()
	cron := func(fields CronFields) []Spec { return []Spec{{Cron: &fields}} }
	schedule := func(texts ...string) []Spec {
		var specs []Spec
		for _, text := range texts {
			specs = append(specs, Spec{Schedule: text})
		}
		return specs
	}
	for text, want := range map[string][]Spec{
		// EventBridge: the year is last, and Sunday is 1.
		"0 12 * * ? *":             schedule("0 12 * * *"),
		"cron(0 12 * * ? *)":       schedule("0 12 * * *"),
		"CRON( 15 10 ? * 6 * )":    schedule("15 10 * * 5"),
		"cron(0 18 ? * MON-FRI *)": schedule("0 18 * * 1-5"),
		"0 10 ? * 1-7/3 *":         schedule("0 10 * * 0,3,6"),
		"0 10 ? * 6#3 *":           cron(CronFields{Day: "3rd fri", Hour: "10"}),
		"0 10 ? * 6L *":            cron(CronFields{Day: "last fri", Hour: "10"}),
		"0 10 ? * L *":             schedule("0 10 * * 6"),
		"0 10 L * ? *":             cron(CronFields{Day: "last", Hour: "10"}),
		"0 10 15W * ? *":           nil,
		"0 10 LW * ? *":            nil,
		"0 12 * * ? 2026":          cron(CronFields{Year: "2026", Hour: "12"}),
		"0 12 1 JAN ? 2026-2028":   cron(CronFields{Year: "2026,2027,2028", Month: "1", Day: "1", Hour: "12"}),
		"0 12 1 1 2 2026":          nil,
		// Without a question mark the numbers may be those of cron.
		"0 5 * * 1-5 2026":          nil,
		"0 5 * * 1-5 *":             nil,
		"0 5 * * 1 *":               nil,
		"0 5 * * MON-FRI 2026":      cron(CronFields{Year: "2026", DayOfWeek: "mon-fri", Hour: "5"}),
		"0 12 1 * 1 2027":           nil,
		"0 0 12 * * 2 2026":         nil,
		"cron(0 5 * * 2-6 2026)":    cron(CronFields{Year: "2026", DayOfWeek: "mon-fri", Hour: "5"}),
		"cron(0 12 * * ?)":          schedule("0 12 * * *"),
		"cron(0 12 ? * 2)":          nil,
		"rate(5 minutes)":           {{Interval: &Interval{Minutes: 5}}},
		"rate(1 hour)":              {{Interval: &Interval{Hours: 1}}},
		"rate(1 day)":               {{Interval: &Interval{Days: 1}}},
		"rate(5)":                   nil,
		"rate(0 minutes)":           nil,
		"at(2026-12-24T18:00:00)":   {{Date: &Date{RunAt: "2026-12-24T18:00:00Z"}}},
		"at(yesterday)":             nil,
		"30 5 1,15 * ? *":           schedule("30 5 1,15 * *"),
		"0/10 * ? * MON-FRI *":      schedule("*/10 * * * mon-fri"),
		"0 8-17 ? * MON-FRI *":      schedule("0 8-17 * * mon-fri"),
		"0/5 8-17 ? * MON-FRI 2027": cron(CronFields{Year: "2027", DayOfWeek: "mon-fri", Hour: "8-17", Minute: "*/5"}),

		// Seconds first; the numbers of days differ between Quartz and Spring.
		"0 0 12 * * ?":            schedule("0 12 * * *"),
		"0 30 8 * * *":            schedule("30 8 * * *"),
		"0 15 10 ? * MON-FRI":     schedule("15 10 * * 1-5"),
		"0 15 10 ? * 2-6":         nil,
		"0 15 10 ? * 6L":          nil,
		"0 15 10 ? * FRI#2":       cron(CronFields{Day: "2nd fri", Hour: "10", Minute: "15"}),
		"0 15 10 L-3 * ?":         nil,
		"0 0 12 ? * 2 2026":       cron(CronFields{Year: "2026", DayOfWeek: "mon", Hour: "12"}),
		"0 0 12 ? * 6#3 *":        cron(CronFields{Day: "3rd fri", Hour: "12"}),
		"30 0 12 * * ?":           cron(CronFields{Hour: "12", Minute: "0", Second: "30"}),
		"*/20 30 8 * * *":         cron(CronFields{Hour: "8", Minute: "30", Second: "0,20,40"}),
		"0 0 12 1 * MON":          nil, // both, or either of them
		"0 11 11 11 11 ?":         schedule("11 11 11 11 *"),
		"0 0/5 14,18 * * ?":       schedule("*/5 14,18 * * *"),
		"0 0 12 * JAN,FEB FRI-L":  nil,
		"0 12 L * * /bin/run":     cron(CronFields{Day: "last", Hour: "12"}),
		"0 12 * * 5L root /b/run": cron(CronFields{Day: "last fri", Hour: "12"}),

		// Special days in five fields.
		"0 0 L * *":     cron(CronFields{Day: "last"}),
		"0 0 1,L * *":   cron(CronFields{Day: "1,last"}),
		"0 * L * *":     cron(CronFields{Day: "last", Hour: "*", Minute: "0"}),
		"0 0 * * 5#2":   cron(CronFields{Day: "2nd fri"}),
		"0 0 * * 1#1,5": nil,
		"0 0 * * 7L":    cron(CronFields{Day: "last sun"}),
		"0 0 13 * 5L":   nil,
		"0 0 LW * *":    nil,
		"0 0 L-3 * *":   nil,
		"0 0 15W * *":   nil,

		// Jenkins.
		"H * * * *": nil, "H/15 * * * *": nil, "H(0-29)/10 * * * *": nil, "0 H(0-7) * * 1-5": nil, "@every H": nil,

		// Lines of a crontab.
		"0 9 * * MON-FRI /usr/bin/report":      schedule("0 9 * * 1-5"),
		"0 9 * * 1-5 root /usr/bin/report -a":  schedule("0 9 * * 1-5"),
		"30 4 1 jan * backup.sh":               schedule("30 4 1 1 *"),
		"0 0 * * * # nightly":                  schedule("@daily"),
		"0 22-6/2 * * * # at night":            schedule("0 22,0,2,4,6 * * *"),
		"# nightly":                            nil,
		"0 0 * * 5 #2":                         nil,
		"@daily /usr/bin/report":               schedule("@daily"),
		"MAILTO=root":                          nil,
		"PATH = /bin":                          nil,
		"TZ=Asia/Tokyo 0 9 * * *":              {{Schedule: "0 9 * * *", TimeZone: "Asia/Tokyo"}},
		"CRON_TZ=Asia/Tokyo\t0 30 8 * * *":     {{Schedule: "30 8 * * *", TimeZone: "Asia/Tokyo"}},
		`TZ="Europe/Berlin" @daily`:            {{Schedule: "@daily", TimeZone: "Europe/Berlin"}},
		"0 9 * * 1-5 America/New_York":         {{Schedule: "0 9 * * 1-5", TimeZone: "America/New_York"}},
		"0 9 * * 1-5 UTC":                      {{Schedule: "0 9 * * 1-5", TimeZone: "UTC"}},
		"TZ=UTC":                               nil,
		"TZ=UTC nonsense":                      nil,
		"TZ=Asia/Tokyo rate(1 day)":            {{Interval: &Interval{Days: 1}, TimeZone: "Asia/Tokyo"}},
		"CRON_TZ=Europe/Berlin every 2 days":   {{Interval: &Interval{Hours: 48}, TimeZone: "Europe/Berlin"}},
		"0 0 * * * * *  * /usr/bin/something ": schedule("@daily"),

		// Macros and words.
		"@reboot": {{Date: &Date{}}}, "@weekdays": nil, "@fortnightly": nil, "@": nil,
		"@Midnight":      schedule("@daily"),
		"@dayly":         schedule("@daily"),
		"@every 1h 30m":  schedule("@every 90m"),
		"@every5m":       schedule("@every 5m"),
		"@every 2 hours": {{Interval: &Interval{Hours: 2}}},
		"@every 1d":      {{Interval: &Interval{Days: 1}}},
		"@every 500ms":   nil,
		"@every_minute":  schedule("* * * * *"),
		"hourly":         schedule("@hourly"),
		"every 5 min":    {{Interval: &Interval{Minutes: 5}}},
		"90s":            {{Interval: &Interval{Seconds: 90}}},
		"1h30m":          schedule("@every 90m"),
		"PT15M":          {{Interval: &Interval{Minutes: 15}}},
		"FREQ=DAILY":     nil,

		// Characters.
		"０ ０ ＊ ＊ ＊":      schedule("@daily"),
		"0 9 * * 1–5":    schedule("0 9 * * 1-5"),
		"0 9 ∗ ∗ *":      schedule("0 9 * * *"),
		"\ufeff@daily":   schedule("@daily"),
		`"0 0 * * *"`:    schedule("@daily"),
		"'0 0 12 * * ?'": schedule("0 12 * * *"),

		// Values.
		"0 24 * * *": schedule("0 0 * * *"), "0 24 * * mon": nil, "60 * * * *": schedule("0 * * * *"), "60 9 * * *": nil, "0-60 * * * *": nil, "0 0-24 * * *": nil,
		"1,,2 * * * *": schedule("1,2 * * * *"), ", * * * *": nil, "5- * * * *": nil, "-5 * * * *": nil, "*/0 * * * *": nil, "*/-1 * * * *": nil, "1.5 * * * *": nil,
		"0 0 * * monday-friday": schedule("0 0 * * 1-5"), "0 0 1 sept *": schedule("0 0 1 9 *"), "0 0 * * foo": nil,
		"0 0 28-3/2 * *": nil, "* * * *": nil, "0 0 * * * 7": nil,
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			rejected := Spec{Schedule: text}
			_, err := Compile(rejected, Options{})
			if err == nil {
				t.Fatal("Compile() accepts it")
			}
			got, examples := proposals(t, rejected, err)
			for _, spec := range examples {
				mustCompile(t, spec, Options{})
			}
			if len(got) != len(want) {
				t.Fatalf("%v proposes %+v, want %d of them", err, got, len(want))
			}
			for i := range want {
				sameSlots(t, want[i], got[i])
			}
		})
	}
}

// checkProposals checks that everything which an error shows can be written.
func checkProposals(t *testing.T, rejected Spec, err error) {
	t.Helper()
	proposed, examples := proposals(t, rejected, err)
	for _, spec := range append(proposed, examples...) {
		if _, again := Compile(spec, Options{}); again != nil {
			var bad *Error
			if errors.As(again, &bad) && rejected.Cron != nil && spec.Cron != nil && !strings.HasPrefix(bad.Field, fieldOf(err)) {
				continue // the error is about the first of two bad fields
			}
			t.Fatalf("%+v is rejected with %v, of which %+v is rejected, too: %v", rejected, err, spec, again)
		}
	}
}

func fieldOf(err error) string {
	var bad *Error
	errors.As(err, &bad)
	return bad.Field
}
