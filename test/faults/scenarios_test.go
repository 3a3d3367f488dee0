package faults_test

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

// scenario is a short life of a Task. Without faults and with any of them it comes to
// the same end.
type scenario struct {
	name string
	// spec changes a Task that makes a Pod once, now.
	spec func(c *testCase, spec *v1alpha1.TaskSpec)
	// before passes before there is a manager. Unset: nothing does.
	before func(ctx context.Context, c *testCase) error
	// drive is what the user does, and what the node does beyond fate. Unset: nothing.
	drive func(ctx context.Context, c *testCase) error
	// fate of the Pods. Unset: they succeed.
	fate func(*corev1.Pod) fate
	// want is how the slots and the requests are counted at the end, and pods how many
	// Pods there have been.
	want v1alpha1.RunCounts
	pods int
}

// request is what the user asks with for the second run.
const request = "second"

var scenarios = []scenario{
	{
		name: "date",
		want: v1alpha1.RunCounts{Succeeded: 1}, pods: 1,
	},
	{
		name: "retries",
		spec: func(_ *testCase, spec *v1alpha1.TaskSpec) {
			spec.RetryPolicy = &v1alpha1.RetryPolicy{MaxAttempts: 2, Backoff: &v1alpha1.Backoff{Initial: seconds(1)}}
		},
		fate: func(pod *corev1.Pod) fate {
			if pod.Annotations[v1alpha1.AnnotationAttempt] == "1" && pod.Annotations[v1alpha1.AnnotationSource] == string(v1alpha1.SourceScheduled) {
				return fails
			}
			return succeeds
		},
		want: v1alpha1.RunCounts{Succeeded: 1}, pods: 2,
	},
	{
		name: "replace",
		spec: func(_ *testCase, spec *v1alpha1.TaskSpec) { spec.OverlapPolicy = v1alpha1.OverlapReplace },
		fate: scheduledGoesOn,
		drive: func(ctx context.Context, c *testCase) error {
			if _, err := c.running(ctx); err != nil {
				return err
			}
			return c.ask(ctx, request)
		},
		want: v1alpha1.RunCounts{Succeeded: 1, Replaced: 1}, pods: 2,
	},
	{
		// Of a run that is cancelled there is no further attempt, whatever its Pod ends with.
		name: "cancel",
		spec: func(_ *testCase, spec *v1alpha1.TaskSpec) {
			spec.RetryPolicy = &v1alpha1.RetryPolicy{MaxAttempts: 3, Backoff: &v1alpha1.Backoff{Initial: seconds(1)}}
		},
		fate: scheduledGoesOn,
		drive: func(ctx context.Context, c *testCase) error {
			if _, err := c.running(ctx); err != nil {
				return err
			}
			return c.annotate(ctx, v1alpha1.AnnotationCancelRequestedAt, request)
		},
		want: v1alpha1.RunCounts{Cancelled: 1}, pods: 1,
	},
	{
		// A run that has ended does not cost the next one its instance, whatever the
		// manager has seen of its end.
		name: "skip-after-end",
		fate: scheduledGoesOn,
		drive: func(ctx context.Context, c *testCase) error {
			pod, err := c.running(ctx)
			if err != nil {
				return err
			}
			if err := c.node.end(ctx, pod); err != nil {
				return err
			}
			return c.ask(ctx, request)
		},
		want: v1alpha1.RunCounts{Succeeded: 2}, pods: 2,
	},
	{
		name: "queue",
		spec: func(_ *testCase, spec *v1alpha1.TaskSpec) { spec.OverlapPolicy = v1alpha1.OverlapQueue },
		fate: scheduledGoesOn,
		drive: func(ctx context.Context, c *testCase) error {
			pod, err := c.running(ctx)
			if err != nil {
				return err
			}
			if err := c.ask(ctx, request); err != nil {
				return err
			}
			if err := c.ledger.until(ctx, "a run that waits", func(n now) bool { return hasState(n.task, v1alpha1.RunQueued) }); err != nil {
				return err
			}
			return c.node.end(ctx, pod)
		},
		want: v1alpha1.RunCounts{Succeeded: 2}, pods: 2,
	},
	{
		name:   "coalesced-catch-up",
		spec:   func(c *testCase, spec *v1alpha1.TaskSpec) { spec.Trigger.SimpleTrigger = c.threeSeconds() },
		before: func(ctx context.Context, c *testCase) error { return c.pass(ctx, c.began.Add(slotsEnd)) },
		want:   v1alpha1.RunCounts{Succeeded: 1, Coalesced: 2}, pods: 1,
	},
	{
		name: "backlog",
		spec: func(c *testCase, spec *v1alpha1.TaskSpec) {
			spec.Trigger.SimpleTrigger = c.threeSeconds()
			spec.Coalesce, spec.CatchUpLimit = new(false), new(int32(2))
		},
		before: func(ctx context.Context, c *testCase) error { return c.pass(ctx, c.began.Add(slotsEnd)) },
		want:   v1alpha1.RunCounts{Succeeded: 2, Missed: 1}, pods: 2,
	},
	{
		name: "http",
		spec: func(c *testCase, spec *v1alpha1.TaskSpec) {
			spec.Action = v1alpha1.Action{HTTP: &v1alpha1.HTTPAction{URL: target.URL + "/" + c.namespace}}
		},
		want: v1alpha1.RunCounts{Succeeded: 1},
	},
	{
		name: "history",
		spec: func(_ *testCase, spec *v1alpha1.TaskSpec) {
			spec.History = &v1alpha1.History{Succeeded: new(int32(1)), Failed: new(int32(1))}
		},
		drive: func(ctx context.Context, c *testCase) error {
			if err := c.counted(ctx, v1alpha1.RunCounts{Succeeded: 1}); err != nil {
				return err
			}
			if err := c.ask(ctx, request); err != nil {
				return err
			}
			return c.ledger.until(ctx, "the older Pod to be removed", func(n now) bool { return len(n.pods) == 1 && len(n.unfinished()) == 0 })
		},
		want: v1alpha1.RunCounts{Succeeded: 2}, pods: 2,
	},
	{
		name: "run-now",
		spec: func(_ *testCase, spec *v1alpha1.TaskSpec) {
			spec.Paused = true
			spec.Trigger.SimpleTrigger = everySecond()
		},
		drive: func(ctx context.Context, c *testCase) error { return c.ask(ctx, request) },
		want:  v1alpha1.RunCounts{Succeeded: 1}, pods: 1,
	},
}

