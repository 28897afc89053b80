package worker_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"yusuan/schemas"
	"yusuan/worker"
)

// observe has the bench log to the returned observer.
func (b *bench) observe() *observer.ObservedLogs {
	core, logs := observer.New(zap.InfoLevel)
	b.lg = zap.New(core)
	return logs
}

// TestLedgerOutage takes the store away while jobs are in hand. None is given up, none is delivered more than once, and the
// log says it once.
func TestLedgerOutage(t *testing.T) {
	b := newBench(t)
	logs := b.observe()
	const files = 30
	for i := range files {
		b.publish("file " + string(rune('A'+i)))
	}
	var read atomic.Int32
	b.x.do = func(context.Context, string, int) error {
		if read.Add(1) == 10 {
			b.store.setDown(errors.New("disk full"))
		}
		return nil
	}
	b.start(quick())
	b.until("the outage is noticed", func() bool { return logs.FilterMessageSnippet("out of reach").Len() > 0 })
	inHand := read.Load()
	// Twelve refusals, two for each try, with growing pauses, take longer than AckWait: a job without a sign of life would come again.
	b.until("the outage lasts", func() bool { return b.store.refusals() >= 12 })
	if got := read.Load(); got > inHand+int32(quick().Jobs) {
		t.Errorf("during the outage: %d files were read", got-inHand)
	}
	b.store.setDown(nil)
	b.settle()
	if diff := cmp.Diff(b.store.tally(), map[schemas.State]int{schemas.Indexed: files}); diff != "" {
		t.Errorf("ledger, got - want +:\n%s", diff)
	}
	for id := range b.store.entries {
		if e := b.store.get(id); e.Deliveries != 1 {
			t.Errorf("got %d deliveries of %s, want 1", e.Deliveries, e.FileName)
		}
	}
	if got := b.x.count(); got != files {
		t.Errorf("got %d extractions, want %d: what was read was in hand", got, files)
	}
	for _, text := range []string{"the ledger is out of reach", "the ledger is back"} {
		if got := logs.FilterMessageSnippet(text).Len(); got != 1 {
			t.Errorf("got %d log lines with %q, want 1", got, text)
		}
	}
}

// TestIndexTrouble has an index that refuses everything for longer than the tries of a file last, with a ledger that works: that
// is no file's fault.
func TestIndexTrouble(t *testing.T) {
	b := newBench(t)
	logs := b.observe()
	b.store.onPut = func(_ *schemas.Disclosure, n int) error {
		if n <= 5 {
			return errors.New("429 too many requests")
		}
		return nil
	}
	for _, text := range []string{"a", "b", "c", "d"} {
		b.publish(text)
	}
	cfg := quick()
	cfg.MaxDeliver = 1
	b.start(cfg)
	b.settle()
	if diff := cmp.Diff(b.store.tally(), map[schemas.State]int{schemas.Indexed: 4}); diff != "" {
		t.Errorf("ledger, got - want +:\n%s", diff)
	}
	for id := range b.store.entries {
		if e := b.store.get(id); e.Deliveries != 1 {
			t.Errorf("got %d tries of %s, want 1", e.Deliveries, e.FileName)
		}
	}
	for _, l := range logs.FilterMessageSnippet("working more slowly").All() {
		if l.ContextMap()["file"] == nil {
			t.Errorf("%q names no file: %v", l.Message, l.ContextMap())
		}
	}
	for _, text := range []string{"working more slowly", "takes disclosures again"} {
		if got := logs.FilterMessageSnippet(text).Len(); got != 1 {
			t.Errorf("got %d log lines with %q, want 1", got, text)
		}
	}
}

// TestIndexRefusesOne has an index that never takes one disclosure: it is given up, whether others get through or there are none.
func TestIndexRefusesOne(t *testing.T) {
	for _, alone := range []bool{false, true} {
		t.Run(fmt.Sprintf("alone %v", alone), func(t *testing.T) {
			b := newBench(t)
			b.observe()
			b.store.onPut = func(d *schemas.Disclosure, _ int) error {
				if d.Title == "bad" {
					return errors.New("400 no such field")
				}
				return nil
			}
			cfg := quick()
			if alone {
				cfg.StorePatience = 300 * time.Millisecond
			}
			b.start(cfg)
			id := b.publish("bad").Entry.ID
			n, other := 0, ""
			b.until("it is given up", func() bool {
				if !alone && (other == "" || b.store.get(other).State == schemas.Indexed) {
					n++
					other = b.publish(fmt.Sprint("good ", n)).Entry.ID
				}
				return b.store.get(id).State.Final()
			})
			if e := b.store.get(id); e.State != schemas.Failed || e.Deliveries != cfg.MaxDeliver {
				t.Errorf("got %s after %d tries, want %s after %d", e.State, e.Deliveries, schemas.Failed, cfg.MaxDeliver)
			}
		})
	}
}

