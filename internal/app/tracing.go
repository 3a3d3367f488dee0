package app

import (
	"context"
	"time"

	"github.com/go-logr/logr"
	"go.opentelemetry.io/otel"

	"github.com/carillon-dev/carillon/internal/tracing"
)

// flushTimeout is how long the last spans may take to be sent off. It comes after
// the lease has been given back, and keeps nobody waiting but the process itself.
const flushTimeout = 3 * time.Second

// startTracing starts tracing, if it is configured. What goes wrong with it later is
// logged.
func startTracing(ctx context.Context, cfg *Config, holder string, logger logr.Logger) (*tracing.Tracer, error) {
	log := logger.WithName("tracing")
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Error(err, "traces are lost; runs are not affected") }))
	//nolint:wrapcheck // it says what failed
	return tracing.Start(ctx, tracing.Config{Endpoint: cfg.Tracing.Endpoint, Ratio: cfg.Tracing.SamplingRatio, Holder: holder})
}

// stopTracing sends off the last spans.
func stopTracing(tracer *tracing.Tracer, logger logr.Logger) {
	if tracer == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), flushTimeout)
	defer cancel()
	if err := tracer.Shutdown(ctx); err != nil {
		logger.Error(err, "sending the last traces")
	}
}
