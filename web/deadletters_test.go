package web_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"yusuan/indexer/sqlite"
	"yusuan/schemas"
	"yusuan/web"
)

// letters retries and drops in a ledger, as package worker does.
type letters struct {
	ledger *sqlite.Store
	err    error // what it gives instead
	done   []string
}

func (l *letters) Retry(ctx context.Context, id string) (schemas.Entry, error) {
	if l.err != nil {
		return schemas.Entry{}, l.err
	}
	l.done = append(l.done, "retry "+id)
	e, _, err := l.ledger.Entry(ctx, id)
	if err != nil {
		return e, err
	}
	e.State, e.Code, e.Message = schemas.Queued, "", ""
	return e, l.ledger.PutEntry(ctx, e)
}

func (l *letters) Drop(ctx context.Context, id string) error {
	if l.err != nil {
		return l.err
	}
	l.done = append(l.done, "drop "+id)
	e, _, err := l.ledger.Entry(ctx, id)
	if err != nil {
		return err
	}
	e.Message = schemas.DroppedMark + e.Message
	return l.ledger.PutEntry(ctx, e)
}

// send sends a request without a body.
func send(h http.Handler, method, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, path, nil))
	return w
}

// TestRetryAndDrop does both with files in every state.
func TestRetryAndDrop(t *testing.T) {
	_, s := newAPI(t)
	l := &letters{ledger: s}
	cfg := config(s)
	cfg.DeadLetters = l
	h := web.New(zap.NewNop(), cfg)
	for _, tc := range []struct {
		state   schemas.State
		message string
		retry   int
		drop    int
	}{
		{schemas.Rejected, "damaged", 202, 200},
		{schemas.OCRNeeded, "pages are pictures", 202, 200},
		{schemas.Failed, "given up", 202, 200},
		{schemas.Rejected, "dropped: damaged", 409, 409},
		{schemas.Queued, "", 409, 409},
		{schemas.Working, "", 409, 409},
		{schemas.Indexed, "", 409, 409},
		{schemas.Unchanged, "", 409, 409},
		{schemas.Superseded, "", 409, 409},
	} {
		id, path := "x", "/api/v1/jobs/x"
		put := func() {
			l.done = nil
			if err := s.PutEntry(t.Context(), schemas.Entry{ID: id, State: tc.state, Message: tc.message, QueuedAt: time.Now().UTC()}); err != nil {
				t.Fatal(err)
			}
		}
		put()
		w := send(h, http.MethodPost, path+"/retry")
		if w.Code != tc.retry || (w.Code == http.StatusAccepted) != slices.Equal(l.done, []string{"retry x"}) {
			t.Errorf("retry of %s: got %d, %v: %s, want %d", tc.state, w.Code, l.done, w.Body, tc.retry)
		}
		if w.Code == http.StatusAccepted && (!strings.Contains(w.Body.String(), `"state":"queued"`) || w.Header().Get("Location") != path) {
			t.Errorf("retry of %s: got %v, %s", tc.state, w.Header(), w.Body)
		}
		put()
		w = send(h, http.MethodDelete, path)
		if w.Code != tc.drop || (w.Code == http.StatusOK) != slices.Equal(l.done, []string{"drop x"}) {
			t.Errorf("drop of %s: got %d, %v: %s, want %d", tc.state, w.Code, l.done, w.Body, tc.drop)
		}
		if w.Code == http.StatusOK && (!strings.Contains(w.Body.String(), `"dropped":true`) || !strings.Contains(w.Body.String(), `"state":"`+string(tc.state))) {
			t.Errorf("drop of %s: got %s", tc.state, w.Body)
		}
	}
}

// TestDeadLettersClosed says why nothing is done, and keeps what is ours to the log.
func TestDeadLettersClosed(t *testing.T) {
	_, s := newAPI(t)
	if err := s.PutEntry(t.Context(), schemas.Entry{ID: "x", State: schemas.Failed, QueuedAt: time.Now().UTC()}); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		letters web.DeadLetters
		status  int
		want    string
	}{
		{nil, 503, "no files are taken here"},
		{&letters{err: fmt.Errorf("%w: another process has the queue", web.ErrClosed)}, 503, "another process has the queue"},
		{&letters{err: fmt.Errorf("%w: it was read a moment ago", web.ErrSettled)}, 409, "read a moment ago"},
		{&letters{err: errors.New("dial tcp 10.0.0.1: refused")}, 503, "that is our fault"},
	} {
		cfg := config(s)
		cfg.DeadLetters = tc.letters
		h := web.New(zap.NewNop(), cfg)
		for method, path := range map[string]string{http.MethodPost: "/api/v1/jobs/x/retry", http.MethodDelete: "/api/v1/jobs/x"} {
			w := send(h, method, path)
			if w.Code != tc.status || !strings.Contains(w.Body.String(), tc.want) || strings.Contains(w.Body.String(), "10.0.0.1") {
				t.Errorf("%s %s: got %d: %s, want %d, %q", method, path, w.Code, w.Body, tc.status, tc.want)
			}
		}
		if w := send(h, http.MethodPost, "/api/v1/jobs/none/retry"); tc.letters != nil && w.Code != http.StatusNotFound {
			t.Errorf("unknown file: got %d: %s", w.Code, w.Body)
		}
	}
}
