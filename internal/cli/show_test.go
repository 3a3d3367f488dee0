package cli

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

// population makes Tasks in every state.
func population(t *testing.T) string {
	t.Helper()
	ns := namespace(t)
	makeTask(t, ns, "report", daily, `
  observedGeneration: 1
  state: Scheduled
  schedule: 0 9 * * * Europe/Berlin
  nextRunTime: `+from(20*time.Hour)+`
  lastRunTime: `+from(-4*time.Hour)+`
  effective: {executor: workers, maxInstances: 1, coalesce: true, overlapPolicy: Skip, misfireGracePeriod: 5m}
  runCounts: {succeeded: 8, failed: 1}
  decidedThrough: `+from(-4*time.Hour)+`
  conditions:
  - {type: Ready, status: "True", reason: Scheduled, message: Slots are decided as they fall due., lastTransitionTime: `+from(-time.Hour)+`}
  - {type: LastRunSucceeded, status: "False", reason: Failed, message: "status 503", lastTransitionTime: `+from(-time.Hour)+`}
  recentRuns:
  - {scheduledTime: `+from(-4*time.Hour)+`, source: Scheduled, outcome: Failed, reason: Failed, attempts: 2, coalesced: 1, message: "status 503", startTime: `+from(-4*time.Hour+3*time.Second)+`, finishTime: `+from(-4*time.Hour+63*time.Second)+`}
`)
	makeTask(t, ns, "held", daily+"  paused: true\n", `
  observedGeneration: 1
  state: Paused
  conditions: [{type: Ready, status: "True", reason: Paused, message: paused, lastTransitionTime: `+from(-time.Hour)+`}]
`)
	makeTask(t, ns, "soon", daily+"  schedulerName: night\n", `
  observedGeneration: 1
  state: Scheduled
  nextRunTime: `+from(3*time.Minute)+`
  activeCount: 1
  active: [{source: Scheduled, scheduledTime: `+from(-time.Hour)+`, attempt: 2, state: Running, startTime: `+from(-10*time.Minute)+`, podName: soon-1, message: "so far, so good"}]
  conditions: [{type: Ready, status: "True", reason: SchedulerPaused, message: paused, lastTransitionTime: `+from(-time.Hour)+`}]
`)
	makeTask(t, ns, "new", daily, "  {}")
	create[v1alpha1.Scheduler](t, ns, "apiVersion: carillon.dev/v1alpha1\nkind: Scheduler\nmetadata: {name: night}\nspec: {paused: true}\n")
	return ns
}

// trimmed is a text without spaces at the ends of its lines.
func trimmed(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		lines = append(lines, strings.TrimRight(line, " \n"))
	}
	return strings.Join(lines, "\n")
}

