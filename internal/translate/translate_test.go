package translate

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/payload"
	"github.com/carillon-dev/carillon/internal/scheduler/decide"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/internal/store/status"
	"github.com/carillon-dev/carillon/internal/testutil/objects"
)

// handlers is a registry with fixed names.
type handlers []string

func (h handlers) Exists(name, _ string) bool { return slices.Contains(h, name) }
func (h handlers) Names(string) []string      { return h }

// env is a manager with these handlers.
func env(names ...string) Options { return Options{Handlers: handlers(names), MaxWorkers: 20} }

func TestA2_Defaults(t *testing.T) {
	t.Parallel()
	got := Translate(objects.MakeTask(), objects.MakeScheduler(), env("log"))
	if !got.Coalesce || got.MaxInstances != 1 || got.CatchUpLimit != 100 || got.Grace != 0 ||
		got.Executor != "workers" || !got.InProcess || got.Timeout != 0 || got.StartTimeout != 10*time.Minute ||
		got.KeepSucceeded != 3 || got.KeepFailed != 3 {
		t.Errorf("defaults: %+v", got)
	}
	if got.Invalid != nil || got.Missing != nil || got.Paused || got.SchedulerPaused {
		t.Errorf("a sound task has problems: %+v", got)
	}
}

func TestSettingsAreCarriedOver(t *testing.T) {
	t.Parallel()
	task := objects.MakeTask(func(task *v1alpha1.Task) {
		task.Spec.Paused = true
		task.Spec.Coalesce = new(false)
		task.Spec.CatchUpLimit = ptr.To[int32](7)
		task.Spec.MaxInstances = ptr.To[int32](4)
		task.Spec.MisfireGracePeriod = &metav1.Duration{Duration: time.Minute}
		task.Spec.Timeout = &metav1.Duration{Duration: 2 * time.Minute}
		task.Spec.StartTimeout = &metav1.Duration{Duration: 3 * time.Minute}
		task.Spec.History = &v1alpha1.History{Succeeded: ptr.To[int32](0), Failed: ptr.To[int32](9)}
		task.Spec.Action = v1alpha1.Action{Pod: &v1alpha1.PodAction{Template: corev1.PodTemplateSpec{
			Spec: corev1.PodSpec{TerminationGracePeriodSeconds: ptr.To[int64](90)},
		}}}
	})
	got := Translate(task, objects.MakeScheduler(func(s *v1alpha1.Scheduler) { s.Spec.Paused = true }), env())
	want := model.Task{
		Paused: true, SchedulerPaused: true, CatchUpLimit: 7, MaxInstances: 4, Grace: time.Minute,
		Timeout: 2 * time.Minute, StartTimeout: 3 * time.Minute, StopGrace: 90 * time.Second, KeepFailed: 9, Executor: "pods",
	}
	if got.Paused != want.Paused || got.SchedulerPaused != want.SchedulerPaused || got.Coalesce || got.CatchUpLimit != want.CatchUpLimit ||
		got.MaxInstances != want.MaxInstances || got.Grace != want.Grace || got.Timeout != want.Timeout ||
		got.StartTimeout != want.StartTimeout || got.StopGrace != want.StopGrace || got.KeepSucceeded != 0 ||
		got.KeepFailed != want.KeepFailed || got.Executor != want.Executor || got.InProcess {
		t.Errorf("got %+v,\nwant %+v", got, want)
	}
}

func TestA2_TaskDefaultsOfTheScheduler(t *testing.T) {
	t.Parallel()
	sched := objects.MakeScheduler(func(s *v1alpha1.Scheduler) {
		s.Spec.TaskDefaults = &v1alpha1.TaskDefaults{
			Coalesce: new(false), MaxInstances: new(int32(5)),
			MisfireGracePeriod: &metav1.Duration{Duration: time.Minute}, OverlapPolicy: v1alpha1.OverlapQueue,
		}
	})
	got := Translate(objects.MakeTask(), sched, env("log"))
	if got.Coalesce || got.MaxInstances != 5 || got.Grace != time.Minute || got.OverlapPolicy != model.OverlapQueue {
		t.Errorf("the Scheduler's defaults are not used: %+v", got)
	}
	own := Translate(objects.MakeTask(func(task *v1alpha1.Task) {
		task.Spec.Coalesce, task.Spec.MaxInstances = new(true), new(int32(2))
		task.Spec.MisfireGracePeriod, task.Spec.OverlapPolicy = &metav1.Duration{}, v1alpha1.OverlapReplace
	}), sched, env("log"))
	if !own.Coalesce || own.MaxInstances != 2 || own.Grace != 0 || own.OverlapPolicy != model.OverlapReplace {
		t.Errorf("the Task's own settings are not used: %+v", own)
	}
}

