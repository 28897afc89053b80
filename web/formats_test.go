package web_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"yusuan/indexer/indextest"
	"yusuan/schemas"
	"yusuan/web"
)

// TestMarkdown asks for a disclosure as Markdown, by its name and by the header.
func TestMarkdown(t *testing.T) {
	h, _ := newAPI(t)
	d := indextest.Disclosures()[0]
	path := "/api/v1/disclosures/" + d.ID()
	byName, byHeader := get(h, path+".md"), get(h, path, "Accept", "text/markdown, */*;q=0.1")
	if got := byName.Header().Get("Content-Type"); byName.Code != http.StatusOK || got != "text/markdown; charset=utf-8" {
		t.Fatalf("got %d, %s: %s", byName.Code, got, byName.Body)
	}
	text := byName.Body.String()
	for _, want := range []string{"# " + d.Title + "\n", "- Unit 单位: " + d.Unit + "\n", "- SHA-256: " + d.Source.SHA256 + "\n", "| --- |"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if byHeader.Body.String() != text {
		t.Errorf("by header: got\n%s", byHeader.Body)
	}
	if w := get(h, path, "Accept", "text/*"); w.Body.String() != text {
		t.Errorf("text/*: got %s", w.Header().Get("Content-Type"))
	}
	for _, accept := range []string{"", "*/*", "application/json", "text/html,application/xhtml+xml"} {
		if w := get(h, path, "Accept", accept); !strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") {
			t.Errorf("Accept %q: got %d, %s", accept, w.Code, w.Header().Get("Content-Type"))
		}
	}
	if w := get(h, path+".json", "Accept", "text/markdown"); !json.Valid(w.Body.Bytes()) {
		t.Errorf(".json: got %s", w.Body)
	}
	if w := get(h, path, "Accept", "image/png"); w.Code != http.StatusNotAcceptable {
		t.Errorf("image/png: got %d", w.Code)
	}
	if w := get(h, "/api/v1/disclosures/none.md"); w.Code != http.StatusNotFound {
		t.Errorf("none: got %d", w.Code)
	}
	if w := get(h, path+".md", "If-None-Match", byName.Header().Get("ETag")); w.Code != http.StatusNotModified {
		t.Errorf("with its ETag: got %d", w.Code)
	}
	if w := get(h, "/api/v1/openapi.json"); !strings.Contains(w.Body.String(), `"text/markdown":{"schema":{"type":"string"}}`) {
		t.Error("the description has no Markdown")
	}
}

// TestMarkdownExport opens the archive of all disclosures.
func TestMarkdownExport(t *testing.T) {
	h, _ := newAPI(t)
	w := get(h, "/api/v1/export?format=md")
	r, err := zip.NewReader(bytes.NewReader(w.Body.Bytes()), int64(w.Body.Len()))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.File) != len(indextest.Disclosures()) {
		t.Errorf("got %d files, want %d", len(r.File), len(indextest.Disclosures()))
	}
	for _, f := range r.File {
		if !strings.HasPrefix(f.Name, "disclosures/") || !strings.HasSuffix(f.Name, ".md") || strings.ContainsAny(f.Name, `\:`) {
			t.Errorf("got %s", f.Name)
		}
	}
}

// TestSHA256 wants the PDF's with every hit and every item, however they are written.
func TestSHA256(t *testing.T) {
	h, _ := newAPI(t)
	want := map[string]string{}
	for _, d := range indextest.Disclosures() {
		want[d.ID()] = d.Source.SHA256
	}
	type record struct {
		DisclosureID string `json:"disclosure_id"`
		SHA256       string `json:"sha256"`
	}
	for _, path := range []string{"/api/v1/search", "/api/v1/items"} {
		var got []record
		rows := readCSV(t, get(h, path, "Accept", "text/csv"))
		id, sum := slices.Index(rows[0], "disclosure_id"), slices.Index(rows[0], "sha256")
		for _, row := range rows[1:] {
			got = append(got, record{row[id], row[sum]})
		}
		whole := len(got)
		for line := range strings.Lines(get(h, path, "Accept", "application/x-ndjson").Body.String()) {
			var r record
			if err := json.Unmarshal([]byte(line), &r); err != nil {
				t.Fatal(err)
			}
			got = append(got, r)
		}
		if len(got) != 2*whole {
			t.Errorf("%s: got %d rows of CSV and %d of NDJSON", path, whole, len(got)-whole)
		}
		page := decode[struct{ Hits, Items []record }](t, get(h, path+"?limit=7"))
		if len(page.Hits)+len(page.Items) != 7 {
			t.Errorf("%s: got a page of %d", path, len(page.Hits)+len(page.Items))
		}
		for _, r := range slices.Concat(got, page.Hits, page.Items) {
			if r.SHA256 == "" || r.SHA256 != want[r.DisclosureID] {
				t.Errorf("%s: got %+v, want %s", path, r, want[r.DisclosureID])
			}
		}
	}
}

