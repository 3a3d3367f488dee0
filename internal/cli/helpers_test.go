package cli

import (
	"testing"
	"time"

	"k8s.io/cli-runtime/pkg/genericiooptions"
)

// present is the time at which the tests run the commands.
var present = time.Date(2026, 3, 6, 12, 0, 0, 500, time.UTC)

// execute runs a command on an input and returns what it prints.
func execute(t *testing.T, input string, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	streams, in, out, errOut := genericiooptions.NewTestIOStreams()
	in.WriteString(input)
	status = run(t.Context(), streams, func() time.Time { return present }, args)
	return out.String(), errOut.String(), status
}