func TestRetryPolicy(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		policy *v1alpha1.RetryPolicy
		want   model.Retry
	}{
		"none": {},
		"without a backoff": {
			policy: &v1alpha1.RetryPolicy{MaxAttempts: 3},
			want:   model.Retry{MaxAttempts: 3, Initial: 10 * time.Second, Factor: 2, Max: 5 * time.Minute},
		},
		"with one": {
			policy: &v1alpha1.RetryPolicy{MaxAttempts: 2, Backoff: &v1alpha1.Backoff{
				Initial: &metav1.Duration{Duration: time.Second}, Factor: 3, Max: &metav1.Duration{Duration: time.Minute},
			}},
			want: model.Retry{MaxAttempts: 2, Initial: time.Second, Factor: 3, Max: time.Minute},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			task := objects.MakeTask(func(task *v1alpha1.Task) { task.Spec.RetryPolicy = tc.policy })
			if got := Translate(task, objects.MakeScheduler(), env("log")).Retry; got != tc.want {
				t.Errorf("got %+v, want %+v", got, tc.want)
			}
		})
	}
}

func TestR13_ARequestToCancelIsTakenOver(t *testing.T) {
	t.Parallel()
	task := objects.MakeTask(func(task *v1alpha1.Task) {
		task.Annotations = map[string]string{v1alpha1.AnnotationCancelRequestedAt: "run=2026-11-20T15:02:11Z 2", v1alpha1.AnnotationRunRequestedAt: "now"}
	})
	if got := CancelRequest(task); got != "run=2026-11-20T15:02:11Z 2" {
		t.Errorf("a request to cancel is %q", got)
	}
}

func TestR8_LongRequestsAreCut(t *testing.T) {
	t.Parallel()
	task := objects.MakeTask(func(task *v1alpha1.Task) {
		task.Annotations = map[string]string{v1alpha1.AnnotationRunRequestedAt: strings.Repeat("ü", 70)}
	})
	if got := Translate(task, objects.MakeScheduler(), env("log")).Request; got != strings.Repeat("ü", 64) {
		t.Errorf("got %q", got)
	}
}

// A valid trigger that may surprise says so, in the condition Ready.
func TestSurprisesAreNoted(t *testing.T) {
	t.Parallel()
	task := objects.MakeTask(func(task *v1alpha1.Task) { task.Spec.Trigger.Schedule = "*/90 * * * *" })
	got := Translate(task, objects.MakeScheduler(), env("log"))
	if got.Invalid != nil || !strings.Contains(got.Warning, "spec.trigger.schedule") || !strings.Contains(got.Warning, "*/90") {
		t.Errorf("note %q, invalid %v", got.Warning, got.Invalid)
	}
	dec := decide.Decide(decide.Input{Task: got, Now: got.Created})
	if !strings.Contains(dec.Record.StateMessage, got.Warning) {
		t.Errorf("the state says %q, without the note", dec.Record.StateMessage)
	}
}

// A Task is translated anew with each of its changes, and its trigger is not compiled anew.
func TestTranslate_CompilesATriggerOnce(t *testing.T) {
	t.Parallel()
	task := objects.MakeTask(func(task *v1alpha1.Task) {
		task.Spec.Trigger = v1alpha1.Trigger{AllOf: []v1alpha1.SimpleTrigger{{Schedule: "7 3 1-7 * *"}, {Interval: &v1alpha1.IntervalTrigger{Minutes: 1}}}}
	})
	first := Translate(task, objects.MakeScheduler(), env("log"))
	if second := Translate(task, objects.MakeScheduler(), env("log")); second.Trigger != first.Trigger {
		t.Error("the trigger was compiled again")
	}
	task.CreationTimestamp.Time = task.CreationTimestamp.Add(time.Second)
	if third := Translate(task, objects.MakeScheduler(), env("log")); third.Trigger == first.Trigger {
		t.Error("the trigger is that of a Task that was created at another time")
	}
}

