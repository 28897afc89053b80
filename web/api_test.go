package web_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.uber.org/zap"

	"yusuan/indexer"
	"yusuan/indexer/indextest"
	"yusuan/indexer/sqlite"
	"yusuan/schemas"
	"yusuan/web"
)

// pdfs gives the same bytes for every PDF.
type pdfs struct{}

func (pdfs) Get(context.Context, string, int64) ([]byte, error) { return []byte("%PDF-1.7\n"), nil }

// newAPI serves the disclosures of package indextest.
func newAPI(t testing.TB) (http.Handler, *sqlite.Store) {
	t.Helper()
	s, err := sqlite.Open(t.Context(), zap.NewNop(), filepath.Join(t.TempDir(), "index.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	for _, d := range indextest.Disclosures() {
		if _, err := s.Put(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	return web.New(zap.NewNop(), config(s)), s
}

// config serves a store, and takes files into its ledger.
func config(s *sqlite.Store) web.Config {
	return web.Config{Index: s, Archive: s, PDFs: pdfs{}, Ledger: s, Intake: &intake{ledger: s}, DeadLetters: &letters{ledger: s}, Changes: &changes{}, Backlog: backlog{}, Scale: s, Version: "test", MaxPDF: 1 << 20, MaxUpload: 3 << 20}
}

// get asks for a path; headers are NAME, VALUE, ….
func get(h http.Handler, path string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func decode[T any](t *testing.T, w *httptest.ResponseRecorder) T {
	t.Helper()
	var v T
	if w.Code != http.StatusOK {
		t.Fatalf("got %d: %s", w.Code, w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// TestDescribed asks for each path that the description has, and holds the answer to its schema.
func TestDescribed(t *testing.T) {
	h, _ := newAPI(t)
	answer := get(h, "/api/v1/openapi.json")
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(answer.Body.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("openapi.json", doc); err != nil {
		t.Fatal(err)
	}
	d := indextest.Disclosures()[slices.IndexFunc(indextest.Disclosures(), func(d *schemas.Disclosure) bool {
		return len(d.Tables) > 1 && !slices.ContainsFunc(d.Tables, func(t schemas.Table) bool { return t.Grid != nil })
	})]
	id, job := d.ID(), handIn(t, h)
	paths := doc.(map[string]any)["paths"].(map[string]any)
	if len(paths) < 8 {
		t.Errorf("got %d paths", len(paths))
	}
	for path, methods := range paths {
		if path == web.EventsPath {
			continue // TestEvents has it
		}
		if methods.(map[string]any)["get"] == nil {
			if path != "/api/v1/jobs/{id}/retry" {
				t.Errorf("%s cannot be asked for", path)
			}
			continue
		}
		t.Run(path, func(t *testing.T) {
			w := get(h, strings.NewReplacer("jobs/{id}", "jobs/"+job, "{id}", id, "{n}", "2", "export", "export?format=csv", "compare", "compare?code=2080505&year=2024&by=unit").Replace(path))
			if w.Code != http.StatusOK {
				t.Fatalf("got %d: %s", w.Code, w.Body)
			}
			if !strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") {
				return
			}
			validate(t, c, path, "get/responses/200", w.Body)
		})
	}
	t.Run("upload", func(t *testing.T) {
		r := httptest.NewRequest(http.MethodPost, "/api/v1/disclosures?file_name=a.pdf&unit=x&year=2024&kind=budget&published_on=2024-01-31", strings.NewReader("%PDF-1.7"))
		r.Header.Set("Content-Type", "application/pdf")
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code != http.StatusAccepted {
			t.Fatalf("got %d: %s", w.Code, w.Body)
		}
		validate(t, c, "/api/v1/disclosures", "post/responses/202", w.Body)
	})
	t.Run("list", func(t *testing.T) {
		w := post(h, "/api/v1/disclosures", "text/plain", strings.NewReader("http://a.example/1.pdf\na.pdf\n"))
		validate(t, c, "/api/v1/disclosures", "post/responses/202", w.Body)
	})
	t.Run("problem", func(t *testing.T) {
		validate(t, c, "/api/v1/jobs", "get/responses/default", get(h, "/api/v1/jobs?state=x").Body)
	})
}

// validate holds an answer to its schema in the description.
func validate(t *testing.T, c *jsonschema.Compiler, path, answer string, body io.Reader) {
	t.Helper()
	media := "json"
	if strings.HasSuffix(answer, "default") {
		media = "problem+json"
	}
	escaped := strings.NewReplacer("~", "~0", "/", "~1").Replace(path)
	schema, err := c.Compile("openapi.json#/paths/" + url.PathEscape(escaped) + "/" + answer + "/content/application~1" + media + "/schema")
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(body)
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(v); err != nil {
		t.Error(err)
	}
}

func TestProblems(t *testing.T) {
	h, _ := newAPI(t)
	id := indextest.Disclosures()[0].ID()
	for _, tc := range []struct {
		path   string
		status int
		detail string
		accept string
	}{
		{"/api/v1/search?q=" + url.QueryEscape("三公 year:20"), 400, "year:20 is not understood", ""},
		{"/api/v1/search?colour=red", 400, "colour: there is no such parameter here", ""},
		{"/api/v1/search?limit=0", 400, "limit: want 1 to 10000", ""},
		{"/api/v1/search?limit=x", 400, "limit: want", ""},
		{"/api/v1/search?year=now", 400, "year: ", ""},
		{"/api/v1/search?facets=maybe", 400, "facets: want true or false", ""},
		{"/api/v1/search?sort=colour", 400, "unknown order", ""},
		{"/api/v1/search?after=xyz", 400, "cursor", ""},
		{"/api/v1/search?q=%ff", 400, "no UTF-8", ""},
		{"/api/v1/search?q=%zz", 400, "not well encoded", ""},
		{"/api/v1/search?measure=total", 400, "no such parameter", ""},
		{"/api/v1/items?min=much", 400, "min: want an amount", ""},
		{"/api/v1/items?code=x", 400, "code: ", ""},
		{"/api/v1/items/sums?by=colour", 400, "cannot sum by", ""},
		{"/api/v1/items/sums?by=unit&year_on_year=true", 400, "needs the year", ""},
		{"/api/v1/items/sums?by=unit&order=change", 400, "only year on year", ""},
		{"/api/v1/items/sums?by=unit&top=0", 400, "top: want 1 or more", ""},
		{"/api/v1/items/sums?by=section", 400, "cannot sum by", ""},
		{"/api/v1/search?passage=poem", 400, "passage: ", ""},
		{"/api/v1/search?unit_type=palace", 400, "unit_type: ", ""},
		{"/api/v1/search?text_source=dream", 400, "text_source: ", ""},
		{"/api/v1/search?disclosure=" + id[:31], 400, "32 hex digits", ""},
		{"/api/v1/disclosures?disclosure=" + url.QueryEscape(id+",x"), 400, "32 hex digits", ""},
		{"/api/v1/coverage?disclosure=" + id, 400, "no such parameter", ""},
		{"/api/v1/search?per_disclosure=true&sort=unit", 400, "one hit of each disclosure", ""},
		{"/api/v1/search?sort=change", 400, "only line items", ""},
		{"/api/v1/items?passage=row", 400, "no such parameter", ""},
		{"/api/v1/disclosures?code=208", 400, "no such parameter", ""},
		{"/api/v1/disclosures/none", 404, "no such disclosure", ""},
		{"/api/v1/disclosures/none/pdf", 404, "no such disclosure", ""},
		{"/api/v1/disclosures/" + id + "/tables/0", 404, "has tables 1 to", ""},
		{"/api/v1/disclosures/" + id + "/tables/x.csv", 404, "has tables 1 to", ""},
		{"/api/v1/nothing", 404, "openapi.json", ""},
		{"/", 404, "openapi.json", ""},
		{"/api/v1/search", 406, "given as JSON", "image/png"},
	} {
		w := get(h, tc.path, "Accept", tc.accept)
		var p struct {
			Status int
			Title  string
			Detail string
		}
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
			t.Errorf("%s: %v: %s", tc.path, err, w.Body)
			continue
		}
		if w.Code != tc.status || p.Status != tc.status || p.Title == "" || !strings.Contains(p.Detail, tc.detail) {
			t.Errorf("%s: got %d, %+v, want %d, %q", tc.path, w.Code, p, tc.status, tc.detail)
		}
		if got := w.Header().Get("Content-Type"); !strings.HasPrefix(got, "application/problem+json") {
			t.Errorf("%s: got %s", tc.path, got)
		}
	}
	for path, allowed := range map[string]string{"/api/v1/search": "GET, HEAD", "/api/v1/disclosures": "GET, HEAD, POST", "/api/v1/jobs/x": "GET, HEAD, DELETE", "/api/v1/jobs/x/retry": "POST"} {
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, httptest.NewRequest(http.MethodPut, path, nil)); w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != allowed {
			t.Errorf("PUT %s: got %d, Allow %q, want %q", path, w.Code, w.Header().Get("Allow"), allowed)
		}
	}
}

// TestProblemPlace says which character of the query is wrong.
func TestProblemPlace(t *testing.T) {
	h, _ := newAPI(t)
	w := get(h, "/api/v1/search?q="+url.QueryEscape("三公 year:20"))
	if !strings.Contains(w.Body.String(), `"at":9`) {
		t.Errorf("got %s, want that it is at 9", w.Body)
	}
}

// TestFilters asks as the command line does.
func TestFilters(t *testing.T) {
	h, s := newAPI(t)
	w := get(h, "/api/v1/search?year=2023-2024&facets=1&sort=year&unit="+url.QueryEscape("图书馆,医院")+"&q="+url.QueryEscape("三公经费"))
	want, err := s.Search(t.Context(), indexer.Query{Text: "三公经费", Facets: true, Sort: indexer.ByYear, Filters: indexer.Filters{
		Unit: []string{"图书馆", "医院"}, YearFrom: 2023, YearTo: 2024}})
	if err != nil || want.Total == 0 {
		t.Fatalf("got %d, %v", want.Total, err)
	}
	var text strings.Builder
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(want); err != nil {
		t.Fatal(err)
	}
	got := regexp.MustCompile(`,"sha256":"[0-9a-f]{64}"`).ReplaceAllString(strings.TrimSpace(w.Body.String()), "")
	if diff := cmp.Diff(got, strings.TrimSpace(text.String())); diff != "" {
		t.Errorf("answer (-got +want):\n%s", diff)
	}
	items := decode[indexer.ItemResult](t, get(h, "/api/v1/items?code=2080505&measure=total&period=year&min=1"+url.QueryEscape("万元")))
	if items.Total != 3 {
		t.Errorf("got %d items, want 3", items.Total)
	}
}

// TestOneDisclosure asks every list for what it has of two disclosures.
func TestOneDisclosure(t *testing.T) {
	h, _ := newAPI(t)
	list := indextest.Disclosures()
	ids := []string{list[0].ID(), list[2].ID()}
	slices.Sort(ids)
	for _, path := range []string{"/api/v1/search?", "/api/v1/items?", "/api/v1/disclosures?", "/api/v1/export?format=csv&"} {
		w := get(h, path+"disclosure="+ids[0]+"&disclosure="+ids[1], "Accept", "text/csv")
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(w.Body.String(), "\ufeff"))).ReadAll()
		if err != nil || w.Code != http.StatusOK || len(rows) < 2 {
			t.Fatalf("%s: got %d, %d rows, %v", path, w.Code, len(rows), err)
		}
		column := slices.IndexFunc(rows[0], func(name string) bool { return name == "disclosure_id" })
		var got []string
		for _, row := range rows[1:] {
			got = append(got, row[column])
		}
		slices.Sort(got)
		if got = slices.Compact(got); !slices.Equal(got, ids) {
			t.Errorf("%s: got rows of %v, want of %v", path, got, ids)
		}
	}
	res := decode[indexer.SumResult](t, get(h, "/api/v1/items/sums?by=unit&code=2080505&disclosure="+ids[0]+","+list[2].ID()))
	if len(res.Groups) != 2 {
		t.Errorf("got sums of %d units, want 2", len(res.Groups))
	}
}

// TestPages follows the cursor, and gets the same as CSV and NDJSON whole.
func TestPages(t *testing.T) {
	h, _ := newAPI(t)
	var ids []string
	for after := ""; ; {
		res := decode[indexer.ItemResult](t, get(h, "/api/v1/items?limit=7&after="+url.QueryEscape(after)))
		for _, it := range res.Items {
			ids = append(ids, it.ID)
		}
		if after = res.Next; after == "" {
			if len(ids) != res.Total {
				t.Errorf("got %d items on the pages, want %d", len(ids), res.Total)
			}
			break
		}
	}
	w := get(h, "/api/v1/items", "Accept", "application/x-ndjson")
	var lines []string
	for line := range strings.Lines(w.Body.String()) {
		var it indexer.LineItem
		if err := json.Unmarshal([]byte(line), &it); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, it.ID)
	}
	if diff := cmp.Diff(lines, ids); diff != "" {
		t.Errorf("NDJSON (-got +pages):\n%s", diff)
	}
	records := readCSV(t, get(h, "/api/v1/items", "Accept", "text/csv, */*;q=0.1"))
	if len(records) != len(ids)+1 || records[0][0] != "disclosure_id" {
		t.Errorf("got %d lines of CSV, want %d", len(records), len(ids)+1)
	}
	if records := readCSV(t, get(h, "/api/v1/items?limit=5", "Accept", "text/csv")); len(records) != 6 {
		t.Errorf("got %d lines of CSV with a limit, want 6", len(records))
	}
	for _, path := range []string{"/api/v1/search", "/api/v1/disclosures", "/api/v1/items/sums?by=unit,year", "/api/v1/search?q=nothing-of-the-kind"} {
		if records := readCSV(t, get(h, path, "Accept", "text/csv")); len(records) < 2 && !strings.Contains(path, "nothing") || len(records) == 0 {
			t.Errorf("%s: got %d lines", path, len(records))
		}
	}
}

func readCSV(t *testing.T, w *httptest.ResponseRecorder) [][]string {
	t.Helper()
	if got := w.Header().Get("Content-Type"); w.Code != http.StatusOK || !strings.HasPrefix(got, "text/csv") {
		t.Fatalf("got %d, %s: %s", w.Code, got, w.Body)
	}
	records, err := csv.NewReader(w.Body).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return records
}

// TestDisclosures lists them page by page, and gives one with its tables and its PDF.
func TestDisclosures(t *testing.T) {
	h, _ := newAPI(t)
	type list struct {
		Disclosures []indexer.DisclosureRecord
		Next        string
	}
	n := 0
	for after := ""; ; {
		res := decode[list](t, get(h, "/api/v1/disclosures?limit=2&after="+after))
		n += len(res.Disclosures)
		if after = res.Next; after == "" {
			break
		}
	}
	if n != len(indextest.Disclosures()) {
		t.Errorf("got %d, want %d", n, len(indextest.Disclosures()))
	}
	d := indextest.Disclosures()[0]
	if w := get(h, "/api/v1/disclosures/"+d.ID()); !strings.Contains(w.Body.String(), d.Unit) {
		t.Errorf("got %s", w.Body)
	}
	byName := readCSV(t, get(h, "/api/v1/disclosures/"+d.ID()+"/tables/2.csv"))
	byHeader := readCSV(t, get(h, "/api/v1/disclosures/"+d.ID()+"/tables/2", "Accept", "text/csv"))
	if diff := cmp.Diff(byName, byHeader); diff != "" || len(byName) != len(d.Tables[1].Rows)+1 {
		t.Errorf("table (-by name +by header):\n%s", diff)
	}
	w := get(h, "/api/v1/disclosures/"+d.ID()+"/pdf")
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/pdf" || !strings.HasPrefix(w.Header().Get("Content-Disposition"), "inline; filename=") {
		t.Errorf("PDF: got %d, %v", w.Code, w.Header())
	}
}

// TestExport opens what is sent.
func TestExport(t *testing.T) {
	h, _ := newAPI(t)
	items := decode[indexer.ItemResult](t, get(h, "/api/v1/items?code=2080505&limit=1"))
	for format, begins := range map[string]string{"csv": "disclosure_id,sha256,", "parquet": "PAR1", "xlsx": "PK", "datapackage": "PK"} {
		w := get(h, "/api/v1/export?code=2080505&format="+format)
		if w.Code != http.StatusOK || !strings.HasPrefix(w.Body.String(), begins) || !strings.HasPrefix(w.Header().Get("Content-Disposition"), "attachment; filename=") {
			t.Errorf("%s: got %d, %v, %.40q", format, w.Code, w.Header(), w.Body)
		}
		if format == "csv" {
			if got := strings.Count(w.Body.String(), "\n") - 1; got != items.Total {
				t.Errorf("got %d items, want %d", got, items.Total)
			}
		}
	}
	z := get(h, "/api/v1/export?format=datapackage")
	r, err := zip.NewReader(bytes.NewReader(z.Body.Bytes()), int64(z.Body.Len()))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range r.File {
		names = append(names, f.Name)
	}
	if diff := cmp.Diff(names, []string{"datapackage.json", "disclosures.csv", "items.csv"}); diff != "" {
		t.Errorf("files (-got +want):\n%s", diff)
	}
	if w := get(h, "/api/v1/export"); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "format: want csv") {
		t.Errorf("without a format: got %d: %s", w.Code, w.Body)
	}
}