// scheduledGoesOn lets the Pod of the slot run until it is asked to stop.
func scheduledGoesOn(pod *corev1.Pod) fate {
	if pod.Annotations[v1alpha1.AnnotationSource] == string(v1alpha1.SourceScheduled) {
		return goesOn
	}
	return succeeds
}

func seconds(n int) *metav1.Duration {
	return &metav1.Duration{Duration: time.Duration(n) * time.Second}
}

func everySecond() v1alpha1.SimpleTrigger {
	return v1alpha1.SimpleTrigger{Interval: &v1alpha1.IntervalTrigger{Seconds: 1}}
}

// slotsBegin is when the slots of threeSeconds begin, and slotsEnd when they are over: the Task must
// exist by the first one, and the first Task of a cluster takes the API server some seconds.
const (
	slotsBegin = 8 * time.Second
	slotsEnd   = slotsBegin + 3*time.Second
)

// threeSeconds has three slots, which are over before there is a manager.
func (c *testCase) threeSeconds() v1alpha1.SimpleTrigger {
	trigger := everySecond()
	trigger.StartAt = v1alpha1.DateTime(c.began.Add(slotsBegin).Format(time.RFC3339))
	trigger.EndAt = v1alpha1.DateTime(c.began.Add(slotsBegin + 2*time.Second).Format(time.RFC3339))
	return trigger
}

func hasState(task *v1alpha1.Task, state v1alpha1.RunState) bool {
	for i := range task.Status.Active {
		if task.Status.Active[i].State == state {
			return true
		}
	}
	return false
}
