package get

import (
	"context"
	"fmt"
	"io"
	"strings"

	"k8s.io/utils/ptr"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/cli/kube"
	"github.com/carillon-dev/carillon/internal/cli/text"
)

// scheduler prints a Scheduler.
func (o *options) scheduler(ctx context.Context, c *kube.Client, name string) error {
	namespace, err := o.Namespace()
	if err != nil {
		return err //nolint:wrapcheck // it says all
	}
	sched, err := c.Scheduler(ctx, namespace, name)
	if err != nil {
		return err //nolint:wrapcheck // for kube.Explain
	}
	if !o.ForPeople() {
		return o.Print(o.Raw, sched)
	}
	var page strings.Builder
	o.writeScheduler(&page, sched)
	_, err = io.WriteString(o.Out, page.String())
	return err //nolint:wrapcheck // writing to the terminal
}

// writeScheduler says what a Scheduler is, who serves it, and how its Tasks are.
func (o *options) writeScheduler(out io.Writer, sched *v1alpha1.Scheduler) {
	w := text.NewTable(out)
	row := func(name, value string) {
		if value != "" {
			fmt.Fprintf(w, "%s:\t%s\n", name, text.Line(value))
		}
	}
	spec, status := &sched.Spec, &sched.Status
	row("Scheduler", sched.Namespace+"/"+sched.Name)
	state := string(status.State)
	if state == "" {
		state = "not looked at yet by a manager"
	}
	row("State", state)
	if spec.Paused {
		row("Paused", "spec.paused is true: nothing of its Tasks starts, and slots wait")
	}
	for _, condition := range status.Conditions {
		row(condition.Type, fmt.Sprintf("%s, %s: %s", condition.Status, condition.Reason, condition.Message))
	}
	if status.Holder != "" && status.StartedAt != nil {
		row("Manager", fmt.Sprintf("%s, since %s", status.Holder, text.Instant(status.StartedAt.UTC(), status.StartedAt.UTC().Location(), o.Now())))
	}
	row("Time zone", spec.TimeZone)
	row("Executors", executors(spec.Executors))
	if tasks := status.Tasks; tasks != nil {
		row("Tasks", fmt.Sprintf("%d: %d scheduled, %d paused, %d completed, %d stalled", tasks.Total, tasks.Scheduled, tasks.Paused, tasks.Completed, tasks.Stalled))
	}
	if delay := ptr.Deref(spec.StartupDelay, noDuration); delay.Duration > 0 {
		row("Startup delay", text.Setting(delay.Duration))
	}
	_ = w.Flush() // a strings.Builder takes everything
}

// executors are those of a Scheduler with their limits.
func executors(all []v1alpha1.Executor) string {
	parts := make([]string, 0, len(all))
	for _, e := range all {
		switch {
		case e.Pod != nil && e.Pod.MaxConcurrent > 0:
			parts = append(parts, fmt.Sprintf("%s (pod, maxConcurrent %d)", e.Name, e.Pod.MaxConcurrent))
		case e.Pod != nil:
			parts = append(parts, e.Name+" (pod)")
		case e.Pool != nil && e.Pool.MaxWorkers > 0:
			parts = append(parts, fmt.Sprintf("%s (pool, maxWorkers %d)", e.Name, e.Pool.MaxWorkers))
		case e.Pool != nil:
			parts = append(parts, e.Name+" (pool)")
		case e.Async != nil:
			parts = append(parts, e.Name+" (async)")
		}
	}
	return strings.Join(parts, ", ")
}
