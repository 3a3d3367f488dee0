package v1alpha1_test

import (
	"fmt"
	"strings"
	"testing"
)

func TestTriggerAccepted(t *testing.T) {
	t.Parallel()
	specs := map[string]string{
		"schedule": `{schedule: "30 8 * * mon-fri", timeZone: America/New_York, startAt: "2026-12-01T00:00:00", endAt: "2027-12-01T00:00:00Z", jitter: 30s}`,
		"a schedule with a range that is backwards": `{schedule: "50-10 * * * *"}`,
		"every second":                   `{cron: {}}`,
		"cron with numbers":              `{cron: {year: 2026, month: 12, day: 31, week: 53, dayOfWeek: 6, hour: 23, minute: 59, second: 59}}`,
		"cron with strings":              `{cron: {year: "*/2", month: jan-mar, day: last fri, week: "*/2", dayOfWeek: "mon,wed", hour: "9-17", minute: "*/15", second: "0"}}`,
		"the least of each cron field":   `{cron: {year: 1970, month: 1, day: 1, week: 1, dayOfWeek: 0, hour: 0, minute: 0, second: 0}}`,
		"a bare interval":                `{interval: {seconds: 1}}`,
		"an interval with zeros":         `{interval: {weeks: 0, days: 1, hours: 0}}`,
		"the largest interval":           `{interval: {weeks: 5200, days: 36500, hours: 876000, minutes: 52560000, seconds: 2147483647}}`,
		"as soon as possible":            `{date: {}}`,
		"a date":                         `{date: {runAt: "2026-12-24T18:00:00"}}`,
		"a date with an offset":          `{date: {runAt: "2028-02-29T18:00:00+05:45"}}`,
		"any of schedules in two zones":  `{anyOf: [{schedule: "0 9 * * *", timeZone: Asia/Tokyo}, {schedule: "0 9 * * *", timeZone: Europe/London}]}`,
		"all of two, with bounds":        `{allOf: [{cron: {day: last}, startAt: "2026-01-01T00:00:00"}, {cron: {dayOfWeek: mon-fri}}], endAt: "2027-01-01T00:00:00", jitter: 1m}`,
		"sixteen children":               `{anyOf: [` + strings.Repeat(`{date: {}},`, 16) + `]}`,
		"shutdown":                       `{shutdown: {}}`,
		"shutdown in a zone":             `{shutdown: {}, timeZone: UTC}`,
		"a zone that is not known here":  `{date: {}, timeZone: Europe/Berln}`,
		"jitter of 0s":                   `{date: {}, jitter: 0s}`,
		"jitter below a second":          `{date: {}, jitter: 500ms}`,
		"endAt before startAt":           `{date: {}, startAt: "2027-01-01T00:00:00", endAt: "2026-01-01T00:00:00"}`,
		"a zone with digits":             `{date: {}, timeZone: Etc/GMT+5}`,
		"a zone of three parts":          `{date: {}, timeZone: America/Argentina/Buenos_Aires}`,
		"a zone with a sign at its head": `{date: {}, timeZone: Etc/GMT-14}`,
	}
	for name, trigger := range specs {
		specs[name] = withTrigger(trigger)
	}
	accepted(t, specs)
}

