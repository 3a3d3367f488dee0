package trigger

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// testingT is what *testing.T, *testing.B and *rapid.T have in common.
type testingT interface {
	Helper()
	Fatalf(format string, args ...any)
}

// mustCompile compiles a trigger that is known to be valid.
func mustCompile(tb testingT, spec Spec, env Options) *Trigger {
	tb.Helper()
	compiled, err := Compile(spec, env)
	if err != nil {
		tb.Fatalf("Compile(%+v): %v", spec, err)
	}
	return compiled
}

// at reads an RFC 3339 instant.
func at(tb testing.TB, text string) time.Time {
	tb.Helper()
	instant, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		tb.Fatal(err)
	}
	return instant
}

// slotsFrom returns the first slots at or after an instant, in the trigger's zone.
func slotsFrom(tb testing.TB, compiled *Trigger, from string, count int) []string {
	tb.Helper()
	var slots []string
	after := at(tb, from).Add(-time.Nanosecond)
	for range count {
		slot, ok := compiled.Next(after)
		if !ok {
			break
		}
		slots = append(slots, slot.In(compiled.Location()).Format(time.RFC3339))
		after = slot
	}
	return slots
}

// slotCase is a trigger and the slots that it has from an instant on.
type slotCase struct {
	spec    Spec
	created string // empty: the zero time
	from    string
	// wantSlots are the next slots; wantEnd says that no further one follows.
	wantSlots []string
	wantEnd   bool
}

func runSlotCases(t *testing.T, cases map[string]slotCase) {
	t.Helper()
	t.Parallel()
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var env Options
			if tc.created != "" {
				env.Created = at(t, tc.created)
			}
			count := len(tc.wantSlots)
			if tc.wantEnd {
				count++
			}
			got := slotsFrom(t, mustCompile(t, tc.spec, env), tc.from, count)
			if diff := cmp.Diff(tc.wantSlots, got); diff != "" {
				t.Errorf("slots from %s (-want +got):\n%s", tc.from, diff)
			}
		})
	}
}

// errorCase is a trigger that must be rejected.
type errorCase struct {
	spec      Spec
	wantError string
}

func runErrorCases(t *testing.T, cases map[string]errorCase) {
	t.Helper()
	t.Parallel()
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Compile(tc.spec, Options{})
			if err == nil {
				t.Fatalf("Compile() accepts it, want error %s", tc.wantError)
			}
			if err.Error() != tc.wantError {
				t.Errorf("Compile() error\n got %s\nwant %s", err, tc.wantError)
			}
		})
	}
}

func ny(schedule string) Spec { return Spec{Schedule: schedule, TimeZone: "America/New_York"} }

// find returns the first slot after an instant of a trigger that is not too expensive.
func find(tb testingT, compiled *Trigger, after time.Time) (slot time.Time, ok bool) {
	tb.Helper()
	slot, ok, err := compiled.Find(context.Background(), after)
	if err != nil {
		tb.Fatalf("%s: Find(%s): %v", compiled, after, err)
	}
	return slot, ok
}

// longWindow counts a whole window of a trigger that is not too expensive.
func longWindow(tb testingT, compiled *Trigger, after, through time.Time, keep int) (newest []time.Time, total int64) {
	tb.Helper()
	newest, total, err := compiled.Count(context.Background(), after, through, keep)
	if err != nil {
		tb.Fatalf("%s: Count(%s, %s): %v", compiled, after, through, err)
	}
	return newest, total
}
