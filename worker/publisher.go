package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"
	"go.uber.org/zap"

	"yusuan/schemas"
)

// A Submission is one file to be published: its bytes, or where a worker fetches them.
type Submission struct {
	Data     []byte // nil where URL is to be fetched; an empty file is not nil
	URL      string // where it was published, if known
	FileName string // for people
	Claims   *schemas.Claims
	// Refetch publishes URL even if it was read before, since what stands there may have changed. Bytes that turn out to
	// be the same are left alone.
	Refetch bool
}

// A Receipt says what became of a submission.
type Receipt struct {
	Entry schemas.Entry
	// State is Queued, or Unchanged where nothing had to be done: Entry then says what became of the file when it was read
	// last, by this parser or a newer one.
	State schemas.State
}

// A Publisher puts jobs on the stream. It may be used from many goroutines.
type Publisher struct {
	lg    *zap.Logger
	q     *Queue
	blobs Blobs
	rec   recorder

	mu      sync.Mutex
	pending map[string]bool // ids of the jobs on the stream when first asked for; nil before
}

// NewPublisher returns a publisher on the queue.
func NewPublisher(lg *zap.Logger, q *Queue, blobs Blobs, ledger Ledger) *Publisher {
	return &Publisher{lg: lg, q: q, blobs: blobs, rec: recorder{lg, ledger, q.nc, q.names}}
}

// Publish stores the bytes, then the ledger entry, then the job. If it returns nil, each of them is durable; if the process
// dies in between, the same submission again, or Recover, does the rest. What the ledger knows as read by this parser is
// not read again, except for what had failed.
func (p *Publisher) Publish(ctx context.Context, s Submission) (Receipt, error) {
	job := schemas.Job{URL: s.URL, FileName: oneLine(s.FileName), Claims: s.Claims}
	if s.Data != nil {
		digest, err := p.blobs.Put(ctx, s.Data)
		if err != nil {
			return Receipt{}, err
		}
		job.Blob = schemas.BlobPrefix + digest
		job.ID = digest
	} else {
		job.ID = URLID(s.URL)
	}
	if err := job.Validate(); err != nil {
		return Receipt{}, err
	}
	old, found, err := p.rec.entry(ctx, job.ID)
	if err != nil {
		return Receipt{}, err
	}
	refetch := s.Refetch && s.Data == nil
	if found && known(old) && !refetch {
		return Receipt{Entry: old, State: schemas.Unchanged}, nil
	}
	if found && !old.State.Final() {
		waiting, err := p.isPending(ctx, job.ID)
		if err != nil {
			return Receipt{}, err
		}
		if waiting {
			return Receipt{Entry: old, State: schemas.Queued}, nil
		}
	}
	e := queuedEntry(old, job, int64(len(s.Data)))
	if err := p.rec.put(ctx, e); err != nil {
		return Receipt{}, err
	}
	msgID := plainMsgID(job)
	if found && old.State.Final() {
		msgID = freshMsgID(job) // on purpose again
	}
	if err := p.q.publishJob(ctx, job, msgID); err != nil {
		return Receipt{}, err
	}
	return Receipt{Entry: e, State: schemas.Queued}, nil
}

// known reports whether the entry says all that this parser could find out about the file.
func known(e schemas.Entry) bool {
	if !e.State.Final() || e.Parser < schemas.ParserVersion {
		return false
	}
	return e.State != schemas.Failed || Dropped(e)
}

// queuedEntry is the entry of a job about to be published. What was found out earlier about the bytes stays.
func queuedEntry(old schemas.Entry, job schemas.Job, size int64) schemas.Entry {
	e := old
	e.ID, e.State, e.QueuedAt = job.ID, schemas.Queued, time.Now().UTC()
	e.Code, e.Message, e.Page, e.Deliveries = "", "", 0, 0
	e.StartedAt, e.FinishedAt = nil, nil
	if job.FileName != "" {
		e.FileName = job.FileName
	}
	if job.URL != "" {
		e.URL = job.URL
	}
	if job.Claims != nil {
		e.Claims = job.Claims
	}
	if job.Blob != "" {
		e.SHA256 = job.SHA256()
	}
	if size > 0 {
		e.Bytes = size
	}
	return e
}

