package web_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yusuan/schemas"
	"yusuan/web"
)

// A listAnswer is what becomes of a list.
type listAnswer struct {
	Jobs     []struct{ ID, URL, State string }
	Rejected []struct {
		Line    int
		Message string
	}
}

// sendList hands a list in.
func sendList(t *testing.T, h http.Handler, query, media, list string) (listAnswer, *httptest.ResponseRecorder) {
	t.Helper()
	var res listAnswer
	w := post(h, "/api/v1/disclosures"+query, media, strings.NewReader(list))
	if w.Code == http.StatusAccepted {
		if err := json.Unmarshal(w.Body.Bytes(), &res); err != nil {
			t.Fatal(err)
		}
	}
	return res, w
}

// TestList hands in what is right of a list, and says what is wrong with the rest.
func TestList(t *testing.T) {
	h, in := newIntake(t)
	list := strings.Join([]string{
		"http://a.example/1.pdf 某县水利局", "", "HTTPS://b.example/2", "WRONG " + strings.Repeat("预", 300), "file:///etc/passwd", "/etc/passwd", `C:\a.pdf`, "@list", "a.pdf",
		"ftp://a.example/1.pdf", "http:///1.pdf", "http:a.pdf", "http://a.example/%zz\x01", "http://a.example/" + strings.Repeat("x", 4000),
		"http://a.example/2.pdf " + strings.Repeat("x", 1001), "http://a.example/3.pdf a\tb",
	}, "\n")
	res, w := sendList(t, h, "?year=2024&unit="+url.QueryEscape("某单位"), "text/plain; charset=utf-8", list)
	if w.Code != http.StatusAccepted || w.Header().Get("Location") != "/api/v1/jobs" {
		t.Fatalf("got %d, %v: %s", w.Code, w.Header(), w.Body)
	}
	want := []web.Line{
		{Number: 1, URL: "http://a.example/1.pdf", Claims: &schemas.Claims{Unit: "某县水利局", Year: 2024}},
		{Number: 3, URL: "HTTPS://b.example/2", Claims: &schemas.Claims{Unit: "某单位", Year: 2024}},
	}
	if diff := cmp.Diff(in.listed, want); diff != "" {
		t.Errorf("handed in (-got +want):\n%s", diff)
	}
	if len(res.Jobs) != 2 || res.Jobs[0].URL != want[0].URL || res.Jobs[0].State != "queued" {
		t.Errorf("got %+v", res.Jobs)
	}
	messages := map[int]string{
		4: "it is wrong: 预预", 5: "server's own disk", 6: "this is no URL", 7: "this is no URL", 8: "this is no URL", 9: "this is no URL", 10: "neither http nor https",
		11: "names no server", 12: "this is no URL", 13: "can't be read", 14: "more than 4000 bytes", 15: "up to 1000 bytes", 16: "without control characters",
	}
	if len(res.Rejected) != len(messages) {
		t.Errorf("got %d lines rejected, want %d", len(res.Rejected), len(messages))
	}
	for _, r := range res.Rejected {
		if m := messages[r.Line]; m == "" || !strings.Contains(r.Message, m) || len(r.Message) > 310 {
			t.Errorf("line %d: got %q, want %q", r.Line, r.Message, m)
		}
	}
}

// TestListRefused has lists of which nothing is taken.
func TestListRefused(t *testing.T) {
	h, in := newIntake(t)
	for _, tc := range []struct {
		name, query, list string
		status            int
		detail            string
	}{
		{"empty", "", "", 400, "names no file"},
		{"only empty lines", "", "\n\n", 400, "names no file"},
		{"many lines", "", strings.Repeat("http://a.example/1.pdf\n", 5001), 413, "more than 5000 lines"},
		{"many wrong lines", "", strings.Repeat("WRONG\n", 5001), 413, "more than 5000 lines"},
		{"many bytes", "", strings.Repeat("x", 4<<20+1), 413, "4194304 bytes"},
		{"a name for all", "?file_name=a.pdf", "http://a.example/1.pdf", 400, "file_name: "},
		{"no year", "?year=20", "http://a.example/1.pdf", 400, "year"},
	} {
		if _, w := sendList(t, h, tc.query, "text/csv", tc.list); w.Code != tc.status || !strings.Contains(w.Body.String(), tc.detail) {
			t.Errorf("%s: got %d: %s, want %d, %q", tc.name, w.Code, w.Body, tc.status, tc.detail)
		}
	}
	if len(in.listed) > 0 {
		t.Errorf("took %d lines", len(in.listed))
	}
	res, w := sendList(t, h, "", "text/plain", "a.pdf\n")
	if w.Code != http.StatusAccepted || len(res.Jobs) != 0 || len(res.Rejected) != 1 {
		t.Errorf("nothing right: got %d: %s", w.Code, w.Body)
	}
	in.err, in.failAt = errors.New("dial tcp 10.0.0.1: refused"), 1
	if _, w := sendList(t, h, "", "text/plain", "http://a.example/1.pdf\nhttp://a.example/2.pdf"); w.Code != http.StatusServiceUnavailable ||
		!strings.Contains(w.Body.String(), "1 of 2 files are queued") || strings.Contains(w.Body.String(), "10.0.0.1") {
		t.Errorf("the queue fails: got %d: %s", w.Code, w.Body)
	}
}
