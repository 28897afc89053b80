package worker_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nuid"
	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest"

	"yusuan/schemas"
	"yusuan/worker"
	"yusuan/worker/blob"
	"yusuan/worker/broker"
	"yusuan/worker/source"
)

// TestMain ends with a look for goroutines left behind. One kind is let be: nats.go v1.55.0 reads the channel that a listener of an object
// store's Put waits on after Put may have ended and forgotten it, and then waits on none for ever.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("github.com/nats-io/nats.go/jetstream.(*jetStream).resetPendingAcksOnReconnect"))
}

// An extractor reads bytes as text: their first word says what to do.
type extractor struct {
	mu    sync.Mutex
	calls map[string]int // by digest
	do    func(ctx context.Context, text string, call int) error
}

func (x *extractor) Extract(ctx context.Context, src schemas.Source, data []byte) (*schemas.Disclosure, error) {
	x.mu.Lock()
	if x.calls == nil {
		x.calls = map[string]int{}
	}
	x.calls[src.SHA256]++
	call := x.calls[src.SHA256]
	x.mu.Unlock()
	if x.do != nil {
		if err := x.do(ctx, string(data), call); err != nil {
			return nil, err
		}
	}
	src.Pages = 1
	return &schemas.Disclosure{Source: src, Title: string(data), ParserVersion: schemas.ParserVersion}, nil
}

func (x *extractor) count() (calls int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, n := range x.calls {
		calls += n
	}
	return calls
}

// A store is index and ledger.
type store struct {
	mu      sync.Mutex
	docs    map[string]*schemas.Disclosure
	puts    int
	entries map[string]schemas.Entry
	history map[string][]schemas.State
	down    error                                    // of every call
	refused int                                      // calls while down
	onPut   func(d *schemas.Disclosure, n int) error // of Put
	onEntry func(e schemas.Entry) error              // of PutEntry
	after   func(e schemas.Entry)                    // after PutEntry
}

func newStore() *store {
	return &store{docs: map[string]*schemas.Disclosure{}, entries: map[string]schemas.Entry{}, history: map[string][]schemas.State{}}
}

func (s *store) Put(_ context.Context, d *schemas.Disclosure) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.puts++
	if s.down != nil {
		s.refused++
		return false, s.down
	}
	if s.onPut != nil {
		if err := s.onPut(d, s.puts); err != nil {
			return false, err
		}
	}
	if old := s.docs[d.ID()]; old != nil && old.ParserVersion > d.ParserVersion {
		return false, nil
	}
	s.docs[d.ID()] = d
	return true, nil
}

func (s *store) PutEntry(_ context.Context, e schemas.Entry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down != nil {
		s.refused++
		return s.down
	}
	if s.onEntry != nil {
		if err := s.onEntry(e); err != nil {
			return err
		}
	}
	if e.ID == "" {
		return errors.New("entry without id")
	}
	s.entries[e.ID] = e
	s.history[e.ID] = append(s.history[e.ID], e.State)
	if s.after != nil {
		s.after(e)
	}
	return nil
}

func (s *store) Entry(_ context.Context, id string) (schemas.Entry, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down != nil {
		s.refused++
		return schemas.Entry{}, false, s.down
	}
	e, ok := s.entries[id]
	return e, ok, nil
}

func (s *store) Entries(_ context.Context, states []schemas.State, fn func(schemas.Entry) error) error {
	s.mu.Lock()
	var all []schemas.Entry
	for _, e := range s.entries {
		if len(states) == 0 || slices.Contains(states, e.State) {
			all = append(all, e)
		}
	}
	s.mu.Unlock()
	for _, e := range all {
		if err := fn(e); err != nil {
			return err
		}
	}
	return nil
}

// Versions takes the title up to a "#" for what versions have in common.
func (s *store) Versions(_ context.Context, id string) ([]schemas.Version, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down != nil {
		s.refused++
		return nil, s.down
	}
	return s.versions(id), nil
}

