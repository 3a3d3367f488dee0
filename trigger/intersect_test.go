package trigger

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// A slowAll evaluates an allOf trigger without any shortcut: it compares the slots of its children one by one. It is the oracle of the triggers that replace them.
type slowAll struct{ *Trigger }

// next returns the first slot after an instant and up to another. The answer is not ok if there is none.
func (t slowAll) next(after, through int64) (slot int64, ok bool) {
	steps := 0
	through = min(through, t.endAt)
	candidate, agreed := max(after, t.startAt-1)+1, 0
	for {
		for _, child := range t.children {
			slot, ok := child.next(candidate-1, &steps)
			if !ok || slot > through {
				return 0, false
			}
			if agreed++; slot > candidate {
				candidate, agreed = slot, 1
			}
			if agreed == len(t.children) {
				return candidate, true
			}
		}
	}
}

// slots returns the slots after an instant and up to another, at most so many.
func (t slowAll) slots(after, through int64, limit int) (slots []int64) {
	for slot, ok := t.next(after, through); ok && len(slots) < limit; slot, ok = t.next(slot, through) {
		slots = append(slots, slot)
	}
	return slots
}

// TestT6_AllOfHasTheSlotsOfTheSlowEvaluation compares Next, Window, Delay and the verdict "never" with the slow evaluation, mostly around a change of the clock: there the
// intersection of two calendars is not always a calendar.
func TestT6_AllOfHasTheSlotsOfTheSlowEvaluation(t *testing.T) {
	t.Parallel()
	zones := append(ZoneNames(), slices.Repeat([]string{"Europe/Berlin", "Pacific/Apia", "America/Nuuk", "Australia/Lord_Howe", "Africa/Monrovia", "America/Havana"}, 40)...)
	replaced, searched, never := 0, 0, 0
	rapid.Check(t, func(r *rapid.T) {
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(r, "seed"), 0))
		for range 20 {
			spec, middle := randomAllOf(random, zones)
			compiled := mustCompile(r, spec, Options{Created: time.Unix(middle, 0)})
			if compiled.never.why == "" || middle > recent+10*secondsPerDay { // of earlier slots "never" says nothing
				compareWithSlow(r, random, compiled, middle)
			}
			switch {
			case compiled.never.why != "":
				never++
			case compiled.NeedsSearch():
				searched++
			default:
				replaced++
			}
		}
	})
	t.Logf("%d replaced by one trigger, %d searched, %d never", replaced, searched, never)
	if replaced < 200 || searched < 200 || never < 200 {
		t.Errorf("too few of a sort: %d replaced by one trigger, %d searched, %d never", replaced, searched, never)
	}
}

func compareWithSlow(t testingT, random *rand.Rand, compiled *Trigger, middle int64) {
	t.Helper()
	slow := slowAll{compiled}
	from := middle - random.Int64N(3*secondsPerDay)
	through := middle + random.Int64N(3*secondsPerDay)
	want := slow.slots(from, through, 500)
	if len(want) == 500 {
		through = want[499]
	}
	var got []int64
	for after := time.Unix(from, 0); ; {
		slot, ok, err := compiled.Find(context.Background(), after) // what is too expensive has no slot within years
		if !ok || err != nil || slot.Unix() > through {
			break
		}
		got, after = append(got, slot.Unix()), slot
	}
	if !slices.Equal(want, got) {
		t.Fatalf("%s (%d parts) from %s through %s:\nwant %v\n got %v", compiled, len(compiled.parts), time.Unix(from, 0).UTC(), time.Unix(through, 0).UTC(), want, got)
	}
	checkWindow(t, compiled, time.Unix(from, 0), time.Unix(through, 0), want)
	if far, ok := slow.next(from, from+4*366*secondsPerDay); ok {
		if slot, found, err := compiled.Find(context.Background(), time.Unix(from, 0)); err == nil && (!found || slot.Unix() != far) {
			t.Fatalf("%s: Find(%s) = %s, %t, want %s", compiled, time.Unix(from, 0).UTC(), slot, found, time.Unix(far, 0).UTC())
		}
	}
	if len(want) > 1 {
		jittered := *compiled
		jittered.jitter = time.Duration(1 + random.Int64N(int64(2*time.Hour)))
		limit := min(jittered.jitter, time.Duration(want[1]-want[0])*time.Second)
		if delay := jittered.Delay("uid", time.Unix(want[0], 0)); delay != time.Duration(hashSlot("uid", want[0])%uint64(limit)) {
			t.Fatalf("%s: Delay(%d) = %s, which is not that of the distance %s", compiled, want[0], delay, limit)
		}
	}
}

