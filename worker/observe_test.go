package worker_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"yusuan/schemas"
	"yusuan/worker"
	"yusuan/worker/blob"
	"yusuan/worker/source"
)

// TestObserver counts what an observer is told about jobs that end in each way.
func TestObserver(t *testing.T) {
	b := newBench(t)
	var mu sync.Mutex
	got := map[string]int{}
	count := func(name string) {
		mu.Lock()
		defer mu.Unlock()
		got[name]++
	}
	b.told = worker.Observer{
		Delivered: func(n int) { count(map[bool]string{true: "redelivered", false: "delivered"}[n > 1]) },
		Fetched: func(bytes int64) {
			mu.Lock()
			defer mu.Unlock()
			got["bytes"] += int(bytes)
		},
		Stage:    func(s worker.Stage, _ time.Duration) { count("stage " + string(s)) },
		Finished: func(e schemas.Entry) { count(string(e.State) + " " + string(e.Code)) },
		PutBack:  func(again bool) { count(map[bool]string{true: "again", false: "handed back"}[again]) },
	}
	b.x.do = func(_ context.Context, text string, call int) error {
		switch {
		case text == "hopeless", text == "shaky" && call == 1:
			return errors.New("stumbled")
		case text == "damaged":
			return schemas.Reject(schemas.Damaged, "nothing could be read")
		}
		return nil
	}
	for _, text := range []string{"good", "shaky", "damaged", "hopeless"} { // 4, 5, 7 and 8 bytes
		b.publish(text)
	}
	b.send("no job")
	cfg := quick()
	cfg.MaxDeliver = 2
	stop := b.start(cfg)
	b.settle()
	stop()
	want := map[string]int{
		"delivered": 5, "redelivered": 2, "bytes": 4 + 2*5 + 7 + 2*8,
		"stage fetch": 6, "stage extract": 6, "stage index": 2, "stage settle": 6,
		"indexed ": 2, "rejected damaged": 1, "rejected bad-job": 1, "failed ": 1, "again": 2,
	}
	mu.Lock()
	defer mu.Unlock()
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("told, got - want +:\n%s", diff)
	}
}

// TestObserverOfPanic has a stage end that panics.
func TestObserverOfPanic(t *testing.T) {
	b := newBench(t)
	b.lg = zap.NewNop() // the stack is of no interest
	stages := make(chan worker.Stage, 10)
	b.told = worker.Observer{Stage: func(s worker.Stage, _ time.Duration) { stages <- s }}
	b.x.do = func(context.Context, string, int) error { panic("oh") }
	b.publish("panics")
	cfg := quick()
	cfg.MaxDeliver = 1
	stop := b.start(cfg)
	b.settle()
	stop()
	close(stages)
	var got []worker.Stage
	for s := range stages {
		got = append(got, s)
	}
	if want := []worker.Stage{worker.FetchStage, worker.ExtractStage, worker.SettleStage}; !slices.Equal(got, want) {
		t.Errorf("got stages %v, want %v", got, want)
	}
}

// TestHealth has a worker whose goroutines are stuck one after the other, in a reader that does not mind its deadline.
func TestHealth(t *testing.T) {
	b := newBench(t)
	release := make(chan struct{})
	b.x.do = func(context.Context, string, int) error { <-release; return nil }
	cfg := quick()
	cfg.JobTimeout = 400 * time.Millisecond // more than FetchWait
	stop := b.start(cfg)
	health := func() worker.Health { return b.workers[0].Health() }
	if h := health(); h.Stuck || h.Working != 0 || h.Jobs != 2 || h.StoreErr != nil {
		t.Errorf("at the start: got %+v", h)
	}
	b.publish("one")
	b.until("one works", func() bool { return health().Working == 1 })
	over := time.Now().Add(2 * cfg.JobTimeout)
	b.until("its time is over", func() bool { return time.Now().After(over) })
	if health().Stuck {
		t.Error("one of two is stuck: got that the worker is")
	}
	b.publish("two")
	b.until("stuck", func() bool { return health().Stuck })
	if got := health().Working; got != 2 {
		t.Errorf("got %d at work, want 2", got)
	}
	close(release)
	b.settle()
	b.until("well again", func() bool { h := health(); return !h.Stuck && h.Working == 0 })

	// A worker that waits for its ledger is not stuck, and says what it waits for.
	b.store.setDown(errors.New("the disk is full"))
	b.send(`{"url":"http://x/c.pdf"}`)
	b.until("out of reach", func() bool { return health().StoreErr != nil })
	over = time.Now().Add(2 * cfg.JobTimeout)
	b.until("its time is over", func() bool { return time.Now().After(over) })
	if h := health(); h.Stuck || h.StoreErr == nil {
		t.Errorf("without a ledger: got %+v", h)
	}
	b.store.setDown(nil)
	b.until("back", func() bool { h := health(); return h.StoreErr == nil && !h.Stuck })
	stop()
}

