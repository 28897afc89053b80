package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"yusuan/web"
	"yusuan/web/access"
	"yusuan/web/site"
	"yusuan/worker/broker"
)

type serveCommand struct {
	guarding
	fetching
	Listen   string        `default:"127.0.0.1:8080" placeholder:"ADDR" help:"Address to listen on (default 127.0.0.1:8080). Without --keys or --oidc-issuer of this machine alone: nobody is asked who they are."`
	Workers  *int          `placeholder:"N" help:"How many uploaded files are read at a time (default 1, with --nats 0: workers elsewhere do). Without --nats, 0 takes no uploads and leaves the queue to yusuan ingest."`
	Timeout  time.Duration `default:"30s" placeholder:"TIME" help:"How long one answer may take (default 30s); exports may take longer."`
	Synonyms string        `placeholder:"FILE" help:"Words that find each other, one group a line, beside those that the program knows."`
}

// answerTimeout is the default of --timeout.
const answerTimeout = 30 * time.Second

// Help is the long form, with an example.
func (serveCommand) Help() string {
	return `Serves web pages and the HTTP API until it is stopped: search, disclosures with their tables and PDFs side by side, units, regions, codes and
comparisons; PDFs can be handed in, and are read and indexed. /api/v1/openapi.json describes the API. Lists come as JSON pages, or whole as
CSV or NDJSON by the Accept header.

  yusuan serve                     then open http://127.0.0.1:8080
  curl 'http://127.0.0.1:8080/api/v1/search?q=三公经费&year=2024'
  curl -H 'Accept: text/csv' 'http://127.0.0.1:8080/api/v1/items?code=208&measure=total' > items.csv
  curl -F file=@2024.pdf http://127.0.0.1:8080/api/v1/disclosures

For others than this machine, give each a key (yusuan key), or name an issuer of tokens:

  yusuan serve --keys keys --listen 0.0.0.0:8443 --tls-cert cert.pem --tls-key key.pem
  curl -H "Authorization: Bearer $KEY" 'https://HOST:8443/api/v1/search?q=三公经费'`
}

// workers is how many files are read at a time.
func (c *serveCommand) workers(p *program) int {
	switch {
	case c.Workers != nil:
		return max(*c.Workers, 0)
	case p.NATS != "":
		return 0
	}
	return 1
}

// Run serves. Being stopped is how it ends.
func (c *serveCommand) Run(ctx context.Context, p *program) error {
	return unlessStopped(ctx, c.run(ctx, p))
}

func (c *serveCommand) run(ctx context.Context, p *program) error {
	if err := c.check(c.Listen); err != nil {
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
	guard, err := c.open(ctx, lg)
	if err != nil {
		return err
	}
	ofMetrics, err := c.ofMetrics(guard, c.Listen)
	if err != nil {
		return err
	}
	p.metrics = newMetrics()
	s, err := p.openToServe(ctx, lg, c.workers(p))
	if err != nil {
		return err
	}
	defer s.close()
	in := newIntake(p, s, c.fetching, c.workers(p))
	running, ctx := errgroup.WithContext(ctx)
	api := web.New(lg, web.Config{
		Index: s.store, Archive: s.store, PDFs: s.blobs, Ledger: s.store.store, Intake: in, DeadLetters: in, Backlog: in, Scale: s.store, Guard: guard, Asks: c.asks(), Origins: c.CORSOrigin,
		Dictionary: dictionary, Version: versions().Version, MaxPDF: maxFile, MaxUpload: maxUpload, Timeout: c.Timeout, Changes: in, Done: ctx.Done(),
	})
	pages, err := site.New(lg, site.Config{
		Index: s.store, Archive: s.store, History: s.store, Ledger: s.store.store, API: api, Guard: guard, Asks: c.asks(), Dictionary: dictionary, Version: versions().Version,
		Timeout: c.Timeout,
	})
	if err != nil {
		return err
	}
	running.Go(func() error { return in.run(ctx) })
	running.Go(func() error { return c.serve(ctx, lg, serveMux(p.metrics.registry, api, pages, ofMetrics, s, in)) })
	return running.Wait()
}

// maxUpload bounds all files of one upload, in bytes.
const maxUpload = 4 * maxFile

// openToServe opens index and PDFs, and the queue if it is to be had: the embedded one may be in another process's hands.
func (p *program) openToServe(ctx context.Context, lg *zap.Logger, workers int) (*station, error) {
	if p.NATS != "" || workers > 0 {
		s, err := p.openStation(ctx, lg)
		if !errors.Is(err, broker.ErrInUse) {
			return s, err
		}
	}
	if err := p.needIndex(); err != nil {
		return nil, err
	}
	return p.openWithoutQueue(ctx, lg)
}

// serveMux is the API and the pages with what those ask who watch it.
func serveMux(registry *prometheus.Registry, api, pages http.Handler, ofMetrics web.Guard, s *station, in *intake) http.Handler {
	took := promauto.With(registry).NewHistogramVec(prometheus.HistogramOpts{
		Name: "yusuan_http_request_duration_seconds", Help: "How long requests of the API and of pages took.", Buckets: prometheus.ExponentialBuckets(0.001, 4, 9),
	}, []string{"code", "method"})
	m := &monitor{registry: registry, health: in.health, begun: time.Now(), probes: []probe{{"index", func(ctx context.Context) error {
		_, _, err := s.store.Entry(ctx, "readyz")
		return err
	}}}}
	mux := http.NewServeMux()
	mux.Handle(web.EventsPath, api) // how long somebody listens says nothing of how fast it is
	mux.Handle("/api/", promhttp.InstrumentHandlerDuration(took, api))
	mux.Handle("/", promhttp.InstrumentHandlerDuration(took, pages))
	mux.Handle("GET /metrics", web.Guarded(ofMetrics, access.Read, m.handler()))
	mux.HandleFunc("GET /healthz", m.serveHealth)
	mux.HandleFunc("GET /readyz", m.serveReady)
	return mux
}

// stopWithin is how long answers that are under way may take once the program is told to end.
const stopWithin = 10 * time.Second

// serve serves until ctx is done.
func (c *serveCommand) serve(ctx context.Context, lg *zap.Logger, h http.Handler) error {
	if c.TLSCert != "" {
		if _, err := tls.LoadX509KeyPair(c.TLSCert, c.TLSKey); err != nil { // before it is said that anything is served
			return fmt.Errorf("serve: certificate: %w", err)
		}
	}
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	srv := &http.Server{
		Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: zap.NewStdLog(lg),
	}
	c.announce(lg, l.Addr())
	ended := make(chan error, 1)
	go func() {
		if c.TLSCert != "" {
			ended <- srv.ServeTLS(l, c.TLSCert, c.TLSKey)
			return
		}
		ended <- srv.Serve(l)
	}()
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

// announce says who can reach what.
func (c *serveCommand) announce(lg *zap.Logger, addr net.Addr) {
	scheme := "http"
	if c.TLSCert != "" {
		scheme = "https"
	}
	at := zap.String("address", scheme+"://"+addr.String())
	if !c.asks() {
		lg.Info("serving; only this machine can reach it, and nobody is asked who they are", at)
		return
	}
	lg.Info("serving; who asks needs a key or a token", at)
	if scheme == "http" && !access.IsLoopback(addr.String()) {
		lg.Warn("keys and tokens can be read by whoever can see the traffic: use --tls-cert and --tls-key, or let a proxy with TLS alone reach this address")
	}
}
