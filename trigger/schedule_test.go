package trigger

import "testing"

func TestT1_Schedule(t *testing.T) {
	runSlotCases(t, map[string]slotCase{
		"names in any case": {
			spec: Spec{Schedule: "30 8 * FEB-Mar mon-FRI"}, from: "2026-01-30T00:00:00Z",
			wantSlots: []string{"2026-02-02T08:30:00Z", "2026-02-03T08:30:00Z"},
		},
		"blanks and tabs": {spec: Spec{Schedule: " 5\t4  * * * "}, from: "2026-01-01T00:00:00Z", wantSlots: []string{"2026-01-01T04:05:00Z"}},
		"a/n goes on to the end of the field": {
			spec: Spec{Schedule: "50/5 23 * * *"}, from: "2026-01-01T00:00:00Z", wantSlots: []string{"2026-01-01T23:50:00Z", "2026-01-01T23:55:00Z", "2026-01-02T23:50:00Z"},
		},
		"@weekly":   {spec: Spec{Schedule: "@weekly"}, from: "2026-01-01T00:00:00Z", wantSlots: []string{"2026-01-04T00:00:00Z", "2026-01-11T00:00:00Z"}},
		"@monthly":  {spec: Spec{Schedule: "@monthly"}, from: "2026-01-02T00:00:00Z", wantSlots: []string{"2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"}},
		"@annually": {spec: Spec{Schedule: "@annually"}, from: "2026-01-02T00:00:00Z", wantSlots: []string{"2027-01-01T00:00:00Z"}},
		"@every from the creation": {
			spec: Spec{Schedule: "@every 1h30m"}, created: "2026-01-01T00:10:00.5Z", from: "2026-01-01T00:00:00Z",
			wantSlots: []string{"2026-01-01T01:40:00Z", "2026-01-01T03:10:00Z"},
		},
		"@every from startAt": {
			spec: Spec{Schedule: "@every 90s", StartAt: "2026-01-01T12:00:00Z"}, created: "2026-01-01T00:10:00Z", from: "2026-01-01T00:00:00Z",
			wantSlots: []string{"2026-01-01T12:00:00Z", "2026-01-01T12:01:30Z"},
		},
		"a date that does not exist": {spec: Spec{Schedule: "0 0 31 4,6,9,11 *"}, from: "2026-01-01T00:00:00Z", wantEnd: true},
		"the last second of time":    {spec: Spec{Schedule: "59 23 31 12 *"}, from: "9999-12-31T00:00:00Z", wantSlots: []string{"9999-12-31T23:59:00Z"}, wantEnd: true},
		"the first second of time":   {spec: Spec{Schedule: "@yearly"}, from: "0001-01-01T00:00:00Z", wantSlots: []string{"0001-01-01T00:00:00Z", "0002-01-01T00:00:00Z"}},
	})
}

