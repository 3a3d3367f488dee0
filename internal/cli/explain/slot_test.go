package explain

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/cli/kube"
	"github.com/carillon-dev/carillon/internal/cli/plan"
)

// present is a Friday; in Berlin it is 13:00.
var present = time.Date(2026, 3, 6, 12, 0, 0, 0, time.UTC)

func hour(h int) time.Time { return time.Date(2026, 3, 6, h, 0, 0, 0, time.UTC) }

func stamp(t time.Time) *metav1.Time { return &metav1.Time{Time: t} }

// known is a Task that runs every hour, has decided everything up to eleven, and of which
// more may be said.
func known(t *testing.T, change func(k *knowledge)) *knowledge {
	t.Helper()
	k := &knowledge{now: present, task: &v1alpha1.Task{
		ObjectMeta: metav1.ObjectMeta{Namespace: "n", Name: "report", UID: "u", Generation: 1, CreationTimestamp: metav1.NewTime(hour(-100))},
		Spec: v1alpha1.TaskSpec{
			Trigger: v1alpha1.Trigger{SimpleTrigger: v1alpha1.SimpleTrigger{Schedule: "0 * * * *", TimeZone: "Europe/Berlin"}},
			Action:  v1alpha1.Action{Handler: &v1alpha1.HandlerAction{Name: "log"}},
		},
		Status: v1alpha1.TaskStatus{
			ObservedGeneration: 1, State: v1alpha1.TaskScheduled, DecidedThrough: stamp(hour(11)), ObservedTriggerTime: stamp(hour(-100)),
			RunCounts:  &v1alpha1.RunCounts{Succeeded: 7},
			Conditions: []metav1.Condition{{Type: v1alpha1.ConditionReady, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonScheduled}},
		},
	}}
	change(k)
	compiled, err := plan.Compile(k.task, k.sched, k.now)
	k.trigger, k.broken = compiled, err
	k.shutdown = err == nil && compiled.Shutdown()
	if k.trigger != nil {
		k.task.Status.ObservedTriggerHash = compiled.Hash()
	}
	return k
}

func ready(k *knowledge, reason string) { k.task.Status.Conditions[0].Reason = reason }

func record(k *knowledge, runs ...v1alpha1.RecentRun) { k.task.Status.RecentRuns = runs }

// done is the outcome of a slot.
func done(slot time.Time, outcome v1alpha1.RunOutcome, reason string) v1alpha1.RecentRun {
	return v1alpha1.RecentRun{Source: v1alpha1.SourceScheduled, ScheduledTime: *stamp(slot), Outcome: outcome, Reason: reason}
}

// skips is an Event about skipped slots.
func skips(first, last time.Time, count int64) kube.Event {
	return kube.Event{
		First: first, Time: last, Count: count, Reason: "RunSkipped", Cause: v1alpha1.ReasonMaxInstancesReached,
		Note: "Slot " + last.Format(time.RFC3339) + ": MaxInstancesReached: words", FirstSlot: first, LastSlot: last, Slots: count,
	}
}

