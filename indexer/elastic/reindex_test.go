package elastic_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"go.uber.org/zap"

	"yusuan/indexer/elastic"
	"yusuan/indexer/indextest"
	"yusuan/schemas"
)

// TestReindex makes the indices anew while somebody reads them and somebody else wants to write.
func TestReindex(t *testing.T) {
	// A search at the moment when the aliases move is repeated: on a busy machine the server takes a while to hear of its own move.
	cfg := elastic.Config{URLs: []string{serverURL(t)}, Prefix: newPrefix(t), Backoff: 20 * time.Millisecond}
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
	if reads := stop(); reads < 10 {
		t.Errorf("got %d reads meanwhile, want more", reads)
	}
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

// reindexes runs a Reindex on the stand-in, with what happens to its requests.
func reindexes(ctx context.Context, st *standIn, fault func(*http.Request) (*http.Response, error)) error {
	tr := &transport{}
	tr.set(fault)
	_, err := elastic.Reindex(ctx, zap.NewNop(), st.config(tr), func() {})
	return err
}

// checkWritable checks that the disclosure is there, and that others can be put.
func checkWritable(t *testing.T, s *elastic.Store, d *schemas.Disclosure) {
	t.Helper()
	checkComplete(t, s, d)
	other := fresh()
	mustPut(t, s, other)
	checkComplete(t, s, other)
}

// TestReindexAnswerLost loses the answer to the request that moves the aliases. It has moved them, or not: either way everything is
// there, and can be written to.
func TestReindexAnswerLost(t *testing.T) {
	for _, tc := range []struct {
		name    string
		arrives bool // the request, and not only half of it
		always  bool // every answer is lost
		cancel  bool // the caller gives up just then
		wants   bool // an error
	}{
		{"once", true, false, false, false},
		{"given up", true, true, true, false},
		{"request lost once", false, false, false, false},
		{"request lost for ever", false, true, false, true},
		{"given up and lost", false, true, true, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			st := newStandIn(t)
			s := open(t, st.config(nil))
			d := edition(1, 1, 0)
			mustPut(t, s, d)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var lost atomic.Int32
			err := reindexes(ctx, st, func(req *http.Request) (*http.Response, error) {
				if req.URL.Path != "/_aliases" || lost.Add(1) > 1 && !tc.always || lost.Load() > 4 {
					return nil, nil
				}
				if tc.arrives {
					res, err := http.DefaultTransport.RoundTrip(req.Clone(context.WithoutCancel(req.Context())))
					if err != nil {
						return nil, err
					}
					res.Body.Close()
				}
				if tc.cancel {
					cancel()
				}
				return nil, io.ErrUnexpectedEOF
			})
			if (err != nil) != tc.wants {
				t.Errorf("got error %v, want one: %v", err, tc.wants)
			}
			checkWritable(t, s, d)
			if got := st.names(); len(got) != len(kinds()) {
				t.Errorf("got indices %v, want one of each kind", got)
			}
		})
	}
}

// TestReindexUnknown loses everything from the move on: nothing is removed, and the next Reindex brings order.
func TestReindexUnknown(t *testing.T) {
	st := newStandIn(t)
	s := open(t, st.config(nil))
	d := edition(1, 1, 0)
	mustPut(t, s, d)
	gone := false
	err := reindexes(t.Context(), st, func(req *http.Request) (*http.Response, error) {
		if gone = gone || req.URL.Path == "/_aliases"; gone {
			return nil, syscall.ECONNREFUSED
		}
		return nil, nil
	})
	checkError(t, err, "move the aliases", "nobody can write until yusuan reindex has ended well")
	checkComplete(t, s, d)
	if err := reindexes(t.Context(), st, nil); err != nil {
		t.Fatal(err)
	}
	checkWritable(t, s, d)
	if got := st.names(); len(got) != len(kinds()) {
		t.Errorf("got indices %v, want one of each kind", got)
	}
}

// TestReindexTwice runs a Reindex within another, at each of the other's requests. One of them may fail, but then says so, and
// nothing is lost.
func TestReindexTwice(t *testing.T) {
	for _, innerFails := range []bool{false, true} {
		for n := int32(1); ; n++ {
			st := newStandIn(t)
			s := open(t, st.config(nil))
			d := edition(1, 1, 0)
			mustPut(t, s, d)
			var seen atomic.Int32
			inner := error(nil)
			outer := reindexes(t.Context(), st, func(*http.Request) (*http.Response, error) {
				if seen.Add(1) == n {
					inner = reindexes(t.Context(), st, func(req *http.Request) (*http.Response, error) {
						if innerFails && isBulk(req) {
							return answer(http.StatusInternalServerError, "{}"), nil
						}
						return nil, nil
					})
				}
				return nil, nil
			})
			if outer != nil && inner != nil && !innerFails {
				t.Errorf("at request %d: got %v and %v, want one that ends well", n, outer, inner)
			}
			t.Logf("at request %d of the other: %v and %v", n, outer, inner)
			checkComplete(t, s, d)
			if outer == nil || inner == nil {
				checkWritable(t, s, d)
			}
			if t.Failed() {
				return
			}
			if seen.Load() < n {
				break
			}
		}
	}
}
