package get

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/duration"
	"k8s.io/utils/ptr"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/cli/plan"
	"github.com/carillon-dev/carillon/internal/cli/text"
	"github.com/carillon-dev/carillon/trigger"
)

// coming is how many slots are shown.
const coming = 5

// noDuration stands for one that is not set.
var noDuration metav1.Duration

// page is what is printed of a Task.
type page struct {
	task  *v1alpha1.Task
	sched *v1alpha1.Scheduler // nil if there is none
	now   time.Time

	trigger *trigger.Trigger // nil if it cannot be read
	zone    *time.Location
}

func newPage(task *v1alpha1.Task, sched *v1alpha1.Scheduler, now time.Time) *page {
	p := &page{task: task, sched: sched, now: now, zone: time.UTC}
	if compiled, err := plan.Compile(task, sched, now); err == nil {
		p.trigger, p.zone = compiled, compiled.Location()
	}
	return p
}

// write writes the sections that there is something to say in.
func (p *page) write(ctx context.Context, out io.Writer) error {
	next := func(out io.Writer) { p.next(ctx, out) }
	for i, section := range []func(io.Writer){p.head, next, p.active, p.recent} {
		var text strings.Builder
		section(&text)
		if err := ctx.Err(); err != nil {
			return err //nolint:wrapcheck // somebody has interrupted it
		}
		if text.Len() == 0 {
			continue
		}
		if i > 0 {
			fmt.Fprintln(out)
		}
		if _, err := io.WriteString(out, text.String()); err != nil {
			return err //nolint:wrapcheck // writing to the terminal
		}
	}
	return nil
}

// head says what the Task is.
func (p *page) head(out io.Writer) {
	w := text.NewTable(out)
	row := func(name, value string) {
		if value != "" {
			// Further lines stay in the column of the values: none is taken for a row.
			fmt.Fprintf(w, "%s:\t%s\n", name, strings.ReplaceAll(strings.TrimSpace(value), "\n", "\n\t"))
		}
	}
	t, status := p.task, &p.task.Status
	row("Task", t.Namespace+"/"+t.Name)
	row("Description", t.Spec.Description)
	row("Schedule", status.Schedule)
	row("State", p.state())
	for _, condition := range status.Conditions {
		row(condition.Type, fmt.Sprintf("%s, %s: %s", condition.Status, condition.Reason, condition.Message))
	}
	row("Scheduler", p.scheduler())
	row("Settings", p.settings())
	if runs := status.RunCounts; runs != nil {
		row("So far", fmt.Sprintf("%d succeeded, %d failed, %d cancelled, %d missed, %d skipped, %d coalesced",
			runs.Succeeded, runs.Failed, runs.Cancelled, runs.Missed, runs.Skipped, runs.Coalesced))
	}
	row("Decided", p.instant(status.DecidedThrough))
	_ = w.Flush() // a strings.Builder takes everything
}

func (p *page) state() string {
	if p.task.Status.State == "" {
		return "not looked at yet by a manager"
	}
	return string(p.task.Status.State)
}

func (p *page) scheduler() string {
	name := p.task.SchedulerName()
	switch {
	case p.sched == nil:
		return name + " (does not exist)"
	case p.sched.Spec.Paused:
		return name + " (paused)"
	default:
		return name
	}
}

// settings are those in effect, after defaults.
func (p *page) settings() string {
	e := p.task.Status.Effective
	if e == nil {
		return ""
	}
	parts := []string{
		fmt.Sprintf("coalesce %t", ptr.Deref(e.Coalesce, true)),
		fmt.Sprintf("maxInstances %d", ptr.Deref(e.MaxInstances, 1)),
		"overlapPolicy " + string(e.OverlapPolicy),
		"executor " + e.Executor,
	}
	if e.ServiceAccountName != "" {
		parts = append(parts, "serviceAccountName "+e.ServiceAccountName)
	}
	if grace := ptr.Deref(e.MisfireGracePeriod, noDuration); grace.Duration > 0 {
		parts = append(parts, "misfireGracePeriod "+text.Setting(grace.Duration))
	}
	return strings.Join(parts, ", ")
}

