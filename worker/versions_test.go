package worker_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yusuan/schemas"
	"yusuan/worker"
	"yusuan/worker/blob"
	"yusuan/worker/source"
)

func (b *bench) verifyAgrees() {
	b.t.Helper()
	report, err := worker.Verify(b.t.Context(), b.lg, b.q, b.verifyParts())
	if err != nil || len(report.Problems) != 0 {
		b.t.Errorf("verify: got %+v, %v, want no problem", report.Problems, err)
	}
}

// TestSuperseded publishes versions of one disclosure: the ledger has all but the last as superseded.
func TestSuperseded(t *testing.T) {
	b := newBench(t)
	b.start(quick())
	var ids []string
	for _, text := range []string{"pool#1", "pool#2", "pool#3", "other#1"} {
		ids = append(ids, b.publish(text).Entry.ID)
		time.Sleep(2 * time.Millisecond) // first seen in this order, as times are kept
	}
	b.settle()
	want := []schemas.State{schemas.Superseded, schemas.Superseded, schemas.Indexed, schemas.Indexed}
	for i, id := range ids {
		if e := b.store.get(id); e.State != want[i] {
			t.Errorf("%s: got %s (%s), want %s", e.FileName, e.State, e.Message, want[i])
		}
	}
	b.verifyAgrees()
	r := b.publish("pool#1")
	if r.State != schemas.Unchanged || r.Entry.State != schemas.Superseded {
		t.Errorf("an old version again: got %s, %s, want it unchanged and superseded", r.State, r.Entry.State)
	}
	// The newest one goes out of the index: verify says so, and repair ends with another current.
	b.store.mu.Lock()
	delete(b.store.docs, schemas.DisclosureID(ids[2]))
	b.store.mu.Unlock()
	report, err := worker.Verify(t.Context(), b.lg, b.q, b.verifyParts())
	if err != nil {
		t.Fatal(err)
	}
	var kinds []worker.ProblemKind
	for _, p := range report.Problems {
		kinds = append(kinds, p.Kind)
	}
	if diff := cmp.Diff(kinds, []worker.ProblemKind{worker.IndexMissing, worker.IndexVersion}); diff != "" {
		t.Errorf("verify, got - want +:\n%s", diff)
	}
	if n, err := worker.Repair(t.Context(), b.lg, b.q, b.store, report.Problems); n != 2 || err != nil {
		t.Errorf("repair: got %d, %v, want 2", n, err)
	}
	b.settle()
	b.verifyAgrees()
}

// A hurriedLedger notes by when each listing has to end.
type hurriedLedger struct {
	*store
	mu        sync.Mutex
	deadlines []time.Time
}

func (l *hurriedLedger) EntriesOf(ctx context.Context, sha256 string, fn func(schemas.Entry) error) error {
	deadline, ok := ctx.Deadline()
	if !ok {
		return errors.New("a listing without a deadline")
	}
	l.mu.Lock()
	l.deadlines = append(l.deadlines, deadline)
	l.mu.Unlock()
	time.Sleep(2 * time.Millisecond)
	return l.store.EntriesOf(ctx, sha256, fn)
}

// TestManyVersions has a disclosure with many versions: the store has its time for each, not for all of them together.
func TestManyVersions(t *testing.T) {
	b := newBench(t)
	const versions = 8
	for i := range versions {
		text := fmt.Sprint("pool#", i)
		b.store.docs[schemas.DisclosureID(text)] = &schemas.Disclosure{
			Source: schemas.Source{SHA256: text, FirstSeen: time.Unix(int64(i), 0)}, Title: text,
		}
	}
	b.publish("pool#new")
	l := &hurriedLedger{store: b.store}
	parts := worker.Parts{Extractor: b.x, Index: b.store, Ledger: l, Blobs: b.blobs, Fetcher: b.fetch}
	b.workOff(parts)
	if got, want := len(l.deadlines), versions+1; got != want {
		t.Errorf("got %d listings, want one for each of %d versions", got, want)
	}
	for i := range l.deadlines[1:] {
		if !l.deadlines[i+1].After(l.deadlines[i]) {
			t.Errorf("listing %d has to end by %v, as the one before", i+1, l.deadlines[i])
		}
	}
}