func TestList(t *testing.T) {
	t.Parallel()
	ns := population(t)
	const head = "NAME     STATE                         NEXT     LAST     RESULT   ACTIVE"
	const held, fresh = "held     Paused                        <none>   <none>   <none>   0", "new      <unseen>                      <none>   <none>   <none>   0"
	const report, soon = "report   Scheduled                     20h      4h ago   Failed   0", "soon     Scheduled (SchedulerPaused)   3m       <none>   <none>   1"
	for name, tc := range map[string]struct {
		args []string
		want []string
	}{
		"by name":       {nil, []string{head, held, fresh, report, soon}},
		"by next":       {[]string{"--sort-by", "next"}, []string{head, soon, report, held, fresh}},
		"by last":       {[]string{"--sort-by", "last"}, []string{head, report, held, fresh, soon}},
		"by state":      {[]string{"--sort-by=state"}, []string{head, fresh, held, report, soon}},
		"some states":   {[]string{"--state", "Scheduled,Paused", "--no-headers", "--sort-by=next"}, []string{soon, report, held}},
		"with a label":  {[]string{"-l", "team=held", "--no-headers"}, []string{"held   Paused   <none>   <none>   <none>   0"}},
		"failed ones":   {[]string{"--failed", "--no-headers"}, []string{"report   Scheduled   20h   4h ago   Failed   0"}},
		"named ones":    {[]string{"held", "task/new", "--no-headers"}, []string{"held   Paused     <none>   <none>   <none>   0", "new    <unseen>   <none>   <none>   <none>   0"}},
		"for scripts":   {[]string{"-o", "name"}, []string{"task.carillon.dev/held", "task.carillon.dev/new", "task.carillon.dev/report", "task.carillon.dev/soon"}},
		"by a template": {[]string{"-o", `jsonpath={range .items[*]}{.metadata.name}{"\n"}{end}`, "--sort-by=next"}, []string{"soon", "report", "held", "new"}},
		"wide": {[]string{"-o", "wide", "--failed"}, []string{
			"NAME     STATE       NEXT   LAST     RESULT   ACTIVE   SCHEDULE                  SCHEDULER   EXECUTOR   SUCCEEDED   FAILED   MISSED   SKIPPED   COALESCED",
			"report   Scheduled   20h    4h ago   Failed   0        0 9 * * * Europe/Berlin   default     workers    8           1        0        0         0",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stdout, _ := mustRun(t, ns, append([]string{"list"}, tc.args...)...)
			if diff := cmp.Diff(strings.Join(tc.want, "\n"), trimmed(stdout)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	stdout, _ := mustRun(t, ns, "ls", "-A", "--no-headers")
	if !strings.Contains(stdout, ns+"   report   ") {
		t.Errorf("all namespaces:\n%s", stdout)
	}
	if stdout, stderr := mustRun(t, namespace(t), "list"); stdout != "" || stderr != "No Tasks found.\n" {
		t.Errorf("of nothing: %q, %q", stdout, stderr)
	}
}

func TestGet(t *testing.T) {
	t.Parallel()
	ns := population(t)
	stdout, _ := mustRun(t, ns, "get", "report")
	//nolint:dupword // the columns say the same
	want := `Task:               NS/report
Schedule:           0 9 * * * Europe/Berlin
State:              Scheduled
Ready:              True, Scheduled: Slots are decided as they fall due.
LastRunSucceeded:   False, Failed: status 503
Scheduler:          default (does not exist)
Settings:           coalesce true, maxInstances 1, overlapPolicy Skip, executor workers, misfireGracePeriod 5m
So far:             8 succeeded, 1 failed, 0 cancelled, 0 missed, 0 skipped, 0 coalesced
Decided:            through 2026-03-06T09:00:00+01:00 (4h ago)

Next runs (Europe/Berlin):
  2026-03-07T09:00:00+01:00 (in 20h)
  2026-03-08T09:00:00+01:00 (in 44h)
  2026-03-09T09:00:00+01:00 (in 2d20h)
  2026-03-10T09:00:00+01:00 (in 3d20h)
  2026-03-11T09:00:00+01:00 (in 4d20h)

Recent runs:
  SLOT                        SOURCE      OUTCOME   REASON   LATE   TOOK   ATTEMPTS   COALESCED   POD      MESSAGE
  2026-03-06T09:00:00+01:00   Scheduled   Failed    Failed   3s     60s    2          1           <none>   status 503`
	if diff := cmp.Diff(strings.Replace(want, "NS", ns, 1), trimmed(stdout)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	stdout, _ = mustRun(t, ns, "describe", "soon")
	for _, want := range []string{
		"Scheduler:   night (paused)\n",
		"Active runs:\n  SLOT                        SOURCE      STATE     ATTEMPT   SINCE   WHERE    MESSAGE\n" +
			"  2026-03-06T12:00:00+01:00   Scheduled   Running   2         10m     soon-1   so far, so good\n",
	} {
		if !strings.Contains(stdout, want) {
			t.Errorf("the page does not have\n%sbut\n%s", want, stdout)
		}
	}
	if stdout, _ = mustRun(t, ns, "get", "new"); !strings.Contains(stdout, "Next runs: none, since no manager has looked at the Task.") || strings.Contains(stdout, "(in ") {
		t.Errorf("of a Task that no manager looks at:\n%s", stdout)
	}
	stdout, _ = mustRun(t, ns, "get", "report", "-o", "json")
	read := &v1alpha1.Task{}
	if err := json.Unmarshal([]byte(stdout), read); err != nil || read.Kind != "Task" || read.Status.RunCounts.Succeeded != 8 {
		t.Errorf("as JSON: %v, %+v", err, read)
	}
}

func TestSchedulers(t *testing.T) {
	t.Parallel()
	ns := population(t)
	create[v1alpha1.Scheduler](t, ns, `
apiVersion: carillon.dev/v1alpha1
kind: Scheduler
metadata: {name: day}
spec: {timeZone: Europe/Berlin, executors: [{name: pods, pod: {maxConcurrent: 2}}, {name: workers, pool: {maxWorkers: 3}}]}
status: {state: Running, holder: manager-1, startedAt: `+from(-time.Hour)+`, tasks: {total: 3, scheduled: 2, stalled: 1}}
`)
	stdout, _ := mustRun(t, ns, "list", "schedulers")
	want := "NAME    STATE      TASKS   SCHEDULED   PAUSED   COMPLETED   STALLED   MANAGER\n" +
		"day     Running    3       2           0        0           1         manager-1\n" +
		"night   <unseen>   0       0           0        0           0         <none>"
	if diff := cmp.Diff(want, trimmed(stdout)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	want = `Scheduler:   NS/day
State:       Running
Manager:     manager-1, since 2026-03-06T11:00:00Z (60m ago)
Time zone:   Europe/Berlin
Executors:   pods (pod, maxConcurrent 2), workers (pool, maxWorkers 3)
Tasks:       3: 2 scheduled, 0 paused, 0 completed, 1 stalled`
	for _, args := range [][]string{{"get", "scheduler/day"}, {"get", "scheduler", "day"}} {
		stdout, _ = mustRun(t, ns, args...)
		if diff := cmp.Diff(strings.Replace(want, "NS", ns, 1), trimmed(stdout)); diff != "" {
			t.Errorf("%v (-want +got):\n%s", args, diff)
		}
	}
	if stdout, _ = mustRun(t, ns, "get", "task", "report"); !strings.HasPrefix(stdout, "Task:               "+ns+"/report\n") {
		t.Errorf("get task report:\n%s", stdout)
	}
	if stdout, _ = mustRun(t, ns, "list", "schedulers", "-o", "name"); stdout != "scheduler.carillon.dev/day\nscheduler.carillon.dev/night\n" {
		t.Errorf("for scripts:\n%s", stdout)
	}
}

func TestNextInTheCluster(t *testing.T) {
	t.Parallel()
	ns := population(t)
	stdout, stderr := mustRun(t, ns, "next", "--count=1")
	for _, want := range []string{"report   Sat 2026-03-07 09:00:00 CET   Europe/Berlin   2026-03-07T08:00:00Z   20h"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("no %q in\n%s", want, stdout)
		}
	}
	for _, want := range []string{"held: spec.paused: true: nothing runs until the Task is resumed", `soon: Scheduler "night" is paused: nothing runs until it is resumed`} {
		if !strings.Contains(stderr, want) {
			t.Errorf("no %q in\n%s", want, stderr)
		}
	}
	if stdout, _ := mustRun(t, ns, "next", "report"); strings.Count(stdout, ns) != 5 {
		t.Errorf("of one Task:\n%s", stdout)
	}
}

func TestTimeline(t *testing.T) {
	t.Parallel()
	ns := namespace(t)
	for name, trigger := range map[string]string{
		"often":  `{schedule: "*/20 * * * *"}`,
		"seldom": `{schedule: "30 12 * * *", jitter: 10m}`,
		"once":   `{date: {runAt: "2026-03-06T12:40:00Z"}}`,
		"done":   `{date: {runAt: "2026-03-06T11:40:00Z"}}`,
		"end":    `{shutdown: {}}`,
		"wrong":  `{schedule: "50-10 * * * *"}`,
	} {
		makeTask(t, ns, name, "  trigger: "+trigger+"\n  action: {handler: {name: log}}\n", "  {state: Scheduled}")
	}
	makeTask(t, ns, "held", daily+"  paused: true\n", "  {}")
	makeTask(t, ns, "elsewhere", daily, "  {}")
	stdout, stderr := mustRun(t, ns, "timeline", "--for", "50m", "--from", "2026-03-06T12:00:00Z")
	lines := strings.Split(strings.ReplaceAll(trimmed(stdout), ns, "NS"), "\n")
	want := []string{
		"DUE                    IN    NAMESPACE        TASK     SLOT",
		"2026-03-06T12:00:00Z   0s    NS   often    2026-03-06T12:00:00Z",
		"2026-03-06T12:20:00Z   20m   NS   often    2026-03-06T12:20:00Z",
		"seldom",
		"2026-03-06T12:40:00Z   40m   NS   often    2026-03-06T12:40:00Z",
		"2026-03-06T12:40:00Z   40m   NS   once     2026-03-06T12:40:00Z",
	}
	if len(lines) != len(want) {
		t.Fatalf("%d lines, want %d:\n%s", len(lines), len(want), stdout)
	}
	for i, line := range lines {
		got, want := strings.Join(strings.Fields(line), " "), strings.Join(strings.Fields(want[i]), " ")
		if want == "seldom" { // put off by its jitter, for up to ten minutes
			if !strings.HasPrefix(got, "2026-03-06T12:3") || !strings.HasSuffix(got, "seldom 2026-03-06T12:30:00Z") {
				t.Errorf("line %d: %q, want a run of 12:30", i, got)
			}
		} else if got != want {
			t.Errorf("line %d: %q, want %q", i, got, want)
		}
	}
	if want := "Without coming runs: 1 AwaitingShutdown, 1 Completed, 1 Paused, 1 Stalled, 1 Unserved.\n" +
		"Unserved means that no manager looks at the Task: kubectl carillon explain TASK and kubectl carillon doctor say more.\n"; stderr != want {
		t.Errorf("said %q, want %q", stderr, want)
	}
	stdout, stderr = mustRun(t, ns, "timeline", "often", "--limit=2")
	if strings.Count(stdout, "often") != 2 || !strings.Contains(stderr, "There are more") {
		t.Errorf("two of them:\n%s%s", stdout, stderr)
	}
	if _, stderr := mustRun(t, ns, "timeline", "seldom", "--for=1m"); !strings.HasPrefix(stderr, "Nothing falls due in that time.") {
		t.Errorf("of nothing: %s", stderr)
	}
	stdout, _ = mustRun(t, ns, "timeline", "once", "-o", "yaml")
	if want := "more: false\nruns:\n- dueTime: \"2026-03-06T12:40:00Z\"\n  namespace: " + ns + "\n  scheduledTime: \"2026-03-06T12:40:00Z\"\n  task: once\nsilent: []\n"; stdout != want {
		t.Errorf("as YAML:\n%s", stdout)
	}
}
