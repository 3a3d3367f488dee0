package trigger

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// checkWindow compares Window with the slots that there are.
func checkWindow(t testingT, compiled *Trigger, from, through time.Time, want []int64) {
	t.Helper()
	for _, keep := range []int{0, 1, 3, len(want), len(want) + 1} {
		newest, total := longWindow(t, compiled, from, through, keep)
		if total != int64(len(want)) {
			t.Fatalf("%s: Window(%s, %s) counts %d slots, want %d", compiled, from, through, total, len(want))
		}
		wantNewest := want[max(0, len(want)-keep):]
		if !slices.EqualFunc(newest, wantNewest, func(got time.Time, want int64) bool { return got.Unix() == want }) {
			t.Fatalf("%s: Window(%s, %s, %d) = %v, want %v", compiled, from, through, keep, newest, wantNewest)
		}
	}
}

// TestWindow_AgreesWithEnumeration takes windows of all lengths anywhere in time.
func TestWindow_AgreesWithEnumeration(t *testing.T) {
	t.Parallel()
	zones := ZoneNames()
	rapid.Check(t, func(r *rapid.T) {
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(r, "seed"), 0))
		from := time.Unix(-2_000_000_000+random.Int64N(20_000_000_000), 0).UTC()
		env := Options{TimeZone: zones[random.IntN(len(zones))], Created: from.Add(-time.Hour)}
		compiled := mustCompile(r, randomChild(random, from), env)
		var slots []int64
		through := from.Add(time.Duration(random.Int64N(int64(2 * 365 * 24 * time.Hour))))
		for slot := range enumerate(r, compiled, from, through) {
			if slots = append(slots, slot); len(slots) == 3000 {
				through = time.Unix(slot, 999)
				break
			}
		}
		checkWindow(r, compiled, from, through, slots)
	})
}

// TestWindow_LongOutages counts what would take long to go through.
func TestWindow_LongOutages(t *testing.T) {
	t.Parallel()
	berlin := func(spec Spec) Spec { spec.TimeZone = "Europe/Berlin"; return spec }
	for name, tc := range map[string]struct {
		spec       Spec
		after      string
		through    string
		wantTotal  int64
		wantOldest string // of the newest three
	}{
		"every second of 30 days": {
			Spec{Interval: &Interval{Seconds: 1}}, "2026-01-01T00:00:00Z", "2026-01-31T00:00:00Z", 30 * 86400, "2026-01-30T23:59:58Z",
		},
		"every second of a century by the clock": {
			berlin(Spec{Cron: &CronFields{Second: "*"}}), "2000-01-01T00:00:00Z", "2100-01-01T00:00:00Z", 36525 * 86400, "2099-12-31T23:59:58Z",
		},
		"every day of a century": {
			berlin(Spec{Schedule: "30 2 * * *"}), "2000-01-01T00:00:00Z", "2100-01-01T00:00:00Z", 36525, "2099-12-29T01:30:00Z",
		},
		"every month of all time": {
			Spec{Schedule: "@monthly"}, "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", 9999*12 - 1, "9999-10-01T00:00:00Z",
		},
		"all days, one of which Samoa left out": {
			Spec{Interval: &Interval{Days: 1}, TimeZone: "Pacific/Apia", StartAt: "2011-12-01T08:00:00"},
			"2011-12-01T00:00:00Z", "2012-01-10T00:00:00Z", 40, "2012-01-07T18:00:00Z",
		},
		"seconds of three children, of which the densest counts": {
			Spec{AnyOf: []Spec{{Cron: &CronFields{Second: "*"}}, {Schedule: "* * * * *"}, {Interval: &Interval{Seconds: 30}}}},
			"2026-01-01T00:00:00Z", "2026-01-31T00:00:00Z", 30 * 86400, "2026-01-30T23:59:58Z",
		},
		"the hours that two children share": {
			Spec{AllOf: []Spec{{Cron: &CronFields{Second: "*"}}, {Schedule: "@hourly"}}},
			"2026-01-01T00:00:00Z", "2026-01-31T00:00:00Z", 30 * 24, "2026-01-30T22:00:00Z",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			compiled := mustCompile(t, tc.spec, Options{})
			newest, total := longWindow(t, compiled, at(t, tc.after), at(t, tc.through), 3)
			if total != tc.wantTotal {
				t.Errorf("total %d, want %d", total, tc.wantTotal)
			}
			if len(newest) != 3 || !newest[0].Equal(at(t, tc.wantOldest)) {
				t.Errorf("newest %v, want three from %s", newest, tc.wantOldest)
			}
		})
	}
}