// TestFirstSeen has publishers whose clocks are off: versions without a date are in the order in which they came to the queue.
func TestFirstSeen(t *testing.T) {
	const url = "https://example.org/a.pdf"
	for _, off := range []time.Duration{-time.Hour, time.Hour} {
		t.Run(off.String(), func(t *testing.T) {
			b := newBench(t)
			text := "pool#1"
			b.fetch[url] = func() (source.Document, error) { return source.Document{Data: []byte(text), URL: url}, nil }
			misdate := func(e schemas.Entry) {
				t.Helper()
				e.QueuedAt = e.QueuedAt.Add(off)
				if err := b.store.PutEntry(t.Context(), e); err != nil {
					t.Fatal(err)
				}
			}
			misdate(b.publishURL(url, false).Entry)
			stop := b.start(quick())
			b.settle()
			first := b.store.get(worker.URLID(url))
			second := b.publish("pool#2").Entry.ID
			b.settle()
			if e := b.store.get(second); e.State != schemas.Indexed {
				t.Errorf("the second version: got %s, want %s", e.State, schemas.Indexed)
			}
			stop()
			text = "pool#3"
			misdate(b.publishURL(url, true).Entry)
			b.start(quick())
			b.settle()
			third := b.store.get(worker.URLID(url))
			if third.State != schemas.Indexed {
				t.Errorf("the third version: got %s, want %s", third.State, schemas.Indexed)
			}
			for _, id := range []string{first.SHA256, second} {
				if e := b.store.get(id); e.State != schemas.Superseded || e.FirstSeen.IsZero() || !e.FirstSeen.Before(third.FirstSeen) {
					t.Errorf("%s: got %s, first seen at %v, want it %s and before %v", e.FileName, e.State, e.FirstSeen, schemas.Superseded, third.FirstSeen)
				}
			}
			b.verifyAgrees()
			if e, again := b.store.get(second), b.forced("pool#2"); !again.FirstSeen.Equal(e.FirstSeen) {
				t.Errorf("read again: got it first seen at %v, want %v as before", again.FirstSeen, e.FirstSeen)
			}
		})
	}
}

// forced has a file read again, and gives its entry.
func (b *bench) forced(text string) schemas.Entry {
	b.t.Helper()
	r, err := b.pub.Publish(b.t.Context(), worker.Submission{Data: []byte(text), Force: true})
	if err != nil {
		b.t.Fatal(err)
	}
	b.settle()
	return b.store.get(r.Entry.ID)
}

// TestStoppedAfterIndex stops a worker that has a newer version in the index, while the ledger takes no last word: whoever goes on
// with the job notes that the older one is superseded.
func TestStoppedAfterIndex(t *testing.T) {
	b := newBench(t)
	b.observe()
	stop := b.start(quick())
	older := b.publish("pool#1").Entry.ID
	b.settle()
	stop()
	newer := b.publish("pool#2").Entry.ID
	refused := make(chan struct{})
	refusing := true
	b.store.onEntry = func(e schemas.Entry) error {
		switch {
		case e.State == schemas.Indexed && refusing:
			select {
			case <-refused:
			default:
				close(refused)
			}
			return errors.New("503")
		case e.State == schemas.Queued: // the job is handed back
			refusing = false
		}
		return nil
	}
	stop = b.start(quick())
	<-refused
	stop()
	e := b.store.get(newer)
	if e.State != schemas.Queued || e.DisclosureID != "" || e.Parser != 0 || e.FinishedAt != nil || e.Delivery != "" {
		t.Errorf("handed back: got %+v, want it as if it had not been begun", e)
	}
	b.start(quick())
	b.settle()
	b.last(older, schemas.Superseded)
	b.last(newer, schemas.Indexed)
	b.verifyAgrees()
}

