package worker_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"yusuan/schemas"
	"yusuan/worker"
)

// TestLongJob has a job that takes twice AckWait. It is nobody else's meanwhile.
func TestLongJob(t *testing.T) {
	b := newBench(t)
	id := b.publish("long").Entry.ID
	cfg := quick()
	cfg.AckWait = 2 * time.Second // a sign of life every 0.7 s; this machine may be busy
	b.x.do = func(ctx context.Context, _ string, _ int) error {
		select {
		case <-time.After(2 * cfg.AckWait):
		case <-ctx.Done():
		}
		return ctx.Err()
	}
	b.spawn(cfg, "")
	b.spawn(cfg, "")
	b.settle()
	if e := b.store.get(id); e.State != schemas.Indexed || e.Deliveries != 1 || b.x.count() != 1 {
		t.Errorf("got %s after %d deliveries and %d extractions, want %s after one", e.State, e.Deliveries, b.x.count(), schemas.Indexed)
	}
}

// TestEndlessJob has a reader that never comes back by itself.
func TestEndlessJob(t *testing.T) {
	b := newBench(t)
	id := b.publish("endless").Entry.ID
	b.x.do = func(ctx context.Context, _ string, call int) error {
		if call > 1 {
			return nil
		}
		<-ctx.Done()
		return ctx.Err()
	}
	cfg := quick()
	cfg.JobTimeout = 50 * time.Millisecond
	b.start(cfg)
	b.settle()
	if e := b.store.get(id); e.State != schemas.Indexed || e.Deliveries != 2 {
		t.Errorf("got %s after %d deliveries, want %s at the second", e.State, e.Deliveries, schemas.Indexed)
	}
}

func TestEvents(t *testing.T) {
	b := newBench(t)
	var mu sync.Mutex
	var got []string
	prefix := b.q.Names().EventSubject(schemas.Queued)
	prefix = prefix[:len(prefix)-len(schemas.Queued)]
	sub, err := b.nc.Subscribe(prefix+"*", func(msg *nats.Msg) {
		var e schemas.Entry
		if err := json.Unmarshal(msg.Data, &e); err != nil || msg.Subject != prefix+string(e.State) {
			t.Errorf("got event %s on %s, %v", msg.Data, msg.Subject, err)
		}
		mu.Lock()
		defer mu.Unlock()
		got = append(got, string(e.State))
	})
	if err != nil {
		t.Fatal(err)
	}
	b.publish("file")
	b.start(quick())
	b.settle()
	want := []string{"queued", "working", "indexed"}
	b.until("three events", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(got) >= len(want)
	})
	if err := sub.Unsubscribe(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("got - want +:\n%s", diff)
	}
}

// TestOlderConsumer has a consumer as an older program made it: its numbers become ours.
func TestOlderConsumer(t *testing.T) {
	b := newBench(t)
	js, names := b.q.JetStream(), b.q.Names()
	old := jetstream.ConsumerConfig{Durable: names.Consumer(), AckPolicy: jetstream.AckExplicitPolicy, MaxDeliver: 2, AckWait: time.Hour}
	if _, err := js.CreateConsumer(t.Context(), names.JobStream(), old); err != nil {
		t.Fatal(err)
	}
	b.publish("file")
	b.start(quick())
	b.settle()
	c, err := js.Consumer(t.Context(), names.JobStream(), names.Consumer())
	if err != nil {
		t.Fatal(err)
	}
	if got := c.CachedInfo().Config; got.MaxDeliver != -1 || got.AckWait != quick().AckWait || got.MaxAckPending != 10_000 {
		t.Errorf("got %+v, want unlimited deliveries and our AckWait", got)
	}
}

// TestConsumerDeleted has an operator who deletes the consumer, then the stream, under a running worker.
func TestConsumerDeleted(t *testing.T) {
	b := newBench(t)
	b.observe()
	b.start(quick())
	b.publish("one")
	b.settle()
	js, names := b.q.JetStream(), b.q.Names()
	if err := js.DeleteConsumer(t.Context(), names.JobStream(), names.Consumer()); err != nil {
		t.Fatal(err)
	}
	id := b.publish("two").Entry.ID
	b.until("two", func() bool { return b.store.get(id).State == schemas.Indexed })
	if err := js.DeleteStream(t.Context(), names.JobStream()); err != nil {
		t.Fatal(err)
	}
	b.until("stream again", func() bool {
		_, err := js.Stream(t.Context(), names.JobStream())
		return err == nil
	})
	id = b.publish("three").Entry.ID
	b.until("three", func() bool { return b.store.get(id).State == schemas.Indexed })
}

// TestPassingLedgerError has a ledger that fails once: the entry is stored whole, and nobody waits.
func TestPassingLedgerError(t *testing.T) {
	b := newBench(t)
	fails := 1
	b.store.onEntry = func(e schemas.Entry) error {
		if e.State == schemas.Queued && fails > 0 {
			fails--
			return errors.New("502")
		}
		return nil
	}
	r, err := b.pub.Publish(t.Context(), worker.Submission{Data: []byte("x"), FileName: "x.pdf", Claims: &schemas.Claims{Unit: "示例县教育局"}})
	if err != nil {
		t.Fatal(err)
	}
	if e := b.store.get(r.Entry.ID); e.Claims == nil || e.FileName != "x.pdf" || e.Message != "" {
		t.Errorf("got %+v, want the whole entry", e)
	}
}

// TestManyJobs has more jobs than one part of a scan, with gaps where jobs are settled.
func TestManyJobs(t *testing.T) {
	b := newBench(t)
	const jobs = 1300
	var wg sync.WaitGroup
	for from := range 4 {
		wg.Go(func() {
			for i := from; i < jobs; i += 4 {
				payload := fmt.Sprintf(`{"url":"https://example.org/%d"}`, i)
				if _, err := b.q.JetStream().Publish(context.Background(), b.q.Names().JobSubject(), []byte(payload)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	stream, err := b.q.JetStream().Stream(t.Context(), b.q.Names().JobStream())
	if err != nil {
		t.Fatal(err)
	}
	for seq := uint64(2); seq <= 100; seq += 2 {
		if err := stream.DeleteMsg(t.Context(), seq); err != nil {
			t.Fatal(err)
		}
	}
	report, err := worker.Verify(t.Context(), b.lg, b.q, b.verifyParts())
	if err != nil || report.Jobs != jobs-50 {
		t.Errorf("got %d jobs, %v, want %d", report.Jobs, err, jobs-50)
	}
}
