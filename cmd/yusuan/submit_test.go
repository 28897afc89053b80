package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yusuan/schemas"
	"yusuan/worker"
)

// A desk is a publisher that knows some files and is out of order for others.
type desk struct {
	known map[string]schemas.Entry // by id
	err   error
	calls int
}

func (d *desk) Publish(_ context.Context, s worker.Submission) (worker.Receipt, error) {
	d.calls++
	if d.err != nil {
		return worker.Receipt{}, d.err
	}
	id := submissionID(s)
	if e, ok := d.known[id]; ok {
		return worker.Receipt{Entry: e, State: schemas.Unchanged}, nil
	}
	return worker.Receipt{Entry: schemas.Entry{ID: id, State: schemas.Queued, FileName: s.FileName}, State: schemas.Queued}, nil
}

// text is an input with these bytes.
func text(name, data string) input {
	return input{name: name, load: func() (worker.Submission, error) {
		return worker.Submission{Data: []byte(data), FileName: name}, nil
	}}
}

// id is the ledger's id of these bytes.
func id(data string) string { return submissionID(worker.Submission{Data: []byte(data)}) }

func submitAll(t *testing.T, b *batch, in ...input) {
	t.Helper()
	for _, one := range in {
		if _, err := b.submit(t.Context(), one); err != nil {
			t.Fatal(err)
		}
	}
}

// told gives path, state and earlier state of each result.
func told(results []*fileResult) []string {
	var list []string
	for _, r := range results {
		list = append(list, fmt.Sprintf("%s %s %s %s", r.Path, r.State, r.Earlier, r.Code))
	}
	return list
}

func TestBatchCountsEveryInput(t *testing.T) {
	for _, full := range []bool{true, false} {
		t.Run(fmt.Sprint(full), func(t *testing.T) { testBatchCounts(t, full) })
	}
}

// testBatchCounts wants the same counts whether every result is kept or not, and every result or those with something to say.
func testBatchCounts(t *testing.T, full bool) {
	b := newBatch(&desk{known: map[string]schemas.Entry{
		id("old"): {ID: id("old"), State: schemas.Indexed},
		id("bad"): {ID: id("bad"), State: schemas.Rejected, Code: schemas.Damaged},
		id("ran"): {ID: id("ran"), State: schemas.Indexed},
		id("off"): {ID: id("off"), State: schemas.Rejected, Code: schemas.Damaged, Message: "dropped: no matter"},
	}}, full)
	b.wait(schemas.Entry{ID: id("ran"), State: schemas.Queued})                      // an input that was queued, and is done since
	b.wait(schemas.Entry{ID: "other", State: schemas.Queued, FileName: "other.pdf"}) // queued by somebody else
	submitAll(t, b, text("new.pdf", "new"), text("twin.pdf", "new"), text("old.pdf", "old"), text("bad.pdf", "bad"),
		text("bad-twin.pdf", "bad"), text("ran.pdf", "ran"), text("off.pdf", "off"), text("off-twin.pdf", "off"),
		input{name: "gone.pdf", err: errors.New("no such file")},
		input{name: "huge.pdf", load: func() (worker.Submission, error) {
			return worker.Submission{}, schemas.Reject(schemas.TooLarge, "the file has too many bytes")
		}})
	if r, ours := b.settle(schemas.Entry{ID: id("new"), State: schemas.Rejected, Code: schemas.Timeout}); !ours || r.Path != "new.pdf" {
		t.Errorf("settled: got %+v, %v, want new.pdf", r, ours)
	}
	b.settle(schemas.Entry{ID: "other", State: schemas.Indexed, FileName: "other.pdf"})
	b.abandon([]input{text("late.pdf", "late")})
	want := []string{
		"new.pdf rejected  timeout",
		"twin.pdf unchanged rejected timeout",
		"old.pdf unchanged indexed ",
		"bad.pdf unchanged rejected damaged",
		"bad-twin.pdf unchanged rejected damaged",
		"ran.pdf indexed  ",
		"off.pdf unchanged rejected damaged",
		"off-twin.pdf unchanged rejected damaged",
		"gone.pdf failed  ",
		"huge.pdf rejected  too-large",
		"late.pdf queued  ",
	}
	if !full {
		want[2], want[5] = " unchanged indexed ", " indexed  "
	}
	if diff := cmp.Diff(told(b.all()), want); diff != "" {
		t.Errorf("inputs (-got +want):\n%s", diff)
	}
	s := summarise(b.all(), 0)
	s.ByReason, s.RejectedEarlier = nil, maps.Clone(s.RejectedEarlier)
	if diff := cmp.Diff(s, summary{Files: 11, Indexed: 1, Unchanged: 6, Rejected: 2, Failed: 1, Unfinished: 1,
		RejectedEarlier: map[schemas.Code]int{schemas.Damaged: 2, schemas.Timeout: 1}}); diff != "" {
		t.Errorf("sums (-got +want):\n%s", diff)
	}
	if diff := cmp.Diff(told(b.others()), []string{"other.pdf indexed  "}); diff != "" {
		t.Errorf("others (-got +want):\n%s", diff)
	}
}

func TestBatchStopsTryingABrokenStore(t *testing.T) {
	d := &desk{err: errors.New("disk full")}
	b := newBatch(d, true)
	for i := range 10 {
		submitAll(t, b, text(fmt.Sprint(i), fmt.Sprint(i)))
	}
	if d.calls != publishPatience {
		t.Errorf("got %d tries, want %d", d.calls, publishPatience)
	}
	if b.broken == nil {
		t.Error("got no reason, want disk full")
	}
	for _, r := range b.all() {
		if r.State != schemas.Failed || r.Message != "not published: disk full" {
			t.Errorf("%s: got %s %q, want failed, not published: disk full", r.Path, r.State, r.Message)
		}
	}
}

func TestBatchForgivesAHiccup(t *testing.T) {
	d := &desk{}
	b := newBatch(d, true)
	for i := range 10 {
		d.err = nil
		if i%publishPatience != 0 {
			d.err = errors.New("timeout")
		}
		submitAll(t, b, text(fmt.Sprint(i), fmt.Sprint(i)))
	}
	if b.broken != nil {
		t.Errorf("got %v, want to go on", b.broken)
	}
}

func TestBatchEndsWhenStopped(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	stopped := errors.New("stopped")
	cancel(stopped)
	_, err := newBatch(&desk{}, true).submit(ctx, text("x", "x"))
	if !errors.Is(err, stopped) {
		t.Errorf("got %v, want %v", err, stopped)
	}
}

func TestLocalPath(t *testing.T) {
	tests := []struct{ url, want string }{
		{"file:///tmp/a%20b.pdf", "/tmp/a b.pdf"},
		{"file://localhost/tmp/x.pdf", "/tmp/x.pdf"},
		{"FILE:///tmp/x.pdf", "/tmp/x.pdf"},
		{"file://server/tmp/x.pdf", ""},
		{"https://example.org/x.pdf", ""},
		{"%", ""},
	}
	for _, tc := range tests {
		if got := localPath(tc.url); got != tc.want {
			t.Errorf("%s: got %q, want %q", tc.url, got, tc.want)
		}
	}
}
