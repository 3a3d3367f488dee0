package convert

import (
	"fmt"
	"math"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/carillon-dev/carillon/internal/cli/plan"
	"github.com/carillon-dev/carillon/trigger"
)

// utc is the zone of a CronJob that names none, since the clocks of control planes show UTC.
const utc = "Etc/UTC"

const (
	fieldSchedule = "spec.schedule"
	fieldTimeZone = "spec.timeZone"
	every         = "@every "
)

// schedule takes over when the Task runs.
func (c *converter) schedule() {
	spec, to := &c.from.Spec, &c.to.Spec.Trigger
	to.Schedule, to.TimeZone = spec.Schedule, ptr.Deref(spec.TimeZone, "")
	if strings.TrimSpace(spec.Schedule) == "" {
		c.refuse(fieldSchedule, `is missing; write five fields such as "30 8 * * 1-5"`)
		return
	}
	if spec.TimeZone != nil && *spec.TimeZone == "" {
		c.refuse(fieldTimeZone, "is empty; leave it out, or write a zone such as Europe/Berlin")
	}
	c.zoneInSchedule()
	if to.TimeZone == "" {
		to.TimeZone = utc
		c.kept(fieldTimeZone, "none is given: a CronJob then follows the clock of kube-controller-manager, taken to be %s; leave it out for the Scheduler's zone", utc)
	}
	if strings.HasPrefix(to.Schedule, every) {
		c.interval()
	}
}

// zoneInSchedule moves a zone out of the schedule. CronJobs of old have it there.
func (c *converter) zoneInSchedule() {
	to := &c.to.Spec.Trigger
	first, rest, _ := strings.Cut(strings.TrimSpace(to.Schedule), " ")
	zone, found := strings.CutPrefix(strings.TrimPrefix(first, "CRON_"), "TZ=")
	if !found {
		return
	}
	if to.TimeZone != "" {
		c.refuse(fieldSchedule, "has the zone %s, and timeZone is %s; write one of the two, in timeZone", zone, to.TimeZone)
		return
	}
	to.Schedule = strings.TrimSpace(rest)
	switch zone {
	case "":
		to.TimeZone = utc
	case "Local": // of kube-controller-manager, as without a zone
	default:
		to.TimeZone = zone
	}
	c.kept(fieldSchedule, "the zone of %s is in timeZone", first)
}

// interval takes over an @every. The CronJob controller drops fractions of a second, and
// takes less than a second for one.
func (c *converter) interval() {
	to := &c.to.Spec.Trigger
	written := strings.TrimPrefix(to.Schedule, every)
	distance, err := time.ParseDuration(written)
	if err != nil {
		return // plan reports it
	}
	if whole := max(distance.Truncate(time.Second), time.Second); whole != distance {
		to.Schedule = every + whole.String()
		c.kept(fieldSchedule, "%s is every %s for a CronJob, too, which counts whole seconds", strings.TrimSpace(every+written), whole)
	}
	c.changed(fieldSchedule, "a Task counts %s from its own creation; write startAt in the trigger, with the time of a run of the CronJob, to keep to its times", to.Schedule)
}

// suspend takes over whether anything starts.
func (c *converter) suspend() {
	if !ptr.Deref(c.from.Spec.Suspend, false) {
		return
	}
	c.to.Spec.Paused = true
	c.changed("spec.suspend", "a resumed Task forgets the slots that passed while it was paused; a CronJob runs once for them, within its startingDeadlineSeconds")
}

// longest is the longest duration that a field of a Task takes: 999999 hours, in seconds.
const longest = 999999 * 3600

// deadline takes over how late a run may start.
func (c *converter) deadline() {
	const field = "spec.startingDeadlineSeconds"
	seconds := c.from.Spec.StartingDeadlineSeconds
	notNegative(c, field, seconds)
	switch {
	case seconds == nil || *seconds < 0:
	case *seconds == 0:
		c.to.Spec.MisfireGracePeriod = &metav1.Duration{Duration: time.Second}
		c.changed(field, "0 has a CronJob run by chance or never; the least for a Task is 1s")
	case *seconds > longest:
		c.kept(field, "%d is longer than a Task can express: a run starts however late it is", *seconds)
	default:
		c.to.Spec.MisfireGracePeriod = &metav1.Duration{Duration: time.Duration(*seconds) * time.Second}
	}
}

// plan compiles the trigger as the manager does.
func (c *converter) plan() error {
	compiled, err := plan.Compile(c.to, nil, c.now)
	if err != nil {
		return inCronJob(err)
	}
	if compiled.Search(c.now).Outcome == trigger.Never {
		c.changed(fieldSchedule, "no date matches it: the CronJob never runs, and the Task reports that as Stalled")
	}
	c.clockChanges(compiled)
	return nil
}

// watched is for how many years changes of the clock are noted: each happens every year.
const watched = 2

// clockChanges notes what a Task does in another way when the clock changes. A schedule of
// every hour follows the clock, as that of a CronJob does.
func (c *converter) clockChanges(compiled *trigger.Trigger) {
	noted := map[trigger.ChangeKind]bool{}
	for _, change := range compiled.Changes(c.now, c.now.AddDate(watched, 0, 0), math.MaxInt16) {
		text := ""
		switch local := change.At.In(compiled.Location()); {
		case change.Kind == trigger.Moved:
			text = fmt.Sprintf("the clock of %s skips %s: a CronJob does not run then, and the Task runs at %s", compiled.TimeZone(), change.Wall, local.Format(time.TimeOnly))
		case change.Kind == trigger.Dropped && local.Format(time.DateTime) == change.Wall:
			text = fmt.Sprintf("the clock of %s shows %s twice: a CronJob runs twice then, and the Task once", compiled.TimeZone(), change.Wall)
		}
		if text != "" && !noted[change.Kind] {
			noted[change.Kind] = true
			c.changed(fieldSchedule, "%s", text)
		}
	}
}
