package worker

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"

	"yusuan/worker/source"
)

// A Fetcher gets the file that a URL names; source.Fetcher does.
type Fetcher interface {
	Fetch(ctx context.Context, r source.Request) (source.Document, error)
}

// Parts are what a Worker calls. All are used from many goroutines at once.
type Parts struct {
	Extractor Extractor
	Index     Index
	Ledger    Ledger
	Blobs     Blobs
	Fetcher   Fetcher
	Observer  Observer // the zero value is told nothing
}

// A Worker pulls jobs and settles them.
type Worker struct {
	lg    *zap.Logger
	q     *Queue
	parts Parts
	cfg   Config
	rec   recorder
	gate  *gate
	brake *brake

	pulses []pulse // one for each goroutine that takes jobs
}

// New returns a worker on the queue; Run makes it work.
func New(lg *zap.Logger, q *Queue, parts Parts, cfg Config) *Worker {
	cfg = cfg.withDefaults()
	return &Worker{
		lg: lg, q: q, parts: parts, cfg: cfg,
		rec:   recorder{lg: lg, ledger: parts.Ledger, nc: q.nc, names: q.names, clock: cfg.Clock},
		gate:  newGate(lg, cfg.StorePatience),
		brake: newBrake(lg, cfg.StorePatience), pulses: make([]pulse, cfg.Jobs),
	}
}

var (
	// ErrStore is what Run gives where the ledger was out of reach, or the index took no disclosure, for longer than
	// Config.StorePatience.
	ErrStore = errors.New("the store is out of reach")

	errDrained = errors.New("the worker was stopped")
)

// Run works until ctx is done, then drains: it fetches no more, gives running jobs Config.Grace to end, and hands back what
// has not. It returns nil then, and no goroutine of its own is left. Once it has begun, broken connections, a missing stream
// and an unreachable store are waited for; if it cannot begin, for want of the stream or of the server, it says so. Run once.
func (w *Worker) Run(ctx context.Context) error {
	consumer, err := w.q.openConsumer(ctx, w.cfg.AckWait)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	giveUp := func(err error) { stop(fmt.Errorf("%w: %w", ErrStore, err)) }
	w.gate.onGiveUp(giveUp)
	if w.cfg.StorePatience > 0 {
		w.brake.giveUp = giveUp
	}
	defer w.gate.close()
	jobs, cancelJobs := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cancelJobs(nil)

	var loops sync.WaitGroup
	for i := range w.pulses {
		loops.Go(func() { w.loop(ctx, jobs, consumer, &w.pulses[i]) })
	}
	done := make(chan struct{})
	go func() { loops.Wait(); close(done) }()

	<-ctx.Done()
	w.lg.Debug("worker drains")
	grace := time.NewTimer(w.cfg.Grace)
	defer grace.Stop()
	select {
	case <-done:
	case <-grace.C:
		w.lg.Info("jobs still running are handed back", zap.Duration("grace", w.cfg.Grace))
		cancelJobs(errDrained)
		<-done
	}
	if cause := context.Cause(ctx); errors.Is(cause, ErrStore) {
		return cause
	}
	return nil
}

// loop fetches and handles one job at a time: what is fetched is worked on at once, so that none waits past AckWait in a
// buffer of ours.
func (w *Worker) loop(ctx, jobs context.Context, consumer jetstream.Consumer, p *pulse) {
	trouble := 0 // failed fetches in a row
	for w.gate.wait(ctx) && w.brake.wait(ctx) {
		p.beat()
		msg, err := fetchOne(consumer, w.cfg.FetchWait)
		if err != nil {
			consumer = w.afterFetchError(ctx, consumer, err, trouble)
			trouble++
			continue
		}
		if trouble > 0 {
			w.lg.Debug("jobs can be fetched again")
			trouble = 0
		}
		switch {
		case msg == nil:
		case ctx.Err() != nil:
			// It came after the stop; another worker shall have it at once.
			settled(w.lg.With(zap.String(keyJob, payloadID(msg.Data()))), msg.Nak(), "hand back")
		default:
			w.handle(jobs, ctx, msg, p)
		}
	}
}

// fetchOne gives the next message, or nil if there was none within the time.
func fetchOne(consumer jetstream.Consumer, wait time.Duration) (jetstream.Msg, error) {
	batch, err := consumer.Fetch(1, jetstream.FetchMaxWait(wait))
	if err != nil {
		return nil, err
	}
	msg := <-batch.Messages()
	if msg != nil {
		return msg, nil
	}
	return nil, batch.Error()
}

// afterFetchError waits a little longer each time, and gives the consumer anew where it was deleted.
func (w *Worker) afterFetchError(ctx context.Context, consumer jetstream.Consumer, err error, trouble int) jetstream.Consumer {
	if ctx.Err() != nil {
		return consumer
	}
	lg := w.lg.Debug
	if trouble == 0 {
		lg = w.lg.Warn // once for each trouble; the broker tells of connections lost and found
	}
	lg("no job can be fetched, trying again", zap.Error(err))
	pause(ctx, growing(trouble, 250*time.Millisecond, 15*time.Second))
	again, err := w.q.reopen(ctx, w.cfg.AckWait)
	if err != nil {
		w.lg.Debug("consumer not there", zap.Error(err))
		return consumer
	}
	return again
}

// reopen makes streams and consumer again where somebody deleted them.
func (q *Queue) reopen(ctx context.Context, ackWait time.Duration) (jetstream.Consumer, error) {
	if _, err := q.openStream(ctx, q.jobStream()); err != nil {
		return nil, err
	}
	if _, err := q.openStream(ctx, q.deadStream()); err != nil {
		return nil, err
	}
	return q.openConsumer(ctx, ackWait)
}

// growing is first, doubled n times, at most limit, give or take a fifth, so that many who wait don't come back at once.
func growing(n int, first, limit time.Duration) time.Duration {
	d := limit
	if n < 30 && first<<n < limit {
		d = first << n
	}
	return jitter(d)
}

func jitter(d time.Duration) time.Duration {
	return time.Duration(float64(d) * (0.8 + 0.4*rand.Float64()))
}

// pause waits, and reports whether it waited to the end.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}
