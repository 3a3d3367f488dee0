package trigger

import (
	"fmt"
	"testing"
	"time"
)

func TestT7_Bounds(t *testing.T) {
	runSlotCases(t, map[string]slotCase{
		"both ends are inclusive": {
			spec: Spec{Schedule: "0 9 * * *", StartAt: "2026-01-02T09:00:00Z", EndAt: "2026-01-03T09:00:00Z"}, from: "2026-01-01T00:00:00Z",
			wantSlots: []string{"2026-01-02T09:00:00Z", "2026-01-03T09:00:00Z"}, wantEnd: true,
		},
		"local times are read in the zone": {
			spec: Spec{Schedule: "0 * * * *", TimeZone: "America/New_York", StartAt: "2026-03-08T02:30:00", EndAt: "2026-03-08T05:00:00"}, from: "2026-01-01T00:00:00Z",
			wantSlots: []string{"2026-03-08T04:00:00-04:00", "2026-03-08T05:00:00-04:00"}, wantEnd: true,
		},
		"an end before the start leaves nothing": {
			spec: Spec{Schedule: "* * * * *", StartAt: "2026-01-02T00:00:00Z", EndAt: "2026-01-01T00:00:00Z"}, from: "2026-01-01T00:00:00Z", wantEnd: true,
		},
		"an interval ends": {
			spec: Spec{Interval: &Interval{Hours: 1}, StartAt: "2026-01-01T00:00:00Z", EndAt: "2026-01-01T02:00:00Z"}, from: "2025-01-01T00:00:00Z",
			wantSlots: []string{"2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z", "2026-01-01T02:00:00Z"}, wantEnd: true,
		},
	})
}

func TestT7_Jitter(t *testing.T) {
	t.Parallel()
	slot := at(t, "2026-01-01T09:00:00Z")
	for name, tc := range map[string]struct {
		spec      Spec
		wantBelow time.Duration
		wantAbove time.Duration // of the longest of many delays
	}{
		"none":            {Spec{Schedule: "0 9 * * *"}, 1, -1},
		"below the limit": {Spec{Schedule: "0 9 * * *", Jitter: 30 * time.Second}, 30 * time.Second, 29 * time.Second},
		"less than a second": {
			Spec{Schedule: "0 9 * * *", Jitter: 10 * time.Millisecond}, 10 * time.Millisecond, 9 * time.Millisecond,
		},
		"the next slot comes first": {Spec{Schedule: "* * * * *", Jitter: time.Hour}, time.Minute, 58 * time.Second},
		"of anyOf": {
			Spec{AnyOf: []Spec{{Schedule: "0 9 * * *"}, {Schedule: "5 9 * * *"}}, Jitter: time.Hour}, 5 * time.Minute, 4 * time.Minute,
		},
		"of allOf": {
			Spec{AllOf: []Spec{{Schedule: "*/5 * * * *"}, {Schedule: "*/2 * * * *"}}, Jitter: time.Hour}, 10 * time.Minute, 9 * time.Minute,
		},
		"the last slot": {Spec{Schedule: "* * * * *", EndAt: "2026-01-01T09:00:00Z", Jitter: time.Hour}, time.Hour, 58 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			compiled := mustCompile(t, tc.spec, Options{})
			longest := time.Duration(-1)
			for task := range 500 {
				uid := fmt.Sprintf("7f1c9a2e-0000-4000-8000-%012d", task)
				delay := compiled.Delay(uid, slot)
				if delay < 0 || delay >= tc.wantBelow {
					t.Fatalf("Delay(%s) = %s, want at least 0 and less than %s", uid, delay, tc.wantBelow)
				}
				if again := mustCompile(t, tc.spec, Options{}).Delay(uid, slot); again != delay {
					t.Fatalf("Delay(%s) = %s after a restart, want %s", uid, again, delay)
				}
				longest = max(longest, delay)
			}
			if longest <= tc.wantAbove {
				t.Errorf("longest delay %s, want more than %s", longest, tc.wantAbove)
			}
		})
	}
}

// TestT7_DelaysStay pins delays: an upgrade must not move what is due.
func TestT7_DelaysStay(t *testing.T) {
	t.Parallel()
	compiled := mustCompile(t, Spec{Schedule: "0 9 * * *", Jitter: time.Minute}, Options{})
	for slot, want := range map[string]time.Duration{
		"2026-01-01T09:00:00Z": 23_847_216_583,
		"2026-01-02T09:00:00Z": 35_710_461_510,
	} {
		if got := compiled.Delay("7f1c9a2e-5b1d-4c59-9a53-0d6f0f0e2b11", at(t, slot)); got != want {
			t.Errorf("delay of %s is %s, want %s", slot, got, want)
		}
	}
}
