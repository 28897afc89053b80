package worker_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go/jetstream"

	"yusuan/schemas"
	"yusuan/worker"
	"yusuan/worker/source"
)

func TestPublishOnce(t *testing.T) {
	b := newBench(t)
	first := b.publish("file")
	for range 3 {
		r := b.publish("file")
		if r.State != schemas.Queued || !r.Entry.QueuedAt.Equal(first.Entry.QueuedAt) {
			t.Errorf("got %+v, want the first one's entry", r)
		}
	}
	// Another process, which has not sent it.
	_, q := b.connect()
	other := worker.NewPublisher(b.lg, q, b.blobs, b.store)
	if _, err := other.Publish(t.Context(), worker.Submission{Data: []byte("file")}); err != nil {
		t.Fatal(err)
	}
	if got := b.status().Jobs; got != 1 {
		t.Errorf("got %d jobs, want 1", got)
	}
	if got := b.store.states(first.Entry.ID); len(got) != 1 {
		t.Errorf("got states %v, want one", got)
	}
}

// TestPublishCrash has publishers that die after each of their steps, and the same submission again.
func TestPublishCrash(t *testing.T) {
	for _, step := range []string{"blob", "entry", "job", "begun"} {
		t.Run(step, func(t *testing.T) {
			b := newBench(t)
			digest, err := b.blobs.Put(t.Context(), []byte("file"))
			if err != nil {
				t.Fatal(err)
			}
			if step != "blob" {
				b.store.entries[digest] = schemas.Entry{ID: digest, State: schemas.Queued, SHA256: digest, QueuedAt: time.Now()}
			}
			if step == "job" || step == "begun" {
				b.send(fmt.Sprintf(`{"blob":"sha256:%s"}`, digest))
			}
			if step == "begun" { // by a worker that died
				e := b.store.entries[digest]
				e.State = schemas.Working
				b.store.entries[digest] = e
			}
			if r := b.publish("file"); r.State != schemas.Queued || r.Entry.State != schemas.Queued {
				t.Errorf("got %+v, want it queued", r)
			}
			if got := b.status().Jobs; got != 1 {
				t.Errorf("got %d jobs, want 1", got)
			}
			b.start(quick())
			b.settle()
			if e := b.store.get(digest); e.State != schemas.Indexed {
				t.Errorf("got %+v, want it indexed", e)
			}
		})
	}
}

// TestPublishAfterLedgerWasLost has a stream that remembers the id of a job that is gone.
func TestPublishAfterLedgerWasLost(t *testing.T) {
	b := newBench(t)
	id := b.publish("file").Entry.ID
	stop := b.start(quick())
	b.settle()
	stop()
	b.store = newStore()
	b.pub = worker.NewPublisher(b.lg, b.q, b.blobs, b.store)
	b.publish("file")
	if got := b.status().Jobs; got != 1 {
		t.Fatalf("got %d jobs, want 1", got)
	}
	b.start(quick())
	b.settle()
	if e := b.store.get(id); e.State != schemas.Indexed {
		t.Errorf("got %+v, want it indexed", e)
	}
}

func TestPublishAgainOnPurpose(t *testing.T) {
	b := newBench(t)
	const u = "https://example.org/a.pdf"
	text := "first"
	b.fetch[u] = func() (source.Document, error) { return source.Document{Data: []byte(text), FileName: "a.pdf"}, nil }
	cases := []struct {
		name        string
		change      func(*schemas.Entry)
		s           worker.Submission
		want        schemas.State
		extractions int
	}{
		{"first time", nil, worker.Submission{URL: u}, schemas.Queued, 1},
		{"known", nil, worker.Submission{URL: u}, schemas.Unchanged, 1},
		{"refetch, the same bytes", nil, worker.Submission{URL: u, Refetch: true}, schemas.Queued, 1},
		{"force", nil, worker.Submission{URL: u, Force: true}, schemas.Queued, 2},
		{"read by an older parser", func(e *schemas.Entry) { e.Parser-- }, worker.Submission{URL: u}, schemas.Queued, 3},
		{"failed", func(e *schemas.Entry) { e.State, e.DisclosureID = schemas.Failed, "" }, worker.Submission{URL: u}, schemas.Queued, 4},
	}
	b.start(quick())
	for _, c := range cases {
		if c.change != nil {
			e := b.store.get(worker.URLID(u))
			c.change(&e)
			if err := b.store.PutEntry(t.Context(), e); err != nil {
				t.Fatal(err)
			}
		}
		r, err := b.pub.Publish(t.Context(), c.s)
		if err != nil || r.State != c.want {
			t.Errorf("%s: got %s, %v, want %s", c.name, r.State, err, c.want)
		}
		b.settle()
		if got := b.x.count(); got != c.extractions {
			t.Errorf("%s: got %d extractions so far, want %d", c.name, got, c.extractions)
		}
	}
}

