package web_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"yusuan/indexer/headway"
	"yusuan/schemas"
	"yusuan/web"
)

// backlog is a queue that answers always the same.
type backlog struct{ err error }

func (b backlog) Queue(context.Context) (headway.Queue, error) {
	return headway.Queue{Waiting: 7, InFlight: 2, DeadLetters: 1}, b.err
}

func (backlog) Workers() (jobs, working int) { return 2, 1 }

// TestStatus counts a ledger, and says nothing of any file.
func TestStatus(t *testing.T) {
	h, in := newIntake(t)
	now := time.Now().UTC()
	for i := range 9 {
		e := schemas.Entry{ID: fmt.Sprintf("%064d", i), State: schemas.Indexed, Pages: 10, FileName: "secret.pdf", QueuedAt: now, FinishedAt: &now}
		switch i % 3 {
		case 1:
			e.State, e.Code, e.Message = schemas.Rejected, schemas.Damaged, "secret is damaged"
		case 2:
			e.State, e.FinishedAt = schemas.Working, nil
		}
		if err := in.ledger.PutEntry(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	w := get(h, "/api/v1/status")
	if strings.Contains(w.Body.String(), "secret") {
		t.Errorf("it tells of files: %s", w.Body)
	}
	got := decode[struct {
		Files, Left int
		States      map[schemas.State]int
		Counts      []struct {
			State schemas.State
			Code  schemas.Code
			Files int
		}
		Reasons []headway.Cause
		Queue   headway.Queue
		Workers struct{ Jobs, Working int }
		Index   struct{ Disclosures, Passages, Items int }
		Rates   []headway.Rate
		ETA     float64 `json:"eta_seconds"`
	}](t, w)
	if got.Files != 9 || got.Left != 3 || got.States[schemas.Rejected] != 3 || len(got.Counts) != 3 || got.Counts[1].Code != schemas.Damaged || got.Counts[1].Files != 3 ||
		len(got.Reasons) != 1 || got.Queue.Waiting != 7 || got.Workers.Jobs != 2 || got.Workers.Working != 1 || len(got.Rates) != 3 || got.Rates[0].Files != 6 || got.ETA <= 0 {
		t.Errorf("got %+v", got)
	}
	if got.Index.Disclosures == 0 || got.Index.Passages == 0 || got.Index.Items == 0 {
		t.Errorf("got %+v", got.Index)
	}
}

// TestStatusWithoutQueue says why the queue is not told of, and keeps what is ours to the log.
func TestStatusWithoutQueue(t *testing.T) {
	_, s := newAPI(t)
	for _, tc := range []struct {
		err  error
		want string
	}{
		{fmt.Errorf("%w: another process has the queue", web.ErrClosed), "another process has the queue"},
		{errors.New("dial tcp 10.0.0.1: refused"), "the queue does not answer"},
	} {
		cfg := config(s)
		cfg.Backlog = backlog{tc.err}
		w := get(web.New(zap.NewNop(), cfg), "/api/v1/status")
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), tc.want) || strings.Contains(w.Body.String(), "10.0.0.1") || strings.Contains(w.Body.String(), `"queue":`) {
			t.Errorf("%v: got %d: %s", tc.err, w.Code, w.Body)
		}
	}
}
