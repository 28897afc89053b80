package elastic_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"yusuan/indexer"
	"yusuan/indexer/elastic"
	"yusuan/indexer/indextest"
	"yusuan/schemas"
)

// content says what the store has of a disclosure, after a refresh; nil for nothing.
func content(t *testing.T, s *elastic.Store, id string) *indexer.Content {
	t.Helper()
	if err := s.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	var found *indexer.Content
	err := s.Contents(t.Context(), func(c indexer.Content) error {
		if c.ID == id {
			found = &c
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// checkComplete checks that everything of the disclosure is there, and no more.
func checkComplete(t *testing.T, s *elastic.Store, d *schemas.Disclosure) {
	t.Helper()
	if c := content(t, s, d.ID()); c == nil || !c.Complete() || c.ParserVersion != d.ParserVersion {
		t.Errorf("%s is not complete: %+v", d.ID(), c)
	}
}

// fresh returns a made-up disclosure that no other test has.
func fresh() *schemas.Disclosure {
	d := indextest.Disclosures()[0]
	d.Source.SHA256 = strings.ToLower(rand.Text() + rand.Text())
	return d
}

// A transport sends requests to Elasticsearch, except where fault, if it is set, answers itself.
type transport struct {
	fault atomic.Pointer[func(*http.Request) (*http.Response, error)]
}

// RoundTrip gives fault's answer, or Elasticsearch's where that is nil.
func (tr *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if f := tr.fault.Load(); f != nil {
		if res, err := (*f)(req); res != nil || err != nil {
			return res, err
		}
	}
	return http.DefaultTransport.RoundTrip(req)
}

// set makes f answer; nil ends that.
func (tr *transport) set(f func(*http.Request) (*http.Response, error)) {
	if f == nil {
		tr.fault.Store(nil)
		return
	}
	tr.fault.Store(&f)
}

// openFaulty opens a store whose requests go through the transport.
func openFaulty(t *testing.T) (*elastic.Store, *transport, elastic.Config) {
	t.Helper()
	tr := &transport{}
	cfg := elastic.Config{URLs: []string{serverURL(t)}, Prefix: newPrefix(t), Transport: tr, Retries: 3, Backoff: time.Millisecond}
	return open(t, cfg), tr, cfg
}

func answer(status int, body string) *http.Response {
	return &http.Response{
		StatusCode: status, Header: http.Header{"X-Elastic-Product": {"Elasticsearch"}, "Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(body)),
	}
}

func isBulk(req *http.Request) bool { return strings.HasSuffix(req.URL.Path, "/_bulk") }

const busy = `{"error":{"type":"es_rejected_execution_exception","reason":"rejected execution of coordinating operation"},"status":429}`

// spoil lets a bulk request pass without its i-th document, for which it answers with the status.
func spoil(t *testing.T, req *http.Request, i, status int, reason string) (*http.Response, error) {
	t.Helper()
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	lines := bytes.SplitAfter(body, []byte("\n"))
	id, _, _ := strings.Cut(strings.SplitN(string(lines[2*i]), `"_id":"`, 2)[1], `"`)
	rest := bytes.Join(append(append([][]byte{}, lines[:2*i]...), lines[2*i+2:]...), nil)
	failed := fmt.Sprintf(`{"index":{"_id":%q,"status":%d,"error":{"type":"spoiled_exception","reason":%q}}}`, id, status, reason)
	if len(rest) == 0 {
		return answer(http.StatusOK, `{"items":[`+failed+`]}`), nil
	}
	fwd := req.Clone(req.Context())
	fwd.Body, fwd.ContentLength = io.NopCloser(bytes.NewReader(rest)), int64(len(rest))
	fwd.GetBody = nil
	res, err := http.DefaultTransport.RoundTrip(fwd)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	items := strings.SplitAfter(strings.TrimSuffix(strings.TrimPrefix(string(got), `{"items":[`), `]}`), "}}")
	for k := range items {
		items[k] = strings.TrimPrefix(items[k], ",")
	}
	items = append(append(append([]string{}, items[:i]...), failed), items[i:]...)
	return answer(http.StatusOK, `{"items":[`+strings.TrimSuffix(strings.Join(items, ","), ",")+`]}`), nil
}

// TestFaults runs the tests whose disclosures are each their own on one set of indices.
func TestFaults(t *testing.T) {
	s, tr, cfg := openFaulty(t)
	t.Run("put recovers", func(t *testing.T) { testPutRecovers(t, s, tr) })
	t.Run("put fails", func(t *testing.T) { testPutFails(t, s, tr) })
	t.Run("replacing fails", func(t *testing.T) { testReplaceFails(t, s, tr) })
	t.Run("stale in between", func(t *testing.T) { testStaleInBetween(t, s, tr) })
	t.Run("connections are cut", func(t *testing.T) { testReset(t, cfg) })
	t.Run("deadline", func(t *testing.T) { testDeadline(t, s, tr) })
	t.Run("partial search", func(t *testing.T) { testPartialSearch(t, s, tr) })
	tr.set(nil)
	t.Run("read-only index", func(t *testing.T) { testReadOnlyIndex(t, s, cfg) })
}

// testPutRecovers puts a disclosure while something fails for a while.
func testPutRecovers(t *testing.T, s *elastic.Store, tr *transport) {
	for _, tc := range []struct {
		name  string
		fault func(t *testing.T, req *http.Request, n int) (*http.Response, error) // n counts bulk requests from 1
	}{
		{"too many requests", func(_ *testing.T, _ *http.Request, n int) (*http.Response, error) {
			if n <= 2 {
				return answer(http.StatusTooManyRequests, busy), nil
			}
			return nil, nil
		}},
		{"unavailable", func(_ *testing.T, _ *http.Request, n int) (*http.Response, error) {
			if n%2 == 1 {
				return answer(http.StatusServiceUnavailable, `<html>no healthy upstream</html>`), nil
			}
			return nil, nil
		}},
		{"part of a bulk rejected", func(t *testing.T, req *http.Request, n int) (*http.Response, error) {
			if n <= 3 {
				return spoil(t, req, 0, http.StatusTooManyRequests, "queue is full")
			}
			return nil, nil
		}},
		{"one document in the middle fails", func(t *testing.T, req *http.Request, n int) (*http.Response, error) {
			if n == 1 {
				return spoil(t, req, 5, http.StatusServiceUnavailable, "primary shard is not active")
			}
			return nil, nil
		}},
		{"connection reset", func(_ *testing.T, _ *http.Request, n int) (*http.Response, error) {
			if n == 1 {
				return nil, fmt.Errorf("read tcp: %w", syscall.ECONNRESET)
			}
			return nil, nil
		}},
		{"answer lost", func(_ *testing.T, req *http.Request, n int) (*http.Response, error) {
			if n != 1 {
				return nil, nil
			}
			res, err := http.DefaultTransport.RoundTrip(req)
			if err != nil {
				return nil, err
			}
			defer res.Body.Close()
			return nil, io.ErrUnexpectedEOF
		}},
		{"answer cut off", func(_ *testing.T, req *http.Request, n int) (*http.Response, error) {
			if n != 1 {
				return nil, nil
			}
			res := answer(http.StatusOK, "")
			res.Body = io.NopCloser(io.MultiReader(strings.NewReader(`{"items":[`), failingReader{}))
			return res, nil
		}},
		{"request too large", func(_ *testing.T, req *http.Request, _ int) (*http.Response, error) {
			if req.ContentLength > 5000 {
				return answer(http.StatusRequestEntityTooLarge, ""), nil
			}
			return nil, nil
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bulks := 0
			tr.set(func(req *http.Request) (*http.Response, error) {
				if !isBulk(req) {
					return nil, nil
				}
				bulks++
				return tc.fault(t, req, bulks)
			})
			d := fresh()
			outcome, err := s.Put(t.Context(), d)
			if err != nil || outcome != indexer.Stored {
				t.Fatalf("got %q, %v, want stored", outcome, err)
			}
			if bulks < 3 {
				t.Errorf("got %d bulk requests, want some repeated", bulks)
			}
			checkComplete(t, s, d)
		})
	}
}

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, syscall.ECONNRESET }

// testPutFails puts a disclosure while something fails for good. Nothing may then claim to be complete; and the same put
// succeeds once the fault is gone, even with other content.
func testPutFails(t *testing.T, s *elastic.Store, tr *transport) {
	for _, tc := range []struct {
		name  string
		fault func(t *testing.T, req *http.Request, n int) (*http.Response, error)
		want  []string // in the error
	}{
		{"busy for ever", func(_ *testing.T, _ *http.Request, _ int) (*http.Response, error) {
			return answer(http.StatusTooManyRequests, busy), nil
		}, []string{"429", "rejected execution"}},
		{"one document for ever", func(t *testing.T, req *http.Request, n int) (*http.Response, error) {
			return spoil(t, req, 0, http.StatusServiceUnavailable, "primary shard is not active")
		}, []string{"not stored after 4 tries", "-p0001", "primary shard is not active"}},
		{"document that cannot be stored", func(t *testing.T, req *http.Request, n int) (*http.Response, error) {
			return spoil(t, req, 4, http.StatusBadRequest, "failed to parse field [page]")
		}, []string{"-p0005", "failed to parse field [page]"}},
		{"the disclosure's own record", func(_ *testing.T, _ *http.Request, n int) (*http.Response, error) {
			if n == 1 {
				return nil, nil
			}
			return nil, syscall.ECONNREFUSED
		}, []string{"unreachable at http://"}},
		{"disk full", func(t *testing.T, req *http.Request, n int) (*http.Response, error) {
			return answer(http.StatusTooManyRequests, `{"error":{"type":"cluster_block_exception","reason":"index [x] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, index has read-only-allow-delete block];"},"status":429}`), nil
		}, []string{"read-only because the server's disk is nearly full"}},
		{"wrong answer", func(_ *testing.T, _ *http.Request, _ int) (*http.Response, error) {
			return answer(http.StatusOK, `{"items":[]}`), nil
		}, []string{"answered for 0 of"}},
		{"no rights", func(_ *testing.T, _ *http.Request, _ int) (*http.Response, error) {
			return answer(http.StatusForbidden, `{"error":{"type":"security_exception","reason":"action [indices:data/write/bulk] is unauthorized"},"status":403}`), nil
		}, []string{"has not the rights"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bulks := 0
			tr.set(func(req *http.Request) (*http.Response, error) {
				if !isBulk(req) {
					return nil, nil
				}
				bulks++
				return tc.fault(t, req, bulks)
			})
			d := fresh()
			_, err := s.Put(t.Context(), d)
			checkError(t, err, append(tc.want, d.ID())...)
			if _, err := s.Disclosure(t.Context(), d.ID()); !errors.Is(err, indexer.ErrNotFound) {
				t.Errorf("got error %v for the disclosure, want ErrNotFound", err)
			}
			if c := content(t, s, d.ID()); c != nil && (c.Complete() || !c.Orphan) {
				t.Errorf("got %+v, want nothing or orphans", c)
			}
			tr.set(nil)
			d.Tables, d.Sections = d.Tables[:1], d.Sections[:1]
			if _, err := s.Put(t.Context(), d); err != nil {
				t.Fatal(err)
			}
			checkComplete(t, s, d)
		})
	}
}

// checkError checks that there is an error, in one line, that has the texts.
func checkError(t *testing.T, err error, want ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("got no error, want one with %q", want)
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("got an error of several lines: %v", err)
	}
	for _, w := range want {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("got error %q, want %q in it", err, w)
		}
	}
}

// testReplaceFails breaks off the replacement of a disclosure by a newer parse. The old record may stay, but does not pass for
// complete.
func testReplaceFails(t *testing.T, s *elastic.Store, tr *transport) {
	tr.set(nil)
	d := fresh()
	if _, err := s.Put(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	tr.set(func(req *http.Request) (*http.Response, error) {
		if isBulk(req) {
			return spoil(t, req, 6, http.StatusBadRequest, "no")
		}
		return nil, nil
	})
	d.ParserVersion++
	_, err := s.Put(t.Context(), d)
	checkError(t, err, "-p0007")
	if c := content(t, s, d.ID()); c == nil || c.Complete() || c.Orphan || c.Leftover.Passages == 0 {
		t.Errorf("got %+v, want what is not complete", c)
	}
	tr.set(nil)
	if _, err := s.Put(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	checkComplete(t, s, d)
}

// testStaleInBetween puts an older parse that does not see that a newer one is there until it writes.
func testStaleInBetween(t *testing.T, s *elastic.Store, tr *transport) {
	for _, empty := range []bool{false, true} {
		t.Run(fmt.Sprintf("newer parse is empty %v", empty), func(t *testing.T) {
			tr.set(nil)
			newer := fresh()
			older := *newer
			newer.ParserVersion++
			if empty { // so that none of the older one's parts is in conflict
				newer.Title, newer.Sections, newer.Tables, newer.Projects, newer.Findings = "", nil, nil, nil, nil
			}
			if _, err := s.Put(t.Context(), newer); err != nil {
				t.Fatal(err)
			}
			var reads atomic.Int32
			tr.set(func(req *http.Request) (*http.Response, error) {
				if req.Method == http.MethodGet && strings.Contains(req.URL.Path, "-disclosures/_doc/") && reads.Add(1) == 1 {
					return answer(http.StatusNotFound, `{"found":false}`), nil
				}
				return nil, nil
			})
			outcome, err := s.Put(t.Context(), &older)
			if err != nil || outcome != indexer.Stale {
				t.Fatalf("got %q, %v, want stale", outcome, err)
			}
			checkComplete(t, s, newer)
			tr.set(nil)
			got, err := s.Disclosure(t.Context(), newer.ID())
			if err != nil || got.ParserVersion != newer.ParserVersion {
				t.Errorf("got %v, %v, want the newer parse", got, err)
			}
		})
	}
}

// testReset cuts real connections in the middle of requests.
func testReset(t *testing.T, cfg elastic.Config) {
	url := serverURL(t)
	var cuts atomic.Int32
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if isBulk(req) && cuts.Add(1)%2 == 1 {
			panic(http.ErrAbortHandler) // closes the connection
		}
		fwd, err := http.NewRequestWithContext(req.Context(), req.Method, url+req.URL.RequestURI(), req.Body)
		if err != nil {
			t.Error(err)
			return
		}
		fwd.Header = req.Header
		fwd.ContentLength = req.ContentLength
		res, err := http.DefaultTransport.RoundTrip(fwd)
		if err != nil {
			t.Error(err)
			return
		}
		defer res.Body.Close()
		maps.Copy(w.Header(), res.Header)
		w.WriteHeader(res.StatusCode)
		if _, err := io.Copy(w, res.Body); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(proxy.Close)
	s := open(t, elastic.Config{URLs: []string{proxy.URL}, Prefix: cfg.Prefix, Backoff: time.Millisecond})
	for _, d := range indextest.Disclosures() {
		if _, err := s.Put(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		checkComplete(t, s, d)
	}
	if cuts.Load() < 10 {
		t.Errorf("got %d bulk requests, want more", cuts.Load())
	}
}

// testReadOnlyIndex puts into an index that somebody has blocked, and into one that is gone.
func testReadOnlyIndex(t *testing.T, s *elastic.Store, cfg elastic.Config) {
	d := fresh()
	call(t, http.MethodPut, cfg.URLs[0]+"/"+cfg.Prefix+"-passages/_settings", `{"index.blocks.write":true}`)
	_, err := s.Put(t.Context(), d)
	checkError(t, err, "the index is read-only", d.ID())

	call(t, http.MethodDelete, cfg.URLs[0]+"/"+cfg.Prefix+"-ledger-v1", "")
	err = s.PutEntry(t.Context(), schemas.Entry{ID: "a", State: schemas.Queued})
	checkError(t, err, "put ledger entry a", "404")
	if _, ok, err := s.Entry(t.Context(), "a"); err == nil || ok {
		t.Errorf("got %v, %v from an index that is gone, want an error", ok, err)
	}
}

// testDeadline gives up on a server that does not answer.
func testDeadline(t *testing.T, s *elastic.Store, tr *transport) {
	tr.set(func(req *http.Request) (*http.Response, error) {
		<-req.Context().Done()
		return nil, req.Context().Err()
	})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := s.Search(ctx, indexer.Query{Text: "收入"}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got error %v, want the deadline's", err)
	}
}

// testPartialSearch refuses an answer that leaves shards out.
func testPartialSearch(t *testing.T, s *elastic.Store, tr *transport) {
	tr.set(func(req *http.Request) (*http.Response, error) {
		if strings.HasSuffix(req.URL.Path, "/_search") {
			return answer(http.StatusOK, `{"timed_out":true,"_shards":{"failed":1},"hits":{"total":{"value":0},"hits":[]}}`), nil
		}
		return nil, nil
	})
	_, err := s.Search(t.Context(), indexer.Query{Text: "收入"})
	checkError(t, err, "could not search everything")
	_, err = s.Sum(t.Context(), indexer.Query{}, nil)
	checkError(t, err, "could not search everything")
}
