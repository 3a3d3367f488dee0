package tracing

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"os"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// tracesPath is where a collector takes traces, below its address.
const tracesPath = "/v1/traces"

// Config says where spans are sent.
type Config struct {
	// Endpoint is the URL of a collector; empty means what the environment says.
	Endpoint string
	// Ratio is the share of the runs that are traced.
	Ratio float64
	// Holder names this process.
	Holder string
}

// Enabled reports whether there is anywhere to send spans to.
func (c Config) Enabled() bool {
	return cmp.Or(c.Endpoint, os.Getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"), os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT")) != ""
}

// Start returns a Tracer that sends its spans, many at a time, or nil if there is
// nowhere to send them to. A collector that does not answer costs spans and nothing
// else: what there is no room for is dropped.
func Start(ctx context.Context, cfg Config) (*Tracer, error) {
	if !cfg.Enabled() {
		return nil, nil //nolint:nilnil // a nil Tracer is one that traces nothing
	}
	var options []otlptracehttp.Option
	if cfg.Endpoint != "" {
		endpoint, err := url.Parse(cfg.Endpoint)
		if err != nil {
			return nil, fmt.Errorf("reading the endpoint for traces: %w", err)
		}
		options = append(options, otlptracehttp.WithEndpointURL(endpoint.JoinPath(tracesPath).String()))
	}
	exporter, err := otlptracehttp.New(ctx, options...)
	if err != nil {
		return nil, fmt.Errorf("setting up the export of traces: %w", err)
	}
	about, err := resource.New(ctx, resource.WithAttributes(
		attribute.String("service.name", "carillon-manager"),
		attribute.String("service.instance.id", cfg.Holder),
	), resource.WithFromEnv(), resource.WithTelemetrySDK())
	if err != nil {
		return nil, fmt.Errorf("describing the manager for traces: %w", err)
	}
	return New(cfg.Ratio, sdktrace.WithBatcher(exporter), sdktrace.WithResource(about)), nil
}
