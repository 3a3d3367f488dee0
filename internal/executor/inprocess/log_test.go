package inprocess_test

import (
	"testing"
	"time"

	"github.com/go-logr/logr/funcr"
	"github.com/google/go-cmp/cmp"

	"github.com/carillon-dev/carillon/handler"
	"github.com/carillon-dev/carillon/internal/executor/inprocess"
)

func TestLog(t *testing.T) {
	t.Parallel()
	run := handler.Run{
		Namespace: "reports", Task: "newsletter", ID: "0123", Source: "Scheduled", Attempt: 1, Coalesced: 2,
		ScheduledTime: time.Date(2026, 11, 20, 13, 30, 0, 0, time.UTC),
	}
	const identity = `"namespace"="reports" "task"="newsletter" "scheduledTime"="2026-11-20T13:30:00Z" "attempt"=1 ` +
		`"source"="Scheduled" "coalesced"=2 "runID"="0123"`
	tests := map[string]struct {
		args map[string]string
		want string
	}{
		"message and args": {map[string]string{"message": "hello", "a": "1"}, `"level"=0 "msg"="hello" ` + identity + ` "args"={"a"="1"}`},
		"no message":       {nil, `"level"=0 "msg"="run" ` + identity},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run := run
			run.Args = tc.args
			var lines []string
			log := funcr.New(func(prefix, args string) { lines = append(lines, prefix+": "+args) }, funcr.Options{})
			if err := inprocess.Log(log)(t.Context(), run); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{"log: " + tc.want}, lines); diff != "" {
				t.Errorf("log (-want +got):\n%s", diff)
			}
		})
	}
}
