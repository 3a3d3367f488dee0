package translate

import (
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/testutil/objects"
)

func pod(task *v1alpha1.Task) {
	task.Spec.Action = v1alpha1.Action{Pod: &v1alpha1.PodAction{}}
}

func on(executor string) func(*v1alpha1.Task) {
	return func(task *v1alpha1.Task) { task.Spec.Executor = executor }
}

// farm is a Scheduler with an executor of each kind.
func farm() *v1alpha1.Scheduler {
	return objects.MakeScheduler(func(s *v1alpha1.Scheduler) {
		s.Spec.Executors = []v1alpha1.Executor{
			{Name: "batch", Pod: &v1alpha1.PodExecutor{MaxConcurrent: 5}},
			{Name: "few", Pool: &v1alpha1.PoolExecutor{MaxWorkers: 2}},
			{Name: "some", Pool: &v1alpha1.PoolExecutor{}},
			{Name: "async", Async: &v1alpha1.AsyncExecutor{}},
		}
	})
}

func TestE1_Executors(t *testing.T) {
	t.Parallel()
	list := func(executors ...v1alpha1.Executor) *v1alpha1.Scheduler {
		return objects.MakeScheduler(func(s *v1alpha1.Scheduler) { s.Spec.Executors = executors })
	}
	for name, tc := range map[string]struct {
		sched        *v1alpha1.Scheduler
		mods         []func(*v1alpha1.Task)
		wantExecutor string
		wantPlaces   int
		wantProblem  []string // parts of the message
	}{
		"a Pod goes to pods, which have no bound":  {mods: []func(*v1alpha1.Task){pod}, wantExecutor: "pods"},
		"a call goes to workers, as many as usual": {wantExecutor: "workers", wantPlaces: 20},
		"pods may be given a bound":                {sched: list(v1alpha1.Executor{Name: "pods", Pod: &v1alpha1.PodExecutor{MaxConcurrent: 7}}), mods: []func(*v1alpha1.Task){pod}, wantExecutor: "pods", wantPlaces: 7},
		"workers may be another number":            {sched: list(v1alpha1.Executor{Name: "workers", Pool: &v1alpha1.PoolExecutor{MaxWorkers: 3}}), wantExecutor: "workers", wantPlaces: 3},
		"workers may have no bound":                {sched: list(v1alpha1.Executor{Name: "workers", Async: &v1alpha1.AsyncExecutor{}}), wantExecutor: "workers"},
		"workers are there beside others":          {sched: farm(), wantExecutor: "workers", wantPlaces: 20},
		"a Pod executor":                           {sched: farm(), mods: []func(*v1alpha1.Task){pod, on("batch")}, wantExecutor: "batch", wantPlaces: 5},
		"a pool":                                   {sched: farm(), mods: []func(*v1alpha1.Task){on("few")}, wantExecutor: "few", wantPlaces: 2},
		"a pool that does not say how many":        {sched: farm(), mods: []func(*v1alpha1.Task){on("some")}, wantExecutor: "some", wantPlaces: 20},
		"goroutines":                               {sched: farm(), mods: []func(*v1alpha1.Task){on("async")}, wantExecutor: "async"},
		"an unknown one names those that fit":      {sched: farm(), mods: []func(*v1alpha1.Task){on("gpu")}, wantExecutor: "gpu", wantProblem: []string{"spec.executor", `no executor "gpu"`, "async or few or some or workers"}},
		"a call does not go to a Pod executor":     {sched: farm(), mods: []func(*v1alpha1.Task){on("batch")}, wantExecutor: "batch", wantProblem: []string{`"batch" is not one for this action`, "async or few or some or workers"}},
		"a Pod does not go to a pool":              {sched: farm(), mods: []func(*v1alpha1.Task){pod, on("few")}, wantExecutor: "few", wantProblem: []string{`"few" is not one for this action`, "batch or pods"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if tc.sched == nil {
				tc.sched = objects.MakeScheduler()
			}
			got := Translate(objects.MakeTask(tc.mods...), tc.sched, env("log"))
			if got.Executor != tc.wantExecutor || got.MaxConcurrent != tc.wantPlaces {
				t.Errorf("executor %s with %d places, want %s with %d", got.Executor, got.MaxConcurrent, tc.wantExecutor, tc.wantPlaces)
			}
			if (got.Missing != nil) != (tc.wantProblem != nil) {
				t.Fatalf("problem %+v, want one: %t", got.Missing, tc.wantProblem != nil)
			}
			for _, part := range tc.wantProblem {
				if got.Missing.Reason != v1alpha1.ReasonUnknownExecutor || !strings.Contains(got.Missing.Message, part) {
					t.Errorf("problem %+v does not name %s", got.Missing, part)
				}
			}
		})
	}
}

func TestStartupDelayIsTheSchedulers(t *testing.T) {
	t.Parallel()
	sched := objects.MakeScheduler(func(s *v1alpha1.Scheduler) { s.Spec.StartupDelay = &metav1.Duration{Duration: 2 * time.Second} })
	if got := Translate(objects.MakeTask(), sched, env("log")).StartupDelay; got != 2*time.Second {
		t.Errorf("startup delay %s, want 2s", got)
	}
}
