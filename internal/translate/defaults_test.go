package translate

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/internal/store/status"
	"github.com/carillon-dev/carillon/internal/taskspec"
	"github.com/carillon-dev/carillon/internal/testutil/objects"
)

func lasting(d time.Duration) *metav1.Duration { return &metav1.Duration{Duration: d} }

// What a Task leaves out is its Scheduler's to say, field by field, and then has the
// built-in default (A2). The status shows what is in effect.
func TestA2_SchedulerDefaultsForAttemptsAndHistory(t *testing.T) {
	t.Parallel()
	all := v1alpha1.TaskDefaults{
		Timeout: lasting(time.Hour), StartTimeout: lasting(time.Minute),
		RetryPolicy: &v1alpha1.RetryPolicy{MaxAttempts: 4, Backoff: &v1alpha1.Backoff{Initial: lasting(time.Second), Factor: 3, Max: lasting(time.Minute)}},
		History:     &v1alpha1.History{Succeeded: new(int32(1)), Failed: new(int32(7))},
	}
	everything := model.EffectiveSettings{
		Timeout: time.Hour, StartTimeout: time.Minute, KeepSucceeded: 1, KeepFailed: 7,
		Retry: model.Retry{MaxAttempts: 4, Initial: time.Second, Factor: 3, Max: time.Minute},
	}
	for name, tc := range map[string]struct {
		defaults v1alpha1.TaskDefaults
		spec     v1alpha1.TaskSpec
		want     model.EffectiveSettings
	}{
		"nothing is set":                 {want: model.EffectiveSettings{StartTimeout: 10 * time.Minute, KeepSucceeded: 3, KeepFailed: 3}},
		"the Scheduler sets all of them": {defaults: all, want: everything},
		"the Task wins": {
			defaults: all,
			spec: v1alpha1.TaskSpec{
				Timeout: lasting(2 * time.Hour), StartTimeout: lasting(2 * time.Minute), History: &v1alpha1.History{Succeeded: new(int32(0)), Failed: new(int32(2))},
				RetryPolicy: &v1alpha1.RetryPolicy{MaxAttempts: 2, Backoff: &v1alpha1.Backoff{Initial: lasting(5 * time.Second), Factor: 1, Max: lasting(time.Hour)}},
			},
			want: model.EffectiveSettings{
				Timeout: 2 * time.Hour, StartTimeout: 2 * time.Minute, KeepFailed: 2,
				Retry: model.Retry{MaxAttempts: 2, Initial: 5 * time.Second, Factor: 1, Max: time.Hour},
			},
		},
		"the Task sets no limit and no retry": {
			defaults: all,
			spec:     v1alpha1.TaskSpec{Timeout: lasting(0), StartTimeout: lasting(0), RetryPolicy: &v1alpha1.RetryPolicy{MaxAttempts: 1}},
			want:     model.EffectiveSettings{KeepSucceeded: 1, KeepFailed: 7},
		},
		"the Task sets a part": {
			defaults: all,
			spec: v1alpha1.TaskSpec{
				RetryPolicy: &v1alpha1.RetryPolicy{MaxAttempts: 9, Backoff: &v1alpha1.Backoff{Factor: 5}}, History: &v1alpha1.History{Failed: new(int32(0))},
			},
			want: model.EffectiveSettings{
				Timeout: time.Hour, StartTimeout: time.Minute, KeepSucceeded: 1,
				Retry: model.Retry{MaxAttempts: 9, Initial: time.Second, Factor: 5, Max: time.Minute},
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			task := objects.MakeTask(func(task *v1alpha1.Task) {
				task.Spec.Timeout, task.Spec.StartTimeout, task.Spec.RetryPolicy, task.Spec.History = tc.spec.Timeout, tc.spec.StartTimeout, tc.spec.RetryPolicy, tc.spec.History
				task.Spec.Action = v1alpha1.Action{Pod: &v1alpha1.PodAction{Template: corev1.PodTemplateSpec{}}}
			})
			got := Translate(task, objects.MakeScheduler(func(s *v1alpha1.Scheduler) { s.Spec.TaskDefaults = &tc.defaults }), env())
			settings := got.Settings()
			only := model.EffectiveSettings{
				Timeout: settings.Timeout, StartTimeout: settings.StartTimeout, Retry: settings.Retry,
				KeepSucceeded: settings.KeepSucceeded, KeepFailed: settings.KeepFailed,
			}
			if diff := cmp.Diff(tc.want, only); diff != "" {
				t.Errorf("settings (-want +got):\n%s", diff)
			}
			written := asWritten(t, got, model.Record{Settings: settings})
			if diff := cmp.Diff(settings, status.Decode(&v1alpha1.Task{Status: written}).Settings); diff != "" {
				t.Errorf("status.effective (-in effect +shown):\n%s", diff)
			}
		})
	}
}

// A wait that is set is never shortened by one that was left out.
func TestA2_BackoffLimitsOfDifferentObjects(t *testing.T) {
	t.Parallel()
	type waits struct{ initial, max *metav1.Duration }
	for name, tc := range map[string]struct {
		own, defaults         waits
		wantInitial, wantMost time.Duration
	}{
		"nothing is set":                    {wantInitial: 10 * time.Second, wantMost: 5 * time.Minute},
		"initial above the built-in max":    {own: waits{initial: lasting(time.Hour)}, wantInitial: time.Hour, wantMost: time.Hour},
		"max below the built-in initial":    {own: waits{max: lasting(time.Second)}, wantInitial: time.Second, wantMost: time.Second},
		"initial above the Scheduler's max": {own: waits{initial: lasting(time.Hour)}, defaults: waits{max: lasting(time.Minute)}, wantInitial: time.Hour, wantMost: time.Hour},
		"max below the Scheduler's initial": {own: waits{max: lasting(time.Second)}, defaults: waits{initial: lasting(time.Minute)}, wantInitial: time.Second, wantMost: time.Second},
		"the Scheduler's initial is long":   {defaults: waits{initial: lasting(time.Hour)}, wantInitial: time.Hour, wantMost: time.Hour},
		"the Scheduler's max is short":      {defaults: waits{max: lasting(time.Second)}, wantInitial: time.Second, wantMost: time.Second},
		"one from each, and they fit":       {own: waits{initial: lasting(time.Second)}, defaults: waits{max: lasting(time.Minute)}, wantInitial: time.Second, wantMost: time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			policy := func(w waits) *v1alpha1.RetryPolicy {
				return &v1alpha1.RetryPolicy{MaxAttempts: 3, Backoff: &v1alpha1.Backoff{Initial: w.initial, Max: w.max}}
			}
			got := taskspec.Retry(policy(tc.own), policy(tc.defaults))
			if got.Initial != tc.wantInitial || got.Max != tc.wantMost {
				t.Errorf("waits from %s to %s, want from %s to %s", got.Initial, got.Max, tc.wantInitial, tc.wantMost)
			}
		})
	}
}
