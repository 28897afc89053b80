package worker_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"

	"yusuan/schemas"
	"yusuan/worker"
	"yusuan/worker/broker"
)

var errDied = errors.New("this process is dead")

// A process is a worker with a connection of its own that can die: from then on nothing it does has any effect.
type process struct {
	*bench
	nc     *nats.Conn
	dead   atomic.Bool
	dieAt  string // the step after which it dies: extract, index, working, final; "" for none
	cancel context.CancelFunc
	done   chan error
}

// spawn starts a process that dies after the step.
func (b *bench) spawn(cfg worker.Config, dieAt string) *process {
	b.t.Helper()
	c, err := broker.Open(b.t.Context(), b.lg, broker.Config{URL: b.url})
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(c.Close)
	q, err := worker.OpenQueue(b.t.Context(), b.lg, c.Conn(), worker.QueueConfig{Prefix: b.prefix})
	if err != nil {
		b.t.Fatal(err)
	}
	p := &process{bench: b, nc: c.Conn(), dieAt: dieAt, done: make(chan error, 1)}
	ctx, cancel := context.WithCancel(context.Background())
	p.cancel = cancel
	w := worker.New(b.lg, q, worker.Parts{Extractor: p, Index: p, Ledger: mortalLedger{p}, Blobs: b.blobs, Fetcher: b.fetch}, cfg)
	go func() { p.done <- w.Run(ctx) }()
	b.t.Cleanup(func() { p.wait() })
	return p
}

// step is called after each of the worker's doings.
func (p *process) step(name string) error {
	if name == p.dieAt && p.dead.CompareAndSwap(false, true) {
		p.nc.Close()
		p.cancel()
	}
	if p.dead.Load() {
		return errDied
	}
	return nil
}

// wait stops the process if it still lives, and waits for its goroutines.
func (p *process) wait() {
	p.cancel()
	select {
	case <-p.done:
		p.done <- nil // for the next who waits
	case <-time.After(time.Minute):
		p.t.Error("Run did not return")
	}
}

func (p *process) Extract(ctx context.Context, src schemas.Source, data []byte) (*schemas.Disclosure, error) {
	if p.dead.Load() {
		return nil, errDied
	}
	d, err := p.x.Extract(ctx, src, data)
	return d, errors.Join(err, p.step("extract"))
}

func (p *process) Put(ctx context.Context, d *schemas.Disclosure) (bool, error) {
	if p.dead.Load() {
		return false, errDied
	}
	stored, err := p.store.Put(ctx, d)
	return stored, errors.Join(err, p.step("index"))
}

func (p *process) Versions(ctx context.Context, id string) ([]schemas.Version, error) {
	if p.dead.Load() {
		return nil, errDied
	}
	return p.store.Versions(ctx, id)
}

type mortalLedger struct{ p *process }

func (l mortalLedger) EntriesOf(ctx context.Context, sha256 string, fn func(schemas.Entry) error) error {
	if l.p.dead.Load() {
		return errDied
	}
	return l.p.store.EntriesOf(ctx, sha256, fn)
}

func (l mortalLedger) PutEntry(ctx context.Context, e schemas.Entry) error {
	if l.p.dead.Load() {
		return errDied
	}
	err := l.p.store.PutEntry(ctx, e)
	name := string(e.State)
	if e.State.Final() && e.Delivery != "" { // its last word, not one about another file
		name = "final"
	}
	return errors.Join(err, l.p.step(name))
}

func (l mortalLedger) Entry(ctx context.Context, id string) (schemas.Entry, bool, error) {
	if l.p.dead.Load() {
		return schemas.Entry{}, false, errDied
	}
	return l.p.store.Entry(ctx, id)
}

// TestCrash kills a worker after each of its steps; the next one ends what it left.
func TestCrash(t *testing.T) {
	cases := []struct {
		after       string
		extractions int
		puts        int
	}{
		{"working", 1, 1},
		{"extract", 2, 1},
		{"index", 2, 2}, // stored twice, which is once
		{"final", 1, 1}, // only the ack is missing
	}
	for _, c := range cases {
		t.Run(c.after, func(t *testing.T) {
			b := newBench(t)
			id := b.publish("file").Entry.ID
			cfg := quick()
			cfg.AckWait = time.Second
			p := b.spawn(cfg, c.after)
			b.until("death", p.dead.Load)
			p.wait()
			if got := b.status().Jobs; got != 1 {
				t.Fatalf("after the crash: got %d jobs on the stream, want it still there", got)
			}
			b.start(cfg)
			b.settle()
			if got := b.store.get(id).State; got != schemas.Indexed {
				t.Errorf("got state %s, want %s", got, schemas.Indexed)
			}
			if got := b.x.count(); got != c.extractions {
				t.Errorf("got %d extractions, want %d", got, c.extractions)
			}
			if got := b.store.puts; got != c.puts {
				t.Errorf("got %d calls of Put, want %d", got, c.puts)
			}
		})
	}
}