func (s *store) versions(id string) []schemas.Version {
	key := func(d *schemas.Disclosure) string { key, _, _ := strings.Cut(d.Title, "#"); return key }
	own := s.docs[id]
	if own == nil {
		return nil
	}
	var list []schemas.Version
	for _, d := range s.docs {
		if key(d) == key(own) {
			list = append(list, schemas.Version{DisclosureID: d.ID(), SHA256: d.Source.SHA256, FirstSeen: d.Source.FirstSeen})
		}
	}
	slices.SortFunc(list, func(a, b schemas.Version) int {
		return cmp.Or(a.FirstSeen.Compare(b.FirstSeen), strings.Compare(a.DisclosureID, b.DisclosureID))
	})
	for i := range list[:len(list)-1] {
		list[i].SupersededBy = list[i+1].DisclosureID
	}
	list[len(list)-1].Current = true
	return list
}

func (s *store) EntriesOf(_ context.Context, sha256 string, fn func(schemas.Entry) error) error {
	s.mu.Lock()
	if s.down != nil {
		s.refused++
		defer s.mu.Unlock()
		return s.down
	}
	var list []schemas.Entry
	for _, e := range s.entries {
		if e.SHA256 == sha256 {
			list = append(list, e)
		}
	}
	s.mu.Unlock()
	for _, e := range list {
		if err := fn(e); err != nil {
			return err
		}
	}
	return nil
}

func (s *store) Holdings(_ context.Context, fn func(worker.Holding) error) error {
	s.mu.Lock()
	var list []worker.Holding
	for id := range s.docs {
		h := worker.Holding{DisclosureID: id, Expected: 1, Actual: 1}
		for _, v := range s.versions(id) {
			h.Current = h.Current || v.DisclosureID == id && v.Current
		}
		list = append(list, h)
	}
	s.mu.Unlock()
	for _, h := range list {
		if err := fn(h); err != nil {
			return err
		}
	}
	return nil
}

func (s *store) setDown(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = err
}

func (s *store) refusals() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refused
}

func (s *store) get(id string) schemas.Entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.entries[id]
}

func (s *store) states(id string) []schemas.State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.history[id])
}

func (s *store) indexed() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.docs)
}

func (s *store) tally() map[schemas.State]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := map[schemas.State]int{}
	for _, e := range s.entries {
		n[e.State]++
	}
	return n
}

// A fetcher answers from a table.
type fetcher map[string]func() (source.Document, error)

func (f fetcher) Fetch(_ context.Context, r source.Request) (source.Document, error) {
	if fn, ok := f[r.URL]; ok {
		return fn()
	}
	return source.Document{}, fmt.Errorf("fetch %s: no route", r.URL)
}

// A bench is a queue with fakes around it, on a server that listens on loopback; or on the one that YUSUAN_TEST_NATS names,
// so that the same tests run against any release of the real one.
type bench struct {
	t       *testing.T
	lg      *zap.Logger
	url     string
	prefix  string
	nc      *nats.Conn
	q       *worker.Queue
	blobs   *blob.Dir
	blobDir string
	store   *store
	x       *extractor
	fetch   fetcher
	web     worker.Fetcher // instead of fetch, or nil
	pub     *worker.Publisher
	told    worker.Observer
	workers []*worker.Worker // those started
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{
		t: t, lg: zaptest.NewLogger(t, zaptest.Level(zap.WarnLevel)), url: os.Getenv("YUSUAN_TEST_NATS"),
		store: newStore(), x: &extractor{}, fetch: fetcher{},
	}
	if b.url == "" {
		srv, err := broker.Open(t.Context(), b.lg, broker.Config{Dir: t.TempDir(), Listen: "127.0.0.1:0"})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(srv.Close)
		b.url = srv.ClientURL()
	} else {
		b.prefix = "t-" + strings.ToLower(nuid.Next())
	}
	b.blobDir = t.TempDir()
	blobs, err := blob.OpenDir(b.blobDir)
	if err != nil {
		t.Fatal(err)
	}
	b.blobs = blobs
	b.nc, b.q = b.connect()
	b.pub = worker.NewPublisher(b.lg, b.q, b.blobs, b.store)
	return b
}

