package trigger

import "testing"

func cronSpec(fields CronFields) Spec { return Spec{Cron: &fields} }

func TestT2_Cron(t *testing.T) {
	runSlotCases(t, map[string]slotCase{
		"less significant fields default to their minimum": {
			spec: cronSpec(CronFields{Hour: "5"}), from: "2026-01-01T00:00:00Z", wantSlots: []string{"2026-01-01T05:00:00Z", "2026-01-02T05:00:00Z"},
		},
		"more significant ones to every value": {
			spec: cronSpec(CronFields{Minute: "10"}), from: "2026-01-01T00:00:00Z", wantSlots: []string{"2026-01-01T00:10:00Z", "2026-01-01T01:10:00Z"},
		},
		"a year alone is its first second": {
			spec: cronSpec(CronFields{Year: "2027,2029"}), from: "2026-01-01T00:00:00Z", wantSlots: []string{"2027-01-01T00:00:00Z", "2029-01-01T00:00:00Z"}, wantEnd: true,
		},
		"a month alone is its first day": {
			spec: cronSpec(CronFields{Month: "mar"}), from: "2026-01-01T00:00:00Z", wantSlots: []string{"2026-03-01T00:00:00Z", "2027-03-01T00:00:00Z"},
		},
		"a week is all its days": {
			spec: cronSpec(CronFields{Week: "1"}), from: "2026-01-03T12:00:00Z", wantSlots: []string{"2026-01-04T00:00:00Z", "2027-01-04T00:00:00Z"},
		},
		"no field is every second": {
			spec: cronSpec(CronFields{}), from: "2026-01-01T00:00:00Z", wantSlots: []string{"2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z"},
		},
		"0 is Monday": {
			spec: cronSpec(CronFields{DayOfWeek: "0"}), from: "2026-01-01T00:00:00Z", wantSlots: []string{"2026-01-05T00:00:00Z", "2026-01-12T00:00:00Z"},
		},
		"day and day of week must both match": {
			spec: cronSpec(CronFields{Day: "13", DayOfWeek: "fri"}), from: "2026-01-01T00:00:00Z", wantSlots: []string{"2026-02-13T00:00:00Z", "2026-03-13T00:00:00Z", "2026-11-13T00:00:00Z"},
		},
		"second Tuesday, in any case and spacing": {
			spec: cronSpec(CronFields{Day: " 2ND  Tue ", Hour: "9"}), from: "2026-01-01T00:00:00Z", wantSlots: []string{"2026-01-13T09:00:00Z", "2026-02-10T09:00:00Z"},
		},
		"fifth Friday, where there is one": {
			spec: cronSpec(CronFields{Day: "5th fri"}), from: "2026-01-01T00:00:00Z", wantSlots: []string{"2026-01-30T00:00:00Z", "2026-05-29T00:00:00Z"},
		},
		"fifth Thursday of February": {
			spec: cronSpec(CronFields{Month: "2", Day: "5th thu"}), from: "2026-01-01T00:00:00Z", wantSlots: []string{"2052-02-29T00:00:00Z"},
		},
		"last day and last Friday": {
			spec: cronSpec(CronFields{Day: "last, last fri"}), from: "2026-02-01T00:00:00Z", wantSlots: []string{"2026-02-27T00:00:00Z", "2026-02-28T00:00:00Z", "2026-03-27T00:00:00Z"},
		},
		"week 53 exists in some years": {
			spec: cronSpec(CronFields{Week: "53", DayOfWeek: "sun"}), from: "2026-01-01T00:00:00Z", wantSlots: []string{"2027-01-03T00:00:00Z", "2033-01-02T00:00:00Z"},
		},
		"week 53 of the last leap year": {
			spec: cronSpec(CronFields{Month: "1", Day: "1", Week: "53", DayOfWeek: "sat"}), from: "2006-01-01T00:00:00Z", wantSlots: []string{"2033-01-01T00:00:00Z"},
		},
		"years count from 1970":          {spec: cronSpec(CronFields{Year: "*/1000"}), from: "1971-01-01T00:00:00Z", wantSlots: []string{"2970-01-01T00:00:00Z"}},
		"nothing before 1970":            {spec: cronSpec(CronFields{Day: "*"}), from: "1066-10-14T00:00:00Z", wantSlots: []string{"1970-01-01T00:00:00Z", "1970-01-02T00:00:00Z"}},
		"nothing before 1970, in places": {spec: cronSpec(CronFields{Day: "last"}), from: "1066-10-14T00:00:00Z", wantSlots: []string{"1970-01-31T00:00:00Z"}},
		"leap days in odd years":         {spec: cronSpec(CronFields{Year: "1971/2", Month: "2", Day: "29"}), from: "1970-01-01T00:00:00Z", wantEnd: true},
		"the last year":                  {spec: cronSpec(CronFields{Year: "9999", Month: "12", Day: "31"}), from: "2026-01-01T00:00:00Z", wantSlots: []string{"9999-12-31T00:00:00Z"}, wantEnd: true},
	})
}

