package main

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"

	"go.uber.org/zap"

	"yusuan/schemas"
	"yusuan/worker"
)

type ingestCommand struct {
	reading
	fetching
	observing
	Workers int           `placeholder:"N" help:"How many files are read at a time (default: as many as there are processors)."`
	Refetch bool          `help:"Ask for URLs again that were read before; what has not changed is left alone."`
	Watch   bool          `help:"Go on watching the folders for new and changed files, until stopped."`
	Settle  time.Duration `placeholder:"TIME" default:"2s" help:"With --watch: a file is complete when it has not changed for so long (default 2s)."`
	Rescan  time.Duration `placeholder:"TIME" default:"1m" help:"With --watch: how often the folders are looked through, since network folders tell of no changes (default 1m)."`
	Sources []string      `arg:"" optional:"" name:"path|url|@list" help:"PDFs, ZIP archives of them, folders of both, URLs, or @LIST: a text file with one of these a line, or a CSV file with the columns url or path, unit, region, year, kind, published_on, in UTF-8 or GBK. With none, work on what is queued."`
}

// Help is the long form, with an example.
func (ingestCommand) Help() string {
	return `What was read before is not read again, so that the same command twice changes nothing. A file that cannot be read is listed with the
reason, and the others go on; the exit code is then 3.

With --watch, what is in the folders is read first, and then whatever comes; each file is a line on standard output (with --json one JSON
a line), and the summary follows when it is stopped (SIGTERM, Ctrl-C).

  yusuan ingest pdfs/ more/2024.pdf county.zip
  yusuan ingest @urls.txt --json
  yusuan ingest --watch /srv/inbox`
}

// patientWorker has the limits of a worker that somebody waits for: what fails for the fourth time, after some 20 seconds, is given
// up, and another run tries again.
func patientWorker(jobs int, s *station) worker.Config {
	cfg := worker.Config{
		Jobs: jobs, MaxDeliver: 4, Delays: []time.Duration{time.Second, 5 * time.Second, 15 * time.Second},
		StorePatience: 30 * time.Second, FetchWait: 200 * time.Millisecond, Grace: 5 * time.Second,
	}
	if s.broker.Embedded() {
		cfg.AckWait = embeddedAckWait
	}
	return cfg
}

// embeddedAckWait is after how long what a run that was stopped or killed had in hand comes again; the next run waits for it. With the server
// in the same process, a sign of life is not late for longer.
const embeddedAckWait = 6 * time.Second

// Run ingests.
func (c *ingestCommand) Run(ctx context.Context, p *program) error {
	if c.Watch {
		if err := onlyFolders(c.Sources); err != nil {
			return err
		}
	}
	lg, err := p.logger(zap.ErrorLevel)
	if err != nil {
		return err
	}
	p.metrics = c.metrics()
	s, err := p.openStation(ctx, lg)
	if err != nil {
		return err
	}
	defer s.close()
	crew, err := p.newCrew(s, c.reading, c.fetching, patientWorker(cmp.Or(max(c.Workers, 0), runtime.GOMAXPROCS(0)), s))
	if err != nil {
		return err
	}
	defer crew.close()
	stop, err := p.observe(ctx, c.observing, s, crew.worker)
	if err != nil {
		return err
	}
	defer stop()
	if c.Watch {
		return c.watch(ctx, p, s, crew.worker)
	}
	g := newIngestion(p, s, inputs(ctx, c.Sources, c.Refetch))
	g.queued = len(c.Sources) == 0
	err = g.run(ctx, crew.worker)
	if reported := g.report(); err == nil {
		err = reported
	}
	return err
}

// An ingestion is one run of publishing and working.
type ingestion struct {
	p       *program
	station *station
	batch   *batch
	inputs  []input
	queued  bool // it is about what is on the queue, and there are no inputs
	whole   bool // until the queue is empty, and not only of the inputs
	begun   time.Time
	bar     *progress
	tracker *worker.Tracker
	told    func(fileResult) // of each input when it is settled, or nil
}

func newIngestion(p *program, s *station, in []input) *ingestion {
	return &ingestion{
		p: p, station: s, inputs: in, begun: time.Now(), batch: newBatch(worker.NewPublisher(s.lg, s.queue, s.blobs, s.store), p.JSON),
		whole: s.broker.Embedded(), // with no server of others, all that is queued is ours
	}
}

// drains reports whether the run ends when the queue is empty.
func (g *ingestion) drains() bool { return g.queued || g.whole }

// run publishes the inputs while a worker works, and returns when all is settled.
func (g *ingestion) run(ctx context.Context, w *worker.Worker) error {
	s := g.station
	if err := cmp.Or(s.recover(ctx), g.noteQueued(ctx)); err != nil {
		g.batch.abandon(g.inputs)
		return err
	}
	g.bar = g.p.eventProgress("ingest", len(g.inputs))
	defer g.bar.end()
	if err := g.track(); err != nil {
		return err
	}
	defer g.tracker.Close()
	err := whileWorking(ctx, w, g.settleAll)
	if err == nil {
		err = s.store.Refresh(ctx)
	}
	if err == nil {
		err = g.noteSuperseded(ctx)
	}
	return err
}

