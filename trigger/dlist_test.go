package trigger

import "testing"

// The tests of this file are the calendar bugs that other schedulers are known for, one by one.

func TestD01_FixedTimeInGapRunsLater(t *testing.T) {
	runSlotCases(t, map[string]slotCase{
		"New York, 02:30 does not exist": {
			spec: ny("30 2 * * *"), from: "2026-03-07T12:00:00-05:00",
			wantSlots: []string{"2026-03-08T03:30:00-04:00", "2026-03-09T02:30:00-04:00"},
		},
		"asked between the moved slot's wall time and the slot": {
			spec: ny("30 2 * * *"), from: "2026-03-08T03:00:00-04:00",
			wantSlots: []string{"2026-03-08T03:30:00-04:00", "2026-03-09T02:30:00-04:00"},
		},
	})
}

func TestD02_FixedTimeInOverlapRunsOnce(t *testing.T) {
	runSlotCases(t, map[string]slotCase{
		"New York, 01:30 happens twice": {
			spec: ny("30 1 * * *"), from: "2026-10-31T12:00:00-04:00",
			wantSlots: []string{"2026-11-01T01:30:00-04:00", "2026-11-02T01:30:00-05:00"},
		},
		"asked between the two": {
			spec: ny("30 1 * * *"), from: "2026-11-01T01:45:00-04:00", wantSlots: []string{"2026-11-02T01:30:00-05:00"},
		},
	})
}

func TestD03_HourlyFollowsTheClock(t *testing.T) {
	t.Parallel()
	for day, tc := range map[string]struct {
		from, through string
		wantCount     int64
	}{
		"spring": {"2026-03-07T23:59:59-05:00", "2026-03-08T23:59:59-04:00", 23},
		"autumn": {"2026-10-31T23:59:59-04:00", "2026-11-01T23:59:59-05:00", 25},
	} {
		_, got, _ := mustCompile(t, ny("0 * * * *"), Options{}).Window(at(t, tc.from), at(t, tc.through), 0)
		if got != tc.wantCount {
			t.Errorf("%s: %d slots a day, want %d", day, got, tc.wantCount)
		}
	}
}

func TestD04_MidnightThatDoesNotExistInCairo(t *testing.T) {
	runSlotCases(t, map[string]slotCase{"0 0": {
		spec: Spec{Schedule: "0 0 * * *", TimeZone: "Africa/Cairo"}, from: "2026-04-23T12:00:00+02:00",
		wantSlots: []string{"2026-04-24T01:00:00+03:00", "2026-04-25T00:00:00+03:00"},
	}})
}

func TestD05_MidnightThatDoesNotExistInSantiago(t *testing.T) {
	runSlotCases(t, map[string]slotCase{"30 0": {
		spec: Spec{Schedule: "30 0 * * *", TimeZone: "America/Santiago"}, from: "2026-09-05T12:00:00-04:00",
		wantSlots: []string{"2026-09-06T01:30:00-03:00", "2026-09-07T00:30:00-03:00"},
	}})
}

func TestD06_MidnightThatDidNotExistInSaoPaulo(t *testing.T) {
	runSlotCases(t, map[string]slotCase{"0 0": {
		spec: Spec{Schedule: "0 0 * * *", TimeZone: "America/Sao_Paulo"}, from: "2018-11-03T12:00:00-03:00",
		wantSlots: []string{"2018-11-04T01:00:00-02:00", "2018-11-05T00:00:00-02:00"},
	}})
}

func TestD07_HalfHourGap(t *testing.T) {
	runSlotCases(t, map[string]slotCase{"15 2": {
		spec: Spec{Schedule: "15 2 * * *", TimeZone: "Australia/Lord_Howe"}, from: "2026-10-03T12:00:00+10:30",
		wantSlots: []string{"2026-10-04T02:45:00+11:00", "2026-10-05T02:15:00+11:00"},
	}})
}

func TestD08_HalfHourOverlap(t *testing.T) {
	runSlotCases(t, map[string]slotCase{"45 1": {
		spec: Spec{Schedule: "45 1 * * *", TimeZone: "Australia/Lord_Howe"}, from: "2026-04-04T12:00:00+11:00",
		wantSlots: []string{"2026-04-05T01:45:00+11:00", "2026-04-06T01:45:00+10:30"},
	}})
}

