package verdict_test

import (
	"testing"
	"time"

	"github.com/carillon-dev/carillon/test/e2e/verdict"
)

// A skip is right only if maxInstances runs were alive, whatever the record says.
func TestJudge_SkipsNeedLiveRuns(t *testing.T) {
	t.Parallel()
	lasting := func(slot, until float64) verdict.Attempt {
		return run(slot, func(a *verdict.Attempt) { a.Ended = at(until) })
	}
	skipped := func(slot float64, reason string) verdict.Outcome {
		return verdict.Outcome{Slot: at(slot), Name: "Skipped", Reason: reason, At: at(slot + 0.5)}
	}
	late := func(o verdict.Outcome, seconds float64) verdict.Outcome {
		o.At = at(seconds)
		return o
	}
	for name, tc := range map[string]struct {
		attempts  []verdict.Attempt
		outcomes  []verdict.Outcome
		instances int
		replace   bool
		want      int
	}{
		"a run was alive":                       {attempts: runs(lasting(0, 20)), outcomes: outcomes(skipped(10, "MaxInstancesReached")), instances: 1},
		"it had ended":                          {attempts: runs(lasting(0, 5)), outcomes: outcomes(skipped(10, "MaxInstancesReached")), instances: 1, want: 1},
		"it had ended a moment ago":             {attempts: runs(lasting(0, 9.5)), outcomes: outcomes(skipped(10, "MaxInstancesReached")), instances: 1},
		"one of two was alive":                  {attempts: runs(lasting(0, 20)), outcomes: outcomes(skipped(10, "MaxInstancesReached")), instances: 2, want: 1},
		"it began only afterwards":              {attempts: runs(lasting(0, 20), lasting(30, 40)), outcomes: outcomes(skipped(25, "MaxInstancesReached")), instances: 1, want: 1},
		"it was displaced by another that ran":  {attempts: runs(lasting(0, 30)), outcomes: outcomes(skipped(10, "QueueFull")), instances: 1},
		"it was displaced while nothing ran":    {attempts: runs(lasting(0, 5)), outcomes: outcomes(skipped(10, "QueueFull")), instances: 1, want: 1},
		"Replace: a newer slot was due":         {outcomes: outcomes(late(skipped(10, "QueueFull"), 26)), instances: 1, replace: true},
		"Replace: no newer slot was due":        {outcomes: outcomes(late(skipped(10, "QueueFull"), 24)), instances: 1, replace: true, want: 1},
		"the Task was paused":                   {outcomes: outcomes(skipped(10, "Paused")), instances: 1},
		"a call that is made again has a break": {attempts: runs(lasting(0, 5), run(0, seen(15), func(a *verdict.Attempt) { a.Ended = at(18) })), outcomes: outcomes(skipped(10, "MaxInstancesReached")), instances: 1, want: 1},
		"between two attempts it is unfinished": {attempts: runs(run(0, ended(verdict.Failed), func(a *verdict.Attempt) { a.Ended = at(5) }), run(0, number(2), seen(15), func(a *verdict.Attempt) { a.Ended = at(18) })), outcomes: outcomes(skipped(10, "MaxInstancesReached")), instances: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			expected := []time.Time{at(0), at(10), at(25), at(30)}
			got := verdict.Judge(verdict.Case{Task: "ns/task", Expected: expected, MaxInstances: tc.instances, NewestWins: tc.replace, Attempts: tc.attempts, Outcomes: tc.outcomes})
			if got.FalselySkipped != tc.want {
				t.Errorf("%d were skipped falsely, want %d: %v", got.FalselySkipped, tc.want, got.Evidence)
			}
		})
	}
}
