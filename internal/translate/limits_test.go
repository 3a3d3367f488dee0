package translate

import (
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/internal/testutil/objects"
)

// checkProblem compares a problem with part of its message; empty: there is to be none.
func checkProblem(t *testing.T, got *model.Problem, reason, want string) {
	t.Helper()
	switch {
	case want == "" && got != nil:
		t.Errorf("got %v, want no problem", got)
	case want != "" && (got == nil || got.Reason != reason || !strings.Contains(got.Message, want)):
		t.Errorf("got %v, want %s with %q", got, reason, want)
	}
}

func backoff(initial, most time.Duration) *v1alpha1.RetryPolicy {
	policy := &v1alpha1.RetryPolicy{MaxAttempts: 100, Backoff: &v1alpha1.Backoff{}}
	if initial > 0 {
		policy.Backoff.Initial = &metav1.Duration{Duration: initial}
	}
	if most > 0 {
		policy.Backoff.Max = &metav1.Duration{Duration: most}
	}
	return policy
}

func TestLimits(t *testing.T) {
	t.Parallel()
	all := Limits{MinimumBackoff: 20 * time.Second, MaximumInstances: 5, MaximumWorkers: 30}
	for name, tc := range map[string]struct {
		task   func(*v1alpha1.TaskSpec)
		sched  v1alpha1.SchedulerSpec
		reason string // empty: TooFrequent
		want   string // part of the message; empty: the Task is scheduled
	}{
		"one attempt":               {task: func(s *v1alpha1.TaskSpec) { s.RetryPolicy = &v1alpha1.RetryPolicy{MaxAttempts: 1} }},
		"a backoff that is enough":  {task: func(s *v1alpha1.TaskSpec) { s.RetryPolicy = backoff(20*time.Second, 0) }},
		"the built-in backoff":      {task: func(s *v1alpha1.TaskSpec) { s.RetryPolicy = &v1alpha1.RetryPolicy{MaxAttempts: 2} }, want: "spec.retryPolicy.backoff: attempts follow each other after 10s: write initial and max of at least 20s"},
		"a backoff that is short":   {task: func(s *v1alpha1.TaskSpec) { s.RetryPolicy = backoff(time.Second, time.Second) }, want: "spec.retryPolicy.backoff: attempts follow each other after 1s"},
		"a longest wait":            {task: func(s *v1alpha1.TaskSpec) { s.RetryPolicy = backoff(0, time.Second) }, want: "spec.retryPolicy.backoff: attempts follow each other after 1s"},
		"the Scheduler's backoff":   {sched: v1alpha1.SchedulerSpec{TaskDefaults: &v1alpha1.TaskDefaults{RetryPolicy: backoff(time.Second, 0)}}, want: `Scheduler "default": spec.taskDefaults.retryPolicy.backoff: attempts follow each other after 1s`},
		"a better one of the Task":  {task: func(s *v1alpha1.TaskSpec) { s.RetryPolicy = backoff(time.Minute, 0) }, sched: v1alpha1.SchedulerSpec{TaskDefaults: &v1alpha1.TaskDefaults{RetryPolicy: backoff(time.Second, 0)}}},
		"as many instances":         {task: func(s *v1alpha1.TaskSpec) { s.MaxInstances = new(int32(5)) }},
		"more instances":            {task: func(s *v1alpha1.TaskSpec) { s.MaxInstances = new(int32(6)) }, reason: v1alpha1.ReasonLimitExceeded, want: "spec.maxInstances: write at most 5"},
		"the Scheduler's instances": {sched: v1alpha1.SchedulerSpec{TaskDefaults: &v1alpha1.TaskDefaults{MaxInstances: new(int32(100))}}, reason: v1alpha1.ReasonLimitExceeded, want: `Scheduler "default": spec.taskDefaults.maxInstances: write at most 5`},
		"a pool":                    {sched: workers(v1alpha1.Executor{Pool: &v1alpha1.PoolExecutor{MaxWorkers: 30}})},
		"a pool that does not say":  {sched: workers(v1alpha1.Executor{Pool: &v1alpha1.PoolExecutor{}})},
		"a pool that is too large":  {sched: workers(v1alpha1.Executor{Pool: &v1alpha1.PoolExecutor{MaxWorkers: 31}}), reason: v1alpha1.ReasonLimitExceeded, want: `Scheduler "default": spec.executors[0].pool.maxWorkers: write at most 30`},
		"no bound":                  {sched: workers(v1alpha1.Executor{Async: &v1alpha1.AsyncExecutor{}}), reason: v1alpha1.ReasonLimitExceeded, want: `the executor "workers" has no bound: write pool with maxWorkers of at most 30`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			task := objects.MakeTask(func(task *v1alpha1.Task) {
				if tc.task != nil {
					tc.task(&task.Spec)
				}
			})
			sched := objects.MakeScheduler(func(s *v1alpha1.Scheduler) { s.Spec = tc.sched })
			got := Translate(task, sched, withLimits(all))
			reason := tc.reason
			if reason == "" {
				reason = v1alpha1.ReasonTooFrequent
			}
			checkProblem(t, got.Missing, reason, tc.want)
			if unlimited := Translate(task, sched, withLimits(Limits{})); unlimited.Missing != nil {
				t.Errorf("without limits: %v", unlimited.Missing)
			}
		})
	}
}

func workers(e v1alpha1.Executor) v1alpha1.SchedulerSpec {
	e.Name = v1alpha1.ExecutorWorkers
	return v1alpha1.SchedulerSpec{Executors: []v1alpha1.Executor{e}}
}
