package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.uber.org/zap"

	"yusuan/indexer/headway"
	"yusuan/schemas"
	"yusuan/web"
	"yusuan/worker"
	"yusuan/worker/broker"
)

// An intake is the queue behind the HTTP API: it takes what is uploaded, and workers of this process read it. The embedded queue may be in
// another process's hands, and is then taken when that has ended.
type intake struct {
	p        *program
	station  *station
	fetching fetching
	workers  int // 0 leaves the reading to others, and the embedded queue as well

	publishing chan struct{} // one at a time; who waits may give up

	opened chan struct{} // closed once the queue is ours; it may be from the beginning

	mu     sync.Mutex
	closed error          // why nothing is taken; nil where it is
	worker *worker.Worker // nil where none works
}

func newIntake(p *program, s *station, f fetching, workers int) *intake {
	in := &intake{p: p, station: s, fetching: f, workers: workers, publishing: make(chan struct{}, 1), opened: make(chan struct{})}
	switch {
	case s.queue != nil:
		close(in.opened)
	case workers == 0:
		in.closed = fmt.Errorf("%w: yusuan serve --workers 0 leaves the queue to yusuan ingest", web.ErrClosed)
	default:
		in.closed = fmt.Errorf("%w at the moment: another yusuan process has the queue, and they are once it has ended", web.ErrClosed)
	}
	return in
}

// Submit implements web.Intake. Files are published one at a time, by a publisher each: so the same file twice is one job, and nothing of it is
// kept in memory.
func (in *intake) Submit(ctx context.Context, u web.Upload) (schemas.Entry, schemas.State, error) {
	done, err := in.begin(ctx)
	if err != nil {
		return schemas.Entry{}, "", err
	}
	defer done()
	s := in.station
	receipt, err := worker.NewPublisher(s.lg, s.queue, s.blobs, s.store).Publish(ctx, worker.Submission{Data: u.Data, FileName: u.FileName, Claims: u.Claims})
	return receipt.Entry, receipt.State, err
}

// begin waits for the turn to publish, until done is called. It gives an error where nothing is taken.
func (in *intake) begin(ctx context.Context) (done func(), err error) {
	select {
	case in.publishing <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	done = func() { <-in.publishing }
	if err := in.why(); err != nil {
		done()
		return nil, err
	}
	return done, nil
}

// why says why nothing is taken, or nil.
func (in *intake) why() error {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.closed
}

// Retry implements web.DeadLetters.
func (in *intake) Retry(ctx context.Context, id string) (schemas.Entry, error) {
	var e schemas.Entry
	err := in.letter(ctx, id, func(l *worker.DeadLetters, d worker.DeadLetter) error {
		if d.Job == nil {
			return fmt.Errorf("%w: the message was no job; publish a correct one instead", web.ErrSettled)
		}
		var err error
		e, err = l.Retry(ctx, d)
		return err
	})
	return e, err
}

// Drop implements web.DeadLetters.
func (in *intake) Drop(ctx context.Context, id string) error {
	return in.letter(ctx, id, func(l *worker.DeadLetters, d worker.DeadLetter) error { return l.Drop(ctx, d) })
}

// letter does something with the dead letter of a file.
func (in *intake) letter(ctx context.Context, id string, do func(*worker.DeadLetters, worker.DeadLetter) error) error {
	done, err := in.begin(ctx)
	if err != nil {
		return err
	}
	defer done()
	letters := in.station.deadLetters()
	d, found, err := letters.Of(ctx, id)
	if err != nil {
		return err
	}
	if found {
		err = do(letters, d)
	}
	if !found || errors.Is(err, worker.ErrNoDeadLetter) {
		return fmt.Errorf("%w: it was retried, read or dropped a moment ago", web.ErrSettled)
	}
	return err
}

// lookEvery is how often the ledger is looked into for who listens to changes, while the queue is another process's.
const lookEvery = 3 * time.Second

// Listen implements web.Changes.
func (in *intake) Listen(ctx context.Context, changed func(schemas.Entry), lost func()) error {
	if in.why() == nil {
		return in.station.queue.Listen(ctx, changed, lost)
	}
	following, stop := context.WithCancel(ctx)
	go headway.Follow(following, in.station.store.store, lookEvery, changed, lost)
	go func() {
		defer stop()
		select {
		case <-in.opened:
		case <-ctx.Done():
			return
		}
		if err := in.station.queue.Listen(ctx, changed, lost); err != nil {
			in.station.lg.Warn("changes are looked for in the ledger alone", zap.Error(err))
			<-ctx.Done()
			return
		}
		lost()
	}()
	return nil
}

// Queue implements web.Backlog.
func (in *intake) Queue(ctx context.Context) (headway.Queue, error) {
	if err := in.why(); err != nil {
		return headway.Queue{}, err
	}
	b, err := in.station.backlog(ctx)
	return b.queue(), err
}

// Workers implements web.Backlog.
func (in *intake) Workers() (jobs, working int) {
	h := in.health()
	return h.Jobs, h.Working
}

// health is the worker's, if one works.
func (in *intake) health() worker.Health {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.worker == nil {
		return worker.Health{}
	}
	return in.worker.Health()
}

// run works until ctx is done, then drains. The station is to be closed when nobody uploads any more.
func (in *intake) run(ctx context.Context) error {
	if in.station.queue == nil && in.workers == 0 {
		return nil
	}
	if err := in.open(ctx); err != nil || ctx.Err() != nil {
		return err
	}
	in.p.metrics.watchQueue(in.station)
	if in.workers == 0 {
		return nil
	}
	if err := in.station.recover(ctx); err != nil {
		return unlessStopped(ctx, err)
	}
	cfg := worker.Config{Jobs: in.workers}
	if in.station.broker.Embedded() {
		cfg.AckWait = embeddedAckWait
	}
	crew, err := in.p.newCrew(in.station, reading{}, in.fetching, cfg)
	if err != nil {
		return err
	}
	defer crew.close()
	in.p.metrics.watchWorker(crew.worker)
	in.mu.Lock()
	in.worker = crew.worker
	in.mu.Unlock()
	in.station.lg.Info("uploads are read here", zap.Int("workers", in.workers), zap.String("stream", in.station.queue.Names().JobStream()))
	return unlessStopped(ctx, crew.worker.Run(ctx))
}

// queuePause is how often the embedded queue is tried that another process has.
const queuePause = 3 * time.Second

// open waits until the queue can be had, or ctx is done.
func (in *intake) open(ctx context.Context) error {
	if in.station.queue != nil {
		return nil
	}
	lg := in.station.lg
	lg.Warn("another process has the embedded queue: nothing can be uploaded until it has ended", zap.String("folder", in.p.dataDir()))
	for {
		select {
		case <-time.After(queuePause):
		case <-ctx.Done():
			return nil
		}
		err := in.p.openQueue(ctx, in.station)
		if errors.Is(err, broker.ErrInUse) {
			continue
		}
		if err != nil {
			return unlessStopped(ctx, err)
		}
		in.mu.Lock()
		in.closed = nil
		in.mu.Unlock()
		close(in.opened)
		lg.Info("the embedded queue is ours now: files can be uploaded")
		return nil
	}
}
