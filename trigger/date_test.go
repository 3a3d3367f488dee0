package trigger

import (
	"testing"
	"time"
)

func TestT5_Date(t *testing.T) {
	runSlotCases(t, map[string]slotCase{
		"local": {
			spec: Spec{Date: &Date{RunAt: "2026-12-24T18:00:00"}, TimeZone: "Europe/Berlin"}, from: "2026-01-01T00:00:00Z",
			wantSlots: []string{"2026-12-24T18:00:00+01:00"}, wantEnd: true,
		},
		"instant": {spec: Spec{Date: &Date{RunAt: "2026-12-24T18:00:00.000+05:30"}}, from: "2026-01-01T00:00:00Z", wantSlots: []string{"2026-12-24T12:30:00Z"}, wantEnd: true},
		"past":    {spec: Spec{Date: &Date{RunAt: "2026-12-24T18:00:00Z"}}, from: "2026-12-24T18:00:01Z", wantEnd: true},
		"in the gap": {
			spec: Spec{Date: &Date{RunAt: "2026-03-29T02:30:00"}, TimeZone: "Europe/Berlin"}, from: "2026-01-01T00:00:00Z",
			wantSlots: []string{"2026-03-29T03:30:00+02:00"}, wantEnd: true,
		},
		"repeated":                {spec: Spec{Date: &Date{RunAt: "2026-10-25T02:30:00"}, TimeZone: "Europe/Berlin"}, from: "2026-01-01T00:00:00Z", wantSlots: []string{"2026-10-25T02:30:00+02:00"}, wantEnd: true},
		"outside its bounds":      {spec: Spec{Date: &Date{RunAt: "2026-12-24T18:00:00Z"}, EndAt: "2026-12-24T17:59:59Z"}, from: "2026-01-01T00:00:00Z", wantEnd: true},
		"unset, and not anchored": {spec: Spec{Date: &Date{}}, created: "2026-01-01T00:00:00Z", from: "2025-01-01T00:00:00Z", wantEnd: true},
	})
}

func TestT5_MomentErrors(t *testing.T) {
	const hint = `; write it like "2026-12-01T08:00:00Z", or "2026-12-01T08:00:00" for local time`
	date := func(runAt string) Spec { return Spec{Date: &Date{RunAt: runAt}} }
	runErrorCases(t, map[string]errorCase{
		"date alone":     {date("2026-12-24"), `date.runAt: "2026-12-24" has no time of day` + hint},
		"words":          {date("tomorrow"), `date.runAt: "tomorrow" is not a date-time` + hint},
		"no seconds":     {date("2026-12-24T18:00"), `date.runAt: "2026-12-24T18:00" is not a date-time` + hint},
		"no such day":    {date("2026-02-29T18:00:00"), `date.runAt: "2026-02-29T18:00:00" has no valid date` + hint},
		"year 0":         {date("0000-01-01T00:00:00Z"), `date.runAt: "0000-01-01T00:00:00Z" has no valid date` + hint},
		"before year 1":  {date("0001-01-01T00:00:00+14:00"), `date.runAt: "0001-01-01T00:00:00+14:00" is not within the years 1 to 9999 of UTC` + hint},
		"hour 24":        {date("2026-02-28T24:00:00"), `date.runAt: "2026-02-28T24:00:00" has no valid time of day` + hint},
		"leap second":    {date("2016-12-31T23:59:60Z"), `date.runAt: "2016-12-31T23:59:60Z" has no valid time of day` + hint},
		"fraction":       {date("2026-02-28T12:00:00.5Z"), `date.runAt: "2026-02-28T12:00:00.5Z" has a fraction of a second` + hint},
		"empty fraction": {date("2026-02-28T12:00:00.Z"), `date.runAt: "2026-02-28T12:00:00.Z" has a fraction of a second` + hint},
		"offset":         {date("2026-02-28T12:00:00+2"), `date.runAt: "2026-02-28T12:00:00+2" has no valid offset from UTC` + hint},
		"zone name":      {date("2026-02-28T12:00:00 CET"), `date.runAt: "2026-02-28T12:00:00 CET" has no valid offset from UTC` + hint},
		"startAt":        {Spec{Schedule: "@daily", StartAt: "x"}, `startAt: "x" is not a date-time` + hint},
		"endAt":          {Spec{Schedule: "@daily", EndAt: "2026-13-01T00:00:00Z"}, `endAt: "2026-13-01T00:00:00Z" has no valid date` + hint},
	})
}

func TestT5_AnchoredToWhenItWasRecorded(t *testing.T) {
	t.Parallel()
	recorded := at(t, "2026-01-01T12:00:00.9Z")
	want := at(t, "2026-01-01T12:00:00Z")
	unset := Spec{Date: &Date{}}
	later := Spec{Schedule: "0 18 * * *"}
	for name, spec := range map[string]Spec{
		"alone":   unset,
		"anyOf":   {AnyOf: []Spec{later, unset, unset}},
		"allOf":   {AllOf: []Spec{unset, {Cron: &CronFields{Second: "*"}}}},
		"bounded": {Date: &Date{}, StartAt: "2026-01-01T12:00:00Z"},
	} {
		compiled := mustCompile(t, spec, Options{})
		anchored := compiled.Anchored(recorded)
		if slot, ok := anchored.Next(recorded.Add(-time.Hour)); !ok || !slot.Equal(want) {
			t.Errorf("%s: slot %s, want %s", name, slot, want)
		}
		if anchored.Hash() != compiled.Hash() {
			t.Errorf("%s: the hash changes when the trigger is anchored", name)
		}
		if again := anchored.Anchored(recorded.Add(time.Hour)); again != anchored {
			t.Errorf("%s: an anchored trigger can be anchored again", name)
		}
	}
	fixed := mustCompile(t, Spec{AnyOf: []Spec{later, {Date: &Date{RunAt: "2026-01-01T00:00:00Z"}}}}, Options{})
	if fixed.Anchored(recorded) != fixed {
		t.Errorf("a trigger with nothing to anchor is copied")
	}
}

func TestT5_FirstRecordedThrough(t *testing.T) {
	t.Parallel()
	created := at(t, "2026-01-01T12:00:00.5Z")
	for name, tc := range map[string]struct {
		spec        Spec
		want        string
		wantOneShot bool
	}{
		"schedule":    {Spec{Schedule: "@daily"}, "2026-01-01T11:59:59Z", false},
		"past date":   {Spec{Date: &Date{RunAt: "2020-01-01T00:00:00Z"}}, "2019-12-31T23:59:59Z", true},
		"future date": {Spec{Date: &Date{RunAt: "2030-01-01T00:00:00Z"}}, "2026-01-01T11:59:59Z", true},
		"unset date":  {Spec{Date: &Date{}}, "2026-01-01T11:59:59Z", true},
	} {
		compiled := mustCompile(t, tc.spec, Options{Created: created})
		if got := compiled.FirstRecordedThrough(created); !got.Equal(at(t, tc.want)) {
			t.Errorf("%s: FirstRecordedThrough() = %s, want %s", name, got, tc.want)
		}
		if got := compiled.OneShot(); got != tc.wantOneShot {
			t.Errorf("%s: OneShot() = %t, want %t", name, got, tc.wantOneShot)
		}
		// What was due at the moment of creation is run.
		if anchored := compiled.Anchored(created); tc.wantOneShot {
			if _, ok := anchored.Next(anchored.FirstRecordedThrough(created)); !ok {
				t.Errorf("%s: a new Task does not owe its slot", name)
			}
		}
	}
}
