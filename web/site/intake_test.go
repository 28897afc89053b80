package site_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"yusuan/indexer/sqlite"
	"yusuan/schemas"
	"yusuan/web"
	"yusuan/web/access"
)

// A desk takes files and URLs into a ledger, and retries and drops.
type desk struct {
	ledger  *sqlite.Store
	retried []string
	dropped []string
}

func (d *desk) Submit(ctx context.Context, u web.Upload) (schemas.Entry, schemas.State, error) {
	e := schemas.Entry{ID: fmt.Sprintf("%064x", len(u.Data)), State: schemas.Queued, FileName: u.FileName, QueuedAt: time.Now(), Claims: u.Claims}
	return e, schemas.Queued, d.ledger.PutEntry(ctx, e)
}

func (d *desk) Lines(list io.ReadSeeker) iter.Seq[web.Line] {
	return func(yield func(web.Line) bool) {
		s := bufio.NewScanner(list)
		for n := 1; s.Scan(); n++ {
			if !yield(web.Line{Number: n, URL: s.Text()}) {
				return
			}
		}
	}
}

func (d *desk) SubmitURLs(ctx context.Context, lines []web.Line, told func(schemas.Entry, schemas.State)) error {
	for _, l := range lines {
		told(schemas.Entry{ID: "url-" + l.URL, State: schemas.Queued, URL: l.URL, QueuedAt: time.Now(), Claims: l.Claims}, schemas.Queued)
	}
	return nil
}

func (d *desk) Retry(ctx context.Context, id string) (schemas.Entry, error) {
	e, _, err := d.ledger.Entry(ctx, id)
	d.retried = append(d.retried, id)
	e.State = schemas.Queued
	return e, err
}

func (d *desk) Drop(_ context.Context, id string) error {
	if strings.HasPrefix(id, "bb") {
		return fmt.Errorf("%w: it was read meanwhile", web.ErrSettled)
	}
	d.dropped = append(d.dropped, id)
	return nil
}

