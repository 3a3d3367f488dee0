package next

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/carillon-dev/carillon/internal/cli/kube"
)

// present is the time at which the tests run the commands.
var present = time.Date(2026, 3, 6, 12, 0, 0, 500, time.UTC)

// execute runs the command, with its name and arguments, on an input and returns what it prints.
func execute(tb testing.TB, input string, args ...string) (stdout, stderr string, err error) {
	tb.Helper()
	streams, in, out, errOut := genericiooptions.NewTestIOStreams()
	in.WriteString(input)
	cmd := NewCommand(kube.NewFactory(streams, func() time.Time { return present }))
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetArgs(args[1:])
	err = cmd.ExecuteContext(tb.Context())
	return out.String(), errOut.String(), err
}

// next runs next on an input, and reads the JSON that it prints.
func next(t *testing.T, input string, args ...string) (result, error) {
	t.Helper()
	stdout, stderr, err := execute(t, input, append([]string{"next", "-f", "-", "-o", "json"}, args...)...)
	if stdout == "" {
		return result{}, err
	}
	if stderr != "" {
		t.Errorf("stderr with JSON:\n%s", stderr)
	}
	decoder := json.NewDecoder(strings.NewReader(stdout))
	decoder.DisallowUnknownFields()
	var r result
	if err := decoder.Decode(&r); err != nil {
		t.Fatalf("%v in:\n%s", err, stdout)
	}
	return r, err
}

// manifestOf is a Task with a trigger, in YAML.
func manifestOf(name, trigger string) string {
	return "apiVersion: carillon.dev/v1alpha1\nkind: Task\nmetadata: {name: " + name + "}\n" +
		"spec:\n  trigger: " + trigger + "\n  action: {handler: {name: log}}\n"
}
