package site_test

import (
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/zap"

	"yusuan/indexer/indextest"
	"yusuan/indexer/sqlite"
	"yusuan/schemas"
	"yusuan/web/site"
)

// hostile is what a document, a file name or a query may say; none of it may ever be markup.
const hostile = `<script>alert("预算")</script><img src=x onerror=alert(1)>'"&`

// newStore is an index of disclosures: those of package indextest, and more.
func newStore(t testing.TB, more ...*schemas.Disclosure) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), zap.NewNop(), filepath.Join(t.TempDir(), "index.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	for _, d := range append(indextest.Disclosures(), more...) {
		if _, err := s.Put(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// config serves a store; everybody may do everything.
func config(s *sqlite.Store) site.Config {
	return site.Config{Index: s, Archive: s, History: s, Ledger: s, Version: "test"}
}

// newSite serves the pages of a configuration.
func newSite(t testing.TB, cfg site.Config) http.Handler {
	t.Helper()
	h, err := site.New(zap.NewNop(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// get asks for a page in Chinese; headers are NAME, VALUE, ….
func get(h http.Handler, path string, headers ...string) *httptest.ResponseRecorder {
	return ask(h, httptest.NewRequest(http.MethodGet, path, nil), headers...)
}

// post sends a form as a page of ours does; headers are NAME, VALUE, ….
func post(h http.Handler, path string, form url.Values, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return ask(h, r, headers...)
}

func ask(h http.Handler, r *http.Request, headers ...string) *httptest.ResponseRecorder {
	r.Header.Set("Accept-Language", "zh-CN")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// says wants each text in the page, as a reader sees it.
func says(t testing.TB, w *httptest.ResponseRecorder, texts ...string) {
	t.Helper()
	page := html.UnescapeString(w.Body.String())
	for _, text := range texts {
		if !strings.Contains(page, text) {
			t.Errorf("there is no %q in the page (status %d)", text, w.Code)
		}
	}
	if strings.Contains(page, "⟦") {
		t.Errorf("a message is missing: %.80s", page[strings.Index(page, "⟦"):])
	}
}

// harmless wants that nothing of what is hostile is markup.
func harmless(t testing.TB, w *httptest.ResponseRecorder) {
	t.Helper()
	for _, bad := range []string{"<script>alert", "<img src=x", "onerror=alert(1)>"} {
		if strings.Contains(w.Body.String(), bad) {
			i := strings.Index(w.Body.String(), bad)
			t.Errorf("what is hostile became markup: %q", w.Body.String()[max(0, i-60):min(w.Body.Len(), i+60)])
		}
	}
}
