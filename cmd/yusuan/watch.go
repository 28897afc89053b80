package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"yusuan/schemas"
	"yusuan/worker"
	"yusuan/worker/source"
)

// onlyFolders gives an error where there is something that can't be watched.
func onlyFolders(names []string) error {
	if len(names) == 0 {
		return usageError("--watch needs a folder to watch")
	}
	for _, name := range names {
		if info, err := os.Stat(name); err != nil {
			return usageError("--watch %s: %s", name, plainly(err))
		} else if !info.IsDir() {
			return usageError("--watch %s: it is no folder; ingest it without --watch", name)
		}
	}
	return nil
}

// watch ingests what is in the folders and what comes later, until ctx is done. What was found at a time is a round, of which only
// the sums stay, so that it can go on for months. Files that come during a round are those of the next.
func (c *ingestCommand) watch(ctx context.Context, p *program, s *station, w *worker.Worker) error {
	if err := s.recover(ctx); err != nil {
		return err
	}
	begun := time.Now()
	rounds := rounds{total: summarise(nil, 0), unpublished: map[string]bool{}}
	p.remark("watching %s; stop it with Ctrl-C", plural(len(c.Sources), "folder"))
	err := whileWorking(ctx, w, func(ctx context.Context) error {
		found := source.Watch(ctx, s.lg, c.Sources, source.WatchConfig{Settle: c.Settle, Rescan: c.Rescan})
		for batch := range found {
			g := newIngestion(p, s, filesOf(ctx, batch.Items))
			g.whole, g.told, g.bar = false, p.tellFile, &progress{msg: p.msg, quiet: true}
			if err := g.track(); err != nil {
				return err
			}
			rounds.now, rounds.found = g, batch
			if err := g.settleAll(ctx); err != nil {
				return err
			}
			if g.batch.broken != nil {
				return g.batch.broken
			}
			if err := s.store.Refresh(ctx); err != nil {
				return err
			}
			rounds.end(ctx)
		}
		return context.Cause(ctx)
	})
	rounds.end(ctx) // after the worker, which may have finished what it was reading
	if reported := p.reportWatch(rounds.sum(time.Since(begun))); err == nil || ctx.Err() != nil {
		return reported // being stopped is how it ends
	}
	return err
}

// rounds adds up what became of the files of each.
type rounds struct {
	now         *ingestion // the one at work, or nil
	found       source.Found
	total       summary         // of those that ended, without:
	unpublished map[string]bool // paths of files that failed for a reason of ours, and come again
}

// end takes the round at work into the total.
func (r *rounds) end(ctx context.Context) {
	if r.now == nil {
		return
	}
	r.now.hearOut(ctx)
	r.now.tracker.Close()
	for _, name := range r.now.batch.names {
		delete(r.unpublished, name)
	}
	var results []*fileResult
	for _, res := range r.now.batch.all() {
		if !res.ours {
			results = append(results, res)
			continue
		}
		r.unpublished[res.Path] = true
		for _, it := range r.found.Items {
			if it.Path == res.Path || strings.HasPrefix(res.Path, it.Path+"/") { // in an archive
				r.found.Again(it.Path)
			}
		}
	}
	r.total.add(summarise(results, 0))
	r.now = nil
}

// sum is of all files; those that would have come again have failed.
func (r *rounds) sum(took time.Duration) summary {
	s := r.total
	s.Files, s.Failed, s.Seconds = s.Files+len(r.unpublished), s.Failed+len(r.unpublished), seconds(took)
	return s
}

// lastWords is how long a stopped worker's last events may take to arrive.
const lastWords = 2 * time.Second

// hearOut waits a little for what the worker finished just before it ended.
func (g *ingestion) hearOut(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
	defer cancel()
	_ = g.tracker.Wait(ctx) // what is still open then is unfinished
}

// filesOf are the inputs of what was found: an archive is the PDFs in it.
func filesOf(ctx context.Context, found []source.Item) []input {
	var all []input
	var paths []string
	for _, it := range found {
		if it.Err != nil {
			all = append(all, input{name: it.Name(), err: it.Err})
		} else {
			paths = append(paths, it.Path)
		}
	}
	return append(all, inputs(ctx, paths, false)...) // at once, so that one archive is open at a time
}

// tellFile prints what became of a file.
func (p *program) tellFile(r fileResult) {
	if p.JSON {
		_ = p.out.jsonLine(r) // an error of writing is kept for flush
		return
	}
	about := pageMessage(r.Page, r.Message)
	switch {
	case r.State == schemas.Indexed:
		about = plural(r.Pages, "page")
	case r.Code != "":
		about = fmt.Sprintf("%s: %s", r.Code, about)
	}
	if about != "" {
		about = "  " + oneLine(about)
	}
	p.out.printf("%-10s %s%s\n", r.State, r.Path, about)
}

func (p *program) reportWatch(total summary) error {
	if p.JSON {
		if err := p.out.jsonLine(struct {
			Summary summary `json:"summary"`
		}{total}); err != nil {
			return err
		}
	} else {
		p.printSummary(total, nil)
	}
	return total.err()
}
