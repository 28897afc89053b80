package main

import (
	"cmp"
	"context"
	"net/netip"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"go.uber.org/zap"

	"yusuan/extractor"
	"yusuan/schemas"
	"yusuan/worker"
	"yusuan/worker/blob"
	"yusuan/worker/broker"
	"yusuan/worker/source"
)

// blobs keep the PDFs' bytes.
type blobs interface {
	worker.Blobs
	worker.BlobLister
}

// A station is everything that jobs pass through: queue, blobs, ledger and index.
type station struct {
	lg     *zap.Logger
	broker *broker.Broker
	queue  *worker.Queue // nil where another process has it
	store  indexed
	blobs  blobs
	tracer *tracer
}

// openStation opens what the flags name.
func (p *program) openStation(ctx context.Context, lg *zap.Logger) (_ *station, err error) {
	s := &station{lg: lg}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if err := p.openQueue(ctx, s); err != nil {
		return nil, err
	}
	if s.store.store, err = p.openStore(ctx, lg); err != nil {
		return nil, err
	}
	s.blobs, err = p.openBlobs(ctx, s.queue)
	return s, err
}

// openQueue gives a station its queue. The error has broker.ErrInUse in its chain where another process has the embedded one.
func (p *program) openQueue(ctx context.Context, s *station) (err error) {
	if p.NATS == "" {
		if err := p.makeDataDir(); err != nil {
			return err
		}
	}
	s.broker, err = broker.Open(ctx, s.lg, broker.Config{URL: p.NATS, Credentials: p.NATSCreds, Dir: filepath.Join(p.dataDir(), "nats")})
	if err != nil {
		return err
	}
	queue, err := worker.OpenQueue(ctx, s.lg, s.broker.Conn(), worker.QueueConfig{Prefix: p.Prefix, Replicas: p.NATSReplicas})
	if err != nil {
		return err
	}
	if s.tracer, err = p.openTracer(ctx, s.lg); err != nil {
		return err
	}
	s.queue = queue.WithTracing(s.tracer.tracing())
	return nil
}

// openWithoutQueue opens what can be read while another process has the embedded queue.
func (p *program) openWithoutQueue(ctx context.Context, lg *zap.Logger) (*station, error) {
	s := &station{lg: lg}
	var err error
	if s.store.store, err = p.openIndex(ctx, lg); err != nil {
		return nil, err
	}
	if s.blobs, err = p.openBlobs(ctx, nil); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// openBlobs opens the object store where there is a NATS server and no folder is named, else a folder.
func (p *program) openBlobs(ctx context.Context, q *worker.Queue) (blobs, error) {
	if p.NATS != "" && p.Blobs == "" {
		return blob.OpenObjects(ctx, q.JetStream(), q.Names().Bucket(), p.NATSReplicas)
	}
	return blob.OpenDir(cmp.Or(p.Blobs, filepath.Join(p.dataDir(), "blobs")))
}

// close ends the queue before the store: what is settled last is stored.
func (s *station) close() {
	if s.broker != nil {
		s.broker.Close()
	}
	if s.store.store != nil {
		if err := s.store.Close(); err != nil {
			s.lg.Warn("index not closed", zap.Error(err))
		}
	}
	s.tracer.close()
}

// deadLetters are those of the station's queue.
func (s *station) deadLetters() *worker.DeadLetters {
	return worker.NewDeadLetters(s.lg, s.queue, s.store, s.store)
}

// recover publishes again what a process that died has left, and removes dead letters that are out of date.
func (s *station) recover(ctx context.Context) error {
	if _, err := worker.Recover(ctx, s.lg, s.queue, s.store, s.store); err != nil {
		return err
	}
	return s.deadLetters().Tidy(ctx)
}

// fetching are the flags of how URLs are fetched.
type fetching struct {
	AllowPrivate bool           `help:"Let URLs lead to private addresses, such as localhost."`
	AllowNetwork []netip.Prefix `placeholder:"NETWORK" help:"Let URLs lead to these private addresses only: 10.20.0.0/16, say; several by commas."`
	HostDelay    time.Duration  `placeholder:"TIME" default:"1s" help:"How long a server is left alone between two requests, one at a time (default 1s; 0 asks as fast as it can)."`
	ServerWait   time.Duration  `placeholder:"TIME" help:"How long a server may be silent before it is tried again later (default 30s)."`
}

func (f fetching) config() source.FetchConfig {
	return source.FetchConfig{
		MaxBytes: maxFile, AllowPrivate: f.AllowPrivate, AllowNetworks: f.AllowNetwork, HostDelay: f.HostDelay, Wait: f.ServerWait,
	}
}

// A crew is a worker with what it calls.
type crew struct {
	worker  *worker.Worker
	pool    *extractor.Pool
	fetcher *source.Fetcher
}

// workingGOGC is how much garbage may lie beside what is in use, in percent, while files are worked on. What is in use is some 15 MB, so that
// it costs as much memory again, and takes a twentieth less processor time.
const workingGOGC = 200

func (p *program) newCrew(s *station, r reading, f fetching, cfg worker.Config) (*crew, error) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(workingGOGC)
	}
	cfg.MaxFileBytes = maxFile
	pool, err := p.pool(s.lg, r.config(cfg.Jobs))
	if err != nil {
		return nil, err
	}
	fetcher := source.NewFetcher(f.config())
	parts := worker.Parts{Extractor: pooled{pool}, Index: s.store, Ledger: s.store, Blobs: s.blobs, Fetcher: fetcher, Observer: p.metrics.worker()}
	return &crew{worker.New(s.lg, s.queue, parts, cfg), pool, fetcher}, nil
}

// close ends the children. The worker must have returned.
func (c *crew) close() {
	c.pool.Close()
	c.fetcher.Close()
}

// pooled is a pool as package worker calls it.
type pooled struct{ *extractor.Pool }

// Extract implements worker.Extractor.
func (p pooled) Extract(ctx context.Context, src schemas.Source, data []byte) (*schemas.Disclosure, error) {
	return p.Pool.Extract(ctx, extractor.Source{FileName: src.FileName, URI: src.URI, SHA256: src.SHA256}, data)
}