func TestT2_CronErrors(t *testing.T) {
	runErrorCases(t, map[string]errorCase{
		"out of range":     {cronSpec(CronFields{Hour: "24"}), `cron.hour: hour "24" is out of range 0-23; write hour: 0`},
		"early year":       {cronSpec(CronFields{Year: "1969"}), `cron.year: year "1969" is out of range 1970-9999`},
		"weekday 7":        {cronSpec(CronFields{DayOfWeek: "7"}), `cron.dayOfWeek: dayOfWeek "7" is out of range 0-6; write names of days: their numbers go from 0 for Monday to 6 for Sunday here`},
		"empty item":       {cronSpec(CronFields{Hour: "5,"}), `cron.hour: hour "5," has a comma without a value; write hour: 5`},
		"question mark":    {cronSpec(CronFields{Day: "?"}), `cron.day: day "?" is not known here; write day: "*"`},
		"L":                {cronSpec(CronFields{Day: "L"}), `cron.day: day "l" is not known here; write day: "last"`},
		"weekday as day":   {cronSpec(CronFields{Day: "fri"}), `cron.day: day "fri" is not a day; write a number, a range like 1-5, "last", "2nd tue" or "last fri"; days of the week alone belong in dayOfWeek`},
		"6th":              {cronSpec(CronFields{Day: "6th fri"}), `cron.day: day "6th fri" is not a day; write a number, a range like 1-5, "last", "2nd tue" or "last fri"; days of the week alone belong in dayOfWeek`},
		"weekday number":   {cronSpec(CronFields{Day: "2nd 3"}), `cron.day: day "2nd 3" is not a day; write a number, a range like 1-5, "last", "2nd tue" or "last fri"; days of the week alone belong in dayOfWeek`},
		"garbage behind":   {cronSpec(CronFields{Day: "1st fri junk"}), `cron.day: day "1st fri junk" is not a day; write a number, a range like 1-5, "last", "2nd tue" or "last fri"; days of the week alone belong in dayOfWeek`},
		"garbage at last":  {cronSpec(CronFields{Day: "last-1"}), `cron.day: day "last-1" is not a day; write a number, a range like 1-5, "last", "2nd tue" or "last fri"; days of the week alone belong in dayOfWeek`},
		"garbage at names": {cronSpec(CronFields{DayOfWeek: "mon#2"}), `cron.dayOfWeek: dayOfWeek "mon#2" is neither a number nor a name; write day: "2nd mon" in place of dayOfWeek`},
		"long name":        {cronSpec(CronFields{DayOfWeek: "monday"}), `cron.dayOfWeek: dayOfWeek "monday" is neither a number nor a name; write dayOfWeek: "mon"`},
		"step on names":    {cronSpec(CronFields{DayOfWeek: "mon-fri/2"}), `cron.dayOfWeek: dayOfWeek "mon-fri/2" has a step behind a name; write dayOfWeek: "mon,wed,fri"`},
		"step on a name":   {cronSpec(CronFields{Month: "jan/3"}), `cron.month: month "jan/3" has a step behind a name; write month: "jan,apr,jul,oct"`},
		"mixed range":      {cronSpec(CronFields{DayOfWeek: "1-fri"}), `cron.dayOfWeek: dayOfWeek "1-fri" mixes a number and a name; write both ends as names`},
		"step 0":           {cronSpec(CronFields{Second: "*/0"}), `cron.second: second "*/0" has the step "0", which is not a whole number of at least 1; write a step from 1 to 59, or a value without a step`},
		"wide step":        {cronSpec(CronFields{Minute: "*/60"}), `cron.minute: minute "*/60" has the step 60, which leads beyond the range 0-59; write "0" for that value alone, or use interval for a distance of time`},
		"wide step, range": {cronSpec(CronFields{Second: "0-30/40"}), `cron.second: second "0-30/40" has the step 40, which leads beyond the range 0-30; write "0" for that value alone, or use interval for a distance of time`},
		"signed":           {cronSpec(CronFields{Hour: "+5"}), `cron.hour: hour "+5" is not a number; write *, a number from 0 to 23, a range like 1-5, a step like */15, or a list of these`},
		"negative":         {cronSpec(CronFields{Minute: "-1"}), `cron.minute: minute "-1" is a range without its start; write both ends, within 0-59`},
		"star range":       {cronSpec(CronFields{Hour: "*-5"}), `cron.hour: hour "*-5" is not a number; write *, a number from 0 to 23, a range like 1-5, a step like */15, or a list of these`},
	})
}
