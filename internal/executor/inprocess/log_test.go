package inprocess_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-logr/logr/funcr"
	"github.com/google/go-cmp/cmp"

	"github.com/carillon-dev/carillon/handler"
	"github.com/carillon-dev/carillon/internal/executor/inprocess"
)

// logs collects the lines of the handler log.
func logs() (log handler.Func, lines func() []string) {
	var all []string
	log = inprocess.Log(funcr.New(func(prefix, args string) { all = append(all, prefix+": "+args) }, funcr.Options{}))
	return log, func() []string {
		lines := all
		all = nil
		return lines
	}
}

func TestLog(t *testing.T) {
	t.Parallel()
	run := handler.Run{
		Namespace: "reports", Task: "newsletter", ID: "0123", Source: "Scheduled", Attempt: 1, Coalesced: 2,
		ScheduledTime: time.Date(2026, 11, 20, 13, 30, 0, 0, time.UTC),
	}
	const identity = `"level"=0 "msg"="a Task logs" "namespace"="reports" "task"="newsletter" "scheduledTime"="2026-11-20T13:30:00Z" "attempt"=1 ` +
		`"source"="Scheduled" "coalesced"=2 "runID"="0123"`
	long := strings.Repeat("x", 300)
	tests := map[string]struct {
		args map[string]string
		want string
	}{
		"message and args":    {map[string]string{"message": "hello", "a": "1"}, ` "message"="hello" "args"={"a"="1"}`},
		"no message":          {nil, ""},
		"a long message":      {map[string]string{"message": long}, ` "message"="` + long[:253] + `…"`},
		"several lines":       {map[string]string{"message": "a\n{\"level\":\"ERROR\"}\x1b[2J"}, ` "message"="a {\"level\":\"ERROR\"}[2J"`},
		"names of others":     {map[string]string{"level": "ERROR", "msg": "lost the lease"}, ` "args"={"level"="ERROR" "msg"="lost the lease"}`},
		"a name on two lines": {map[string]string{"a\nb": "1"}, ` "args"={"a b"="1"}`},
		"too many args":       {map[string]string{"a": "1", "b": long, "c": long, "d": "2"}, ` "args"={"a"="1" "b"="` + long[:125] + `…" "d"="2"} "argsOmitted"=1`},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run := run
			run.Args = tc.args
			log, lines := logs()
			if err := log(t.Context(), run); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{"log: " + identity + tc.want}, lines()); diff != "" {
				t.Errorf("log (-want +got):\n%s", diff)
			}
		})
	}
}

// A Task cannot flood the log, and does not keep another from logging.
func TestLog_IsBoundedPerTask(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log, lines := logs()
		call := func(task string, times int) {
			for range times {
				if err := log(t.Context(), handler.Run{Namespace: "a", Task: task}); err != nil {
					t.Fatal(err)
				}
			}
		}
		expect := func(what string, want ...string) {
			t.Helper()
			got := lines()
			if len(got) != len(want) {
				t.Fatalf("%s: %d lines, want %d: %q", what, len(got), len(want), got)
			}
			for i := range got {
				if !strings.Contains(got[i], want[i]) || strings.Contains(want[i], "suppressed") != strings.Contains(got[i], "suppressed") {
					t.Errorf("%s: line %q, want one with %q", what, got[i], want[i])
				}
			}
		}
		call("loud", 1000)
		expect("at once", `"task"="loud"`)
		call("quiet", 1)
		expect("another", `"task"="quiet"`)
		time.Sleep(time.Second)
		call("loud", 3)
		expect("a second later", `"suppressedLines"=999`)
		time.Sleep(time.Hour)
		call("quiet", 1)
		expect("long after", `"msg"="a Task has logged more than is written" "namespace"="a" "task"="loud" "suppressedLines"=2`, `"task"="quiet"`)
		call("loud", 1)
		expect("and afterwards", `"task"="loud"`)
	})
}
