package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/adhocore/gronx"
	"github.com/carillon-dev/carillon/trigger"
	"github.com/hashicorp/cronexpr"
	netresearch "github.com/netresearch/go-cron"
	"github.com/reugn/go-quartz/quartz"
	robfig "github.com/robfig/cron/v3"
)

// next returns the first slot after an instant, false if there is none.
type next func(after time.Time) (slot time.Time, ok bool)

// A library parses an expression, as far as it can, into its function.
type library struct {
	name  string
	parse func(e expression) (next, error)
}

// ours is the library that the others are compared with.
const ours = "carillon"

// libraries are all that take part. Each is given instants in the zone of the
// expression, which is what most of them need and the rest do not mind.
var libraries = []library{
	{ours, parseOurs},
	{"robfig", parseRobfig},
	{"netresearch", parseNetresearch},
	{"cronexpr", parseCronexpr},
	{"gronx", parseGronx},
	{"go-quartz", parseQuartz},
}

func parseOurs(e expression) (next, error) {
	compiled, err := trigger.Compile(trigger.Spec{Schedule: e.cron, Cron: e.fields, TimeZone: e.zone}, trigger.Options{})
	if err != nil {
		return nil, err
	}
	return compiled.Next, nil
}

// parseRobfig is what CronJob does, where the zone stands before the schedule.
func parseRobfig(e expression) (next, error) {
	schedule, err := robfig.ParseStandard(withZone(e))
	if err != nil {
		return nil, err
	}
	return zeroIsNone(schedule.Next), nil
}

func parseNetresearch(e expression) (next, error) {
	schedule, err := netresearch.ParseStandard(withZone(e))
	if err != nil {
		return nil, err
	}
	return zeroIsNone(schedule.Next), nil
}

func parseCronexpr(e expression) (next, error) {
	parsed, err := cronexpr.Parse(e.extended())
	if err != nil {
		return nil, err
	}
	return zeroIsNone(parsed.Next), nil
}

// parseGronx has nothing to parse: the library does it in every call.
func parseGronx(e expression) (next, error) {
	text := e.extended()
	if !gronx.IsValid(text) {
		return nil, fmt.Errorf("invalid expression %q", text)
	}
	return func(after time.Time) (time.Time, bool) {
		slot, err := gronx.NextTickAfter(text, after, false)
		return slot, err == nil
	}, nil
}

func parseQuartz(e expression) (next, error) {
	location, err := time.LoadLocation(e.zone)
	if err != nil {
		return nil, err
	}
	parsed, err := quartz.NewCronTriggerWithLoc(e.quartz(), location)
	if err != nil {
		return nil, err
	}
	return func(after time.Time) (time.Time, bool) {
		slot, err := parsed.NextFireTime(after.UnixNano())
		return time.Unix(0, slot).In(location), err == nil
	}, nil
}

func withZone(e expression) string {
	if e.zone == "" {
		return e.cron
	}
	return "CRON_TZ=" + e.zone + " " + e.cron
}

// zeroIsNone is for libraries that return the zero time when there is no slot.
func zeroIsNone(f func(time.Time) time.Time) next {
	return func(after time.Time) (time.Time, bool) {
		slot := f(after)
		return slot, !slot.IsZero()
	}
}

// quartzDays are the days of the week as Quartz calls them, where numbers begin
// elsewhere.
var quartzDays = strings.NewReplacer("0", "SUN", "1", "MON", "2", "TUE", "3", "WED", "4", "THU", "5", "FRI", "6", "SAT", "7", "SUN")

// quartz is the expression for Quartz: with seconds, and with a question mark for
// one kind of day.
func (e expression) quartz() string {
	if e.fields != nil {
		return e.inQuartz
	}
	fields := strings.Fields(e.cron)
	if len(fields) != 5 {
		return e.cron
	}
	if fields[4] == "*" {
		fields[4] = "?"
	} else {
		fields[4] = quartzDays.Replace(fields[4])
		if fields[2] == "*" {
			fields[2] = "?"
		}
	}
	return "0 " + strings.Join(fields, " ")
}

// extended is the expression for libraries that can count the days of the week in
// a month.
func (e expression) extended() string {
	if e.fields != nil {
		return e.inExtended
	}
	return e.cron
}
