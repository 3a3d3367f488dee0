package trigger

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// TestT8_ZoneTables compares the tables of all zones with the zone files that they are made from.
func TestT8_ZoneTables(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	for _, name := range ZoneNames() {
		z, ok := loadZone(name)
		if !ok {
			t.Fatalf("zone %s does not load", name)
		}
		check := func(instant int64) {
			if got, want := z.at(instant).offset, offsetAt(z.location, instant); got != want {
				t.Fatalf("%s: offset at %s is %d, want %d", name, time.Unix(instant, 0).UTC(), got, want)
			}
		}
		for range 300 {
			check(minInstant + random.Int64N(maxInstant-minInstant))
		}
		recent := time.Date(1890, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
		for range 300 {
			check(recent + random.Int64N(maxInstant/40))
		}
		for _, s := range z.spans[1:] {
			check(s.start - 1)
			check(s.start)
		}
		// The last days of leap years are where ZoneBounds cannot be relied on.
		for year := 2036; year < 2500; year += 4 {
			check(time.Date(year, 12, 31, random.IntN(24), 0, 0, 0, time.UTC).Unix())
		}
		checkSpans(t, z)
	}
}

// checkSpans checks what searches take for granted: that spans are in order, and so long that a change of the clock has run its course before the
// next one.
func checkSpans(t *testing.T, z *zone) {
	t.Helper()
	for i, s := range z.spans[1:] {
		before := z.spans[i]
		if before.end != s.start || s.before != before.offset || s.offset == before.offset {
			t.Errorf("%s: spans %+v and %+v do not fit", z.name, before, s)
		}
		if s.high != before.wallEnd() {
			t.Errorf("%s: span %+v starts below a wall time reached long before", z.name, s)
		}
		change := max(s.offset-s.before, s.before-s.offset)
		if s.end-s.start < 2*change || s.end-s.start < 2*maxOffset {
			t.Errorf("%s: span %+v is too short", z.name, s)
		}
		if max(s.offset, -s.offset) >= maxOffset {
			t.Errorf("%s: span %+v has an offset beyond maxOffset", z.name, s)
		}
	}
}

func TestT8_ZonesAreTheEmbeddedOnes(t *testing.T) {
	// A zone file of the system would be found by these.
	t.Setenv("ZONEINFO", "testdata")
	t.Setenv("TZ", "Asia/Tokyo")
	compiled := mustCompile(t, Spec{Schedule: "0 0 * * *", TimeZone: "Europe/Berlin"}, Options{})
	if got := slotsFrom(t, compiled, "2026-07-01T00:00:00Z", 1); got[0] != "2026-07-02T00:00:00+02:00" {
		t.Errorf("slot %s, want midnight in Berlin", got[0])
	}
	if len(ZoneNames()) < 500 || !slices.IsSorted(ZoneNames()) {
		t.Errorf("%d zone names, want at least 500 in order", len(ZoneNames()))
	}
	if len(ZoneData()) != len("2025c (embedded)") {
		t.Errorf("zone data is called %q, want a release like 2025c", ZoneData())
	}
}

// C17: a schedule without a zone was read in that of the machine, which was another
// one where it was checked than where it was run.
func TestC17_WithoutAZoneItIsUTCWhereverItRuns(t *testing.T) {
	for _, machine := range []string{"UTC", "Asia/Tokyo", "America/New_York"} {
		t.Setenv("TZ", machine)
		compiled := mustCompile(t, Spec{Schedule: "30 8 * * *"}, Options{})
		if got := slotsFrom(t, compiled, "2026-07-01T00:00:00Z", 1); got[0] != "2026-07-01T08:30:00Z" {
			t.Errorf("on a machine in %s the slot is %s", machine, got[0])
		}
	}
}

func TestT8_ZoneNames(t *testing.T) {
	runErrorCases(t, map[string]errorCase{
		"typing error":     {Spec{Schedule: "@daily", TimeZone: "Europe/Berln"}, `timeZone: "Europe/Berln" is not a time zone; did you mean "Europe/Berlin"?`},
		"case":             {Spec{Schedule: "@daily", TimeZone: "europe/berlin"}, `timeZone: "europe/berlin" is not a time zone; did you mean "Europe/Berlin"?`},
		"place alone":      {Spec{Schedule: "@daily", TimeZone: "Tokyo"}, `timeZone: "Tokyo" is not a time zone; did you mean "Asia/Tokyo"?`},
		"blank":            {Spec{Schedule: "@daily", TimeZone: "America/New York"}, `timeZone: "America/New York" is not a time zone; did you mean "America/New_York"?`},
		"blank at the end": {Spec{Schedule: "@daily", TimeZone: "UTC "}, `timeZone: "UTC " is not a time zone; did you mean "UTC"?`},
		"Local":            {Spec{Schedule: "@daily", TimeZone: "Local"}, `timeZone: "Local" is not a time zone; write an IANA name like "Europe/Berlin"`},
		"path":             {Spec{Schedule: "@daily", TimeZone: "../Europe/Berlin"}, `timeZone: "../Europe/Berlin" is not a time zone; did you mean "Europe/Berlin"?`},
		"absolute path":    {Spec{Schedule: "@daily", TimeZone: "/etc/localtime"}, `timeZone: "/etc/localtime" is not a time zone; write an IANA name like "Europe/Berlin"`},
		"offset":           {Spec{Schedule: "@daily", TimeZone: "UTC+2"}, `timeZone: "UTC+2" is not a time zone; write a place like "Europe/Berlin", or "Etc/GMT-2" for a fixed offset: the sign of these names is reversed`},
		"bare offset":      {Spec{Schedule: "@daily", TimeZone: "-05:00"}, `timeZone: "-05:00" is not a time zone; write a place like "Europe/Berlin", or "Etc/GMT+5" for a fixed offset: the sign of these names is reversed`},
		"half hours":       {Spec{Schedule: "@daily", TimeZone: "+05:30"}, `timeZone: "+05:30" is not a time zone; write a place with that offset, such as "Asia/Kolkata"`},
		"of a child": {
			Spec{AnyOf: []Spec{{Schedule: "@daily"}, {Schedule: "@daily", TimeZone: "Mars"}}},
			`anyOf[1].timeZone: "Mars" is not a time zone; write an IANA name like "Europe/Berlin"`,
		},
	})
}

func TestT8_UnknownDefaultZone(t *testing.T) {
	t.Parallel()
	_, err := Compile(Spec{Schedule: "@daily"}, Options{TimeZone: "Mars"})
	want := `timeZone: "Mars" is not a time zone, which is the default of the Scheduler; write an IANA name like "Europe/Berlin"`
	if err == nil || err.Error() != want {
		t.Errorf("Compile() error %v, want %s", err, want)
	}
	compiled := mustCompile(t, Spec{Schedule: "@daily", TimeZone: "Asia/Tokyo"}, Options{TimeZone: "Mars"})
	if got := compiled.TimeZone(); got != "Asia/Tokyo" {
		t.Errorf("zone %s, want the trigger's own", got)
	}
	inherited := mustCompile(t, Spec{AnyOf: []Spec{{Schedule: "@daily"}}}, Options{TimeZone: "Asia/Tokyo"})
	if got := inherited.children[0].TimeZone(); got != "Asia/Tokyo" {
		t.Errorf("zone of the child %s, want the Scheduler's default", got)
	}
	if got := mustCompile(t, Spec{Schedule: "@daily"}, Options{}).Location(); got != time.UTC {
		t.Errorf("location %s without any zone, want UTC", got)
	}
}
