package worker

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"

	"yusuan/schemas"
)

// scanJobs calls fn with the ledger id of every message on the stream of jobs that is not settled, handed out or not. It reads
// one message after the other, since a work-queue stream has no room for a second consumer.
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

// scan calls fn with every message of the stream from a sequence on that has a subject that matches, oldest first.
func scan(ctx context.Context, s jetstream.Stream, subject string, from uint64, fn func(*jetstream.RawStreamMsg) error) error {
	for seq := from; ; {
		msg, err := s.GetMsg(ctx, seq, jetstream.WithGetMsgSubject(subject))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read stream %s from message %d: %w", s.CachedInfo().Config.Name, seq, err)
		}
		if err := fn(msg); err != nil {
			return err
		}
		seq = msg.Sequence + 1
	}
}
