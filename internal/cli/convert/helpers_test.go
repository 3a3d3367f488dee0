package convert

import (
	"strings"
	"testing"
	"time"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/carillon-dev/carillon/internal/cli/kube"
	"github.com/carillon-dev/carillon/internal/cli/manifests"
)

// present is the time at which the tests run the command.
var present = time.Date(2026, 3, 6, 12, 0, 0, 0, time.UTC)

// run runs the command.
func run(t *testing.T, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	return runOn(t, "", args...)
}

// runOn runs the command on a standard input.
func runOn(t *testing.T, input string, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	streams, in, out, errOut := genericiooptions.NewTestIOStreams()
	in.WriteString(input)
	cmd := NewCommand(kube.NewFactory(streams, func() time.Time { return present }))
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetArgs(args)
	err = cmd.ExecuteContext(t.Context())
	return out.String(), errOut.String(), err
}

// plainCronJob is a CronJob that has a note about as little as possible, on one line of YAML
// for each level, so that a test can replace a part.
const plainCronJob = `apiVersion: batch/v1
kind: CronJob
metadata: {name: a}
spec:
  schedule: "0 12 * * *"
  timeZone: Etc/UTC
  concurrencyPolicy: Forbid
  failedJobsHistoryLimit: 0
  jobTemplate:
    spec:
      podFailurePolicy: {rules: [{action: Ignore, onPodConditions: [{type: DisruptionTarget}]}]}
      template:
        spec:
          restartPolicy: Never
          containers: [{name: main, image: busybox:1.37}]
`

// cronJobWith replaces pairs of texts in the plain CronJob.
func cronJobWith(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(plainCronJob) }

// named is the plain CronJob with another name.
func named(name string) string { return cronJobWith("name: a}", "name: "+name+"}") }

// namesOf returns the names of the printed Tasks.
func namesOf(stdout string) []string {
	var names []string
	for line := range strings.Lines(stdout) {
		if name, ok := strings.CutPrefix(line, "  name: "); ok {
			names = append(names, strings.TrimSpace(name))
		}
	}
	return names
}

func documentOf(manifest string) manifests.Document {
	return manifests.Split(manifests.Source{Name: "standard input", Data: []byte(manifest)})[0]
}

func splitAll(data []byte) []manifests.Document {
	return manifests.Split(manifests.Source{Name: "fuzz", Data: data})
}
