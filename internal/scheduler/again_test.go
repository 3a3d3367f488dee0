package scheduler

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// What an attempt says of another one counts for as much as the policy (R5).
func TestR5_WhatAnAttemptSaysOfAnother(t *testing.T) {
	t.Parallel()
	const s = time.Second
	three := Retry{MaxAttempts: 3, Initial: 10 * s, Factor: 2, Max: time.Minute}
	for name, tc := range map[string]struct {
		retry    Retry
		attempts []Observation // one after the other
		want     string        // of the run at the end; empty: it is over
		wantWait time.Duration
	}{
		"a failure is tried again by the policy":           {three, []Observation{{}}, "12:00:00/1 Backoff", 10 * s},
		"one that no other would mend is not":              {three, []Observation{{Permanent: true}}, "", 0},
		"nor after another":                                {three, []Observation{{}, {Permanent: true}}, "", 0},
		"one that asks for patience gets it":               {three, []Observation{{RetryAfter: 40 * s}}, "12:00:00/1 Backoff", 40 * s},
		"but not less than the policy says":                {three, []Observation{{RetryAfter: s}}, "12:00:00/1 Backoff", 10 * s},
		"and not without a policy":                         {Retry{}, []Observation{{RetryAfter: s}}, "", 0},
		"what cannot be done yet is put off":               {Retry{}, []Observation{{Postpone: 5 * s}}, "12:00:00/1 Backoff", 5 * s},
		"as often as it asks for it":                       {Retry{}, []Observation{{Postpone: 5 * s}, {Postpone: 5 * s}, {Postpone: 7 * s}}, "12:00:00/3 Backoff", 7 * s},
		"which takes none of its attempts":                 {three, []Observation{{Postpone: 5 * s}, {}, {}}, "12:00:00/3 Backoff", 20 * s},
		"nor adds one":                                     {three, []Observation{{Postpone: 5 * s}, {}, {}, {}}, "", 0},
		"what is put off for good is over when it says so": {Retry{}, []Observation{{Postpone: 5 * s}, {Permanent: true}}, "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			task := makeTask(date(t, ""), func(task *Task) { task.Retry = tc.retry })
			now := at(0)
			rec := decideLive(Input{Task: task, Now: now, Holder: "me"}).Record
			for i, obs := range tc.attempts {
				run := rec.Active[0]
				obs.Run, obs.Attempt, obs.Phase, obs.Outcome, obs.Reason = run.Ref(), i+1, Ended, Failed, "Failed"
				rec = decideLive(Input{Task: task, Record: rec, Now: now, Holder: "me", Observations: []Observation{obs}}).Record
				if last := i == len(tc.attempts)-1; !last {
					now = rec.Active[0].NotBefore
					rec = decideLive(Input{Task: task, Record: rec, Now: now, Holder: "me"}).Record
				}
			}
			got := ""
			if len(rec.Active) > 0 {
				got = describeRuns(rec.Active)[0]
				if wait := rec.Active[0].NotBefore.Sub(now); wait != tc.wantWait {
					t.Errorf("it waits %s, want %s", wait, tc.wantWait)
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("the run (-want +got):\n%s", diff)
			}
			if tc.want == "" && rec.Counts != (Counters{Failed: 1}) {
				t.Errorf("counts %+v, want one failure", rec.Counts)
			}
		})
	}
}
