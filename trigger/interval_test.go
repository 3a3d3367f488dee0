package trigger

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestT4_Interval(t *testing.T) {
	berlin := func(interval Interval, startAt string) Spec {
		return Spec{Interval: &interval, StartAt: startAt, TimeZone: "Europe/Berlin"}
	}
	runSlotCases(t, map[string]slotCase{
		"anchored at startAt, which is a slot": {
			spec: berlin(Interval{Hours: 1, Minutes: 30}, "2026-01-01T12:00:00"), from: "2026-01-01T00:00:00Z",
			wantSlots: []string{"2026-01-01T12:00:00+01:00", "2026-01-01T13:30:00+01:00"},
		},
		"the phase is kept": {
			spec: berlin(Interval{Hours: 5}, "2026-01-01T12:00:00"), from: "2026-01-03T00:00:00Z",
			wantSlots: []string{"2026-01-03T04:00:00+01:00", "2026-01-03T09:00:00+01:00"},
		},
		"anchored at the creation, one interval later": {
			spec: Spec{Interval: &Interval{Minutes: 10}}, created: "2026-01-01T00:00:07.9Z", from: "2026-01-01T00:00:07Z",
			wantSlots: []string{"2026-01-01T00:10:07Z", "2026-01-01T00:20:07Z"},
		},
		"hours are elapsed time in spring": {
			spec: berlin(Interval{Hours: 12}, "2026-03-28T20:00:00"), from: "2026-03-28T20:00:00+01:00",
			wantSlots: []string{"2026-03-28T20:00:00+01:00", "2026-03-29T09:00:00+02:00", "2026-03-29T21:00:00+02:00"},
		},
		"days are added on the wall clock": {
			spec: berlin(Interval{Days: 1}, "2026-03-28T20:00:00"), from: "2026-03-28T20:00:00+01:00",
			wantSlots: []string{"2026-03-28T20:00:00+01:00", "2026-03-29T20:00:00+02:00"},
		},
		"weeks too": {
			spec: berlin(Interval{Weeks: 2}, "2026-10-20T09:00:00"), from: "2026-10-20T00:00:00Z",
			wantSlots: []string{"2026-10-20T09:00:00+02:00", "2026-11-03T09:00:00+01:00"},
		},
		"24 hours are no day": {
			spec: berlin(Interval{Hours: 24}, "2026-03-28T20:00:00"), from: "2026-03-29T00:00:00Z",
			wantSlots: []string{"2026-03-29T21:00:00+02:00"},
		},
		"a day that lands in the gap is late that day alone": {
			spec: berlin(Interval{Days: 1}, "2026-03-28T02:30:00"), from: "2026-03-29T00:00:00Z",
			wantSlots: []string{"2026-03-29T03:30:00+02:00", "2026-03-30T02:30:00+02:00"},
		},
		"a local startAt in the gap keeps what is written": {
			spec: berlin(Interval{Days: 1}, "2026-03-29T02:30:00"), from: "2026-03-28T00:00:00Z",
			wantSlots: []string{"2026-03-29T03:30:00+02:00", "2026-03-30T02:30:00+02:00"},
		},
		"a day that lands on the repeated hour is its first": {
			spec: berlin(Interval{Days: 1}, "2026-10-24T02:30:00"), from: "2026-10-24T12:00:00Z",
			wantSlots: []string{"2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"},
		},
		"an anchor in the second of the repeated hours": {
			spec: berlin(Interval{Days: 1}, "2026-10-25T02:30:00+01:00"), from: "2026-10-25T00:00:00Z",
			wantSlots: []string{"2026-10-25T02:30:00+01:00", "2026-10-26T02:30:00+01:00"},
		},
		"a day that does not exist": {
			spec: Spec{Interval: &Interval{Days: 1}, StartAt: "2011-12-29T08:00:00", TimeZone: "Pacific/Apia"}, from: "2011-12-29T00:00:00-10:00",
			wantSlots: []string{"2011-12-29T08:00:00-10:00", "2011-12-31T08:00:00+14:00", "2012-01-01T08:00:00+14:00"},
		},
		"days first, then elapsed time": {
			spec: berlin(Interval{Days: 1, Hours: 12}, "2026-03-27T20:00:00"), from: "2026-03-27T20:00:00+01:00",
			wantSlots: []string{"2026-03-27T20:00:00+01:00", "2026-03-29T09:00:00+02:00", "2026-03-30T20:00:00+02:00"},
		},
		"an anchor with an offset more than a day away": {
			spec: Spec{Interval: &Interval{Days: 1}, StartAt: "1860-01-01T12:00:00", TimeZone: "America/Metlakatla"}, from: "2026-01-10T20:50:00Z",
			wantSlots: []string{"2026-01-10T12:00:00-09:00", "2026-01-11T12:00:00-09:00"},
		},
		"longer than time": {spec: Spec{Interval: &Interval{Weeks: 520_000}, StartAt: "0002-01-01T00:00:00Z"}, from: "2026-01-01T00:00:00Z", wantSlots: []string{"9967-12-26T00:00:00Z"}, wantEnd: true},
	})
}

