package plan

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

func TestUnserved(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 6, 12, 0, 0, 0, time.UTC)
	at := func(d time.Duration) *metav1.Time { return &metav1.Time{Time: now.Add(d)} }
	for name, tc := range map[string]struct {
		change func(*v1alpha1.Task)
		want   string
	}{
		"served":               {change: func(*v1alpha1.Task) {}},
		"not looked at":        {func(t *v1alpha1.Task) { t.Status = v1alpha1.TaskStatus{} }, "no manager has looked at the Task"},
		"overdue":              {func(t *v1alpha1.Task) { t.Status.NextRunTime = at(-2 * time.Minute) }, "no manager decides the slot that is due"},
		"overdue for a moment": {change: func(t *v1alpha1.Task) { t.Status.NextRunTime = at(-10 * time.Second) }},
		"held by its Scheduler": {change: func(t *v1alpha1.Task) {
			t.Status.NextRunTime, t.Status.Conditions[0].Reason = at(-time.Hour), v1alpha1.ReasonSchedulerPaused
		}},
		"a server asked to wait":     {change: func(t *v1alpha1.Task) { t.Status.NextRunTime, t.Status.NotBefore = at(-time.Hour), at(time.Minute) }},
		"a server had asked to wait": {func(t *v1alpha1.Task) { t.Status.NextRunTime, t.Status.NotBefore = at(-time.Hour), at(-2*time.Minute) }, "no manager decides the slot that is due"},
		"behind the run of a backlog": {change: func(t *v1alpha1.Task) {
			t.Status.NextRunTime, t.Status.Active = at(-time.Hour), []v1alpha1.ActiveRun{{CatchUp: true}}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			task := &v1alpha1.Task{Status: v1alpha1.TaskStatus{
				State: v1alpha1.TaskScheduled, NextRunTime: at(time.Hour),
				Conditions: []metav1.Condition{{Type: v1alpha1.ConditionReady, Reason: v1alpha1.ReasonScheduled}},
			}}
			tc.change(task)
			if got := Unserved(task, now); got != tc.want {
				t.Errorf("%q, want %q", got, tc.want)
			}
		})
	}
}
