package main

import (
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"yusuan/extractor/sandbox"
	"yusuan/indexer/elastic"
	"yusuan/schemas"
	"yusuan/worker"
)

// metrics are what Prometheus is told of this process. Names and labels are relied on by dashboards. A nil *metrics is told
// nothing, and costs nothing.
type metrics struct {
	registry *prometheus.Registry

	files       *prometheus.CounterVec // by state and reason
	reasons     labels
	pages       prometheus.Counter
	bytes       prometheus.Counter
	stages      *prometheus.HistogramVec // by stage
	deliveries  prometheus.Counter
	redelivered prometheus.Counter
	putBack     *prometheus.CounterVec // by cause

	started prometheus.Counter
	ended   *prometheus.CounterVec // by reason

	bulks    prometheus.Histogram
	busy     *prometheus.CounterVec // by status
	repeated prometheus.Counter
	resent   prometheus.Counter
}

// stageBuckets are in seconds: a small file is fetched in a few milliseconds, and a step may take 15 minutes.
func stageBuckets() []float64 {
	return []float64{.002, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900}
}

func counter(name, help string) prometheus.Counter {
	return prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
}

func counters(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		files:    counters("yusuan_files_total", "Files that got to a final state, by state and, where they are not in the index, by reason.", "state", "reason"),
		reasons:  labels{most: 64},
		pages:    counter("yusuan_pages_total", "Pages of the files that were indexed."),
		bytes:    counter("yusuan_fetched_bytes_total", "Bytes of PDFs that were fetched, from the blob store or from their URLs."),
		stages: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "yusuan_stage_duration_seconds", Buckets: stageBuckets(),
			Help: "Time that a file spent in each stage: fetch, extract, index, settle."}, []string{"stage"}),
		deliveries:  counter("yusuan_deliveries_total", "Jobs that the queue handed to this process."),
		redelivered: counter("yusuan_redeliveries_total", "Deliveries of jobs that had been handed out before."),
		putBack:     counters("yusuan_put_back_total", "Jobs that went back to the queue: to be tried again later (retry), or because this process stops (stop).", "cause"),
		started:     counter("yusuan_readers_started_total", "Child processes started to read PDFs."),
		ended: counters("yusuan_readers_ended_total", "Child processes that ended: killed for their file (timeout, memory), crash, "+
			"replaced (worn, bloated), lost, cancelled or closed.", "reason"),
		bulks: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "yusuan_elasticsearch_bulk_duration_seconds", Buckets: stageBuckets(),
			Help: "Time that Elasticsearch took to answer a bulk request."}),
		busy:     counters("yusuan_elasticsearch_busy_total", "Requests, and documents of bulks, that Elasticsearch was too busy for, by HTTP status, or that found it unreachable.", "status"),
		repeated: counter("yusuan_elasticsearch_repeated_requests_total", "Requests that were sent again."),
		resent:   counter("yusuan_elasticsearch_resent_documents_total", "Documents of bulk requests that were sent again."),
	}
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), buildInfo(),
		m.files, m.pages, m.bytes, m.stages, m.deliveries, m.redelivered, m.putBack, m.started, m.ended, m.bulks, m.busy, m.repeated, m.resent)
	m.begin()
	return m
}

// begin has the series that are sure to come stand at 0, so that a rate sees their first step.
func (m *metrics) begin() {
	m.files.WithLabelValues(string(schemas.Indexed), "")
	m.files.WithLabelValues(string(schemas.Unchanged), "")
	m.files.WithLabelValues(string(schemas.Failed), string(worker.FailedCode))
	for _, s := range []worker.Stage{worker.FetchStage, worker.ExtractStage, worker.IndexStage, worker.SettleStage} {
		m.stages.WithLabelValues(string(s))
	}
	for _, cause := range []string{"retry", "stop"} {
		m.putBack.WithLabelValues(cause)
	}
	for _, e := range []sandbox.Ending{sandbox.TimedOut, sandbox.OutOfMemory, sandbox.Crashed, sandbox.Worn, sandbox.Bloated, sandbox.Lost} {
		m.ended.WithLabelValues(string(e))
	}
	m.busy.WithLabelValues("429")
}

func buildInfo() prometheus.Collector {
	v := versions()
	g := prometheus.NewGauge(prometheus.GaugeOpts{Name: "yusuan_build_info", Help: "Always 1; the labels say what is running.",
		ConstLabels: prometheus.Labels{"version": v.Version, "commit": v.Commit, "go_version": v.Go, "parser": strconv.Itoa(v.Parser), "schema": v.Schema}})
	g.Set(1)
	return g
}

// worker is what a worker tells.
func (m *metrics) worker() worker.Observer {
	if m == nil {
		return worker.Observer{}
	}
	return worker.Observer{
		Delivered: func(count int) {
			m.deliveries.Inc()
			if count > 1 {
				m.redelivered.Inc()
			}
		},
		Fetched:  func(bytes int64) { m.bytes.Add(float64(bytes)) },
		Stage:    func(s worker.Stage, took time.Duration) { m.stages.WithLabelValues(string(s)).Observe(took.Seconds()) },
		Finished: m.finished,
		PutBack: func(again bool) {
			cause := "stop"
			if again {
				cause = "retry"
			}
			m.putBack.WithLabelValues(cause).Inc()
		},
	}
}

func (m *metrics) finished(e schemas.Entry) {
	reason := e.Code
	switch e.State {
	case schemas.Indexed:
		m.pages.Add(float64(e.Pages))
	case schemas.Failed:
		reason = worker.FailedCode
	}
	m.files.WithLabelValues(string(e.State), m.reasons.of(string(reason))).Inc()
}

// children is what a pool of readers tells.
func (m *metrics) children() sandbox.Observer {
	if m == nil {
		return sandbox.Observer{}
	}
	return sandbox.Observer{
		Started: m.started.Inc,
		Ended:   func(why sandbox.Ending) { m.ended.WithLabelValues(string(why)).Inc() },
	}
}

// elastic is what the store in Elasticsearch tells.
func (m *metrics) elastic() elastic.Observer {
	if m == nil {
		return elastic.Observer{}
	}
	return elastic.Observer{
		Bulk: func(took time.Duration) { m.bulks.Observe(took.Seconds()) },
		Busy: func(status int) {
			label := "unreachable"
			if status > 0 {
				label = strconv.Itoa(status)
			}
			m.busy.WithLabelValues(label).Inc()
		},
		Repeated: m.repeated.Inc,
		Resent:   func(documents int) { m.resent.Add(float64(documents)) },
	}
}

// otherLabel stands for what is no code, and for codes beyond the bound.
const otherLabel = "other"

// labels bounds the values of a label, however many there should be.
type labels struct {
	most int

	mu   sync.Mutex
	seen map[string]bool
}

// of gives the value, or otherLabel.
func (l *labels) of(value string) string {
	if value == "" {
		return ""
	}
	if len(value) > 40 || strings.Trim(value, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		return otherLabel
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.seen[value] {
		return value
	}
	if len(l.seen) >= l.most {
		return otherLabel
	}
	if l.seen == nil {
		l.seen = map[string]bool{}
	}
	l.seen[value] = true
	return value
}
