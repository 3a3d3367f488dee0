package trigger

import (
	"strings"
	"testing"
)

// TestT10_StepsThatDoNotDivide has steps that leave gaps of different lengths, with what is said of them, and steps that do not.
func TestT10_StepsThatDoNotDivide(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		spec Spec
		want string // empty for no warning
	}{
		"45 minutes":             {Spec{Schedule: "*/45 * * * *"}, `minute "*/45" has gaps of 45 and 15 minutes; for every 45 minutes write interval: {minutes: 45}`},
		"7 minutes":              {Spec{Schedule: "*/7 * * * *"}, `minute "*/7" has gaps of 7 and 4 minutes; for every 7 minutes write interval: {minutes: 7}`},
		"7 minutes from the 3rd": {Spec{Schedule: "3/7 * * * *"}, `minute "3/7" has gaps of 7 and 4 minutes; for every 7 minutes write interval: {minutes: 7}`},
		"7 minutes by a range":   {Spec{Schedule: "0-59/7 * * * *"}, `minute "0-59/7" has gaps of 7 and 4 minutes`},
		"in the working hours":   {Spec{Schedule: "*/45 9-17 * * *"}, `minute "*/45" has gaps of 45 and 15 minutes`},
		"in two lists":           {Spec{Schedule: "*/45,10 * * * *"}, `minute "*/45" has gaps of 10, 35 and 15 minutes`},
		"5 hours":                {Spec{Schedule: "0 */5 * * *"}, `hour "*/5" has gaps of 5 and 4 hours; for every 5 hours write interval: {hours: 5}`},
		"5 hours on some days":   {Spec{Schedule: "0 */5 * * mon-fri"}, `hour "*/5" has gaps of 5 and 4 hours`},
		"10 days":                {Spec{Schedule: "0 0 */10 * *"}, `day of month "*/10" has gaps of 10 days, and of 1 to 10 at the end of a month; for every 10 days write interval: {days: 10}`},
		"5 months":               {Spec{Schedule: "0 0 1 */5 *"}, `month "*/5" has gaps of 5 and 2 months`},
		"every other weekday":    {Spec{Schedule: "0 0 * * */2"}, `day of week "*/2" has gaps of 2 and 1 days; for every 2 days write interval: {days: 2}`},
		"a range that is not reached": {
			Spec{Schedule: "0 9-17/5 * * *"}, `hour "9-17/5" ends at 14, because steps of 5 from 9 do not reach 17`,
		},
		"seconds of cron":  {cronSpec(CronFields{Second: "*/45"}), `second "*/45" has gaps of 45 and 15 seconds; for every 45 seconds write interval: {seconds: 45}`},
		"minutes of cron":  {cronSpec(CronFields{Minute: "*/7"}), `minute "*/7" has gaps of 7 and 4 minutes; for every 7 minutes write interval: {minutes: 7}`},
		"hours of cron":    {cronSpec(CronFields{Hour: "*/5"}), `hour "*/5" has gaps of 5 and 4 hours; for every 5 hours write interval: {hours: 5}`},
		"days of cron":     {cronSpec(CronFields{Day: "*/10"}), `day "*/10" has gaps of 10 days, and of 1 to 10 at the end of a month; for every 10 days write interval: {days: 10}`},
		"months of cron":   {cronSpec(CronFields{Month: "*/5"}), `month "*/5" has gaps of 5 and 2 months`},
		"weekdays of cron": {cronSpec(CronFields{DayOfWeek: "*/3"}), `dayOfWeek "*/3" has gaps of 3 and 1 days; for every 3 days write interval: {days: 3}`},
		"weeks of cron":    {cronSpec(CronFields{Week: "*/2", DayOfWeek: "mon"}), `week "*/2" has gaps of 2 weeks, and of 1 to 2 at the end of a year; for every 2 weeks write interval: {weeks: 2}`},

		"15 minutes":                 {Spec{Schedule: "*/15 * * * *"}, ""},
		"5 minutes":                  {Spec{Schedule: "*/5 9-17 * * mon-fri"}, ""},
		"15 minutes from the 5th":    {Spec{Schedule: "5/15 * * * *"}, ""},
		"6 hours":                    {Spec{Schedule: "0 */6 * * *"}, ""},
		"3 months":                   {Spec{Schedule: "0 0 1 */3 *"}, ""},
		"45 minutes of one hour":     {Spec{Schedule: "*/45 9 * * *"}, ""},
		"5 hours of one day":         {Spec{Schedule: "0 */5 * * mon"}, ""},
		"a range that is reached":    {Spec{Schedule: "0 9-17/2 * * *"}, ""},
		"half an hour":               {Spec{Schedule: "0-29/10 * * * *"}, ""},
		"an even list":               {Spec{Schedule: "*/40,20 * * * *"}, ""},
		"12 seconds of cron":         {cronSpec(CronFields{Second: "*/12"}), ""},
		"years of cron":              {cronSpec(CronFields{Year: "*/7"}), ""},
		"an interval, which has all": {Spec{Interval: &Interval{Minutes: 45}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var texts []string
			for _, warning := range mustCompile(t, tc.spec, Options{}).Warnings() {
				if !strings.Contains(warning.Text, "count from 0") {
					texts = append(texts, warning.Text)
				}
			}
			if got := strings.Join(texts, "; "); got != tc.want {
				t.Errorf("warnings %q, want %q", got, tc.want)
			}
		})
	}
}