// newDesk serves the pages with a ledger of these files, the last of which came last.
func newDesk(t *testing.T, guard web.Guard, entries ...schemas.Entry) (http.Handler, *desk) {
	t.Helper()
	s := newStore(t)
	for i, e := range entries {
		if e.QueuedAt.IsZero() {
			e.QueuedAt = time.Now().Add(time.Duration(i-len(entries)) * time.Minute)
		}
		if err := s.PutEntry(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	d := &desk{ledger: s}
	cfg := config(s)
	cfg.Guard, cfg.Asks = guard, guard != nil
	cfg.API = web.New(zap.NewNop(), web.Config{Index: s, Archive: s, Ledger: s, Intake: d, DeadLetters: d, Guard: guard, MaxPDF: 1 << 20, MaxUpload: 1 << 20})
	return newSite(t, cfg), d
}

func id(letter string) string { return strings.Repeat(letter, 64) }

// ledger is a file in each state, and one whose name is markup.
func ledger() []schemas.Entry {
	return []schemas.Entry{
		{ID: id("1"), State: schemas.Indexed, FileName: "好.pdf", DisclosureID: strings.Repeat("1", 32), Pages: 12, Warnings: 3},
		{ID: id("a"), State: schemas.Rejected, Code: schemas.PasswordNeeded, FileName: "锁.pdf", Message: "the file opens only with a password"},
		{ID: id("b"), State: schemas.Rejected, Code: schemas.Damaged, FileName: "坏.pdf", Page: 7},
		{ID: id("c"), State: schemas.OCRNeeded, Code: schemas.NeedsOCR, FileName: "扫描.pdf"},
		{ID: id("d"), State: schemas.Failed, URL: "https://gov.example/x.pdf", Message: "the publisher does not answer"},
		{ID: id("e"), State: schemas.Queued, FileName: "等.pdf"},
		{ID: id("f"), State: schemas.Rejected, Code: "strange-code", FileName: hostile, Message: hostile, URL: "javascript:alert(1)"},
		{ID: id("2"), State: schemas.Superseded, FileName: "=cmd|旧.pdf", QueuedAt: time.Now().AddDate(0, 0, -40)},
	}
}

// TestLedger lists files by state, reason, name and time.
func TestLedger(t *testing.T) {
	h, _ := newDesk(t, nil, ledger()...)
	for path, want := range map[string]struct{ says, not []string }{
		"/ledger":                     {[]string{"好.pdf", "锁.pdf", "需要密码才能打开", "请用密码打开后另存", "第 7 页", "3 处提醒", "strange-code"}, nil},
		"/ledger?state=unread":        {[]string{"锁.pdf", "扫描.pdf", "https://gov.example/x.pdf"}, []string{"好.pdf", "等.pdf"}},
		"/ledger?state=queued":        {[]string{"等.pdf"}, []string{"锁.pdf"}},
		"/ledger?code=damaged":        {[]string{"坏.pdf"}, []string{"锁.pdf"}},
		"/ledger?name=gov.example":    {[]string{"gov.example/x.pdf", "多次尝试后放弃"}, []string{"锁.pdf"}},
		"/ledger?name=none":           {[]string{"没有这样的文件"}, []string{"锁.pdf"}},
		"/ledger?since=" + today(-7):  {[]string{"锁.pdf"}, []string{"旧.pdf"}},
		"/ledger?state=superseded":    {[]string{"旧.pdf"}, []string{"重试所选"}},
		"/ledger/" + id("a"):          {[]string{"锁.pdf", "the file opens only with a password", "password-needed", "重试", "放弃"}, nil},
		"/ledger/" + id("1"):          {[]string{"好.pdf", "/disclosures/" + strings.Repeat("1", 32)}, []string{"放弃"}},
		"/ledger/" + id("f"):          {[]string{"javascript:alert(1)"}, []string{`href="javascript:`}},
		"/ledger?state=rejected&lang": {[]string{"锁.pdf"}, nil},
	} {
		w := get(h, path)
		if w.Code != http.StatusOK {
			t.Errorf("%s: got %d", path, w.Code)
		}
		says(t, w, want.says...)
		harmless(t, w)
		for _, text := range want.not {
			if strings.Contains(w.Body.String(), text) {
				t.Errorf("%s: says %q", path, text)
			}
		}
	}
	for path, want := range map[string]int{"/ledger?state=none": 400, "/ledger?since=yesterday": 400, "/ledger?after=x": 400, "/ledger?name=" + strings.Repeat("x", 201): 400, "/ledger/none": 404} {
		if w := get(h, path); w.Code != want {
			t.Errorf("%.60s: got %d, want %d", path, w.Code, want)
		}
	}
}

func today(days int) string { return time.Now().AddDate(0, 0, days).Format(time.DateOnly) }

// TestLedgerPages goes through 250 files, and saves them.
func TestLedgerPages(t *testing.T) {
	var entries []schemas.Entry
	for i := range 250 {
		entries = append(entries, schemas.Entry{ID: fmt.Sprintf("%064x", i), State: schemas.Indexed, FileName: fmt.Sprintf("f%03d.pdf", i)})
	}
	h, _ := newDesk(t, nil, append(entries, ledger()...)...)
	seen, path := map[string]bool{}, "/ledger?state=indexed"
	for pages := 0; path != "" && pages < 5; pages++ {
		page := get(h, path).Body.String()
		for i := range 250 {
			if name := fmt.Sprintf("f%03d.pdf", i); strings.Contains(page, name) {
				if seen[name] {
					t.Errorf("%s is there twice", name)
				}
				seen[name] = true
			}
		}
		_, next, ok := strings.Cut(page, `<a class="button" href="`)
		next, _, _ = strings.Cut(next, `"`)
		if path = strings.ReplaceAll(next, "&amp;", "&"); !ok {
			path = ""
		}
	}
	if len(seen) != 250 {
		t.Errorf("got %d files", len(seen))
	}
	w := get(h, "/ledger.csv?state=superseded&state=indexed")
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(w.Body.String(), "\ufeff"))).ReadAll()
	if err != nil || len(rows) != 253 {
		t.Errorf("got %d rows, %v", len(rows), err)
	}
	if !strings.Contains(w.Body.String(), ",'=cmd|旧.pdf,") {
		t.Error("a name that begins like a formula is one")
	}
}