// next shows the coming slots.
func (p *page) next(ctx context.Context, out io.Writer) {
	if p.trigger == nil || p.task.Spec.Paused || p.task.Spec.Trigger.Shutdown != nil || p.task.Status.State == v1alpha1.TaskStalled {
		return
	}
	if why := plan.Unserved(p.task, p.now); why != "" {
		fmt.Fprintf(out, "Next runs: none, since %s. It may be that no manager watches this namespace: kubectl carillon doctor says more.\n", why)
		return
	}
	slots, exhausted, err := plan.Slots(ctx, p.trigger, p.now, coming)
	fmt.Fprintf(out, "Next runs (%s):\n", p.trigger.TimeZone())
	for _, slot := range slots {
		fmt.Fprintf(out, "  %s\n", text.Instant(slot, p.zone, p.now))
	}
	switch {
	case err != nil:
		fmt.Fprintf(out, "  not known after that: %v\n", err)
	case exhausted:
		fmt.Fprintln(out, "  none after that")
	}
}

// active shows the unfinished runs.
func (p *page) active(out io.Writer) {
	if len(p.task.Status.Active) == 0 {
		return
	}
	fmt.Fprintln(out, "Active runs:")
	w := text.NewTable(out)
	fmt.Fprintln(w, "  SLOT\tSOURCE\tSTATE\tATTEMPT\tSINCE\tWHERE\tMESSAGE")
	for i := range p.task.Status.Active {
		run := &p.task.Status.Active[i]
		where := run.PodName
		if where == "" {
			where = run.Holder
		}
		fmt.Fprintf(w, "  %s\t%s\t%s\t%d\t%s\t%s\t%s\n", text.Time(run.ScheduledTime.Time, p.zone), run.Source, run.State, run.Attempt,
			p.age(cmp.Or(run.QueuedTime, run.StartTime)), orNone(where), brief(stopped(run), run.Message))
	}
	_ = w.Flush()
}

// stopped is why a run is being stopped, its last attempt failed or its Pod is going, if so.
func stopped(run *v1alpha1.ActiveRun) string {
	if run.Disrupted {
		return v1alpha1.ReasonPodDisrupted
	}
	return cmp.Or(run.StopReason, run.LastFailureReason)
}

// recent shows the newest outcomes.
func (p *page) recent(out io.Writer) {
	if len(p.task.Status.RecentRuns) == 0 {
		return
	}
	fmt.Fprintln(out, "Recent runs:")
	w := text.NewTable(out)
	fmt.Fprintln(w, "  SLOT\tSOURCE\tOUTCOME\tREASON\tLATE\tTOOK\tATTEMPTS\tCOALESCED\tPOD\tMESSAGE")
	for i := range p.task.Status.RecentRuns {
		run := &p.task.Status.RecentRuns[i]
		fmt.Fprintf(w, "  %s\t%s\t%s\t%s\t%s\t%s\t%d\t%d\t%s\t%s\n", text.Time(run.ScheduledTime.Time, p.zone), run.Source, run.Outcome, orNone(run.Reason),
			between(&run.ScheduledTime, run.StartTime), between(run.StartTime, run.FinishTime), run.Attempts, run.Coalesced, orNone(run.PodName), brief("", run.Message))
	}
	_ = w.Flush()
}

func (p *page) instant(t *metav1.Time) string {
	if t == nil {
		return ""
	}
	return "through " + text.Instant(t.Time, p.zone, p.now)
}

func (p *page) age(t *metav1.Time) string {
	if t == nil {
		return text.None
	}
	return duration.HumanDuration(p.now.Sub(t.Time))
}

// between is the time from one instant to another, or none if one of them is not known.
func between(from, to *metav1.Time) string {
	if from == nil || to == nil {
		return text.None
	}
	return duration.HumanDuration(max(0, to.Sub(from.Time)))
}

func orNone(value string) string {
	if value == "" {
		return text.None
	}
	return value
}

// brief is a reason and a message on one line.
func brief(reason, message string) string {
	message = text.Line(message)
	if reason == "" || message == "" {
		return reason + message
	}
	return reason + ": " + message
}
