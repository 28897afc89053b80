package worker

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"go.uber.org/zap"

	"yusuan/schemas"
)

// storeTimeout is how long one call of the ledger may take. A ledger that is slower is taken for unreachable.
const storeTimeout = 30 * time.Second

// A recorder writes ledger entries and tells about them.
type recorder struct {
	lg     *zap.Logger
	ledger Ledger
	nc     *nats.Conn
	names  Names
	clock  func() time.Time // nil for time.Now
}

// put stores the entry and publishes it as an event: once it is stored, never before. An event that is lost is not sent
// again; the ledger is the record. An entry that the ledger refuses for what is in it (a crawler's claims, say) is stored
// without what came from outside.
func (r recorder) put(ctx context.Context, e schemas.Entry) error {
	e.Message = oneLine(e.Message)
	e.FileName = oneLine(e.FileName)
	err := r.putOnce(ctx, e)
	if err != nil && ctx.Err() == nil && !errors.Is(err, context.DeadlineExceeded) {
		e, err = r.putBare(ctx, e, err)
	}
	if err != nil {
		return fmt.Errorf("put ledger entry %s: %w", e.ID, err)
	}
	r.tell(e)
	return nil
}

// putBare finds out whether the ledger refuses the entry, or every entry, and gives what it took. If it takes the entry
// without what came from outside, it gets the whole one once more: the first error may have been a passing one.
func (r recorder) putBare(ctx context.Context, e schemas.Entry, cause error) (schemas.Entry, error) {
	bare := e
	bare.Claims, bare.FileName, bare.URL = nil, "", ""
	bare.Message = oneLine("the ledger refused the full entry: " + cause.Error())
	if r.putOnce(ctx, bare) != nil {
		return e, cause
	}
	if r.putOnce(ctx, e) == nil {
		return e, nil
	}
	r.lg.Warn("ledger refused an entry and took it without its claims, name and URL", append(fileFields(e), zap.Error(cause))...)
	return bare, nil
}

func (r recorder) putOnce(ctx context.Context, e schemas.Entry) error {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	return r.ledger.PutEntry(ctx, e)
}

// entry reads the ledger.
func (r recorder) entry(ctx context.Context, id string) (schemas.Entry, bool, error) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	e, ok, err := r.ledger.Entry(ctx, id)
	if err != nil {
		return e, false, fmt.Errorf("read ledger entry %s: %w", id, err)
	}
	return e, ok, nil
}

// now is the time for the ledger, in milliseconds: what every store keeps. It is for people: clocks of machines differ. Where two of
// them are compared all the same (fresh, Tracker.hearOf), a wrong one costs a second message or a second's delay. The order of
// versions and of messages goes by the NATS server's.
func (r recorder) now() time.Time {
	clock := time.Now
	if r.clock != nil {
		clock = r.clock
	}
	return clock().UTC().Truncate(time.Millisecond)
}

func (r recorder) tell(e schemas.Entry) {
	payload, err := json.Marshal(e)
	if err == nil {
		err = r.nc.Publish(r.names.EventSubject(e.State), payload)
	}
	if err != nil {
		r.lg.Debug("event not published", append(fileFields(e), zap.Error(err))...)
	}
}

// maxLine is how long a message in the ledger may be, in bytes.
const maxLine = 1000

// oneLine makes text from elsewhere fit for a line in the ledger: valid UTF-8, no line breaks or controls, not too long.
func oneLine(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s)
	if len(s) > maxLine {
		s = strings.ToValidUTF8(s[:maxLine-len("…")], "") + "…"
	}
	return strings.TrimSpace(s)
}

// fileFields name a file in a log line: by its job, its bytes and its name, as far as they are known.
func fileFields(e schemas.Entry) []zap.Field {
	fields := []zap.Field{zap.String(keyJob, e.ID)}
	if e.SHA256 != "" {
		fields = append(fields, zap.String(keySHA256, e.SHA256))
	}
	if name := cmp.Or(e.FileName, e.URL); name != "" {
		fields = append(fields, zap.String(keyFile, name))
	}
	return fields
}

// The keys of our log lines.
const (
	keyJob        = "job"
	keyFile       = "file"
	keyState      = "state"
	keyCode       = "code"
	keyDeliveries = "deliveries"
	keyWait       = "wait"
	keySHA256     = "sha256"
	keyPage       = "page"
	keyPages      = "pages"
	keyTook       = "took"
	keyTrace      = "trace"
)
