package worker_test

import (
	"context"
	"testing"

	"yusuan/schemas"
	"yusuan/worker"
)

// A lateLister does not list yet what was put a moment ago, as an index that is searched once a second.
type lateLister struct{}

func (lateLister) Entries(context.Context, []schemas.State, func(schemas.Entry) error) error { return nil }

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