// TestSupersededAtOnce has two workers store versions of many disclosures at once, and die in between.
func TestSupersededAtOnce(t *testing.T) {
	b := newBench(t)
	const units, versions = 12, 4
	for i := range units * versions {
		b.publish(fmt.Sprintf("unit %d#%d", i%units, i))
	}
	cfg := quick()
	cfg.Jobs, cfg.AckWait = 4, time.Second
	mortal := b.spawn(cfg, "final")
	b.start(cfg)
	b.until("death", mortal.dead.Load)
	b.settle()
	want := map[schemas.State]int{schemas.Indexed: units, schemas.Superseded: units * (versions - 1)}
	if diff := cmp.Diff(b.store.tally(), want); diff != "" {
		t.Errorf("ledger, got - want +:\n%s", diff)
	}
	b.verifyAgrees()
}

// TestChangedURL fetches a URL again that gives other bytes: both are accounted for.
func TestChangedURL(t *testing.T) {
	const url = "https://example.org/latest.pdf"
	cases := []struct {
		name         string
		first, later string
		reject       string // which of them is no PDF
		want         map[schemas.State]int
	}{
		{"a newer version", "pool#1", "pool#2", "", map[schemas.State]int{schemas.Indexed: 1, schemas.Superseded: 1}},
		{"another document", "pool#1", "lake#1", "", map[schemas.State]int{schemas.Indexed: 2}},
		{"no PDF before", "page", "pool#1", "page", map[schemas.State]int{schemas.Indexed: 1, schemas.Superseded: 1}},
		{"no PDF any more", "pool#1", "page", "page", map[schemas.State]int{schemas.Indexed: 1, schemas.Rejected: 1}},
		{"the same bytes", "pool#1", "pool#1", "", map[schemas.State]int{schemas.Unchanged: 1}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			text := c.first
			b.fetch[url] = func() (source.Document, error) { return source.Document{Data: []byte(text), URL: url}, nil }
			b.x.do = rejecting(c.reject)
			b.start(quick())
			for _, text = range []string{c.first, c.later} {
				if _, err := b.pub.Publish(t.Context(), worker.Submission{URL: url, Refetch: true}); err != nil {
					t.Fatal(err)
				}
				b.settle()
			}
			if diff := cmp.Diff(b.store.tally(), c.want); diff != "" {
				t.Errorf("ledger, got - want +:\n%s", diff)
			}
			if e := b.store.get(worker.URLID(url)); e.SHA256 != blob.Digest([]byte(c.later)) {
				t.Errorf("the URL's entry has bytes %s, want the later ones", e.SHA256)
			}
			b.verifyAgrees()
		})
	}
}

