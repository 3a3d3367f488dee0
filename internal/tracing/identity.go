package tracing

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"go.opentelemetry.io/otel/trace"

	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// traceID is the run's identity, which has the length of a trace's.
func traceID(uid string, ref model.RunRef) (id trace.TraceID) {
	if n, err := hex.Decode(id[:], []byte(model.RunID(uid, ref))); err != nil || n != len(id) {
		panic(fmt.Sprintf("a run's identity is not that of a trace: %v", err)) // a change of RunID, which every test shows
	}
	return id
}

// What a span of a run is about.
const (
	partRun  = "run"
	partWait = "wait"
)

// partAttempt is the span of an attempt.
func partAttempt(n int) string { return fmt.Sprintf("attempt/%d", n) }

// spanID follows from the trace and what of it the span is about.
func spanID(id trace.TraceID, part string) (span trace.SpanID) {
	sum := sha256.Sum256([]byte(id.String() + "/" + part))
	copy(span[:], sum[:])
	return span
}

// identity is what a span is to be called.
type identity struct {
	trace trace.TraceID
	span  trace.SpanID
}

type identityKey struct{}

// generator gives a span the identity that its context holds.
type generator struct{}

// NewIDs implements the SDK's IDGenerator.
func (generator) NewIDs(ctx context.Context) (trace.TraceID, trace.SpanID) {
	if id, ok := ctx.Value(identityKey{}).(identity); ok {
		return id.trace, id.span
	}
	var id identity
	_, _ = rand.Read(id.trace[:]) // never fails
	_, _ = rand.Read(id.span[:])
	return id.trace, id.span
}

// NewSpanID implements the SDK's IDGenerator.
func (g generator) NewSpanID(ctx context.Context, _ trace.TraceID) trace.SpanID {
	_, span := g.NewIDs(ctx)
	return span
}
