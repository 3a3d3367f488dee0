package main

// A vector is a question that cron libraries are known to answer differently. The
// expected answers are those of Carillon's contract for triggers.
type vector struct {
	id, name string
	expression

	from      string   // RFC 3339, exclusive
	want      []string // the first slots after it; nil means that the expression has to be rejected
	construct string   // an expression that a library rejects which does not have the construct at all
}

var vectors = []vector{
	{
		id: "D1", name: "a fixed time that is skipped runs once, later", expression: expression{cron: "30 2 * * *", zone: "America/New_York"},
		from: "2026-03-07T12:00:00-05:00", want: []string{"2026-03-08T03:30:00-04:00", "2026-03-09T02:30:00-04:00"},
	},
	{
		id: "D2", name: "a fixed time that is repeated runs once", expression: expression{cron: "30 1 * * *", zone: "America/New_York"},
		from: "2026-10-31T12:00:00-04:00", want: []string{"2026-11-01T01:30:00-04:00", "2026-11-02T01:30:00-05:00"},
	},
	{
		id: "D3a", name: "every hour follows the clock in spring", expression: expression{cron: "0 * * * *", zone: "America/New_York"},
		from: "2026-03-08T00:30:00-05:00", want: []string{"2026-03-08T01:00:00-05:00", "2026-03-08T03:00:00-04:00", "2026-03-08T04:00:00-04:00"},
	},
	{
		id: "D3b", name: "every hour follows the clock in autumn", expression: expression{cron: "0 * * * *", zone: "America/New_York"},
		from: "2026-11-01T00:30:00-04:00", want: []string{"2026-11-01T01:00:00-04:00", "2026-11-01T01:00:00-05:00", "2026-11-01T02:00:00-05:00"},
	},
	{
		id: "D4", name: "a midnight that does not exist, Cairo", expression: expression{cron: "0 0 * * *", zone: "Africa/Cairo"},
		from: "2026-04-23T12:00:00+02:00", want: []string{"2026-04-24T01:00:00+03:00", "2026-04-25T00:00:00+03:00"},
	},
	{
		id: "D5", name: "a midnight that does not exist, Santiago", expression: expression{cron: "30 0 * * *", zone: "America/Santiago"},
		from: "2026-09-05T12:00:00-04:00", want: []string{"2026-09-06T01:30:00-03:00", "2026-09-07T00:30:00-03:00"},
	},
	{
		id: "D6", name: "a midnight that does not exist, Sao Paulo", expression: expression{cron: "0 0 * * *", zone: "America/Sao_Paulo"},
		from: "2018-11-03T12:00:00-03:00", want: []string{"2018-11-04T01:00:00-02:00", "2018-11-05T00:00:00-02:00"},
	},
	{
		id: "D7", name: "a gap of half an hour", expression: expression{cron: "15 2 * * *", zone: "Australia/Lord_Howe"},
		from: "2026-10-03T12:00:00+10:30", want: []string{"2026-10-04T02:45:00+11:00", "2026-10-05T02:15:00+11:00"},
	},
	{
		id: "D8", name: "a repetition of half an hour", expression: expression{cron: "45 1 * * *", zone: "Australia/Lord_Howe"},
		from: "2026-04-04T12:00:00+11:00", want: []string{"2026-04-05T01:45:00+11:00", "2026-04-06T01:45:00+10:30"},
	},
	{
		id: "D9", name: "a gap of two hours", expression: expression{cron: "30 1 * * *", zone: "Antarctica/Troll"},
		from: "2026-03-28T12:00:00+00:00", want: []string{"2026-03-29T03:30:00+02:00", "2026-03-30T01:30:00+02:00"},
	},
	{
		id: "D10", name: "a day that does not exist", expression: expression{cron: "0 12 30 12 *", zone: "Pacific/Apia"},
		from: "2011-12-28T00:00:00-10:00", want: []string{"2011-12-31T12:00:00+14:00", "2012-12-30T12:00:00+14:00"},
	},
	{
		id: "D11", name: "29 February across 2100", expression: expression{cron: "0 0 29 2 *"},
		from: "2096-03-01T00:00:00Z", want: []string{"2104-02-29T00:00:00Z"},
	},
	{
		id: "D12", name: "day of month or day of week", expression: expression{cron: "0 0 */2 * 3"},
		from: "2026-01-05T12:00:00Z", want: []string{"2026-01-07T00:00:00Z", "2026-01-09T00:00:00Z", "2026-01-11T00:00:00Z", "2026-01-13T00:00:00Z", "2026-01-14T00:00:00Z"},
	},
	{
		id: "D13", name: "*/90 minutes is hourly, as in CronJob", expression: expression{cron: "*/90 * * * *"},
		from: "2026-01-01T00:30:00Z", want: []string{"2026-01-01T01:00:00Z", "2026-01-01T02:00:00Z"},
	},
	{
		id: "D14", name: "7 is Sunday", expression: expression{cron: "0 0 * * 7"},
		from: "2026-01-01T00:00:00Z", want: []string{"2026-01-04T00:00:00Z", "2026-01-11T00:00:00Z"},
	},
	{id: "D15", name: "22-2 is an error, as in CronJob", expression: expression{cron: "0 22-2 * * *"}},
	{id: "D16", name: "TZ=UTC alone is an error", expression: expression{cron: "TZ=UTC"}},
	{id: "D17", name: "@every 0s is an error", expression: expression{cron: "@every 0s"}, construct: "@every 90s"},
	{
		id: "D18", name: "a star with a step restricts", expression: expression{cron: "0 0 */16 * 1"},
		from: "2026-01-01T12:00:00Z", want: []string{"2026-01-05T00:00:00Z", "2026-01-12T00:00:00Z", "2026-01-17T00:00:00Z"},
	},
}