// TestRereadOldBytes has a job, as Reread makes it, for what a URL gave before: it reads those bytes, whatever the URL's entry is
// about now, and leaves that alone.
func TestRereadOldBytes(t *testing.T) {
	const url = "https://example.org/a.pdf"
	b := newBench(t)
	text := "pool#1"
	b.fetch[url] = func() (source.Document, error) { return source.Document{Data: []byte(text), URL: url}, nil }
	b.start(quick())
	for _, text = range []string{"pool#1", "pool#2"} {
		b.publishURL(url, true)
		b.settle()
	}
	id, old := worker.URLID(url), blob.Digest([]byte("pool#1"))
	before, e := b.store.get(id), b.store.get(old)
	e.Parser-- // by an older program
	if err := b.store.PutEntry(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	b.send(fmt.Sprintf(`{"id":%q,"blob":"sha256:%s","url":%q}`, id, old, url))
	b.settle()
	if e := b.store.get(old); e.State != schemas.Superseded || e.Parser != schemas.ParserVersion || b.x.calls[old] != 2 {
		t.Errorf("got %+v after %d extractions, want it %s and read twice", e, b.x.calls[old], schemas.Superseded)
	}
	if diff := cmp.Diff(b.store.get(id), before); diff != "" {
		t.Errorf("the URL's entry, got - want what it was +:\n%s", diff)
	}
	b.verifyAgrees()
}

// TestUnchangedVersion fetches a URL again that gives the same bytes, before and after a newer version came from elsewhere: the ledger
// has what the URL gives as superseded.
func TestUnchangedVersion(t *testing.T) {
	const url = "https://example.org/a.pdf"
	b := newBench(t)
	b.fetch[url] = func() (source.Document, error) { return source.Document{Data: []byte("pool#1"), URL: url}, nil }
	b.start(quick())
	steps := []struct {
		name  string
		newer string // published as a file; "" fetches the URL
		want  schemas.State
	}{
		{"first", "", schemas.Indexed},
		{"the same bytes", "", schemas.Unchanged},
		{"a newer version", "pool#2", schemas.Superseded},
		{"the same bytes again", "", schemas.Superseded},
		{"another document", "lake#1", schemas.Superseded},
	}
	for _, s := range steps {
		if s.newer != "" {
			b.publish(s.newer)
		} else {
			b.publishURL(url, true)
		}
		b.settle()
		if e := b.store.get(worker.URLID(url)); e.State != s.want {
			t.Errorf("%s: got %s (%s), want %s", s.name, e.State, e.Message, s.want)
		}
		b.verifyAgrees()
	}
	// As a ledger has it that an older program wrote.
	e := b.store.get(worker.URLID(url))
	e.State = schemas.Unchanged
	if err := b.store.PutEntry(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	report, err := worker.Verify(t.Context(), b.lg, b.q, b.verifyParts())
	if err != nil || len(report.Problems) != 1 || report.Problems[0].Kind != worker.IndexVersion {
		t.Fatalf("verify: got %+v, %v, want one %s", report.Problems, err, worker.IndexVersion)
	}
	if n, err := worker.Repair(t.Context(), b.lg, b.q, b.store, report.Problems); n != 1 || err != nil {
		t.Errorf("repair: got %d, %v, want 1", n, err)
	}
	b.settle()
	b.verifyAgrees()
}

// TestClocks has workers whose clocks are a day off, on jobs that come again and again.
func TestClocks(t *testing.T) {
	const url = "https://example.org/a.pdf"
	for _, off := range []time.Duration{-24 * time.Hour, 24 * time.Hour} {
		t.Run(off.String(), func(t *testing.T) {
			b := newBench(t)
			n := 0
			b.fetch[url] = func() (source.Document, error) {
				n++
				return source.Document{Data: fmt.Appendf(nil, "file#%d", n), URL: url}, nil
			}
			cfg := quick()
			cfg.AckWait, cfg.Clock = time.Second, func() time.Time { return time.Now().Add(off) }
			for range 2 { // the second is a new message, whatever the clocks say of when the first ended
				p := b.spawn(cfg, "final")
				if _, err := b.pub.Publish(t.Context(), worker.Submission{URL: url, Refetch: true}); err != nil {
					t.Fatal(err)
				}
				b.until("death", p.dead.Load) // after the last word in the ledger, before the ack
				p.wait()
				p = b.spawn(cfg, "")
				b.settle()
				p.wait()
			}
			if n != 2 {
				t.Errorf("fetched %d times, want each message once", n)
			}
			b.verifyAgrees()
			id := b.publish("lost").Entry.ID
			if err := b.q.JetStream().DeleteStream(t.Context(), b.q.Names().JobStream()); err != nil {
				t.Fatal(err)
			}
			e := b.store.get(id)
			e.QueuedAt = time.Now().Add(off)
			if err := b.store.PutEntry(t.Context(), e); err != nil {
				t.Fatal(err)
			}
			b.nc, b.q = b.connect()
			if n, err := worker.Recover(t.Context(), b.lg, b.q, b.store, b.store); n != 1 || err != nil {
				t.Errorf("recover: got %d, %v, want the lost job", n, err)
			}
		})
	}
}

// rejecting is an extractor's doing that rejects one text.
func rejecting(text string) func(context.Context, string, int) error {
	return func(_ context.Context, got string, _ int) error {
		if got == text {
			return schemas.Reject(schemas.NotAPDF, "no PDF")
		}
		return nil
	}
}
