package trigger

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestT6_Combinations(t *testing.T) {
	last, weekdays := Spec{Cron: &CronFields{Day: "last"}}, Spec{Cron: &CronFields{DayOfWeek: "mon-fri"}}
	runSlotCases(t, map[string]slotCase{
		"two zones": {
			spec: Spec{AnyOf: []Spec{{Schedule: "0 9 * * *", TimeZone: "Asia/Tokyo"}, {Schedule: "0 9 * * *", TimeZone: "Europe/London"}}}, from: "2026-01-01T00:00:00Z",
			wantSlots: []string{"2026-01-01T00:00:00Z", "2026-01-01T09:00:00Z", "2026-01-02T00:00:00Z"},
		},
		"a slot that children share is one": {
			spec: Spec{AnyOf: []Spec{{Schedule: "0 9 * * *"}, {Schedule: "0 9 * * fri"}}}, from: "2026-01-02T00:00:00Z",
			wantSlots: []string{"2026-01-02T09:00:00Z", "2026-01-03T09:00:00Z"},
		},
		"the zone of the parent": {
			spec: Spec{AllOf: []Spec{last, weekdays}, TimeZone: "Asia/Tokyo"}, from: "2026-01-01T00:00:00Z",
			wantSlots: []string{"2026-03-31T00:00:00+09:00", "2026-04-30T00:00:00+09:00"},
		},
		"the bounds of the parent and the children": {
			spec: Spec{
				AnyOf:   []Spec{{Schedule: "0 9 * * *", EndAt: "2026-01-03T09:00:00Z"}, {Schedule: "0 10 * * *", StartAt: "2026-01-02T10:00:00Z"}},
				StartAt: "2026-01-02T00:00:00Z", EndAt: "2026-01-04T10:00:00Z",
			}, from: "2026-01-01T00:00:00Z",
			wantSlots: []string{"2026-01-02T09:00:00Z", "2026-01-02T10:00:00Z", "2026-01-03T09:00:00Z", "2026-01-03T10:00:00Z", "2026-01-04T10:00:00Z"}, wantEnd: true,
		},
		"a child is anchored at the creation, not at the parent's start": {
			spec: Spec{AnyOf: []Spec{{Interval: &Interval{Hours: 7}}}, StartAt: "2026-01-02T00:00:00Z"}, created: "2026-01-01T00:00:00Z", from: "2026-01-01T00:00:00Z",
			wantSlots: []string{"2026-01-02T04:00:00Z"},
		},
		"children that never meet": {
			spec: Spec{AllOf: []Spec{{Schedule: "0 9 * * *"}, {Schedule: "0 10 * * *"}}, EndAt: "2026-06-01T00:00:00Z"}, from: "2026-01-01T00:00:00Z", wantEnd: true,
		},
		"a child that never fires": {spec: Spec{AllOf: []Spec{{Schedule: "0 0 30 2 *"}, {Schedule: "@hourly"}}}, from: "2026-01-01T00:00:00Z", wantEnd: true},
		"a date that all have":     {spec: Spec{AllOf: []Spec{{Date: &Date{RunAt: "2026-01-05T00:00:00Z"}}, weekdays}}, from: "2026-01-01T00:00:00Z", wantSlots: []string{"2026-01-05T00:00:00Z"}, wantEnd: true},
	})
}

func TestT6_CombinationErrors(t *testing.T) {
	daily := Spec{Schedule: "@daily"}
	runErrorCases(t, map[string]errorCase{
		"no kind":          {Spec{}, `has 0 kinds, expected exactly 1; write one of schedule, cron, interval, date, anyOf, allOf and shutdown; several go into anyOf`},
		"two kinds":        {Spec{Schedule: "@daily", Shutdown: true}, `has 2 kinds, expected exactly 1; write one of schedule, cron, interval, date, anyOf, allOf and shutdown; several go into anyOf`},
		"no kind of child": {Spec{AnyOf: []Spec{daily, {}}}, `anyOf[1]: has 0 kinds, expected exactly 1; write one of schedule, cron, interval, date, anyOf, allOf and shutdown; several go into anyOf`},
		"no children":      {Spec{AnyOf: []Spec{}}, `anyOf: has 0 triggers, expected 1 to 16`},
		"too many":         {Spec{AllOf: slices.Repeat([]Spec{daily}, 17)}, `allOf: has 17 triggers, expected 1 to 16`},
		"nested":           {Spec{AnyOf: []Spec{{AnyOf: []Spec{daily}}}}, `anyOf[0].anyOf: cannot be nested; list its triggers in the parent`},
		"nested allOf":     {Spec{AnyOf: []Spec{{AllOf: []Spec{daily}}}}, `anyOf[0].allOf: cannot be nested; list its triggers in the parent, or make a second Task`},
		"shutdown":         {Spec{AnyOf: []Spec{{Shutdown: true}}}, `anyOf[0].shutdown: cannot be combined with other triggers; make a second Task for it`},
		"jitter of child":  {Spec{AnyOf: []Spec{{Schedule: "@daily", Jitter: time.Second}}}, `anyOf[0].jitter: is the parent's alone; write it beside anyOf or allOf`},
		"negative jitter":  {Spec{Schedule: "@daily", Jitter: -time.Second}, `jitter: is negative; a start can be delayed, not brought forward`},
	})
}

