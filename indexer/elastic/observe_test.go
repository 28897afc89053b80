package elastic_test

import (
	"fmt"
	"net/http"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yusuan/indexer/elastic"
)

// TestObserver counts what an observer is told while a server is busy, gone, and takes part of a bulk.
func TestObserver(t *testing.T) {
	tr := &transport{}
	var mu sync.Mutex
	got := map[string]int{}
	count := func(name string, n int) {
		mu.Lock()
		defer mu.Unlock()
		got[name] += n
	}
	cfg := elastic.Config{URLs: []string{serverURL(t)}, Prefix: newPrefix(t), Transport: tr, Retries: 3, Backoff: time.Millisecond}
	cfg.Observer = elastic.Observer{
		Bulk:     func(time.Duration) { count("bulk", 1) },
		Busy:     func(status int) { count(fmt.Sprint("busy ", status), 1) },
		Repeated: func() { count("repeated", 1) },
		Resent:   func(documents int) { count("resent", documents) },
	}
	s := open(t, cfg)
	bulks := 0
	tr.set(func(req *http.Request) (*http.Response, error) {
		if !isBulk(req) {
			return nil, nil
		}
		bulks++
		switch bulks {
		case 1:
			return answer(http.StatusTooManyRequests, busy), nil
		case 2:
			return nil, fmt.Errorf("read tcp: %w", syscall.ECONNRESET)
		case 3:
			return spoil(t, req, 0, http.StatusServiceUnavailable, "primary shard is not active")
		}
		return nil, nil
	})
	if _, err := s.Put(t.Context(), fresh()); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	want := map[string]int{"bulk": bulks, "busy 429": 1, "busy 0": 1, "busy 503": 1, "repeated": 2, "resent": 1}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("told, got - want +:\n%s", diff)
	}
}
