package tracing

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// scope is the name under which the spans are made.
const scope = "github.com/carillon-dev/carillon"

// Names of the spans.
const (
	SpanRun     = "carillon.run"
	SpanWait    = "carillon.wait"
	SpanAttempt = "carillon.attempt"
)

// Tracer makes the spans of runs. It implements [model.Sink].
type Tracer struct {
	provider *sdktrace.TracerProvider
	tracer   trace.Tracer
	sampler  sdktrace.Sampler
}

var _ model.Sink = (*Tracer)(nil)

// New returns a Tracer of the given share of all runs, from 0 to 1. Whether a run is
// traced follows from its identity, for every manager alike.
func New(ratio float64, options ...sdktrace.TracerProviderOption) *Tracer {
	sampler := sdktrace.TraceIDRatioBased(ratio)
	provider := sdktrace.NewTracerProvider(append(options, sdktrace.WithIDGenerator(generator{}), sdktrace.WithSampler(sampler))...)
	return &Tracer{provider: provider, tracer: provider.Tracer(scope), sampler: sampler}
}

// Shutdown sends off what has not been sent yet, until ctx ends.
func (t *Tracer) Shutdown(ctx context.Context) error {
	return t.provider.Shutdown(ctx) //nolint:wrapcheck // the caller says what failed
}

// Report implements model.Sink.
func (t *Tracer) Report(task model.Task, events []model.Event) {
	for _, event := range events {
		switch event.Kind {
		case model.RunStarted:
			began := event.Run.Due.Add(event.Delay)
			_, span := t.begin(task, event.Run, partWait, SpanWait, event.Run.Due)
			span.End(trace.WithTimestamp(began))
		case model.AttemptFailed:
			t.attempt(task, event)
		case model.RunFinished:
			// In Backoff the last attempt has been reported, and a missed run had none.
			if event.Run.State != model.Backoff && event.Result.Outcome != model.Missed {
				t.attempt(task, event)
			}
			t.run(task, event)
		case model.RunDelayed, model.SlotsDropped, model.SlotsCoalesced, model.StateChanged: // no run
		}
	}
}

// run makes the span of a run.
func (t *Tracer) run(task model.Task, event model.Event) {
	_, span := t.begin(task, event.Run, partRun, SpanRun, event.Run.Due)
	res := event.Result
	span.SetAttributes(
		attribute.String("carillon.due_time", stamp(event.Run.Due)),
		attribute.Int("carillon.attempts", res.Attempts),
		attribute.Int64("carillon.coalesced", res.Coalesced),
	)
	if event.Run.Request != "" {
		span.SetAttributes(attribute.String("carillon.request", event.Run.Request))
	}
	conclude(span, res)
}

// attempt makes the span of an attempt, with the wait for the next one as an event.
func (t *Tracer) attempt(task model.Task, event model.Event) {
	run, res := event.Run, event.Result
	_, span := t.begin(task, run, partAttempt(res.Attempts), SpanAttempt, res.Start)
	span.SetAttributes(attribute.Int("carillon.attempt", res.Attempts))
	if res.Name != "" {
		span.SetAttributes(attribute.String("k8s.pod.name", res.Name))
	}
	if event.Kind == model.AttemptFailed {
		span.AddEvent("backoff", trace.WithTimestamp(res.Finish), trace.WithAttributes(
			attribute.String("carillon.not_before", stamp(run.NotBefore))))
	}
	conclude(span, res)
}

// conclude ends a span as the result says.
func conclude(span trace.Span, res model.Result) {
	span.SetAttributes(
		attribute.String("carillon.outcome", string(res.Outcome)),
		attribute.String("carillon.reason", res.Reason),
	)
	switch res.Outcome {
	case model.Succeeded:
		span.SetStatus(codes.Ok, "")
	case model.Cancelled, model.Replaced: // somebody asked for it, or a policy: the work has not failed
	default:
		span.SetStatus(codes.Error, res.Reason+": "+res.Message)
	}
	span.End(trace.WithTimestamp(res.Finish))
}

// begin begins the span of a part of a run. All but the run's own are below that.
func (t *Tracer) begin(task model.Task, run model.Run, part, name string, start time.Time) (context.Context, trace.Span) {
	id := traceID(task.UID, run.Ref())
	ctx := context.WithValue(context.Background(), identityKey{}, identity{trace: id, span: spanID(id, part)})
	if part != partRun {
		ctx = trace.ContextWithRemoteSpanContext(ctx, t.spanContext(id, partRun))
	}
	return t.tracer.Start(ctx, name, trace.WithTimestamp(start), trace.WithAttributes(
		attribute.String("k8s.namespace.name", task.Namespace),
		attribute.String("carillon.task", task.Name),
		attribute.String("carillon.task_uid", task.UID),
		attribute.String("carillon.source", string(run.Source)),
		attribute.String("carillon.scheduled_time", stamp(run.Slot)),
	))
}

// spanContext names a span of a run, and says whether it is sent.
func (t *Tracer) spanContext(id trace.TraceID, part string) trace.SpanContext {
	cfg := trace.SpanContextConfig{TraceID: id, SpanID: spanID(id, part), Remote: true}
	if t.sampler.ShouldSample(sdktrace.SamplingParameters{TraceID: id}).Decision == sdktrace.RecordAndSample {
		cfg.TraceFlags = trace.FlagsSampled
	}
	return trace.NewSpanContext(cfg)
}

// Enter returns ctx as the context of an attempt, whose work is below the attempt's
// span, and the traceparent header that says the same.
func (t *Tracer) Enter(ctx context.Context, key model.Key, run model.Run) (context.Context, string) {
	ctx = trace.ContextWithRemoteSpanContext(ctx, t.spanContext(traceID(key.UID, run.Ref()), partAttempt(run.Attempt)))
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, carrier)
	return ctx, carrier.Get("traceparent")
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
