package sim

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/fixture"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/trigger"
)

// simZones are zones that change their clocks in different ways, at different
// times, or not at all.
var simZones = []string{
	"UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "America/Santiago", "Africa/Cairo",
	"Asia/Kolkata", "Pacific/Chatham", "Antarctica/Troll", "Africa/Casablanca", "America/St_Johns", "Asia/Tehran",
}

// brief marks Tasks with slots seconds apart, which live for a day.
const brief = "brief-"

func isBrief(task model.Task) bool { return strings.HasPrefix(task.Name, brief) }

// populate makes the Tasks, over the first hours, and has the brief ones come and
// go all the time.
func (s *sim) populate() {
	for i := range s.simConfig.tasks {
		s.in(between(s.rng, 0, 6*time.Hour), func() { s.create(s.newTask(s.rng, fmt.Sprintf("task-%d", i))) })
	}
	born := 0
	s.recurring(1.5/float64(s.days)+0.02, func() { s.createBrief(&born) })
}

// createBrief makes a Task with slots seconds apart that is deleted after a day.
func (s *sim) createBrief(born *int) {
	*born++
	task := s.newTask(s.rng, fmt.Sprintf("%s%d", brief, *born))
	task.Trigger = s.compile(trigger.Spec{Interval: &trigger.Interval{Seconds: 1 + s.rng.Int64N(20)}}, task.Created)
	s.create(task)
	t := s.tasks[task.Key.String()]
	s.in(24*time.Hour, func() { s.remove(t) })
}

// newTask returns a Task of any kind with any policies.
func (s *sim) newTask(rng *rand.Rand, name string) model.Task {
	now := fixture.Cut(time.Now())
	task := model.Task{
		Key:     model.Key{Namespace: "ns", Name: name, UID: fmt.Sprintf("%016x", rng.Uint64())},
		Created: now, Executor: "any", InProcess: chance(rng, 0.3), ActionHash: "action-0",
	}
	switch {
	case task.InProcess:
		task.Executor, task.MaxConcurrent = "pool", 2
	case chance(rng, 0.5):
		task.Executor, task.MaxConcurrent = "narrow", 3
	}
	task.Trigger = s.someTrigger(rng, now)
	s.policies(rng, &task)
	return task
}

// policies chooses all that is not the trigger.
func (s *sim) policies(rng *rand.Rand, task *model.Task) {
	task.Coalesce = chance(rng, 0.5)
	task.CatchUpLimit = pick(rng, 1, 2, 5, 100)
	task.MaxInstances = pick(rng, 1, 1, 1, 2, 3)
	task.OverlapPolicy = pick(rng, model.OverlapSkip, model.OverlapQueue, model.OverlapReplace)
	task.Grace = pick(rng, 0, 0, 3*time.Second, time.Minute, time.Hour)
	task.Timeout = pick(rng, 0, 10*time.Minute, s.pace)
	task.StartTimeout = pick(rng, time.Minute, 10*time.Minute)
	task.StopGrace = 30 * time.Second
	task.KeepSucceeded, task.KeepFailed = pick(rng, 0, 1, 3), pick(rng, 0, 1, 3)
	task.Retry = pick(rng, model.Retry{}, model.Retry{MaxAttempts: 3, Initial: 5 * time.Second, Factor: 2, Max: time.Minute},
		model.Retry{MaxAttempts: 2, Initial: s.pace / 4, Factor: 1, Max: s.pace})
}

// someTrigger returns a trigger of any kind whose slots are about a pace apart.
func (s *sim) someTrigger(rng *rand.Rand, created time.Time) *trigger.Trigger {
	spec := s.someSpec(rng, created)
	if spec.Shutdown {
		return s.compile(spec, created)
	}
	switch rng.IntN(8) {
	case 0:
		spec.Jitter = between(rng, time.Second, s.pace).Truncate(time.Second)
	case 1:
		spec.EndAt = created.Add(about(rng, time.Duration(s.days)*12*time.Hour)).Format(time.RFC3339)
	case 2:
		if spec.Interval == nil && !strings.HasPrefix(spec.Schedule, "@every") {
			spec.StartAt = created.Add(about(rng, 24*time.Hour)).Format(time.RFC3339)
		}
	}
	return s.compile(spec, created)
}

