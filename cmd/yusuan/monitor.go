package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.uber.org/zap"

	"yusuan/worker"
)

// observing are the flags for those who watch a process that works.
type observing struct {
	MetricsListen string `placeholder:"ADDR" help:"Serve /metrics (Prometheus), /healthz and /readyz on this address, such as 127.0.0.1:9464 (default: nowhere)."`
}

// metrics gives nil where nobody listens.
func (o observing) metrics() *metrics {
	if o.MetricsListen == "" {
		return nil
	}
	return newMetrics()
}

// probeTimeout is how long a part may take to say that it is there.
const probeTimeout = 3 * time.Second

// A probe asks one part whether it can do its work.
type probe struct {
	part string
	ask  func(context.Context) error
}

// A monitor says how a process that works is.
type monitor struct {
	registry *prometheus.Registry
	health   func() worker.Health
	probes   []probe
	begun    time.Time
}

// newMonitor watches a worker of the station. Once stop is done, it is not ready any more.
func newMonitor(stop context.Context, m *metrics, s *station, w *worker.Worker) *monitor {
	m.watchQueue(s)
	m.watchWorker(w)
	return &monitor{registry: m.registry, health: w.Health, begun: time.Now(), probes: []probe{
		{"nats", s.queue.Ping},
		{"ledger", func(ctx context.Context) error {
			if err := w.Health().StoreErr; err != nil {
				return err // the worker asks it again and again; no second one needs to
			}
			_, _, err := s.store.Entry(ctx, "readyz")
			return err
		}},
		{"worker", func(context.Context) error {
			if stop.Err() != nil {
				return errors.New("it is stopping")
			}
			return nil
		}},
	}}
}

// handler serves /metrics, /healthz and /readyz.
func (m *monitor) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		ErrorHandling: promhttp.ContinueOnError, MaxRequestsInFlight: 4, Timeout: 10 * time.Second,
	}))
	mux.HandleFunc("GET /healthz", m.serveHealth)
	mux.HandleFunc("GET /readyz", m.serveReady)
	return mux
}

// A healthAnswer is what /healthz says.
type healthAnswer struct {
	Healthy bool    `json:"healthy"`
	Why     string  `json:"why,omitempty"`
	Jobs    int     `json:"jobs"`    // how many files at a time
	Working int     `json:"working"` // how many are in hand
	Seconds float64 `json:"seconds"` // since the beginning
}

// serveHealth says whether the process should be left alone. What it waits for is no reason to restart it.
func (m *monitor) serveHealth(w http.ResponseWriter, _ *http.Request) {
	h := m.health()
	a := healthAnswer{Healthy: !h.Stuck, Jobs: h.Jobs, Working: h.Working, Seconds: seconds(time.Since(m.begun))}
	if h.Stuck {
		a.Why = "every job in hand has taken longer than a job may"
	}
	answer(w, a.Healthy, a)
}

// A readyAnswer is what /readyz says.
type readyAnswer struct {
	Ready bool        `json:"ready"`
	Parts []readyPart `json:"parts"`
}

type readyPart struct {
	Part  string `json:"part"`
	Ready bool   `json:"ready"`
	Why   string `json:"why,omitempty"`
}

func (m *monitor) serveReady(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), probeTimeout)
	defer cancel()
	a := readyAnswer{Ready: true, Parts: make([]readyPart, len(m.probes))}
	var asking sync.WaitGroup
	for i, p := range m.probes {
		asking.Go(func() {
			a.Parts[i] = readyPart{Part: p.part, Ready: true}
			if err := p.ask(ctx); err != nil {
				a.Parts[i] = readyPart{Part: p.part, Why: oneLine(err.Error())}
			}
		})
	}
	asking.Wait()
	for _, p := range a.Parts {
		a.Ready = a.Ready && p.Ready
	}
	answer(w, a.Ready, a)
}

// answer writes JSON with 200 or 503.
func answer(w http.ResponseWriter, well bool, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	if !well {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_ = json.NewEncoder(w).Encode(v) // the one who asked may have gone
}

// listen serves the handler until the returned function is called, which waits for requests at hand, shortly.
func listen(lg *zap.Logger, addr string, h http.Handler) (stop func(), err error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("serve metrics on %s (want HOST:PORT): %w", addr, err)
	}
	srv := &http.Server{
		Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second,
		IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10, ErrorLog: zap.NewStdLog(lg),
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			lg.Error("metrics are not served any more", zap.Error(err))
		}
	}()
	lg.Info("metrics are served", zap.Stringer("address", l.Addr()))
	return func() {
		ctx, cancel := context.WithTimeout(context.Background(), probeTimeout)
		defer cancel()
		if srv.Shutdown(ctx) != nil {
			srv.Close()
		}
		<-ended
	}, nil
}

// watch serves the monitor of a worker, if anybody asked for it, until the returned function is called.
func (p *program) observe(ctx context.Context, o observing, s *station, w *worker.Worker) (stop func(), err error) {
	if p.metrics == nil {
		return func() {}, nil
	}
	return listen(s.lg, o.MetricsListen, newMonitor(ctx, p.metrics, s, w).handler())
}
