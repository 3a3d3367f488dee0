package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/trigger"
)

// scenario is what happens to a Task, whatever its policies are.
type scenario struct {
	file, title string
	// begin is when the Task is created, an interval before its first slot, and end the end of
	// the picture.
	begin, end time.Time
	// away and back bound the time without a manager; zero: there always is one.
	away, back time.Time
	// takes is how long the run of a slot takes.
	takes func(slot time.Time) time.Duration
	// instances are the values of maxInstances to draw Queue with; the others have 1.
	instances []int
}

// every is the distance of the slots.
const every = 10 * time.Minute

var policies = []model.OverlapPolicy{model.OverlapSkip, model.OverlapQueue, model.OverlapReplace}

// at returns a time of the day that the pictures show.
func at(hour, minute int) time.Time { return time.Date(2026, 12, 1, hour, minute, 0, 0, time.UTC) }

func always(d time.Duration) func(time.Time) time.Duration {
	return func(time.Time) time.Duration { return d }
}

// The durations are such that no run ends in the very second of a slot.
var scenarios = []scenario{
	{
		file: "overlap-busy.svg", title: "A slot every 10 minutes, runs of 24 minutes",
		begin: at(11, 50), end: at(13, 5), takes: always(24 * time.Minute), instances: []int{1, 3},
	},
	{
		file: "overlap-outage.svg", title: "A slot every 10 minutes, no manager for half an hour, runs of 4 minutes",
		begin: at(11, 50), end: at(13, 5), away: at(12, 2), back: at(12, 33), takes: always(4 * time.Minute), instances: []int{1},
	},
	{
		file: "overlap-both.svg", title: "A slot every 10 minutes, no manager for half an hour, and a run that goes on when it is back",
		begin: at(11, 50), end: at(13, 5), away: at(12, 2), back: at(12, 32),
		takes: func(slot time.Time) time.Duration {
			if slot.Equal(at(12, 0)) {
				return 35 * time.Minute
			}
			return 4 * time.Minute
		},
		instances: []int{1},
	},
}

// setting is how a Task may be written.
type setting struct {
	policy    model.OverlapPolicy
	coalesce  bool
	instances int
}

// row is a timeline, and the settings that lead to it.
type row struct {
	settings []setting
	timeline timeline
}

// rows returns the timelines of a scenario. Settings that lead to the same one share a row.
func (s *scenario) rows() ([]row, error) {
	var rows []row
	for _, set := range s.settings() {
		tr, err := trigger.Compile(trigger.Spec{Interval: &trigger.Interval{Minutes: int64(every / time.Minute)}}, trigger.Options{Created: s.begin})
		if err != nil {
			return nil, fmt.Errorf("compiling the trigger: %w", err)
		}
		line, err := simulate(*s, model.Task{
			Key: model.Key{Namespace: "default", Name: "task", UID: "uid"}, Generation: 1, Created: s.begin, Trigger: tr,
			Coalesce: set.coalesce, CatchUpLimit: 100, MaxInstances: set.instances, OverlapPolicy: set.policy,
			Executor: "pods", StopGrace: stopTime, KeepSucceeded: 3, KeepFailed: 3,
		})
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(rows, func(r row) bool { return slices.Equal(r.timeline.slots, line.slots) })
		if i < 0 {
			i, rows = len(rows), append(rows, row{timeline: line})
		}
		rows[i].settings = append(rows[i].settings, set)
	}
	return rows, nil
}

func (s *scenario) settings() []setting {
	var all []setting
	for _, policy := range policies {
		for _, instances := range s.instances {
			if instances > 1 && policy != model.OverlapQueue {
				continue
			}
			for _, coalesce := range []bool{true, false} {
				all = append(all, setting{policy, coalesce, instances})
			}
		}
	}
	return all
}

// label says in lines which settings lead to a row. It is an error if they are not all
// combinations of some policies with some values of coalesce: a label would say too much.
func (r *row) label() ([]string, error) {
	var with []model.OverlapPolicy
	var folds []string
	for _, set := range r.settings {
		if !slices.Contains(with, set.policy) {
			with = append(with, set.policy)
		}
		if value := fmt.Sprint(set.coalesce); !slices.Contains(folds, value) {
			folds = append(folds, value)
		}
	}
	if len(with)*len(folds) != len(r.settings) {
		return nil, fmt.Errorf("%v share a timeline, and are not all combinations of %v and %v", r.settings, with, folds)
	}
	policy := "overlapPolicy: " + string(with[0])
	switch len(with) {
	case 1:
	case len(policies):
		policy = "any overlapPolicy"
	default:
		return nil, fmt.Errorf("%v share a timeline, and others do not", with)
	}
	lines := []string{policy}
	if n := r.settings[0].instances; n > 1 {
		lines = append(lines, fmt.Sprintf("maxInstances: %d", n))
	}
	return append(lines, "coalesce: "+strings.Join(folds, " or ")), nil
}
