package site_test

import (
	"context"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"yusuan/indexer"
	"yusuan/web/access"
)

func itoa(n int) string { return strconv.Itoa(n) }

// TestMessages wants a message for every key of templates and code that is a plain string, and no message that nobody asks for.
func TestMessages(t *testing.T) {
	used := map[string]bool{}
	inTemplate, inCode := regexp.MustCompile(`[{( ]t "([^"]+)"`), regexp.MustCompile(`(?:\.t|\.text|missing)\("([a-z][^"]*\.[^"]*)"`)
	families := map[string]bool{} // groups whose keys are made of a word
	family := regexp.MustCompile(`(?:name "|name\("|t\(")([a-z_-]+)(?:"|\.")`)
	inScript := regexp.MustCompile(`word\('([a-z-]+)', '([a-z-]+)'\)`)
	for _, pattern := range []string{"templates/*.html", "*.go", "assets/*.js"} {
		names, err := fs.Glob(os.DirFS("."), pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range append(inTemplate.FindAllStringSubmatch(string(text), -1), inCode.FindAllStringSubmatch(string(text), -1)...) {
				used[m[1]] = true
			}
			for _, m := range inScript.FindAllStringSubmatch(string(text), -1) {
				used[m[1]+"."+m[2]] = true
			}
			for _, m := range family.FindAllStringSubmatch(string(text), -1) {
				families[m[1]] = true
			}
		}
	}
	known := map[string]bool{}
	files, err := fs.Glob(os.DirFS("."), "messages/*.tsv")
	if err != nil {
		t.Fatal(err)
	}
	verbs := regexp.MustCompile(`%(?:\[[0-9]+\])?[a-z]`)
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			part := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
			if len(part) != 3 || line[0] == '#' {
				continue
			}
			known[part[0]] = true
			if zh, en := verbs.FindAllString(part[1], -1), verbs.FindAllString(part[2], -1); len(zh) != len(en) {
				t.Errorf("%s: the Chinese takes %v, the English %v", part[0], zh, en)
			}
			begins := func(key string) bool { return strings.HasSuffix(key, "-") && strings.HasPrefix(part[0], key) }
			if group, _, _ := strings.Cut(part[0], "."); !slices.ContainsFunc(slices.Collect(maps.Keys(used)), begins) && !used[part[0]] && !families[group] && !regexp.MustCompile(`^(kind|scope|form|state|passage|unit_type|text_source|amount|dimension)\.`).MatchString(part[0]) {
				t.Errorf("%s: nobody asks for it", part[0])
			}
		}
	}
	for key := range used {
		if !known[key] && !strings.HasSuffix(key, ".") && !strings.HasSuffix(key, "-") {
			t.Errorf("there is no message %s", key)
		}
	}
	if len(used) < 50 {
		t.Errorf("found only %d keys: has the way to ask for them changed?", len(used))
	}
}

// TestWords wants a name for every word that a facet can have.
func TestWords(t *testing.T) {
	text, err := os.ReadFile("messages/words.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, d := range append(indexer.FacetDimensions(), indexer.SumDimensions()...) {
		keys = append(keys, "dimension."+string(d))
	}
	for _, u := range indexer.UnitTypes() {
		keys = append(keys, "unit_type."+string(u))
	}
	for _, p := range indexer.PassageKinds() {
		keys = append(keys, "passage."+string(p))
	}
	for _, s := range indexer.States() {
		keys = append(keys, "state."+string(s))
	}
	for _, b := range indexer.Bands() {
		keys = append(keys, "amount."+string(b))
	}
	for _, key := range keys {
		if !strings.Contains(string(text), "\n"+key+"\t") {
			t.Errorf("words.tsv has no %s", key)
		}
	}
}

// TestHeaders holds what every page tells the browser.
func TestHeaders(t *testing.T) {
	h := newSite(t, config(newStore(t)))
	for _, path := range []string{"/", "/nowhere", "/login", "/figures?q=1", "/suggest?q=1"} {
		header := get(h, path).Header()
		csp := header.Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe-inline") || strings.Contains(csp, "unsafe-eval'") && !strings.Contains(csp, "'wasm-unsafe-eval'") {
			t.Errorf("%s: got policy %s", path, csp)
		}
		if header.Get("X-Content-Type-Options") != "nosniff" || header.Get("Referrer-Policy") == "" {
			t.Errorf("%s: got %v", path, header)
		}
	}
}

// TestNothingInline wants no script and no style in the pages themselves: the policy forbids them.
func TestNothingInline(t *testing.T) {
	names, err := fs.Glob(os.DirFS("."), "templates/*.html")
	if err != nil || len(names) < 4 {
		t.Fatalf("got %v, %v", names, err)
	}
	inline := regexp.MustCompile(`(?i)\sstyle=|\son[a-z]+=|<style|<script(?:>| type="text/javascript">)|javascript:|hx-on|https?://`)
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if m := inline.FindString(string(text)); m != "" {
			t.Errorf("%s has %q", name, m)
		}
	}
}

