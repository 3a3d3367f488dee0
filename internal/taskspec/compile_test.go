package taskspec_test

import (
	"errors"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/taskspec"
	"github.com/carillon-dev/carillon/trigger"
)

func makeTask(triggers v1alpha1.SimpleTrigger) *v1alpha1.Task {
	return &v1alpha1.Task{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "reports", Name: "newsletter",
			CreationTimestamp: metav1.NewTime(time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)),
		},
		Spec: v1alpha1.TaskSpec{Trigger: v1alpha1.Trigger{SimpleTrigger: triggers}},
	}
}

func inZone(zone string) *v1alpha1.Scheduler {
	return &v1alpha1.Scheduler{Spec: v1alpha1.SchedulerSpec{TimeZone: zone}}
}

func TestCompileZone(t *testing.T) {
	t.Parallel()
	daily := v1alpha1.SimpleTrigger{Schedule: "@daily"}
	for name, tc := range map[string]struct {
		task  *v1alpha1.Task
		sched *v1alpha1.Scheduler
		want  string
	}{
		"no Scheduler":              {task: makeTask(daily), want: "UTC"},
		"a Scheduler without one":   {task: makeTask(daily), sched: inZone(""), want: "UTC"},
		"the Scheduler's":           {task: makeTask(daily), sched: inZone("Europe/Berlin"), want: "Europe/Berlin"},
		"the trigger's own":         {task: makeTask(v1alpha1.SimpleTrigger{Schedule: "@daily", TimeZone: "Asia/Tokyo"}), sched: inZone("Europe/Berlin"), want: "Asia/Tokyo"},
		"a bad one that is not met": {task: makeTask(v1alpha1.SimpleTrigger{Schedule: "@daily", TimeZone: "Asia/Tokyo"}), sched: inZone("Europe/Berln"), want: "Asia/Tokyo"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			compiled, err := taskspec.Compile(tc.task, tc.sched)
			if err != nil {
				t.Fatal(err)
			}
			if got := compiled.TimeZone(); got != tc.want {
				t.Errorf("zone %s, want %s", got, tc.want)
			}
		})
	}
}

// The loss of a Scheduler is no edit of the trigger.
func TestT9_ZoneInEffectOutlivesTheScheduler(t *testing.T) {
	t.Parallel()
	task := makeTask(v1alpha1.SimpleTrigger{Schedule: "@daily"})
	task.Status.Effective = &v1alpha1.EffectiveSettings{TimeZone: "Europe/Berlin"}
	compiled, err := taskspec.Compile(task, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := compiled.TimeZone(); got != "Europe/Berlin" {
		t.Errorf("zone %s, want Europe/Berlin", got)
	}
}

func TestT4_IntervalCountsFromTheCreation(t *testing.T) {
	t.Parallel()
	task := makeTask(v1alpha1.SimpleTrigger{Interval: &v1alpha1.IntervalTrigger{Hours: 1}})
	compiled, err := taskspec.Compile(task, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := task.CreationTimestamp.Add(time.Hour)
	if got, ok := compiled.Next(task.CreationTimestamp.Time); !ok || !got.Equal(want) {
		t.Errorf("first slot %s, want %s", got, want)
	}
}

func TestCompileErrors(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		trigger   v1alpha1.SimpleTrigger
		zone      string
		wantField string // of a *trigger.Error
		wantErr   string
	}{
		"a field": {
			trigger: v1alpha1.SimpleTrigger{Schedule: "0 24 * * *"}, wantField: "spec.trigger.schedule",
			wantErr: `spec.trigger.schedule: hour "24" is out of range 0-23; write "0 0 * * *"`,
		},
		"the whole trigger": {
			wantField: "spec.trigger",
			wantErr:   "spec.trigger: has 0 kinds, expected exactly 1; write one of schedule, cron, interval, date, anyOf, allOf and shutdown; several go into anyOf",
		},
		"the Scheduler's zone": {
			trigger: v1alpha1.SimpleTrigger{Schedule: "@daily"}, zone: "Europe/Berln",
			wantErr: `Scheduler "default": spec.timeZone: "Europe/Berln" is not a time zone; did you mean "Europe/Berlin"?`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := taskspec.Compile(makeTask(tc.trigger), inZone(tc.zone))
			if err == nil || err.Error() != tc.wantErr {
				t.Errorf("error %v\nwant  %s", err, tc.wantErr)
			}
			var bad *trigger.Error
			if errors.As(err, &bad) && tc.wantField != "" && bad.Field != tc.wantField {
				t.Errorf("field %q, want %q", bad.Field, tc.wantField)
			}
			if badZone := (*taskspec.ZoneError)(nil); errors.As(err, &badZone) != (tc.wantField == "") {
				t.Errorf("%T, want a *ZoneError: %t", err, tc.wantField == "")
			}
		})
	}
}