// What CEL cannot see stalls the Task, with the field, the offending part and
// what to write.
func TestA1_Stalled(t *testing.T) {
	t.Parallel()
	schedule := func(s string) func(*v1alpha1.Task) {
		return func(task *v1alpha1.Task) { task.Spec.Trigger.Schedule = s }
	}
	for name, tc := range map[string]struct {
		mod        func(*v1alpha1.Task)
		sched      *v1alpha1.Scheduler
		wantReason string
		want       []string // parts of the message
	}{
		"minute out of range": {mod: schedule("60 * * * *"), wantReason: "InvalidTrigger", want: []string{"spec.trigger.schedule", `"60"`, "0-59"}},
		"four fields":         {mod: schedule("* * * *"), wantReason: "InvalidTrigger", want: []string{"spec.trigger.schedule", "4", "5"}},
		"zone in the string":  {mod: schedule("TZ=UTC * * * * *"), wantReason: "InvalidTrigger", want: []string{"spec.trigger.schedule", "timeZone"}},
		"misspelt zone": {
			mod:        func(task *v1alpha1.Task) { task.Spec.Trigger.TimeZone = "Europe/Berln" },
			wantReason: "InvalidTrigger", want: []string{"spec.trigger.timeZone", "Europe/Berln", "Europe/Berlin"},
		},
		"end before start": {
			mod: func(task *v1alpha1.Task) {
				task.Spec.Trigger.StartAt, task.Spec.Trigger.EndAt = "2026-12-02T00:00:00Z", "2026-12-01T00:00:00Z"
			},
			wantReason: "InvalidTrigger", want: []string{"spec.trigger.endAt", "startAt"},
		},
		"a date that does not exist": {mod: schedule("0 0 30 2 *"), wantReason: "InvalidTrigger", want: []string{"spec.trigger.schedule", "never fires", "no date matches"}},
		"triggers that never coincide": {
			mod: func(task *v1alpha1.Task) {
				task.Spec.Trigger = v1alpha1.Trigger{AllOf: []v1alpha1.SimpleTrigger{{Schedule: "0 0 1 * *"}, {Schedule: "0 0 2 * *"}}}
			},
			wantReason: "InvalidTrigger", want: []string{"spec.trigger.allOf", "never fires", "no date matches"},
		},
		"triggers of a second that never coincide": {
			mod: func(task *v1alpha1.Task) {
				even := v1alpha1.SimpleTrigger{Cron: &v1alpha1.CronTrigger{
					Second: new(intstr.FromString("*/2")), Minute: new(intstr.FromString("1-59")), Hour: new(intstr.FromString("*")), Week: new(intstr.FromString("1-52")),
				}}
				odd := v1alpha1.SimpleTrigger{Cron: &v1alpha1.CronTrigger{Second: new(intstr.FromString("1-59/2")), Hour: new(intstr.FromString("*"))}}
				task.Spec.Trigger = v1alpha1.Trigger{AllOf: append(slices.Repeat([]v1alpha1.SimpleTrigger{even}, 15), odd)}
			},
			wantReason: "InvalidTrigger", want: []string{"spec.trigger.allOf", "never fires", "no time of day in common"},
		},
		"misspelt zone of the scheduler": {
			sched:      objects.MakeScheduler(func(s *v1alpha1.Scheduler) { s.Spec.TimeZone = "Europe/Berln" }),
			wantReason: "InvalidTimeZone", want: []string{`Scheduler "default"`, "spec.timeZone", "Europe/Berlin"},
		},
		"unknown handler": {
			mod:        func(task *v1alpha1.Task) { task.Spec.Action.Handler.Name = "lgo" },
			wantReason: "UnknownHandler", want: []string{"spec.action.handler.name", `"lgo"`, `"log"`},
		},
		"a header from a Secret": {
			mod: func(task *v1alpha1.Task) {
				task.Spec.Action = v1alpha1.Action{HTTP: &v1alpha1.HTTPAction{URL: "http://a", Headers: []v1alpha1.HTTPHeader{
					{Name: "X-Team", Value: new("a")},
					{Name: "Authorization", ValueFrom: v1alpha1.HeaderValueSource{SecretKeyRef: v1alpha1.SecretKeyRef{Name: "hook", Key: "token"}}},
				}}}
			},
			wantReason: "InvalidAction", want: []string{"spec.action.http.headers[1].valueFrom", "--http-secret-headers"},
		},
		"unknown executor": {
			mod:        func(task *v1alpha1.Task) { task.Spec.Executor = "gpu" },
			wantReason: "UnknownExecutor", want: []string{"spec.executor", `"gpu"`, "workers"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			task, sched := objects.MakeTask(), objects.MakeScheduler()
			if tc.mod != nil {
				tc.mod(task)
			}
			if tc.sched != nil {
				sched = tc.sched
			}
			got := Translate(task, sched, env("log"))
			problem := cmp.Or(got.Invalid, got.InvalidAction, got.Missing)
			if problem == nil {
				t.Fatal("no problem found")
			}
			if problem.Reason != tc.wantReason {
				t.Errorf("reason %s, want %s", problem.Reason, tc.wantReason)
			}
			for _, part := range tc.want {
				if !strings.Contains(problem.Message, part) {
					t.Errorf("message %q does not name %s", problem.Message, part)
				}
			}
		})
	}
}

