package worker_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yusuan/schemas"
)

// TestListen hears of every change of a file, and of none once it stops.
func TestListen(t *testing.T) {
	b := newBench(t)
	changes := make(chan schemas.Entry, 100)
	ctx, stop := context.WithCancel(t.Context())
	if err := b.q.Listen(ctx, func(e schemas.Entry) { changes <- e }, func() { t.Error("lost something") }); err != nil {
		t.Fatal(err)
	}
	b.start(quick())
	id := b.publish("good").Entry.ID
	var states []schemas.State
	for len(states) < 3 {
		select {
		case e := <-changes:
			if e.ID != id {
				t.Errorf("got a change of %s, want %s", e.ID, id)
			}
			states = append(states, e.State)
		case <-time.After(time.Minute):
			t.Fatalf("heard of %v only", states)
		}
	}
	if diff := cmp.Diff(states, []schemas.State{schemas.Queued, schemas.Working, schemas.Indexed}); diff != "" {
		t.Errorf("states, got - want +:\n%s", diff)
	}
	before := b.nc.NumSubscriptions()
	stop()
	b.until("it stops", func() bool { return b.nc.NumSubscriptions() < before })
}

// TestListenLoss breaks the connection: what happens meanwhile is not heard of, and that is told.
func TestListenLoss(t *testing.T) {
	b := newBench(t)
	nc, q := b.connect()
	var lost, heard atomic.Int32
	if err := q.Listen(t.Context(), func(schemas.Entry) { heard.Add(1) }, func() { lost.Add(1) }); err != nil {
		t.Fatal(err)
	}
	if err := nc.ForceReconnect(); err != nil {
		t.Fatal(err)
	}
	b.until("the loss is told", func() bool { return lost.Load() == 1 })
	b.publish("good")
	b.until("it hears again", func() bool { return heard.Load() == 1 })
}

// TestListenWithoutServer has no server to listen to.
func TestListenWithoutServer(t *testing.T) {
	b := newBench(t)
	nc, q := b.connect()
	nc.Close()
	if err := q.Listen(t.Context(), func(schemas.Entry) {}, func() {}); err == nil {
		t.Error("got no error")
	}
}
