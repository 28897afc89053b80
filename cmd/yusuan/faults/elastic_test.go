package faults

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// What Elasticsearch says where it refuses.
const (
	busyAnswer = `{"error":{"type":"es_rejected_execution_exception","reason":"rejected execution of coordinating operation"},"status":429}`
	downAnswer = `{"error":{"type":"unavailable_shards_exception","reason":"primary shard is not active"},"status":503}`
	fullAnswer = `{"error":{"type":"cluster_block_exception","reason":"index [x] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, index has read-only-allow-delete block];"},"status":429}`
)

// A refuser stands before Elasticsearch and answers in its place at times.
type refuser struct {
	proxy  *httputil.ReverseProxy
	how    atomic.Value // string: "", or the name of a case of ServeHTTP
	served atomic.Int64 // answers of its own
	asked  atomic.Int64 // requests while it refuses
}

func newRefuser(t *testing.T, es string) (*refuser, string) {
	t.Helper()
	u, err := url.Parse(es)
	if err != nil {
		t.Fatal(err)
	}
	r := &refuser{proxy: httputil.NewSingleHostReverseProxy(u)}
	r.how.Store("")
	srv := httptest.NewServer(r)
	t.Cleanup(srv.Close)
	return r, srv.URL
}

// ServeHTTP hands requests on. While it refuses, every second one gets another answer, or with "part" every bulk request one that
// leaves some out.
func (r *refuser) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	how := r.how.Load().(string)
	bulk := strings.HasSuffix(req.URL.Path, "/_bulk")
	if how == "" || (how == "part" || how == "full") && !bulk || r.asked.Add(1)%2 == 0 {
		r.proxy.ServeHTTP(w, req)
		return
	}
	r.served.Add(1)
	switch how {
	case "429":
		answer(w, http.StatusTooManyRequests, busyAnswer)
	case "503":
		answer(w, http.StatusServiceUnavailable, downAnswer)
	case "full":
		answer(w, http.StatusTooManyRequests, fullAnswer)
	case "part":
		r.part(w, req)
	}
}

func answer(w http.ResponseWriter, status int, body string) {
	w.Header().Set("X-Elastic-Product", "Elasticsearch")
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body) // who asked may have gone
}

// A bulkItem is one document of a bulk request.
type bulkItem struct {
	action, source []byte
	id             string
	refused        bool
}

// part hands on a bulk request without every third document, for which it answers 429 or 503.
func (r *refuser) part(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		answer(w, http.StatusBadRequest, "{}")
		return
	}
	items, ok := bulkItems(body)
	if !ok { // with deletions, or compressed: not for us
		req.Body = io.NopCloser(bytes.NewReader(body))
		r.proxy.ServeHTTP(w, req)
		return
	}
	var rest []byte
	for i := range items {
		if items[i].refused = i%3 == 0; !items[i].refused {
			rest = append(append(rest, items[i].action...), items[i].source...)
		}
	}
	var got struct {
		Took  int               `json:"took"`
		Items []json.RawMessage `json:"items"`
	}
	if len(rest) > 0 {
		rec := httptest.NewRecorder()
		req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(rest)), int64(len(rest))
		req.Header.Set("Content-Length", fmt.Sprint(len(rest)))
		req.Header.Del("Accept-Encoding")
		r.proxy.ServeHTTP(rec, req)
		if err := json.Unmarshal(rec.Body.Bytes(), &got); err != nil || rec.Code != http.StatusOK {
			answer(w, rec.Code, rec.Body.String())
			return
		}
	}
	answer(w, http.StatusOK, mergeAnswers(items, got.Items))
}

// mergeAnswers puts the refusals among the answers of Elasticsearch.
func mergeAnswers(items []bulkItem, real []json.RawMessage) string {
	var parts []string
	for i, it := range items {
		if !it.refused && len(real) > 0 {
			parts, real = append(parts, string(real[0])), real[1:]
			continue
		}
		status, kind := http.StatusTooManyRequests, "es_rejected_execution_exception"
		if i%2 == 0 {
			status, kind = http.StatusServiceUnavailable, "unavailable_shards_exception"
		}
		parts = append(parts, fmt.Sprintf(`{"index":{"_id":%q,"status":%d,"error":{"type":%q,"reason":"refused by the test"}}}`, it.id, status, kind))
	}
	return `{"took":1,"errors":true,"items":[` + strings.Join(parts, ",") + `]}`
}

// bulkItems reads a request of documents to be indexed, each with its source.
func bulkItems(body []byte) ([]bulkItem, bool) {
	var items []bulkItem
	lines := bytes.SplitAfter(body, []byte("\n"))
	for i := 0; i+1 < len(lines); i += 2 {
		var action struct {
			Index *struct {
				ID string `json:"_id"`
			} `json:"index"`
		}
		if json.Unmarshal(lines[i], &action) != nil || action.Index == nil {
			return nil, false
		}
		items = append(items, bulkItem{action: lines[i], source: lines[i+1], id: action.Index.ID})
	}
	return items, len(items) > 0
}

// TestElasticsearchRefuses has Elasticsearch refuse requests, or parts of them, for a while.
func TestElasticsearchRefuses(t *testing.T) {
	for _, how := range []string{"429", "503", "part", "full"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			es := elasticsearch(t)
			names := map[string]string{"part": "parts of bulk requests", "full": "writes, for a full disk,", "429": "with 429", "503": "with 503"}
			st := newStation(t, "Elasticsearch refuses "+names[how], files(t, fewCopies), es, "")
			r, through := newRefuser(t, es)
			st.publishFirst("*.pdf")
			st.work(2, st.environment(st.nats.url(), through))
			st.breaks(refusals, 100*time.Millisecond, time.Second, func() bool {
				before := r.served.Load()
				r.how.Store(how)
				st.between(200*time.Millisecond, 2*time.Second)
				r.how.Store("")
				return r.served.Load() > before
			})
			st.finish()
		})
	}
}

// TestIndexReadOnly makes the indices read-only, as Elasticsearch does on a full disk, and releases them after a while.
func TestIndexReadOnly(t *testing.T) {
	t.Parallel()
	es := elasticsearch(t)
	st := newStation(t, "index read-only", files(t, fewCopies), es, "")
	st.publishFirst("*.pdf")
	st.work(2, st.env)
	block := func(on bool) {
		st.request(http.MethodPut, es+"/"+st.prefix+"-*/_settings", fmt.Sprintf(`{"index.blocks.read_only_allow_delete":%v}`, on))
	}
	st.breaks(refusals, 200*time.Millisecond, time.Second, func() bool {
		block(true)
		st.between(500*time.Millisecond, 3*time.Second)
		block(false)
		return true
	})
	st.finish()
}
