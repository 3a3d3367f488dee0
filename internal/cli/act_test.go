package cli

import (
	"context"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

func TestPauseAndResume(t *testing.T) {
	t.Parallel()
	ns := population(t)
	for _, step := range []struct {
		args []string
		want string
	}{
		{[]string{"pause", "report", "tasks.carillon.dev/held"}, "task.carillon.dev/report paused\ntask.carillon.dev/held is paused already\n"},
		{[]string{"resume", "report", "--dry-run"}, "kubectl patch task.carillon.dev/report --namespace NS --type merge --patch '{\"spec\":{\"paused\":false}}'\n"},
		{[]string{"resume", "report", "--dry-run=server"}, "task.carillon.dev/report resumed (server dry run)\n"},
		{[]string{"pause", "report"}, "task.carillon.dev/report is paused already\n"},
		{[]string{"unpause", "-l", "team=report"}, "task.carillon.dev/report resumed\n"},
		{[]string{"resume", "scheduler/night"}, "scheduler.carillon.dev/night resumed\n"},
		{[]string{"pause", "cscheduler/night"}, "scheduler.carillon.dev/night paused\n"},
	} {
		if stdout, _ := mustRun(t, ns, step.args...); stdout != strings.ReplaceAll(step.want, "NS", ns) {
			t.Errorf("%q printed %q, want %q", step.args, stdout, step.want)
		}
	}
	task := getTask(t.Context(), t, ns, "report")
	if task.Spec.Paused {
		t.Error("report is paused after it was resumed")
	}
	sched := &v1alpha1.Scheduler{}
	if err := admin.Get(t.Context(), client.ObjectKey{Namespace: ns, Name: "night"}, sched); err != nil || !sched.Spec.Paused {
		t.Errorf("the Scheduler is not paused: %v", err)
	}
	for _, entry := range task.ManagedFields {
		if entry.Manager == "kubectl-carillon" && strings.Contains(entry.FieldsV1.GetRawString(), "f:trigger") {
			t.Error("more than paused was written")
		}
	}
}

func TestPauseAll(t *testing.T) {
	t.Parallel()
	ns := population(t)
	for _, step := range []struct {
		command string
		paused  bool
	}{{"pause", true}, {"resume", false}} {
		mustRun(t, ns, step.command, "--all")
		tasks := &v1alpha1.TaskList{}
		if err := admin.List(t.Context(), tasks, client.InNamespace(ns)); err != nil {
			t.Fatal(err)
		}
		if len(tasks.Items) < 2 {
			t.Fatalf("there are %d Tasks; the test proves nothing", len(tasks.Items))
		}
		for i := range tasks.Items {
			if tasks.Items[i].Spec.Paused != step.paused {
				t.Errorf("after %s --all, paused of %s is %t", step.command, tasks.Items[i].Name, !step.paused)
			}
		}
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	ns := population(t)
	for _, step := range []struct {
		args      []string
		said, set string
	}{
		{[]string{"cancel", "report"}, "task.carillon.dev/report has no active run\n", ""},
		{[]string{"cancel", "soon", "--dry-run"}, "kubectl patch task.carillon.dev/soon --namespace NS --type merge --patch '{\"metadata\":{\"annotations\":{\"carillon.dev/cancel-requested-at\":\"2026-03-06T12:00:00.000000Z\"}}}'\n", ""},
		{[]string{"stop", "task/soon", "2026-03-06T12:00:00+01:00"}, "task.carillon.dev/soon cancel requested\n", "run=2026-03-06T11:00:00Z 2026-03-06T12:00:00.000000Z"},
		{[]string{"cancel", "soon", "--pause"}, "task.carillon.dev/soon paused, cancel requested\n", "2026-03-06T12:00:00.000000Z"},
	} {
		if stdout, _ := mustRun(t, ns, step.args...); stdout != strings.ReplaceAll(step.said, "NS", ns) {
			t.Errorf("%q printed %q, want %q", step.args, stdout, step.said)
		}
		for _, name := range []string{"report", "soon"} {
			want := step.set
			if name == "report" {
				want = ""
			}
			if got := getTask(t.Context(), t, ns, name).Annotations[v1alpha1.AnnotationCancelRequestedAt]; got != want {
				t.Errorf("after %q the annotation of %s is %q, want %q", step.args, name, got, want)
			}
		}
	}
}

// The annotation has one value: a request about one run would replace one that is not handled yet.
func TestCancelDoesNotReplaceARequest(t *testing.T) {
	t.Parallel()
	ns := population(t)
	mustRun(t, ns, "cancel", "soon")
	_, stderr, status := inCluster(t, ns, "cancel", "soon", "2026-03-06T12:00:00+01:00")
	if want := "an earlier request to cancel runs of task soon is not handled yet"; status != 1 || !strings.Contains(stderr, want) {
		t.Errorf("status %d, said %q, want %q", status, stderr, want)
	}
	if task := getTask(t.Context(), t, ns, "soon"); task.Spec.Paused || task.Annotations[v1alpha1.AnnotationCancelRequestedAt] != "2026-03-06T12:00:00.000000Z" {
		t.Errorf("paused %t, annotations %v; want the first request alone", task.Spec.Paused, task.Annotations)
	}
	mustRun(t, ns, "cancel", "soon", "--pause")
	if !getTask(t.Context(), t, ns, "soon").Spec.Paused {
		t.Error("it is not paused")
	}
}

func TestRunRequest(t *testing.T) {
	t.Parallel()
	ns := population(t)
	stdout, stderr := mustRun(t, ns, "run", "report", "soon")
	if want := "task.carillon.dev/report run requested\ntask.carillon.dev/soon run requested\n"; stdout != want {
		t.Errorf("printed %q, want %q", stdout, want)
	}
	if want := "Warning: soon: Scheduler night is paused, and the run waits until it is resumed\n"; stderr != want {
		t.Errorf("said %q, want %q", stderr, want)
	}
	if got := getTask(t.Context(), t, ns, "report").Annotations[v1alpha1.AnnotationRunRequestedAt]; got != "2026-03-06T12:00:00.000000Z" {
		t.Errorf("the annotation is %q", got)
	}
	stdout, stderr = mustRun(t, ns, "run", "new", "--dry-run=client", "--wait")
	if !strings.Contains(stdout, `--patch '{"metadata":{"annotations":{"carillon.dev/run-requested-at":"`) || !strings.Contains(stderr, "no manager has looked at it yet") {
		t.Errorf("a dry run: %s%s", stdout, stderr)
	}
	if got := getTask(t.Context(), t, ns, "new").Annotations; len(got) > 0 {
		t.Errorf("a dry run wrote %v", got)
	}
}

// answer does as a manager would: it takes the request of a Task for handled, and says
// how the run has ended.
func answer(ctx context.Context, t *testing.T, ns, name string, outcome v1alpha1.RunOutcome) {
	t.Helper()
	task := awaitRequest(ctx, t, ns, name)
	if task == nil {
		return
	}
	begun := metav1.NewTime(present.Truncate(time.Second))
	ended := metav1.NewTime(begun.Add(5 * time.Second))
	task.Status.LastHandledRunRequest = task.Annotations[v1alpha1.AnnotationRunRequestedAt]
	task.Status.RecentRuns = append([]v1alpha1.RecentRun{{
		Source: v1alpha1.SourceManual, ScheduledTime: begun, StartTime: &begun, FinishTime: &ended,
		Outcome: outcome, Reason: string(outcome), Message: "it said so",
	}}, task.Status.RecentRuns...)
	if err := admin.Status().Update(ctx, task); err != nil {
		t.Error(err)
	}
}

// awaitRequest returns the Task as soon as somebody has requested a run of it, nil if ctx
// ends before.
func awaitRequest(ctx context.Context, t *testing.T, ns, name string) *v1alpha1.Task {
	t.Helper()
	watch, err := admin.Watch(ctx, &v1alpha1.TaskList{}, client.InNamespace(ns), client.MatchingFields{"metadata.name": name})
	if err != nil {
		t.Error(err)
		return nil
	}
	defer watch.Stop()
	for event := range watch.ResultChan() { // the first one is the Task as it is
		task, ok := event.Object.(*v1alpha1.Task)
		if ok && task.Annotations[v1alpha1.AnnotationRunRequestedAt] != "" {
			return task
		}
	}
	return nil
}

func TestRunAndWait(t *testing.T) {
	t.Parallel()
	for outcome, tc := range map[v1alpha1.RunOutcome]struct {
		status int
		want   string
	}{
		v1alpha1.OutcomeSucceeded: {0, "report: Succeeded, after 5s: it said so\n"},
		v1alpha1.OutcomeFailed:    {1, "report: Failed, after 5s: it said so\nerror: 1 of 1 runs have not succeeded\n"},
	} {
		t.Run(string(outcome), func(t *testing.T) {
			t.Parallel()
			ns := population(t)
			done := make(chan struct{})
			go func() {
				defer close(done)
				answer(t.Context(), t, ns, "report", outcome)
			}()
			_, stderr, status := inCluster(t, ns, "run", "report", "--wait", "--timeout=30s")
			<-done
			if status != tc.status || stderr != tc.want {
				t.Errorf("status %d, said %q, want %d and %q", status, stderr, tc.status, tc.want)
			}
		})
	}
	_, stderr, status := inCluster(t, population(t), "run", "report", "--wait", "--timeout=700ms")
	if status != 1 || !strings.Contains(stderr, "has not ended within 700ms; it goes on") {
		t.Errorf("status %d, said %q", status, stderr)
	}
}

func TestLogsOfCalls(t *testing.T) {
	t.Parallel()
	ns := population(t)
	stdout, stderr := mustRun(t, ns, "logs", "report")
	if stdout != "status 503\n" || !strings.Contains(stderr, "was a call inside the manager") {
		t.Errorf("printed %q, said %q", stdout, stderr)
	}
	makeTask(t, ns, "pod", `
  trigger: {schedule: "0 9 * * *"}
  action: {pod: {template: {spec: {containers: [{name: a, image: a}]}}}}
`, `
  recentRuns: [{scheduledTime: `+from(-time.Hour)+`, source: Scheduled, outcome: Succeeded, reason: Succeeded, podName: pod-1}]
`)
	for args, want := range map[string]string{
		"logs pod":                            "error: the Pod of the run of 2026-03-06T11:00:00Z is gone: spec.history says how many are kept\n",
		"logs pod --run 2026-03-06T10:00:00Z": "error: no Pod is there of such a run, nor is it in the record: kubectl carillon get shows the runs that are\n",
		"logs new --run=2026-03-06T10:00:00Z": "error: task new makes calls inside the manager, which have no Pod, and its record has no such run\n",
		"logs pod --run yesterday":            `error: --run "yesterday" is not an instant: write the slot with its offset, such as 2026-12-24T18:00:00Z; kubectl carillon get shows them` + "\n",
		"logs pod --attempt=-1":               "error: --attempt -1: must be at least 1\n",
		"logs pod --tail=-2":                  "error: --tail -2: must be at least 0, or -1 for all\n",
	} {
		if _, stderr, status := inCluster(t, ns, strings.Fields(args)...); status != 1 || stderr != want {
			t.Errorf("%s: status %d, said %q, want %q", args, status, stderr, want)
		}
	}
}