func TestTriggerRejected(t *testing.T) {
	t.Parallel()
	const (
		oneOf      = "spec.trigger: Invalid value: write exactly one of schedule, cron, interval, date, anyOf, allOf or shutdown"
		oneOfChild = ": Invalid value: write exactly one of schedule, cron, interval or date"
		interval   = "spec.trigger.interval: Invalid value: interval must be at least 1s: write whole numbers such as {hours: 1, minutes: 30}"
	)
	tcs := map[string]rejection{
		"an empty trigger":           {"{}", oneOf},
		"only a zone":                {"{timeZone: UTC}", oneOf},
		"two triggers":               {`{schedule: "* * * * *", interval: {hours: 1}}`, oneOf},
		"a trigger beside children":  {`{date: {}, anyOf: [{date: {}}]}`, oneOf},
		"no children":                {"{anyOf: []}", "spec.trigger.anyOf: Invalid value: 0: spec.trigger.anyOf in body should have at least 1 items"},
		"an empty child":             {"{anyOf: [{date: {}}, {}]}", "spec.trigger.anyOf[1]" + oneOfChild},
		"two triggers in a child":    {`{allOf: [{date: {}, cron: {}}]}`, "spec.trigger.allOf[0]" + oneOfChild},
		"seventeen children":         {`{allOf: [` + strings.Repeat(`{date: {}},`, 17) + `]}`, "spec.trigger.allOf: Too many: 17: must have at most 16 items"},
		"a child of a child":         {"{anyOf: [{anyOf: [{date: {}}]}]}", `strict decoding error: unknown field "spec.trigger.anyOf[0].anyOf"`},
		"jitter in a child":          {"{anyOf: [{date: {}, jitter: 1s}]}", `strict decoding error: unknown field "spec.trigger.anyOf[0].jitter"`},
		"jitter at shutdown":         {"{shutdown: {}, jitter: 1s}", "spec.trigger: Invalid value: shutdown has no time: leave out startAt, endAt and jitter"},
		"shutdown at a time":         {`{shutdown: {}, startAt: "2026-01-01T00:00:00"}`, "spec.trigger: Invalid value: shutdown has no time: leave out startAt, endAt and jitter"},
		"an empty schedule":          {`{schedule: ""}`, `spec.trigger.schedule: Invalid value: "": spec.trigger.schedule in body should be at least 1 chars long`},
		"a long schedule":            {`{schedule: "` + strings.Repeat("*", 257) + `"}`, "spec.trigger.schedule: Too long: may not be more than 256 bytes"},
		"an empty interval":          {"{interval: {}}", interval},
		"an interval of zero":        {"{interval: {hours: 0, minutes: 0}}", interval},
		"a negative interval":        {"{interval: {hours: -1}}", "spec.trigger.interval.hours: Invalid value: -1: spec.trigger.interval.hours in body should be greater than or equal to 0, " + interval},
		"a partly negative interval": {"{interval: {hours: 1, minutes: -1}}", "spec.trigger.interval.minutes: Invalid value: -1: spec.trigger.interval.minutes in body should be greater than or equal to 0"},
		"an interval with fractions": {"{interval: {hours: 1.5}}", `spec.trigger.interval.hours: Invalid value: "float64": spec.trigger.interval.hours in body must be of type int32: "float64", <nil>: Invalid value: "": Checked value must be of type integer with format int32 in spec.trigger.interval.hours`},
		"an endless interval":        {"{interval: {weeks: 5201}}", "spec.trigger.interval.weeks: Invalid value: 5201: spec.trigger.interval.weeks in body should be less than or equal to 5200"},
	}
	for name, tc := range tcs {
		tcs[name] = rejection{withTrigger(tc.spec), tc.wantErr}
	}
	rejected(t, tcs)
}

func TestCronFieldsRejected(t *testing.T) {
	t.Parallel()
	tcs := map[string]rejection{}
	for field, tc := range map[string]struct {
		low, high int
		want      string
	}{
		"year":      {1970, 9999, `year must be 1970-9999, or a string such as "2026-2030"`},
		"month":     {1, 12, `month must be 1-12, or a string such as "jan-mar" or "*/3"`},
		"day":       {1, 31, `day must be 1-31, or a string such as "1,15", "last" or "2nd tue"`},
		"week":      {1, 53, `week must be 1-53, or a string such as "*/2"`},
		"dayOfWeek": {0, 6, `dayOfWeek must be 0-6 for Monday to Sunday, or a string such as "mon-fri"`},
		"hour":      {0, 23, `hour must be 0-23, or a string such as "9-17" or "*/2"`},
		"minute":    {0, 59, `minute must be 0-59, or a string such as "0,30" or "*/5"`},
		"second":    {0, 59, `second must be 0-59, or a string such as "0,30" or "*/5"`},
	} {
		path := "spec.trigger.cron." + field
		for _, n := range []int{tc.low - 1, tc.high + 1} {
			tcs[fmt.Sprintf("%s of %d", field, n)] = rejection{
				withTrigger(fmt.Sprintf("{cron: {%s: %d}}", field, n)),
				fmt.Sprintf("%s: Invalid value: %d: %s", path, n, tc.want),
			}
		}
		tcs["an empty "+field] = rejection{
			withTrigger(fmt.Sprintf(`{cron: {%s: ""}}`, field)),
			fmt.Sprintf(`%s: Invalid value: "": %s in body should be at least 1 chars long`, path, path),
		}
		tcs["a long "+field] = rejection{
			withTrigger(fmt.Sprintf(`{cron: {%s: "%s"}}`, field, strings.Repeat("*", 129))),
			path + ": Too long: may not be more than 128 bytes",
		}
		// A6: intstr.IntOrString holds an int32.
		tcs["an immense "+field] = rejection{
			withTrigger(fmt.Sprintf("{cron: {%s: 99999999999}}", field)),
			fmt.Sprintf("%s: Invalid value: 99999999999: %s in body should be less than or equal to 2147483647, %s: Invalid value: 99999999999: %s", path, path, path, tc.want),
		}
	}
	rejected(t, tcs)
}