// TestFormatByName asks for files to be saved, and reads the book by another program.
func TestFormatByName(t *testing.T) {
	h, _ := newAPI(t)
	for _, path := range []string{"/api/v1/search?q=支出", "/api/v1/disclosures?kind=budget"} {
		sheet, rows := path[len("/api/v1/"):strings.Index(path, "?")], strings.Count(get(h, path, "Accept", "application/x-ndjson").Body.String(), "\n")
		csv := get(h, path+"&format=csv", "Accept", "text/html,*/*")
		if got := csv.Header().Get("Content-Disposition"); got != `attachment; filename="`+sheet+`.csv"` || !strings.HasPrefix(csv.Body.String(), "\ufeffdisclosure_id,") {
			t.Errorf("%s: got %s, %.40q", path, got, csv.Body)
		}
		w := get(h, path+"&format=xlsx")
		book, err := excelize.OpenReader(w.Body)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		got, err := book.GetRows(sheet)
		if err != nil || len(got) != rows+1 || rows == 0 || got[0][0] != "disclosure_id" {
			t.Errorf("%s: got %d rows, %v; want a head and %d", path, len(got), err, rows)
		}
		if err := book.Close(); err != nil {
			t.Error(err)
		}
	}
	for path, want := range map[string]int{"/api/v1/search?format=parquet": 400, "/api/v1/items?format=xlsx": 400, "/api/v1/search?q=(&format=xlsx": 400} {
		w := get(h, path)
		if w.Code != want || w.Header().Get("Content-Type") != "application/problem+json; charset=utf-8" {
			t.Errorf("%s: got %d, %s", path, w.Code, w.Header().Get("Content-Type"))
		}
	}
}

// TestReadQuery reads what the pages' forms send.
func TestReadQuery(t *testing.T) {
	q, err := web.ReadQuery(url.Values{"q": {"三公"}, "unit": {"", "=图书馆"}, "code": {"208,301"}, "min": {"1.5万元"}, "lang": {"en"}, "facets": {"maybe"}, "limit": {""}})
	if err != nil || q.Text != "三公" || !slices.Equal(q.Unit, []string{"=图书馆"}) || len(q.Code) != 2 || *q.Min != 15_000_00 || q.Facets {
		t.Errorf("got %+v, %v", q, err)
	}
	_, err = web.ReadQuery(url.Values{"limit": {"no"}})
	if status, ok := web.Refusal(err); !ok || status != http.StatusBadRequest {
		t.Errorf("limit: got %d, %v", status, err)
	}
	if _, err = web.ReadQuery(url.Values{"q": {"a\x00"}}); err == nil {
		t.Error("NUL: got no error")
	}
	if _, ok := web.Refusal(io.EOF); ok {
		t.Error("EOF: got a refusal")
	}
}

// TestTableFile gives a table as a file that a spreadsheet opens right: with a mark of its encoding, a name of its own, and no cell that is a formula.
func TestTableFile(t *testing.T) {
	h, s := newAPI(t)
	year := 2024
	d := &schemas.Disclosure{SchemaVersion: schemas.SchemaVersion, Source: schemas.Source{SHA256: strings.Repeat("ab", 32)}, Unit: "青禾县水利局", FiscalYear: &year, DocumentKind: schemas.Budget,
		Scope: schemas.UnitScope, ParserVersion: 3, Tables: []schemas.Table{{Kind: schemas.ProjectPerformance, Grid: [][]string{{`=HYPERLINK("https://example.org")`, "目标"}, {"@SUM(A1)", "≥57个"}}}}}
	if _, err := s.Put(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	w := get(h, "/api/v1/disclosures/"+d.ID()+"/tables/1?format=csv")
	if want := `attachment; filename="` + d.ID() + `-table-1.csv"`; w.Code != http.StatusOK || w.Header().Get("Content-Disposition") != want {
		t.Errorf("got %d, %v, want %s", w.Code, w.Header(), want)
	}
	if want := "\ufeff\"'=HYPERLINK(\"\"https://example.org\"\")\",目标\n'@SUM(A1),≥57个\n"; w.Body.String() != want {
		t.Errorf("got %q, want %q", w.Body.String(), want)
	}
}