func TestSlot(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change  func(k *knowledge)
		at      string
		verdict Verdict
		reason  string
		says    string
	}{
		"no slot": {
			at: "12:30", verdict: NotASlot,
			says: "The slot before it is 2026-03-06T12:00:00+01:00 (60m ago). The slot after it is 2026-03-06T13:00:00+01:00",
		},
		"a time that the clock skips": {
			change: func(k *knowledge) { k.task.Spec.Trigger.Schedule = "30 2 * * *"; k.now = present.AddDate(0, 1, 0) },
			at:     "2026-03-29T02:30", verdict: Waiting, says: "The clock skips 2026-03-29 02:30:00, and the slot of that name is 2026-03-29T03:30:00+02:00.",
		},
		"it succeeded": {
			change: func(k *knowledge) {
				run := done(hour(9), v1alpha1.OutcomeSucceeded, v1alpha1.ReasonSucceeded)
				run.StartTime, run.Attempts, run.Coalesced = stamp(hour(9).Add(2*time.Second)), 1, 3
				record(k, run)
			},
			at: "10:00", verdict: "Succeeded", reason: v1alpha1.ReasonSucceeded, says: "It started 2s after its slot and took 1 attempt. It also stands for 3 older slots",
		},
		"it was missed": {
			change: func(k *knowledge) {
				record(k, done(hour(9), v1alpha1.OutcomeMissed, v1alpha1.ReasonMisfireGracePeriodExceeded))
			},
			at: "2026-03-06T09:00:00Z", verdict: "Missed", reason: v1alpha1.ReasonMisfireGracePeriodExceeded, says: "later than misfireGracePeriod allows",
		},
		"it was skipped": {
			change: func(k *knowledge) {
				record(k, done(hour(9), v1alpha1.OutcomeSkipped, v1alpha1.ReasonMaxInstancesReached))
			},
			at: "2026-03-06 10:00", verdict: "Skipped", reason: v1alpha1.ReasonMaxInstancesReached, says: "Queue would have let it wait",
		},
		"it was folded into a newer one": {
			change: func(k *knowledge) {
				run := done(hour(11), v1alpha1.OutcomeSucceeded, v1alpha1.ReasonSucceeded)
				run.Coalesced = 2
				record(k, run)
			},
			at: "10:00", verdict: Coalesced, reason: v1alpha1.ReasonSucceeded, says: "was folded into the run of 2026-03-06T12:00:00+01:00 (60m ago), which stands for 2 others",
		},
		"it is older than what was folded": {
			change: func(k *knowledge) {
				run := done(hour(11), v1alpha1.OutcomeSucceeded, v1alpha1.ReasonSucceeded)
				run.Coalesced = 2
				record(k, run)
			},
			at: "09:00", verdict: Unknown, says: "the record, which keeps the newest 1 outcome, has no more of it. So far 7 runs have succeeded",
		},
		"it runs": {
			change: func(k *knowledge) {
				k.task.Status.Active = []v1alpha1.ActiveRun{{Source: v1alpha1.SourceScheduled, ScheduledTime: *stamp(hour(11)), State: v1alpha1.RunRunning, Attempt: 2, PodName: "report-1"}}
			},
			at: "12:00", verdict: Active, says: "runs, in attempt 2. Its Pod is report-1.",
		},
		"its Pod is refused": {
			change: func(k *knowledge) {
				k.task.Status.Active = []v1alpha1.ActiveRun{{
					Source: v1alpha1.SourceScheduled, ScheduledTime: *stamp(hour(11)), State: v1alpha1.RunStarting, Attempt: 1,
					Message: "The Pod could not be created so far: exceeded quota: none",
				}}
			},
			at: "12:00", verdict: Active, says: "is being started, in attempt 1. The record says: The Pod could not be created so far: exceeded quota: none It has no Pod yet.",
		},
		"its next attempt waits": {
			change: func(k *knowledge) {
				k.task.Status.Active = []v1alpha1.ActiveRun{{
					Source: v1alpha1.SourceScheduled, ScheduledTime: *stamp(hour(11)), State: v1alpha1.RunBackoff, Attempt: 1,
					NextAttemptTime: stamp(present.Add(time.Minute)), LastFailureReason: v1alpha1.ReasonPodFailed, Message: "exit code 3",
				}}
			},
			at: "12:00", verdict: Active, reason: v1alpha1.ReasonPodFailed, says: "The next attempt begins at 2026-03-06T13:01:00+01:00 (in 60s). A container of the Pod failed",
		},
		"its Pod cannot mount a volume": {
			change: func(k *knowledge) {
				k.task.Status.Active = []v1alpha1.ActiveRun{{
					Source: v1alpha1.SourceScheduled, ScheduledTime: *stamp(hour(11)), State: v1alpha1.RunStarting, Attempt: 1, PodName: "report-1",
					Message: `container "main" waits: ContainerCreating`,
				}}
				k.pods = map[string]podKnowledge{"report-1": {warning: &kube.Event{
					Time: present.Add(-12 * time.Second), Reason: "FailedMount", Note: `configmap "missing" not found`,
				}}}
			},
			at: "12:00", verdict: Active, says: `The newest warning about it, of 2026-03-06T12:59:48+01:00 (12s ago): FailedMount: configmap "missing" not found`,
		},
		"its Pod could not mount a volume": {
			change: func(k *knowledge) {
				run := done(hour(11), v1alpha1.OutcomeFailed, v1alpha1.ReasonStartTimeout)
				run.PodName, run.Message = "report-1", "It had not started after the startTimeout of 20s"
				record(k, run)
				k.pods = map[string]podKnowledge{"report-1": {warning: &kube.Event{
					Time: present.Add(-12 * time.Second), Reason: "FailedMount", Note: `configmap "missing" not found`,
				}}}
			},
			at: "12:00", verdict: "Failed", reason: v1alpha1.ReasonStartTimeout, says: `FailedMount: configmap "missing" not found`,
		},
		"the Events of its Pod may not be read": {
			change: func(k *knowledge) {
				k.task.Status.Active = []v1alpha1.ActiveRun{{Source: v1alpha1.SourceScheduled, ScheduledTime: *stamp(hour(11)), State: v1alpha1.RunStarting, Attempt: 1, PodName: "report-1"}}
				k.pods = map[string]podKnowledge{"report-1": {unread: apierrors.NewForbidden(schema.GroupResource{Group: "events.k8s.io", Resource: "events"}, "", nil)}}
			},
			at: "12:00", verdict: Active, says: "You are not allowed to read them: that takes the verb list for events in events.k8s.io.",
		},
		"its Pod is being evicted": {
			change: func(k *knowledge) {
				k.task.Status.Active = []v1alpha1.ActiveRun{{
					Source: v1alpha1.SourceScheduled, ScheduledTime: *stamp(hour(11)), State: v1alpha1.RunRunning, Attempt: 2, Disruptions: 1,
					Disrupted: true, Message: "its Pod has been being deleted since 2026-03-06T11:59:00Z (grace period 30s)",
				}}
			},
			at: "12:00", verdict: Active, reason: v1alpha1.ReasonPodDisrupted,
			says: "Its Pod is being evicted. Another attempt follows at once when it is gone, and this one does not count. 1 attempt ended because of an eviction",
		},
		"its Pod does not go away": {
			change: func(k *knowledge) {
				k.task.Status.Active = []v1alpha1.ActiveRun{{Source: v1alpha1.SourceScheduled, ScheduledTime: *stamp(hour(11)), State: v1alpha1.RunRunning, Attempt: 1, PodName: "report-1"}}
				k.pods = map[string]podKnowledge{"report-1": {pod: &corev1.Pod{
					ObjectMeta: metav1.ObjectMeta{DeletionTimestamp: stamp(present.Add(-time.Hour))}, Spec: corev1.PodSpec{NodeName: "node-1"},
				}}}
			},
			at: "12:00", verdict: Active, says: `It ought to have been gone since 2026-03-06T12:00:00+01:00 (60m ago), and counts until it is. If its node "node-1" is lost for good`,
		},
		"the record is older than the rule that no run starts before its slot": {
			change: func(k *knowledge) {
				run := done(hour(9), v1alpha1.OutcomeSucceeded, v1alpha1.ReasonSucceeded)
				run.StartTime, run.Attempts = stamp(hour(9).Add(-10*time.Minute)), 1
				record(k, run)
			},
			at: "10:00", verdict: "Succeeded", reason: v1alpha1.ReasonSucceeded, says: "It started 0s after its slot",
		},
		"it has not come": {at: "2026-03-07T09:00", verdict: Pending, says: "falls due at 2026-03-07T09:00:00+01:00 (in 20h)"},
		"it has not come, and the Task is paused": {
			change: func(k *knowledge) { ready(k, v1alpha1.ReasonPaused) },
			at:     "2026-03-07T09:00", verdict: Pending, reason: v1alpha1.ReasonPaused, says: "What passes meanwhile is forgotten",
		},
		"the Scheduler is paused": {
			change: func(k *knowledge) { k.now = present.Add(time.Minute); ready(k, v1alpha1.ReasonSchedulerPaused) },
			at:     "13:00", verdict: Waiting, reason: v1alpha1.ReasonSchedulerPaused, says: "has not been decided. Its Scheduler is paused.",
		},
		"no manager acts": {
			change: func(k *knowledge) {
				k.now, k.leader = present.Add(time.Minute), &kube.Leader{Holder: "m", Renewed: hour(10), Lasts: 15 * time.Second}
			},
			at: "13:00", verdict: Waiting, says: "No manager acts: their lease was last renewed at 2026-03-06T11:00:00+01:00",
		},
		"nothing keeps it": {
			change: func(k *knowledge) { k.now = present.Add(time.Second) },
			at:     "13:00", verdict: Waiting, says: "Nothing keeps it from being decided",
		},
		"the Pod of an earlier run is refused": {
			change: func(k *knowledge) {
				k.now = present.Add(time.Minute)
				k.task.Status.Active = []v1alpha1.ActiveRun{{
					Source: v1alpha1.SourceScheduled, ScheduledTime: *stamp(hour(11)), StartTime: stamp(hour(11)), State: v1alpha1.RunStarting, Message: "exceeded quota",
				}}
			},
			at: "13:00", verdict: Waiting, says: "It waits until the run of 2026-03-06T12:00:00+01:00 (61m ago) has ended, whose Pod could not be created so far: exceeded quota",
		},
		"an earlier run started after it was due": {
			change: func(k *knowledge) {
				k.now = present.Add(time.Minute)
				k.task.Status.Active = []v1alpha1.ActiveRun{{
					Source: v1alpha1.SourceScheduled, ScheduledTime: *stamp(hour(11)), StartTime: stamp(present.Add(30 * time.Second)), State: v1alpha1.RunRunning, PodName: "p",
				}}
			},
			at: "13:00", verdict: Waiting, says: "has ended, which started after it was due",
		},
		"it was folded into one that ended before a newer one": {
			change: func(k *knowledge) {
				folded := done(hour(10), v1alpha1.OutcomeSucceeded, v1alpha1.ReasonSucceeded)
				folded.Coalesced = 5
				record(k, folded, done(hour(11), v1alpha1.OutcomeSkipped, v1alpha1.ReasonMaxInstancesReached))
			},
			at: "10:00", verdict: Coalesced, reason: v1alpha1.ReasonSucceeded, says: "was folded into the run of 2026-03-06T11:00:00+01:00",
		},
		"it is before the Task": {
			change: func(k *knowledge) { k.task.CreationTimestamp = *stamp(hour(10)) },
			at:     "10:00", verdict: Forgotten, says: "The Task was created after it, at 2026-03-06T11:00:00+01:00",
		},
		"it is before an edit": {
			change: func(k *knowledge) { k.task.Status.ObservedTriggerTime = stamp(hour(10)) },
			at:     "10:00", verdict: Forgotten, says: "An edit fires nothing retroactively",
		},
		"it passed in a pause that is over": {
			change: func(k *knowledge) {
				k.events = []kube.Event{{First: hour(7), Time: hour(7), Reason: "Paused"}, {First: hour(10), Time: hour(10), Reason: "Resumed"}}
			},
			at: "10:00", verdict: Forgotten, reason: v1alpha1.ReasonPaused, says: "The Task was paused at 2026-03-06T08:00:00+01:00",
		},
		"it passed in a pause that goes on": {
			change: func(k *knowledge) {
				ready(k, v1alpha1.ReasonPaused)
				k.task.Status.Conditions[0].LastTransitionTime = *stamp(hour(7))
			},
			at: "10:00", verdict: Forgotten, reason: v1alpha1.ReasonPaused, says: "kubectl carillon resume",
		},
		"an Event remembers it": {
			change: func(k *knowledge) {
				k.events = []kube.Event{{Time: hour(9), Reason: "RunFailed", Note: "Run of 2026-03-06T09:00:00Z: PodFailed: exit code 3"}}
			},
			at: "10:00", verdict: "Failed", says: "An Event says: Run of 2026-03-06T09:00:00Z: PodFailed: exit code 3",
		},
		"an Event about a run that is only delayed is no outcome": {
			change: func(k *knowledge) {
				k.events = []kube.Event{{Time: hour(9), Reason: "RunDelayed", Note: "Run of 2026-03-06T09:00:00Z could not start so far"}}
			},
			at: "10:00", verdict: Unknown, says: "has no more of it",
		},
		"an Event is about every slot around it": {
			change: func(k *knowledge) { k.events = []kube.Event{skips(hour(7), hour(10), 4)} },
			at:     "09:00", verdict: "Skipped", reason: v1alpha1.ReasonMaxInstancesReached,
			says: "Events say that all 4 slots from 2026-03-06T08:00:00+01:00 (5h ago) to 2026-03-06T11:00:00+01:00 (120m ago) were skipped. As many runs",
		},
		"an Event is about some of the slots around it": {
			change: func(k *knowledge) { k.events = []kube.Event{skips(hour(7), hour(10), 3)} },
			at:     "09:00", verdict: Unknown,
			says: "Events say that 3 of the 4 slots from 2026-03-06T08:00:00+01:00 (5h ago) to 2026-03-06T11:00:00+01:00 (120m ago) were skipped (MaxInstancesReached). Whether this slot is one of them is not known any more.",
		},
		"an Event counts slots of an earlier trigger": {
			change: func(k *knowledge) {
				k.task.Status.ObservedTriggerTime = stamp(hour(8).Add(-time.Minute))
				k.events = []kube.Event{skips(hour(7), hour(10), 4)}
			},
			at: "09:00", verdict: Unknown, says: "Events say that 4 of the 4 slots",
		},
		"an Event is a few minutes behind": {
			change: func(k *knowledge) {
				k.task.Spec.Trigger.Schedule = "*/5 * * * *"
				k.events = []kube.Event{skips(hour(9), hour(9).Add(55*time.Minute), 12)}
			},
			at: "11:00", verdict: Unknown, says: "were skipped (MaxInstancesReached). They are at most 10 minutes behind: this slot may be another of them.",
		},
		"an Event counts slots up to one": {
			change: func(k *knowledge) { k.events = []kube.Event{skips(hour(10), hour(10), 30)} },
			at:     "09:00", verdict: Unknown, says: "Events say that 30 slots up to 2026-03-06T11:00:00+01:00 (120m ago) were skipped",
		},
		"it passed in the first of two pauses": {
			change: func(k *knowledge) {
				k.events = []kube.Event{
					{First: hour(7).Add(-time.Minute), Time: hour(9), Count: 2, Reason: "Paused"},
					{First: hour(7).Add(time.Minute), Time: hour(9).Add(time.Minute), Count: 2, Reason: "Resumed"},
				}
			},
			at: "08:00", verdict: Forgotten, reason: v1alpha1.ReasonPaused, says: "The Task was paused at 2026-03-06T07:59:00+01:00",
		},
		"it passed between two pauses": {
			change: func(k *knowledge) {
				k.events = []kube.Event{
					{First: hour(7).Add(-time.Minute), Time: hour(9), Count: 2, Reason: "Paused"},
					{First: hour(7).Add(time.Minute), Time: hour(9).Add(time.Minute), Count: 2, Reason: "Resumed"},
				}
			},
			at: "09:00", verdict: Unknown, says: "has no more of it",
		},
		"it passed amid many pauses": {
			change: func(k *knowledge) {
				k.events = []kube.Event{
					{First: hour(7), Time: hour(9), Count: 5, Reason: "Paused"},
					{First: hour(7).Add(time.Minute), Time: hour(9).Add(time.Minute), Count: 5, Reason: "Resumed"},
				}
			},
			at: "09:00", verdict: Unknown, says: "Events say that the Task was paused and resumed several times around then.",
		},
		"the trigger cannot be read": {
			change: func(k *knowledge) { k.task.Spec.Trigger.Schedule = "61 * * * *" },
			at:     "10:00", verdict: Forgotten, reason: v1alpha1.ReasonInvalidTrigger, says: "The trigger cannot be read: ",
		},
		"it takes too long to find the next slot": {
			change: func(k *knowledge) {
				even := &v1alpha1.CronTrigger{Second: new(intstr.FromString("*")), Minute: new(intstr.FromString("*/2")), Hour: new(intstr.FromString("0-22"))}
				k.task.Spec.Trigger = v1alpha1.Trigger{AllOf: []v1alpha1.SimpleTrigger{{Cron: even}, {Cron: even, TimeZone: "Asia/Kathmandu"}}}
			},
			at: "10:00", verdict: NotASlot, says: "The slot after it is not known: it takes too long",
		},
		"it runs at the end": {
			change: func(k *knowledge) {
				k.task.Spec.Trigger = v1alpha1.Trigger{Shutdown: &v1alpha1.ShutdownTrigger{}}
			},
			at: "10:00", verdict: NotASlot, reason: v1alpha1.ReasonAwaitingShutdown, says: "when its Scheduler is deleted",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if tc.change == nil {
				tc.change = func(*knowledge) {}
			}
			a, err := known(t, tc.change).answer(t.Context(), tc.at)
			if err != nil {
				t.Fatal(err)
			}
			if a.Verdict != tc.verdict || a.Reason != tc.reason {
				t.Errorf("%s, %q, want %s, %q", a.Verdict, a.Reason, tc.verdict, tc.reason)
			}
			if text := strings.Join(a.Explanation, " "); !strings.Contains(text, tc.says) {
				t.Errorf("it says\n%s\nand not\n%s", text, tc.says)
			}
		})
	}
}