func TestPublishErrors(t *testing.T) {
	b := newBench(t)
	if _, err := b.pub.Publish(t.Context(), worker.Submission{FileName: "nothing.pdf"}); err == nil {
		t.Error("neither bytes nor URL: got no error")
	}
	b.store.setDown(errors.New("disk full"))
	if _, err := b.pub.Publish(t.Context(), worker.Submission{Data: []byte("x")}); err == nil || !strings.Contains(err.Error(), "disk full") {
		t.Errorf("ledger down: got %v", err)
	}
	b.store.setDown(nil)
	if got := b.status().Jobs; got != 0 {
		t.Errorf("got %d jobs, want none", got)
	}
	if r, err := b.pub.Publish(t.Context(), worker.Submission{Data: []byte{}}); err != nil || r.State != schemas.Queued {
		t.Errorf("an empty file: got %+v, %v, want it queued: its reader says that it is empty", r, err)
	}
}

// TestOpenQueueAtOnce has many processes that make the streams at the same time.
func TestOpenQueueAtOnce(t *testing.T) {
	b := newBench(t)
	prefix := "once-" + strings.ToLower(strings.TrimPrefix(b.prefix, "t-"))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := worker.OpenQueue(context.Background(), b.lg, b.nc, worker.QueueConfig{Prefix: prefix}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

// TestReplicas asks for more copies of the streams than there are servers.
func TestReplicas(t *testing.T) {
	b := newBench(t)
	for _, c := range []struct {
		replicas int
		ok       bool
	}{{0, true}, {1, true}, {3, false}} {
		prefix := fmt.Sprintf("replicas-%d-%s", c.replicas, strings.TrimPrefix(b.prefix, "t-"))
		_, err := worker.OpenQueue(t.Context(), b.lg, b.nc, worker.QueueConfig{Prefix: prefix, Replicas: c.replicas})
		if (err == nil) != c.ok || err != nil && !strings.Contains(err.Error(), "with 3 replicas") {
			t.Errorf("%d replicas on one server: got %v, want it well: %v", c.replicas, err, c.ok)
		}
	}
}

func TestOpenQueueOnOthersStream(t *testing.T) {
	b := newBench(t)
	names, err := worker.NewNames("other" + b.prefix)
	if err != nil {
		t.Fatal(err)
	}
	cfg := jetstream.StreamConfig{Name: names.JobStream(), Subjects: []string{names.JobSubject()}, Retention: jetstream.LimitsPolicy}
	if _, err := b.q.JetStream().CreateStream(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	_, err = worker.OpenQueue(t.Context(), b.lg, b.nc, worker.QueueConfig{Prefix: "other" + b.prefix})
	if err == nil || !strings.Contains(err.Error(), "nats stream rm") {
		t.Errorf("got %v, want an error that says what to do", err)
	}
}

// TestTunedStream has a stream with an operator's limits, which stay.
func TestTunedStream(t *testing.T) {
	b := newBench(t)
	js := b.q.JetStream()
	stream, err := js.Stream(t.Context(), b.q.Names().JobStream())
	if err != nil {
		t.Fatal(err)
	}
	cfg := stream.CachedInfo().Config
	cfg.MaxBytes, cfg.Description = 1<<20, "tuned"
	if _, err := js.UpdateStream(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	b.connect()
	again, err := js.Stream(t.Context(), b.q.Names().JobStream())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(again.CachedInfo().Config, cfg); diff != "" {
		t.Errorf("got - want +:\n%s", diff)
	}
}

// TestPurgeSettled has a server that kept messages which its consumer has settled.
func TestPurgeSettled(t *testing.T) {
	b := newBench(t)
	for _, text := range []string{"one", "two", "three"} {
		b.publish(text)
	}
	for _, c := range []struct {
		floor, left uint64
	}{{0, 3}, {2, 1}, {2, 1}, {9, 0}, {9, 0}} {
		if err := b.q.PurgeSettled(t.Context(), c.floor); err != nil {
			t.Fatal(err)
		}
		if got := b.status().Jobs; got != c.left {
			t.Errorf("floor %d: got %d jobs left, want %d", c.floor, got, c.left)
		}
	}
}
