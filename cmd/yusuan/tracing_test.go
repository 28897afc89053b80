package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	"google.golang.org/protobuf/proto"
)

// A spanStore is a collector of traces: the names of the spans of each, with the service that sent them.
type spanStore struct {
	mu     sync.Mutex
	traces map[string][]string // by trace
}

// ServeHTTP implements http.Handler.
func (s *spanStore) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var req collector.ExportTraceServiceRequest
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = proto.Unmarshal(body, &req)
	}
	if err != nil || r.URL.Path != "/v1/traces" {
		http.Error(w, "want OTLP on /v1/traces", http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, rs := range req.ResourceSpans {
		service := ""
		for _, a := range rs.Resource.Attributes {
			if a.Key == "service.name" {
				service = a.Value.GetStringValue()
			}
		}
		for _, ss := range rs.ScopeSpans {
			for _, span := range ss.Spans {
				id := string(span.TraceId)
				s.traces[id] = append(s.traces[id], service+": "+span.Name)
			}
		}
	}
}

// has reports whether one trace has all the spans.
func (s *spanStore) has(names []string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, have := range s.traces {
		if !slices.ContainsFunc(names, func(n string) bool { return !slices.Contains(have, n) }) {
			return true
		}
	}
	return false
}

func (s *spanStore) all() (names []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, have := range s.traces {
		names = append(names, strings.Join(have, ", "))
	}
	return names
}

// traced waits until one trace has all the spans: traced 'yusuan: fetch' 'yusuan: extract'.
func (s *spanStore) traced(ts *testscript.TestScript, neg bool, args []string) {
	if neg && s.has(args) {
		ts.Fatalf("there is a trace with %q", args)
	}
	for deadline := time.Now().Add(awaitFor); !neg && !s.has(args); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			ts.Fatalf("no trace with %q in %q", args, s.all())
		}
	}
}

// TestTracer has the collector that nobody named, and wrong ways to name one.
func TestTracer(t *testing.T) {
	for _, tc := range []struct {
		name string
		flag string
		env  []string
		on   bool
		err  string
	}{
		{"nobody", "", nil, false, ""},
		{"flag", "http://127.0.0.1:1", nil, true, ""},
		{"variable", "", []string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1"}, true, ""},
		{"variable of traces", "", []string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://127.0.0.1:1/x"}, true, ""},
		{"switched off", "http://127.0.0.1:1", []string{"OTEL_SDK_DISABLED=true"}, false, ""},
		{"no traces", "", []string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1", "OTEL_TRACES_EXPORTER=none"}, false, ""},
		{"no URL", "localhost:4318", nil, false, "want http://host:4318"},
		{"sampler", "http://127.0.0.1:1", []string{"OTEL_TRACES_SAMPLER=sometimes"}, false, "want one of always_on"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := &program{common: common{OTLPEndpoint: tc.flag}, env: tc.env}
			tr, err := p.openTracer(t.Context(), zap.NewNop())
			defer tr.close()
			if (err == nil) != (tc.err == "") || err != nil && !strings.Contains(err.Error(), tc.err) {
				t.Fatalf("got error %v, want %q", err, tc.err)
			}
			if got := tr != nil; got != tc.on {
				t.Errorf("traced: got %v, want %v", got, tc.on)
			}
			if got := tr.tracing().Provider != nil; got != tc.on {
				t.Errorf("provider: got %v, want %v", got, tc.on)
			}
		})
	}
}

func TestTracesURL(t *testing.T) {
	for in, want := range map[string]string{
		"http://h:4318": "http://h:4318/v1/traces", "http://h:4318/": "http://h:4318/v1/traces",
		"https://h/otlp": "https://h/otlp/v1/traces", "https://h/v1/traces": "https://h/v1/traces",
	} {
		if got, err := tracesURL(in); err != nil || got != want {
			t.Errorf("%s: got %q, %v, want %q", in, got, err, want)
		}
	}
}

// A failing exporter takes nothing.
type failing struct{}

func (failing) ExportSpans(context.Context, []sdktrace.ReadOnlySpan) error {
	return errors.New("refused")
}
func (failing) Shutdown(context.Context) error { return nil }

// TestPatientExporter says once that spans are dropped.
func TestPatientExporter(t *testing.T) {
	core, lines := observer.New(zap.DebugLevel)
	tr, err := newTracer(t.Context(), zap.New(core), failing{})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		_, span := tr.provider.Tracer("test").Start(t.Context(), "x")
		span.End()
		if err := tr.provider.ForceFlush(t.Context()); err != nil {
			t.Errorf("flush: %v", err)
		}
	}
	tr.close()
	if lines.Len() != 1 || !strings.Contains(lines.All()[0].Message, "takes no traces") {
		t.Errorf("got lines %v, want one", lines.All())
	}
}

// TestSilentCollector has one that takes the connection and never answers: the end of the program waits flushTime at most.
func TestSilentCollector(t *testing.T) {
	release := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer srv.Close()
	defer close(release)
	core, lines := observer.New(zap.DebugLevel)
	p := &program{common: common{OTLPEndpoint: srv.URL}}
	tr, err := p.openTracer(t.Context(), zap.New(core))
	if err != nil {
		t.Fatal(err)
	}
	_, span := tr.provider.Tracer("test").Start(t.Context(), "x")
	span.End()
	begun := time.Now()
	tr.close()
	if took := time.Since(begun); took > 3*flushTime {
		t.Errorf("the end took %v, want some %v", took, flushTime)
	}
	if lines.Len() != 1 {
		t.Errorf("got lines %v, want one", lines.All())
	}
}