func TestD09_TwoHourGap(t *testing.T) {
	runSlotCases(t, map[string]slotCase{"30 1": {
		spec: Spec{Schedule: "30 1 * * *", TimeZone: "Antarctica/Troll"}, from: "2026-03-28T12:00:00+00:00",
		wantSlots: []string{"2026-03-29T03:30:00+02:00", "2026-03-30T01:30:00+02:00"},
	}})
}

func TestD10_DayThatDoesNotExist(t *testing.T) {
	runSlotCases(t, map[string]slotCase{
		"a fixed time moves by the length of the gap": {
			spec: Spec{Schedule: "0 12 30 12 *", TimeZone: "Pacific/Apia"}, from: "2011-12-28T00:00:00-10:00",
			wantSlots: []string{"2011-12-31T12:00:00+14:00", "2012-12-30T12:00:00+14:00"},
		},
		"two that land on one instant fire once": {
			spec: Spec{Schedule: "0 12 * * *", TimeZone: "Pacific/Apia"}, from: "2011-12-29T00:00:00-10:00",
			wantSlots: []string{"2011-12-29T12:00:00-10:00", "2011-12-31T12:00:00+14:00", "2012-01-01T12:00:00+14:00"},
		},
		"every hour of it does not fire": {
			spec: Spec{Schedule: "0 * 30 12 *", TimeZone: "Pacific/Apia"}, from: "2011-12-28T00:00:00-10:00",
			wantSlots: []string{"2012-12-30T00:00:00+14:00"},
		},
	})
}

func TestD11_LeapDayAcrossACentury(t *testing.T) {
	runSlotCases(t, map[string]slotCase{"2100 is no leap year": {
		spec: Spec{Schedule: "0 0 29 2 *"}, from: "2096-03-01T00:00:00Z", wantSlots: []string{"2104-02-29T00:00:00Z"},
	}})
}

func TestD12_DayOfMonthOrDayOfWeek(t *testing.T) {
	runSlotCases(t, map[string]slotCase{"odd days and Wednesdays": {
		spec: Spec{Schedule: "0 0 */2 * 3"}, from: "2026-01-01T00:00:00Z",
		wantSlots: []string{
			"2026-01-01T00:00:00Z", "2026-01-03T00:00:00Z", "2026-01-05T00:00:00Z", "2026-01-07T00:00:00Z",
			"2026-01-09T00:00:00Z", "2026-01-11T00:00:00Z", "2026-01-13T00:00:00Z", "2026-01-14T00:00:00Z",
		},
	}})
}

func TestD13_StepBeyondTheRange(t *testing.T) {
	t.Parallel()
	for _, schedule := range []string{"*/60 * * * *", "*/90 * * * *"} {
		compiled := mustCompile(t, Spec{Schedule: schedule}, Options{})
		if got := slotsFrom(t, compiled, "2026-01-01T00:30:00Z", 2); got[0] != "2026-01-01T01:00:00Z" || got[1] != "2026-01-01T02:00:00Z" {
			t.Errorf("%s: slots %v, want hourly ones", schedule, got)
		}
		if len(compiled.Warnings()) != 1 {
			t.Errorf("%s: warnings %v, want one", schedule, compiled.Warnings())
		}
		if _, err := Compile(Spec{Cron: &CronFields{Minute: schedule[:4]}}, Options{}); err == nil {
			t.Errorf("cron minute %s: accepted, want an error", schedule[:4])
		}
	}
}

func TestD14_SevenIsSunday(t *testing.T) {
	runSlotCases(t, map[string]slotCase{
		"alone":     {spec: Spec{Schedule: "0 0 * * 7"}, from: "2026-01-01T00:00:00Z", wantSlots: []string{"2026-01-04T00:00:00Z", "2026-01-11T00:00:00Z"}},
		"a range":   {spec: Spec{Schedule: "0 0 * * 6-7"}, from: "2026-01-01T00:00:00Z", wantSlots: []string{"2026-01-03T00:00:00Z", "2026-01-04T00:00:00Z", "2026-01-10T00:00:00Z"}},
		"with a 0":  {spec: Spec{Schedule: "0 0 * * 0,7"}, from: "2026-01-01T00:00:00Z", wantSlots: []string{"2026-01-04T00:00:00Z", "2026-01-11T00:00:00Z"}},
		"a step":    {spec: Spec{Schedule: "0 0 * * 1-7/3"}, from: "2026-01-01T00:00:00Z", wantSlots: []string{"2026-01-01T00:00:00Z", "2026-01-04T00:00:00Z", "2026-01-05T00:00:00Z"}},
		"star step": {spec: Spec{Schedule: "0 0 * * */3"}, from: "2026-01-01T00:00:00Z", wantSlots: []string{"2026-01-03T00:00:00Z", "2026-01-04T00:00:00Z", "2026-01-07T00:00:00Z"}},
	})
}