// TestAssets asks for each asset that a page names, small and whole.
func TestAssets(t *testing.T) {
	h := newSite(t, config(newStore(t)))
	links := regexp.MustCompile(`(?:src|href|data-viewer)="(/static/[^"]+)"`).FindAllStringSubmatch(get(h, "/").Body.String(), -1)
	if len(links) < 5 {
		t.Fatalf("got %v", links)
	}
	for _, m := range links {
		w, small := get(h, m[1]), get(h, m[1], "Accept-Encoding", "gzip")
		if w.Code != http.StatusOK || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") || w.Body.Len() == 0 {
			t.Errorf("%s: got %d, %v", m[1], w.Code, w.Header())
		}
		if small.Header().Get("Content-Encoding") == "gzip" && small.Body.Len() >= w.Body.Len() {
			t.Errorf("%s: got %d bytes small, %d whole", m[1], small.Body.Len(), w.Body.Len())
		}
	}
	old := regexp.MustCompile(`/static/[0-9a-f]+/`).ReplaceAllString(links[0][1], "/static/0123/")
	if w := get(h, old); w.Code != http.StatusOK || w.Header().Get("Cache-Control") != "no-cache" {
		t.Errorf("of an old page: got %d, %s", w.Code, w.Header().Get("Cache-Control"))
	}
	for _, path := range []string{"/static/", "/static/x/../site.go", "/static/x/none.js", "/static/x/"} {
		if w := get(h, path); w.Code == http.StatusOK {
			t.Errorf("%s: got %d", path, w.Code)
		}
	}
}

// TestSettings keeps what somebody prefers, and leads to no other site.
func TestSettings(t *testing.T) {
	h := newSite(t, config(newStore(t)))
	w := get(h, "/settings?lang=en&theme=dark&back="+url.QueryEscape("/figures?q=三公&year=2024"))
	if to, err := url.QueryUnescape(w.Header().Get("Location")); err != nil || w.Code != http.StatusSeeOther || to != "/figures?q=三公&year=2024" {
		t.Errorf("got %d, %s", w.Code, w.Header().Get("Location"))
	}
	cookies := ""
	for _, c := range w.Result().Cookies() {
		cookies += c.Name + "=" + c.Value + "; "
	}
	says(t, get(h, "/", "Cookie", cookies), `data-theme="dark"`, "Search budgets")
	for _, back := range []string{"https://elsewhere.example/", "//elsewhere.example", `/\elsewhere.example`, "javascript:alert(1)", "", "relative", "/\t/elsewhere.example", "http:/x"} {
		if got := get(h, "/settings?back="+url.QueryEscape(back)).Header().Get("Location"); got != "/" {
			t.Errorf("back to %q: went to %q", back, got)
		}
	}
	for _, c := range get(h, "/settings?lang=xx&theme=%3Cb%3E").Result().Cookies() {
		t.Errorf("got cookie %v", c)
	}
}

// keys is a verifier of two keys.
type keys struct{}

func (keys) Verify(_ context.Context, token string) (access.Identity, bool) {
	id, ok := map[string]access.Identity{"reader-key": {Name: "reader", Role: access.Read}, "admin-key": {Name: "chief", Role: access.Admin}, "guest-key": {Name: "guest"}}[token]
	return id, ok
}

// TestSigningIn asks for a key, keeps it, and forgets it again.
func TestSigningIn(t *testing.T) {
	cfg := config(newStore(t))
	cfg.Guard, cfg.Asks = access.New(zap.NewNop(), keys{}, nil), true
	h := newSite(t, cfg)
	w := get(h, "/?q=支出")
	if w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), "/login?back=%2F%3Fq%3D") {
		t.Fatalf("without a key: got %d, %s", w.Code, w.Header().Get("Location"))
	}
	for _, key := range []string{"", "wrong", "guest-key"} {
		if w := post(h, "/login", url.Values{"key": {key}}); w.Code != http.StatusUnauthorized || len(w.Result().Cookies()) > 0 {
			t.Errorf("key %q: got %d, %v", key, w.Code, w.Result().Cookies())
		}
	}
	if w := post(h, "/login", url.Values{"key": {"reader-key"}}, "Sec-Fetch-Site", "cross-site"); w.Code != http.StatusForbidden {
		t.Errorf("from elsewhere: got %d", w.Code)
	}
	w = post(h, "/login", url.Values{"key": {" reader-key\n"}, "back": {"/figures?q=1"}})
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/figures?q=1" || len(w.Result().Cookies()) != 1 {
		t.Fatalf("got %d, %s", w.Code, w.Header().Get("Location"))
	}
	c := w.Result().Cookies()[0]
	if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode {
		t.Errorf("got cookie %v", c)
	}
	reader := c.Name + "=" + c.Value
	page := get(h, "/?q=支出", "Cookie", reader)
	says(t, page, "退出", "查看 PDF 原件需要 admin 权限")
	if strings.Contains(page.Body.String(), "/pdf\"") || strings.Contains(page.Body.String(), `href="/ingest"`) {
		t.Error("a reader sees what is for others")
	}
	says(t, get(h, "/?q=支出", "Cookie", "yusuan-key=admin-key"), `/pdf"`)
	out := post(h, "/logout", nil, "Cookie", reader)
	if got := out.Result().Cookies(); len(got) != 1 || got[0].MaxAge >= 0 || got[0].Name != c.Name {
		t.Errorf("signed out: got %v", got)
	}
	says(t, get(h, "/login"), "密钥")
}

// TestErrors looks at the pages of errors.
func TestErrors(t *testing.T) {
	cfg := config(newStore(t))
	cfg.Timeout = time.Nanosecond
	for _, tc := range []struct {
		method, path string
		cfg          func() http.Handler
		status       int
		want         string
	}{
		{http.MethodGet, "/nowhere", nil, http.StatusNotFound, "这里没有页面"},
		{http.MethodPost, "/", nil, http.StatusMethodNotAllowed, "不接受这种请求"},
		{http.MethodGet, "/?q=支出", func() http.Handler { return newSite(t, cfg) }, http.StatusGatewayTimeout, "时间太长"},
	} {
		h := newSite(t, config(newStore(t)))
		if tc.cfg != nil {
			h = tc.cfg()
		}
		w := ask(h, httptest.NewRequest(tc.method, tc.path, nil))
		if w.Code != tc.status {
			t.Errorf("%s %s: got %d, want %d", tc.method, tc.path, w.Code, tc.status)
		}
		says(t, w, tc.want, "回到检索")
	}
}