func TestDateTimesRejected(t *testing.T) {
	t.Parallel()
	const want = "must be a date and time in whole seconds: write RFC 3339 such as 2026-12-24T18:00:00Z, or a local time such as 2026-12-24T18:00:00"
	for _, value := range []string{
		"2026-02-30T00:00:00", "2026-13-01T00:00:00Z", "2027-02-29T00:00:00", "2026-12-24T24:00:00", "2026-12-24T18:60:00", "2026-12-24T18:00:60Z",
		"2026-12-24 18:00:00", "2026-12-24t18:00:00z", "2026-12-24T18:00:00.5Z", "2026-12-24T18:00:00+0100", "2026-12-24T18:00:00+25:00",
		"2026-12-24T18:00:00 UTC", "tomorrow at six o'clock",
	} {
		t.Run(value, func(t *testing.T) {
			t.Parallel()
			for path, trigger := range map[string]string{
				"spec.trigger.date.runAt":       `{date: {runAt: "` + value + `"}}`,
				"spec.trigger.startAt":          `{date: {}, startAt: "` + value + `"}`,
				"spec.trigger.endAt":            `{date: {}, endAt: "` + value + `"}`,
				"spec.trigger.anyOf[0].startAt": `{anyOf: [{date: {}, startAt: "` + value + `"}]}`,
			} {
				_, err := server(t).Create(taskManifest(withTrigger(trigger)))
				checkMessage(t, err, path+`: Invalid value: "`+value+`": `+want)
			}
		})
	}
	rejected(t, map[string]rejection{
		"a date alone":        {withTrigger(`{date: {runAt: "2026-12-24"}}`), `spec.trigger.date.runAt: Invalid value: "2026-12-24": spec.trigger.date.runAt in body should be at least 19 chars long, spec.trigger.date.runAt: Invalid value: "2026-12-24": ` + want},
		"a time that is long": {withTrigger(`{date: {runAt: "2026-12-24T18:00:00` + strings.Repeat("0", 17) + `"}}`), "spec.trigger.date.runAt: Too long: may not be more than 35 bytes"},
	})
}

func TestTimeZonesRejected(t *testing.T) {
	t.Parallel()
	const want = "timeZone must be an IANA name such as Europe/Berlin or America/New_York, with underscores for blanks, or UTC; " +
		"a fixed offset is written like Etc/GMT-2, which is 2 hours ahead of UTC"
	for _, zone := range []string{"Local", "/etc/localtime", "../UTC", "Europe/", "Europe Berlin", "+01:00", "Europe//Berlin", "Europe/.."} {
		t.Run(zone, func(t *testing.T) {
			t.Parallel()
			_, err := server(t).Create(taskManifest(withTrigger(`{date: {}, timeZone: "` + zone + `"}`)))
			checkMessage(t, err, `spec.trigger.timeZone: Invalid value: "`+zone+`": `+want)

			_, err = server(t).Create(schedulerManifest(`{timeZone: "` + zone + `"}`))
			checkMessage(t, err, `spec.timeZone: Invalid value: "`+zone+`": `+want)
		})
	}
	rejected(t, map[string]rejection{
		"an empty zone": {withTrigger(`{date: {}, timeZone: ""}`), `spec.trigger.timeZone: Invalid value: "": spec.trigger.timeZone in body should be at least 1 chars long, spec.trigger.timeZone: Invalid value: "": ` + want},
		"a long zone":   {withTrigger(`{date: {}, timeZone: ` + strings.Repeat("a", 65) + `}`), "spec.trigger.timeZone: Too long: may not be more than 64 bytes"},
	})
}
