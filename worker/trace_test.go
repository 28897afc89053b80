package worker_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"yusuan/schemas"
	"yusuan/worker"
	"yusuan/worker/source"
)

// trace has publisher and worker of the bench traced, and gives where their spans go.
func (b *bench) trace() *tracetest.InMemoryExporter {
	b.t.Helper()
	spans := tracetest.NewInMemoryExporter()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))
	b.q = b.q.WithTracing(worker.Tracing{Provider: provider})
	b.pub = worker.NewPublisher(b.lg, b.q, b.blobs, b.store)
	return spans
}

// tree draws spans as a tree, children in the order in which they began.
func tree(spans tracetest.SpanStubs) []string {
	slices.SortStableFunc(spans, func(a, b tracetest.SpanStub) int { return a.StartTime.Compare(b.StartTime) })
	var lines []string
	var draw func(parent trace.SpanID, indent string)
	draw = func(parent trace.SpanID, indent string) {
		for _, s := range spans {
			if s.Parent.SpanID() == parent {
				line := indent + s.Name
				if s.Status.Code == codes.Error {
					line += " (error)"
				}
				lines = append(lines, line)
				draw(s.SpanContext.SpanID(), indent+"  ")
			}
		}
	}
	draw(trace.SpanID{}, "")
	return lines
}

func value(s tracetest.SpanStub, key string) string {
	for _, a := range s.Attributes {
		if string(a.Key) == key {
			return a.Value.Emit()
		}
	}
	return ""
}

func named(t *testing.T, spans tracetest.SpanStubs, prefix string) tracetest.SpanStub {
	t.Helper()
	i := slices.IndexFunc(spans, func(s tracetest.SpanStub) bool { return strings.HasPrefix(s.Name, prefix) })
	if i < 0 {
		t.Fatalf("no span %s… in %q", prefix, tree(spans))
	}
	return spans[i]
}

// TestTrace follows a job from the one who publishes it to the index, over two deliveries.
func TestTrace(t *testing.T) {
	b := newBench(t)
	spans := b.trace()
	b.x.do = func(_ context.Context, _ string, call int) error {
		if call == 1 {
			return errors.New("stumbled")
		}
		return nil
	}
	id := b.publish("secret text").Entry.ID
	stop := b.start(quick())
	b.settle()
	stop()
	subject := b.q.Names().JobSubject()
	got := spans.GetSpans()
	want := []string{
		"publish " + subject,
		"  process " + subject + " (error)", "    fetch", "    extract (error)", "    settle",
		"  process " + subject, "    fetch", "    extract", "    index", "    settle",
	}
	if diff := cmp.Diff(tree(got), want); diff != "" {
		t.Errorf("spans, got - want +:\n%s", diff)
	}
	known := []attribute.Key{"messaging.system", "messaging.operation.type", "messaging.destination.name",
		"yusuan.job", "yusuan.sha256", "yusuan.pages", "yusuan.state", "yusuan.code", "yusuan.deliveries"}
	for _, s := range got {
		if s.SpanContext.TraceID() != got[0].SpanContext.TraceID() {
			t.Errorf("%s: another trace", s.Name)
		}
		for _, a := range s.Attributes {
			if !slices.Contains(known, a.Key) || strings.Contains(a.Value.Emit(), "secret") {
				t.Errorf("%s: attribute %s=%s, which may say what is in the file", s.Name, a.Key, a.Value.Emit())
			}
		}
	}
	last := got[slices.IndexFunc(got, func(s tracetest.SpanStub) bool { return value(s, "yusuan.state") == string(schemas.Indexed) })]
	for key, want := range map[string]string{"yusuan.job": id, "yusuan.sha256": id, "yusuan.pages": "1", "yusuan.deliveries": "2"} {
		if got := value(last, key); got != want {
			t.Errorf("%s: got %q, want %q", key, got, want)
		}
	}
	if last.SpanKind != trace.SpanKindConsumer || named(t, got, "publish").SpanKind != trace.SpanKindProducer {
		t.Error("want a producer's and a consumer's span")
	}
}