// randomAllOf makes up an allOf trigger with slots around an instant, mostly a change of the clock.
func randomAllOf(random *rand.Rand, zones []string) (spec Spec, middle int64) {
	z, _ := loadZone(zones[random.IntN(len(zones))])
	middle = int64(1_600_000_000) + random.Int64N(400_000_000)
	if len(z.gaps) > 0 && random.IntN(4) > 0 {
		var starts []int64
		for _, s := range z.spans[1:] {
			if s.gap() > 0 || random.IntN(20) == 0 {
				starts = append(starts, s.start)
			}
		}
		middle = max(starts[random.IntN(len(starts))], minInstant+10*secondsPerDay)
	}
	spec.TimeZone = z.name
	hour, minute := z.wallOf(middle-1)/3600%24, z.wallOf(middle-1)/60%60
	for range 2 + random.IntN(3) {
		child := Spec{Cron: randomFields(random, int((hour+24)%24), int((minute+60)%60))}
		switch random.IntN(12) {
		case 0:
			child = Spec{Schedule: fmt.Sprintf("%d,30 %d-%d 1-20 * mon-fri", (minute+60)%60, max(0, hour-1), 23)}
		case 1:
			child = Spec{Interval: &Interval{Seconds: 1 + random.Int64N(1000)}}
		case 2:
			child = Spec{Interval: &Interval{Minutes: 1 + random.Int64N(90)}, StartAt: time.Unix(middle-random.Int64N(86400), 0).UTC().Format(time.RFC3339)}
		case 3:
			child.TimeZone = zones[random.IntN(len(zones))]
		case 4:
			child.StartAt = time.Unix(middle-random.Int64N(86400), 0).UTC().Format(time.RFC3339)
		case 5:
			child.EndAt = time.Unix(middle+random.Int64N(86400), 0).UTC().Format("2006-01-02T15:04:05")
		}
		spec.AllOf = append(spec.AllOf, child)
	}
	return spec, middle
}

// randomFields makes up the fields of a cron trigger that mostly has slots around an hour and a minute.
func randomFields(random *rand.Rand, hour, minute int) *CronFields {
	pick := func(texts ...string) string { return texts[random.IntN(len(texts))] }
	f := &CronFields{
		Hour:   pick("*", "*", "*", "*", fmt.Sprint(hour), fmt.Sprint((hour+1)%24), fmt.Sprintf("%d,%d", hour, (hour+1)%24), "*/2", "1-23/2", "0-22", "0,23"),
		Minute: pick("*", "*", "*", "*", "*", fmt.Sprint(minute), "*/15", "0", "30", "15,45", "0,30", "1-59/2"),
		Second: pick("0", "0", "0", "0", "0", "*/20", "0,30", "*"),
		Day:    pick("", "", "", "", "", "", "", "", "1-15", "last", "2nd fri"),
		Month:  pick("", "", "", "", "", "3-4,9-11", "1,12"),
		Week:   pick("", "", "", "", "", "", "1-52/2", "10-50"),
	}
	f.DayOfWeek = pick("", "", "", "", "sun", "mon-fri", "sat,sun,mon")
	if random.IntN(10) == 0 {
		f.Year = pick("1970-2090", "2000-2040/2")
	}
	return f
}

