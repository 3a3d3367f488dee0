package taskspec

import (
	"strconv"

	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/trigger"
)

// Trigger gives a trigger of the API to the trigger package. Nothing is checked.
func Trigger(in *v1alpha1.Trigger) trigger.Spec {
	out := simple(&in.SimpleTrigger)
	out.Shutdown = in.Shutdown != nil
	if in.Jitter != nil {
		out.Jitter = in.Jitter.Duration
	}
	for i := range in.AnyOf {
		out.AnyOf = append(out.AnyOf, simple(&in.AnyOf[i]))
	}
	for i := range in.AllOf {
		out.AllOf = append(out.AllOf, simple(&in.AllOf[i]))
	}
	return out
}

func simple(in *v1alpha1.SimpleTrigger) trigger.Spec {
	out := trigger.Spec{
		Schedule: in.Schedule, TimeZone: in.TimeZone,
		StartAt: string(in.StartAt), EndAt: string(in.EndAt),
	}
	if c := in.Cron; c != nil {
		out.Cron = &trigger.CronFields{
			Year: field(c.Year), Month: field(c.Month), Day: field(c.Day), Week: field(c.Week),
			DayOfWeek: field(c.DayOfWeek), Hour: field(c.Hour), Minute: field(c.Minute), Second: field(c.Second),
		}
	}
	if i := in.Interval; i != nil {
		out.Interval = &trigger.Interval{
			Weeks: int64(i.Weeks), Days: int64(i.Days), Hours: int64(i.Hours), Minutes: int64(i.Minutes), Seconds: int64(i.Seconds),
		}
	}
	if d := in.Date; d != nil {
		out.Date = &trigger.Date{RunAt: string(d.RunAt)}
	}
	return out
}

// field is a cron field as text; "" is one that is not given.
func field(v *intstr.IntOrString) string {
	switch {
	case v == nil:
		return ""
	case v.Type == intstr.Int:
		return strconv.Itoa(int(v.IntVal))
	default:
		return v.StrVal
	}
}