func TestD15_RangesThatWrap(t *testing.T) {
	runErrorCases(t, map[string]errorCase{
		"hours":        {Spec{Schedule: "0 22-2 * * *"}, `schedule: hour "22-2" runs backwards; write "0 22-23,0-2 * * *"`},
		"days":         {Spec{Schedule: "0 0 * * FRI-MON"}, `schedule: day of week "FRI-MON" runs backwards; write "0 0 * * fri-sat,sun-mon"`},
		"days of cron": {Spec{Cron: &CronFields{DayOfWeek: "fri-mon"}}, `cron.dayOfWeek: dayOfWeek "fri-mon" runs backwards; write dayOfWeek: "fri-sun,mon"`},
	})
}

func TestD16_ZoneInTheSchedule(t *testing.T) {
	runErrorCases(t, map[string]errorCase{
		"TZ alone":     {Spec{Schedule: "TZ=UTC"}, `schedule: "TZ=UTC" is not part of a schedule; write the zone in timeZone instead`},
		"TZ=0":         {Spec{Schedule: "TZ=0"}, `schedule: "TZ=0" is not part of a schedule; write the zone in timeZone instead`},
		"CRON_TZ":      {Spec{Schedule: "CRON_TZ=Asia/Tokyo 30 4 * * *"}, `schedule: "CRON_TZ=Asia/Tokyo" is not part of a schedule; write timeZone: Asia/Tokyo and schedule: "30 4 * * *" instead`},
		"unknown zone": {Spec{Schedule: "TZ=Nope/Zone * * * * *"}, `schedule: "TZ=Nope/Zone" is not part of a schedule; write the zone in timeZone instead`},
	})
}

func TestD17_EveryNothing(t *testing.T) {
	runErrorCases(t, map[string]errorCase{
		"zero":       {Spec{Schedule: "@every 0s"}, `schedule: duration "0s" is less than a second; write whole seconds like "@every 90s" or "@every 1h30m"`},
		"negative":   {Spec{Schedule: "@every -1h"}, `schedule: duration "-1h" is less than a second; write whole seconds like "@every 90s" or "@every 1h30m"`},
		"nanosecond": {Spec{Schedule: "@every 1ns"}, `schedule: duration "1ns" is less than a second; write whole seconds like "@every 90s" or "@every 1h30m"`},
		"fraction":   {Spec{Schedule: "@every 1.5s"}, `schedule: duration "1.5s" is not a whole number of seconds; write whole seconds like "@every 90s" or "@every 1h30m"`},
	})
}

func TestD18_SteppedStarIsARestriction(t *testing.T) {
	runSlotCases(t, map[string]slotCase{
		"*/2 and a weekday: either": {
			spec: Spec{Schedule: "0 0 */16 * mon"}, from: "2026-01-01T00:00:00Z",
			wantSlots: []string{"2026-01-01T00:00:00Z", "2026-01-05T00:00:00Z", "2026-01-12T00:00:00Z", "2026-01-17T00:00:00Z"},
		},
		"*/1 and a weekday: the weekday": {
			spec: Spec{Schedule: "0 0 */1 * mon"}, from: "2026-01-01T00:00:00Z",
			wantSlots: []string{"2026-01-05T00:00:00Z", "2026-01-12T00:00:00Z"},
		},
		"? and a weekday: the weekday": {
			spec: Spec{Schedule: "0 0 ? * mon"}, from: "2026-01-01T00:00:00Z",
			wantSlots: []string{"2026-01-05T00:00:00Z", "2026-01-12T00:00:00Z"},
		},
		"1-31 and a weekday: every day": {
			spec: Spec{Schedule: "0 0 1-31 * mon"}, from: "2026-01-01T00:00:00Z",
			wantSlots: []string{"2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z"},
		},
	})
}
