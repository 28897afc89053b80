package elastic_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"yusuan/indexer/elastic"
	"yusuan/indexer/indextest"
	"yusuan/indexer/sqlite"
)

// serverURL is where the tests' Elasticsearch is.
func serverURL(t testing.TB) string {
	t.Helper()
	url := os.Getenv("YUSUAN_TEST_ELASTICSEARCH")
	if url == "" {
		t.Fatal("YUSUAN_TEST_ELASTICSEARCH is not set: run the tests by scripts/test.sh, which starts Elasticsearch and sets it")
	}
	return strings.TrimSuffix(url, "/")
}

// newPrefix returns a prefix that no other test has, and removes what is made under it when the test ends.
func newPrefix(t testing.TB) string {
	t.Helper()
	url := serverURL(t)
	prefix := "test-" + strings.ToLower(rand.Text()[:12])
	t.Cleanup(func() {
		var indices []string
		for _, kind := range kinds() {
			for n := range 4 {
				indices = append(indices, fmt.Sprintf("%s-%s-v%d", prefix, kind, n+1))
			}
		}
		call(t, http.MethodDelete, url+"/"+strings.Join(indices, ",")+"?ignore_unavailable=true", "")
		call(t, http.MethodDelete, url+"/_index_template/"+prefix+"-*", "")
		call(t, http.MethodDelete, url+"/_component_template/"+prefix+"-*", "")
	})
	return prefix
}

func kinds() []string {
	return []string{"disclosures", "passages", "items", "tables", "projects", "findings", "ledger", "versions"}
}

// call sends a request past the package under test, and returns the answer.
func call(t testing.TB, method, url, body string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute) // t.Context has ended when a test cleans up
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode >= 300 {
		t.Fatalf("%s %s: %d: %s", method, url, res.StatusCode, answer)
	}
	return string(answer)
}

// open opens a store that is closed when the test ends.
func open(t testing.TB, cfg elastic.Config) *elastic.Store {
	t.Helper()
	s, err := elastic.Open(t.Context(), zap.NewNop(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// fill puts the made-up disclosures into the store.
func fill(t *testing.T, s *elastic.Store) {
	t.Helper()
	for _, d := range indextest.Disclosures() {
		if _, err := s.Put(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestConformance(t *testing.T) {
	url := serverURL(t)
	indextest.Run(t, func(t *testing.T) indextest.Store {
		return open(t, elastic.Config{URLs: []string{url}, Prefix: newPrefix(t)})
	})
}

// TestSmallBulks puts disclosures by bulk requests of a few documents each.
func TestSmallBulks(t *testing.T) {
	s := open(t, elastic.Config{URLs: []string{serverURL(t)}, Prefix: newPrefix(t), BulkBytes: 4000})
	fill(t, s)
	for _, d := range indextest.Disclosures() {
		checkComplete(t, s, d)
	}
}

func TestAgreesWithSQLite(t *testing.T) {
	lite, err := sqlite.Open(t.Context(), zap.NewNop(), filepath.Join(t.TempDir(), "index.sqlite"))
	if err != nil {
		t.Fatal(err)
	}
	defer lite.Close()
	indextest.Agree(t, open(t, elastic.Config{URLs: []string{serverURL(t)}, Prefix: newPrefix(t)}), lite)
}

// TestOpenAtOnce opens stores of one prefix from several goroutines, none of which finds its indices there.
func TestOpenAtOnce(t *testing.T) {
	cfg := elastic.Config{URLs: []string{serverURL(t)}, Prefix: newPrefix(t)}
	errs := make(chan error)
	const workers = 4
	for range workers {
		go func() {
			s, err := elastic.Open(t.Context(), zap.NewNop(), cfg)
			if err == nil {
				err = s.Close()
			}
			errs <- err
		}()
	}
	for range workers {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	for _, kind := range kinds() {
		want := fmt.Sprintf("%s-%s-v1", cfg.Prefix, kind)
		if got := call(t, http.MethodGet, cfg.URLs[0]+"/_alias/"+cfg.Prefix+"-"+kind, ""); !strings.Contains(got, want) {
			t.Errorf("alias of %s: got %s, want %s behind it", kind, got, want)
		}
	}
}