// track begins to follow what becomes of the inputs. The tracker is to be closed.
func (g *ingestion) track() (err error) {
	g.tracker, err = worker.Track(g.station.lg, g.station.queue, g.station.store, g.changed)
	if err != nil {
		g.batch.abandon(g.inputs)
	}
	return err
}

// settleAll publishes the inputs and waits until all are settled.
func (g *ingestion) settleAll(ctx context.Context) error {
	if err := g.publish(ctx); err != nil {
		return err
	}
	return g.wait(ctx)
}

// whileWorking does something while the worker works, and returns when the worker has ended.
func whileWorking(ctx context.Context, w *worker.Worker, do func(context.Context) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	work, stopWork := context.WithCancel(ctx)
	var working sync.WaitGroup
	working.Go(func() {
		if err := w.Run(work); err != nil && work.Err() == nil {
			cancel(err)
		}
	})
	err := do(ctx)
	stopWork()
	working.Wait()
	return err
}

// noteSuperseded finds those that were indexed in this run, and superseded by another one of it afterwards.
func (g *ingestion) noteSuperseded(ctx context.Context) error {
	err := g.station.store.Entries(ctx, []schemas.State{schemas.Superseded}, func(e schemas.Entry) error {
		g.batch.supersede(e)
		return nil
	})
	if err != nil {
		return fmt.Errorf("look for superseded files: %w", err)
	}
	return nil
}

// changed is told of every step of a file.
func (g *ingestion) changed(e schemas.Entry) {
	if e.State.Final() {
		r, ours := g.batch.settle(e)
		if ours && g.told != nil {
			g.told(r)
		}
		g.bar.finished(cmp.Or(r.Path, waitingPath(e)), e)
	}
}

func (g *ingestion) publish(ctx context.Context) error {
	for i, in := range g.inputs {
		r, err := g.batch.submit(ctx, in)
		if err != nil {
			g.batch.abandon(g.inputs[i:])
			return err
		}
		g.inputs[i] = input{} // there may be very many
		if r.State == schemas.Queued {
			g.tracker.Add(r.Entry)
			continue
		}
		g.bar.finished(in.name, r.Entry)
		if g.told != nil {
			g.told(r)
		}
	}
	others := g.batch.others()
	g.bar.grow(len(others))
	for _, o := range others {
		g.tracker.Add(o.Entry)
	}
	return nil
}

// noteQueued remembers what was queued before: by publish, by deadletter retry, by a run that was stopped.
func (g *ingestion) noteQueued(ctx context.Context) error {
	if !g.drains() {
		return nil
	}
	err := g.station.store.Entries(ctx, []schemas.State{schemas.Queued, schemas.Working}, func(e schemas.Entry) error {
		g.batch.wait(e)
		return nil
	})
	if err != nil {
		return fmt.Errorf("look for queued files: %w", err)
	}
	return nil
}

// pollQueue is how often the queue is asked whether it is empty.
const pollQueue = 100 * time.Millisecond

func (g *ingestion) wait(ctx context.Context) error {
	for {
		if err := g.tracker.Wait(ctx); err != nil {
			return err
		}
		if !g.drains() {
			return nil
		}
		status, err := g.station.queue.Status(ctx)
		if err != nil || status.Jobs == 0 {
			return err
		}
		select {
		case <-time.After(pollQueue):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// An ingestResult is what ingest prints with --json.
type ingestResult struct {
	Summary summary       `json:"summary"`
	Files   []*fileResult `json:"files"`
	// Others are files that were on the queue before and are none of the inputs.
	Others []*fileResult `json:"others,omitempty"`
}

// result is what became of the files.
func (g *ingestion) result() ingestResult {
	results, others := g.batch.all(), g.batch.others()
	if g.queued {
		results, others = others, nil
	}
	if results == nil {
		results = []*fileResult{}
	}
	return ingestResult{summarise(results, time.Since(g.begun)), results, others}
}

// report prints the result, and gives the exit that it asks for.
func (g *ingestion) report() error {
	r := g.result()
	if g.p.JSON {
		if err := g.p.out.json(r); err != nil {
			return err
		}
	} else {
		g.p.printSummary(r.Summary, r.Files)
	}
	if len(r.Others) > 0 && !g.p.JSON {
		o := summarise(r.Others, 0)
		g.p.remark("Files that were queued before: %d indexed or unchanged, %d not indexed, %d unfinished.",
			o.Indexed+o.Unchanged+o.Superseded, o.NeedsOCR+o.Rejected+o.Failed, o.Unfinished)
	}
	if g.batch.broken != nil {
		return g.batch.broken
	}
	return r.Summary.err()
}
