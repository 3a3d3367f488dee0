package trigger

import (
	"testing"
	"time"
)

// TestT3_ComplaintsElsewhere has the inputs of what people reported about other schedulers and clock changes, and the slots that they should have.
func TestT3_ComplaintsElsewhere(t *testing.T) {
	runSlotCases(t, map[string]slotCase{
		"kubernetes#121594: a daily job runs twice at winter time": {
			spec: Spec{Schedule: "0 2 * * *", TimeZone: "Europe/Berlin"}, from: "2023-10-28T12:00:00+02:00",
			wantSlots: []string{"2023-10-29T02:00:00+02:00", "2023-10-30T02:00:00+01:00"},
		},
		"temporal#8205: one policy for both changes of the clock, in spring": {
			spec: ny("0 2 * * *"), from: "2025-03-08T12:00:00-05:00",
			wantSlots: []string{"2025-03-09T03:00:00-04:00", "2025-03-10T02:00:00-04:00"},
		},
		"temporal#8205: one policy for both changes of the clock, in autumn": {
			spec: ny("0 1 * * *"), from: "2025-11-01T12:00:00-04:00",
			wantSlots: []string{"2025-11-02T01:00:00-04:00", "2025-11-03T01:00:00-05:00"},
		},
		"nats-server#8543: a date is skipped because it has no midnight": {
			spec: Spec{Schedule: "0 1 4 11 *", TimeZone: "America/Sao_Paulo"}, from: "2018-11-03T23:00:00-03:00",
			wantSlots: []string{"2018-11-04T01:00:00-02:00"},
		},
		"nats-server#8543: a weekday is skipped because it has no midnight": {
			spec: Spec{Schedule: "0 1 * * 0", TimeZone: "America/Sao_Paulo"}, from: "2018-11-03T23:00:00-03:00",
			wantSlots: []string{"2018-11-04T01:00:00-02:00"},
		},
		"gocron#911: skipped in spring": {
			spec: ny("30 2 * * *"), from: "2026-03-08T01:58:00-05:00",
			wantSlots: []string{"2026-03-08T03:30:00-04:00", "2026-03-09T02:30:00-04:00"},
		},
		"gocron#911: twice in autumn": {
			spec: ny("30 1 * * *"), from: "2026-11-01T00:58:00-04:00",
			wantSlots: []string{"2026-11-01T01:30:00-04:00", "2026-11-02T01:30:00-05:00"},
		},
		"gocron#69: an hour early after the change": {
			spec: Spec{Schedule: "1 0 * * *", TimeZone: "Europe/Berlin"}, from: "2020-10-24T12:00:00+02:00",
			wantSlots: []string{"2020-10-25T00:01:00+02:00", "2020-10-26T00:01:00+01:00", "2020-10-27T00:01:00+01:00"},
		},
		"apscheduler#980: the same time again and again at the end of summer time": {
			spec: Spec{Cron: &CronFields{Hour: "1,3,5,7,9,11,13,15,17,19,21,23"}, TimeZone: "Europe/London"}, from: "2024-10-27T01:00:00+01:00",
			wantSlots: []string{"2024-10-27T01:00:00+01:00", "2024-10-27T03:00:00Z", "2024-10-27T05:00:00Z"},
		},
		"apscheduler#1059: a time that does not exist": {
			spec: Spec{Cron: &CronFields{Hour: "2"}, TimeZone: "US/Eastern"}, from: "2013-03-10T01:59:59-05:00",
			wantSlots: []string{"2013-03-10T03:00:00-04:00", "2013-03-11T02:00:00-04:00"},
		},
		"apscheduler#1021, #1061: asked inside the repeated hour": {
			spec: ny("0 1 * * *"), from: "2025-11-02T01:00:10-05:00", wantSlots: []string{"2025-11-03T01:00:00-05:00"},
		},
		"cronie#215: a stepped day of week is read as a star": {
			spec: Spec{Schedule: "0 0 * * */2"}, from: "2026-01-02T00:00:00Z",
			wantSlots: []string{"2026-01-03T00:00:00Z", "2026-01-04T00:00:00Z", "2026-01-06T00:00:00Z"},
		},
		"temporal's calendar assumes that clocks change by an hour": {
			spec: Spec{Schedule: "45 1 * * *", TimeZone: "Australia/Lord_Howe"}, from: "2026-04-05T01:44:00+10:30",
			wantSlots: []string{"2026-04-06T01:45:00+10:30"},
		},
	})
}

// TestT6_SetsAgreeOnTheSecond is what people stumble over in temporal/api#230: there, an exclusion must name the very second. Here a child of allOf that
// names days only restricts days if its times of day are left open.
func TestT6_SetsAgreeOnTheSecond(t *testing.T) {
	runSlotCases(t, map[string]slotCase{"at 09:30:15, on weekdays": {
		spec: Spec{AllOf: []Spec{
			{Cron: &CronFields{Hour: "9", Minute: "30", Second: "15"}},
			{Cron: &CronFields{DayOfWeek: "mon-fri", Second: "*"}},
		}},
		from: "2026-01-02T00:00:00Z", wantSlots: []string{"2026-01-02T09:30:15Z", "2026-01-05T09:30:15Z"},
	}})
}

// TestT7_JitterOfALoneSlot is temporal#3059: where only one slot was left, the jitter of seconds became one of up to 50 days.
func TestT7_JitterOfALoneSlot(t *testing.T) {
	t.Parallel()
	compiled := mustCompile(t, Spec{Date: &Date{RunAt: "2026-01-01T00:00:00Z"}, Jitter: 10 * time.Second}, Options{})
	for _, uid := range []string{"a", "b", "c", "d", "e"} {
		if delay := compiled.Delay(uid, at(t, "2026-01-01T00:00:00Z")); delay < 0 || delay >= 10*time.Second {
			t.Errorf("delay of %s is %s, want at least 0 and less than 10s", uid, delay)
		}
	}
}
