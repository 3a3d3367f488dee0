package explain

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

// Who uses the capacity that a run waits for: the Tasks of its Scheduler and executor that have
// runs with an attempt.
func TestHolders(t *testing.T) {
	t.Parallel()
	task := func(name string, mod func(*v1alpha1.Task), states ...v1alpha1.RunState) v1alpha1.Task {
		made := v1alpha1.Task{ObjectMeta: metav1.ObjectMeta{Name: name}}
		made.Spec.Action.Pod = &v1alpha1.PodAction{}
		for _, state := range states {
			made.Status.Active = append(made.Status.Active, v1alpha1.ActiveRun{State: state})
		}
		if mod != nil {
			mod(&made)
		}
		return made
	}
	waits := task("waits", nil, v1alpha1.RunPending)
	tasks := []v1alpha1.Task{
		waits,
		task("starts", nil, v1alpha1.RunStarting),
		task("busy", nil, v1alpha1.RunRunning, v1alpha1.RunStopping, v1alpha1.RunPending),
		task("queued", nil, v1alpha1.RunQueued, v1alpha1.RunBackoff),
		task("elsewhere", func(task *v1alpha1.Task) { task.Spec.SchedulerName = "night" }, v1alpha1.RunRunning),
		task("other-executor", func(task *v1alpha1.Task) { task.Spec.Executor = "large" }, v1alpha1.RunRunning),
		task("in-process", func(task *v1alpha1.Task) { task.Spec.Action = v1alpha1.Action{Handler: &v1alpha1.HandlerAction{}} }, v1alpha1.RunRunning),
	}
	got := holdersAmong(tasks, &waits)
	if diff := cmp.Diff([]holder{{"busy", 2}, {"starts", 1}}, got, cmp.AllowUnexported(holder{})); diff != "" {
		t.Errorf("holders (-want +got):\n%s", diff)
	}
	if want := "These Tasks have runs that use the capacity: busy (2 runs), starts."; usage(got) != want {
		t.Errorf("it says %q, want %q", usage(got), want)
	}
	for i := range 6 {
		got = append(got, holder{fmt.Sprint("task-", i), 1})
	}
	if want := "These Tasks have runs that use the capacity: busy (2 runs), starts, task-0, task-1, task-2, and 3 more."; usage(got) != want {
		t.Errorf("it says %q, want %q", usage(got), want)
	}
}
