package worker_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"yusuan/schemas"
	"yusuan/worker"
	"yusuan/worker/source"
)

// busy is an error of a server that has others to answer first.
type busy struct{}

func (busy) Error() string       { return "waiting for its turn" }
func (busy) Busy() time.Duration { return 5 * time.Millisecond }

func (b *bench) publishURL(u string, refetch bool) worker.Receipt {
	b.t.Helper()
	r, err := b.pub.Publish(b.t.Context(), worker.Submission{URL: u, Refetch: refetch})
	if err != nil {
		b.t.Fatal(err)
	}
	return r
}

// TestBusyIsNoTry puts a job off more often than it may fail: it is neither given up nor closer to it.
func TestBusyIsNoTry(t *testing.T) {
	const good, bad = "https://example.org/good.pdf", "https://example.org/bad.pdf"
	b := newBench(t)
	var asked, failed atomic.Int32
	b.fetch[good] = func() (source.Document, error) {
		if asked.Add(1) <= 15 {
			return source.Document{}, fmt.Errorf("fetch: %w", busy{})
		}
		return source.Document{Data: []byte("text"), FileName: "good.pdf"}, nil
	}
	b.fetch[bad] = func() (source.Document, error) { // busy and in trouble by turns
		if failed.Add(1)%3 != 0 {
			return source.Document{}, busy{}
		}
		return source.Document{}, errors.New("500")
	}
	b.publishURL(good, false)
	b.publishURL(bad, false)
	b.start(quick())
	b.settle()
	e := b.store.get(worker.URLID(good))
	if e.State != schemas.Indexed || e.Deliveries != 1 {
		t.Errorf("got %s after %d tries, want %s after one", e.State, e.Deliveries, schemas.Indexed)
	}
	if n := len(slices.Compact(b.store.states(e.ID))); n < 30 {
		t.Errorf("got %d changes of state, want the ledger to say queued whenever it was put off", n)
	}
	e = b.store.get(worker.URLID(bad))
	if want := "given up after 4 tries: 500"; e.State != schemas.Failed || e.Message != want || failed.Load() != 12 {
		t.Errorf("got %s %q after %d fetches, want %q after 12", e.State, e.Message, failed.Load(), want)
	}
	// Published again, it has all its tries again.
	failed.Store(0)
	b.publishURL(bad, true)
	b.settle()
	if failed.Load() != 12 {
		t.Errorf("published again: got %d fetches, want 12", failed.Load())
	}
}

// TestSlowHost has the jobs of a slow server before files that are at hand: those do not wait for it.
func TestSlowHost(t *testing.T) {
	b := newBench(t)
	var served, running, most atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n := running.Add(1); n > most.Load() {
			most.Store(n)
		}
		defer running.Add(-1)
		<-time.After(100 * time.Millisecond)
		served.Add(1)
		io.WriteString(w, "slow "+r.URL.Path)
	}))
	t.Cleanup(srv.Close)
	web := source.NewFetcher(source.FetchConfig{AllowPrivate: true, HostDelay: 20 * time.Millisecond})
	t.Cleanup(web.Close)
	b.web = web
	const slow, local = 40, 20
	for i := range slow {
		b.publishURL(fmt.Sprintf("%s/%d.pdf", srv.URL, i), false)
	}
	var ids []string
	for i := range local {
		ids = append(ids, b.publish(fmt.Sprint("local ", i)).Entry.ID)
	}
	b.start(quick())
	b.until("the local files are read", func() bool {
		return !slices.ContainsFunc(ids, func(id string) bool { return b.store.get(id).State != schemas.Indexed })
	})
	if n := served.Load(); n > slow/2 {
		t.Errorf("the local files waited for %d answers of the slow server", n)
	}
	b.settle()
	if got := b.store.tally()[schemas.Indexed]; got != slow+local || served.Load() != slow {
		t.Errorf("got %d indexed of %d answers, want %d of %d", got, served.Load(), slow+local, slow)
	}
	if most.Load() != 1 {
		t.Errorf("the server had %d requests at a time, want 1", most.Load())
	}
}

func TestRefetch(t *testing.T) {
	b := newBench(t)
	var current atomic.Value // the ETag
	current.Store(`"1"`)
	var full, asked atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		version := current.Load().(string)
		w.Header().Set("ETag", version)
		if r.Header.Get("If-None-Match") == version {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		full.Add(1)
		io.WriteString(w, "version "+version)
	}))
	t.Cleanup(srv.Close)
	web := source.NewFetcher(source.FetchConfig{AllowPrivate: true})
	t.Cleanup(web.Close)
	b.web = web
	u := srv.URL + "/a.pdf"
	b.start(quick())
	step := func(what string, state schemas.State, wantFull, wantAsked int32) {
		t.Helper()
		b.publishURL(u, true)
		b.settle()
		e, version := b.store.get(worker.URLID(u)), current.Load()
		if e.State != state || e.ETag != version || e.DisclosureID != schemas.DisclosureID(e.SHA256) {
			t.Errorf("%s: got %+v, want it %s with ETag %s", what, e, state, version)
		}
		if full.Load() != wantFull || asked.Load() != wantAsked {
			t.Errorf("%s: got %d downloads in %d requests, want %d in %d", what, full.Load(), asked.Load(), wantFull, wantAsked)
		}
	}
	step("first", schemas.Indexed, 1, 1)
	step("not changed", schemas.Unchanged, 1, 2)
	step("not changed again", schemas.Unchanged, 1, 3)
	current.Store(`"2"`)
	step("changed", schemas.Indexed, 2, 4)
	e := b.store.get(worker.URLID(u))
	if err := os.Remove(filepath.Join(b.blobDir, e.SHA256[:2], e.SHA256)); err != nil {
		t.Fatal(err)
	}
	step("the bytes are lost", schemas.Unchanged, 3, 5)
	if _, err := os.Stat(filepath.Join(b.blobDir, e.SHA256[:2], e.SHA256)); err != nil {
		t.Errorf("the bytes are not back: %v", err)
	}
	e.DisclosureID = "" // as after a rejection
	if err := b.store.PutEntry(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	step("not in the index", schemas.Indexed, 4, 6)
}
