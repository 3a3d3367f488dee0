package doctor

import (
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

var present = time.Date(2026, 3, 6, 12, 0, 0, 0, time.UTC)

func ago(d time.Duration) *metav1.Time { return &metav1.Time{Time: present.Add(-d)} }

// healthy is a Task of which there is nothing to say.
func healthy(name string, change func(t *v1alpha1.Task)) v1alpha1.Task {
	t := v1alpha1.Task{
		ObjectMeta: metav1.ObjectMeta{Namespace: "n", Name: name, Generation: 2, CreationTimestamp: *ago(time.Hour)},
		Status: v1alpha1.TaskStatus{
			ObservedGeneration: 2, State: v1alpha1.TaskScheduled, NextRunTime: ago(-time.Minute),
			Conditions: []metav1.Condition{{Type: v1alpha1.ConditionReady, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonScheduled}},
			RecentRuns: []v1alpha1.RecentRun{{Outcome: v1alpha1.OutcomeFailed}, {Outcome: v1alpha1.OutcomeFailed}, {Outcome: v1alpha1.OutcomeSucceeded}, {Outcome: v1alpha1.OutcomeFailed}},
			Active:     []v1alpha1.ActiveRun{{State: v1alpha1.RunRunning, StartTime: ago(time.Hour)}},
		},
	}
	change(&t)
	return t
}

func TestFindings(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(t *v1alpha1.Task)
		check  string // which finds it, and no other does
		status status
	}{
		"healthy":       {change: func(*v1alpha1.Task) {}},
		"unseen":        {func(t *v1alpha1.Task) { t.Status = v1alpha1.TaskStatus{} }, "unseen Tasks", bad},
		"new":           {change: func(t *v1alpha1.Task) { t.Status, t.CreationTimestamp = v1alpha1.TaskStatus{}, *ago(time.Second) }},
		"late":          {func(t *v1alpha1.Task) { t.Status.NextRunTime = ago(2 * time.Minute) }, "late Tasks", bad},
		"a little late": {change: func(t *v1alpha1.Task) { t.Status.NextRunTime = ago(time.Minute) }},
		"put off by jitter": {change: func(t *v1alpha1.Task) {
			t.Status.NextRunTime = ago(2 * time.Minute)
			t.Spec.Trigger.Jitter = &metav1.Duration{Duration: time.Hour}
		}},
		"catching up": {change: func(t *v1alpha1.Task) {
			t.Status.NextRunTime = ago(time.Hour)
			t.Status.Active[0].CatchUp = true
		}},
		"held by its Scheduler": {change: func(t *v1alpha1.Task) {
			t.Status.NextRunTime = ago(time.Hour)
			t.Status.Conditions[0].Reason = v1alpha1.ReasonSchedulerPaused
		}},
		"stalled": {func(t *v1alpha1.Task) { t.Status.State = v1alpha1.TaskStalled }, "stalled Tasks", look},
		"failing": {func(t *v1alpha1.Task) {
			t.Status.RecentRuns[2] = v1alpha1.RecentRun{Outcome: v1alpha1.OutcomeSkipped}
		}, "failing Tasks", look},
		"waiting": {func(t *v1alpha1.Task) { t.Status.Active[0].State = v1alpha1.RunPending }, "waiting runs", look},
		"a call that waits": {func(t *v1alpha1.Task) {
			t.Status.Active[0].State, t.Status.Active[0].Holder = v1alpha1.RunStarting, "m"
		}, "waiting runs", look},
		"refused": {func(t *v1alpha1.Task) { t.Status.Active[0].State = v1alpha1.RunStarting }, "refused Pods", look},
		"refused, and slots wait for it": {func(t *v1alpha1.Task) {
			t.Status.Active[0].State, t.Status.NextRunTime = v1alpha1.RunStarting, ago(2*time.Minute)
		}, "refused Pods", look},
		"started after the next slot was due": {change: func(t *v1alpha1.Task) {
			t.Status.NextRunTime, t.Status.Active[0].StartTime = ago(2*time.Minute), ago(time.Minute)
		}},
		"ahead": {func(t *v1alpha1.Task) { t.Status.Conditions[0].Reason = v1alpha1.ReasonClockBehind }, "clock of the manager", look},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := population{tasks: []v1alpha1.Task{healthy("a", tc.change)}, now: present, lag: time.Minute}
			for _, f := range p.findings() {
				want := good
				if f.Check == tc.check {
					want = tc.status
				}
				if f.Status != want || want != good && (!strings.HasSuffix(f.Found, ": n/a") || f.Advice == "") {
					t.Errorf("%+v, want %s", f, want)
				}
			}
		})
	}
}

func TestPausedSchedulersAndManyNames(t *testing.T) {
	t.Parallel()
	p := population{now: present, lag: time.Minute}
	for name := range strings.SplitSeq("abcdefg", "") {
		p.schedulers = append(p.schedulers, v1alpha1.Scheduler{ObjectMeta: metav1.ObjectMeta{Namespace: "n", Name: name}, Spec: v1alpha1.SchedulerSpec{Paused: true}})
	}
	found := p.findings()
	last := found[len(found)-1]
	if want := "7 Schedulers are paused: n/a, n/b, n/c, n/d, n/e and 2 more"; last.Status != look || last.Found != want {
		t.Errorf("%+v, want %s", last, want)
	}
	if found[0].Found != "0 Tasks, 7 Schedulers" {
		t.Errorf("%+v", found[0])
	}
}
