package taskspec_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/taskspec"
	"github.com/carillon-dev/carillon/trigger"
)

func TestTrigger(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		manifest string
		want     trigger.Spec
	}{
		"nothing": {manifest: `{}`},
		"a schedule with everything around it": {
			manifest: `{schedule: "30 8 * * *", timeZone: Asia/Tokyo, startAt: "2026-12-01T00:00:00", endAt: "2027-12-01T00:00:00Z", jitter: 90s}`,
			want: trigger.Spec{
				Schedule: "30 8 * * *", TimeZone: "Asia/Tokyo", StartAt: "2026-12-01T00:00:00", EndAt: "2027-12-01T00:00:00Z", Jitter: 90 * time.Second,
			},
		},
		"cron fields that are numbers": {
			manifest: `{cron: {year: 2026, month: 12, day: 31, week: 53, dayOfWeek: 0, hour: 23, minute: 0, second: 59}}`,
			want: trigger.Spec{Cron: &trigger.CronFields{
				Year: "2026", Month: "12", Day: "31", Week: "53", DayOfWeek: "0", Hour: "23", Minute: "0", Second: "59",
			}},
		},
		"cron fields that are text": {
			manifest: `{cron: {dayOfWeek: "mon-fri", hour: "08"}}`,
			want:     trigger.Spec{Cron: &trigger.CronFields{DayOfWeek: "mon-fri", Hour: "08"}},
		},
		"cron without fields": {manifest: `{cron: {}}`, want: trigger.Spec{Cron: &trigger.CronFields{}}},
		"an interval": {
			manifest: `{interval: {weeks: 1, days: 2, hours: 3, minutes: 4, seconds: 5}}`,
			want:     trigger.Spec{Interval: &trigger.Interval{Weeks: 1, Days: 2, Hours: 3, Minutes: 4, Seconds: 5}},
		},
		"a date":                 {manifest: `{date: {runAt: "2026-12-24T18:00:00"}}`, want: trigger.Spec{Date: &trigger.Date{RunAt: "2026-12-24T18:00:00"}}},
		"as soon as possible":    {manifest: `{date: {}}`, want: trigger.Spec{Date: &trigger.Date{}}},
		"shutdown":               {manifest: `{shutdown: {}}`, want: trigger.Spec{Shutdown: true}},
		"children that are none": {manifest: `{anyOf: []}`},
		"any of two": {
			manifest: `{anyOf: [{schedule: "@daily", timeZone: Asia/Tokyo}, {date: {}, endAt: "2027-12-01T00:00:00Z"}]}`,
			want: trigger.Spec{AnyOf: []trigger.Spec{
				{Schedule: "@daily", TimeZone: "Asia/Tokyo"}, {Date: &trigger.Date{}, EndAt: "2027-12-01T00:00:00Z"},
			}},
		},
		"all of two": {
			manifest: `{allOf: [{cron: {day: last}}, {interval: {days: 2}, startAt: "2026-12-01T00:00:00"}]}`,
			want: trigger.Spec{AllOf: []trigger.Spec{
				{Cron: &trigger.CronFields{Day: "last"}}, {Interval: &trigger.Interval{Days: 2}, StartAt: "2026-12-01T00:00:00"},
			}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var in v1alpha1.Trigger
			if err := yaml.UnmarshalStrict([]byte(tc.manifest), &in); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, taskspec.Trigger(&in)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
