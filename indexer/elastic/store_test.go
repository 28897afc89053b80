package elastic_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"

	"yusuan/indexer"
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

// TestReadsOverShards reads from indices of three shards: what each shard answers by itself must come to the same.
func TestReadsOverShards(t *testing.T) {
	url := serverURL(t)
	indextest.RunReads(t, func(t *testing.T) indextest.Store {
		return open(t, elastic.Config{URLs: []string{url}, Prefix: newPrefix(t), Shards: 3})
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

// TestFacetsOverShards counts many units that are spread over shards, each of which holds most of them about as often.
func TestFacetsOverShards(t *testing.T) {
	cfg := elastic.Config{URLs: []string{serverURL(t)}, Prefix: newPrefix(t), Shards: 3}
	s := open(t, cfg)
	var bulk strings.Builder
	var want []indexer.Bucket
	for i := range 300 {
		unit := fmt.Sprintf("第%03d小学", i)
		want = append(want, indexer.Bucket{Value: unit, Count: 10 + i%7})
		for n := range 10 + i%7 {
			id := fmt.Sprintf("%d-%d", i, n)
			fmt.Fprintf(&bulk, `{"index":{"_id":%q}}`+"\n"+`{"id":%[1]q,"disclosure_id":%[1]q,"unit":%[2]q,"kind":"row","current":true,"generation":"g"}`+"\n", id, unit)
		}
	}
	call(t, http.MethodPost, cfg.URLs[0]+"/"+cfg.Prefix+"-passages/_bulk", bulk.String())
	if err := s.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	slices.SortStableFunc(want, func(a, b indexer.Bucket) int { return b.Count - a.Count })
	res, err := s.Search(t.Context(), indexer.Query{Facets: true, Sort: indexer.ByUnit, Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range res.Facets {
		if diff := cmp.Diff(f.Buckets, want[:indexer.MaxFacet]); f.Dimension == indexer.UnitDimension && diff != "" {
			t.Errorf("units (-got +want):\n%s", diff)
		}
	}
}

// TestSumOfOneMoment adds up more groups than are read at once, and replaces what is added up between the first and the second
// page: all sums are of one parse.
func TestSumOfOneMoment(t *testing.T) {
	s, tr, cfg := openFaulty(t)
	mustPut(t, s, indextest.ManyCodes(1))
	if err := s.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	writer := open(t, elastic.Config{URLs: cfg.URLs, Prefix: cfg.Prefix})
	pages := 0
	tr.set(func(req *http.Request) (*http.Response, error) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		if bytes.Contains(body, []byte(`"after"`)) {
			if pages++; pages == 1 {
				mustPut(t, writer, indextest.ManyCodes(2))
			}
		}
		fwd := req.Clone(req.Context())
		fwd.Body = io.NopCloser(bytes.NewReader(body))
		return http.DefaultTransport.RoundTrip(fwd)
	})
	groups, err := s.Sum(t.Context(), indexer.Query{}, []indexer.Dimension{indexer.CodeDimension})
	if err != nil || pages == 0 || len(groups) < 1000 {
		t.Fatalf("got %d groups of %d pages more, %v", len(groups), pages, err)
	}
	for _, g := range groups {
		if g.Count != 1 || g.Sum != groups[0].Sum {
			t.Fatalf("got %+v and %+v, want those of one parse", groups[0], g)
		}
	}
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
