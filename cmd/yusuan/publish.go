package main

import (
	"context"
	"fmt"
	"time"

	"go.uber.org/zap"

	"yusuan/schemas"
	"yusuan/worker"
)

type publishCommand struct {
	Refetch bool     `help:"Publish URLs again that were read before."`
	Sources []string `arg:"" name:"path|url|@list" help:"PDFs, ZIP archives of them, folders of both, URLs, or @LIST, as with ingest."`
}

// Help is the long form, with an example.
func (publishCommand) Help() string {
	return `Stores the PDFs and puts one job each on the queue. What was read before is not queued again.

  yusuan publish --nats nats://localhost:4222 pdfs/
  yusuan publish pdfs/ && yusuan ingest`
}

// A publishSummary counts the inputs; Files is the sum of the others but Seconds.
type publishSummary struct {
	Files     int     `json:"files"`
	Queued    int     `json:"queued"`
	Unchanged int     `json:"unchanged"` // read before, or named twice
	Failed    int     `json:"failed"`
	Seconds   float64 `json:"seconds"`
}

// A publishResult is what publish prints with --json.
type publishResult struct {
	Summary publishSummary `json:"summary"`
	Files   []*fileResult  `json:"files"`
}

// Run publishes.
func (c *publishCommand) Run(ctx context.Context, p *program) error {
	lg, err := p.logger(zap.ErrorLevel)
	if err != nil {
		return err
	}
	s, err := p.openStation(ctx, lg)
	if err != nil {
		return err
	}
	defer s.close()
	begun := time.Now()
	b := newBatch(worker.NewPublisher(lg, s.queue, s.blobs, s.store), p.JSON)
	all := inputs(ctx, c.Sources, c.Refetch)
	bar := p.progress("publish", len(all))
	for i, in := range all {
		if _, err = b.submit(ctx, in); err != nil {
			b.abandon(all[i:])
			break
		}
		all[i] = input{} // there may be very many
		bar.add(1)
	}
	bar.end()
	if reported := p.reportPublished(b, time.Since(begun)); err == nil {
		err = reported
	}
	return err
}

func (p *program) reportPublished(b *batch, took time.Duration) error {
	results := b.all()
	s := publishSummary{Files: len(results), Seconds: seconds(took)}
	failed := sheet{}
	for _, r := range results {
		switch {
		case r.State == schemas.Queued && r.published:
			s.Queued++
		case r.State == schemas.Unchanged:
			s.Unchanged++
		default:
			s.Failed++
			failed.add("  "+r.Path, string(r.reason()), r.Message)
		}
	}
	if p.JSON {
		if err := p.out.json(publishResult{s, results}); err != nil {
			return err
		}
	} else {
		p.out.printf("%s: %d queued, %d unchanged, %d failed, in %.1f s\n", plural(s.Files, "file"), s.Queued, s.Unchanged, s.Failed, s.Seconds)
		if s.Failed > 0 {
			p.out.printf("\n%s\n%s", p.out.bold("Not published"), failed.String())
		}
	}
	switch {
	case b.broken != nil:
		return fmt.Errorf("publish: %w", b.broken)
	case s.Failed > 0:
		return &exit{code: exitPartial}
	}
	return nil
}
