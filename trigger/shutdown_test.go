package trigger

import (
	"testing"
	"time"
)

// A shutdown trigger has no slot until the Scheduler has come to its end, and then that
// one, whatever it was before (P3).
func TestP3_ShutdownIsBoundToTheEndOfTheScheduler(t *testing.T) {
	t.Parallel()
	compiled := mustCompile(t, Spec{Shutdown: true}, Options{})
	if _, ok := compiled.Next(time.Time{}); ok || !compiled.Shutdown() {
		t.Errorf("it has a slot although nothing has ended, or is no shutdown trigger: %t", compiled.Shutdown())
	}
	end := time.Date(2026, 7, 1, 12, 0, 0, 700, time.UTC)
	bound := compiled.Ending(end)
	if got := slotsFrom(t, bound, "2026-01-01T00:00:00Z", 2); len(got) != 1 || got[0] != "2026-07-01T12:00:00Z" {
		t.Errorf("slots %v, want the end alone", got)
	}
	if bound.Hash() != compiled.Hash() || bound.String() != compiled.String() {
		t.Errorf("the end of a Scheduler is taken for an edit: %s %q, %s %q", bound.Hash(), bound, compiled.Hash(), compiled)
	}
	if _, ok := compiled.Next(time.Time{}); ok {
		t.Error("binding it has changed it")
	}
	if other := mustCompile(t, Spec{Schedule: "@daily"}, Options{}); other.Ending(end) != other {
		t.Error("another trigger is bound, too")
	}
}
