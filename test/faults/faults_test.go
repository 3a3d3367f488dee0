package faults_test

import (
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"
)

// atOnce is how many cases are under way at a time: most of the time they wait.
const atOnce = 24

// TestFaults goes through each scenario once for every step of it and every way in which
// the step can fail. The names of the cases are scenario/kind/step.
func TestFaults(t *testing.T) {
	startCluster(t)
	places := make(chan struct{}, atOnce)
	var group sync.WaitGroup
	for i := range scenarios {
		group.Go(func() {
			t.Run(scenarios[i].name, func(t *testing.T) { inject(t, &scenarios[i], places) })
		})
	}
	group.Wait()
}

// inject runs one scenario without a fault, and then with each.
func inject(t *testing.T, s *scenario, places chan struct{}) {
	t.Helper()
	places <- struct{}{}
	steps := trace(t, s)
	<-places
	t.Logf("%d steps: %v", len(steps), steps)
	var group sync.WaitGroup
	for _, k := range kinds {
		for _, at := range steps {
			if !s.tries(k, at) {
				continue
			}
			group.Go(func() {
				places <- struct{}{}
				defer func() { <-places }()
				t.Run(fmt.Sprintf("%s/%s", k.name, at), func(t *testing.T) { try(t, s, k, at) })
			})
		}
	}
	group.Wait()
}

// thorough: the ways in which a request fails that differ little are tried, too, and every
// scenario goes through what is the same in all of them.
var thorough = os.Getenv("CARILLON_TEST_ALL_FAULTS") != ""

// tries reports whether a step is to fail in this way.
func (s *scenario) tries(k kind, at step) bool {
	switch {
	case !at.writes() && !k.reads:
		return false
	case thorough:
		return true
	default:
		return !k.thorough && (!at.beside() || s == &scenarios[0])
	}
}

// trace returns the steps of a scenario without a fault.
func trace(t *testing.T, s *scenario) []step {
	t.Helper()
	c, err := newCase(t.Context(), s, kind{}, step{})
	if err != nil {
		t.Fatal(err)
	}
	c.run(t)
	c.verify(t)
	return c.steps
}

// try runs a scenario with one fault.
func try(t *testing.T, s *scenario, k kind, at step) {
	t.Helper()
	c, err := newCase(t.Context(), s, k, at)
	if err != nil {
		t.Fatal(err)
	}
	c.run(t)
	c.verify(t)
	switch {
	case c.hasFired() || t.Failed():
	case at.optional():
		t.Skipf("did not come to %s this time", at)
	default:
		t.Errorf("did not come to %s; its steps were %v", at, c.wire.steps())
	}
}

// verify judges a case that has come to its end.
func (c *testCase) verify(t *testing.T) {
	t.Helper()
	entries, _ := c.ledger.since(0)
	j := newJudge(c.isLate)
	j.read(entries)
	j.conclude(c)
	for _, wrong := range slices.Compact(j.wrongs) {
		t.Error(wrong)
	}
	if t.Failed() {
		for _, e := range entries {
			t.Log(e)
		}
		t.Log(c.logs)
	}
}
