package verdict_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-dev/carillon/test/e2e/verdict"
)

var begin = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// at is an instant so many seconds after the first slot.
func at(seconds float64) time.Time {
	return begin.Add(time.Duration(seconds * float64(time.Second)))
}

// five are slots at each second from 0 to 4.
func five() []time.Time { return []time.Time{at(0), at(1), at(2), at(3), at(4)} }

// run is a completed run of a slot, seen a moment after it.
func run(slot float64, set ...func(*verdict.Attempt)) verdict.Attempt {
	a := verdict.Attempt{Slot: at(slot), Number: 1, Began: at(slot + 0.1), End: verdict.Completed, Where: "there"}
	for _, s := range set {
		s(&a)
	}
	return a
}

func folding(n int64) func(*verdict.Attempt) { return func(a *verdict.Attempt) { a.Coalesced = n } }

func seen(second float64) func(*verdict.Attempt) {
	return func(a *verdict.Attempt) { a.Began = at(second) }
}

func number(n int) func(*verdict.Attempt) { return func(a *verdict.Attempt) { a.Number = n } }

func ended(end verdict.End) func(*verdict.Attempt) {
	return func(a *verdict.Attempt) { a.End = end }
}

func in(where string) func(*verdict.Attempt) { return func(a *verdict.Attempt) { a.Where = where } }

func outcome(slot float64, name string) verdict.Outcome {
	return verdict.Outcome{Slot: at(slot), Name: name, At: at(slot + 0.5)}
}

func outcomes(all ...verdict.Outcome) []verdict.Outcome { return all }

func runs(all ...verdict.Attempt) []verdict.Attempt { return all }

