package convert

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-dev/carillon/internal/testutil/crdtest"
	"github.com/carillon-dev/carillon/internal/testutil/golden"
)

// CronJobs of all kinds become Tasks that the API server takes, and the notes say what is
// different. To see and keep what has changed: go test ./internal/cli/convert -update.
func TestConvert(t *testing.T) {
	t.Parallel()
	server, err := crdtest.Load("../../../config/crd/bases")
	if err != nil {
		t.Fatal(err)
	}
	inputs, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(inputs) < 5 {
		t.Fatalf("%d inputs: %v", len(inputs), err)
	}
	for _, input := range inputs {
		name := strings.TrimSuffix(filepath.Base(input), ".yaml")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stdout, stderr, err := run(t, "-f", input)
			if err != nil {
				t.Fatalf("%v: %s", err, stderr)
			}
			if _, err := server.Create([]byte(stdout)); err != nil {
				t.Errorf("the API server would not take it: %v\n%s", err, stdout)
			}
			got := stderr + "---\n" + stdout
			golden.Compare(t, filepath.Join("testdata", name+".golden"), got)
		})
	}
}

// A schedule that no Task can have is an error of that CronJob, with the path in the CronJob.
func TestConvert_Errors(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ input, want string }{
		"a value out of range":     {cronJobWith("0 12 * * *", "61 * * * *"), `spec.schedule: minute "61" is out of range 0-59`},
		"the last day":             {cronJobWith("0 12 * * *", "0 0 L * *"), `spec.schedule: day of month "L" is not known in a schedule; write cron: {day: "last", hour: 0, minute: 0}`},
		"no schedule":              {cronJobWith(`"0 12 * * *"`, `""`), `spec.schedule: is missing; write five fields such as "30 8 * * 1-5"`},
		"an unknown zone":          {cronJobWith("Etc/UTC", "Europe/Berln"), `spec.timeZone: "Europe/Berln" is not a time zone; did you mean "Europe/Berlin"?`},
		"an empty zone":            {cronJobWith("Etc/UTC", `""`), "spec.timeZone: is empty; leave it out, or write a zone such as Europe/Berlin"},
		"two zones":                {cronJobWith("0 12", "TZ=Asia/Tokyo 0 12"), "spec.schedule: has the zone Asia/Tokyo, and timeZone is Etc/UTC; write one of the two, in timeZone"},
		"no name":                  {cronJobWith("{name: a}", "{}"), "metadata.name: is missing"},
		"a long name":              {named(strings.Repeat("a", 64)), "Invalid value: a Task's name is a label of its Pods: write at most 63 characters"},
		"an unknown policy":        {cronJobWith("Forbid", "Sometimes"), `spec.concurrencyPolicy: "Sometimes" is not known; write Allow, Forbid or Replace`},
		"restartPolicy Always":     {cronJobWith("Never", "Always"), "spec.jobTemplate.spec.template: Invalid value: a run must end: write restartPolicy Never or OnFailure, or leave it out for Never"},
		"no containers":            {cronJobWith("[{name: main, image: busybox:1.37}]", "[]"), "spec.jobTemplate.spec.template: Invalid value: a Pod needs a container: write spec.containers with at least one"},
		"a negative number":        {cronJobWith("      template:", "      backoffLimit: -1\n      template:"), "spec.jobTemplate.spec.backoffLimit: -1 is negative; write 0 or more, or leave it out"},
		"a negative time":          {cronJobWith("  jobTemplate:", "  startingDeadlineSeconds: -5\n  jobTemplate:"), "spec.startingDeadlineSeconds: -5 is negative; write 0 or more, or leave it out"},
		"an unknown mode":          {cronJobWith("      template:", "      completionMode: Some\n      template:"), `spec.jobTemplate.spec.completionMode: "Some" is not known; write NonIndexed or Indexed`},
		"an unknown replacement":   {cronJobWith("      template:", "      podReplacementPolicy: Some\n      template:"), `spec.jobTemplate.spec.podReplacementPolicy: "Some" is not known; write TerminatingOrFailed or Failed`},
		"an unknown field":         {cronJobWith("image:", "img:"), "spec.jobTemplate.spec.template.spec.containers[0].img: unknown field"},
		"a field in other case":    {cronJobWith("restartPolicy", "restartpolicy"), "spec.jobTemplate.spec.template.spec.restartpolicy: unknown field; write restartPolicy"},
		"a text for a number":      {cronJobWith("Limit: 0", `Limit: "5"`), `spec.failedJobsHistoryLimit: expected an integer, got the string "5"; write 5 without quotes`},
		"a text for an object":     {cronJobWith("          containers:", "          volumes: [{name: a, emptyDir: /tmp}]\n          containers:"), `spec.jobTemplate.spec.template.spec.volumes[0].emptyDir: expected an object, got the string "/tmp"`},
		"a key given twice":        {cronJobWith("  jobTemplate:", "  timeZone: Etc/UTC\n  jobTemplate:"), `yaml: unmarshal errors: line 9: key "timeZone" already set in map`},
		"another group":            {cronJobWith("batch/v1", "batch.example.com/v1"), `apiVersion: "batch.example.com/v1" has a CronJob that is not the one of Kubernetes, or not known; if it is, write batch/v1`},
		"a version to come":        {cronJobWith("batch/v1", "batch/v3"), `apiVersion: "batch/v3" has a CronJob that is not the one of Kubernetes, or not known; if it is, write batch/v1`},
		"no apiVersion":            {cronJobWith("apiVersion: batch/v1\n", ""), "apiVersion: is missing; write batch/v1"},
		"no kind":                  {cronJobWith("kind: CronJob\n", ""), "kind: is missing, and the object has a jobTemplate; write kind: CronJob"},
		"a kind in other case":     {cronJobWith("kind: CronJob", "kind: Cronjob"), `kind: "Cronjob" is not known; write CronJob`},
		"a kind that is not known": {cronJobWith("kind: CronJob", "kind: CronJbo"), `kind: "CronJbo" is not known; write CronJob`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stdout, stderr, err := runOn(t, tc.input+"---\n"+named("good"), "-f", "-")
			if err == nil || err.Error() != "1 of 2 CronJobs cannot be converted" {
				t.Errorf("error %v", err)
			}
			if !strings.Contains(stderr, ": "+tc.want+"\n") || !strings.HasPrefix(errorIn(stderr), "Error: standard input, document 1: CronJob") {
				t.Errorf("said\n%swant %s", stderr, tc.want)
			}
			if diff := cmp.Diff([]string{"good"}, namesOf(stdout)); diff != "" || strings.HasPrefix(stdout, "---") {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// errorIn returns the line of the standard error that has the error.
func errorIn(stderr string) string {
	for line := range strings.Lines(stderr) {
		if strings.HasPrefix(line, "Error: ") {
			return line
		}
	}
	return ""
}

// The input may be somebody else's, and the standard error a terminal.
func TestConvert_MessagesHaveNoControlCharacters(t *testing.T) {
	t.Parallel()
	_, stderr, err := runOn(t, cronJobWith("name: a}", `name: "a\e[2J"}`, "0 12", `\e]0;x\a 12`), "-f", "-")
	if err == nil || strings.ContainsAny(stderr, "\x1b\a") {
		t.Errorf("%v: said %q", err, stderr)
	}
}

func TestConvert_JSONIsNotEscapedForHTML(t *testing.T) {
	t.Parallel()
	stdout, stderr, err := runOn(t, cronJobWith("image: busybox:1.37", `image: busybox:1.37, command: [sh, -c, "a && b >c"]`), "-f", "-", "-o", "json")
	if err != nil || !strings.Contains(stdout, `"a && b >c"`) {
		t.Errorf("%v: printed %s%s", err, stdout, stderr)
	}
}
