package worker

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/zap"

	"yusuan/schemas"
	"yusuan/worker/blob"
	"yusuan/worker/source"
)

// A delivery is one message in a worker's hands.
type delivery struct {
	w         *Worker
	lg        *zap.Logger
	msg       jetstream.Msg
	stop      context.Context // done when the worker drains
	job       schemas.Job
	entry     schemas.Entry
	before    schemas.Entry // as the ledger had it when this began; zero where it had none
	count     int           // how often the message was handed out, this time included
	tries     int           // likewise, without those that were no fault of the file's, see putOff
	sequence  uint64        // of the message in the stream
	published time.Time     // by the server's clock
	pulse     *pulse
}

// handle works on one message and settles it. ctx is done when the job must end; stop earlier, when the worker drains.
func (w *Worker) handle(ctx, stop context.Context, msg jetstream.Msg, p *pulse) {
	meta, err := msg.Metadata()
	if err != nil {
		w.lg.Error("message without JetStream metadata", zap.Error(err))
		return
	}
	d := &delivery{
		w: w, lg: w.lg, msg: msg, stop: stop,
		count: int(meta.NumDelivered), sequence: meta.Sequence.Stream, published: meta.Timestamp, pulse: p,
	}
	defer p.work()()
	w.parts.Observer.delivered(d.count)
	ctx, span := w.q.tracing.process(ctx, msg.Headers(), w.q.names.JobSubject())
	defer d.endSpan(span)
	alive := d.keepAlive(w.cfg.AckWait / heartbeats)
	defer alive()
	job, err := schemas.ParseJob(msg.Data())
	if err != nil {
		d.settleBadJob(ctx, err)
		return
	}
	d.job = job
	id := JobID(job)
	d.job.ID = id
	d.lg = d.logger(trace.SpanContextFromContext(ctx))
	if err := d.begin(ctx, id); err != nil {
		d.handBack(err)
		return
	}
	d.lg = d.logger(trace.SpanContextFromContext(ctx)) // the ledger may know its name
	switch {
	case d.settledBefore(d.entry):
		d.finishAgain(ctx)
	case d.fatal():
		d.giveUp(ctx, fmt.Errorf("the worker died, or fell silent, on each of %d tries", d.tries-1))
	default:
		err := d.run(ctx)
		_ = d.stage(ctx, SettleStage, func(ctx context.Context) error { d.settle(ctx, err); return nil })
	}
}

// fatal reports whether the job has killed its worker at each of its tries: whoever had it last neither finished nor handed it back.
func (d *delivery) fatal() bool {
	return d.tries > d.w.cfg.MaxDeliver && d.before.State == schemas.Working
}

// logger names the file in every line: by what the ledger, the job and the URL say of it.
func (d *delivery) logger(sc trace.SpanContext) *zap.Logger {
	e := schemas.Entry{
		ID: d.job.ID, SHA256: cmp.Or(d.entry.SHA256, d.job.SHA256()), FileName: cmp.Or(d.entry.FileName, d.job.FileName), URL: d.job.URL,
	}
	fields := append(fileFields(e), zap.Int(keyDeliveries, d.count))
	if sc.IsSampled() {
		fields = append(fields, zap.String(keyTrace, sc.TraceID().String()))
	}
	return d.w.lg.With(fields...)
}

// keepAlive tells the server every period that the message is being worked on, until the returned function is called.
func (d *delivery) keepAlive(period time.Duration) (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(period)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				if err := d.msg.InProgress(); err != nil && !errors.Is(err, jetstream.ErrMsgAlreadyAckd) {
					d.w.lg.Debug("in progress not told", zap.String(keyJob, payloadID(d.msg.Data())), zap.Error(err))
				}
			case <-done:
				return
			}
		}
	}()
	return func() { close(done); <-ended }
}

// begin reads the ledger's entry, or makes one for a job that another program published. Bytes whose URL has others now have an
// entry of their own, see keepPredecessor.
func (d *delivery) begin(ctx context.Context, id string) error {
	var old schemas.Entry
	var found bool
	_, err := d.w.gate.hold(ctx, d.stop, func(ctx context.Context) (err error) {
		old, found, err = d.w.rec.entry(ctx, id)
		return err
	})
	if err != nil {
		return err
	}
	if digest := d.job.SHA256(); digest != "" && digest != id && old.SHA256 != "" && old.SHA256 != digest {
		d.job.ID = digest
		return d.begin(ctx, digest)
	}
	d.entry, d.before = old, old
	if d.tries = old.Deliveries + 1; d.count == 1 || !found {
		d.tries = 1 // of an earlier message, else
	}
	if !found {
		d.entry = queuedEntry(schemas.Entry{}, d.job, 0, d.published.UTC())
	}
	if d.entry.FirstSeen.IsZero() {
		d.entry.FirstSeen = d.firstSeen()
	}
	return nil
}

