package decide_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-dev/carillon/internal/scheduler/decide"
	"github.com/carillon-dev/carillon/internal/scheduler/fixture"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// What an attempt says of another one counts for as much as the policy (R5).
func TestR5_WhatAnAttemptSaysOfAnother(t *testing.T) {
	t.Parallel()
	const s = time.Second
	three := model.Retry{MaxAttempts: 3, Initial: 10 * s, Factor: 2, Max: time.Minute}
	for name, tc := range map[string]struct {
		retry    model.Retry
		attempts []model.Observation // one after the other
		want     string              // of the run at the end; empty: it is over
		wantWait time.Duration
	}{
		"a failure is tried again by the policy":           {three, []model.Observation{{}}, "12:00:00/1 Backoff", 10 * s},
		"one that no other would mend is not":              {three, []model.Observation{{Permanent: true}}, "", 0},
		"nor after another":                                {three, []model.Observation{{}, {Permanent: true}}, "", 0},
		"one that asks for patience gets it":               {three, []model.Observation{{RetryAfter: 40 * s}}, "12:00:00/1 Backoff", 40 * s},
		"but not less than the policy says":                {three, []model.Observation{{RetryAfter: s}}, "12:00:00/1 Backoff", 10 * s},
		"and not without a policy":                         {model.Retry{}, []model.Observation{{RetryAfter: s}}, "", 0},
		"what cannot be done yet is put off":               {model.Retry{}, []model.Observation{{Postpone: 5 * s}}, "12:00:00/1 Backoff", 5 * s},
		"as often as it asks for it":                       {model.Retry{}, []model.Observation{{Postpone: 5 * s}, {Postpone: 5 * s}, {Postpone: 7 * s}}, "12:00:00/3 Backoff", 7 * s},
		"which takes none of its attempts":                 {three, []model.Observation{{Postpone: 5 * s}, {}, {}}, "12:00:00/3 Backoff", 20 * s},
		"nor adds one":                                     {three, []model.Observation{{Postpone: 5 * s}, {}, {}, {}}, "", 0},
		"what is put off for good is over when it says so": {model.Retry{}, []model.Observation{{Postpone: 5 * s}, {Permanent: true}}, "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			task := fixture.MakeTask(fixture.Date(t, ""), func(task *model.Task) { task.Retry = tc.retry })
			now := fixture.At(0)
			rec := fixture.DecideLive(decide.Input{Task: task, Now: now, Holder: "me"}).Record
			for i, obs := range tc.attempts {
				run := rec.Active[0]
				obs.Run, obs.Attempt, obs.Phase, obs.Outcome, obs.Reason = run.Ref(), i+1, model.PhaseFinished, model.Failed, "Failed"
				rec = fixture.DecideLive(decide.Input{Task: task, Record: rec, Now: now, Holder: "me", Observations: []model.Observation{obs}}).Record
				if last := i == len(tc.attempts)-1; !last {
					now = rec.Active[0].NotBefore
					rec = fixture.DecideLive(decide.Input{Task: task, Record: rec, Now: now, Holder: "me"}).Record
				}
			}
			got := ""
			if len(rec.Active) > 0 {
				got = fixture.DescribeRuns(rec.Active)[0]
				if wait := rec.Active[0].NotBefore.Sub(now); wait != tc.wantWait {
					t.Errorf("it waits %s, want %s", wait, tc.wantWait)
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("the run (-want +got):\n%s", diff)
			}
			if tc.want == "" && rec.Counts != (model.Counters{Failed: 1}) {
				t.Errorf("counts %+v, want one failure", rec.Counts)
			}
		})
	}
}
