package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"go.uber.org/zap"

	"yusuan/indexer"
	"yusuan/indexer/elastic"
	"yusuan/indexer/sqlite"
	"yusuan/schemas"
	"yusuan/worker"
)

// A finder answers queries.
type finder interface {
	Search(context.Context, indexer.Query) (indexer.Result, error)
	Items(context.Context, indexer.Query) (indexer.ItemResult, error)
	Sum(context.Context, indexer.Query, []indexer.Dimension) ([]indexer.Group, error)
}

// A ledger says what became of each file.
type ledger interface {
	PutEntry(context.Context, schemas.Entry) error
	Entry(ctx context.Context, id string) (schemas.Entry, bool, error)
	Entries(context.Context, indexer.EntryFilter, func(schemas.Entry) error) error
	LedgerSummary(ctx context.Context, since ...time.Time) (indexer.LedgerSummary, error)
}

// An archive keeps disclosures.
type archive interface {
	Put(context.Context, *schemas.Disclosure) (indexer.Outcome, error)
	Versions(ctx context.Context, disclosureID string) ([]schemas.Version, error)
	Disclosure(ctx context.Context, id string) (*schemas.Disclosure, error)
	Contents(context.Context, func(indexer.Content) error) error
	Disclosures(context.Context, indexer.Filters, bool, func(indexer.DisclosureRecord) error) error
	Sources(ctx context.Context, ids []string) (map[string]schemas.Source, error)
	Size(context.Context) (indexer.Size, error)
}

// A store is the index with the ledger: a file of package sqlite, or an Elasticsearch.
type store interface {
	finder
	ledger
	archive
	Refresh(context.Context) error // what was put is found from then on
	Close() error
}

// indexFile is the name of the embedded index in the data folder.
const indexFile = "index.db"

// openStore opens the index to be written to, and makes it if there is none.
func (p *program) openStore(ctx context.Context, lg *zap.Logger) (store, error) {
	if p.Elasticsearch != "" {
		return p.openElastic(ctx, lg, 0)
	}
	if err := p.makeDataDir(); err != nil {
		return nil, err
	}
	return openSQLite(ctx, lg, filepath.Join(p.dataDir(), indexFile))
}

// quickRetries is how often a request to Elasticsearch is repeated while somebody waits for an answer: for about a second.
const quickRetries = 2

// openElastic connects; 0 retries means package elastic's default.
func (p *program) openElastic(ctx context.Context, lg *zap.Logger, retries int) (store, error) {
	cfg, err := p.elasticConfig(retries)
	if err != nil {
		return nil, err
	}
	s, err := elastic.Open(ctx, lg, cfg)
	if err != nil {
		return nil, err // see openSQLite
	}
	return s, nil
}

func (p *program) elasticConfig(retries int) (elastic.Config, error) {
	cfg := elastic.Config{URLs: strings.Split(p.Elasticsearch, ","), Prefix: p.Prefix, APIKey: p.ESAPIKey, Shards: p.ESShards, Retries: retries, Observer: p.metrics.elastic()}
	var err error
	if p.ESCA != "" {
		if cfg.CACert, err = os.ReadFile(p.ESCA); err != nil {
			err = fmt.Errorf("authorities for Elasticsearch: %w", err)
		}
	}
	return cfg, err
}

func openSQLite(ctx context.Context, lg *zap.Logger, path string) (store, error) {
	s, err := sqlite.Open(ctx, lg, path)
	if err != nil {
		return nil, err // and not a store that holds nil
	}
	return s, nil
}

// openIndex opens an index that is there, to be read.
func (p *program) openIndex(ctx context.Context, lg *zap.Logger) (store, error) {
	if p.Elasticsearch != "" {
		return p.openElastic(ctx, lg, quickRetries)
	}
	if err := p.needIndex(); err != nil {
		return nil, err
	}
	return openSQLite(ctx, lg, filepath.Join(p.dataDir(), indexFile))
}

// readIndex opens the index for a command that answers a question: of the log, only errors are told.
func (p *program) readIndex(ctx context.Context) (store, error) {
	lg, err := p.logger(zap.ErrorLevel)
	if err != nil {
		return nil, err
	}
	return p.openIndex(ctx, lg)
}

// needIndex gives an error where there is no embedded index yet, and should be.
func (p *program) needIndex() error {
	if p.Elasticsearch != "" {
		return nil
	}
	_, err := os.Stat(filepath.Join(p.dataDir(), indexFile))
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no index in %s: ingest something first, or name another folder with --data", p.dataDir())
	}
	if err != nil {
		return fmt.Errorf("open index: %w", err)
	}
	return nil
}

func (p *program) makeDataDir() error {
	if err := os.MkdirAll(p.dataDir(), 0o755); err != nil {
		return fmt.Errorf("the data folder can't be made (choose another with --data): %w", err)
	}
	return nil
}

// indexed is a store as package worker calls it.
type indexed struct{ store }

// Put implements worker.Index.
func (s indexed) Put(ctx context.Context, d *schemas.Disclosure) (bool, error) {
	outcome, err := s.store.Put(ctx, d)
	return outcome == indexer.Stored, err
}

// Entries implements worker.EntryLister.
func (s indexed) Entries(ctx context.Context, states []schemas.State, fn func(schemas.Entry) error) error {
	return s.store.Entries(ctx, indexer.EntryFilter{States: states}, fn)
}

// Versions implements worker.Index.
func (s indexed) Versions(ctx context.Context, disclosureID string) ([]schemas.Version, error) {
	list, err := s.store.Versions(ctx, disclosureID)
	if errors.Is(err, indexer.ErrNotFound) {
		return nil, nil
	}
	return list, err
}

// EntriesOf implements worker.Ledger.
func (s indexed) EntriesOf(ctx context.Context, sha256 string, fn func(schemas.Entry) error) error {
	return s.store.Entries(ctx, indexer.EntryFilter{SHA256: sha256}, fn)
}

// Holdings implements worker.Holdings.
func (s indexed) Holdings(ctx context.Context, fn func(worker.Holding) error) error {
	return s.Contents(ctx, func(c indexer.Content) error {
		return fn(worker.Holding{
			DisclosureID: c.ID, Expected: total(c.Expected), Actual: total(c.Actual) + total(c.Leftover), Strays: int64(c.Strays), Current: c.Current,
		})
	})
}

func total(c indexer.Counts) int64 {
	return int64(c.Passages + c.Items + c.Tables + c.Projects + c.Findings)
}
