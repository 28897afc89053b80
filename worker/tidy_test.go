package worker_test

import (
	"context"
	"testing"
	"time"

	"yusuan/schemas"
	"yusuan/worker"
)

// A lateLister does not list yet what was put a moment ago, as an index that is searched once a second.
type lateLister struct{}

func (lateLister) Entries(context.Context, []schemas.State, func(schemas.Entry) error) error {
	return nil
}

// TestTidyLateListing tidies right after files were rejected: their letters stay.
func TestTidyLateListing(t *testing.T) {
	b, _ := sickly(t)
	want := b.status().DeadLetters
	if err := worker.NewDeadLetters(b.lg, b.q, b.store, lateLister{}).Tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := b.status().DeadLetters; got != want || want == 0 {
		t.Errorf("got %d letters, want all of %d", got, want)
	}
}

// A lateStore lists only what was put before Refresh was called last.
type lateStore struct {
	*store
	fresh bool
}

func (s *lateStore) Refresh(context.Context) error {
	s.fresh = true
	return nil
}

func (s *lateStore) Entries(ctx context.Context, states []schemas.State, fn func(schemas.Entry) error) error {
	if !s.fresh {
		return nil
	}
	s.fresh = false
	return s.store.Entries(ctx, states, fn)
}

// TestVerifyLateListing verifies right after files were settled.
func TestVerifyLateListing(t *testing.T) {
	b, _ := sickly(t)
	s := &lateStore{store: b.store}
	report, err := worker.Verify(t.Context(), b.lg, b.q, worker.VerifyParts{Ledger: s, Entries: s, Blobs: b.blobs, Index: s, Pause: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Problems) > 0 {
		t.Errorf("got %+v, want no problem", report.Problems)
	}
}
