package engine

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-dev/carillon/internal/scheduler/fixture"
)

// C23: wake-ups were sorted by what clocks show, and went wrong between zones and
// when time was set back.
func TestC23_WakeUpsAreOrderedByInstant(t *testing.T) {
	t.Parallel()
	tokyo, honolulu := time.FixedZone("", 9*3600), time.FixedZone("", -10*3600)
	wakes := []time.Time{fixture.At(3 * time.Second).In(tokyo), fixture.At(time.Second), fixture.At(2 * time.Second).In(honolulu), fixture.At(-time.Hour).In(tokyo)}
	queue := newDueQueue()
	for _, wake := range wakes {
		queue.set(&entry{}, wake)
	}
	moved := &entry{}
	queue.set(moved, fixture.At(time.Hour))
	queue.set(moved, fixture.At(-2*time.Hour)) // set back
	var got []time.Duration
	for e, _ := queue.next(fixture.At(time.Minute)); e != nil; e, _ = queue.next(fixture.At(time.Minute)) {
		got = append(got, e.wake.Sub(fixture.Created))
	}
	want := []time.Duration{-2 * time.Hour, -time.Hour, time.Second, 2 * time.Second, 3 * time.Second}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
}
