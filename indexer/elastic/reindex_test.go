package elastic_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"

	"yusuan/indexer/elastic"
	"yusuan/indexer/indextest"
)

// TestReindex makes the indices anew while somebody reads them and somebody else wants to write.
func TestReindex(t *testing.T) {
	cfg := elastic.Config{URLs: []string{serverURL(t)}, Prefix: newPrefix(t), Backoff: time.Millisecond}
	s := open(t, cfg)
	indextest.FillForReindex(t, s)
	want := indextest.TakeSnapshot(t, s)

	// An older program's.
	for _, kind := range kinds() {
		call(t, http.MethodPut, cfg.URLs[0]+"/"+cfg.Prefix+"-"+kind+"/_mapping", `{"_meta":{"schema":1}}`)
	}
	_, err := elastic.Open(t.Context(), zap.NewNop(), cfg)
	checkError(t, err, "yusuan reindex")

	cfg.Shards = 3
	stop := indextest.ReadWhile(t, s)
	blocked := make(chan error, 1)
	var once sync.Once
	told := make(chan struct{}, 100)
	n, err := elastic.Reindex(t.Context(), zap.NewNop(), cfg, func() {
		once.Do(func() {
			_, err := s.Put(t.Context(), fresh())
			blocked <- err
		})
		told <- struct{}{}
	})
	stop()
	if err != nil || n != 7 || len(told) != n {
		t.Fatalf("got %d disclosures, told of %d, %v, want 7", n, len(told), err)
	}
	checkError(t, <-blocked, "read-only")
	indextest.CheckSnapshot(t, indextest.TakeSnapshot(t, s), want)
	if indices := call(t, http.MethodGet, cfg.URLs[0]+"/_alias/"+cfg.Prefix+"-*", ""); strings.Contains(indices, "-v1") || strings.Count(indices, "-v2") != len(kinds()) {
		t.Errorf("got indices %s, want those of number 2 only", indices)
	}
	if got := call(t, http.MethodGet, cfg.URLs[0]+"/_cat/indices/"+cfg.Prefix+"-items?h=pri", ""); strings.TrimSpace(got) != "3" {
		t.Errorf("got %s shards, want 3", got)
	}
	again := open(t, cfg)
	d := fresh()
	if _, err := again.Put(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	checkComplete(t, again, d)
}

// TestReindexFails stops in the middle: the old indices are there, and can be written to.
func TestReindexFails(t *testing.T) {
	cfg := elastic.Config{URLs: []string{serverURL(t)}, Prefix: newPrefix(t), Backoff: time.Millisecond}
	s := open(t, cfg)
	indextest.FillForReindex(t, s)
	want := indextest.TakeSnapshot(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	_, err := elastic.Reindex(ctx, zap.NewNop(), cfg, cancel)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that it was stopped", err)
	}
	indextest.CheckSnapshot(t, indextest.TakeSnapshot(t, s), want)
	d := fresh()
	if _, err := s.Put(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	checkComplete(t, s, d)
	if _, err := elastic.Reindex(t.Context(), zap.NewNop(), elastic.Config{URLs: cfg.URLs, Prefix: "test-none"}, func() {}); err == nil || !strings.Contains(err.Error(), "no indices") {
		t.Errorf("nothing there: got %v", err)
	}
}
