package worker

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"

	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sync/errgroup"

	"yusuan/schemas"
)

// scanJobs calls fn with the ledger id of every message on the stream of jobs that is not settled, handed out or not. It reads
// message by message, since a work-queue stream has no room for a second consumer.
func (q *Queue) scanJobs(ctx context.Context, fn func(id string)) error {
	c, err := q.consumerInfo(ctx)
	if err != nil {
		return err
	}
	from := uint64(1)
	if c != nil {
		from = c.AckFloor.Stream + 1
	}
	return scan(ctx, q.jobs, q.names.JobSubject(), from, func(msg *jetstream.RawStreamMsg) error {
		fn(payloadID(msg.Data))
		return nil
	})
}

// payloadID is the ledger id of a message's payload, job or not.
func payloadID(payload []byte) string {
	job, err := schemas.ParseJob(payload)
	if err != nil {
		return badPrefix + hexDigest(payload)
	}
	return JobID(job)
}

// scanAtOnce is how many parts of a stream are read at once, and scanPart how many sequences make it worth it.
const (
	scanAtOnce = 8
	scanPart   = 500
)

// scan calls fn with every message of the stream from a sequence on that has a subject that matches; one call at a time, in no
// order.
func scan(ctx context.Context, s jetstream.Stream, subject string, from uint64, fn func(*jetstream.RawStreamMsg) error) error {
	info, err := s.Info(ctx)
	if err != nil {
		return fmt.Errorf("read stream %s: %w", s.CachedInfo().Config.Name, err)
	}
	from = max(from, info.State.FirstSeq, 1)
	part := max(scanPart, (max(info.State.LastSeq, from)-from)/scanAtOnce+1)
	var mu sync.Mutex
	g, ctx := errgroup.WithContext(ctx)
	for begin := from; ; begin += part {
		end := begin + part
		last := end > info.State.LastSeq
		if last {
			end = math.MaxUint64 // what is published meanwhile as well
		}
		g.Go(func() error {
			return scanRange(ctx, s, subject, begin, end, func(msg *jetstream.RawStreamMsg) error {
				mu.Lock()
				defer mu.Unlock()
				return fn(msg)
			})
		})
		if last {
			return g.Wait()
		}
	}
}

// scanRange reads the messages with sequences from begin to below end, oldest first.
func scanRange(ctx context.Context, s jetstream.Stream, subject string, begin, end uint64, fn func(*jetstream.RawStreamMsg) error) error {
	for seq := begin; seq < end; {
		msg, err := s.GetMsg(ctx, seq, jetstream.WithGetMsgSubject(subject))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read stream %s from message %d: %w", s.CachedInfo().Config.Name, seq, err)
		}
		if msg.Sequence >= end {
			return nil
		}
		if err := fn(msg); err != nil {
			return err
		}
		seq = msg.Sequence + 1
	}
	return nil
}
