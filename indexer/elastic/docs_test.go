package elastic_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"yusuan/indexer/elastic"
	"yusuan/indexer/indextest"
	"yusuan/schemas"
)

// TestDocs checks docs/index.md: it names every field, and what it asks of Elasticsearch finds something.
func TestDocs(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "index.md"))
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`[a-z0-9_.]+`").FindAllString(string(page), -1)
	for _, field := range elastic.FieldNames() {
		_, last, nested := strings.Cut(field, ".")
		if !slices.Contains(named, "`"+field+"`") && !(nested && slices.Contains(named, "`."+last+"`")) {
			t.Errorf("field %s is not in it", field)
		}
	}

	cfg := elastic.Config{URLs: []string{serverURL(t)}, Prefix: newPrefix(t), Backoff: time.Millisecond}
	s := open(t, cfg)
	indextest.FillForReindex(t, s)
	if err := s.PutEntry(t.Context(), schemas.Entry{ID: "a", State: schemas.Rejected, Code: schemas.Damaged}); err != nil {
		t.Fatal(err)
	}
	if err := s.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	examples := regexp.MustCompile("(?s)```json\nPOST yusuan-([a-z]+)/_search\n(.*?)```").FindAllStringSubmatch(string(page), -1)
	if len(examples) < 6 {
		t.Fatalf("got %d examples, want more", len(examples))
	}
	for _, e := range examples {
		body := strings.ReplaceAll(e[2], "yusuan-", cfg.Prefix+"-")
		var answer struct {
			Hits struct {
				Total struct{ Value int } `json:"total"`
			} `json:"hits"`
			Aggregations map[string]struct {
				Buckets []json.RawMessage `json:"buckets"`
			} `json:"aggregations"`
		}
		if err := json.Unmarshal([]byte(call(t, http.MethodPost, cfg.URLs[0]+"/"+cfg.Prefix+"-"+e[1]+"/_search", body)), &answer); err != nil {
			t.Fatal(err)
		}
		if answer.Hits.Total.Value == 0 {
			t.Errorf("%s: nothing found: %s", e[1], e[2])
		}
		for name, a := range answer.Aggregations {
			if len(a.Buckets) == 0 {
				t.Errorf("%s: no %s: %s", e[1], name, e[2])
			}
		}
	}
}