func TestJudge(t *testing.T) {
	t.Parallel()
	struck := []time.Time{at(2.5)}
	for name, tc := range map[string]struct {
		attempts  []verdict.Attempt
		outcomes  []verdict.Outcome
		inProcess bool
		disturbed []time.Time
		want      verdict.Verdict
		evidence  string
	}{
		"a run for each": {
			attempts: runs(run(0), run(1), run(2), run(3), run(4)),
			want:     verdict.Verdict{Started: 5},
		},
		"some are folded": {
			attempts: runs(run(0), run(3, folding(2)), run(4)),
			want:     verdict.Verdict{Started: 3, Coalesced: 2},
		},
		"some are dropped, and one stands for another": {
			attempts: runs(run(0), run(4)),
			outcomes: outcomes(outcome(1, "Missed"), verdict.Outcome{Slot: at(3), Name: "Skipped", Coalesced: 1}, outcome(4, "Succeeded")),
			want:     verdict.Verdict{Started: 2, Missed: 1, Skipped: 1, Coalesced: 1},
		},
		"one was rejected, and nobody could see it": {
			attempts: runs(run(0), run(1), run(2), run(3)),
			outcomes: outcomes(outcome(4, "Failed")),
			want:     verdict.Verdict{Started: 5},
		},
		"one is retried": {
			attempts: runs(run(0), run(1), run(2), run(3, ended(verdict.Failed)), run(3, number(2), in("elsewhere")), run(4)),
			want:     verdict.Verdict{Started: 5},
		},
		"one is missing": {
			attempts: runs(run(0), run(1), run(3), run(4)),
			want:     verdict.Verdict{Started: 4, Lost: 1}, evidence: "lost reports/newsletter: 2026-11-20T12:00:02Z was never decided",
		},
		"one is only said to have succeeded": {
			attempts: runs(run(0), run(1), run(3), run(4)),
			outcomes: outcomes(outcome(2, "Succeeded")),
			want:     verdict.Verdict{Started: 4, Lost: 1}, evidence: "is recorded, and nobody saw it; recorded as Succeeded",
		},
		"one has never ended": {
			attempts: runs(run(0), run(1), run(2), run(3), run(4, ended(verdict.Unfinished))),
			want:     verdict.Verdict{Started: 5, Lost: 1}, evidence: "12:00:04Z began and never ended",
		},
		"one was stopped": {
			attempts: runs(run(0), run(1), run(2), run(3), run(4, ended(verdict.Unfinished))),
			outcomes: outcomes(outcome(4, "Replaced")),
			want:     verdict.Verdict{Started: 5},
		},
		"one was given up": {
			attempts: runs(run(0), run(1), run(2), run(3), run(4)),
			outcomes: outcomes(outcome(4, "Lost")),
			want:     verdict.Verdict{Started: 5, Lost: 1}, evidence: "has been given up",
		},
		"one completed in two Pods": {
			attempts: runs(run(0), run(1), run(2), run(3), run(4), run(4, number(2), in("another"))),
			want:     verdict.Verdict{Started: 5, Doubled: 1}, evidence: "was completed twice; attempt 1",
		},
		"an attempt ran in two Pods": {
			attempts: runs(run(0), run(1), run(2), run(3), run(4, ended(verdict.Failed)), run(4, in("another"))),
			want:     verdict.Verdict{Started: 5, Doubled: 1}, evidence: "had attempt 1 twice",
		},
		"a strike is no excuse for Pods": {
			attempts: runs(run(0), run(1), run(2), run(2, seen(3), in("another")), run(3), run(4)), disturbed: struck,
			want: verdict.Verdict{Started: 5, Doubled: 1}, evidence: "had attempt 1 twice",
		},
		"a Pod too many was deleted unfinished": {
			attempts: runs(run(0), run(1), run(2), run(2, ended(verdict.Unfinished), in("another")), run(3), run(4)),
			want:     verdict.Verdict{Started: 5, Fenced: 1},
		},
		"a Pod of a slot that was dropped was deleted unfinished": {
			attempts: runs(run(0), run(1), run(2), run(3), run(4, ended(verdict.Unfinished))),
			outcomes: outcomes(outcome(4, "Missed")),
			want:     verdict.Verdict{Started: 4, Missed: 1, Fenced: 1},
		},
		"a Pod of a slot that was dropped ran": {
			attempts: runs(run(0), run(1), run(2), run(3), run(4)),
			outcomes: outcomes(outcome(4, "Missed")),
			want:     verdict.Verdict{Started: 5, Doubled: 1}, evidence: "was dropped, and had a run",
		},
		"one ran and is folded": {
			attempts: runs(run(0), run(1), run(2), run(4, folding(2)), run(3)),
			want:     verdict.Verdict{Started: 5, Doubled: 2}, evidence: "had a run, and is folded into another one",
		},
		"one is folded twice": {
			attempts: runs(run(0), run(2, folding(1)), run(3, folding(2)), run(4)),
			want:     verdict.Verdict{Started: 4, Coalesced: 1, Doubled: 2}, evidence: "is folded into several others",
		},
		"one is dropped and folded": {
			attempts: runs(run(0), run(1), run(2), run(4, folding(1))),
			outcomes: outcomes(outcome(3, "Skipped")),
			want:     verdict.Verdict{Started: 4, Coalesced: 1, Doubled: 1}, evidence: "was dropped, and is folded",
		},
		"one has two outcomes": {
			attempts: runs(run(0), run(1), run(2), run(3), run(4)),
			outcomes: outcomes(outcome(4, "Failed"), outcome(4, "Succeeded")),
			want:     verdict.Verdict{Started: 5, Doubled: 1}, evidence: "recorded as Failed and Succeeded",
		},
		"there is a run between the slots": {
			attempts: runs(run(0), run(1), run(2), run(2.0+10), run(3), run(4)),
			want:     verdict.Verdict{Started: 5, Doubled: 1}, evidence: "12:00:12Z is no slot",
		},
		"a call is made again after a strike": {
			attempts: runs(run(0), run(1), run(2), run(2, seen(4)), run(3), run(4)), inProcess: true, disturbed: struck,
			want: verdict.Verdict{Started: 5, Repeated: 1},
		},
		"a call is made again without a strike in between": {
			attempts: runs(run(0), run(1), run(2), run(3), run(4), run(4, seen(4.2))), inProcess: true, disturbed: struck,
			want: verdict.Verdict{Started: 5, Doubled: 1}, evidence: "had attempt 1 twice",
		},
		"a call that was cut off is made again": {
			attempts: runs(run(0), run(1), run(2, ended(verdict.Unfinished)), run(2, seen(4)), run(3), run(4)), inProcess: true,
			want: verdict.Verdict{Started: 5},
		},
		"a call is folded after a strike": {
			attempts: runs(run(0), run(1), run(2), run(4, folding(2))), inProcess: true, disturbed: struck,
			want: verdict.Verdict{Started: 4, Coalesced: 1, Repeated: 1},
		},
		"a call is folded without a strike": {
			attempts: runs(run(0), run(1), run(2), run(4, folding(2))), inProcess: true,
			want: verdict.Verdict{Started: 4, Coalesced: 1, Doubled: 1}, evidence: "had a run, and is folded",
		},
		"a call is dropped after a strike": {
			attempts: runs(run(0), run(1), run(2, seen(2.2)), run(3), run(4)), inProcess: true, disturbed: []time.Time{at(2.3)},
			outcomes: outcomes(outcome(2, "Missed")),
			want:     verdict.Verdict{Started: 5, Repeated: 1},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := verdict.Judge(verdict.Case{
				Task: "reports/newsletter", Expected: five(), Counted: 5, InProcess: tc.inProcess,
				Attempts: tc.attempts, Outcomes: tc.outcomes, Disturbed: tc.disturbed,
			})
			if text := strings.Join(got.Evidence, "\n"); !strings.Contains(text, tc.evidence) || (tc.evidence == "") != (text == "") {
				t.Errorf("evidence %q, want %q", text, tc.evidence)
			}
			if guilty := got.Guilty(); guilty != (tc.evidence != "") {
				t.Errorf("Guilty() = %t", guilty)
			}
			got.Evidence, tc.want.Expected = nil, 5
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("Judge() (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCountersAreCompared(t *testing.T) {
	t.Parallel()
	for counted, want := range map[int64]int{5: 0, 4: 1, 7: 2} {
		got := verdict.Judge(verdict.Case{
			Expected: five(), Counted: counted, Attempts: runs(run(0), run(1), run(2), run(3), run(4)),
		})
		if got.Miscounted != want || got.Guilty() != (want > 0) {
			t.Errorf("with counters of %d: miscounted %d, guilty %t, want %d", counted, got.Miscounted, got.Guilty(), want)
		}
	}
}

// TestUnlistedDrops shows that slots of which there is no trace are lost as far as the
// counters do not say that they were dropped.
func TestUnlistedDrops(t *testing.T) {
	t.Parallel()
	for dropped, want := range map[int64]verdict.Verdict{
		0: {Expected: 5, Started: 1, Missed: 1, Lost: 3},
		1: {Expected: 5, Started: 1, Missed: 1, Lost: 3}, // the one that is listed
		3: {Expected: 5, Started: 1, Missed: 3, Lost: 1},
		4: {Expected: 5, Started: 1, Missed: 4},
	} {
		got := verdict.Judge(verdict.Case{
			Expected: five(), Counted: 5, Dropped: dropped,
			Attempts: runs(run(0)), Outcomes: outcomes(outcome(4, "Missed")),
		})
		got.Evidence = nil
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%d dropped (-want +got):\n%s", dropped, diff)
		}
	}
}

func TestWrite(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	err := verdict.Write(&text, []verdict.Row{
		{Title: "Pods", Verdict: verdict.Verdict{Expected: 12, Started: 10, Coalesced: 1, Lost: 1}},
		{Title: "calls", Verdict: verdict.Verdict{Expected: 30, Started: 30, Repeated: 2}},
	})
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(text.String(), "\n")
	for i, want := range []string{
		"expected started coalesced missed skipped repeated fenced doubled lost miscounted Tasks",
		"12 10 1 0 0 0 0 0 1 0 Pods",
		"30 30 0 0 0 2 0 0 0 0 calls",
		"42 40 1 0 0 2 0 0 1 0 all",
	} {
		if got := strings.Join(strings.Fields(lines[i]), " "); got != want {
			t.Errorf("line %d is %q, want %q", i, got, want)
		}
	}
	for name := range strings.FieldsSeq(lines[0]) {
		if name != "Tasks" && !strings.Contains(text.String(), "\n"+name+" ") {
			t.Errorf("the legend does not explain %s", name)
		}
	}
}

func TestSpread(t *testing.T) {
	t.Parallel()
	for want, durations := range map[string][]time.Duration{
		"none":                              nil,
		"3, min 1s, median 2s, worst 7.13s": {7130 * time.Millisecond, time.Second, 2 * time.Second},
	} {
		if got := verdict.Spread(durations); got != want {
			t.Errorf("Spread(%v) = %q, want %q", durations, got, want)
		}
	}
}
