package translate

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/util/intstr"
	"pgregory.net/rapid"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/taskspec"
	"github.com/carillon-dev/carillon/internal/testutil/objects"
	"github.com/carillon-dev/carillon/internal/testutil/policies"
	"github.com/carillon-dev/carillon/trigger"
)

// TestMinimumInterval_Slots shows of random triggers that what the admission policy
// admits, and what the manager accepts, keeps the least distance over 1,000 slots.
func TestMinimumInterval_Slots(t *testing.T) {
	t.Parallel()
	policy := policies.Load(t, "../../config/components/admission-policy/policy.yaml", "carillon-limits")
	admitted, accepted, total := 0, 0, 0
	rapid.Check(t, func(r *rapid.T) {
		least := rapid.SampledFrom([]time.Duration{2 * time.Second, 10 * time.Second, time.Minute, 90 * time.Second, 5 * time.Minute, 20 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour}).Draw(r, "least")
		task := objects.MakeTask(func(task *v1alpha1.Task) { task.Spec.Trigger = drawTrigger(r) })
		compiled, err := taskspec.Compile(task, nil)
		if err != nil {
			return // it has no slots
		}
		total++
		refusal, err := policy.Refusal(task, map[string]string{
			"minimumInterval": least.String(), "minimumBackoff": "10s", "maximumInstances": "20", "maximumTriggers": "16",
			"actions": "handler", "executors": "workers",
		})
		if err != nil {
			r.Fatalf("the policy: %v", err)
		}
		problem := Translate(task, objects.MakeScheduler(), withLimits(Limits{MinimumInterval: least})).Invalid
		closest := closestSlots(compiled, least, len(task.Spec.Trigger.AllOf) > 0)
		if refusal == "" {
			admitted++
			if closest != "" {
				r.Errorf("the policy with %s admits %+v: %s", least, task.Spec.Trigger, closest)
			}
		}
		if problem == nil {
			accepted++
			if closest != "" {
				r.Errorf("the manager with %s accepts %+v: %s", least, task.Spec.Trigger, closest)
			}
		}
		if refusal == "" && problem != nil && problem.Reason == v1alpha1.ReasonTooFrequent {
			r.Errorf("the policy with %s admits %+v, and the manager does not: %s", least, task.Spec.Trigger, problem.Message)
		}
	})
	if admitted*10 < total || accepted*10 < total {
		t.Errorf("of %d triggers %d are admitted and %d accepted: the test shows little", total, admitted, accepted)
	}
}

// closestSlots returns which slots of a trigger are closer than they may be; empty: none.
// Those of allOf are slow to find, so that there are fewer of them.
func closestSlots(compiled *trigger.Trigger, least time.Duration, slow bool) string {
	count := 1000
	if slow {
		count = 20
	}
	slot, ok := compiled.Next(time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC))
	for range count {
		if !ok {
			break
		}
		next, more := compiled.Next(slot)
		if more && next.Sub(slot) < least && !clockChanges(compiled.Location(), slot, next) {
			return fmt.Sprintf("%s and %s", slot, next)
		}
		slot, ok = next, more
	}
	return ""
}

func drawTrigger(r *rapid.T) v1alpha1.Trigger {
	zone := rapid.SampledFrom([]string{"", "Europe/Berlin", "Australia/Lord_Howe", "Antarctica/Troll", "Asia/Kathmandu"}).Draw(r, "zone")
	switch rapid.IntRange(0, 3).Draw(r, "kind") {
	case 0:
		return v1alpha1.Trigger{AnyOf: drawSimple(r), SimpleTrigger: v1alpha1.SimpleTrigger{TimeZone: zone}}
	case 1:
		return v1alpha1.Trigger{AllOf: drawSimple(r), SimpleTrigger: v1alpha1.SimpleTrigger{TimeZone: zone}}
	default:
		only := drawOne(r)
		only.TimeZone = zone
		return v1alpha1.Trigger{SimpleTrigger: only}
	}
}

func drawSimple(r *rapid.T) []v1alpha1.SimpleTrigger {
	return rapid.SliceOfN(rapid.Custom(drawOne), 1, 3).Draw(r, "triggers")
}

// drawOne draws a trigger with many that are at the edge of what a policy can read.
func drawOne(r *rapid.T) v1alpha1.SimpleTrigger {
	second := rapid.SampledFrom([]string{"", " ", "0", "5", "05", "0,30", "*/20", "10-12", "*", "59", "0-0"})
	minute := rapid.SampledFrom([]string{"", " ", "0", "7", "*/5", "*/7", "*/15", "*/30", "0,30", "0,59", "5,25,45", "0-59/20", "*", "*/45"})
	hour := rapid.SampledFrom([]string{"", "\u00a0", "0", "6", "*/6", "*/5", "*/12", "0,23", "0,12", "9-17", "*"})
	switch rapid.IntRange(0, 4).Draw(r, "simple") {
	case 0:
		return interval(rapid.SampledFrom([]int32{1, 2, 9, 10, 30, 60, 90, 299, 300, 3600, 86400}).Draw(r, "seconds"),
			rapid.SampledFrom([]string{"", "2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z", "2026-01-01T00:00:30Z"}).Draw(r, "startAt"))
	case 1:
		field := func(texts *rapid.Generator[string], name string) *intstr.IntOrString {
			if text := texts.Draw(r, name); text != "" {
				return new(intstr.Parse(text))
			}
			return nil
		}
		return v1alpha1.SimpleTrigger{Cron: &v1alpha1.CronTrigger{
			Day:  field(rapid.SampledFrom([]string{"", "1", "last", " "}), "day"),
			Week: field(rapid.SampledFrom([]string{"", "*/2"}), "week"), DayOfWeek: field(rapid.SampledFrom([]string{"", "mon-fri", "0"}), "dayOfWeek"),
			Hour: field(hour, "hour"), Minute: field(minute, "minute"), Second: field(second, "second"),
		}}
	case 2:
		return v1alpha1.SimpleTrigger{Schedule: rapid.SampledFrom([]string{
			"@every 1s", "@every +1s", "@every .0025h", "@every 10s", "@every 1m30s", "@every 90s", "@every 1h", "@every 0h0m5s", "@every 1000ms", "@every 24h", "@hourly", "@daily", "@weekly",
		}).Draw(r, "macro")}
	case 3:
		return v1alpha1.SimpleTrigger{Date: &v1alpha1.DateTrigger{RunAt: v1alpha1.DateTime(
			rapid.SampledFrom([]string{"2026-01-06T09:00:00Z", "2026-01-06T09:00:05+01:00", "2026-01-06T09:00:01", "2026-07-06T09:00:30"}).Draw(r, "runAt"))}}
	default:
		orStar := func(text string) string {
			if strings.TrimSpace(text) == "" {
				return "*"
			}
			return text
		}
		return v1alpha1.SimpleTrigger{Schedule: orStar(minute.Draw(r, "minute")) + rapid.SampledFrom([]string{" ", "  ", "\t"}).Draw(r, "blank") + orStar(hour.Draw(r, "hour")) +
			rapid.SampledFrom([]string{" * * *", " 1 * mon", " * * 1-5"}).Draw(r, "days")}
	}
}