func TestZoneOfTheTriggerHidesABadOneOfTheScheduler(t *testing.T) {
	t.Parallel()
	task := objects.MakeTask(func(task *v1alpha1.Task) { task.Spec.Trigger.TimeZone = "UTC" })
	sched := objects.MakeScheduler(func(s *v1alpha1.Scheduler) { s.Spec.TimeZone = "Europe/Berln" })
	if got := Translate(task, sched, env("log")); got.Invalid != nil {
		t.Errorf("stalled although the zone is not used: %+v", got.Invalid)
	}
}

// The loss of a Scheduler, and its return, is no edit of the trigger.
func TestT9_MissingSchedulerKeepsTheZone(t *testing.T) {
	t.Parallel()
	task := objects.MakeTask()
	sched := objects.MakeScheduler(func(s *v1alpha1.Scheduler) { s.Spec.TimeZone = "Europe/Berlin" })
	before := Translate(task, sched, env("log"))
	task.Status.Effective = &v1alpha1.EffectiveSettings{TimeZone: "Europe/Berlin"}
	after := Translate(task, nil, env("log"))
	if after.Missing == nil || after.Missing.Reason != v1alpha1.ReasonSchedulerNotFound {
		t.Errorf("missing: %+v, want SchedulerNotFound", after.Missing)
	}
	if before.Trigger.Hash() != after.Trigger.Hash() {
		t.Errorf("the hash changed from %s to %s", before.Trigger.Hash(), after.Trigger.Hash())
	}
}

// A Task that comes before its Scheduler has no zone yet, however often it is looked
// at.
func TestZoneIsProvisionalUntilThereIsAScheduler(t *testing.T) {
	t.Parallel()
	task := objects.MakeTask(func(task *v1alpha1.Task) { task.Spec.SchedulerName = "night" })
	now := task.CreationTimestamp.Time
	for range 2 {
		got := Translate(task, nil, env("log"))
		if !got.ZoneUnresolved {
			t.Fatal("not provisional")
		}
		task.Status = asWritten(t, got, decide.Decide(decide.Input{Task: got, Record: status.Decode(task), Now: now}).Record)
	}
	if task.Status.ObservedTriggerHash != "" || task.Status.State != v1alpha1.TaskStalled {
		t.Errorf("status %+v, want stalled and no trigger observed", task.Status)
	}
}

func TestP3_NeedsDefault(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		mod  func(*v1alpha1.Task)
		want bool
	}{
		"a new task":                 {mod: func(*v1alpha1.Task) {}, want: true},
		"one that names another":     {mod: func(task *v1alpha1.Task) { task.Spec.SchedulerName = "night" }},
		"one that was served":        {mod: func(task *v1alpha1.Task) { task.Status.ObservedGeneration = 3 }},
		"one that was changed since": {mod: func(task *v1alpha1.Task) { task.Status.ObservedGeneration = 2 }, want: true},
		"one that names default":     {mod: func(task *v1alpha1.Task) { task.Spec.SchedulerName = "default" }, want: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := NeedsDefault(objects.MakeTask(tc.mod)); got != tc.want {
				t.Errorf("got %t, want %t", got, tc.want)
			}
		})
	}
}

// What looks like a variable and is none is sent as it is: the Task says so, and works.
func TestTranslate_HeadersOfRequests(t *testing.T) {
	t.Parallel()
	task := objects.MakeTask(func(task *v1alpha1.Task) {
		task.Spec.Action = v1alpha1.Action{HTTP: &v1alpha1.HTTPAction{URL: "http://hooks.example", Headers: []v1alpha1.HTTPHeader{
			{Name: "Authorization", ValueFrom: v1alpha1.HeaderValueSource{Prefix: "Bearer ", SecretKeyRef: v1alpha1.SecretKeyRef{Name: "hook", Key: "token"}}},
			{Name: "X-Token", Value: new("$(TOKEN)")},
		}}}
	})
	options := env("log")
	options.SecretHeaders = true
	got := Translate(task, objects.MakeScheduler(), options)
	if got.InvalidAction != nil || !strings.Contains(got.Warning, "spec.action.http.headers[1].value: $(TOKEN) is sent as it is written") {
		t.Errorf("problem %v and warning %q, want a warning about $(TOKEN)", got.InvalidAction, got.Warning)
	}
	want := payload.Header{Name: "Authorization", Value: "Bearer ", Secret: &payload.SecretKey{Name: "hook", Key: "token"}}
	if header := payload.Of(got).HTTP.Headers[0]; !reflect.DeepEqual(header, want) {
		t.Errorf("header %+v, want %+v", header, want)
	}
}
