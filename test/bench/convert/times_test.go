// Package convert_test holds the times of converted CronJobs against the library by which
// kube-controller-manager reads their schedules.
package convert_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/carillon-dev/carillon/internal/cli/convert"
	"github.com/carillon-dev/carillon/internal/cli/plan"
	"github.com/robfig/cron/v3"
	batchv1 "k8s.io/api/batch/v1"
	"sigs.k8s.io/yaml"
)

// TestTimes shows that a Task which was made of a CronJob runs at the same times, for a
// year. None of the schedules meets a change of the clock: there they differ, on purpose.
func TestTimes(t *testing.T) {
	t.Parallel()
	inputs, err := filepath.Glob("../../../internal/cli/convert/testdata/*.yaml")
	if err != nil || len(inputs) < 5 {
		t.Fatalf("%d CronJobs: %v", len(inputs), err)
	}
	for _, input := range inputs {
		t.Run(strings.TrimSuffix(filepath.Base(input), ".yaml"), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(input)
			if err != nil {
				t.Fatal(err)
			}
			job := &batchv1.CronJob{}
			if err := yaml.Unmarshal(text, job); err != nil {
				t.Fatal(err)
			}
			compare(t, job)
		})
	}
}

func compare(t *testing.T, job *batchv1.CronJob) {
	t.Helper()
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	task, _, err := convert.Convert(job, at)
	if err != nil {
		t.Fatal(err)
	}
	end := at.AddDate(1, 0, 0)
	ours, err := plan.Compile(task, nil, at)
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := cron.ParseStandard(scheduleOf(job))
	if err != nil {
		t.Fatal(err)
	}
	slots := 0
	for at.Before(end) {
		got, _, err := ours.Find(t.Context(), at)
		if err != nil {
			t.Fatal(err)
		}
		want := theirs.Next(at.UTC())
		if !got.Equal(want) {
			t.Fatalf("after %s the Task runs at %s, and the CronJob at %s", at, got, want)
		}
		slots++
		at = got
	}
	if slots < 12 {
		t.Errorf("%d slots in a year are not many to compare", slots)
	}
}

// scheduleOf puts the zone before the schedule, as the controller does. Without one it
// goes by its own clock, which is taken to be UTC.
func scheduleOf(job *batchv1.CronJob) string {
	switch {
	case job.Spec.TimeZone != nil:
		return "TZ=" + *job.Spec.TimeZone + " " + job.Spec.Schedule
	case strings.Contains(job.Spec.Schedule, "TZ="):
		return job.Spec.Schedule
	default:
		return "TZ=Etc/UTC " + job.Spec.Schedule
	}
}
