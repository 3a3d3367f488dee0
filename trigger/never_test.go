package trigger

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

func every(seconds int64, startAt string) Spec {
	return Spec{Interval: &Interval{Seconds: seconds}, StartAt: startAt}
}

// TestT10_TriggersThatNeverFire has triggers without any slot, with a part of the reason, and triggers that have some, or had.
func TestT10_TriggersThatNeverFire(t *testing.T) {
	t.Parallel()
	const newYear, later = "2026-01-01T00:00:00Z", "2026-01-01T00:05:00Z"
	for name, tc := range map[string]struct {
		spec Spec
		want string // a part of the contradiction, empty for none
	}{
		"30 February":                 {Spec{Schedule: "0 0 30 2 *"}, "no date matches"},
		"the 31st of short months":    {Spec{Schedule: "0 0 31 4,6,9,11 *"}, "no date matches, because the months have at most 30 days and the days begin with 31"},
		"31 February of cron":         {cronSpec(CronFields{Month: "2", Day: "31"}), "no date matches"},
		"week 53 in June":             {cronSpec(CronFields{Month: "6", Week: "53"}), "no date matches"},
		"a fifth Friday in week 1":    {cronSpec(CronFields{Day: "5th fri", Week: "10"}), "no date matches"},
		"29 February of a plain year": {cronSpec(CronFields{Year: "2027", Month: "2", Day: "29"}), "no date matches"},
		"29 February":                 {Spec{Schedule: "0 0 29 2 *"}, ""},
		"a fifth Thursday of it":      {cronSpec(CronFields{Month: "2", Day: "5th thu"}), ""},

		"endAt before the first slot":       {Spec{Schedule: "0 9 * * *", StartAt: newYear, EndAt: later}, "its first slot would be 2026-01-01T09:00:00Z, which is after endAt"},
		"endAt before the years":            {Spec{Cron: &CronFields{Year: "2030"}, EndAt: newYear}, "its first slot would be 2030-01-01T00:00:00Z"},
		"startAt after the years":           {Spec{Cron: &CronFields{Year: "2020"}, StartAt: newYear}, "no slot follows startAt"},
		"an interval longer than its span":  {Spec{Interval: &Interval{Days: 2}, EndAt: "2026-05-02T00:00:00Z"}, "its first slot would be 2026-05-03T00:00:00Z"},
		"an interval that has ended before": {Spec{Interval: &Interval{Days: 2}, EndAt: newYear}, ""},
		"endAt that has passed":             {Spec{Schedule: "0 9 * * *", EndAt: "2020-01-01T00:00:00Z"}, ""},
		"years that have passed":            {cronSpec(CronFields{Year: "2020"}), ""},
		"a date that has passed":            {Spec{Date: &Date{RunAt: "2020-01-01T00:00:00Z"}}, ""},
		"a date after endAt":                {Spec{Date: &Date{RunAt: later}, EndAt: newYear}, "runAt is not between startAt and endAt"},
		"a date before startAt":             {Spec{Date: &Date{RunAt: newYear}, StartAt: later}, "runAt is not between startAt and endAt"},
		"a date without a time":             {Spec{Date: &Date{}, EndAt: "2020-01-01T00:00:00Z"}, ""},
		"shutdown":                          {Spec{Shutdown: true}, ""},

		"days that never coincide":       {Spec{AllOf: []Spec{cronSpec(CronFields{Day: "1"}), cronSpec(CronFields{Day: "2"})}}, "no date matches all of its triggers"},
		"weekdays that never coincide":   {Spec{AllOf: []Spec{{Schedule: "0 0 * * 1"}, {Schedule: "0 0 * * 2"}}, TimeZone: "Europe/Berlin"}, "no date matches all of its triggers"},
		"times that never coincide":      {Spec{AllOf: []Spec{{Schedule: "0 9 * * *"}, {Schedule: "0 10 * * *"}}}, "no time of day in common"},
		"minutes that never coincide":    {Spec{AllOf: []Spec{{Schedule: "*/2 * * * *"}, {Schedule: "1-59/2 * * * *", TimeZone: "Asia/Kolkata"}}}, "no time of day in common"},
		"two zones that never agree":     {Spec{AllOf: []Spec{{Schedule: "0 9 * * *", TimeZone: "Asia/Tokyo"}, {Schedule: "0 9 * * *", TimeZone: "Europe/London"}}}, "no time of day in common"},
		"two zones that agree in summer": {Spec{AllOf: []Spec{{Schedule: "0 17 * * *", TimeZone: "Asia/Tokyo"}, {Schedule: "0 9 * * *", TimeZone: "Europe/London"}}}, ""},
		"days in two zones":              {Spec{AllOf: []Spec{{Schedule: "0 9 1 * *", TimeZone: "Asia/Tokyo"}, {Schedule: "0 0 2 * *"}}}, "no instant in common"},
		"only where the clock skips":     {Spec{AllOf: []Spec{{Schedule: "30 2 * * *"}, {Schedule: "30 3 * * *"}}, TimeZone: "Europe/Berlin"}, ""},
		"intervals that never meet":      {Spec{AllOf: []Spec{every(600, newYear), every(600, later)}}, "its intervals never meet"},
		"intervals of other lengths":     {Spec{AllOf: []Spec{every(600, newYear), every(900, later), every(7, newYear)}}, ""},
		"three that meet in pairs alone": {Spec{AllOf: []Spec{every(6, newYear), every(10, "2026-01-01T00:00:02Z"), every(15, "2026-01-01T00:00:01Z")}}, "its intervals never meet"},
		"intervals that meet too late":   {Spec{AllOf: []Spec{every(701, newYear), every(709, "2026-01-01T00:00:01Z")}, EndAt: "2026-01-02T00:00:00Z"}, "its intervals first meet at"},
		"an interval and odd seconds":    {Spec{AllOf: []Spec{every(2, newYear), cronSpec(CronFields{Second: "1-59/2"})}}, "no time of day in common"},
		"hours from an odd creation":     {Spec{AllOf: []Spec{{Interval: &Interval{Hours: 1}}, {Schedule: "0 9 * * *"}}}, "an interval without startAt counts from the creation of the Task"},
		"days at another time":           {Spec{AllOf: []Spec{{Interval: &Interval{Days: 3}, StartAt: newYear}, {Schedule: "0 9 * * *"}}}, "no time of day in common"},
		"every third day on Mondays":     {Spec{AllOf: []Spec{{Interval: &Interval{Days: 3}, StartAt: newYear}, cronSpec(CronFields{DayOfWeek: "mon"})}}, ""},
		"every 14 days, another weekday": {Spec{AllOf: []Spec{{Interval: &Interval{Days: 14}, StartAt: newYear}, cronSpec(CronFields{DayOfWeek: "mon"})}}, "no date matches all of its triggers"},
		"a date that is not in the rest": {Spec{AllOf: []Spec{{Date: &Date{RunAt: newYear}}, cronSpec(CronFields{DayOfWeek: "mon"})}}, "no instant in common"},
		"bounds apart":                   {Spec{AllOf: []Spec{{Schedule: "@daily", EndAt: newYear}, {Schedule: "@daily", StartAt: later}}}, "the bounds of its triggers have no instant in common"},
		"a child with bounds reversed":   {Spec{AllOf: []Spec{{Schedule: "@daily", StartAt: later, EndAt: newYear}, {Schedule: "@daily"}}}, "endAt is before startAt"},
		"days in two zones, once a year": {Spec{AllOf: []Spec{{Schedule: "0 9 1 1 *", TimeZone: "Asia/Tokyo"}, {Schedule: "0 0 1 * *"}}}, ""},
		"days in two zones, years apart": {Spec{AllOf: []Spec{cronSpec(CronFields{Year: "1980,3000"}), {Cron: &CronFields{Year: "1990,3000"}, TimeZone: "Africa/Abidjan"}}}, ""},
		"weeks in two zones":             {Spec{AllOf: []Spec{cronSpec(CronFields{DayOfWeek: "mon", Hour: "*"}), {Cron: &CronFields{DayOfWeek: "wed", Hour: "*"}, TimeZone: "Asia/Tokyo"}}}, "no instant in common"},
		"weekdays that zones make meet":  {Spec{AllOf: []Spec{cronSpec(CronFields{DayOfWeek: "mon", Hour: "*"}), {Cron: &CronFields{DayOfWeek: "tue", Hour: "*"}, TimeZone: "Asia/Tokyo"}}}, ""},
		"29 February on a Monday":        {Spec{AllOf: []Spec{cronSpec(CronFields{Month: "2", Day: "29"}), cronSpec(CronFields{DayOfWeek: "mon"})}}, ""},
		"a date without a time, all of":  {Spec{AllOf: []Spec{{Date: &Date{}}, {Schedule: "@daily"}}}, ""},

		"any of two that never fire": {Spec{AnyOf: []Spec{{Schedule: "0 0 30 2 *"}, {Schedule: "0 0 31 11 *"}}}, "none of its triggers ever does"},
		"any of one that never does": {Spec{AnyOf: []Spec{{Schedule: "0 0 30 2 *"}}}, "no date matches"},
		"any, one of them dead":      {Spec{AnyOf: []Spec{{Schedule: "0 0 30 2 *"}, {Schedule: "@daily"}}}, ""},
		"any, all out of bounds": {
			Spec{AnyOf: []Spec{{Date: &Date{RunAt: newYear}}, {Date: &Date{RunAt: newYear}}}, StartAt: later}, "none of its triggers ever does",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			compiled := mustCompile(t, tc.spec, Options{Created: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC).Add(map[bool]time.Duration{true: 17 * time.Second}[strings.Contains(name, "odd creation")])})
			got := ""
			for _, warning := range compiled.Warnings() {
				if warning.Contradiction {
					got = warning.Text
				}
			}
			if tc.want == "" && got != "" || !strings.Contains(got, tc.want) {
				t.Errorf("contradiction %q, want %q", got, tc.want)
			}
			if slot, ok := find(t, compiled, at(t, "1969-12-31T00:00:00Z")); ok && tc.want != "" {
				t.Errorf("the slot %s of a trigger that never fires", slot)
			}
		})
	}
}

