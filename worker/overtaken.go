package worker

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"yusuan/schemas"
)

// Two workers may have one message in hand: one that was cut off from the server, or asleep, for longer than AckWait goes on
// where it was, while another has the message again. So that the slower one does not write over the other's last word (a
// "queued" with no message left, say), it looks at the ledger before it writes to it.

// errOvertaken says that somebody else has settled the message, or its file; the delivery then has the ledger's entry.
var errOvertaken = errors.New("settled by another worker")

// record writes the entry, unless the delivery is overtaken: then it gives errOvertaken. It waits while the ledger is out of
// reach, and reports whether it has.
func (d *delivery) record(ctx context.Context) (waited bool, err error) {
	return d.holding(ctx, d.recordOnce)
}

// look gives what record would, and writes nothing.
func (d *delivery) look(ctx context.Context) error {
	_, err := d.holding(ctx, d.lookOnce)
	return err
}

// holding calls fn, and again while the ledger is out of reach.
func (d *delivery) holding(ctx context.Context, fn func(context.Context) error) (waited bool, err error) {
	overtaken := false
	waited, err = d.w.gate.hold(ctx, d.stop, func(ctx context.Context) error {
		err := fn(ctx)
		if overtaken = errors.Is(err, errOvertaken); overtaken {
			return nil // the ledger has answered
		}
		return err
	})
	if overtaken {
		err = errOvertaken
	}
	return waited, err
}

func (d *delivery) recordOnce(ctx context.Context) error {
	if err := d.lookOnce(ctx); err != nil {
		return err
	}
	return d.w.rec.put(ctx, d.entry)
}

func (d *delivery) lookOnce(ctx context.Context) error {
	now, _, err := d.w.rec.entry(ctx, d.entry.ID)
	if err == nil && d.overtaken(now) {
		d.entry, err = now, errOvertaken
	}
	return err
}

// overtaken reports whether what the ledger has now stands, and not the delivery's entry: the message was settled, or a newer
// parser has settled the same bytes, since this began. But the last word on some bytes stands over an older parser's, and that
// they are in the index over a dead letter of the same parser.
func (d *delivery) overtaken(now schemas.Entry) bool {
	if !now.State.Final() || d.wrote(now) {
		return false
	}
	same := now.SHA256 == d.entry.SHA256
	if same && d.entry.State.Final() {
		stored := d.entry.DisclosureID != "" && now.State.Unread()
		if now.Parser < schemas.ParserVersion || now.Parser == schemas.ParserVersion && stored {
			return false
		}
	}
	newer := same && now.Parser > schemas.ParserVersion && now.State != schemas.Failed && now.Delivery != d.before.Delivery
	return newer || d.settledBefore(now)
}

// wrote reports whether what the ledger has is what this delivery has put there without hearing so.
func (d *delivery) wrote(now schemas.Entry) bool {
	a, b := d.entry.FinishedAt, now.FinishedAt
	return d.entry.State.Final() && a != nil && b != nil && a.Equal(*b) && now.Delivery == d.name()
}

// settledBefore reports whether the message needs no more than an ack: the entry has its state from this message, of which only
// the ack is missing, or from a later one; or the same bytes have been read by this parser in the meantime. A URL may have
// other bytes now, so that a message later than the one that gave the entry its state is worked on.
func (d *delivery) settledBefore(e schemas.Entry) bool {
	if !e.State.Final() {
		return false
	}
	if d.orLater(e.Delivery) {
		return true
	}
	same := d.job.Blob != "" && d.job.SHA256() == e.SHA256
	return same && e.Parser >= schemas.ParserVersion && (e.State != schemas.Failed || e.Dropped())
}

// name tells the message from every other, and from one with its number on a stream that was made anew. Both are the server's.
func (d *delivery) name() string { return fmt.Sprintf("%d@%d", d.sequence, d.published.UnixNano()) }

// orLater reports whether the name is that of this message, or of one that was published after it.
func (d *delivery) orLater(name string) bool {
	_, nanos, _ := strings.Cut(name, "@")
	published, err := strconv.ParseInt(nanos, 10, 64)
	return err == nil && published >= d.published.UnixNano()
}
