package doctor

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/cli/plan"
	"github.com/carillon-dev/carillon/internal/cli/text"
)

// population is all Tasks and Schedulers that were read.
type population struct {
	tasks      []v1alpha1.Task
	schedulers []v1alpha1.Scheduler
	now        time.Time
	lag        time.Duration
}

// shown is how many names are written before the rest is counted.
const shown = 5

// A question is asked about every Task.
type question struct {
	check  string
	status status // if there are such Tasks
	is     func(p *population, t *v1alpha1.Task) bool
	one    string // is said of one such Task
	many   string // is said of several
	none   string // is said if there are none
	advice string
}

var questions = []question{
	{
		"unseen Tasks", bad, (*population).unseen, "Task was looked at by no manager", "Tasks were looked at by no manager", "a manager has looked at every Task",
		"a manager takes seconds to look at a Task: look at the check manager, and at its log, which begins with the namespaces that it watches if it watches only some; an Event RecordTooLarge says that the status does not fit beside a Task",
	},
	{
		"late Tasks", bad, (*population).late, "Task has a slot that is overdue", "Tasks have a slot that is overdue", "no slot is overdue",
		"the manager does not decide what is due: look at its log, and at the runbook of CarillonScheduleDelay",
	},
	{
		"stalled Tasks", look, (*population).stalled, "Task is stalled", "Tasks are stalled", "no Task is stalled",
		"their condition Stalled says what to change: kubectl carillon explain TASK",
	},
	{
		"failing Tasks", look, (*population).failing, "Task has failed at least three times in a row", "Tasks have failed at least three times in a row", "no Task fails again and again",
		"kubectl carillon get TASK says why, and kubectl carillon logs TASK what they write",
	},
	{
		"waiting runs", look, (*population).starved, "Task waits for capacity of its executor or a quota of its namespace", "Tasks wait for capacity of their executor or a quota of their namespace", "no run waits for capacity",
		"status.active[].message of the Task says for which: see spec.executors of the Scheduler, and limits of namespaces in docs/operations.md",
	},
	{
		"refused Pods", look, (*population).refused, "Task has a Pod that the API server refuses so far", "Tasks have a Pod that the API server refuses so far", "no Pod is refused",
		"status.active[].message of the Task has the words of the API server: it is tried again until startTimeout or misfireGracePeriod is over",
	},
	{
		"clock of the manager", look, (*population).ahead, "Task has been decided through a time that is ahead of the manager's clock", "Tasks have been decided through a time that is ahead of the manager's clock", "the manager's clock agrees with the records",
		"a manager's clock was ahead for some time; they go on when that time has come",
	},
}

// findings asks all questions.
func (p *population) findings() []finding {
	all := []finding{{"Tasks", good, text.Count(len(p.tasks), "Task") + ", " + text.Count(len(p.schedulers), "Scheduler"), ""}}
	for _, q := range questions {
		var names []string
		for i := range p.tasks {
			if t := &p.tasks[i]; q.is(p, t) {
				names = append(names, t.Namespace+"/"+t.Name)
			}
		}
		if len(names) == 0 {
			all = append(all, finding{q.check, good, q.none, ""})
			continue
		}
		what := q.many
		if len(names) == 1 {
			what = q.one
		}
		all = append(all, finding{q.check, q.status, fmt.Sprintf("%d %s: %s", len(names), what, abbreviate(names)), q.advice})
	}
	return append(all, p.pausedSchedulers())
}

// abbreviate writes the first of some names, and counts the rest.
func abbreviate(names []string) string {
	if len(names) <= shown {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:shown], ", "), len(names)-shown)
}

func (p *population) unseen(t *v1alpha1.Task) bool {
	return t.Status.ObservedGeneration != t.Generation && p.now.Sub(t.CreationTimestamp.Time) > p.lag
}

// late reports whether a slot is overdue that nothing keeps from being decided.
func (p *population) late(t *v1alpha1.Task) bool {
	return !p.unseen(t) && plan.IsLate(t, p.now, p.lag)
}

func (p *population) stalled(t *v1alpha1.Task) bool {
	return t.Status.State == v1alpha1.TaskStalled
}

// enough is how many failures in a row are worth a look.
const enough = 3

func (p *population) failing(t *v1alpha1.Task) bool {
	failures := 0
	for i := range t.Status.RecentRuns {
		switch t.Status.RecentRuns[i].Outcome {
		case v1alpha1.OutcomeFailed, v1alpha1.OutcomeLost:
			failures++
		case v1alpha1.OutcomeSucceeded:
			return failures >= enough
		case v1alpha1.OutcomeMissed, v1alpha1.OutcomeSkipped, v1alpha1.OutcomeReplaced, v1alpha1.OutcomeCancelled: // they say nothing of the work
		}
	}
	return failures >= enough
}

func (p *population) starved(t *v1alpha1.Task) bool {
	return slices.ContainsFunc(t.Status.Active, func(run v1alpha1.ActiveRun) bool {
		// An in-process run that waits is recorded as one that is about to start.
		waits := run.State == v1alpha1.RunPending || run.State == v1alpha1.RunStarting && run.Holder != ""
		since := cmp.Or(run.QueuedTime, run.StartTime)
		return waits && since != nil && p.now.Sub(since.Time) > p.lag
	})
}

// refused reports whether the Pod of a run could not be created so far.
func (p *population) refused(t *v1alpha1.Task) bool {
	return slices.ContainsFunc(t.Status.Active, func(run v1alpha1.ActiveRun) bool {
		return run.State == v1alpha1.RunStarting && run.Holder == "" && run.PodName == "" && run.StartTime != nil && p.now.Sub(run.StartTime.Time) > p.lag
	})
}

func (p *population) ahead(t *v1alpha1.Task) bool {
	ready := meta.FindStatusCondition(t.Status.Conditions, v1alpha1.ConditionReady)
	return ready != nil && ready.Reason == v1alpha1.ReasonClockBehind
}

// pausedSchedulers reports those that hold their Tasks back: it is easily forgotten.
func (p *population) pausedSchedulers() finding {
	var names []string
	for i := range p.schedulers {
		if s := &p.schedulers[i]; s.Spec.Paused {
			names = append(names, s.Namespace+"/"+s.Name)
		}
	}
	if len(names) == 0 {
		return finding{"paused Schedulers", good, "no Scheduler is paused", ""}
	}
	are := "are"
	if len(names) == 1 {
		are = "is"
	}
	return finding{
		"paused Schedulers", look, fmt.Sprintf("%s %s paused: %s", text.Count(len(names), "Scheduler"), are, abbreviate(names)),
		"nothing of their Tasks starts, and slots wait: kubectl carillon resume scheduler/NAME",
	}
}
