package worker

import (
	"cmp"
	"context"
	"strings"

	"github.com/nats-io/nats.go"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"yusuan/schemas"
)

// Tracing says how the way of a job is traced. The zero value traces nothing, and leaves the headers of messages alone.
type Tracing struct {
	Provider trace.TracerProvider
	// Propagator carries the trace in the headers of messages; default the W3C's (traceparent, tracestate).
	Propagator propagation.TextMapPropagator
}

// WithTracing returns the same queue, with what is published to it and worked off it traced.
func (q *Queue) WithTracing(t Tracing) *Queue {
	traced := *q
	traced.tracing = newTracing(t)
	return &traced
}

// tracing makes the spans of a queue.
type tracing struct {
	tracer trace.Tracer
	carry  propagation.TextMapPropagator
}

// scopeName is the name of our spans' instrumentation scope.
const scopeName = "yusuan/worker"

func newTracing(t Tracing) tracing {
	if t.Provider == nil {
		return tracing{noop.NewTracerProvider().Tracer(scopeName), propagation.NewCompositeTextMapPropagator()}
	}
	if t.Propagator == nil {
		t.Propagator = propagation.TraceContext{}
	}
	return tracing{t.Provider.Tracer(scopeName), t.Propagator}
}

// publish begins the span of a job that is put on the queue.
func (t tracing) publish(ctx context.Context, subject, jobID string) (context.Context, trace.Span) {
	ctx, span := t.tracer.Start(ctx, "publish "+subject, trace.WithSpanKind(trace.SpanKindProducer))
	describe(span, subject, "send")
	if span.IsRecording() {
		span.SetAttributes(attribute.String("yusuan.job", jobID))
	}
	return ctx, span
}

// process begins the span of a delivery, under the one that published the message, whoever that was.
func (t tracing) process(ctx context.Context, headers nats.Header, subject string) (context.Context, trace.Span) {
	ctx, span := t.tracer.Start(t.carry.Extract(ctx, carrier(headers)), "process "+subject, trace.WithSpanKind(trace.SpanKindConsumer))
	describe(span, subject, "process")
	return ctx, span
}

func (t tracing) stage(ctx context.Context, s Stage) (context.Context, trace.Span) {
	return t.tracer.Start(ctx, string(s))
}

// inject writes the trace of ctx into the headers.
func (t tracing) inject(ctx context.Context, headers nats.Header) {
	t.carry.Inject(ctx, carrier(headers))
}

// describe says what kind of message it is about, in the names of OpenTelemetry's semantic conventions.
func describe(span trace.Span, subject, operation string) {
	if span.IsRecording() {
		span.SetAttributes(attribute.String("messaging.system", "nats"), attribute.String("messaging.operation.type", operation),
			attribute.String("messaging.destination.name", subject))
	}
}

// end ends a span. A rejection is what the stage is there to find out, and no error of it.
func end(span trace.Span, err error) {
	if err != nil && span.IsRecording() {
		if r := schemas.AsRejection(err); r != nil {
			span.SetAttributes(attribute.String("yusuan.code", string(r.Code)))
		} else {
			span.SetStatus(codes.Error, oneLine(err.Error()))
		}
	}
	span.End()
}

// endSpan ends the span of the delivery with what became of the job.
func (d *delivery) endSpan(span trace.Span) {
	if span.IsRecording() {
		e := d.entry
		span.SetAttributes(attribute.String("yusuan.job", cmp.Or(e.ID, d.job.ID)), attribute.String("yusuan.state", string(e.State)),
			attribute.Int("yusuan.deliveries", d.count))
		if e.SHA256 != "" {
			span.SetAttributes(attribute.String("yusuan.sha256", e.SHA256))
		}
		if e.Pages > 0 {
			span.SetAttributes(attribute.Int("yusuan.pages", e.Pages))
		}
		if e.Code != "" {
			span.SetAttributes(attribute.String("yusuan.code", string(e.Code)))
		}
		if !e.State.Final() || e.State == schemas.Failed {
			span.SetStatus(codes.Error, oneLine(e.Message))
		}
	}
	span.End()
}

// A carrier is the headers of a message. NATS leaves the names as they were written, and programs write traceparent in any case.
type carrier nats.Header

// Get gives the first value of a header.
func (c carrier) Get(key string) string {
	if v := nats.Header(c).Get(key); v != "" {
		return v
	}
	for name, values := range c {
		if strings.EqualFold(name, key) && len(values) > 0 {
			return values[0]
		}
	}
	return ""
}

// Set implements propagation.TextMapCarrier.
func (c carrier) Set(key, value string) { nats.Header(c).Set(key, value) }

// Keys implements propagation.TextMapCarrier.
func (c carrier) Keys() []string {
	var keys []string
	for name := range c {
		keys = append(keys, name)
	}
	return keys
}
