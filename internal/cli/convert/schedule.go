package convert

import (
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
)

// utc is the zone of a CronJob that names none, as the clocks of control planes go.
const utc = "Etc/UTC"

// schedule takes over when it runs.
func (c *converter) schedule() {
	spec, trigger := &c.from.Spec, &c.to.Spec.Trigger
	trigger.Schedule, trigger.TimeZone = spec.Schedule, ptr.Deref(spec.TimeZone, "")
	for _, prefix := range []string{"TZ=", "CRON_TZ="} {
		if rest, found := strings.CutPrefix(strings.TrimSpace(spec.Schedule), prefix); found {
			zone, schedule, _ := strings.Cut(rest, " ")
			trigger.Schedule, trigger.TimeZone = strings.TrimSpace(schedule), zone
			c.changed("spec.schedule", "the zone of %s%s is in timeZone", prefix, zone)
		}
	}
	if trigger.TimeZone == "" {
		trigger.TimeZone = utc
		c.changed("spec.timeZone", "none is given, and a CronJob then goes by the clock of kube-controller-manager: taken to be %s; leave it out to have the Scheduler's", utc)
	}
	if strings.HasPrefix(trigger.Schedule, "@every") {
		c.changed("spec.schedule", "a Task counts %s from its creation, and a CronJob from its last run", trigger.Schedule)
	}
	if ptr.Deref(spec.Suspend, false) {
		c.to.Spec.Paused = true
	}
	c.deadline(spec.StartingDeadlineSeconds)
}

// deadline takes over how late a run may start.
func (c *converter) deadline(seconds *int64) {
	if seconds == nil {
		return
	}
	grace := time.Duration(*seconds) * time.Second
	if grace < time.Second {
		grace = time.Second
		c.changed("spec.startingDeadlineSeconds", "%d lets a CronJob run never or by chance; the least for a Task is 1s", *seconds)
	}
	c.to.Spec.MisfireGracePeriod = &metav1.Duration{Duration: grace}
}
