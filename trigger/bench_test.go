package trigger

import (
	"testing"
	"time"
)

// benchmarkSpecs are typical triggers, and those whose next slot is hard to find.
var benchmarkSpecs = map[string]Spec{
	"every 5 minutes":       {Schedule: "*/5 * * * *", TimeZone: "Europe/Berlin"},
	"hourly":                {Schedule: "@hourly", TimeZone: "Europe/Berlin"},
	"daily":                 {Schedule: "30 2 * * *", TimeZone: "America/New_York"},
	"daily in UTC":          {Schedule: "0 0 * * *"},
	"weekdays":              {Schedule: "30 8 * * mon-fri", TimeZone: "America/New_York"},
	"monthly":               {Schedule: "0 0 1 * *", TimeZone: "Asia/Tokyo"},
	"yearly":                {Schedule: "@yearly", TimeZone: "Europe/Berlin"},
	"office hours":          {Schedule: "*/10 8-17 * * 1-5", TimeZone: "Europe/London"},
	"every second":          {Cron: &CronFields{Second: "*"}, TimeZone: "Europe/Berlin"},
	"last friday":           {Cron: &CronFields{Day: "last fri", Hour: "18"}, TimeZone: "Europe/Berlin"},
	"iso week":              {Cron: &CronFields{Week: "53", DayOfWeek: "mon"}, TimeZone: "Europe/Berlin"},
	"interval":              {Interval: &Interval{Hours: 1, Minutes: 30}},
	"interval of days":      {Interval: &Interval{Days: 1}, TimeZone: "Europe/Berlin"},
	"29 February":           {Schedule: "0 0 29 2 *", TimeZone: "Europe/Berlin"},
	"29 February, a Monday": {Cron: &CronFields{Month: "2", Day: "29", DayOfWeek: "mon"}, TimeZone: "Europe/Berlin"},
	"5th Thursday, February": {
		Cron: &CronFields{Month: "2", Day: "5th thu"}, TimeZone: "Europe/Berlin",
	},
	"30 February":   {Schedule: "0 0 30 2 *", TimeZone: "Europe/Berlin"},
	"a missing day": {Cron: &CronFields{Year: "2011", Month: "12", Day: "30", Hour: "*"}, TimeZone: "Pacific/Apia"},
	"any of two":    {AnyOf: []Spec{{Schedule: "0 9 * * *", TimeZone: "Asia/Tokyo"}, {Schedule: "0 9 * * *", TimeZone: "Europe/London"}}},
	"all of two":    {AllOf: []Spec{{Cron: &CronFields{Day: "last"}}, {Cron: &CronFields{DayOfWeek: "mon-fri"}}}},
}

func BenchmarkNext(b *testing.B) {
	from := time.Date(2026, 3, 7, 12, 34, 56, 0, time.UTC)
	for name, spec := range benchmarkSpecs {
		b.Run(name, func(b *testing.B) {
			compiled := mustCompile(b, spec, Options{Created: from})
			at := from
			b.ReportAllocs()
			for b.Loop() {
				slot, ok := compiled.Next(at)
				if !ok || slot.Year() > 2200 {
					slot = from
				}
				at = slot
			}
		})
	}
}

// BenchmarkWindow is the catch-up after a month without the manager.
func BenchmarkWindow(b *testing.B) {
	through := time.Date(2026, 4, 7, 12, 34, 56, 0, time.UTC)
	for name, spec := range benchmarkSpecs {
		b.Run(name, func(b *testing.B) {
			compiled := mustCompile(b, spec, Options{Created: time.Unix(0, 0)})
			for b.Loop() {
				compiled.Window(through.AddDate(0, -1, 0), through, 100)
			}
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	for name, spec := range benchmarkSpecs {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				mustCompile(b, spec, Options{})
			}
		})
	}
}
