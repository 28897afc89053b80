package worker_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yusuan/schemas"
	"yusuan/worker"
	"yusuan/worker/source"
)

// mute starts a worker that takes one job, and none of whose signs of life gets through before others take it for dead.
func (b *bench) mute(cfg worker.Config) (stop func()) {
	cfg.Jobs, cfg.AckWait = 1, time.Hour
	return b.start(cfg)
}

// another starts a worker that takes silent ones for dead after a second.
func (b *bench) another() (stop func()) {
	cfg := quick()
	cfg.AckWait = time.Second
	return b.start(cfg)
}

// last checks that the file's last state is this one, and that nobody has written another after it.
func (b *bench) last(id string, want schemas.State) {
	b.t.Helper()
	states := b.store.states(id)
	if at := slices.Index(states, want); at < 0 || at != len(states)-1 {
		b.t.Errorf("got states %v, want %s once, at the end", states, want)
	}
	if got := b.status().Jobs; got != 0 {
		b.t.Errorf("got %d jobs on the stream, want none", got)
	}
}

// TestOvertaken has a worker fall silent over a file that another then indexes: however the first one ends, it says no more.
func TestOvertaken(t *testing.T) {
	cases := []struct {
		name  string
		end   error
		tries int
		grace time.Duration // 0: it is not stopped before it ends
	}{
		{"stumbles", errors.New("stumbled"), 4, 0},
		{"gives up", errors.New("stumbled"), 1, 0},
		{"rejects", schemas.Reject(schemas.NeedsOCR, "pages are pictures"), 4, 0},
		{"waits its turn", busy{}, 4, 0},
		{"succeeds too", nil, 4, 0},
		{"is stopped", nil, 4, time.Millisecond},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			id := b.publish("file").Entry.ID
			begun, end := make(chan struct{}), make(chan struct{})
			b.x.do = func(ctx context.Context, _ string, call int) error {
				if call > 1 {
					return nil
				}
				close(begun)
				select {
				case <-end:
					return c.end
				case <-ctx.Done():
					return context.Cause(ctx)
				}
			}
			cfg := quick()
			cfg.MaxDeliver = c.tries
			if c.grace > 0 {
				cfg.Grace = c.grace
			}
			first := b.mute(cfg)
			<-begun
			b.another()
			b.settle()
			if c.grace == 0 {
				close(end)
			}
			first() // it ends its job
			b.last(id, schemas.Indexed)
			if got := b.letters(); len(got) != 0 {
				t.Errorf("got dead letters %v, want none", got)
			}
			if got := b.status().DeadLetters; got != 0 {
				t.Errorf("got %d dead letters on the stream, want none", got)
			}
			b.verifyAgrees()
		})
	}
}

// A severedLedger is one that can't be reached while severed is set.
type severedLedger struct {
	*store
	severed *atomic.Bool
}

var errSevered = errors.New("no route to host")

func (l severedLedger) PutEntry(ctx context.Context, e schemas.Entry) error {
	if l.severed.Load() {
		return errSevered
	}
	return l.store.PutEntry(ctx, e)
}

func (l severedLedger) Entry(ctx context.Context, id string) (schemas.Entry, bool, error) {
	if l.severed.Load() {
		return schemas.Entry{}, false, errSevered
	}
	return l.store.Entry(ctx, id)
}

// TestSeveredMachine has a machine lose its network while it fetches, and another one index the file meanwhile.
func TestSeveredMachine(t *testing.T) {
	const url = "https://example.org/a.pdf"
	b := newBench(t)
	logs := b.observe()
	_, q := b.connect()
	var severed atomic.Bool
	first := fetcher{url: func() (source.Document, error) {
		severed.Store(true)
		return source.Document{}, errSevered
	}}
	cfg := quick()
	cfg.Jobs, cfg.AckWait = 1, time.Hour
	parts := worker.Parts{Extractor: b.x, Index: b.store, Ledger: severedLedger{b.store, &severed}, Blobs: b.blobs, Fetcher: first}
	w := worker.New(b.lg, q, parts, cfg)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	id := b.publishURL(url, false).Entry.ID
	b.until("the first waits for the ledger", func() bool { return logs.FilterMessageSnippet("out of reach").Len() > 0 })
	b.fetch[url] = func() (source.Document, error) { return source.Document{Data: []byte("text"), URL: url}, nil }
	b.another()
	b.settle()
	severed.Store(false)
	b.until("the first ends its job", func() bool { return w.Health().Working == 0 })
	b.last(id, schemas.Indexed)
}

// A deafLedger stores the first final entry, and does not say so in time.
type deafLedger struct {
	*store
	missed atomic.Bool
}

func (l *deafLedger) PutEntry(ctx context.Context, e schemas.Entry) error {
	err := l.store.PutEntry(ctx, e)
	if e.State.Final() && l.missed.CompareAndSwap(false, true) {
		return context.DeadlineExceeded
	}
	return err
}

