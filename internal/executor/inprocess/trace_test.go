package inprocess_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"k8s.io/utils/clock"

	"github.com/carillon-dev/carillon/handler"
	"github.com/carillon-dev/carillon/internal/executor/inprocess"
	"github.com/carillon-dev/carillon/internal/executor/inprocess/guard"
	"github.com/carillon-dev/carillon/internal/executor/inprocess/httpcall"
	"github.com/carillon-dev/carillon/internal/payload"
	"github.com/carillon-dev/carillon/internal/runinfo"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

type spanKey struct{}

// carry carries out a Task's attempt within the trace that enter says, and waits for
// its end.
func carry(t *testing.T, task model.Task, enter runinfo.Trace, do handler.Func) {
	t.Helper()
	handlers := handler.NewRegistry()
	if err := handlers.Register("do", do); err != nil {
		t.Fatal(err)
	}
	caller := httpcall.New(guard.New(guard.Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}), nil)
	t.Cleanup(caller.Close)
	ended := make(chan model.Observation, 1)
	e := inprocess.New(inprocess.Config{
		Clock: clock.RealClock{}, Handlers: handlers, HTTP: caller, Trace: enter,
		Report: func(_ string, _ model.Key, obs model.Observation) {
			if obs.Phase == model.PhaseFinished {
				ended <- obs
			}
		},
	})
	e.Start(t.Context(), task, runAt(time.Now()))
	if obs := <-ended; obs.Outcome != model.Succeeded {
		t.Fatalf("the attempt: %+v", obs)
	}
}

// enter puts a mark for the attempt into the context.
func enter(ctx context.Context, key model.Key, run model.Run) (context.Context, string) {
	return context.WithValue(ctx, spanKey{}, key.Name), "00-" + model.RunID(key.UID, run.Ref()) + "-00f067aa0ba902b7-01"
}

func TestAHandlerIsWithinTheTrace(t *testing.T) {
	t.Parallel()
	var span any
	var told handler.Run
	carry(t, taskOf(), enter, func(ctx context.Context, run handler.Run) error {
		span, told = ctx.Value(spanKey{}), run
		return nil
	})
	if span != theKey.Name || told.TraceParent != "00-"+told.ID+"-00f067aa0ba902b7-01" {
		t.Errorf("its context holds %v and it is told %q", span, told.TraceParent)
	}
}

func TestARequestCarriesTheTrace(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		trace runinfo.Trace
		want  bool
	}{"traced": {enter, true}, "not traced": {nil, false}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got http.Header
			server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) { got = req.Header }))
			defer server.Close()
			task := taskOf(func(task *model.Task) {
				task.Payload = &payload.Action{Scheduler: "default", HTTP: &payload.HTTP{URL: server.URL}}
			})
			carry(t, task, tc.trace, func(context.Context, handler.Run) error { return nil })
			want := ""
			if tc.want {
				want = "00-" + got.Get("Idempotency-Key") + "-00f067aa0ba902b7-01"
			}
			if header := got.Get("traceparent"); header != want {
				t.Errorf("traceparent is %q, want %q", header, want)
			}
		})
	}
}
