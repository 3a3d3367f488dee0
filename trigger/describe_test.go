package trigger

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestString(t *testing.T) {
	t.Parallel()
	for want, spec := range map[string]Spec{
		"30 8 * * mon-fri America/New_York":           {Schedule: " 30 8  * * mon-fri", TimeZone: "America/New_York", Jitter: 1},
		"@daily UTC":                                  {Schedule: "@daily"},
		"every 1h30m":                                 {Schedule: "@every 90m"},
		`day="last fri" hour=18 Europe/Berlin`:        {Cron: &CronFields{Day: "last fri", Hour: "18"}, TimeZone: "Europe/Berlin"},
		"every 1s":                                    {Cron: &CronFields{}},
		"every 25h5s":                                 {Interval: &Interval{Hours: 25, Seconds: 5}},
		"every 2w Europe/Berlin":                      {Interval: &Interval{Weeks: 2}, TimeZone: "Europe/Berlin"},
		"every 8d1h UTC":                              {Interval: &Interval{Weeks: 1, Days: 1, Minutes: 60}},
		"at 2026-12-24 18:00:00 Europe/Berlin":        {Date: &Date{RunAt: "2026-12-24T17:00:00Z"}, TimeZone: "Europe/Berlin"},
		"once, as soon as possible":                   {Date: &Date{}},
		"any of: 0 9 * * * Asia/Tokyo; 0 9 * * * UTC": {AnyOf: []Spec{{Schedule: "0 9 * * *", TimeZone: "Asia/Tokyo"}, {Schedule: "0 9 * * *"}}},
		"all of: day=last UTC; dayOfWeek=mon-fri UTC": {AllOf: []Spec{{Cron: &CronFields{Day: "last"}}, {Cron: &CronFields{DayOfWeek: "mon-fri"}}}},
		"when the Scheduler is deleted":               {Shutdown: true},
	} {
		if got := mustCompile(t, spec, Options{}).String(); got != want {
			t.Errorf("String() = %s, want %s", got, want)
		}
	}
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		spec Spec
		want []Warning
	}{
		"nothing to say":     {Spec{Schedule: "*/15 9-17 * * mon-fri"}, nil},
		"nor here":           {Spec{Cron: &CronFields{Day: "last", DayOfWeek: "mon-fri", Minute: "*/20"}}, nil},
		"minutes":            {Spec{Schedule: "*/90 * * * *"}, []Warning{{Field: "schedule", Text: `minute "*/90" does not run every 90 minutes but once an hour, at minute 0; for a distance of time use interval`}}},
		"hours":              {Spec{Schedule: "0 6-9/12 * * *"}, []Warning{{Field: "schedule", Text: `hour "6-9/12" does not run every 12 hours but once a day, at hour 6; for a distance of time use interval`}}},
		"days":               {Spec{Schedule: "0 0 */40 * *"}, []Warning{{Field: "schedule", Text: `day of month "*/40" matches 1 alone, because the step leads beyond the range`}}},
		"either day":         {Spec{Schedule: "0 0 13 * fri"}, []Warning{{Field: "schedule", Text: `day of month "13" and day of week "fri" are both restricted, so a day that matches either of them has slots; for days that match both use cron with day and dayOfWeek`}}},
		"a star with a tail": {Spec{Schedule: "*-5 * * * *"}, []Warning{{Field: "schedule", Text: `minute "*-5" means "*", what follows the star is ignored`}}},
		"numbers of days":    {Spec{Cron: &CronFields{DayOfWeek: "1-5"}}, []Warning{{Field: "cron.dayOfWeek", Text: `numbers of days count from 0 for Monday here and from 0 for Sunday in schedule; "tue,wed,thu,fri,sat" is clearer`}}},
		"every second":       {Spec{Cron: &CronFields{}}, []Warning{{Field: "cron", Text: `no field is given, so every second has a slot`}}},
		"of a child":         {Spec{AnyOf: []Spec{{Schedule: "@daily"}, {Cron: &CronFields{DayOfWeek: "0"}}}}, []Warning{{Field: "anyOf[1].cron.dayOfWeek", Text: `numbers of days count from 0 for Monday here and from 0 for Sunday in schedule; "mon" is clearer`}}},
		"no such date":       {Spec{Schedule: "0 0 30 feb *"}, []Warning{{Field: "schedule", Contradiction: true, Text: `the trigger never fires: no date matches, because the months have at most 29 days and the days begin with 30`}}},
		"bounds":             {Spec{Schedule: "@yearly", StartAt: "2026-01-02T00:00:00Z", EndAt: "2026-12-31T00:00:00Z"}, []Warning{{Field: "endAt", Contradiction: true, Text: `the trigger never fires: its first slot would be 2027-01-01T00:00:00Z, which is after endAt`}}},
		"bounds in the wrong order": {Spec{Schedule: "@hourly", StartAt: "2026-01-02T00:00:00Z", EndAt: "2026-01-01T00:00:00Z"}, []Warning{
			{Field: "endAt", Text: `"2026-01-01T00:00:00Z" is before startAt "2026-01-02T00:00:00Z", so that nothing lies between them`, Contradiction: true},
		}},
		"nothing in common":        {Spec{AllOf: []Spec{{Schedule: "0 9 * * *"}, {Schedule: "0 10 1 1 *"}}}, []Warning{{Field: "allOf", Contradiction: true, Text: `the trigger never fires: its triggers have no time of day in common`}}},
		"a child that never fires": {Spec{AllOf: []Spec{{Schedule: "@daily"}, {Schedule: "0 0 30 2 *"}}}, []Warning{{Field: "allOf[1].schedule", Contradiction: true, Text: `the trigger never fires: one of its triggers never does: no date matches, because the months have at most 29 days and the days begin with 30`}}},
		"a far year is no never":   {Spec{AllOf: []Spec{{Cron: &CronFields{Year: "2500", Hour: "*"}}, {Schedule: "0 9 * * mon"}}}, nil},
		"shutdown is no never":     {Spec{Shutdown: true}, nil},
		"nor is a date to anchor":  {Spec{Date: &Date{}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := mustCompile(t, tc.spec, Options{}).Warnings()
			if len(got) == 0 && len(tc.want) == 0 {
				return
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("Warnings() (-want +got):\n%s", diff)
			}
		})
	}
}

// TestWarnings_AreCopies shows that a caller cannot change a trigger.
func TestWarnings_AreCopies(t *testing.T) {
	t.Parallel()
	compiled := mustCompile(t, Spec{Schedule: "0 0 30 2 sun"}, Options{})
	first := compiled.Warnings()
	want := slices.Clone(first)
	first[0].Text = "changed"
	if diff := cmp.Diff(want, compiled.Warnings()); diff != "" {
		t.Errorf("Warnings() again (-want +got):\n%s", diff)
	}
}

// One letter makes another part of the world of an abbreviation: none is suggested.
func TestUnknownZone_AbbreviationsAreNotGuessed(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"PST", "IST", "CEST", "BST"} {
		if _, err := Compile(Spec{Schedule: "@daily", TimeZone: name}, Options{}); err == nil || strings.Contains(err.Error(), "did you mean") {
			t.Errorf("%s: %v, want a rejection without a guess", name, err)
		}
	}
	for name, want := range map[string]string{"utc": "UTC", "est": "EST"} {
		if _, err := Compile(Spec{Schedule: "@daily", TimeZone: name}, Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want a hint at %s", name, err, want)
		}
	}
}