// TestT6_OneZoneIsOneCalendar shows which triggers are replaced by one, so that nothing has to be searched for.
func TestT6_OneZoneIsOneCalendar(t *testing.T) {
	t.Parallel()
	even, odd := cronSpec(CronFields{Second: "*/2", Minute: "1-59", Hour: "*", Week: "1-52"}), cronSpec(CronFields{Second: "1-59/2", Minute: "*", Hour: "*", Week: "1-52"})
	for name, tc := range map[string]struct {
		spec      Spec
		wantParts int
		wantNever string
	}{
		"even and odd seconds":            {Spec{AllOf: append(slices.Repeat([]Spec{even}, 15), odd), TimeZone: "Europe/Berlin"}, 1, "no time of day in common"},
		"days and times":                  {Spec{AllOf: []Spec{{Schedule: "0 9 * * *"}, cronSpec(CronFields{Day: "last", Hour: "*"}), {Schedule: "* * * * 1-5"}}, TimeZone: "Europe/Berlin"}, 1, ""},
		"hours that a gap joins":          {Spec{AllOf: []Spec{{Schedule: "30 2 * * *"}, {Schedule: "30 3 * * *"}}, TimeZone: "Europe/Berlin"}, 2, ""},
		"hours that no gap joins":         {Spec{AllOf: []Spec{{Schedule: "30 12 * * *"}, {Schedule: "30 13 * * *"}}, TimeZone: "Europe/Berlin"}, 1, "no time of day in common"},
		"hours around the gap, no minute": {Spec{AllOf: []Spec{{Schedule: "30 2 * * *"}, {Schedule: "31 3 * * *"}}, TimeZone: "Europe/Berlin"}, 1, "no time of day in common"},
		"dates that exclude each other":   {Spec{AllOf: []Spec{cronSpec(CronFields{Month: "2"}), cronSpec(CronFields{Day: "30"})}, TimeZone: "Europe/Berlin"}, 1, "no date matches"},
		"intervals of elapsed time":       {Spec{AllOf: []Spec{every(701, "2026-01-01T00:00:00Z"), every(709, "2026-01-01T00:00:00Z"), every(719, "2026-01-01T00:00:00Z")}}, 1, ""},
		"an interval and a calendar":      {Spec{AllOf: []Spec{every(7, "2026-01-01T00:00:00Z"), {Schedule: "@hourly"}}}, 2, ""},
		"two zones":                       {Spec{AllOf: []Spec{{Schedule: "@hourly", TimeZone: "Asia/Tokyo"}, {Schedule: "@hourly", TimeZone: "Europe/Berlin"}}}, 2, ""},
	} {
		compiled := mustCompile(t, tc.spec, Options{})
		if len(compiled.parts) != tc.wantParts {
			t.Errorf("%s: %d parts, want %d", name, len(compiled.parts), tc.wantParts)
		}
		if never := compiled.never.why; (tc.wantNever == "") != (never == "") || !strings.Contains(never, tc.wantNever) {
			t.Errorf("%s: never %q, want %q", name, never, tc.wantNever)
		}
	}
}

// TestT6_AFailedIntersectionLeavesTheYears has two calendars that name no common time and yet share a slot, on a day whose hour the clock skips: the attempt to replace
// them by one calendar must not change the years of either.
func TestT6_AFailedIntersectionLeavesTheYears(t *testing.T) {
	t.Parallel()
	early, late := Spec{Cron: &CronFields{Hour: "2", Minute: "30"}}, Spec{Cron: &CronFields{Hour: "3", Minute: "30", Year: "2020-2030"}}
	for name, spec := range map[string]Spec{
		"years first": {AllOf: []Spec{late, early}, TimeZone: "Europe/Berlin"},
		"years last":  {AllOf: []Spec{early, late}, TimeZone: "Europe/Berlin"},
	} {
		compiled := mustCompile(t, spec, Options{Created: time.Unix(0, 0)})
		slot, ok, err := compiled.Find(t.Context(), time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
		if want := time.Date(2026, 3, 29, 1, 30, 0, 0, time.UTC); err != nil || !ok || !slot.Equal(want) {
			t.Errorf("%s: %s, %t, %v; want %s", name, slot, ok, err, want)
		}
	}
}