// TestWindow_ComparesABoundedNumber has a window in which too many slots would have to be compared: the newest ones are right all the same.
func TestWindow_ComparesABoundedNumber(t *testing.T) {
	t.Parallel()
	seconds, also := Spec{Cron: &CronFields{Second: "*"}}, Spec{Interval: &Interval{Seconds: 1}}
	after, through := at(t, "2026-01-01T00:00:00Z"), at(t, "2026-02-01T00:00:00Z")
	const there = 31 * 86400
	newest, total, counted := mustCompile(t, Spec{AnyOf: []Spec{seconds, also}}, Options{Created: after}).Window(after, through, 2)
	if total < there || total > 2*there-maxCompared {
		t.Errorf("total %d, want %d to %d", total, there, 2*there-maxCompared)
	}
	if !counted.Equal(through) {
		t.Errorf("counted through %s, want %s", counted, through)
	}
	if len(newest) != 2 || !newest[0].Equal(through.Add(-time.Second)) || !newest[1].Equal(through) {
		t.Errorf("newest %v, want the last two seconds", newest)
	}
}

// TestWindow_OfASearchGoesOnInPieces counts a window that one call cannot, oldest first, so that no slot is left out.
func TestWindow_OfASearchGoesOnInPieces(t *testing.T) {
	t.Parallel()
	spec := Spec{AllOf: []Spec{{Cron: &CronFields{Second: "*"}}, {Interval: &Interval{Seconds: 1}}}}
	after, through := at(t, "2026-01-01T00:00:00Z"), at(t, "2026-01-03T00:00:00Z")
	compiled := mustCompile(t, spec, Options{Created: after})
	newest, total, counted := compiled.Window(after, through, 2)
	if !counted.Before(through) || total != int64(counted.Sub(after)/time.Second) || len(newest) != 2 || !newest[1].Equal(counted) {
		t.Errorf("Window() = %v, %d, %s, want all slots up to an earlier instant", newest, total, counted)
	}
	newest, total = longWindow(t, compiled, after, through, 2)
	if total != 2*86400 || len(newest) != 2 || !newest[1].Equal(through) {
		t.Errorf("LongWindow() = %v, %d, want all slots of two days", newest, total)
	}
	long := compiled.LongWindow(after, through.AddDate(1, 0, 0), 2)
	for {
		done, err := long.Continue()
		if errors.Is(err, ErrTooExpensive) {
			break
		}
		if done || err != nil {
			t.Fatalf("Continue() = %t, %v, want ErrTooExpensive at last", done, err)
		}
	}
	if long.steps > maxCountSteps+maxSteps {
		t.Errorf("%d steps, want at most %d", long.steps, maxCountSteps)
	}
}

func TestWindow_IsEmpty(t *testing.T) {
	t.Parallel()
	noon := at(t, "2026-01-01T12:00:00Z")
	for name, spec := range map[string]Spec{
		"ended":    {Schedule: "@hourly", EndAt: "2026-01-01T10:00:00Z"},
		"shutdown": {Shutdown: true},
		"unset":    {Date: &Date{}},
		"never":    {Schedule: "0 0 30 2 *"},
	} {
		if newest, total, _ := mustCompile(t, spec, Options{}).Window(noon, noon.AddDate(1, 0, 0), 5); newest != nil || total != 0 {
			t.Errorf("%s: Window() = %v, %d, want nothing", name, newest, total)
		}
	}
	if newest, total, _ := mustCompile(t, Spec{Schedule: "* * * * *"}, Options{}).Window(noon, noon.Add(-time.Hour), 5); newest != nil || total != 0 {
		t.Errorf("backwards: Window() = %v, %d, want nothing", newest, total)
	}
}
