package translate

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/store/status"
	"github.com/carillon-dev/carillon/internal/testutil/objects"
)

func interval(seconds int32, startAt string) v1alpha1.SimpleTrigger {
	return v1alpha1.SimpleTrigger{Interval: &v1alpha1.IntervalTrigger{Seconds: seconds}, StartAt: v1alpha1.DateTime(startAt)}
}

func cronSecond(second string) v1alpha1.SimpleTrigger {
	return v1alpha1.SimpleTrigger{Cron: &v1alpha1.CronTrigger{Second: new(intstr.Parse(second))}}
}

func schedule(text, zone string) v1alpha1.SimpleTrigger {
	return v1alpha1.SimpleTrigger{Schedule: text, TimeZone: zone}
}

func single(t v1alpha1.SimpleTrigger) v1alpha1.Trigger { return v1alpha1.Trigger{SimpleTrigger: t} }

func anyOf(all ...v1alpha1.SimpleTrigger) v1alpha1.Trigger { return v1alpha1.Trigger{AnyOf: all} }

func allOf(all ...v1alpha1.SimpleTrigger) v1alpha1.Trigger { return v1alpha1.Trigger{AllOf: all} }

// shifted are intervals of ten seconds, each a second later than the one before.
func shifted(count int) (all []v1alpha1.SimpleTrigger) {
	for i := range count {
		all = append(all, interval(10, fmt.Sprintf("2026-01-01T00:00:%02dZ", i)))
	}
	return all
}

// withLimits is a manager with limits.
func withLimits(limits Limits) Options {
	e := env("log")
	e.Frequency = &Frequency{Limits: limits}
	return e
}

func TestMinimumInterval(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		least   time.Duration
		trigger v1alpha1.Trigger
		want    string // part of the message; empty: the Task is scheduled
	}{
		"no limit":                              {0, single(cronSecond("*")), ""},
		"a second":                              {time.Second, single(cronSecond("*")), ""},
		"an interval that is long enough":       {10 * time.Second, single(interval(10, "")), ""},
		"one that is too short":                 {10 * time.Second, single(interval(9, "")), "the slots 2026-01-05T12:00:09Z and 2026-01-05T12:00:18Z are 9s apart: write a trigger with at least 10s between its slots"},
		"cron without a field":                  {10 * time.Second, single(v1alpha1.SimpleTrigger{Cron: &v1alpha1.CronTrigger{}}), "are 1s apart"},
		"cron with a blank field":               {10 * time.Second, single(v1alpha1.SimpleTrigger{Cron: &v1alpha1.CronTrigger{Hour: new(intstr.FromString(" "))}}), "are 1s apart"},
		"seconds that are far enough apart":     {10 * time.Second, single(cronSecond("0,20,40")), ""},
		"seconds that are not":                  {10 * time.Second, single(cronSecond("5,20,40,58")), "are 7s apart"},
		"a sign in @every":                      {10 * time.Second, single(schedule("@every +1s", "")), "are 1s apart"},
		"a fraction in @every":                  {10 * time.Second, single(schedule("@every .0025h", "")), "are 9s apart"},
		"a plain schedule":                      {time.Minute, single(schedule("* * * * *", "")), ""},
		"a plain schedule, for a longer limit":  {2 * time.Minute, single(schedule("* * * * *", "")), "are 1m0s apart"},
		"minutes, for a longer limit":           {15 * time.Minute, single(schedule("*/15 * * * *", "")), ""},
		"an uneven step":                        {20 * time.Minute, single(schedule("*/25 * * * *", "")), "are 10m0s apart"},
		"intervals that are shifted":            {10 * time.Second, anyOf(shifted(10)...), "are 1s apart"},
		"two that keep clear of each other":     {5 * time.Second, anyOf(interval(10, "2026-01-01T00:00:00Z"), interval(10, "2026-01-01T00:00:05Z")), ""},
		"schedules together":                    {time.Minute, anyOf(schedule("0 9 * * *", "Asia/Tokyo"), schedule("1 9 * * *", "Europe/London")), ""},
		"schedules that come close together":    {5 * time.Minute, anyOf(schedule("0 9 * * *", ""), schedule("1 9 * * *", "")), "are 1m0s apart"},
		"a date beside a schedule":              {time.Minute, anyOf(schedule("0 9 * * *", ""), v1alpha1.SimpleTrigger{Date: &v1alpha1.DateTrigger{RunAt: "2026-01-06T09:00:30Z"}}), "are 30s apart"},
		"allOf with one that is seldom":         {time.Minute, allOf(cronSecond("*"), schedule("0 9 * * *", "")), ""},
		"allOf of which each is frequent":       {time.Minute, allOf(cronSecond("*"), interval(7, "")), "spec.trigger.allOf: each of the triggers is too frequent by itself"},
		"a clock that is put back":              {24 * time.Hour, single(schedule("30 1 * * *", "Europe/Berlin")), ""},
		"a daily interval":                      {24 * time.Hour, single(v1alpha1.SimpleTrigger{Interval: &v1alpha1.IntervalTrigger{Days: 1}, TimeZone: "Europe/Berlin"}), ""},
		"a shutdown":                            {time.Hour, v1alpha1.Trigger{Shutdown: &v1alpha1.ShutdownTrigger{}}, ""},
		"a date":                                {time.Hour, single(v1alpha1.SimpleTrigger{Date: &v1alpha1.DateTrigger{}}), ""},
		"a trigger that is frequent years away": {time.Minute, single(v1alpha1.SimpleTrigger{Cron: &v1alpha1.CronTrigger{Year: new(intstr.FromInt32(2040)), Second: new(intstr.FromString("*"))}}), "are 1s apart"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			task := objects.MakeTask(func(task *v1alpha1.Task) { task.Spec.Trigger = tc.trigger })
			checkProblem(t, Translate(task, objects.MakeScheduler(), withLimits(Limits{MinimumInterval: tc.least})).Invalid, v1alpha1.ReasonTooFrequent, tc.want)
		})
	}
}