// firstSeen is when the message was published: by the server's clock, since versions are ordered by it, and publishers' clocks
// differ. In milliseconds, as stores keep it.
func (d *delivery) firstSeen() time.Time { return d.published.UTC().Truncate(time.Millisecond) }

// run does the work and fills in the entry. A panic is an error like any other.
func (d *delivery) run(ctx context.Context) (err error) {
	defer func() {
		if r := recover(); r != nil {
			d.lg.Error("panic in a job", zap.Any("panic", r), zap.ByteString("stack", debug.Stack()))
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	started := d.w.rec.now()
	e := d.entry
	e.State, e.StartedAt, e.FinishedAt, e.Deliveries = schemas.Working, &started, nil, d.tries
	e.Code, e.Page, e.Message = "", 0, ""
	d.entry = e
	if _, err := d.record(ctx); err != nil {
		return err
	}
	data, err := staged(ctx, d, FetchStage, d.fetch)
	d.lg = d.logger(trace.SpanContextFromContext(ctx)) // the digest and the name may be known only now
	if err != nil {
		return err
	}
	d.w.parts.Observer.fetched(int64(len(data)))
	same, err := d.readBefore(ctx)
	if err != nil {
		return err
	}
	if same {
		d.entry.State, d.entry.DisclosureID = schemas.Unchanged, schemas.DisclosureID(d.entry.SHA256)
		return nil
	}
	doc, err := staged(ctx, d, ExtractStage, func(ctx context.Context) (*schemas.Disclosure, error) { return d.extract(ctx, data) })
	if err != nil {
		return err
	}
	return d.stage(ctx, IndexStage, func(ctx context.Context) error { return d.index(ctx, doc) })
}

// fetch gets the bytes: from the blob store, else from the URL into the blob store. It gives none where the URL's server says
// that the file in the index is still the one.
func (d *delivery) fetch(ctx context.Context) ([]byte, error) {
	parts, job := d.w.parts, d.job
	if job.Blob != "" {
		data, err := parts.Blobs.Get(ctx, job.SHA256(), d.w.cfg.MaxFileBytes)
		if err == nil {
			d.entry.SHA256, d.entry.Bytes = job.SHA256(), int64(len(data))
			return data, nil
		}
		if errors.Is(err, blob.ErrTooLarge) {
			return nil, schemas.Reject(schemas.TooLarge, "the file has more than %d bytes, the limit", d.w.cfg.MaxFileBytes)
		}
		if job.URL == "" || !errors.Is(err, blob.ErrNotFound) && !errors.Is(err, blob.ErrDamaged) {
			return nil, err
		}
		d.lg.Warn("bytes are not in the blob store, fetching them again", zap.Error(err))
	}
	request, err := d.request(ctx)
	if err != nil {
		return nil, err
	}
	doc, err := parts.Fetcher.Fetch(ctx, request)
	if err != nil || doc.Unchanged {
		return nil, err
	}
	digest := blob.Digest(doc.Data)
	if job.Blob != "" && digest != job.SHA256() {
		return nil, fmt.Errorf("the bytes of %s are not in the blob store, and its URL has others now (%s)", job.SHA256(), digest)
	}
	if err := d.keepPredecessor(ctx, digest); err != nil {
		return nil, err
	}
	d.entry.SHA256, d.entry.Bytes = digest, int64(len(doc.Data))
	d.entry.ETag, d.entry.LastModified = doc.ETag, doc.LastModified
	if d.entry.FileName == "" {
		d.entry.FileName = oneLine(doc.FileName)
	}
	// The ledger knows the bytes before they are stored, so that none lie there without an entry.
	if _, err := d.record(ctx); err != nil {
		return nil, err
	}
	if _, err := parts.Blobs.Put(ctx, doc.Data); err != nil {
		return nil, err
	}
	return doc.Data, nil
}

// request asks for the URL's file, and only for another one than that in the index if its bytes are still at hand.
func (d *delivery) request(ctx context.Context) (source.Request, error) {
	r := source.Request{URL: d.job.URL}
	e := d.entry
	if d.job.Blob != "" || e.URL != r.URL || !inIndex(e, e.SHA256) {
		return r, nil
	}
	kept, err := d.w.parts.Blobs.Has(ctx, e.SHA256)
	if kept {
		r.ETag, r.LastModified = e.ETag, e.LastModified
	}
	return r, err
}

// readBefore reports whether the fetched bytes are in the index already, by this parser: under this id, or under their own.
func (d *delivery) readBefore(ctx context.Context) (bool, error) {
	if inIndex(d.entry, d.entry.SHA256) {
		return true, nil
	}
	if d.entry.ID == d.entry.SHA256 {
		return false, nil
	}
	var other schemas.Entry
	_, err := d.w.gate.hold(ctx, d.stop, func(ctx context.Context) (err error) {
		other, _, err = d.w.rec.entry(ctx, d.entry.SHA256)
		return err
	})
	return inIndex(other, d.entry.SHA256), err
}

func inIndex(e schemas.Entry, digest string) bool {
	return e.DisclosureID != "" && e.DisclosureID == schemas.DisclosureID(digest) && e.Parser >= schemas.ParserVersion
}

// extract reads the PDF and adds what only the queue knows.
func (d *delivery) extract(ctx context.Context, data []byte) (*schemas.Disclosure, error) {
	ctx, cancel := context.WithTimeout(ctx, d.w.cfg.JobTimeout)
	defer cancel()
	src := schemas.Source{SHA256: d.entry.SHA256, FileName: d.entry.FileName, URI: d.job.URL, Bytes: d.entry.Bytes}
	doc, err := d.w.parts.Extractor.Extract(ctx, src, data)
	if err != nil {
		return nil, fmt.Errorf("extract: %w", err)
	}
	if doc == nil || doc.Source.SHA256 != src.SHA256 {
		return nil, errors.New("extract: no disclosure, or one of other bytes")
	}
	if d.job.Claims != nil {
		doc.Claims = d.job.Claims
	}
	doc.Source.FirstSeen = d.entry.FirstSeen
	d.entry.Pages, d.entry.Warnings = doc.Source.Pages, len(doc.Warnings)
	return doc, nil
}

// index stores the disclosure. If that fails because the whole store is out of reach, which the ledger then is too, it waits
// and tries again: what was read is in hand.
func (d *delivery) index(ctx context.Context, doc *schemas.Disclosure) error {
	for {
		stored, err := d.putIndex(ctx, doc)
		if err == nil {
			d.w.brake.worked()
			d.entry.State, d.entry.DisclosureID = schemas.Indexed, doc.ID()
			if !stored {
				d.entry.State, d.entry.Message = schemas.Unchanged, "a newer parser's result is in the index already"
			}
			return nil
		}
		if schemas.AsRejection(err) != nil || ctx.Err() != nil {
			return err
		}
		d.entry.Message = oneLine(err.Error())
		waited, recordErr := d.record(ctx)
		if recordErr != nil {
			return recordErr
		}
		if !waited {
			return d.w.brake.failed(d.lg, d.entry.ID, err)
		}
		d.entry.Message = ""
	}
}

func (d *delivery) putIndex(ctx context.Context, doc *schemas.Disclosure) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, d.w.cfg.JobTimeout)
	defer cancel()
	stored, err := d.w.parts.Index.Put(ctx, doc)
	if err != nil {
		return false, fmt.Errorf("index: %w", err)
	}
	return stored, nil
}

