package worker_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yusuan/schemas"
)

func TestPublishConsumeSettle(t *testing.T) {
	b := newBench(t)
	b.x.do = func(_ context.Context, text string, call int) error {
		switch text {
		case "locked":
			return schemas.Reject(schemas.PasswordNeeded, "a password is needed")
		case "scan":
			return schemas.Reject(schemas.NeedsOCR, "pages are pictures")
		case "shaky":
			if call < 3 {
				return errors.New("engine stumbled")
			}
		case "hopeless":
			return errors.New("engine broke")
		case "panics":
			if call == 1 {
				panic("index out of range")
			}
		}
		return nil
	}
	cases := []struct {
		text   string
		states []schemas.State
		code   schemas.Code
		tries  int
	}{
		{"good", []schemas.State{schemas.Queued, schemas.Working, schemas.Indexed}, "", 1},
		{"locked", []schemas.State{schemas.Queued, schemas.Working, schemas.Rejected}, schemas.PasswordNeeded, 1},
		{"scan", []schemas.State{schemas.Queued, schemas.Working, schemas.OCRNeeded}, schemas.NeedsOCR, 1},
		{"shaky", []schemas.State{schemas.Queued, schemas.Working, schemas.Queued, schemas.Working, schemas.Queued, schemas.Working, schemas.Indexed}, "", 3},
		{"panics", []schemas.State{schemas.Queued, schemas.Working, schemas.Queued, schemas.Working, schemas.Indexed}, "", 2},
		{"hopeless", []schemas.State{
			schemas.Queued, schemas.Working, schemas.Queued, schemas.Working, schemas.Queued, schemas.Working,
			schemas.Queued, schemas.Working, schemas.Failed,
		}, "", 4},
	}
	ids := map[string]string{}
	for _, c := range cases {
		ids[c.text] = b.publish(c.text).Entry.ID
	}
	b.start(quick())
	b.settle()
	for _, c := range cases {
		t.Run(c.text, func(t *testing.T) {
			if diff := cmp.Diff(b.store.states(ids[c.text]), c.states); diff != "" {
				t.Errorf("states, got - want +:\n%s", diff)
			}
			e := b.store.get(ids[c.text])
			if e.Code != c.code || e.Deliveries != c.tries || e.Parser != schemas.ParserVersion || e.FinishedAt == nil {
				t.Errorf("got entry %+v, want code %q after %d tries", e, c.code, c.tries)
			}
		})
	}
	if got, want := b.store.indexed(), 3; got != want {
		t.Errorf("got %d disclosures, want %d", got, want)
	}
	if got, want := b.status().DeadLetters, uint64(3); got != want {
		t.Errorf("got %d dead letters, want %d", got, want)
	}
}

func TestSameSetTwice(t *testing.T) {
	b := newBench(t)
	for i := range 5 {
		if got := b.publish(fmt.Sprint("file ", i)).State; got != schemas.Queued {
			t.Fatalf("first time: got %s, want %s", got, schemas.Queued)
		}
	}
	stop := b.start(quick())
	b.settle()
	stop()
	for i := range 5 {
		if got := b.publish(fmt.Sprint("file ", i)).State; got != schemas.Unchanged {
			t.Errorf("second time: got %s, want %s", got, schemas.Unchanged)
		}
	}
	if got := b.status().Jobs; got != 0 {
		t.Errorf("second time: got %d jobs on the stream, want none", got)
	}
	if got, want := b.x.count(), 5; got != want {
		t.Errorf("got %d extractions, want %d", got, want)
	}
}