func TestT10_OneDeadPartIsAWarning(t *testing.T) {
	t.Parallel()
	compiled := mustCompile(t, Spec{AnyOf: []Spec{{Schedule: "@daily"}, {Schedule: "0 0 30 2 *"}}}, Options{})
	want := Warning{Field: "anyOf[1].schedule", Text: "this trigger never fires: no date matches, because the months have at most 29 days and the days begin with 30"}
	if got := compiled.Warnings(); len(got) != 1 || got[0] != want {
		t.Errorf("Warnings() = %+v, want %+v", got, want)
	}
}

// TestT6_NeverIsTrue makes up combinations and looks for slots of those that are said to have none.
func TestT6_NeverIsTrue(t *testing.T) {
	t.Parallel()
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	random, dead := rand.New(rand.NewPCG(5, 6)), 0
	for range 3000 {
		spec := Spec{AllOf: []Spec{randomChild(random, from), randomChild(random, from)}}
		if random.IntN(3) == 0 {
			spec.AllOf = append(spec.AllOf, randomChild(random, from))
		}
		env := Options{TimeZone: "Europe/Berlin", Created: from}
		compiled := mustCompile(t, spec, env)
		if compiled.never.why == "" {
			continue
		}
		dead++
		plain := *compiled
		plain.never = verdict{}
		if slot, ok := plain.Next(from.AddDate(-1, 0, 0)); ok {
			t.Fatalf("%s (%+v): %s, but %s is a slot", compiled, spec, compiled.never.why, slot)
		}
	}
	if dead < 100 {
		t.Errorf("only %d of the made-up triggers never fire", dead)
	}
}