// badPayload is how much of a message that is no job its dead letter keeps, in bytes.
const badPayload = 4 << 10

// settleBadJob makes a dead letter of a message that is no job, at once: it will never be one.
func (d *delivery) settleBadJob(ctx context.Context, cause error) {
	payload := d.msg.Data()
	id := payloadID(payload)
	d.lg = d.lg.With(zap.String(keyJob, id))
	if err := d.begin(ctx, id); err != nil {
		d.handBack(err)
		return
	}
	started := d.w.rec.now()
	d.entry = schemas.Entry{ID: id, QueuedAt: d.published.UTC(), StartedAt: &started, Deliveries: d.tries, Bytes: int64(len(payload))}
	d.reject(ctx, &schemas.Rejection{
		Code:    schemas.BadJob,
		Message: oneLine(cause.Error() + "; want {\"url\": …} or {\"blob\": \"sha256:…\"}, see job.schema.json"),
	})
}

// letter is the dead letter of this delivery.
func (d *delivery) letter(code schemas.Code, message string, page int) DeadLetter {
	l := DeadLetter{
		ID: d.entry.ID, Code: code, Message: message, Page: page, FileName: d.entry.FileName,
		Deliveries: d.tries, Time: d.w.rec.now(),
	}
	if d.job.URL == "" && d.job.Blob == "" {
		l.Payload = string(d.msg.Data()[:min(len(d.msg.Data()), badPayload)])
		if !json.Valid([]byte(l.Payload)) {
			l.Payload = oneLine(l.Payload)
		}
		return l
	}
	job := d.job
	if d.entry.SHA256 != "" && aboutUs(code) {
		job.Blob = schemas.BlobPrefix + d.entry.SHA256
	}
	l.Job = &job
	return l
}

// aboutUs reports whether the code says more about this program, its limits and its configuration, than about the bytes: then
// a retry reads the bytes that are kept, while for the others it asks the publisher's server for better ones.
func aboutUs(code schemas.Code) bool {
	switch code {
	case schemas.NeedsOCR, schemas.Timeout, schemas.Memory, schemas.TooManyPages, schemas.UndecodableText, FailedCode:
		return true
	}
	return false
}
