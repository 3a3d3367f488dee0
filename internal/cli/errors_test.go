package cli

import (
	"strings"
	"testing"
)

// What somebody types who is tired says what to type instead.
func TestErrors(t *testing.T) {
	t.Parallel()
	ns := population(t)
	for args, want := range map[string]string{
		"get":                              "write kubectl carillon get (TASK | scheduler/NAME) [flags]; kubectl carillon list shows the Tasks that there are",
		"get nothing":                      `tasks.carillon.dev "nothing" not found: kubectl carillon list shows those that there are, with -A in all namespaces`,
		"get scheduler/nosuch":             `schedulers.carillon.dev "nosuch" not found: kubectl carillon list schedulers shows those that there are, with -A in all namespaces`,
		"logs scheduler/night":             `"scheduler/night" is a Scheduler: name a Task`,
		"list schedulers --failed":         "--state, --failed, --sort-by, --watch and -l are about Tasks: leave them out for Schedulers",
		"list report -w":                   "--watch is about all Tasks that there are: leave the names out, or choose by -l",
		"list -w -o json":                  "--watch prints a table: leave -o out, or write -o wide",
		"get pod/a":                        `"pod/a" is neither a Task nor a Scheduler: write NAME, task/NAME or scheduler/NAME`,
		"get task/":                        `"task/" names nothing: write NAME, task/NAME or scheduler/NAME, and the namespace with -n`,
		"get report -o xml":                `--output "xml": must be one of json, yaml, kyaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file`,
		"list --state Asleep":              `--state "Asleep": must be one of Scheduled, Paused, Completed, Stalled`,
		"list --sort-by age":               `--sort-by "age": must be one of last, name, next, state`,
		"list report -A":                   "Tasks are named, and chosen by -A or -l as well: leave one of the two out",
		"timeline --limit=0":               "--limit 0: must be 1-10000",
		"timeline --for=0s":                "--for 0s: must be longer than 0s",
		"timeline --from noon":             `--from "noon" is not an instant: write it with an offset, such as 2026-03-06T12:00:00Z`,
		"timeline -o wide":                 `--output "wide": must be json or yaml`,
		"pause":                            "nothing is named: write TASK, scheduler/NAME, -l with labels of Tasks, or --all",
		"pause report -l team=report":      "objects are named, chosen by -l, or --all: leave all but one of these out",
		"pause --all -l team=report":       "objects are named, chosen by -l, or --all: leave all but one of these out",
		"pause -l team=nobody":             "no Task in namespace NS has the labels team=nobody",
		"pause report --dry-run=all":       `--dry-run "all": must be one of none, client, server`,
		"pause scheduler/default":          `schedulers.carillon.dev "default" not found: kubectl carillon list schedulers shows those that there are, with -A in all namespaces`,
		"run":                              "no Task is named: write kubectl carillon run TASK, or -l with labels of Tasks",
		"run report -l team=report":        "both names and -l are given: name Tasks, or choose them by -l",
		"run -l team=nobody":               "no Task in the namespace has the labels team=nobody",
		"run a b --logs":                   "--logs is for one Task: name one, or use --wait and kubectl carillon logs",
		"run report --timeout 1s":          "--timeout is how long to wait: write --wait as well",
		"run report --wait --timeout=-1s":  "--timeout -1s: must be at least 0s",
		"cancel":                           "write kubectl carillon cancel TASK [RUN] [flags]: a Task, and a run of it or none",
		"cancel soon noon":                 `"noon" is not a run: write its slot with the offset, such as 2026-12-24T18:00:00Z; kubectl carillon get shows them`,
		"cancel soon 2026-03-06T09:00:00Z": "no run of 2026-03-06T09:00:00Z is active in task soon: kubectl carillon get soon shows the runs that are",
		"explain report --at teatime":      `--at "teatime" is no time: write 2026-11-23T09:00:00-05:00, 2026-11-23T09:00, or 09:00`,
		"doctor --lag=-1s":                 "--lag -1s: must be at least 0s",
		"convert":                          "write one of -f FILE, names of CronJobs, and --all",
		"convert a --all":                  "write one of -f FILE, names of CronJobs, and --all",
		"convert a -o wide":                `--output "wide": must be yaml or json`,
		"convert a":                        `cronjobs.batch "a" not found: kubectl carillon list shows those that there are, with -A in all namespaces`,
		"launch":                           `unknown command "launch" for "kubectl carillon"`,
	} {
		t.Run(args, func(t *testing.T) {
			t.Parallel()
			stdout, stderr, status := inCluster(t, ns, strings.Fields(args)...)
			if status != 1 || stderr != "error: "+strings.ReplaceAll(want, "NS", ns)+"\n" || stdout != "" {
				t.Errorf("status %d, printed %q, said\n%swant\nerror: %s", status, stdout, stderr, want)
			}
		})
	}
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	_, stderr, status := execute(t, "", "list", "--server=http://127.0.0.1:1", "--kubeconfig="+kubeconfig)
	if want := "error: the API server cannot be reached: dial tcp 127.0.0.1:1: connect: connection refused\n"; status != 1 || stderr != want {
		t.Errorf("status %d, said %q, want %q", status, stderr, want)
	}
	_, stderr, status = execute(t, "", "list", "--as=nobody", "--kubeconfig="+kubeconfig)
	if status != 1 || !strings.HasSuffix(stderr, ": kubectl carillon doctor says what you may\n") {
		t.Errorf("status %d, said %q", status, stderr)
	}
}

func TestCompletion(t *testing.T) {
	t.Parallel()
	ns := population(t)
	for args, want := range map[string]string{
		"get|":             "held\nnew\nreport\nsoon\nscheduler/night\n:4\n",
		"get|report|":      ":4\n",
		"list|report|":     "held\nnew\nsoon\n:4\n",
		"pause|":           "held\nnew\nreport\nsoon\nscheduler/night\n:4\n",
		"list|--state|":    "Scheduled\nPaused\nCompleted\nStalled\n:4\n",
		"list|--sort-by|":  "last\nname\nnext\nstate\n:4\n",
		"run|a|--dry-run=": "none\nclient\nserver\n:4\n",
	} {
		stdout, _ := mustRun(t, ns, append([]string{"__complete"}, completionArgs(ns, args)...)...)
		if stdout != want {
			t.Errorf("%s: %q, want %q", args, stdout, want)
		}
	}
	stdout, _ := mustRun(t, ns, "__complete", "--kubeconfig", kubeconfig, "list", "--namespace", "")
	if !strings.Contains(stdout, ns+"\n") {
		t.Errorf("namespaces: %q", stdout)
	}
	if stdout, _ := mustRun(t, ns, "completion", "bash"); !strings.Contains(stdout, "complete") {
		t.Error("no script for bash")
	}
}

// completionArgs are what a shell asks with. The flags come with the words: those of the
// command that asks are another matter.
func completionArgs(ns, words string) []string {
	return append([]string{"--kubeconfig", kubeconfig, "--namespace", ns}, strings.Split(words, "|")...)
}
