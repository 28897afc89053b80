package main

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"yusuan/worker"
)

// How the gauges of the queue are asked for: a scrape waits no longer than gaugeTimeout, and several in a row within
// gaugeAge ask once.
const (
	gaugeTimeout = 2 * time.Second
	gaugeAge     = 5 * time.Second
)

// A backlog is how much there is to do.
type backlog struct {
	worker.Status
	// Oldest is when the oldest job was published that nobody has been handed yet; nil where none waits.
	Oldest *time.Time
}

// Waiting is how many jobs nobody has been handed yet, or again.
func (b backlog) Waiting() uint64 {
	return b.Jobs - min(b.Jobs, uint64(max(b.InFlight, 0)))
}

// backlog asks the queue.
func (s *station) backlog(ctx context.Context) (b backlog, err error) {
	if b.Status, err = s.queue.Status(ctx); err != nil {
		return b, err
	}
	at, waiting, err := s.queue.OldestWaiting(ctx)
	if waiting {
		b.Oldest = &at
	}
	return b, err
}

// watchQueue has the gauges of the station's queue among the metrics.
func (m *metrics) watchQueue(s *station) { m.registry.MustRegister(newGauges(s.backlog)) }

// watchWorker has those of a worker.
func (m *metrics) watchWorker(w *worker.Worker) {
	m.registry.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "yusuan_worker_jobs", Help: "How many files this process reads at a time at most."},
			func() float64 { return float64(w.Health().Jobs) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "yusuan_worker_busy_jobs", Help: "How many files this process has in hand."},
			func() float64 { return float64(w.Health().Working) }))
}

// gauges are those of the queue, which Prometheus reads by asking the server.
type gauges struct {
	ask func(context.Context) (backlog, error)

	up, waiting, inFlight, dead, oldest *prometheus.Desc

	mu   sync.Mutex
	at   time.Time // of last
	last backlog
	err  error
}

func newGauges(ask func(context.Context) (backlog, error)) *gauges {
	desc := func(name, help string) *prometheus.Desc { return prometheus.NewDesc(name, help, nil, nil) }
	return &gauges{
		ask:      ask,
		up:       desc("yusuan_queue_up", "1 where the NATS server answered, else 0; then the other gauges of the queue are missing."),
		waiting:  desc("yusuan_queue_waiting_jobs", "Jobs that wait for a worker."),
		inFlight: desc("yusuan_queue_in_flight_jobs", "Jobs that workers have in hand, or that wait for another try."),
		dead:     desc("yusuan_queue_dead_letters", "Messages on the stream of dead letters."),
		oldest:   desc("yusuan_queue_oldest_waiting_seconds", "Age of the oldest job that no worker has been handed yet; 0 where none waits."),
	}
}

// Describe implements prometheus.Collector.
func (g *gauges) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{g.up, g.waiting, g.inFlight, g.dead, g.oldest} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (g *gauges) Collect(to chan<- prometheus.Metric) {
	tell := func(d *prometheus.Desc, v float64) { to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v) }
	b, err := g.read()
	if err != nil {
		tell(g.up, 0)
		return
	}
	tell(g.up, 1)
	tell(g.waiting, float64(b.Waiting()))
	tell(g.inFlight, float64(b.InFlight))
	tell(g.dead, float64(b.DeadLetters))
	age := 0.0
	if b.Oldest != nil {
		age = max(0, time.Since(*b.Oldest).Seconds())
	}
	tell(g.oldest, age)
}

func (g *gauges) read() (backlog, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.at.IsZero() && time.Since(g.at) < gaugeAge {
		return g.last, g.err
	}
	ctx, cancel := context.WithTimeout(context.Background(), gaugeTimeout)
	defer cancel()
	g.last, g.err = g.ask(ctx)
	g.at = time.Now()
	return g.last, g.err
}
