package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.uber.org/zap"

	"yusuan/worker"
)

// flushTime is how long the end of the program may wait for the collector of spans, and brokenFlush how long where it did not
// take the last ones either.
const (
	flushTime   = 2 * time.Second
	brokenFlush = 100 * time.Millisecond
)

// A tracer sends spans to a collector. A nil *tracer traces nothing.
type tracer struct {
	lg       *zap.Logger
	provider *sdktrace.TracerProvider
	exporter *patientExporter
}

// openTracer gives nil where no collector is named, by --otlp-endpoint or by the variables of the OpenTelemetry standard. The
// exporter reads the others of these (headers, certificates, timeout) itself, and the provider OTEL_TRACES_SAMPLER.
func (p *program) openTracer(ctx context.Context, lg *zap.Logger) (*tracer, error) {
	env := func(name string) string { return lookup(p.env, name) }
	named := p.OTLPEndpoint + env("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") + env("OTEL_EXPORTER_OTLP_ENDPOINT")
	if named == "" || strings.EqualFold(env("OTEL_SDK_DISABLED"), "true") || p.OTLPEndpoint == "" && env("OTEL_TRACES_EXPORTER") == "none" {
		return nil, nil
	}
	if s := env("OTEL_TRACES_SAMPLER"); s != "" && !slices.Contains(samplers(), s) {
		return nil, usageError("OTEL_TRACES_SAMPLER is %q, want one of %s", s, strings.Join(samplers(), ", "))
	}
	var opts []otlptracehttp.Option
	if p.OTLPEndpoint != "" {
		u, err := tracesURL(p.OTLPEndpoint)
		if err != nil {
			return nil, err
		}
		opts = append(opts, otlptracehttp.WithEndpointURL(u))
	}
	exporter, err := otlptracehttp.New(ctx, opts...)
	if err != nil {
		return nil, fmt.Errorf("send traces: %w", err)
	}
	return newTracer(ctx, lg, exporter)
}

func newTracer(ctx context.Context, lg *zap.Logger, exporter sdktrace.SpanExporter) (*tracer, error) {
	host, _ := os.Hostname() // the instance is then told by its process number
	what, err := resource.New(ctx, resource.WithTelemetrySDK(), resource.WithAttributes(attribute.String("service.name", "yusuan"),
		attribute.String("service.version", versions().Version), attribute.String("service.instance.id", fmt.Sprintf("%s-%d", host, os.Getpid()))),
		resource.WithFromEnv()) // OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES come last, and so first
	if err != nil {
		return nil, errors.Join(fmt.Errorf("send traces: %w", err), exporter.Shutdown(ctx))
	}
	patient := &patientExporter{SpanExporter: exporter, lg: lg}
	return &tracer{lg, sdktrace.NewTracerProvider(sdktrace.WithBatcher(patient), sdktrace.WithResource(what)), patient}, nil
}

// samplers are those of the OpenTelemetry standard that the SDK knows.
func samplers() []string {
	return []string{"always_on", "always_off", "traceidratio", "parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio"}
}

// tracesURL is where spans go on a collector: as OTEL_EXPORTER_OTLP_ENDPOINT says, with the path of the standard appended.
func tracesURL(endpoint string) (string, error) {
	const path = "/v1/traces"
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", usageError("--otlp-endpoint %q: want http://host:4318 or https://…", endpoint)
	}
	if !strings.HasSuffix(u.Path, path) {
		u.Path = strings.TrimSuffix(u.Path, "/") + path
	}
	return u.String(), nil
}

// tracing is for the queue.
func (t *tracer) tracing() worker.Tracing {
	if t == nil {
		return worker.Tracing{}
	}
	return worker.Tracing{Provider: t.provider, Propagator: propagation.TraceContext{}}
}

// close sends what has not been sent yet, if that is soon done.
func (t *tracer) close() {
	if t == nil {
		return
	}
	wait := flushTime
	if t.exporter.broken.Load() {
		wait = brokenFlush
	}
	ctx, cancel := context.WithTimeout(context.Background(), wait)
	defer cancel()
	if err := t.provider.Shutdown(ctx); err != nil {
		t.exporter.complain(err)
	}
}

// A patientExporter does without a collector: it says once that there is none, and drops what it would have sent.
type patientExporter struct {
	sdktrace.SpanExporter
	lg     *zap.Logger
	said   sync.Once
	broken atomic.Bool // the last spans were not taken
}

// ExportSpans implements sdktrace.SpanExporter.
func (e *patientExporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	err := e.SpanExporter.ExportSpans(ctx, spans)
	e.broken.Store(err != nil)
	if err != nil {
		e.complain(err)
	}
	return nil
}

func (e *patientExporter) complain(err error) {
	e.said.Do(func() {
		e.lg.Warn("the collector takes no traces; this is said once, and they are dropped", zap.Error(err))
	})
}
