package timeline

import (
	"cmp"
	"container/heap"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/cli/kube"
	"github.com/carillon-dev/carillon/internal/cli/plan"
	"github.com/carillon-dev/carillon/internal/cli/text"
	"github.com/carillon-dev/carillon/trigger"
)

// run is a coming run.
type run struct {
	Namespace string `json:"namespace"`
	Task      string `json:"task"`
	// ScheduledTime is the slot, DueTime the slot plus jitter; both in the trigger's zone.
	ScheduledTime string `json:"scheduledTime"`
	DueTime       string `json:"dueTime"`

	due time.Time
}

// timeline is what falls due in a window.
type timeline struct {
	Runs []run `json:"runs"`
	// More says that there are more runs in the window than were asked for.
	More bool `json:"more"`
	// Silent are the Tasks that have no coming runs, and why.
	Silent []silent `json:"silent"`
}

type silent struct {
	Namespace string `json:"namespace"`
	Task      string `json:"task"`
	Reason    string `json:"reason"`
}

// unserved is the reason of Tasks that no manager looks at or decides for.
const unserved = "Unserved"

// stream is the coming runs of one Task.
type stream struct {
	task    *v1alpha1.Task
	trigger *trigger.Trigger
	slot    time.Time
	due     time.Time
}

// advance goes to the slot after one. It returns why there is none, if so.
func (s *stream) advance(ctx context.Context, after time.Time) (why string, err error) {
	slot, ok, err := s.trigger.Find(ctx, after)
	switch {
	case errors.Is(err, trigger.ErrTooExpensive):
		return v1alpha1.ReasonTriggerTooExpensive, nil
	case err != nil:
		return "", err //nolint:wrapcheck // somebody has interrupted it
	case !ok:
		return v1alpha1.ReasonCompleted, nil
	}
	s.slot, s.due = slot, slot.Add(s.trigger.Delay(string(s.task.UID), slot))
	return "", nil
}

// streams are a heap, by when their next run is due. A jitter never overtakes the next
// slot, so each of them is in order.
type streams []*stream

func (s streams) Len() int { return len(s) }
func (s streams) Less(i, j int) bool {
	return cmp.Or(s[i].due.Compare(s[j].due), strings.Compare(s[i].task.Namespace, s[j].task.Namespace), strings.Compare(s[i].task.Name, s[j].task.Name)) < 0
}
func (s streams) Swap(i, j int) { s[i], s[j] = s[j], s[i] }
func (s *streams) Push(x any)   { *s = append(*s, x.(*stream)) } //nolint:forcetypeassert // by this package alone
func (s *streams) Pop() any {
	last := (*s)[len(*s)-1]
	*s = (*s)[:len(*s)-1]
	return last
}

// window is the time that is looked at, from an instant to before another, and the present.
type window struct{ from, to, now time.Time }

// merge finds the runs that are due in a window, at most so many. The error is that of ctx.
func merge(ctx context.Context, tasks []v1alpha1.Task, schedulers kube.Schedulers, in window, limit int) (found timeline, err error) {
	found = timeline{Runs: []run{}, Silent: []silent{}}
	var all streams
	for i := range tasks {
		s, why, err := open(ctx, &tasks[i], schedulers.Of(&tasks[i]), in)
		if err != nil {
			return found, err
		}
		if why != "" {
			found.Silent = append(found.Silent, silent{tasks[i].Namespace, tasks[i].Name, why})
			continue
		}
		all = append(all, s)
	}
	heap.Init(&all)
	for len(all) > 0 && all[0].due.Before(in.to) {
		if len(found.Runs) == limit {
			found.More = true
			break
		}
		s := all[0]
		zone := s.trigger.Location()
		found.Runs = append(found.Runs, run{s.task.Namespace, s.task.Name, text.Time(s.slot, zone), text.Time(s.due, zone), s.due})
		why, err := s.advance(ctx, s.slot)
		switch {
		case err != nil:
			return found, err
		case why == "":
			heap.Fix(&all, 0)
		default:
			heap.Pop(&all)
		}
	}
	return found, nil
}

// open goes to the first run of a Task that is due at or after an instant, or says why
// there is none.
func open(ctx context.Context, task *v1alpha1.Task, sched *v1alpha1.Scheduler, in window) (s *stream, why string, err error) {
	s = &stream{task: task}
	from := in.from
	if compiled, err := plan.Compile(task, sched, from); err == nil {
		s.trigger = compiled
	}
	if why := s.silence(sched, in.now); why != "" {
		return nil, why, nil
	}
	// A run that is due in the window may have its slot before it, by its jitter.
	jitter := ptr.Deref(task.Spec.Trigger.Jitter, metav1.Duration{}).Duration
	for after := from.Add(-jitter - time.Second); ; after = s.slot {
		why, err := s.advance(ctx, after)
		if why != "" || err != nil {
			return nil, why, err
		}
		if !s.due.Before(from) {
			return s, "", nil
		}
	}
}

// silence is why nothing of a Task runs, whatever its trigger says; empty: nothing keeps it from that.
func (s *stream) silence(sched *v1alpha1.Scheduler, now time.Time) string {
	switch {
	case s.trigger == nil || s.task.Status.State == v1alpha1.TaskStalled:
		return "Stalled"
	case s.task.Spec.Paused:
		return "Paused"
	case sched != nil && sched.Spec.Paused:
		return "SchedulerPaused"
	case s.task.Spec.Trigger.Shutdown != nil:
		return "AwaitingShutdown"
	case plan.Unserved(s.task, now) != "":
		return unserved
	default:
		return ""
	}
}

// write prints a table, and beside it what is not in it.
func (t timeline) write(out, errOut io.Writer, now time.Time) error {
	if len(t.Runs) > 0 {
		w := text.NewTable(out)
		fmt.Fprintln(w, "DUE\tIN\tNAMESPACE\tTASK\tSLOT")
		for _, r := range t.Runs {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", r.due.UTC().Format(time.RFC3339), text.Until(r.due.Sub(now)), r.Namespace, r.Task, r.ScheduledTime)
		}
		if err := w.Flush(); err != nil {
			return err //nolint:wrapcheck // writing to the terminal
		}
	}
	switch {
	case len(t.Runs) == 0:
		fmt.Fprintln(errOut, "Nothing falls due in that time.")
	case t.More:
		fmt.Fprintln(errOut, "There are more: raise --limit, or write a shorter --for.")
	}
	if len(t.Silent) > 0 {
		fmt.Fprintln(errOut, "Without coming runs: "+t.silence())
	}
	if slices.ContainsFunc(t.Silent, func(s silent) bool { return s.Reason == unserved }) {
		fmt.Fprintln(errOut, "Unserved means that no manager looks at the Task: kubectl carillon explain TASK and kubectl carillon doctor say more.")
	}
	return nil
}

// silence counts the Tasks without coming runs, by reason.
func (t timeline) silence() string {
	counts := map[string]int{}
	var reasons []string
	for _, s := range t.Silent {
		if counts[s.Reason]++; counts[s.Reason] == 1 {
			reasons = append(reasons, s.Reason)
		}
	}
	slices.Sort(reasons)
	for i, reason := range reasons {
		reasons[i] = fmt.Sprintf("%d %s", counts[reason], reason)
	}
	return strings.Join(reasons, ", ") + "."
}