// TestPoison has a file that kills whoever reads it.
func TestPoison(t *testing.T) {
	b := newBench(t)
	id := b.publish("poison").Entry.ID
	cfg := quick()
	cfg.MaxDeliver, cfg.AckWait = 3, time.Second
	for range cfg.MaxDeliver {
		p := b.spawn(cfg, "extract")
		b.until("death", p.dead.Load)
		p.wait()
	}
	b.start(cfg)
	b.settle()
	e := b.store.get(id)
	if e.State != schemas.Failed || b.x.count() != cfg.MaxDeliver {
		t.Errorf("got %s (%s) after %d tries, want %s after %d", e.State, e.Message, b.x.count(), schemas.Failed, cfg.MaxDeliver)
	}
	if got := b.status().DeadLetters; got != 1 {
		t.Errorf("got %d dead letters, want 1", got)
	}
}

// TestPoisonHandedBack stops the worker that gives up a file which killed all before, while the ledger takes no word of it: the next
// one gives it up, and does not read it.
func TestPoisonHandedBack(t *testing.T) {
	b := newBench(t)
	b.observe()
	id := b.publish("poison").Entry.ID
	cfg := quick()
	cfg.MaxDeliver, cfg.AckWait = 1, time.Second
	p := b.spawn(cfg, "extract")
	b.until("death", p.dead.Load)
	p.wait()
	var refusing atomic.Bool
	refusing.Store(true)
	refused := make(chan struct{}, 100)
	b.store.onEntry = func(e schemas.Entry) error {
		if e.State == schemas.Failed && refusing.Load() {
			refused <- struct{}{}
			return errors.New("503")
		}
		return nil
	}
	stop := b.start(cfg)
	<-refused
	stop()
	refusing.Store(false)
	b.start(cfg)
	b.settle()
	if e := b.store.get(id); e.State != schemas.Failed || b.x.count() != 1 {
		t.Errorf("got %s (%s) after %d extractions, want %s after one", e.State, e.Message, b.x.count(), schemas.Failed)
	}
}

// TestRacing has two workers on 200 jobs, some of them shaky, rejected or hopeless.
func TestRacing(t *testing.T) {
	b := newBench(t)
	const files = 200
	b.x.do = func(_ context.Context, text string, call int) error {
		switch text[len(text)-1] {
		case '7':
			return schemas.Reject(schemas.Damaged, "nothing could be read")
		case '8':
			if call == 1 {
				return errors.New("stumbled")
			}
		case '9':
			return errors.New("broke")
		}
		return nil
	}
	cfg := quick()
	cfg.Jobs = 4
	one, two := b.spawn(cfg, ""), b.spawn(cfg, "")
	var wg sync.WaitGroup
	for from := range 2 { // two publishers of the same files
		wg.Go(func() {
			for i := range files {
				name := []byte{'f', 'i', 'l', 'e', ' ', byte('0' + i/100), byte('0' + i/10%10), byte('0' + i%10)}
				_, err := b.pub.Publish(context.Background(), worker.Submission{Data: name, FileName: string(name)})
				if err != nil {
					t.Errorf("publisher %d: %v", from, err)
				}
			}
		})
	}
	wg.Wait()
	b.until("all are final", func() bool {
		n := b.store.tally()
		return n[schemas.Queued]+n[schemas.Working] == 0 && b.status().Jobs == 0
	})
	one.wait()
	two.wait()
	want := map[schemas.State]int{schemas.Indexed: 160, schemas.Rejected: 20, schemas.Failed: 20}
	if diff := cmp.Diff(b.store.tally(), want); diff != "" {
		t.Errorf("ledger, got - want +:\n%s", diff)
	}
	if got := b.store.indexed(); got != 160 {
		t.Errorf("got %d disclosures, want 160", got)
	}
	report, err := worker.Verify(t.Context(), b.lg, b.q, b.verifyParts())
	if err != nil || len(report.Problems) != 0 {
		t.Errorf("verify: got %+v, %v", report.Problems, err)
	}
}

func (b *bench) verifyParts() worker.VerifyParts {
	return worker.VerifyParts{Ledger: b.store, Entries: b.store, Blobs: b.blobs, Index: b.store, Deep: true, Pause: time.Millisecond}
}