func TestT6_ShutdownHasNoSlots(t *testing.T) {
	runSlotCases(t, map[string]slotCase{"shutdown": {spec: Spec{Shutdown: true}, from: "2026-01-01T00:00:00Z", wantEnd: true}})
}

// TestT6_SearchIsBounded has children whose next common slot, or the lack of one, takes long to find.
func TestT6_SearchIsBounded(t *testing.T) {
	t.Parallel()
	after := at(t, "2026-01-01T00:00:00Z")
	every := func(seconds int64, startAt string) Spec {
		return Spec{Interval: &Interval{Seconds: seconds}, StartAt: startAt}
	}
	for name, tc := range map[string]struct {
		spec      Spec
		wantFirst Outcome
		wantSlot  string // empty: none within the horizon
	}{
		"a far one": {
			spec:      Spec{AllOf: []Spec{every(701, "2026-01-01T00:00:00Z"), every(709, "2026-01-01T00:00:00Z"), every(719, "2026-01-01T00:00:00Z")}},
			wantFirst: Found, wantSlot: "2037-04-28T23:44:31Z",
		},
		"none": {spec: Spec{AllOf: []Spec{every(600, "2026-01-01T00:00:00Z"), every(600, "2026-01-01T00:05:00Z")}}, wantFirst: Never},
		"none, with an end": {
			spec: Spec{AllOf: []Spec{every(600, "2026-01-01T00:00:00Z"), every(600, "2026-01-01T00:05:00Z")}, EndAt: "2026-01-02T00:00:00Z"}, wantFirst: Never,
		},
		"a century away": {spec: Spec{AllOf: []Spec{{Cron: &CronFields{Year: "2100"}}, {Schedule: "@yearly"}}}, wantFirst: Found, wantSlot: "2100-01-01T00:00:00Z"},
		"beyond the horizon of a search": {
			spec: Spec{AllOf: []Spec{{Cron: &CronFields{Year: "2100"}}, {Schedule: "@yearly", TimeZone: "Africa/Abidjan"}}}, wantFirst: Never,
		},
		"an hour at which an interval that drifts is rare": {
			spec: Spec{AllOf: []Spec{every(86399, "2026-01-01T00:00:00Z"), {Schedule: "0 12 * * *"}}}, wantFirst: NotBefore,
		},
		"one in years": {
			spec: Spec{AllOf: []Spec{every(3599, "2026-01-01T00:00:00Z"), {Schedule: "0 0-22 * * *"}, {Schedule: "0 0-22 * * sun", TimeZone: "Asia/Tokyo"}}}, wantFirst: NotBefore,
			wantSlot: "2029-04-14T16:00:00Z",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			compiled := mustCompile(t, tc.spec, Options{})
			first := compiled.Search(after)
			if first.Outcome != tc.wantFirst {
				t.Fatalf("Search() outcome %d, want %d", first.Outcome, tc.wantFirst)
			}
			if _, ok := compiled.Next(after); ok != (first.Outcome == Found) {
				t.Errorf("Next() = %t, but Search() = %+v", ok, first)
			}
			if first.Outcome == NotBefore && !first.Resume.After(after) {
				t.Errorf("Search() resumes at %s, which is not after %s", first.Resume, after)
			}
			slot, ok := find(t, compiled, after)
			if ok != (tc.wantSlot != "") || ok && !slot.Equal(at(t, tc.wantSlot)) {
				t.Errorf("Find() = %s, %t, want %q", slot, ok, tc.wantSlot)
			}
		})
	}
}

