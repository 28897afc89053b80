package worker

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"

	"yusuan/schemas"
)

// FailedCode is the code of a dead letter of a job that was given up after its last delivery. It is no rejection: nothing is
// known about the document.
const FailedCode schemas.Code = "failed"

// A DeadLetter says why a job was not indexed. It is the payload of a message on the stream of dead letters.
type DeadLetter struct {
	ID         string       `json:"id"` // of the ledger entry
	Code       schemas.Code `json:"code"`
	Message    string       `json:"message"`
	Page       int          `json:"page,omitempty"` // 1-based
	FileName   string       `json:"file_name,omitempty"`
	Job        *schemas.Job `json:"job,omitempty"`     // nil for a message that is no job
	Payload    string       `json:"payload,omitempty"` // of a message that is no job, its first 4 KiB
	Deliveries int          `json:"deliveries"`        // how often the job was tried, as in the ledger
	Time       time.Time    `json:"time"`
	Sequence   uint64       `json:"-"` // in the stream of dead letters, where it was read from there
}

// bury publishes the dead letter and returns once the stream has it. The same letter of the same delivery twice is one.
func (q *Queue) bury(ctx context.Context, d DeadLetter, msgID string) error {
	d.Message = oneLine(d.Message)
	payload, err := json.Marshal(d)
	if err != nil {
		return fmt.Errorf("publish dead letter of %s: %w", d.ID, err)
	}
	if err := q.publish(ctx, q.dead, q.names.DeadSubject(d.Code), payload, msgID); err != nil {
		return fmt.Errorf("publish dead letter of %s: %w", d.ID, err)
	}
	return nil
}

// DeadLetters is what was not indexed and why: the letters on the stream, held against the ledger.
type DeadLetters struct {
	lg      *zap.Logger
	q       *Queue
	rec     recorder
	entries EntryLister
}

// NewDeadLetters returns the dead letters of the queue.
func NewDeadLetters(lg *zap.Logger, q *Queue, ledger Ledger, entries EntryLister) *DeadLetters {
	return &DeadLetters{lg: lg, q: q, rec: recorder{lg: lg, ledger: ledger, nc: q.nc, names: q.names}, entries: entries}
}

// ErrNoDeadLetter is what Retry and Drop give for an id that has none.
var ErrNoDeadLetter = errors.New("no dead letter with this id")

// List gives the dead letters that stand, oldest first: the newest of each file that the ledger has as rejected, needing OCR
// or failed, and none of those dropped. One whose message is gone is made up from the ledger.
func (l *DeadLetters) List(ctx context.Context) ([]DeadLetter, error) {
	letters, err := l.newest(ctx)
	if err != nil {
		return nil, err
	}
	var standing []DeadLetter
	err = l.entries.Entries(ctx, schemas.UnreadStates(), func(e schemas.Entry) error {
		if e.Dropped() {
			return nil
		}
		letter, ok := letters[e.ID]
		if !ok {
			letter = letterOf(e)
		}
		standing = append(standing, letter)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list dead letters: %w", err)
	}
	slices.SortFunc(standing, func(a, b DeadLetter) int {
		return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.ID, b.ID))
	})
	return standing, nil
}

// newest reads the stream: the last letter of each id.
func (l *DeadLetters) newest(ctx context.Context) (map[string]DeadLetter, error) {
	letters := map[string]DeadLetter{}
	err := l.scan(ctx, func(d DeadLetter) error {
		if d.Sequence > letters[d.ID].Sequence {
			letters[d.ID] = d
		}
		return nil
	})
	return letters, err
}

func (l *DeadLetters) scan(ctx context.Context, fn func(DeadLetter) error) error {
	return l.scanSubject(ctx, l.q.names.prefix+".dead.*", fn)
}

func (l *DeadLetters) scanSubject(ctx context.Context, subject string, fn func(DeadLetter) error) error {
	return scan(ctx, l.q.dead, subject, 1, func(msg *jetstream.RawStreamMsg) error {
		var d DeadLetter
		if err := json.Unmarshal(msg.Data, &d); err != nil || d.ID == "" {
			l.lg.Warn("message among the dead letters is none", zap.Uint64("sequence", msg.Sequence), zap.Error(err))
			return nil
		}
		d.Sequence = msg.Sequence
		return fn(d)
	})
}

// letterOf makes up a dead letter from the ledger's entry.
func letterOf(e schemas.Entry) DeadLetter {
	d := DeadLetter{
		ID: e.ID, Code: e.Code, Message: e.Message, Page: e.Page, FileName: e.FileName, Deliveries: e.Deliveries, Time: e.QueuedAt,
	}
	if e.State == schemas.Failed {
		d.Code = FailedCode
	}
	if e.FinishedAt != nil {
		d.Time = *e.FinishedAt
	}
	if job := jobOf(e); job.Validate() == nil {
		if job.Blob == "" && e.SHA256 != "" && aboutUs(d.Code) {
			job.Blob = schemas.BlobPrefix + e.SHA256
		}
		d.Job = &job
	}
	return d
}

// jobOf makes the job anew that led to the entry. It does not validate for a message that was no job.
func jobOf(e schemas.Entry) schemas.Job {
	job := schemas.Job{ID: e.ID, URL: e.URL, FileName: e.FileName, Claims: e.Claims}
	if e.SHA256 != "" && e.ID == e.SHA256 {
		job.Blob = schemas.BlobPrefix + e.SHA256
	}
	return job
}