// TestRefusedEntry has a ledger that refuses one entry for its claims.
func TestRefusedEntry(t *testing.T) {
	b := newBench(t)
	b.store.onEntry = func(e schemas.Entry) error {
		if e.Claims != nil {
			return errors.New("400 mapper_parsing_exception")
		}
		return nil
	}
	r, err := b.pub.Publish(t.Context(), worker.Submission{Data: []byte("x"), FileName: "x.pdf", Claims: &schemas.Claims{PublishedOn: "soon"}})
	if err != nil {
		t.Fatal(err)
	}
	b.start(quick())
	b.settle()
	if e := b.store.get(r.Entry.ID); e.State != schemas.Indexed || e.Claims != nil {
		t.Errorf("got %+v, want it indexed, without the claims", e)
	}
}

func TestPatienceEnds(t *testing.T) {
	b := newBench(t)
	b.publish("file")
	b.store.setDown(errors.New("gone"))
	b.losePatience("gone")
	if got := b.status().Jobs; got != 1 {
		t.Errorf("got %d jobs on the stream, want it still there", got)
	}
}

func TestDrain(t *testing.T) {
	cases := []struct {
		name  string
		ends  bool // the job ends within the grace
		state schemas.State
	}{
		{"job ends", true, schemas.Indexed},
		{"job is handed back", false, schemas.Queued},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			begun, end := make(chan struct{}, 10), make(chan struct{})
			var block atomic.Bool
			block.Store(true)
			b.x.do = func(ctx context.Context, _ string, _ int) error {
				if !block.Load() {
					return nil
				}
				begun <- struct{}{}
				select {
				case <-end:
					return nil
				case <-ctx.Done():
					return context.Cause(ctx)
				}
			}
			ids := []string{b.publish("one").Entry.ID, b.publish("two").Entry.ID, b.publish("three").Entry.ID}
			cfg := quick()
			cfg.Jobs, cfg.Grace = 2, 100*time.Millisecond
			if c.ends {
				cfg.Grace = time.Minute
			}
			stop := b.start(cfg)
			<-begun
			<-begun
			if c.ends {
				time.AfterFunc(50*time.Millisecond, func() { close(end) })
			}
			stop()
			n := b.store.tally()
			want := map[schemas.State]int{c.state: 2}
			want[schemas.Queued]++ // the third was never begun
			if diff := cmp.Diff(n, want); diff != "" {
				t.Errorf("after the drain, got - want +:\n%s", diff)
			}
			block.Store(false)
			b.start(cfg)
			b.settle()
			for _, id := range ids {
				if e := b.store.get(id); e.State != schemas.Indexed {
					t.Errorf("in the end: got %s for %s, want %s", e.State, e.FileName, schemas.Indexed)
				}
			}
		})
	}
}

// TestStopIsNoTry stops workers over one file as often as it may be tried: it is neither given up nor closer to it.
func TestStopIsNoTry(t *testing.T) {
	b := newBench(t)
	b.observe()
	cfg := quick()
	cfg.Grace = time.Millisecond
	begun := make(chan struct{})
	b.x.do = func(ctx context.Context, _ string, call int) error {
		switch {
		case call <= cfg.MaxDeliver:
			begun <- struct{}{}
			<-ctx.Done()
			return context.Cause(ctx)
		case call < 2*cfg.MaxDeliver:
			return errors.New("stumbled")
		}
		return nil
	}
	id := b.publish("file").Entry.ID
	for range cfg.MaxDeliver {
		stop := b.start(cfg)
		<-begun
		stop()
		if e := b.store.get(id); e.State != schemas.Queued || e.Deliveries != 0 {
			t.Errorf("handed back: got %s after %d tries, want %s after none", e.State, e.Deliveries, schemas.Queued)
		}
	}
	b.start(cfg)
	b.settle()
	if e := b.store.get(id); e.State != schemas.Indexed || e.Deliveries != cfg.MaxDeliver {
		t.Errorf("got %s after %d tries, want %s at the last of %d", e.State, e.Deliveries, schemas.Indexed, cfg.MaxDeliver)
	}
}

// TestBrokerRestart takes the connection away and gives it back, by way of the client's own reconnecting.
func TestBrokerRestart(t *testing.T) {
	b := newBench(t)
	b.observe()
	for _, text := range []string{"a", "b", "c", "d", "e", "f"} {
		b.publish(text)
	}
	p := b.spawn(quick(), "")
	b.x.do = func(_ context.Context, text string, call int) error {
		if (text == "b" || text == "e") && call == 1 {
			return p.nc.ForceReconnect()
		}
		return nil
	}
	b.settle()
	if diff := cmp.Diff(b.store.tally(), map[schemas.State]int{schemas.Indexed: 6}); diff != "" {
		t.Errorf("ledger, got - want +:\n%s", diff)
	}
}

// TestPatienceWithTheIndexEnds has an index that takes no disclosure of several files while the ledger works: the run ends, and no file has
// failed.
func TestPatienceWithTheIndexEnds(t *testing.T) {
	b := newBench(t)
	b.store.onPut = func(*schemas.Disclosure, int) error { return errors.New("403 index read-only") }
	ids := []string{b.publish("one").Entry.ID, b.publish("two").Entry.ID, b.publish("three").Entry.ID}
	b.losePatience("read-only")
	for _, id := range ids {
		if e := b.store.get(id); e.State != schemas.Queued {
			t.Errorf("%s: got %s, want it queued", e.FileName, e.State)
		}
	}
}
