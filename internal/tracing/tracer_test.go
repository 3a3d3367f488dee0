package tracing_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/internal/tracing"
)

var (
	due  = time.Date(2026, 11, 20, 13, 30, 0, 0, time.UTC)
	task = model.Task{Key: model.Key{Namespace: "reports", Name: "newsletter", UID: "uid"}}
)

// aRun is the run of a slot, at an attempt and in a state.
func aRun(attempt int, state model.RunState) model.Run {
	return model.Run{Source: model.SourceScheduled, Slot: due.Add(-time.Second), Due: due, Attempt: attempt, State: state}
}

// result is how an attempt that began after a while and took a second ended.
func result(attempt int, outcome model.Outcome, after time.Duration) model.Result {
	return model.Result{
		Slot: due.Add(-time.Second), Source: model.SourceScheduled, Outcome: outcome, Reason: "Because", Message: "so it was",
		Start: due.Add(after), Finish: due.Add(after + time.Second), Attempts: attempt,
	}
}

// tell reports events to a Tracer of its own for each, as if the manager had changed
// after each, and returns the spans.
func tell(t *testing.T, ratio float64, events ...model.Event) tracetest.SpanStubs {
	t.Helper()
	exported := tracetest.NewInMemoryExporter()
	for _, event := range events {
		tracing.New(ratio, sdktrace.WithSyncer(exported)).Report(task, []model.Event{event})
	}
	return exported.GetSpans()
}

func names(spans tracetest.SpanStubs) (all []string) {
	for _, span := range spans {
		all = append(all, span.Name)
	}
	return all
}

func TestARunIsOneTraceAcrossManagers(t *testing.T) {
	t.Parallel()
	spans := tell(t, 1,
		model.Event{Kind: model.RunStarted, Run: aRun(1, model.Starting), Delay: 2 * time.Second},
		model.Event{Kind: model.AttemptFailed, Run: aRun(1, model.Backoff), Result: result(1, model.Failed, 2*time.Second)},
		model.Event{Kind: model.RunFinished, Run: aRun(2, model.Running), Result: result(2, model.Succeeded, 10*time.Second)},
	)
	if got, want := names(spans), []string{tracing.SpanWait, tracing.SpanAttempt, tracing.SpanAttempt, tracing.SpanRun}; !slices.Equal(got, want) {
		t.Fatalf("the spans are %q, want %q", got, want)
	}
	root := spans[3]
	if root.Parent.IsValid() {
		t.Error("the run's span is below another")
	}
	if got, want := root.SpanContext.TraceID().String(), model.RunID(task.UID, aRun(1, model.Starting).Ref()); got != want {
		t.Errorf("the trace is %s, want the run's identity %s", got, want)
	}
	ids := map[trace.SpanID]bool{root.SpanContext.SpanID(): true}
	for _, span := range spans[:3] {
		if span.SpanContext.TraceID() != root.SpanContext.TraceID() || span.Parent.SpanID() != root.SpanContext.SpanID() {
			t.Errorf("%s is not below the run", span.Name)
		}
		ids[span.SpanContext.SpanID()] = true
	}
	if len(ids) != 4 {
		t.Errorf("there are %d spans by their identifiers, want 4", len(ids))
	}
	for i, want := range [][2]time.Duration{{0, 2 * time.Second}, {2 * time.Second, 3 * time.Second}, {10 * time.Second, 11 * time.Second}, {0, 11 * time.Second}} {
		if start, end := spans[i].StartTime.Sub(due), spans[i].EndTime.Sub(due); start != want[0] || end != want[1] {
			t.Errorf("%s is from %s to %s after it was due, want %s", spans[i].Name, start, end, want)
		}
	}
	if spans[1].Status.Code != codes.Error || root.Status.Code != codes.Ok {
		t.Errorf("the first attempt is %s and the run %s", spans[1].Status.Code, root.Status.Code)
	}
	if len(spans[1].Events) != 1 || spans[1].Events[0].Name != "backoff" {
		t.Errorf("the events of the first attempt are %v, want its backoff", spans[1].Events)
	}
}