// TestLostAnswer has the ledger store a file's last word without an answer: its worker does not take that for somebody else's.
func TestLostAnswer(t *testing.T) {
	for _, c := range []struct {
		text  string
		state schemas.State
	}{{"good", schemas.Indexed}, {"bad", schemas.Rejected}} {
		t.Run(c.text, func(t *testing.T) {
			b := newBench(t)
			logs := b.observe()
			b.x.do = rejecting("bad")
			b.publish(c.text)
			var finished atomic.Int32
			told := worker.Observer{Finished: func(e schemas.Entry) {
				if e.State == c.state {
					finished.Add(1)
				}
			}}
			parts := worker.Parts{Extractor: b.x, Index: b.store, Ledger: &deafLedger{store: b.store}, Blobs: b.blobs, Fetcher: b.fetch, Observer: told}
			b.workOff(parts)
			if finished.Load() != 1 || logs.FilterMessageSnippet("by another worker").Len() != 0 {
				t.Errorf("got it finished as %s %d times, want once, by this worker", c.state, finished.Load())
			}
		})
	}
}

// TestNewerParserMeanwhile has a newer parser settle a file while this one reads it.
func TestNewerParserMeanwhile(t *testing.T) {
	const url = "https://example.org/a.pdf"
	cases := []struct {
		name string
		url  string // "" for a file
		end  error
	}{
		{"file, success", "", nil},
		{"file, failure", "", errors.New("stumbled")},
		{"file, rejection", "", schemas.Reject(schemas.NeedsOCR, "pages are pictures")},
		{"URL, success", url, nil},
		{"URL, rejection", url, schemas.Reject(schemas.NeedsOCR, "pages are pictures")},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			b.fetch[url] = func() (source.Document, error) { return source.Document{Data: []byte("text"), URL: url}, nil }
			begun, end := make(chan struct{}), make(chan struct{})
			b.x.do = func(context.Context, string, int) error {
				close(begun)
				<-end
				return c.end
			}
			var id string
			if c.url != "" {
				id = b.publishURL(c.url, false).Entry.ID
			} else {
				id = b.publish("text").Entry.ID
			}
			b.start(quick())
			<-begun
			e := b.store.get(id)
			newer := &schemas.Disclosure{Source: schemas.Source{SHA256: e.SHA256}, Title: "text", ParserVersion: schemas.ParserVersion + 1}
			if _, err := b.store.Put(t.Context(), newer); err != nil {
				t.Fatal(err)
			}
			now := time.Now().UTC()
			e.State, e.DisclosureID, e.Parser, e.FinishedAt, e.Delivery = schemas.Indexed, newer.ID(), newer.ParserVersion, &now, "1@1"
			e.Pages, e.Warnings = 20, 3
			if err := b.store.PutEntry(t.Context(), e); err != nil {
				t.Fatal(err)
			}
			close(end)
			b.settle()
			if diff := cmp.Diff(b.store.get(id), e); diff != "" {
				t.Errorf("got - want what the newer parser found +:\n%s", diff)
			}
			if got := b.status().DeadLetters; got != 0 {
				t.Errorf("got %d dead letters, want none", got)
			}
		})
	}
}

// TestLateReject has the slower of two workers index a file that the faster one, on a machine without memory, rejected.
func TestLateReject(t *testing.T) {
	b := newBench(t)
	id := b.publish("file").Entry.ID
	begun := []chan struct{}{make(chan struct{}), make(chan struct{})}
	end := []chan struct{}{make(chan struct{}), make(chan struct{})}
	b.x.do = func(_ context.Context, _ string, call int) error {
		close(begun[call-1])
		<-end[call-1]
		if call == 1 {
			return schemas.Reject(schemas.Memory, "more than 1 GiB")
		}
		return nil
	}
	first := b.mute(quick())
	<-begun[0]
	second := b.another()
	<-begun[1]
	close(end[0])
	first()
	if e := b.store.get(id); e.State != schemas.Rejected {
		t.Errorf("after the first: got %s, want %s", e.State, schemas.Rejected)
	}
	close(end[1])
	second()
	b.last(id, schemas.Indexed)
	b.verifyAgrees()
}

// TestRefetchMeanwhile fetches a URL again while an earlier message of it is in hand: what the later message gave stands.
func TestRefetchMeanwhile(t *testing.T) {
	const url = "https://example.org/a.pdf"
	cases := []struct {
		name       string
		laterFirst bool // the later message is settled first
	}{{"the earlier one ends last", true}, {"the later one ends last", false}}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			var calls atomic.Int32
			begun := []chan struct{}{make(chan struct{}), make(chan struct{})}
			end := []chan struct{}{make(chan struct{}), make(chan struct{})}
			b.fetch[url] = func() (source.Document, error) {
				n := calls.Add(1)
				if n > 2 {
					return source.Document{Data: []byte("later"), URL: url}, nil
				}
				close(begun[n-1])
				<-end[n-1]
				switch {
				case n == 1 && !c.laterFirst:
					return source.Document{Data: []byte("earlier"), URL: url}, nil
				case n == 2 && c.laterFirst:
					return source.Document{Data: []byte("later"), URL: url}, nil
				}
				return source.Document{}, errors.New("502")
			}
			id := b.publishURL(url, true).Entry.ID
			b.start(quick())
			<-begun[0]
			b.publishURL(url, true)
			<-begun[1]
			order := []int{0, 1}
			if c.laterFirst {
				order = []int{1, 0}
			}
			close(end[order[0]])
			b.until("one is settled", func() bool { return b.store.get(id).State == schemas.Indexed })
			close(end[order[1]])
			b.settle()
			e := b.store.get(id)
			if want := "later"; e.State != schemas.Indexed || b.store.docs[e.DisclosureID].Title != want {
				t.Errorf("got %+v, want the bytes %q indexed", e, want)
			}
		})
	}
}
