package main

import (
	"cmp"
	"context"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"go.uber.org/zap"

	"yusuan/indexer/elastic"
	"yusuan/indexer/sqlite"
	"yusuan/worker"
)

type reindexCommand struct {
	reading
	fetching
	Reparse bool `help:"Read the stored PDFs again that an older parser has read, instead of taking what it made of them."`
	All     bool `help:"With --reparse: all of them, also those that this program's parser has read."`
	Workers int  `placeholder:"N" help:"With --reparse: how many files are read at a time (default: as many as there are processors)."`
}

// Help is the long form, with an example.
func (reindexCommand) Help() string {
	return `Makes the index anew from the disclosures that it keeps, also one of an older yusuan. Readers see the old one until the new one is
complete. Nobody can write meanwhile: workers wait and then go on by themselves.

With --reparse each PDF takes the way of a new one, and every disclosure is replaced when it has been read again; workers on the same
servers take part.

  yusuan reindex
  yusuan reindex --reparse`
}

// Run makes the index anew.
func (c *reindexCommand) Run(ctx context.Context, p *program) error {
	lg, err := p.logger(zap.ErrorLevel)
	if err != nil {
		return err
	}
	if c.Reparse {
		return c.reparse(ctx, p, lg)
	}
	if c.All {
		return usageError("--all goes with --reparse")
	}
	begun := time.Now()
	n, err := p.reindex(ctx, lg)
	if err != nil {
		return err
	}
	took := seconds(time.Since(begun))
	if p.JSON {
		return p.out.json(reindexResult{n, took})
	}
	p.out.printf("%s in the new index, in %.1f s\n", plural(n, "disclosure"), took)
	return nil
}

// A reindexResult is what reindex prints with --json.
type reindexResult struct {
	Disclosures int     `json:"disclosures"`
	Seconds     float64 `json:"seconds"`
}

func (p *program) reindex(ctx context.Context, lg *zap.Logger) (int, error) {
	var mu sync.Mutex
	done, told := 0, time.Now()
	tell := func() {
		mu.Lock()
		defer mu.Unlock()
		done++
		if time.Since(told) >= progressEvery {
			told = time.Now()
			p.remark("reindex: %s", plural(done, "disclosure"))
		}
	}
	if p.Elasticsearch == "" {
		if err := p.needIndex(); err != nil {
			return 0, err
		}
		return sqlite.Reindex(ctx, lg, filepath.Join(p.dataDir(), indexFile), tell)
	}
	cfg, err := p.elasticConfig(0)
	if err != nil {
		return 0, err
	}
	return elastic.Reindex(ctx, lg, cfg, tell)
}

// reparse queues the files again and works on the queue until they are read.
func (c *reindexCommand) reparse(ctx context.Context, p *program, lg *zap.Logger) error {
	if err := p.needIndex(); err != nil {
		return err
	}
	s, err := p.openStation(ctx, lg)
	if err != nil {
		return err
	}
	defer s.close()
	n, err := worker.Reread(ctx, lg, s.queue, s.store, s.store, c.All)
	if err != nil {
		return err
	}
	p.remark("%s to be read again", plural(n, "file"))
	crew, err := p.newCrew(s, c.reading, c.fetching, patientWorker(cmp.Or(max(c.Workers, 0), runtime.GOMAXPROCS(0)), s))
	if err != nil {
		return err
	}
	defer crew.close()
	g := newIngestion(p, s, nil)
	g.queued = true
	err = g.run(ctx, crew.worker)
	if reported := g.report(); err == nil {
		err = reported
	}
	return err
}