// A time of day is the last that has passed, in the Task's zone.
func TestParse(t *testing.T) {
	t.Parallel()
	k := known(t, func(*knowledge) {})
	for written, want := range map[string]time.Time{
		"12:59":                hour(12).Add(-time.Minute),
		"13:00":                hour(12),
		"13:00:01":             hour(12).Add(time.Second - 24*time.Hour),
		"2026-03-06T09:00":     hour(8),
		"2026-03-06 09:00:05":  hour(8).Add(5 * time.Second),
		"2026-03-06T09:00:00Z": hour(9),
	} {
		if got, err := k.parse(written); err != nil || !got.Equal(want) {
			t.Errorf("%s: %v, %v, want %v", written, got, err, want)
		}
	}
}

func TestPresent(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change  func(k *knowledge)
		verdict Verdict
		reason  string
		says    []string
	}{
		"all is well": {
			func(k *knowledge) {
				k.task.Status.NextRunTime = stamp(hour(12))
				record(k, done(hour(11), v1alpha1.OutcomeSucceeded, v1alpha1.ReasonSucceeded))
			},
			"Scheduled", v1alpha1.ReasonScheduled,
			[]string{
				"The Task is Scheduled.", "Slots are decided as they fall due.", "The next slot is 2026-03-06T13:00:00+01:00 (0s).",
				"The run of 2026-03-06T12:00:00+01:00 (60m ago) succeeded.", "It did its work.",
			},
		},
		"it is stalled": {
			func(k *knowledge) {
				k.task.Status.State = v1alpha1.TaskStalled
				ready(k, v1alpha1.ReasonUnknownHandler)
				k.task.Status.Conditions = append(k.task.Status.Conditions, metav1.Condition{Type: v1alpha1.ConditionStalled, Message: "there is log"})
			},
			"Stalled", v1alpha1.ReasonUnknownHandler,
			[]string{
				"The Task is Stalled.", "No handler of that name may be used in the namespace. Slots wait.", "The Task says: there is log", "No run has ended yet.",
			},
		},
		"its next slot waits for a Pod that is refused": {
			func(k *knowledge) {
				k.now = present.Add(time.Minute)
				k.task.Status.NextRunTime = stamp(hour(12))
				k.task.Status.Active = []v1alpha1.ActiveRun{{
					Attempt: 1, Source: v1alpha1.SourceScheduled, ScheduledTime: *stamp(hour(11)), StartTime: stamp(hour(11)), State: v1alpha1.RunStarting, Message: "exceeded quota",
				}}
			},
			"Scheduled", v1alpha1.ReasonScheduled,
			[]string{
				"The Task is Scheduled.", "Slots are decided as they fall due.",
				"The run of 2026-03-06T12:00:00+01:00 (61m ago) is being started, in attempt 1.", "The record says: exceeded quota", "It has no Pod yet.", "The next slot is 2026-03-06T13:00:00+01:00 (60s ago).",
				"It waits until the run of 2026-03-06T12:00:00+01:00 (61m ago) has ended, whose Pod could not be created so far: exceeded quota", "No run has ended yet.",
			},
		},
		"its status does not fit beside it": {
			func(k *knowledge) {
				k.task.Status = v1alpha1.TaskStatus{}
				k.events = []kube.Event{{Reason: v1alpha1.ReasonRecordTooLarge, Note: "The Task has 1571375 bytes."}}
			},
			Unknown, v1alpha1.ReasonRecordTooLarge,
			[]string{
				"The Task is so large that its status does not fit beside it. Slots wait until it is smaller.", "An Event says: The Task has 1571375 bytes.",
				"No manager has looked at the newest version of the Task yet.", "No run has ended yet.",
			},
		},
		"nobody has looked at it": {
			func(k *knowledge) { k.task.Status = v1alpha1.TaskStatus{} },
			Unknown, "",
			[]string{"No manager has looked at the Task yet. One that acts may watch other namespaces alone (--watch-namespaces).", "No manager has looked at the newest version of the Task yet.", "No run has ended yet."},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, err := known(t, tc.change).answer(t.Context(), "")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.says, a.Explanation); diff != "" || a.Verdict != tc.verdict || a.Reason != tc.reason {
				t.Errorf("%s, %q (-want +got):\n%s", a.Verdict, a.Reason, diff)
			}
		})
	}
}
