package web_test

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"

	"yusuan/schemas"
	"yusuan/web"
)

// changes tell what a test has them tell.
type changes struct {
	mu      sync.Mutex
	changed func(schemas.Entry) // nil where nobody listens
	lost    func()
	calls   int
	err     error
}

func (c *changes) Listen(ctx context.Context, changed func(schemas.Entry), lost func()) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return c.err
	}
	c.changed, c.lost = changed, lost
	c.calls++
	context.AfterFunc(ctx, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.changed, c.lost = nil, nil
	})
	return nil
}

// listening reports whether anybody listens.
func (c *changes) listening() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.changed != nil
}

// listen opens a stream of events, and gives what is read of it.
func listen(t *testing.T, ctx context.Context, srv *httptest.Server) (*http.Response, *bufio.Reader) {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, srv.URL+web.EventsPath, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", "text/event-stream")
	r.Header.Set("Accept-Encoding", "gzip")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	return res, bufio.NewReader(res.Body)
}

// next reads one event, or a remark (": …").
func next(t *testing.T, r *bufio.Reader) string {
	t.Helper()
	var event []string
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			t.Fatalf("%v after %q", err, event)
		}
		if line = strings.TrimSuffix(line, "\n"); line == "" {
			return strings.Join(event, "\n")
		}
		event = append(event, line)
	}
}

// event reads the next one that is no remark.
func event(t *testing.T, r *bufio.Reader) string {
	t.Helper()
	for {
		if e := next(t, r); !strings.HasPrefix(e, ":") {
			return e
		}
	}
}

// streaming serves changes.
func streaming(t *testing.T, cfg func(*web.Config)) (*httptest.Server, *changes) {
	t.Helper()
	_, s := newAPI(t)
	c := &changes{}
	config := config(s)
	config.Changes, config.Timeout = c, 50*time.Millisecond
	if cfg != nil {
		cfg(&config)
	}
	srv := httptest.NewUnstartedServer(web.New(zap.NewNop(), config))
	srv.Config.ReadTimeout = 100 * time.Millisecond
	srv.Start()
	t.Cleanup(func() {
		srv.CloseClientConnections()
		srv.Close()
	})
	return srv, c
}

// await waits until something is so.
func await(t *testing.T, what string, so func() bool) {
	t.Helper()
	for begun := time.Now(); !so(); time.Sleep(5 * time.Millisecond) {
		if time.Since(begun) > time.Minute {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

// TestEvents has two listen, longer than other answers may take, and tells them of changes.
func TestEvents(t *testing.T) {
	srv, c := streaming(t, func(cfg *web.Config) { cfg.SignEvery = 300 * time.Millisecond })
	ctx, leave := context.WithCancel(t.Context())
	var readers []*bufio.Reader
	for range 2 {
		res, r := listen(t, ctx, srv)
		if got := res.Header.Get("Content-Type"); res.StatusCode != http.StatusOK || got != "text/event-stream" || res.Header.Get("Content-Encoding") != "" {
			t.Fatalf("got %s, %v", res.Status, res.Header)
		}
		if got := next(t, r); got != "retry: 3000" {
			t.Errorf("got %q first", got)
		}
		readers = append(readers, r)
	}
	if got := next(t, readers[0]); got != ": still here" {
		t.Errorf("got %q, want a sign of life", got)
	}
	c.changed(schemas.Entry{ID: "x", State: schemas.Rejected, Code: schemas.Damaged, Message: "two\nlines", QueuedAt: time.Unix(0, 0).UTC()})
	want := `{"id":"x","state":"rejected","code":"damaged","message":"two\nlines","queued_at":"1970-01-01T00:00:00Z","location":"/api/v1/jobs/x"}`
	for _, r := range readers {
		if got := event(t, r); got != "event: job\ndata: "+want {
			t.Errorf("got %q", got)
		}
	}
	c.lost()
	for _, r := range readers {
		if got := event(t, r); got != "event: resync\ndata: {}" {
			t.Errorf("got %q, want resync", got)
		}
	}
	leave()
	await(t, "nobody listens", func() bool { return !c.listening() })
	if c.calls != 1 {
		t.Errorf("listened %d times, want once for both", c.calls)
	}
}

// TestSlowListener reads nothing while very much happens: it is told that it has missed something, and nobody waits for it.
func TestSlowListener(t *testing.T) {
	srv, c := streaming(t, nil)
	conn, err := net.Dial("tcp", srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", web.EventsPath)
	await(t, "it listens", c.listening)
	long := strings.Repeat("x", 10_000)
	for range 5000 {
		c.changed(schemas.Entry{ID: "x", State: schemas.Failed, Message: long})
	}
	c.changed(schemas.Entry{ID: "last", State: schemas.Failed})
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(res.Body) // closing it would read it to its end, and it has none
	told, missed := 0, 0
	for {
		e := next(t, r)
		if strings.HasPrefix(e, "event: resync") {
			missed++
			c.changed(schemas.Entry{ID: "after", State: schemas.Failed}) // it is heard, or missed once more
		} else if strings.Contains(e, `"after"`) {
			break
		}
		told++
	}
	if missed == 0 || told > 5000 {
		t.Errorf("told %d changes, and %d times that some were missed", told, missed)
	}
}

// TestEventsEnd stops the server while somebody listens.
func TestEventsEnd(t *testing.T) {
	done := make(chan struct{})
	srv, c := streaming(t, func(cfg *web.Config) { cfg.Done = done })
	_, r := listen(t, t.Context(), srv)
	next(t, r)
	close(done)
	if err := srv.Config.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if rest, err := io.ReadAll(r); err != nil || len(rest) > 0 {
		t.Errorf("got %q, %v, want the end", rest, err)
	}
	await(t, "nobody listens", func() bool { return !c.listening() })
}

// TestEventsRefused has nothing to listen to, nobody who tells, and too many who listen.
func TestEventsRefused(t *testing.T) {
	_, s := newAPI(t)
	cfg := config(s)
	cfg.Changes = nil
	if w := get(web.New(zap.NewNop(), cfg), web.EventsPath); w.Code != http.StatusServiceUnavailable {
		t.Errorf("without changes: got %d: %s", w.Code, w.Body)
	}
	cfg.Changes = &changes{err: errors.New("dial tcp 10.0.0.1: refused")}
	if w := get(web.New(zap.NewNop(), cfg), web.EventsPath); w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), "10.0.0.1") {
		t.Errorf("without a queue: got %d: %s", w.Code, w.Body)
	}
	srv, c := streaming(t, nil)
	ctx, leave := context.WithCancel(t.Context())
	for range 64 {
		if res, _ := listen(t, ctx, srv); res.StatusCode != http.StatusOK {
			t.Fatalf("got %s", res.Status)
		}
	}
	if res, _ := listen(t, t.Context(), srv); res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" {
		t.Errorf("the 65th: got %s", res.Status)
	}
	leave()
	await(t, "nobody listens", func() bool { return !c.listening() })
	res, r := listen(t, t.Context(), srv)
	if next(t, r); res.StatusCode != http.StatusOK || c.calls != 2 {
		t.Errorf("after all have gone: got %s, %d calls", res.Status, c.calls)
	}
}

// TestOthersCompressed holds the other answers to gzip.
func TestOthersCompressed(t *testing.T) {
	srv, _ := streaming(t, nil)
	r, err := http.NewRequest(http.MethodGet, srv.URL+"/api/v1/openapi.json", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Encoding", "gzip")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if _, err := gzip.NewReader(res.Body); err != nil || res.Header.Get("Content-Encoding") != "gzip" {
		t.Errorf("got %v, %v", res.Header, err)
	}
}