// TestRetryAndDrop acts on what was chosen, and says how far that went.
func TestRetryAndDrop(t *testing.T) {
	h, d := newDesk(t, nil, ledger()...)
	w := post(h, "/ledger/retry", url.Values{"id": {id("a"), id("b"), id("1")}, "back": {"/ledger?state=unread"}})
	if w.Code != http.StatusSeeOther || len(d.retried) != 2 {
		t.Fatalf("got %d, retried %v", w.Code, d.retried)
	}
	says(t, get(h, w.Header().Get("Location")), "已重新排队 2 个文件", "有 1 个文件没有办成：状态已变")
	w = post(h, "/ledger/drop", url.Values{"id": {id("b"), id("c")}, "back": {"https://elsewhere.example/"}})
	if to := w.Header().Get("Location"); !strings.HasPrefix(to, "/ledger?") || len(d.dropped) != 1 {
		t.Fatalf("went to %s, dropped %v", to, d.dropped)
	}
	says(t, get(h, w.Header().Get("Location")), "已放弃 1 个文件", "状态已变")
	harmless(t, get(h, "/ledger?done="+url.QueryEscape("retried~1~1~"+hostile)))
	for name, w := range map[string]*httptest.ResponseRecorder{
		"nothing chosen": post(h, "/ledger/retry", url.Values{}), "too many": post(h, "/ledger/retry", url.Values{"id": make([]string, 501)}),
	} {
		if w.Code != http.StatusBadRequest {
			t.Errorf("%s: got %d", name, w.Code)
		}
	}
	if w := post(h, "/ledger/retry", url.Values{"id": {id("a")}}, "Sec-Fetch-Site", "cross-site"); w.Code != http.StatusForbidden || len(d.retried) != 2 {
		t.Errorf("from elsewhere: got %d, retried %v", w.Code, d.retried)
	}
}

// TestRetryAll queues all that a list has and were not read, page after page, and nothing else.
func TestRetryAll(t *testing.T) {
	var entries []schemas.Entry
	for i := range 230 {
		entries = append(entries, schemas.Entry{ID: fmt.Sprintf("%064x", i), State: schemas.Failed, FileName: fmt.Sprintf("f%03d.pdf", i)})
	}
	h, d := newDesk(t, nil, append(entries, ledger()...)...)
	says(t, get(h, "/ledger?state=failed"), "重试本列表全部没有读成的")
	w := post(h, "/ledger/retry", url.Values{"all": {"1"}, "id": {id("a")}, "back": {"/ledger?name=f1&state=failed"}})
	if w.Code != http.StatusSeeOther || len(d.retried) != 100 {
		t.Errorf("got %d, retried %d", w.Code, len(d.retried))
	}
	d.retried = nil
	if post(h, "/ledger/retry", url.Values{"all": {"1"}, "back": {"/ledger"}}); len(d.retried) != 235 {
		t.Errorf("of the whole ledger: retried %d", len(d.retried))
	}
	for back, want := range map[string]int{"/ledger?state=indexed": 400, "/ledger?state=none": 400, "/ledger?name=nothing": 400} {
		if w := post(h, "/ledger/retry", url.Values{"all": {"1"}, "back": {back}}); w.Code != want {
			t.Errorf("%s: got %d, want %d", back, w.Code, want)
		}
	}
}