// TestOldestWaiting asks for the oldest job that nobody has in hand.
func TestOldestWaiting(t *testing.T) {
	b := newBench(t)
	check := func(when string, want bool, after time.Time) {
		t.Helper()
		at, ok, err := b.q.OldestWaiting(t.Context())
		if err != nil || ok != want || ok && at.Before(after.Add(-time.Second)) {
			t.Errorf("%s: got %v, %v, %v; want %v", when, at, ok, err, want)
		}
	}
	check("empty", false, time.Time{})
	begun := time.Now()
	b.publish("one")
	check("one waits", true, begun)
	release := make(chan struct{})
	b.x.do = func(context.Context, string, int) error { <-release; return nil }
	cfg := quick()
	cfg.Jobs = 1
	stop := b.start(cfg)
	b.until("in hand", func() bool { return b.workers[0].Health().Working == 1 })
	check("one is in hand", false, begun)
	second := time.Now()
	b.publish("two")
	check("another waits", true, second)
	close(release)
	b.settle()
	stop()
	check("done", false, begun)
}

// TestLines reads the log as a person who looks for one file does.
func TestLines(t *testing.T) {
	core, lines := observer.New(zapcore.DebugLevel)
	b := newBench(t)
	b.lg = zap.New(core)
	b.x.do = func(_ context.Context, text string, call int) error {
		switch {
		case text == "shaky" && call == 1:
			return errors.New("stumbled")
		case text == "damaged":
			return &schemas.Rejection{Code: schemas.Damaged, Message: "cut off", Page: 3}
		}
		return nil
	}
	b.fetch["http://x/fetched.pdf"] = func() (source.Document, error) {
		return source.Document{Data: []byte("fetched"), FileName: "fetched.pdf"}, nil
	}
	for _, text := range []string{"good", "shaky", "damaged"} {
		b.publish(text)
	}
	b.send(`{"url":"http://x/fetched.pdf"}`)
	b.send(`{"url":"http://x/nowhere.pdf"}`)
	// What only the ledger names, from the first line on.
	lost := blob.Digest([]byte("fetched again"))
	if err := b.store.PutEntry(t.Context(), schemas.Entry{ID: lost, SHA256: lost, FileName: "lost.pdf", State: schemas.Queued}); err != nil {
		t.Fatal(err)
	}
	b.fetch["http://x/lost"] = func() (source.Document, error) { return source.Document{Data: []byte("fetched again")}, nil }
	b.send(fmt.Sprintf(`{"blob":"sha256:%s","url":"http://x/lost"}`, lost))
	cfg := quick()
	cfg.MaxDeliver = 2
	stop := b.start(cfg)
	b.settle()
	stop()
	got := map[string][]string{}
	for _, l := range lines.All() {
		fields := l.ContextMap()
		if fields["deliveries"] == nil {
			continue // not about a file
		}
		file, _ := fields["file"].(string)
		got[file] = append(got[file], l.Message)
		if fields["job"] == "" || fields["sha256"] == nil && file != "http://x/nowhere.pdf" {
			t.Errorf("%s: %s: no job, or no digest: %v", file, l.Message, fields)
		}
		if l.Message == "not indexed" && file == "damaged.pdf" && fields["page"] != int64(3) {
			t.Errorf("got page %v, want 3", fields["page"])
		}
	}
	want := map[string][]string{
		"good.pdf": {"done"}, "shaky.pdf": {"not done, trying again later", "done"}, "damaged.pdf": {"not indexed"},
		"fetched.pdf": {"done"}, "lost.pdf": {"bytes are not in the blob store, fetching them again", "done"}, "http://x/nowhere.pdf": {"not done, trying again later", "not indexed"},
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("lines about %v, got - want +:\n%s", slices.Sorted(maps.Keys(got)), diff)
	}
}

// TestPing asks a server that is there, and one that is not.
func TestPing(t *testing.T) {
	b := newBench(t)
	if err := b.q.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	b.nc.Close()
	if err := b.q.Ping(t.Context()); err == nil || !strings.Contains(err.Error(), "NATS is CLOSED") {
		t.Errorf("got %v, want that the connection is closed", err)
	}
}
