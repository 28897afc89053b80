package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.uber.org/zap"

	"yusuan/web"
)

type serveCommand struct {
	Listen   string        `default:"127.0.0.1:8080" placeholder:"ADDR" help:"Address of this machine alone: nobody is asked who they are (default 127.0.0.1:8080)."`
	Timeout  time.Duration `default:"30s" placeholder:"TIME" help:"How long one answer may take (default 30s); exports may take longer."`
	Synonyms string        `placeholder:"FILE" help:"Words that find each other, one group a line, beside those that the program knows."`
}

// Help is the long form, with an example.
func (serveCommand) Help() string {
	return `Serves the HTTP API until it is stopped: search, amounts, sums, disclosures with their tables and PDFs, coverage. /api/v1/openapi.json describes it.
Lists come as JSON pages, or whole as CSV or NDJSON by the Accept header. Others may ingest meanwhile.

  yusuan serve
  curl 'http://127.0.0.1:8080/api/v1/search?q=三公经费&year=2024'
  curl -H 'Accept: text/csv' 'http://127.0.0.1:8080/api/v1/items?code=208&measure=total' > items.csv`
}

// Run serves. Being stopped is how it ends.
func (c *serveCommand) Run(ctx context.Context, p *program) error {
	if err := checkLoopback(c.Listen); err != nil {
		return err
	}
	lg, err := p.logger(zap.InfoLevel)
	if err != nil {
		return err
	}
	dictionary, err := readSynonyms(c.Synonyms)
	if err != nil {
		return err
	}
	p.metrics = newMetrics()
	s, err := p.openToServe(ctx, lg)
	if err != nil {
		return err
	}
	defer s.close()
	api := web.New(lg, web.Config{Index: s.store, Archive: s.store, PDFs: s.blobs, Dictionary: dictionary, Version: versions().Version, MaxPDF: maxFile, Timeout: c.Timeout})
	return serve(ctx, lg, c.Listen, serveMux(p.metrics.registry, api, s))
}

// openToServe opens index and PDFs. The embedded queue is left to who ingests.
func (p *program) openToServe(ctx context.Context, lg *zap.Logger) (*station, error) {
	if p.NATS != "" {
		return p.openStation(ctx, lg)
	}
	if err := p.needIndex(); err != nil {
		return nil, err
	}
	return p.openWithoutQueue(ctx, lg)
}

// checkLoopback refuses addresses that others can reach.
func checkLoopback(listen string) error {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return usageError("--listen %s: want HOST:PORT", listen)
	}
	if host == "localhost" {
		return nil
	}
	if addr, err := netip.ParseAddr(host); err != nil || !addr.IsLoopback() {
		return usageError("--listen %s: only this machine's own addresses (127.0.0.1, [::1], localhost), for nobody is asked who they are; put a proxy that does before it", listen)
	}
	return nil
}

// serveMux is the API with what those ask who watch it.
func serveMux(registry *prometheus.Registry, api http.Handler, s *station) http.Handler {
	took := promauto.With(registry).NewHistogramVec(prometheus.HistogramOpts{
		Name: "yusuan_http_request_duration_seconds", Help: "How long requests of the API took.", Buckets: prometheus.ExponentialBuckets(0.001, 4, 9),
	}, []string{"code", "method"})
	m := &monitor{registry: registry, begun: time.Now(), probes: []probe{{"index", func(ctx context.Context) error {
		_, _, err := s.store.Entry(ctx, "readyz")
		return err
	}}}}
	mux := http.NewServeMux()
	mux.Handle("/", promhttp.InstrumentHandlerDuration(took, api))
	mux.Handle("GET /metrics", m.handler())
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, true, healthAnswer{Healthy: true, Seconds: seconds(time.Since(m.begun))})
	})
	mux.HandleFunc("GET /readyz", m.serveReady)
	return mux
}

// stopWithin is how long answers that are under way may take once the program is told to end.
const stopWithin = 10 * time.Second

// serve serves until ctx is done.
func serve(ctx context.Context, lg *zap.Logger, addr string, h http.Handler) error {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	srv := &http.Server{
		Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: zap.NewStdLog(lg),
	}
	lg.Info("serving; only this machine can reach it", zap.String("address", "http://"+l.Addr().String()))
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(l) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	wait, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer cancel()
	if err := srv.Shutdown(wait); err != nil {
		_ = srv.Close() // they had their time
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}