func (s *sim) someSpec(rng *rand.Rand, created time.Time) trigger.Spec {
	zone := pick(rng, simZones...)
	calendar := func() trigger.Spec { return s.someCalendar(rng) }
	switch p := rng.IntN(100); {
	case p < 25:
		seconds := int64(between(rng, s.pace/2, 2*s.pace) / time.Second)
		return trigger.Spec{Interval: &trigger.Interval{Seconds: seconds}}
	case p < 35:
		return trigger.Spec{Interval: &trigger.Interval{Days: 1 + rng.Int64N(3), Hours: rng.Int64N(3)}, TimeZone: zone}
	case p < 75:
		spec := calendar()
		spec.TimeZone = zone
		return spec
	case p < 78:
		return trigger.Spec{Shutdown: true}
	case p < 82:
		return trigger.Spec{Date: &trigger.Date{}}
	case p < 88:
		runAt := created.Add(about(rng, time.Duration(s.days)*6*time.Hour) - time.Hour)
		return trigger.Spec{Date: &trigger.Date{RunAt: runAt.Format(time.RFC3339)}}
	case p < 94:
		other := calendar()
		other.TimeZone = zone
		return trigger.Spec{AnyOf: []trigger.Spec{calendar(), other}}
	default:
		return trigger.Spec{AllOf: []trigger.Spec{calendar(), {Cron: &trigger.CronFields{DayOfWeek: "mon-fri", Second: "*"}, TimeZone: zone}}}
	}
}

// someCalendar returns a calendar trigger whose slots are about a pace apart, some
// of them in bursts.
func (s *sim) someCalendar(rng *rand.Rand) trigger.Spec {
	minute, hour, day := rng.IntN(60), rng.IntN(24), 1+rng.IntN(28)
	every := max(int(s.pace/time.Minute), 1)
	if every >= 60 {
		return pick(rng,
			trigger.Spec{Schedule: fmt.Sprintf("%d */%d * * *", minute, min(every/60, 12))},
			trigger.Spec{Schedule: fmt.Sprintf("%d,%d %d * * *", minute, (minute+1)%60, hour)},
			trigger.Spec{Schedule: fmt.Sprintf("%d %d * * *", minute, 1+rng.IntN(3))},
			trigger.Spec{Schedule: fmt.Sprintf("0 0 %d,15 * 1", day)},
			trigger.Spec{Schedule: "0 9-17/2 * * 1-5"},
			trigger.Spec{Cron: &trigger.CronFields{Hour: fmt.Sprintf("*/%d", min(every/60, 12)), Minute: fmt.Sprint(minute)}},
			trigger.Spec{Cron: &trigger.CronFields{Day: "1st fri", Hour: "*/2"}},
			trigger.Spec{Cron: &trigger.CronFields{Day: "last", Hour: fmt.Sprint(hour), Minute: "*/20"}},
		)
	}
	return pick(rng,
		trigger.Spec{Schedule: fmt.Sprintf("*/%d * * * *", every)},
		trigger.Spec{Schedule: fmt.Sprintf("%d,%d * * * *", minute, (minute+1)%60)},
		trigger.Spec{Schedule: fmt.Sprintf("*/%d %d-%d * * *", max(every/4, 1), hour, min(hour+4, 23))},
		trigger.Spec{Schedule: fmt.Sprintf("@every %dm", every)},
		trigger.Spec{Cron: &trigger.CronFields{Minute: fmt.Sprintf("*/%d", every), Second: fmt.Sprint(minute)}},
		trigger.Spec{Cron: &trigger.CronFields{DayOfWeek: "mon-fri", Hour: "*", Minute: fmt.Sprintf("%d", minute)}},
	)
}

func (s *sim) compile(spec trigger.Spec, created time.Time) *trigger.Trigger {
	compiled, err := trigger.Compile(spec, trigger.Options{Created: created})
	if err != nil {
		panic(fmt.Sprintf("compiling %+v: %v", spec, err))
	}
	return compiled
}
