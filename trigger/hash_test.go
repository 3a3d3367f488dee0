package trigger

import (
	"testing"
	"time"
)

// TestT9_HashesStay pins hashes: Tasks store them, and one that differs counts as an edit.
func TestT9_HashesStay(t *testing.T) {
	t.Parallel()
	for want, spec := range map[string]Spec{
		"v1-73b82f76": {Schedule: "30 8 * * mon-fri", TimeZone: "America/New_York", StartAt: "2026-12-01T00:00:00", EndAt: "2027-12-01T00:00:00Z", Jitter: 30 * time.Second},
		"v1-34fb57aa": {Cron: &CronFields{Year: "2030", Week: "1-20", Day: "last fri"}},
		"v1-7cf66d5f": {Interval: &Interval{Days: 1, Minutes: 90}, TimeZone: "Europe/Berlin"},
		"v1-c7814326": {Date: &Date{RunAt: "2026-12-24T18:00:00"}},
		"v1-da104372": {Date: &Date{}},
		"v1-8c5f7666": {AnyOf: []Spec{{Schedule: "@daily"}, {Schedule: "@hourly", TimeZone: "Asia/Tokyo"}}},
		"v1-e027ceee": {AllOf: []Spec{{Schedule: "@daily"}, {Schedule: "@hourly"}}},
		"v1-774b1a88": {Shutdown: true},
	} {
		if got := mustCompile(t, spec, Options{}).Hash(); got != want {
			t.Errorf("hash of %+v is %s, want %s", spec, got, want)
		}
	}
}

func TestT9_SpellingsOfOneMeaningHashAlike(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string][]Spec{
		"weekdays": {
			{Schedule: "30 8 * * mon-fri"}, {Schedule: " 30  8 ? * 1,2,3,4,5"}, {Cron: &CronFields{DayOfWeek: "mon-fri", Hour: "8", Minute: "30"}},
		},
		"midnight":    {{Schedule: "@daily"}, {Schedule: "@midnight"}, {Schedule: "0 0 * * *"}, {Cron: &CronFields{Hour: "0"}}},
		"Sunday":      {{Schedule: "0 0 * * 0"}, {Schedule: "0 0 * * 7"}, {Schedule: "@weekly"}},
		"intervals":   {{Interval: &Interval{Hours: 1, Minutes: 30}}, {Interval: &Interval{Seconds: 5400}}, {Schedule: "@every 90m"}},
		"weeks":       {{Interval: &Interval{Weeks: 1}}, {Interval: &Interval{Days: 7}}},
		"instants":    {{Schedule: "@daily", StartAt: "2026-01-01T00:00:00Z"}, {Schedule: "@daily", StartAt: "2026-01-01T01:00:00.0+01:00"}},
		"own default": {{Schedule: "@daily"}, {Schedule: "@daily", TimeZone: "UTC"}},
		"order": {
			{AnyOf: []Spec{{Schedule: "@daily"}, {Schedule: "@hourly"}}}, {AnyOf: []Spec{{Schedule: "@hourly"}, {Schedule: "@daily"}, {Schedule: "@daily"}}},
		},
	} {
		first := mustCompile(t, tc[0], Options{}).Hash()
		for _, spec := range tc[1:] {
			if got := mustCompile(t, spec, Options{Created: time.Unix(1, 0)}).Hash(); got != first {
				t.Errorf("%s: hash of %+v is %s, want %s", name, spec, got, first)
			}
		}
	}
}

// A zone that decides nothing is no part of a trigger: a date without runAt must not run once
// more when the zone of its Scheduler is changed.
func TestT9_OnlyAZoneThatDecidesSlotsCounts(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		spec  Spec
		zoned bool
	}{
		"unset date":            {Spec{Date: &Date{}}, false},
		"instant":               {Spec{Date: &Date{RunAt: "2026-01-01T00:00:00Z"}}, false},
		"local date":            {Spec{Date: &Date{RunAt: "2026-01-01T00:00:00"}}, true},
		"seconds":               {Spec{Interval: &Interval{Hours: 1}}, false},
		"seconds, local start":  {Spec{Interval: &Interval{Hours: 1}, StartAt: "2026-01-01T00:00:00"}, true},
		"seconds, local end":    {Spec{Interval: &Interval{Hours: 1}, StartAt: "2026-01-01T00:00:00Z", EndAt: "2027-01-01T00:00:00"}, true},
		"days":                  {Spec{Interval: &Interval{Days: 1}}, true},
		"@every":                {Spec{Schedule: "@every 1h"}, false},
		"schedule":              {Spec{Schedule: "@daily"}, true},
		"cron":                  {Spec{Cron: &CronFields{Hour: "0"}}, true},
		"any of those without":  {Spec{AnyOf: []Spec{{Date: &Date{}}, {Interval: &Interval{Hours: 1}}}}, false},
		"any with one":          {Spec{AnyOf: []Spec{{Date: &Date{}}, {Schedule: "@daily"}}}, true},
		"any with another zone": {Spec{AnyOf: []Spec{{Schedule: "@daily", TimeZone: "Asia/Tokyo"}}}, false},
	} {
		utc, berlin := mustCompile(t, tc.spec, Options{}).Hash(), mustCompile(t, tc.spec, Options{TimeZone: "Europe/Berlin"}).Hash()
		if zoned := utc != berlin; zoned != tc.zoned {
			t.Errorf("%s: the zone counts: %t, want %t", name, zoned, tc.zoned)
		}
	}
}

func TestT9_EveryPartCounts(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for name, tc := range map[string]struct {
		spec Spec
		env  Options
	}{
		"plain":          {Spec{Schedule: "@daily"}, Options{}},
		"default zone":   {Spec{Schedule: "@daily"}, Options{TimeZone: "Asia/Tokyo"}},
		"other time":     {Spec{Schedule: "@hourly"}, Options{}},
		"startAt":        {Spec{Schedule: "@daily", StartAt: "2026-01-01T00:00:00Z"}, Options{}},
		"local startAt":  {Spec{Schedule: "@daily", StartAt: "2026-01-01T00:00:00"}, Options{}},
		"endAt":          {Spec{Schedule: "@daily", EndAt: "2026-01-01T00:00:00Z"}, Options{}},
		"jitter":         {Spec{Schedule: "@daily", Jitter: time.Second}, Options{}},
		"24 hours":       {Spec{Interval: &Interval{Hours: 24}}, Options{}},
		"1 day":          {Spec{Interval: &Interval{Days: 1}}, Options{}},
		"date":           {Spec{Date: &Date{RunAt: "2026-01-01T00:00:00Z"}}, Options{}},
		"unset date":     {Spec{Date: &Date{}}, Options{}},
		"any":            {Spec{AnyOf: []Spec{{Schedule: "@daily"}}}, Options{}},
		"all":            {Spec{AllOf: []Spec{{Schedule: "@daily"}}}, Options{}},
		"any, elsewhere": {Spec{AnyOf: []Spec{{Schedule: "@daily", TimeZone: "Asia/Tokyo"}}}, Options{}},
		"years":          {Spec{Cron: &CronFields{Year: "2026-2030", Hour: "0", Day: "*"}}, Options{}},
		"weeks":          {Spec{Cron: &CronFields{Week: "1-52", Hour: "0", Day: "*"}}, Options{}},
	} {
		hash := mustCompile(t, tc.spec, tc.env).Hash()
		if other, ok := seen[hash]; ok {
			t.Errorf("%s and %s have the same hash %s", name, other, hash)
		}
		seen[hash] = name
	}
}