// TestIngestForms hands files and lists in without script.
func TestIngestForms(t *testing.T) {
	h, d := newDesk(t, nil, ledger()...)
	says(t, get(h, "/ingest"), "把 PDF 或整个文件夹拖到这里", "锁.pdf", "重试", `data-job="`+id("e"))
	harmless(t, get(h, "/ingest"))
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	err := form.WriteField("unit", "青禾县水利局")
	part, partErr := form.CreateFormFile("file", "新的.pdf")
	if err = errors.Join(err, partErr); err != nil {
		t.Fatal(err)
	}
	if _, err := part.Write([]byte("%PDF-1.7")); err != nil || form.Close() != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/ingest", &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	says(t, ask(h, r), "已收下 1 个文件", "新的.pdf")
	if e, found, err := d.ledger.Entry(t.Context(), fmt.Sprintf("%064x", 8)); err != nil || !found || e.Claims == nil || e.Claims.Unit != "青禾县水利局" {
		t.Errorf("got %+v, %v", e, err)
	}
	w := post(h, "/ingest/list", url.Values{"list": {"https://gov.example/1.pdf\n/etc/passwd\n<script>\n"}, "year": {"2024"}})
	if w.Code != http.StatusUnprocessableEntity {
		t.Errorf("got %d", w.Code)
	}
	says(t, w, "已收下 1 个文件", "清单里有 2 行没有收下", "第 2 行", "https://gov.example/1.pdf")
	harmless(t, w)
	for _, tc := range []struct {
		form   url.Values
		status int
		want   string
	}{{url.Values{"list": {" \n"}}, 400, "清单是空的"}, {url.Values{"list": {"https://gov.example/1.pdf"}, "year": {"none"}}, 400, "none"}} {
		w := post(h, "/ingest/list", tc.form)
		if w.Code != tc.status {
			t.Errorf("%v: got %d, want %d", tc.form, w.Code, tc.status)
		}
		says(t, w, tc.want)
	}
	if w := post(h, "/ingest", url.Values{"unit": {"x"}}); w.Code != http.StatusUnsupportedMediaType {
		t.Errorf("no form with files: got %d", w.Code)
	}
}

// TestStatusPage shows counts, and says what it cannot see.
func TestStatusPage(t *testing.T) {
	h, _ := newDesk(t, nil, ledger()...)
	says(t, get(h, "/status"), "退件", "href=\"/ledger?state=rejected\"", "现在看不到队列", "需要密码才能打开", "还有 1 个文件")
	bare := newSite(t, config(newStore(t)))
	if w := get(bare, "/status"); w.Code != http.StatusServiceUnavailable {
		t.Errorf("without the API: got %d", w.Code)
	}
}

// TestIntakeRoles keeps what comes in from who may only read.
func TestIntakeRoles(t *testing.T) {
	h, d := newDesk(t, access.New(zap.NewNop(), keys{}, nil), ledger()...)
	reader := []string{"Cookie", "yusuan-key=reader-key"}
	for _, path := range []string{"/ingest", "/ledger", "/ledger.csv", "/ledger/" + id("a")} {
		w := get(h, path, reader...)
		if w.Code != http.StatusForbidden || strings.Contains(w.Body.String(), "锁.pdf") {
			t.Errorf("%s: got %d", path, w.Code)
		}
		says(t, w, "没有做这件事的权限")
	}
	for _, path := range []string{"/ledger/retry", "/ledger/drop", "/ingest/list"} {
		if w := post(h, path, url.Values{"id": {id("a")}, "list": {"https://gov.example/1.pdf"}}, reader...); w.Code != http.StatusForbidden {
			t.Errorf("%s: got %d", path, w.Code)
		}
	}
	if len(d.retried)+len(d.dropped) > 0 {
		t.Errorf("retried %v, dropped %v", d.retried, d.dropped)
	}
	says(t, get(h, "/status", reader...), "退件")
	says(t, get(h, "/ledger", "Cookie", "yusuan-key=admin-key"), "锁.pdf")
}