func TestT4_IntervalErrors(t *testing.T) {
	runErrorCases(t, map[string]errorCase{
		"nothing":  {Spec{Interval: &Interval{}}, `interval: is shorter than a second; write for example interval: {minutes: 5}`},
		"negative": {Spec{Interval: &Interval{Hours: 2, Minutes: -1}}, `interval.minutes: -1 is negative`},
		"too long": {Spec{Interval: &Interval{Days: 1, Hours: 1 << 60}}, `interval.hours: 1152921504606846976 makes the interval longer than 9999 years`},
	})
}

// TestT4_PhaseSurvivesRestarts asks for the next slot from arbitrary instants, as a manager does that was restarted, paused or late: what comes is always a
// slot of the one sequence that starts at the anchor.
func TestT4_PhaseSurvivesRestarts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		part := func(name string, most int64) int64 { return rapid.Int64Range(0, most).Draw(r, name) }
		spec := Spec{
			Interval: &Interval{Days: part("days", 3), Hours: part("hours", 30), Minutes: part("minutes", 90), Seconds: 1 + part("seconds", 90)},
			TimeZone: rapid.SampledFrom([]string{"UTC", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia"}).Draw(r, "zone"),
		}
		created := time.Unix(rapid.Int64Range(1_290_000_000, 1_330_000_000).Draw(r, "created"), 0)
		compiled := mustCompile(t, spec, Options{Created: created})
		slots := map[int64]bool{}
		end := created.AddDate(0, 0, 20)
		for slot, ok := compiled.Next(created); ok && slot.Before(end); slot, ok = compiled.Next(slot) {
			slots[slot.Unix()] = true
		}
		for range 10 {
			restart := created.Add(time.Duration(rapid.Int64Range(0, int64(19*24*time.Hour)).Draw(r, "restart")))
			if slot, ok := compiled.Next(restart); !ok || slot.Before(end) && !slots[slot.Unix()] {
				r.Fatalf("%s: Next(%s) = %s, which is not in the sequence", compiled, restart, slot)
			}
		}
	})
}

// TestT4_DaysMatchTheOracle compares the slots of days around changes of the clock with package time's date arithmetic.
func TestT4_DaysMatchTheOracle(t *testing.T) {
	t.Parallel()
	for _, name := range ZoneNames() {
		z, _ := loadZone(name)
		changes := clockChanges(z.location)
		if len(changes) == 0 {
			continue
		}
		change := changes[len(changes)/2]
		r := newRegion(z.location, change, 36*time.Hour)
		// Let the slot of some day fall on the change, and into what comes before and after it.
		for _, distance := range []time.Duration{-time.Hour, -30 * time.Minute, 0, 30 * time.Minute} {
			anchor := change.Add(distance).In(z.location).AddDate(0, 0, -10)
			compiled := mustCompile(t, Spec{Interval: &Interval{Days: 1}, StartAt: anchor.Format(time.RFC3339), TimeZone: name}, Options{})
			wanted := naiveTrigger{matches: func(wall time.Time) bool {
				return wall.Hour() == anchor.Hour() && wall.Minute() == anchor.Minute()
			}, seconds: []int64{int64(anchor.Second())}}
			var got []int64
			for slot, ok := compiled.Next(r.from); ok && !slot.After(r.through); slot, ok = compiled.Next(slot) {
				got = append(got, slot.Unix())
			}
			if want := wanted.slots(r); !slices.Equal(want, got) {
				t.Fatalf("%s from %s around %s:\nwant %v\n got %v", compiled, anchor, change, want, got)
			}
		}
	}
}