// TestT6_FindOfASimpleTrigger shows that Search and Find work for every kind.
func TestT6_FindOfASimpleTrigger(t *testing.T) {
	t.Parallel()
	compiled := mustCompile(t, Spec{Date: &Date{RunAt: "2100-01-01T00:00:00Z"}}, Options{})
	want := at(t, "2100-01-01T00:00:00Z")
	if result := compiled.Search(at(t, "2026-01-01T00:00:00Z")); result.Outcome != Found || !result.Slot.Equal(want) {
		t.Errorf("Search() = %+v, want %s", result, want)
	}
	if slot, ok := find(t, compiled, at(t, "2026-01-01T00:00:00Z")); !ok || !slot.Equal(want) {
		t.Errorf("Find() = %s, %t, want %s", slot, ok, want)
	}
	if result := compiled.Search(want); result.Outcome != Never {
		t.Errorf("Search() behind the slot = %+v, want never", result)
	}
}

// TestT6_SetOperations compares the slots of combinations with unions and intersections of the slots of their children.
func TestT6_SetOperations(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(r, "seed"), 0))
		from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(random.Int64N(int64(4 * 365 * 24 * time.Hour)))).Truncate(time.Second)
		through := from.Add(time.Duration(random.Int64N(int64(5 * 24 * time.Hour))))
		env := Options{TimeZone: "Europe/Berlin", Created: from.Add(-1000 * time.Hour)}
		children := make([]Spec, 1+random.IntN(4))
		union := map[int64]bool{}
		var intersection map[int64]bool
		for i := range children {
			children[i] = randomChild(random, from)
			own := map[int64]bool{}
			for slot := range enumerate(r, mustCompile(r, children[i], env), from, through) {
				own[slot], union[slot] = true, true
			}
			if i == 0 {
				intersection = own
			}
			maps.DeleteFunc(intersection, func(slot int64, _ bool) bool { return !own[slot] })
		}
		for want, spec := range map[*map[int64]bool]Spec{&union: {AnyOf: children}, &intersection: {AllOf: children}} {
			compiled := mustCompile(r, spec, env)
			wantSlots := slices.Sorted(maps.Keys(*want))
			if got := slices.Collect(enumerate(r, compiled, from, through)); !slices.Equal(wantSlots, got) {
				r.Fatalf("%s from %s through %s:\nwant %v\n got %v", compiled, from, through, wantSlots, got)
			}
			checkWindow(r, compiled, from, through, wantSlots)
		}
	})
}

// enumerate goes through the slots after an instant and up to another.
func enumerate(t testingT, compiled *Trigger, from, through time.Time) func(yield func(int64) bool) {
	return func(yield func(int64) bool) {
		for slot, ok := find(t, compiled, from); ok && !slot.After(through) && yield(slot.Unix()); {
			slot, ok = find(t, compiled, slot)
		}
	}
}

// randomChild makes up a simple trigger with slots around an instant.
func randomChild(random *rand.Rand, from time.Time) Spec {
	z, _ := loadZone([]string{"UTC", "Europe/Berlin", "America/New_York"}[random.IntN(3)])
	spec := Spec{Interval: &Interval{Minutes: 1 + random.Int64N(200), Hours: random.Int64N(3), Days: random.Int64N(2)}}
	if random.IntN(4) > 0 {
		spec = randomNaive(random, &region{location: z.location, from: from, through: from.AddDate(0, 0, 5)}).spec
	}
	if random.IntN(2) == 0 {
		spec.TimeZone = z.name
	}
	if random.IntN(4) == 0 {
		spec.StartAt = soon(random, from)
	}
	if random.IntN(4) == 0 {
		spec.EndAt = strings.TrimSuffix(soon(random, from), "Z")
	}
	return spec
}

// soon returns some second of the four days after an instant, in RFC 3339, within the
// years that a trigger takes, whatever zone it may be read in.
func soon(random *rand.Rand, from time.Time) string {
	second := from.Unix() + random.Int64N(4*secondsPerDay)
	return time.Unix(min(max(second, minInstant+2*secondsPerDay), maxInstant-2*secondsPerDay), 0).UTC().Format(time.RFC3339)
}
