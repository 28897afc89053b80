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
)

// A tally counts what a tracker tells.
type tally struct {
	mu    sync.Mutex
	final map[schemas.State]int
	seen  map[string]int // final changes by id
	all   int
}

func (y *tally) change(e schemas.Entry) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.all++
	if e.State.Final() {
		y.final[e.State]++
		y.seen[e.ID]++
	}
}

func newTally() *tally { return &tally{final: map[schemas.State]int{}, seen: map[string]int{}} }

func (b *bench) track(y *tally) *worker.Tracker {
	b.t.Helper()
	tr, err := worker.Track(b.lg, b.q, b.store, y.change)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(tr.Close)
	return tr
}

func (b *bench) wait(tr *worker.Tracker) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), time.Minute)
	defer cancel()
	if err := tr.Wait(ctx); err != nil {
		b.t.Fatalf("wait: %v; %d left", err, tr.Left())
	}
}

func TestTracker(t *testing.T) {
	b := newBench(t)
	b.x.do = func(_ context.Context, text string, call int) error {
		switch text[len(text)-1] {
		case '1':
			return schemas.Reject(schemas.Damaged, "no")
		case '2':
			return errors.New("broke")
		}
		return nil
	}
	y := newTally()
	tr := b.track(y)
	b.start(quick())
	for i := range 30 {
		if i >= 27 {
			i -= 24 // 3, 4 and 5 come twice
		}
		r := b.publish(fmt.Sprint("file ", i))
		tr.Add(r.Entry)
	}
	b.wait(tr)
	want := map[schemas.State]int{schemas.Indexed: 21, schemas.Rejected: 3, schemas.Failed: 3}
	if diff := cmp.Diff(y.final, want); diff != "" {
		t.Errorf("got - want +:\n%s", diff)
	}
	for id, n := range y.seen {
		if n != 1 {
			t.Errorf("got %d last changes of %s, want 1", n, id)
		}
	}
	if y.all <= 27 {
		t.Errorf("got %d changes, want those on the way too", y.all)
	}
	b.wait(tr) // nothing left to wait for
}

// TestTrackerWithoutEvents changes the ledger behind the queue's back.
func TestTrackerWithoutEvents(t *testing.T) {
	b := newBench(t)
	y := newTally()
	tr := b.track(y)
	r := b.publish("file")
	tr.Add(r.Entry)
	e := r.Entry
	e.State = schemas.Indexed
	if err := b.store.PutEntry(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	b.wait(tr)
	if diff := cmp.Diff(y.final, map[schemas.State]int{schemas.Indexed: 1}); diff != "" {
		t.Errorf("got - want +:\n%s", diff)
	}
}

// TestTrackerClocks has another machine, whose clock is behind or ahead, publish a file again that a run waits for.
func TestTrackerClocks(t *testing.T) {
	for _, off := range []time.Duration{-time.Hour, time.Hour} {
		t.Run(off.String(), func(t *testing.T) {
			b := newBench(t)
			y := newTally()
			tr := b.track(y)
			e := b.publish("file").Entry
			tr.Add(e)
			e.QueuedAt = e.QueuedAt.Add(off)
			if err := b.store.PutEntry(t.Context(), e); err != nil {
				t.Fatal(err)
			}
			b.start(quick())
			b.wait(tr)
			if diff := cmp.Diff(y.final, map[schemas.State]int{schemas.Indexed: 1}); diff != "" {
				t.Errorf("got - want +:\n%s", diff)
			}
		})
	}
}

// TestTrackerLostJob has a job purged from the stream.
func TestTrackerLostJob(t *testing.T) {
	b := newBench(t)
	b.observe()
	y := newTally()
	tr := b.track(y)
	tr.Hasten(time.Millisecond)
	tr.Add(b.publish("file").Entry)
	stream, err := b.q.JetStream().Stream(t.Context(), b.q.Names().JobStream())
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.start(quick())
	b.wait(tr)
	if diff := cmp.Diff(y.final, map[schemas.State]int{schemas.Indexed: 1}); diff != "" {
		t.Errorf("got - want +:\n%s", diff)
	}
}

func TestTrackerStops(t *testing.T) {
	b := newBench(t)
	tr := b.track(newTally())
	tr.Add(b.publish("file").Entry)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := tr.Wait(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	if got := tr.Left(); got != 1 {
		t.Errorf("got %d left, want 1", got)
	}
}
