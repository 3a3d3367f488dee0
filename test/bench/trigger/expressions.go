package main

import (
	"time"

	"github.com/carillon-dev/carillon/trigger"
)

// An expression names times, in a zone or else in UTC.
type expression struct {
	cron string // five fields
	zone string

	// What five fields cannot say is said in the fields of Carillon, and for
	// libraries that can say it in theirs.
	fields               *trigger.CronFields
	inExtended, inQuartz string
}

// location is the zone.
func (e expression) location() *time.Location {
	location, err := time.LoadLocation(e.zone)
	if err != nil {
		panic(err) // a mistake in the tables below
	}
	return location
}

// typical are expressions as they are in use, each understood by every library.
var typical = []expression{
	{cron: "* * * * *"},
	{cron: "*/5 * * * *", zone: "Europe/Berlin"},
	{cron: "0 * * * *", zone: "America/New_York"},
	{cron: "*/10 8-17 * * 1-5", zone: "Europe/London"},
	{cron: "0 0 * * *"},
	{cron: "30 2 * * *", zone: "America/New_York"},
	{cron: "0 9,17 * * *", zone: "Europe/Paris"},
	{cron: "30 8 * * 1-5", zone: "America/New_York"},
	{cron: "15 3 * * 0", zone: "America/Los_Angeles"},
	{cron: "0 0 1 * *", zone: "Asia/Tokyo"},
	{cron: "0 12 15 */3 *", zone: "Australia/Sydney"},
	{cron: "0 0 1 1 *", zone: "Europe/Berlin"},
}

// typicalFrom is where the slots of the typical expressions begin.
var typicalFrom = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// A hard question is one whose answer is far away, or nowhere.
type hardQuestion struct {
	name string
	expression

	from string // RFC 3339
}

var hardQuestions = []hardQuestion{
	{"29 February", expression{cron: "0 0 29 2 *", zone: "Europe/Berlin"}, "2024-03-01T00:00:00+01:00"},
	{"29 February, 8 years away", expression{cron: "0 0 29 2 *"}, "2096-03-01T00:00:00Z"},
	{"29 February, a Monday", expression{fields: &trigger.CronFields{Month: "2", Day: "29", DayOfWeek: "mon"}}, "2072-03-01T00:00:00Z"},
	{"30 February", expression{cron: "0 0 30 2 *", zone: "Europe/Berlin"}, "2026-01-01T00:00:00+01:00"},
	{"31 of short months", expression{cron: "0 0 31 2,4,6,9,11 *"}, "2026-01-01T00:00:00Z"},
	{
		"5th Thursday of February",
		expression{fields: &trigger.CronFields{Month: "2", Day: "5th thu"}, inExtended: "0 0 * 2 4#5", inQuartz: "0 0 0 ? 2 THU#5"},
		"2024-03-01T00:00:00Z",
	},
	{"a fixed time on the day that Apia skipped", expression{cron: "0 12 30 12 *", zone: "Pacific/Apia"}, "2011-12-28T00:00:00-10:00"},
	{
		"every hour of the day that Apia skipped",
		expression{
			fields: &trigger.CronFields{Year: "2011", Month: "12", Day: "30", Hour: "*"}, zone: "Pacific/Apia",
			inExtended: "0 0 * 30 12 * 2011", inQuartz: "0 0 * 30 12 ? 2011",
		},
		"2011-12-28T00:00:00-10:00",
	},
	{"week 1 in June", expression{fields: &trigger.CronFields{Month: "6", Week: "1"}}, "2026-01-01T00:00:00Z"},
	{"week 53, a Monday, 3 January", expression{fields: &trigger.CronFields{Month: "1", Day: "3", Week: "53", DayOfWeek: "mon"}}, "2026-01-01T00:00:00Z"},
}
