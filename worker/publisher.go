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
	// Force has the file read again whatever is known about it.
	Force bool
}

// A Receipt says what became of a submission.
type Receipt struct {
	Entry schemas.Entry // Queued, or as the ledger has it where State is Unchanged
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
	sent    map[string]bool // ids of the jobs that this publisher has sent, or is about to
}

// NewPublisher returns a publisher on the queue.
func NewPublisher(lg *zap.Logger, q *Queue, blobs Blobs, ledger Ledger) *Publisher {
	return &Publisher{lg: lg, q: q, blobs: blobs, rec: recorder{lg: lg, ledger: ledger, nc: q.nc, names: q.names}, sent: map[string]bool{}}
}

// Publish stores the bytes, then the ledger entry, then the job. If it returns nil, each of them is durable, or another goroutine
// is publishing the same job at this moment, and hears of it if that fails; if the process dies in between, the same submission
// again, or Recover, does the rest. What the ledger knows as read by this parser is not read again, except for what had failed.
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
	again := s.Force || s.Refetch && s.Data == nil
	if found && known(old) && !again {
		return Receipt{Entry: old, State: schemas.Unchanged}, nil
	}
	e := queuedEntry(old, job, int64(len(s.Data)), p.rec.now())
	if s.Force {
		e = forget(e)
	}
	anew := again || found && old.State.Final()
	if waiting, err := p.claim(ctx, job.ID, found, anew); err != nil {
		return Receipt{}, err
	} else if waiting && found {
		old.State = schemas.Queued // though a worker may have begun
		return Receipt{Entry: old, State: schemas.Queued}, nil
	} else if waiting {
		return Receipt{Entry: e, State: schemas.Queued}, nil // another goroutine is about to send it
	}
	if err := p.send(ctx, e, job, anew); err != nil {
		p.unclaim(job.ID)
		return Receipt{}, err
	}
	return Receipt{Entry: e, State: schemas.Queued}, nil
}

// send writes the entry, then the job.
func (p *Publisher) send(ctx context.Context, e schemas.Entry, job schemas.Job, anew bool) error {
	if err := p.rec.put(ctx, e); err != nil {
		return err
	}
	msgID := plainMsgID(job)
	if anew {
		msgID = freshMsgID(job)
	}
	return p.q.publishJob(ctx, job, msgID)
}

// known reports whether the entry says all that this parser could find out about the file.
func known(e schemas.Entry) bool {
	if !e.State.Final() || e.Parser < schemas.ParserVersion {
		return false
	}
	return e.State != schemas.Failed || e.Dropped()
}

// queuedEntry is the entry of a job that is published at that time. What was found out earlier about the bytes stays.
func queuedEntry(old schemas.Entry, job schemas.Job, size int64, at time.Time) schemas.Entry {
	e := old
	e.ID, e.State, e.QueuedAt = job.ID, schemas.Queued, at
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

// forget drops from a queued entry what would let a worker take the file for read.
func forget(e schemas.Entry) schemas.Entry {
	e.DisclosureID, e.Parser = "", 0
	return e
}

// claim reports whether the job needs no second message: this publisher has sent it, or it was on the stream when this was
// first asked. Since the ledger knows a job as done before it leaves the stream, one that is not done by the ledger is
// there still. Writing its entry once more would be wrong: the worker may just have written the last one.
func (p *Publisher) claim(ctx context.Context, id string, found, anew bool) (waiting bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if anew {
		p.sent[id] = true
		return false, nil
	}
	if p.sent[id] {
		return true, nil
	}
	if found {
		if p.pending == nil {
			pending := map[string]bool{}
			if err := p.q.scanJobs(ctx, func(id string) { pending[id] = true }); err != nil {
				return false, err
			}
			p.pending = pending
		}
		if p.pending[id] {
			return true, nil
		}
	}
	p.sent[id] = true
	return false, nil
}

func (p *Publisher) unclaim(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.sent, id)
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
func (q *Queue) publishJob(ctx context.Context, job schemas.Job, msgID string) (err error) {
	ctx, span := q.tracing.publish(ctx, q.names.JobSubject(), job.ID)
	defer func() { end(span, err) }()
	payload, err := json.Marshal(job)
	if err == nil {
		err = q.publish(ctx, q.jobs, q.names.JobSubject(), payload, msgID)
	}
	if err != nil {
		return fmt.Errorf("publish job %s: %w", job.ID, err)
	}
	return nil
}

// publish stores the message under the id, once. A stream remembers ids longer than messages: where it refuses the id and the
// first message is gone already, the message is stored under another.
func (q *Queue) publish(ctx context.Context, stream jetstream.Stream, subject string, payload []byte, msgID string) error {
	name := stream.CachedInfo().Config.Name
	ack, err := q.send(ctx, subject, name, payload, msgID)
	if err != nil || !ack.Duplicate {
		return err
	}
	_, err = stream.GetMsg(ctx, ack.Sequence)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		_, err = q.send(ctx, subject, name, payload, msgID+"."+nuid.Next())
	}
	return err
}

// send publishes until the stream has confirmed.
func (q *Queue) send(ctx context.Context, subject, stream string, payload []byte, msgID string) (*jetstream.PubAck, error) {
	var last error
	for range publishTries {
		msg := &nats.Msg{Subject: subject, Data: payload, Header: nats.Header{}}
		q.tracing.inject(ctx, msg.Header)
		ack, err := q.js.PublishMsg(ctx, msg, jetstream.WithMsgID(msgID), jetstream.WithExpectStream(stream))
		if err == nil {
			return ack, nil
		}
		last = err
		if ctx.Err() != nil || !sendAgain(err) {
			break
		}
	}
	if ctx.Err() == nil && errors.Is(last, context.DeadlineExceeded) {
		return nil, fmt.Errorf("send to %s: the NATS server does not answer (out of reach, or its disk is full): %w", subject, last)
	}
	return nil, fmt.Errorf("send to %s: %w", subject, last)
}

// sendAgain reports whether the answer may only have been lost.
func sendAgain(err error) bool {
	return errors.Is(err, nats.ErrTimeout) || errors.Is(err, context.DeadlineExceeded) ||
		errors.Is(err, nats.ErrNoResponders) || errors.Is(err, jetstream.ErrNoStreamResponse) ||
		errors.Is(err, nats.ErrDisconnected)
}