// TestForeignTrace has programs that publish with headers of their own.
func TestForeignTrace(t *testing.T) {
	const id = "0af7651916cd43dd8448eb211c80319c"
	cases := []struct {
		name, header, value string
		joined              bool
	}{
		{"as the standard writes it", "traceparent", "00-" + id + "-b7ad6b7169203331-01", true},
		{"as HTTP libraries write it", "Traceparent", "00-" + id + "-b7ad6b7169203331-01", true},
		{"not sampled", "traceparent", "00-" + id + "-b7ad6b7169203331-00", false},
		{"broken", "traceparent", "00-" + id + "-x", false},
		{"another header", "X-Trace", "00-" + id + "-b7ad6b7169203331-01", false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			spans := b.trace()
			b.fetch["http://x/a.pdf"] = func() (source.Document, error) {
				return source.Document{Data: []byte("fetched"), FileName: "a.pdf"}, nil
			}
			msg := nats.NewMsg(b.q.Names().JobSubject())
			msg.Data = []byte(`{"url":"http://x/a.pdf"}`)
			msg.Header[c.header] = []string{c.value}
			if _, err := b.q.JetStream().PublishMsg(t.Context(), msg); err != nil {
				t.Fatal(err)
			}
			stop := b.start(quick())
			b.settle()
			stop()
			got := spans.GetSpans()
			if c.name == "not sampled" { // whoever begins a trace decides
				if len(got) != 0 {
					t.Errorf("got spans %q, want none", tree(got))
				}
				return
			}
			s := named(t, got, "process")
			if joined := s.SpanContext.TraceID().String() == id && s.Parent.SpanID().String() == "b7ad6b7169203331"; joined != c.joined {
				t.Errorf("got trace %s under %s; is it the publisher's: want %v", s.SpanContext.TraceID(), s.Parent.SpanID(), c.joined)
			}
		})
	}
}

// TestTraceOfDeadLetter has the reason why a file was rejected in the trace, and the trace at the dead letter.
func TestTraceOfDeadLetter(t *testing.T) {
	b := newBench(t)
	spans := b.trace()
	b.x.do = func(context.Context, string, int) error {
		return schemas.Reject(schemas.Damaged, "nothing could be read")
	}
	b.publish("damaged")
	stop := b.start(quick())
	b.settle()
	stop()
	got := spans.GetSpans()
	for _, name := range []string{"process", "extract"} {
		s := named(t, got, name)
		if value(s, "yusuan.code") != string(schemas.Damaged) || s.Status.Code == codes.Error {
			t.Errorf("%s: got code %q, status %v; want %s, which is no error", name, value(s, "yusuan.code"), s.Status, schemas.Damaged)
		}
	}
	msg := b.message(b.q.Names().DeadStream())
	if parent := msg.Header.Get("traceparent"); !strings.Contains(parent, named(t, got, "publish").SpanContext.TraceID().String()) {
		t.Errorf("dead letter: got traceparent %q, want that of the job", parent)
	}
}

// message reads the first message of a stream.
func (b *bench) message(stream string) *jetstream.RawStreamMsg {
	b.t.Helper()
	s, err := b.q.JetStream().Stream(b.t.Context(), stream)
	if err != nil {
		b.t.Fatal(err)
	}
	msg, err := s.GetMsg(b.t.Context(), 1)
	if err != nil {
		b.t.Fatal(err)
	}
	return msg
}

// TestUntraced leaves the headers alone.
func TestUntraced(t *testing.T) {
	b := newBench(t)
	b.publish("plain")
	for name := range b.message(b.q.Names().JobStream()).Header {
		if name != nats.MsgIdHdr && name != nats.ExpectedStreamHdr {
			t.Errorf("got header %s", name)
		}
	}
}

// BenchmarkUntraced is what a job pays for tracing that is off.
func BenchmarkUntraced(b *testing.B) {
	t := worker.NewTracingForTest(worker.Tracing{})
	b.ReportAllocs()
	for b.Loop() {
		t.Job(b.Context())
	}
}