// connect opens the queue on a connection of its own, as another process does.
func (b *bench) connect() (*nats.Conn, *worker.Queue) {
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
	return c.Conn(), q
}

// quick is a configuration with delays fit for tests.
func quick() worker.Config {
	return worker.Config{
		Jobs: 2, MaxDeliver: 4, AckWait: 2 * time.Second, Grace: 5 * time.Second, FetchWait: 200 * time.Millisecond,
		Delays: []time.Duration{10 * time.Millisecond, 20 * time.Millisecond},
	}
}

// start runs a worker until the returned function is called, which waits for it and checks what Run returned.
func (b *bench) start(cfg worker.Config) (stop func()) {
	b.t.Helper()
	var f worker.Fetcher = b.fetch
	if b.web != nil {
		f = b.web
	}
	w := worker.New(b.lg, b.q, worker.Parts{Extractor: b.x, Index: b.store, Ledger: b.store, Blobs: b.blobs, Fetcher: f, Observer: b.told}, cfg)
	b.workers = append(b.workers, w)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			select {
			case err := <-done:
				if err != nil {
					b.t.Errorf("Run: %v", err)
				}
			case <-time.After(time.Minute):
				b.t.Error("Run did not return")
			}
		})
	}
	b.t.Cleanup(stop)
	return stop
}

func (b *bench) publish(text string) worker.Receipt {
	b.t.Helper()
	r, err := b.pub.Publish(b.t.Context(), worker.Submission{Data: []byte(text), FileName: text + ".pdf"})
	if err != nil {
		b.t.Fatal(err)
	}
	return r
}

// send publishes a payload as another program would.
func (b *bench) send(payload string) {
	b.t.Helper()
	if _, err := b.q.JetStream().Publish(b.t.Context(), b.q.Names().JobSubject(), []byte(payload)); err != nil {
		b.t.Fatal(err)
	}
}

// until waits for the condition, at most a minute.
func (b *bench) until(what string, ok func() bool) {
	b.t.Helper()
	deadline := time.Now().Add(time.Minute)
	for !ok() {
		if time.Now().After(deadline) {
			b.t.Fatalf("never: %s; ledger %v, queue %+v", what, b.store.tally(), b.status())
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func (b *bench) status() worker.Status {
	b.t.Helper()
	s, err := b.q.Status(context.Background())
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

// settle waits until the stream is empty.
func (b *bench) settle() {
	b.t.Helper()
	b.until("stream is empty", func() bool { return b.status().Jobs == 0 })
}

// damage flips a byte of a blob.
func (b *bench) damage(digest string) {
	b.t.Helper()
	name := filepath.Join(b.blobDir, digest[:2], digest)
	data, err := os.ReadFile(name)
	if err != nil {
		b.t.Fatal(err)
	}
	data[0] ^= 1
	if err := os.WriteFile(name, data, 0o600); err != nil {
		b.t.Fatal(err)
	}
}

// workOff runs a worker of these parts until nothing is left to do.
func (b *bench) workOff(parts worker.Parts) {
	b.t.Helper()
	ctx, cancel := context.WithCancel(b.t.Context())
	done := make(chan error, 1)
	go func() { done <- worker.New(b.lg, b.q, parts, quick()).Run(ctx) }()
	b.settle()
	cancel()
	if err := <-done; err != nil {
		b.t.Errorf("Run: %v", err)
	}
}

// losePatience runs a worker that ends for want of a store, and wants the reason in its error.
func (b *bench) losePatience(reason string) {
	b.t.Helper()
	cfg := quick()
	cfg.StorePatience = 300 * time.Millisecond
	parts := worker.Parts{Extractor: b.x, Index: b.store, Ledger: b.store, Blobs: b.blobs, Fetcher: b.fetch}
	err := worker.New(zap.NewNop(), b.q, parts, cfg).Run(b.t.Context())
	if !errors.Is(err, worker.ErrStore) || !strings.Contains(err.Error(), reason) {
		b.t.Errorf("got %v, want %v with the reason", err, worker.ErrStore)
	}
}
