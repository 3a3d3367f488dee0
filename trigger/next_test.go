package trigger

import (
	"math/rand/v2"
	"testing"
	"time"
)

// maxSteps is how many steps one call of a trigger without children may take.
const maxSteps = 500

// checkNext checks what must hold for every trigger and every instant: the slot lies behind the instant and within the bounds, is a whole second, takes a
// bounded number of steps, is the same for all instants before it and behind the last one, and is what Window and Search say.
func checkNext(t testingT, compiled *Trigger, after time.Time) {
	t.Helper()
	steps := 0
	next, ok := compiled.next(after.Unix(), &steps)
	if bound := stepBound(compiled); steps > bound {
		t.Fatalf("%s: Next(%s) takes %d steps, more than %d", compiled, after, steps, bound)
	}
	slot, also := compiled.Next(after)
	if ok != also || ok && slot.Unix() != next {
		t.Fatalf("%s: Next(%s) = %s, %t, but next is %d, %t", compiled, after, slot, also, next, ok)
	}
	if result := compiled.Search(after); (result.Outcome == Found) != ok || ok && !result.Slot.Equal(slot) {
		t.Fatalf("%s: Search(%s) = %+v, but Next is %s, %t", compiled, after, result, slot, ok)
	}
	if !ok {
		return
	}
	if !compiled.IsSlot(slot) || compiled.IsSlot(slot.Add(time.Nanosecond)) || slot.Sub(after) > time.Second && compiled.IsSlot(slot.Add(-time.Second)) {
		t.Fatalf("%s: IsSlot does not agree with Next(%s) = %s", compiled, after, slot)
	}
	if !slot.After(after) || slot.Nanosecond() != 0 || slot.Location() != time.UTC {
		t.Fatalf("%s: Next(%s) = %s, which is no whole second behind it", compiled, after, slot)
	}
	if next < compiled.startAt || next > compiled.endAt || next < minInstant || next > maxInstant {
		t.Fatalf("%s: Next(%s) = %s, which is out of bounds", compiled, after, slot)
	}
	middle := after.Add(slot.Sub(after) / 2)
	if again, ok := compiled.Next(middle); (!ok || !again.Equal(slot)) && !compiled.NeedsSearch() {
		t.Fatalf("%s: Next(%s) = %s, but Next(%s) = %s", compiled, after, slot, middle, again)
	}
	if newest, total, _ := compiled.Window(after, slot, 2); total != 1 || len(newest) != 1 || !newest[0].Equal(slot) {
		t.Fatalf("%s: Window(%s, %s) = %v, %d, want that slot alone", compiled, after, slot, newest, total)
	}
	if delay := compiled.Delay("uid", slot); delay < 0 || delay > compiled.jitter {
		t.Fatalf("%s: Delay(%s) = %s, want at most %s", compiled, slot, delay, compiled.jitter)
	}
}

// stepBound returns how many steps a call may take.
func stepBound(compiled *Trigger) int {
	switch {
	case compiled.kind == kindAnyOf:
		return len(compiled.children) * maxSteps
	case compiled.NeedsSearch():
		return pieceSteps + maxSteps
	default:
		return maxSteps
	}
}

// TestT6_NeverIsKnownInBoundedSteps has the searches that are long in other implementations.
func TestT6_NeverIsKnownInBoundedSteps(t *testing.T) {
	t.Parallel()
	for name, spec := range benchmarkSpecs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			compiled := mustCompile(t, spec, Options{})
			for _, from := range []string{
				"0001-01-01T00:00:00Z", "1583-01-01T00:00:00Z", "1896-03-01T00:00:00Z", "2026-03-08T06:59:59Z", "2096-03-01T00:00:00Z", "2400-01-01T00:00:00Z",
				"2500-01-01T00:00:00Z", "9599-12-31T00:00:00Z", "9996-03-01T00:00:00Z", "9999-12-31T23:59:58Z", "9999-12-31T23:59:59Z",
			} {
				checkNext(t, compiled, at(t, from))
			}
		})
	}
}

// TestNext_OutsideTime asks from instants that no slot can lie at.
func TestNext_OutsideTime(t *testing.T) {
	t.Parallel()
	for name, spec := range benchmarkSpecs {
		compiled := mustCompile(t, spec, Options{Created: time.Unix(0, 0)})
		checkNext(t, compiled, time.Unix(-1<<62, 0))
		checkNext(t, compiled, time.Unix(minInstant-1, 0))
		for _, after := range []time.Time{time.Unix(maxInstant, 0), time.Unix(1<<62, 0)} {
			if slot, ok := compiled.Next(after); ok {
				t.Errorf("%s: Next(%d) = %s, want none", name, after.Unix(), slot)
			}
		}
	}
}

// TestNext_AnyTrigger checks made-up triggers at instants of all times.
func TestNext_AnyTrigger(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3000) {
		random := rand.New(rand.NewPCG(seed, 0))
		after := time.Unix(minInstant+random.Int64N(maxInstant-minInstant), random.Int64N(2)*5e8)
		compiled := randomTrigger(t, random, after)
		checkNext(t, compiled, after)
	}
}

// randomTrigger makes up a trigger of any kind.
func randomTrigger(t testingT, random *rand.Rand, around time.Time) *Trigger {
	t.Helper()
	zones := ZoneNames()
	env := Options{TimeZone: zones[random.IntN(len(zones))], Created: around.Add(-time.Duration(random.Int64N(int64(1000 * time.Hour))))}
	spec := randomChild(random, around)
	if random.IntN(3) == 0 {
		children := make([]Spec, 1+random.IntN(4))
		for i := range children {
			children[i] = randomChild(random, around)
		}
		if spec = (Spec{AnyOf: children}); random.IntN(2) == 0 {
			spec = Spec{AllOf: children}
		}
	}
	if random.IntN(3) == 0 {
		spec.Jitter = time.Duration(random.Int64N(int64(time.Hour)))
	}
	return mustCompile(t, spec, env)
}

// TestNext_DoesNotAllocate holds the hot path to its promise, for every kind of trigger.
func TestNext_DoesNotAllocate(t *testing.T) {
	after := at(t, "2026-03-07T12:34:56Z")
	for name, spec := range benchmarkSpecs {
		spec.Jitter = time.Minute
		compiled := mustCompile(t, spec, Options{Created: after})
		allocations := testing.AllocsPerRun(100, func() {
			slot, _ := compiled.Next(after)
			compiled.Search(slot)
			compiled.Delay("7f1c9a2e-5b1d-4c59-9a53-0d6f0f0e2b11", slot)
		})
		if allocations != 0 {
			t.Errorf("%s: %v allocations, want none", name, allocations)
		}
	}
}