func TestAnAttemptThatWasToldOfOrNeverWasHasNoSpan(t *testing.T) {
	t.Parallel()
	for name, event := range map[string]model.Event{
		"given up in backoff": {Kind: model.RunFinished, Run: aRun(1, model.Backoff), Result: result(1, model.Replaced, 0)},
		"came too late":       {Kind: model.RunFinished, Run: aRun(1, model.Starting), Result: result(0, model.Missed, 0)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := names(tell(t, 1, event)); !slices.Equal(got, []string{tracing.SpanRun}) {
				t.Errorf("the spans are %q, want the run's alone", got)
			}
		})
	}
}

func TestAnAttemptIsHandedTheSpanThatIsMadeLater(t *testing.T) {
	t.Parallel()
	exported := tracetest.NewInMemoryExporter()
	before, after := tracing.New(1), tracing.New(1, sdktrace.WithSyncer(exported))
	ctx, header := before.Enter(t.Context(), task.Key, aRun(1, model.Starting))
	after.Report(task, []model.Event{{Kind: model.RunFinished, Run: aRun(1, model.Running), Result: result(1, model.Failed, 0)}})
	attempt := exported.GetSpans()[0].SpanContext
	if want := "00-" + attempt.TraceID().String() + "-" + attempt.SpanID().String() + "-01"; header != want {
		t.Errorf("the header is %s, want %s", header, want)
	}
	if inside := trace.SpanContextFromContext(ctx); inside.SpanID() != attempt.SpanID() || inside.TraceID() != attempt.TraceID() {
		t.Errorf("the context holds %v, want %v", inside, attempt)
	}
}

func TestARatioOfZeroTracesNothingAndSaysSo(t *testing.T) {
	t.Parallel()
	spans := tell(t, 0, model.Event{Kind: model.RunFinished, Run: aRun(1, model.Running), Result: result(1, model.Failed, 0)})
	if len(spans) > 0 {
		t.Errorf("the spans are %q", names(spans))
	}
	_, header := tracing.New(0).Enter(t.Context(), task.Key, aRun(1, model.Starting))
	if flags := header[len(header)-3:]; flags != "-00" {
		t.Errorf("the header is %s, want one of a trace that is not sampled", header)
	}
}

func TestSpansAreSentWhereTheConfigurationSays(t *testing.T) {
	t.Parallel()
	var got atomic.Int32
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		if req.Method == http.MethodPost && req.URL.Path == "/v1/traces" {
			got.Add(1)
		}
	}))
	defer collector.Close()
	tracer, err := tracing.Start(t.Context(), tracing.Config{Endpoint: collector.URL, Ratio: 1, Holder: "me"})
	if err != nil {
		t.Fatal(err)
	}
	tracer.Report(task, []model.Event{{Kind: model.RunStarted, Run: aRun(1, model.Starting)}})
	if err := tracer.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got.Load() != 1 {
		t.Errorf("the collector was sent spans %d times, want once, when the manager ended", got.Load())
	}
}

func TestACollectorThatIsAwayKeepsNobodyWaiting(t *testing.T) {
	t.Parallel()
	hangs := make(chan struct{})
	collector := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hangs }))
	defer collector.Close()
	defer close(hangs)
	tracer, err := tracing.Start(t.Context(), tracing.Config{Endpoint: collector.URL, Ratio: 1})
	if err != nil {
		t.Fatal(err)
	}
	for range 10_000 { // more than there is room for
		tracer.Report(task, []model.Event{{Kind: model.RunStarted, Run: aRun(1, model.Starting)}})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := tracer.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("the end of a manager that waits no longer: %v", err)
	}
}

//nolint:paralleltest // it sets the environment
func TestNothingIsTracedUnlessConfigured(t *testing.T) {
	for _, name := range []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"} {
		t.Setenv(name, "")
	}
	if tracer, err := tracing.Start(t.Context(), tracing.Config{Ratio: 1}); tracer != nil || err != nil {
		t.Errorf("there is a Tracer without anywhere to send spans to (%v)", err)
	}
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
	tracer, err := tracing.Start(t.Context(), tracing.Config{Ratio: 1})
	if tracer == nil || err != nil {
		t.Fatalf("there is no Tracer although the environment says where to (%v)", err)
	}
	if err := tracer.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}