func TestTransfer(t *testing.T) {
	h, _ := newAPI(t)
	w := get(h, "/api/v1/items?limit=100")
	tag := w.Header().Get("ETag")
	if again := get(h, "/api/v1/items?limit=100", "If-None-Match", tag); tag == "" || again.Code != http.StatusNotModified || again.Body.Len() > 0 {
		t.Errorf("with ETag %q: got %d, %d bytes", tag, again.Code, again.Body.Len())
	}
	if again := get(h, "/api/v1/items?limit=99", "If-None-Match", `"x", W/"y"`); again.Code != http.StatusOK {
		t.Errorf("with another ETag: got %d", again.Code)
	}
	packed := get(h, "/api/v1/items?limit=100", "Accept-Encoding", "gzip")
	r, err := gzip.NewReader(packed.Body)
	if err != nil {
		t.Fatalf("%v: %v", err, packed.Header())
	}
	if plain, err := io.ReadAll(r); err != nil || !bytes.Equal(plain, w.Body.Bytes()) {
		t.Errorf("gzip: got %d bytes, %v, want %d", len(plain), err, w.Body.Len())
	}
	head := httptest.NewRecorder()
	h.ServeHTTP(head, httptest.NewRequest(http.MethodHead, "/api/v1/items?limit=100", nil))
	if head.Code != http.StatusOK || head.Body.Len() > 0 || head.Header().Get("ETag") != tag {
		t.Errorf("HEAD: got %d, %d bytes, ETag %s", head.Code, head.Body.Len(), head.Header().Get("ETag"))
	}
	if w.Header().Get("Access-Control-Allow-Origin") != "" || w.Header().Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("got headers %v", w.Header())
	}
}

// FuzzRequests checks that whatever is asked is answered or refused, and is never our fault.
func FuzzRequests(f *testing.F) {
	h, _ := newAPI(f)
	paths := []string{"search", "items", "items/sums", "disclosures", "coverage", "disclosures/x", "disclosures/x/tables/1.csv"}
	for i, q := range []string{"q=三公+OR+x&year=2024", "limit=3&after=eyJ&facets=1", "by=unit,year,code&code=208", "unit==x&region=%20", "year=2022-", "year=9999999999-", "min=1e9&max=-5亿"} {
		f.Add(uint8(i), q, "text/csv")
	}
	f.Fuzz(func(t *testing.T, path uint8, query, accept string) {
		r := httptest.NewRequest(http.MethodGet, "/api/v1/"+paths[int(path)%len(paths)], nil)
		r.URL.RawQuery = query
		r.Header.Set("Accept", accept)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code >= 500 {
			t.Errorf("got %d: %s", w.Code, w.Body)
		}
	})
}

func ExampleNew() {
	h := web.New(zap.NewNop(), web.Config{Version: "1"})
	fmt.Println(get(h, "/api/v1/openapi.json").Code)
	// Output: 200
}
