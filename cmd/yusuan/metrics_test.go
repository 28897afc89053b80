package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"yusuan/extractor/sandbox"
	"yusuan/schemas"
	"yusuan/worker"
)

// TestMetrics tells every observer something and reads what comes of it.
func TestMetrics(t *testing.T) {
	m := newMetrics()
	w, c, e := m.worker(), m.children(), m.elastic()
	w.Delivered(1)
	w.Delivered(3)
	w.Fetched(1000)
	w.Fetched(24)
	w.Stage(worker.ExtractStage, 70*time.Millisecond)
	w.Finished(schemas.Entry{State: schemas.Indexed, Pages: 30})
	w.Finished(schemas.Entry{State: schemas.Unchanged, Pages: 30})
	w.Finished(schemas.Entry{State: schemas.Rejected, Code: schemas.Damaged, Message: "text of a page", FileName: "a.pdf"})
	w.Finished(schemas.Entry{State: schemas.Rejected, Code: "https://www.example.com/Ä"})
	w.Finished(schemas.Entry{State: schemas.Failed})
	w.PutBack(true)
	c.Started()
	c.Ended(sandbox.TimedOut)
	e.Bulk(time.Second)
	e.Busy(429)
	e.Busy(0)
	e.Repeated()
	e.Resent(7)
	want := `
yusuan_deliveries_total 2
yusuan_elasticsearch_busy_total{status="429"} 1
yusuan_elasticsearch_busy_total{status="unreachable"} 1
yusuan_elasticsearch_repeated_requests_total 1
yusuan_elasticsearch_resent_documents_total 7
yusuan_fetched_bytes_total 1024
yusuan_files_total{reason="",state="indexed"} 1
yusuan_files_total{reason="",state="unchanged"} 1
yusuan_files_total{reason="damaged",state="rejected"} 1
yusuan_files_total{reason="failed",state="failed"} 1
yusuan_files_total{reason="other",state="rejected"} 1
yusuan_pages_total 30
yusuan_put_back_total{cause="retry"} 1
yusuan_put_back_total{cause="stop"} 0
yusuan_readers_ended_total{reason="timeout"} 1
yusuan_readers_started_total 1
yusuan_redeliveries_total 1
yusuan_stage_duration_seconds_count{stage="extract"} 1
yusuan_stage_duration_seconds_bucket{stage="extract",le="0.05"} 0
yusuan_stage_duration_seconds_bucket{stage="extract",le="0.1"} 1
yusuan_elasticsearch_bulk_duration_seconds_sum 1
`
	got := exposed(t, m.registry)
	for line := range strings.Lines(strings.TrimSpace(want)) {
		if line = strings.TrimSpace(line); !strings.Contains(got, "\n"+line+"\n") {
			t.Errorf("missing: %s", line)
		}
	}
	for _, secret := range []string{"a.pdf", "text of", "example.com"} {
		if strings.Contains(got, secret) {
			t.Errorf("%q is told to Prometheus", secret)
		}
	}
	if !strings.Contains(got, "yusuan_build_info{") {
		t.Error("no yusuan_build_info")
	}
}

// exposed is what Prometheus reads. Names and help must be as Prometheus's own lint wants them.
func exposed(t *testing.T, r *prometheus.Registry) string {
	t.Helper()
	problems, err := testutil.GatherAndLint(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
	rec := httptest.NewRecorder()
	promhttp.HandlerFor(r, promhttp.HandlerOpts{}).ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	return "\n" + rec.Body.String()
}

// TestNoMetrics has nobody who listens: the observers are told nothing.
func TestNoMetrics(t *testing.T) {
	m := observing{}.metrics()
	if m != nil {
		t.Fatal("got metrics that nobody asked for")
	}
	if w, c, e := m.worker(), m.children(), m.elastic(); w.Finished != nil || c.Started != nil || e.Bulk != nil {
		t.Error("got observers of no metrics")
	}
}

// TestLabels bounds what a label can be.
func TestLabels(t *testing.T) {
	l := labels{most: 3}
	for _, tc := range []struct{ value, want string }{
		{"", ""}, {"damaged", "damaged"}, {"too-large", "too-large"}, {"http2", "http2"}, {"one-more", "other"}, {"damaged", "damaged"},
		{"A b", "other"}, {strings.Repeat("x", 41), "other"},
	} {
		if got := l.of(tc.value); got != tc.want {
			t.Errorf("%q: got %q, want %q", tc.value, got, tc.want)
		}
	}
}

// TestGauges asks the queue once in a while, and says where it does not answer.
func TestGauges(t *testing.T) {
	asked, fails := 0, false
	at := time.Now().Add(-time.Minute)
	g := newGauges(func(ctx context.Context) (backlog, error) {
		asked++
		if _, bounded := ctx.Deadline(); !bounded {
			t.Error("asked without a deadline")
		}
		if fails {
			return backlog{}, errors.New("no answer")
		}
		return backlog{worker.Status{Jobs: 10, InFlight: 3, DeadLetters: 2}, &at}, nil
	})
	r := prometheus.NewPedanticRegistry()
	r.MustRegister(g)
	for range 3 {
		got := exposed(t, r)
		for _, line := range []string{"yusuan_queue_up 1", "yusuan_queue_waiting_jobs 7", "yusuan_queue_in_flight_jobs 3", "yusuan_queue_dead_letters 2", "yusuan_queue_oldest_waiting_seconds 60"} {
			if !strings.Contains(got, "\n"+line) {
				t.Errorf("missing %q in:\n%s", line, got)
			}
		}
	}
	if asked != 1 {
		t.Errorf("asked %d times at once, want once", asked)
	}
	fails = true
	g.at = g.at.Add(-gaugeAge)
	got := exposed(t, r)
	if !strings.Contains(got, "\nyusuan_queue_up 0\n") || strings.Contains(got, "waiting_jobs ") {
		t.Errorf("the queue does not answer: got\n%s", got)
	}
	if asked != 2 {
		t.Errorf("asked %d times, want twice", asked)
	}
}

func TestWaiting(t *testing.T) {
	for _, tc := range []struct {
		jobs     uint64
		inFlight int
		want     uint64
	}{{0, 0, 0}, {5, 2, 3}, {1, 2, 0}, {3, -1, 3}} {
		if got := (backlog{Status: worker.Status{Jobs: tc.jobs, InFlight: tc.inFlight}}).Waiting(); got != tc.want {
			t.Errorf("%s: got %d, want %d", fmt.Sprint(tc.jobs, " ", tc.inFlight), got, tc.want)
		}
	}
}