// TestMinimumInterval_Recheck shows that a trigger is compared again when half of the slots
// that were compared have been decided, and that what is found holds until then.
func TestMinimumInterval_Recheck(t *testing.T) {
	t.Parallel()
	e := withLimits(Limits{MinimumInterval: time.Minute})
	task := objects.MakeTask(func(task *v1alpha1.Task) {
		task.Spec.Trigger = anyOf(schedule("@hourly", ""), v1alpha1.SimpleTrigger{Cron: &v1alpha1.CronTrigger{Year: new(intstr.FromInt32(2027)), Second: new(intstr.FromInt32(1))}})
	})
	if got := Translate(task, objects.MakeScheduler(), e); got.Invalid != nil {
		t.Fatalf("a year before: %v", got.Invalid)
	}
	if wait := e.Frequency.Recheck(task); wait <= 0 || wait > time.Hour {
		t.Errorf("looked at again after %s", wait)
	}
	task.Status.DecidedThrough = &metav1.Time{Time: time.Date(2026, 12, 31, 12, 0, 0, 0, time.UTC)}
	checkProblem(t, Translate(task, objects.MakeScheduler(), e).Invalid, v1alpha1.ReasonTooFrequent, "the slots 2027-01-01T00:00:00Z and 2027-01-01T00:00:01Z are 1s apart")
	task.Spec.Trigger = single(schedule("@hourly", ""))
	if got := Translate(task, objects.MakeScheduler(), e); got.Invalid != nil {
		t.Errorf("after an edit: %v", got.Invalid)
	}
	if wait := e.Frequency.Recheck(task); wait != 0 {
		t.Errorf("a trigger that is not made of others is looked at again after %s", wait)
	}
	e.Frequency.Forget(status.KeyOf(task))
	if len(e.Frequency.known) > 0 {
		t.Error("a deleted Task is remembered")
	}
}

func TestMaximumTriggers(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		trigger v1alpha1.Trigger
		want    string
	}{
		"one":          {single(schedule("@daily", "")), ""},
		"as many":      {anyOf(shifted(3)...), ""},
		"anyOf":        {anyOf(shifted(4)...), "write at most 3 triggers in anyOf or allOf"},
		"allOf":        {allOf(slices.Repeat([]v1alpha1.SimpleTrigger{schedule("@daily", "")}, 4)...), "write at most 3 triggers in anyOf or allOf"},
		"one in allOf": {allOf(shifted(1)...), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			task := objects.MakeTask(func(task *v1alpha1.Task) { task.Spec.Trigger = tc.trigger })
			checkProblem(t, Translate(task, objects.MakeScheduler(), withLimits(Limits{MaximumTriggers: 3})).Invalid, v1alpha1.ReasonLimitExceeded, tc.want)
		})
	}
}

// BenchmarkFrequency compares what the check costs with compiling the trigger, for a Task
// that has been checked before.
func BenchmarkFrequency(b *testing.B) {
	for name, trigger := range map[string]v1alpha1.Trigger{
		"schedule": single(schedule("*/5 * * * *", "Europe/Berlin")), "cron": single(cronSecond("0,30")), "anyOf": anyOf(shifted(2)...),
	} {
		task := objects.MakeTask(func(task *v1alpha1.Task) { task.Spec.Trigger = trigger })
		for state, forget := range map[string]bool{"first": true, "known": false} {
			b.Run(name+"/"+state, func(b *testing.B) {
				e := withLimits(Limits{MinimumInterval: time.Second + 1})
				for b.Loop() {
					if forget {
						e.Frequency.Forget(status.KeyOf(task))
					}
					if got := Translate(task, nil, e); got.Invalid != nil && !strings.Contains(got.Invalid.Message, "apart") {
						b.Fatal(got.Invalid)
					}
				}
			})
		}
	}
}
