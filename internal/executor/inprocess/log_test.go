package inprocess_test

import (
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-logr/logr"
	"github.com/google/go-cmp/cmp"

	"github.com/carillon-dev/carillon/handler"
	"github.com/carillon-dev/carillon/internal/executor/inprocess"
)

// logs collects the lines of the handler log, in the form of the manager's log without times.
func logs() (log handler.Func, lines func() []string) {
	var out strings.Builder
	noTime := func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}
	log = inprocess.Log(logr.FromSlogHandler(slog.NewJSONHandler(&out, &slog.HandlerOptions{ReplaceAttr: noTime})))
	return log, func() []string {
		written := strings.TrimSuffix(out.String(), "\n")
		out.Reset()
		if written == "" {
			return nil
		}
		return strings.Split(written, "\n")
	}
}

func TestLog(t *testing.T) {
	t.Parallel()
	run := handler.Run{
		Namespace: "reports", Task: "newsletter", ID: "0123", Source: "Scheduled", Attempt: 1, Coalesced: 2,
		ScheduledTime: time.Date(2026, 11, 20, 13, 30, 0, 0, time.UTC),
	}
	const identity = `{"level":"INFO","msg":"a Task logs","namespace":"reports","task":"newsletter","scheduledTime":"2026-11-20T13:30:00Z",` +
		`"attempt":1,"source":"Scheduled","coalesced":2,"runID":"0123"`
	long := strings.Repeat("x", 300)
	tests := map[string]struct {
		args map[string]string
		want string
	}{
		"message and args":    {map[string]string{"message": "hello", "a": "1"}, `,"message":"hello","args":{"a":"1"}`},
		"no message":          {nil, ""},
		"a long message":      {map[string]string{"message": long}, `,"message":"` + long[:253] + `…"`},
		"several lines":       {map[string]string{"message": "a\n{\"level\":\"ERROR\"}\x1b[2J"}, `,"message":"a {\"level\":\"ERROR\"}[2J"`},
		"names of others":     {map[string]string{"level": "ERROR", "msg": "lost the lease"}, `,"args":{"level":"ERROR","msg":"lost the lease"}`},
		"a name on two lines": {map[string]string{"a\nb": "1"}, `,"args":{"a b":"1"}`},
		"too many args":       {map[string]string{"a": "1", "b": long, "c": long, "d": "2"}, `,"args":{"a":"1","b":"` + long[:125] + `…","d":"2"},"argsOmitted":1`},
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
			if diff := cmp.Diff([]string{identity + tc.want + `,"logger":"log"}`}, lines()); diff != "" {
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
		expect("at once", slices.Repeat([]string{`"task":"loud"`}, 60)...)
		call("quiet", 1)
		expect("another", `"task":"quiet"`)
		time.Sleep(time.Second)
		call("loud", 3)
		expect("a second later", `"suppressedLines":940`)
		time.Sleep(time.Hour)
		call("quiet", 1)
		expect("long after", `"msg":"a Task has logged more than is written","logger":"log","namespace":"a","task":"loud","suppressedLines":2`, `"task":"quiet"`)
		call("loud", 1)
		expect("and afterwards", `"task":"loud"`)
	})
}

// A Task of every second logs every run, although runs are not exactly a second apart.
func TestLog_KeepsTheRunsOfEverySecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log, lines := logs()
		const runs = 600
		for i := range runs {
			late := time.Duration(i%3) * 20 * time.Millisecond
			time.Sleep(late)
			if err := log(t.Context(), handler.Run{Namespace: "a", Task: "ticks"}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second - late)
		}
		if got := len(lines()); got != runs {
			t.Errorf("%d lines for %d runs", got, runs)
		}
	})
}
