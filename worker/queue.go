package worker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"
)

// A Queue is the streams on a NATS server, and the consumer that workers share.
type Queue struct {
	lg    *zap.Logger
	nc    *nats.Conn
	js    jetstream.JetStream
	names Names
	cfg   QueueConfig
	jobs  jetstream.Stream
	dead  jetstream.Stream

	tracing tracing
}

// OpenQueue opens the streams of a prefix, and makes those that aren't there; the consumer is made by Worker.Run. Any number of
// processes may do so at once. Streams that somebody has made or tuned are used as they are, unless they can't serve; then the
// error says what to do.
func OpenQueue(ctx context.Context, lg *zap.Logger, nc *nats.Conn, cfg QueueConfig) (*Queue, error) {
	names, err := NewNames(cfg.Prefix)
	if err != nil {
		return nil, err
	}
	js, err := jetstream.New(nc)
	if err != nil {
		return nil, fmt.Errorf("open queue: %w", err)
	}
	q := &Queue{lg: lg, nc: nc, js: js, names: names, cfg: cfg, tracing: newTracing(Tracing{})}
	if q.jobs, err = q.openStream(ctx, q.jobStream()); err != nil {
		return nil, err
	}
	if q.dead, err = q.openStream(ctx, q.deadStream()); err != nil {
		return nil, err
	}
	return q, nil
}

// Names are what the queue's parts are called.
func (q *Queue) Names() Names { return q.names }

// JetStream is the way to other things on the same server, such as an object store of blobs.
func (q *Queue) JetStream() jetstream.JetStream { return q.js }

// openStream gives the stream, made if need be. An existing one is not brought back to cfg: replicas, limits and placement
// are its operator's.
func (q *Queue) openStream(ctx context.Context, cfg jetstream.StreamConfig) (jetstream.Stream, error) {
	stream, err := q.js.Stream(ctx, cfg.Name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		stream, err = q.js.CreateStream(ctx, cfg)
		if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) { // somebody was faster, with other settings
			stream, err = q.js.Stream(ctx, cfg.Name)
		}
	}
	if err != nil && cfg.Replicas > 1 {
		return nil, fmt.Errorf("open stream %s with %d replicas (are there as many NATS servers in a cluster?): %w", cfg.Name, cfg.Replicas, err)
	}
	if err != nil {
		return nil, fmt.Errorf("open stream %s: %w", cfg.Name, err)
	}
	have := stream.CachedInfo().Config
	if have.Retention != cfg.Retention || !slices.Contains(have.Subjects, cfg.Subjects[0]) {
		return nil, fmt.Errorf("stream %s exists with retention %s and subjects %v, want %s and %v: remove it (nats stream rm %s) or choose another prefix",
			cfg.Name, have.Retention, have.Subjects, cfg.Retention, cfg.Subjects, cfg.Name)
	}
	return stream, nil
}

// openConsumer makes the consumer, or brings an older program's up to these numbers.
func (q *Queue) openConsumer(ctx context.Context, ackWait time.Duration) (jetstream.Consumer, error) {
	cfg := q.consumer(ackWait)
	old, err := q.js.Consumer(ctx, q.names.JobStream(), cfg.Durable)
	if err == nil {
		have := old.CachedInfo().Config
		cfg.Replicas, cfg.MemoryStorage, cfg.MaxWaiting = have.Replicas, have.MemoryStorage, have.MaxWaiting
	}
	c, err := q.js.CreateOrUpdateConsumer(ctx, q.names.JobStream(), cfg)
	if err != nil {
		return nil, fmt.Errorf("open consumer %s of stream %s: %w", cfg.Durable, q.names.JobStream(), err)
	}
	return c, q.purgeSettled(ctx, c.CachedInfo().AckFloor.Stream)
}

// purgeSettled removes messages up to the consumer's ack floor. There are none, but where the server's disk was full or its
// power cut: it may then remember an ack and have the message again, which it never hands out.
func (q *Queue) purgeSettled(ctx context.Context, floor uint64) error {
	info, err := q.jobs.Info(ctx)
	if err == nil && info.State.Msgs > 0 && info.State.FirstSeq <= floor {
		q.lg.Info("removing settled messages that the server has kept", zap.Uint64("from", info.State.FirstSeq), zap.Uint64("to", floor))
		err = q.jobs.Purge(ctx, jetstream.WithPurgeSequence(floor+1))
	}
	if err != nil {
		return fmt.Errorf("open stream %s: remove settled messages: %w", q.names.JobStream(), err)
	}
	return nil
}

// consumerInfo gives nil where no worker has been here yet.
func (q *Queue) consumerInfo(ctx context.Context) (*jetstream.ConsumerInfo, error) {
	c, err := q.js.Consumer(ctx, q.names.JobStream(), q.names.Consumer())
	if errors.Is(err, jetstream.ErrConsumerNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("ask for consumer %s: %w", q.names.Consumer(), err)
	}
	return c.CachedInfo(), nil
}

// A Status says how much there is to do.
type Status struct {
	Jobs        uint64 // on the stream and not settled: waiting, handed out, or waiting for another try
	InFlight    int    // of these, handed out or waiting for another try
	DeadLetters uint64
}

// Status asks the server.
func (q *Queue) Status(ctx context.Context) (Status, error) {
	var s Status
	dead, err := q.dead.Info(ctx)
	if err != nil {
		return s, fmt.Errorf("status of stream %s: %w", q.names.DeadStream(), err)
	}
	s.DeadLetters = dead.State.Msgs
	c, err := q.consumerInfo(ctx)
	if err != nil {
		return s, fmt.Errorf("status: %w", err)
	}
	jobs, err := q.jobs.Info(ctx)
	if err != nil {
		return s, fmt.Errorf("status of stream %s: %w", q.names.JobStream(), err)
	}
	s.Jobs = jobs.State.Msgs
	if c == nil {
		return s, nil
	}
	s.InFlight = c.NumAckPending
	if jobs.State.Msgs > 0 && jobs.State.FirstSeq <= c.AckFloor.Stream { // see purgeSettled
		s.Jobs = c.NumPending + uint64(c.NumAckPending)
	}
	return s, nil
}