// isPending reports whether the job was on the stream when this was first asked. Since the ledger knows a job as done before
// it leaves the stream, an entry that is not final, with a job that was there, needs no second one.
func (p *Publisher) isPending(ctx context.Context, id string) (bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.pending == nil {
		pending := map[string]bool{}
		err := p.q.scanJobs(ctx, func(job schemas.Job) { pending[JobID(job)] = true })
		if err != nil {
			return false, err
		}
		p.pending = pending
	}
	return p.pending[id], nil
}

// plainMsgID is the Nats-Msg-Id of a job published for the first time.
func plainMsgID(job schemas.Job) string {
	if job.Blob != "" {
		return job.SHA256()
	}
	return job.URL
}

// freshMsgID is one that the stream has not seen, for a job published again.
func freshMsgID(job schemas.Job) string { return plainMsgID(job) + "." + nuid.Next() }

// publishTries is how often a job is sent before the caller hears of it. The same Nats-Msg-Id makes it one.
const publishTries = 3

// publishJob puts the job on the stream under the id, and sees to it that it is there when it returns.
func (q *Queue) publishJob(ctx context.Context, job schemas.Job, msgID string) error {
	payload, err := json.Marshal(job)
	if err != nil {
		return fmt.Errorf("publish job %s: %w", job.ID, err)
	}
	ack, err := q.send(ctx, q.names.JobSubject(), q.names.JobStream(), payload, msgID)
	if err != nil {
		return fmt.Errorf("publish job %s: %w", job.ID, err)
	}
	if !ack.Duplicate {
		return nil
	}
	_, err = q.jobs.GetMsg(ctx, ack.Sequence)
	if !errors.Is(err, jetstream.ErrMsgNotFound) {
		if err != nil {
			return fmt.Errorf("publish job %s: look for its first message: %w", job.ID, err)
		}
		return nil
	}
	// The id is remembered, its message is settled and gone, and the ledger knows nothing of it: it was emptied since.
	if _, err := q.send(ctx, q.names.JobSubject(), q.names.JobStream(), payload, freshMsgID(job)); err != nil {
		return fmt.Errorf("publish job %s: %w", job.ID, err)
	}
	return nil
}

// send publishes until the stream has confirmed.
func (q *Queue) send(ctx context.Context, subject, stream string, payload []byte, msgID string) (*jetstream.PubAck, error) {
	var last error
	for range publishTries {
		msg := &nats.Msg{Subject: subject, Data: payload, Header: nats.Header{}}
		ack, err := q.js.PublishMsg(ctx, msg, jetstream.WithMsgID(msgID), jetstream.WithExpectStream(stream))
		if err == nil {
			return ack, nil
		}
		last = err
		if ctx.Err() != nil || !sendAgain(err) {
			break
		}
	}
	return nil, fmt.Errorf("send to %s: %w", subject, last)
}

// sendAgain reports whether the answer may only have been lost.
func sendAgain(err error) bool {
	return errors.Is(err, nats.ErrTimeout) || errors.Is(err, context.DeadlineExceeded) ||
		errors.Is(err, nats.ErrNoResponders) || errors.Is(err, jetstream.ErrNoStreamResponse) ||
		errors.Is(err, nats.ErrDisconnected)
}

// scanJobs calls fn with every job on the stream, handed out or not. It reads one message after the other, since a
// work-queue stream has no room for a second consumer.
func (q *Queue) scanJobs(ctx context.Context, fn func(schemas.Job)) error {
	return scan(ctx, q.jobs, q.names.JobSubject(), func(msg *jetstream.RawStreamMsg) error {
		if job, err := schemas.ParseJob(msg.Data); err == nil { // a malformed one becomes a dead letter in its turn
			fn(job)
		}
		return nil
	})
}

// scan calls fn with every message of the stream with a subject that matches.
func scan(ctx context.Context, s jetstream.Stream, subject string, fn func(*jetstream.RawStreamMsg) error) error {
	for seq := uint64(1); ; {
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