func TestT1_ScheduleErrors(t *testing.T) {
	runErrorCases(t, map[string]errorCase{
		"empty items":   {Spec{Schedule: "5,,10, 0 * * *"}, `schedule: minute "5,,10," has a comma without a value; write "5,10 0 * * *"`},
		"only a comma":  {Spec{Schedule: ", * * * *"}, `schedule: minute "," has a comma without a value; write * or values from 0 to 59 between commas`},
		"hour 24":       {Spec{Schedule: "0 24 * * *"}, `schedule: hour "24" is out of range 0-23; write "0 0 * * *"`},
		"minute 60":     {Spec{Schedule: "60 * * * *"}, `schedule: minute "60" is out of range 0-59; write "0 * * * *"`},
		"minute 75":     {Spec{Schedule: "75 * * * *"}, `schedule: minute "75" is out of range 0-59`},
		"day 0":         {Spec{Schedule: "0 0 0 * *"}, `schedule: day of month "0" is out of range 1-31; the first is 1`},
		"month 13":      {Spec{Schedule: "0 0 * 13 *"}, `schedule: month "13" is out of range 1-12`},
		"weekday 8":     {Spec{Schedule: "0 0 * * 8"}, `schedule: day of week "8" is out of range 0-7`},
		"end of range":  {Spec{Schedule: "0-60 * * * *"}, `schedule: minute "60" is out of range 0-59; the last minute is 59`},
		"four fields":   {Spec{Schedule: "* * * *"}, `schedule: found 4 fields, expected 5: minute, hour, day-of-month, month, day-of-week; write for example "30 8 * * mon-fri"`},
		"six fields":    {Spec{Schedule: "0 30 8 * * *"}, `schedule: found 6 fields, expected 5: this is the form of Quartz and Spring, with the seconds first; write "30 8 * * *"`},
		"one field":     {Spec{Schedule: "daily"}, `schedule: "daily" is not a schedule; write "@daily"`},
		"blank":         {Spec{Schedule: "  "}, `schedule: is blank, expected 5 fields: minute, hour, day-of-month, month, day-of-week; write for example "30 8 * * mon-fri"`},
		"no number":     {Spec{Schedule: "a * * * *"}, `schedule: minute "a" is not a number; write *, a value from 0 to 59, a range like 1-5, a step like */15, or a list of these`},
		"no name":       {Spec{Schedule: "* * * foo *"}, `schedule: month "foo" is neither a number nor a name like "jan"; write *, a value from 1 to 12, a range like 1-5, a step like */2, or a list of these`},
		"whole name":    {Spec{Schedule: "* * * * monday"}, `schedule: day of week "monday" is neither a number nor a name like "sun"; write "* * * * mon"`},
		"three ends":    {Spec{Schedule: "1-2-3 * * * *"}, `schedule: minute "1-2-3" is not a number; write *, a value from 0 to 59, a range like 1-5, a step like */15, or a list of these`},
		"negative":      {Spec{Schedule: "-1 * * * *"}, `schedule: minute "-1" is a range without its start; write both ends, within 0-59`},
		"two steps":     {Spec{Schedule: "1/2/3 * * * *"}, `schedule: minute "1/2/3" has the step "2/3", which is not a whole number of at least 1; write a step from 1 to 59, or a value without a step`},
		"step 0":        {Spec{Schedule: "*/0 * * * *"}, `schedule: minute "*/0" has the step "0", which is not a whole number of at least 1; write a step from 1 to 59, or a value without a step`},
		"last day":      {Spec{Schedule: "0 0 L * *"}, `schedule: day of month "L" is not known in a schedule; write cron: {day: "last", hour: 0, minute: 0}`},
		"workday":       {Spec{Schedule: "0 0 15W * *"}, `schedule: day of month "15W" is not known in a schedule; no field says that: cron has day: "last", and weekdays of the month such as day: "2nd tue" or day: "last fri"`},
		"nth weekday":   {Spec{Schedule: "0 0 * * 5#3"}, `schedule: day of week "5#3" is not known in a schedule; write cron: {day: "3rd fri", hour: 0, minute: 0}; days of the week count from 0 for Sunday in a schedule, and from 1 in Quartz`},
		"@DAILY":        {Spec{Schedule: "@DAILY"}, `schedule: "@DAILY" is not known; write "@daily"`},
		"blank behind":  {Spec{Schedule: "@hourly "}, `schedule: "@hourly " is not known; write "@hourly"`},
		"@reboot":       {Spec{Schedule: "@reboot"}, `schedule: "@reboot" is not known; write date: {} for a single run as soon as possible`},
		"@fortnightly":  {Spec{Schedule: "@fortnightly"}, `schedule: "@fortnightly" is not known; write @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually or @every with a duration`},
		"@every":        {Spec{Schedule: "@every"}, `schedule: "@every" is not known; write a duration like "@every 1h30m"`},
		"@every 1 hour": {Spec{Schedule: "@every 1 hour"}, `schedule: duration "1 hour" is not a duration; write interval: {hours: 1}`},
	})
}

// TestT1_ErrorParts shows that errors are values: the field, the offending part and the hint can be told apart.
func TestT1_ErrorParts(t *testing.T) {
	t.Parallel()
	_, err := Compile(Spec{AllOf: []Spec{{Schedule: "@daily"}, {Schedule: "0 0,24 * * *"}}}, Options{})
	got, ok := err.(*Error) //nolint:errorlint // Compile promises the type itself.
	if !ok {
		t.Fatalf("Compile() error %T, want *Error", err)
	}
	want := Error{Field: "allOf[1].schedule", Part: "24", Problem: `hour "24" is out of range 0-23`, Hint: `write "0 0 * * *"`}
	if *got != want {
		t.Errorf("Compile() error\n got %+v\nwant %+v", *got, want)
	}
	if got, want := got.Under("spec.trigger").Error(), `spec.trigger.allOf[1].schedule: hour "24" is out of range 0-23; write "0 0 * * *"`; got != want {
		t.Errorf("error below spec.trigger\n got %s\nwant %s", got, want)
	}
}
