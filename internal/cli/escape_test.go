package cli

import (
	"strings"
	"testing"
	"unicode"
)

// hostile is what somebody writes who wants to deceive those who look at his Tasks: lines
// that look like others, colours, the title of the window, and the clipboard.
const hostile = `a\nState:\tSucceeded\r\x1b[2J\x1b]0;owned\x07\u009b31m\u202eb`

// Nothing that somebody else wrote reaches the terminal as a control character, or as a
// line of its own.
func TestTerminal_IsNotControlledByTasks(t *testing.T) {
	t.Parallel()
	ns := namespace(t)
	makeTask(t, ns, "evil", daily, `
  state: Stalled
  conditions:
  - {type: Ready, status: "False", reason: InvalidAction, message: "`+hostile+`", lastTransitionTime: `+from(0)+`}
  - {type: LastRunSucceeded, status: "False", reason: Failed, message: "`+hostile+`", lastTransitionTime: `+from(0)+`}
  recentRuns:
  - {scheduledTime: `+from(0)+`, source: Scheduled, outcome: Failed, reason: Failed, message: "`+hostile+`"}
  active:
  - {scheduledTime: `+from(0)+`, source: Scheduled, state: Running, message: "`+hostile+`"}
`)
	for _, args := range []string{"get evil", "explain evil", "list", "list -o wide", "logs evil", "doctor", "run evil --dry-run=server", "timeline"} {
		t.Run(args, func(t *testing.T) {
			t.Parallel()
			stdout, stderr, _ := inCluster(t, ns, strings.Fields(args)...)
			for _, r := range stdout + stderr {
				if unicode.IsControl(r) && r != '\n' && r != '\t' || r == '\u202e' {
					t.Fatalf("printed %q and %q, which hold %q", stdout, stderr, r)
				}
			}
			for line := range strings.Lines(stdout + stderr) {
				if strings.HasPrefix(line, "State:") && !strings.Contains(line, "Stalled") {
					t.Errorf("printed %q", line)
				}
			}
		})
	}
	stdout, _ := mustRun(t, ns, "get", "evil", "-o", "jsonpath={.status.recentRuns[0].message}")
	if !strings.Contains(stdout, "\x1b[2J") {
		t.Errorf("a program is given %q", stdout)
	}
}

// The names in a file are not checked by an API server.
func TestTerminal_IsNotControlledByFiles(t *testing.T) {
	t.Parallel()
	task := `
apiVersion: carillon.dev/v1alpha1
kind: Task
metadata: {name: "` + hostile + `"}
spec: {trigger: {schedule: "` + hostile + `"}, action: {handler: {name: log}}}
`
	job := `
apiVersion: batch/v1
kind: CronJob
metadata: {name: "` + hostile + `"}
spec: {schedule: "` + hostile + `", jobTemplate: {spec: {template: {spec: {containers: [{name: a, image: i}]}}}}}
`
	for args, input := range map[string]string{"next -f -": task, "convert -f -": job} {
		stdout, stderr, _ := execute(t, input, strings.Fields(args)...)
		for _, r := range stdout + stderr {
			if unicode.IsControl(r) && r != '\n' && r != '\t' || r == '\u202e' {
				t.Errorf("%s: printed %q and %q, which hold %q", args, stdout, stderr, r)
				break
			}
		}
		for line := range strings.Lines(stdout + stderr) {
			if strings.HasPrefix(line, "State:") {
				t.Errorf("%s: printed the line %q", args, line)
			}
		}
	}
}