// Show gives the dead letter that stands for the file, and false where there is none. The id may be shortened to what only
// one of them starts with.
func (l *DeadLetters) Show(ctx context.Context, id string) (DeadLetter, bool, error) {
	standing, err := l.List(ctx)
	if err != nil {
		return DeadLetter{}, false, err
	}
	var found []DeadLetter
	for _, d := range standing {
		if d.ID == id {
			return d, true, nil
		}
		if id != "" && strings.HasPrefix(d.ID, id) {
			found = append(found, d)
		}
	}
	if len(found) > 1 {
		return DeadLetter{}, false, fmt.Errorf("show dead letter: %d ids start with %s", len(found), id)
	}
	if len(found) == 0 {
		return DeadLetter{}, false, nil
	}
	return found[0], true, nil
}

// Of gives the dead letter that stands for the file with exactly this id, and false where there is none. Unlike Show it reads one entry of
// the ledger, and of the stream the letters with its code alone.
func (l *DeadLetters) Of(ctx context.Context, id string) (DeadLetter, bool, error) {
	e, found, err := l.rec.entry(ctx, id)
	if err != nil || !found || !e.State.Unread() || e.Dropped() {
		return DeadLetter{}, false, err
	}
	letter := letterOf(e)
	err = l.scanSubject(ctx, l.q.names.DeadSubject(letter.Code), func(d DeadLetter) error {
		if d.ID == id && d.Sequence > letter.Sequence {
			letter = d
		}
		return nil
	})
	return letter, err == nil, err
}

// Retry queues the job of a dead letter again, as from List or Show, and removes the letter. The order is that of publishing,
// so that a crash loses nothing. A message that was no job can't be queued again.
func (l *DeadLetters) Retry(ctx context.Context, d DeadLetter) (schemas.Entry, error) {
	if d.Job == nil {
		return schemas.Entry{}, fmt.Errorf("retry %s: the message was no job; publish a correct one instead", d.ID)
	}
	old, found, err := l.rec.entry(ctx, d.ID)
	if err != nil {
		return old, err
	}
	if !found {
		return old, fmt.Errorf("retry %s: %w", d.ID, ErrNoDeadLetter)
	}
	if !old.State.Final() {
		return old, l.remove(ctx, d) // on its way already
	}
	job := *d.Job
	job.ID = d.ID
	e := queuedEntry(old, job, 0, l.rec.now())
	if err := l.rec.put(ctx, e); err != nil {
		return old, err
	}
	if err := l.q.publishJob(ctx, job, freshMsgID(job)); err != nil {
		return e, err
	}
	return e, l.remove(ctx, d)
}

// Drop removes a dead letter, as from List or Show, for good. The ledger keeps the file's state and code, and remembers that it was
// dropped: it is not asked for again, neither by the same bytes published once more nor by Verify.
func (l *DeadLetters) Drop(ctx context.Context, d DeadLetter) error {
	e, found, err := l.rec.entry(ctx, d.ID)
	if err != nil {
		return err
	}
	if !found || !e.State.Unread() {
		return fmt.Errorf("drop %s: %w", d.ID, ErrNoDeadLetter)
	}
	if !e.Dropped() {
		e.Message = schemas.DroppedMark + e.Message
		if err := l.rec.put(ctx, e); err != nil {
			return err
		}
	}
	return l.remove(ctx, d)
}

// remove deletes the letter from the stream. Older ones of the same file stand no more; Tidy removes them.
func (l *DeadLetters) remove(ctx context.Context, d DeadLetter) error {
	if d.Sequence == 0 {
		return nil // made up from the ledger
	}
	err := l.q.dead.DeleteMsg(ctx, d.Sequence)
	if err != nil && !errors.Is(err, jetstream.ErrMsgDeleteUnsuccessful) { // that: somebody else has deleted it
		return fmt.Errorf("delete dead letter of %s: %w", d.ID, err)
	}
	return nil
}

// Tidy deletes the letters that stand no more, because their file was queued again, or read, since.
func (l *DeadLetters) Tidy(ctx context.Context) error {
	type place struct { // and not the letters, of which there may be very many
		id       string
		sequence uint64
	}
	standing, newest := map[string]bool{}, map[string]uint64{}
	var old []place
	err := l.scan(ctx, func(d DeadLetter) error {
		old = append(old, place{d.ID, d.Sequence})
		newest[d.ID] = max(newest[d.ID], d.Sequence)
		return nil
	})
	if err != nil || len(old) == 0 {
		return err
	}
	err = l.entries.Entries(ctx, schemas.UnreadStates(), func(e schemas.Entry) error {
		standing[e.ID] = !e.Dropped()
		return nil
	})
	if err != nil {
		return fmt.Errorf("tidy dead letters: %w", err)
	}
	for _, p := range old {
		last := newest[p.id] == p.sequence
		if standing[p.id] && last {
			continue
		}
		if e, found, err := l.rec.entry(ctx, p.id); err != nil {
			return err
		} else if !found || e.State == schemas.Working {
			continue // just buried: its entry comes next
		} else if e.State.Unread() && !e.Dropped() && last {
			continue // its entry was put too late to be listed
		}
		if err := l.remove(ctx, DeadLetter{ID: p.id, Sequence: p.sequence}); err != nil {
			return err
		}
	}
	return nil
}
