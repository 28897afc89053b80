package site_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"yusuan/indexer/indextest"
	"yusuan/schemas"
	"yusuan/web"
)

// TestSearch looks at what the search page shows.
func TestSearch(t *testing.T) {
	s := newStore(t)
	h := newSite(t, config(s))
	for _, tc := range []struct {
		path string
		want []string
	}{
		{"/", []string{"检索预算、决算公开文件", "年度", "县区"}},
		{"/?q=三公经费", []string{`<mark>`, "处", "原文", "/unit?", "/disclosures/"}},
		{"/?q=三公经费&year=2023", []string{"年度", "×", `href="/?q=%E4%B8%89%E5%85%AC%E7%BB%8F%E8%B4%B9"`}},
		{"/?q=恐龙化石", []string{"没有找到"}},
		{"/?unit=&region=&q=支出", []string{"处"}},
		{"/?code=208", []string{"208 社会保障和就业支出"}},
		{"/?amount=100w_1000w", []string{"100–1000 万元"}},
		{"/figures?q=支出", []string{"个金额", "金额（元）", "format=xlsx"}},
		{"/figures?code=208&sort=amount", []string{"科目编码"}},
	} {
		w := get(h, tc.path)
		if w.Code != http.StatusOK {
			t.Errorf("%s: got %d", tc.path, w.Code)
		}
		says(t, w, tc.want...)
	}
	english := get(h, "/?q=三公经费", "Accept-Language", "en-GB,en;q=0.9")
	says(t, english, "passages", "Narrow down", `lang="en"`)
}

// TestSearchIsWrong has the box keep what was typed, and says what is wrong with it.
func TestSearchIsWrong(t *testing.T) {
	h := newSite(t, config(newStore(t)))
	for path, want := range map[string]string{
		"/?q=unit:": "第", "/?year=dinosaur": "year", "/?amount=much": "amount", "/?limit=0": "limit", "/?sort=none": "sort", "/figures?q=passage:row": "有误", "/?q=%ff": "UTF-8",
	} {
		w := get(h, path)
		if w.Code != http.StatusBadRequest {
			t.Errorf("%s: got %d, want 400", path, w.Code)
		}
		says(t, w, `role="alert"`, want)
	}
	says(t, get(h, "/?q="+url.QueryEscape(`unit: "a`)), `value="unit: "a"`)
}

// TestSearchPages goes through the pages of a search: every hit is there once.
func TestSearchPages(t *testing.T) {
	h := newSite(t, config(newStore(t)))
	link := regexp.MustCompile(`<a class="button" href="([^"]+)" rel="next">`)
	open := regexp.MustCompile(`<a class="open" href="([^"]+)"`)
	total := regexp.MustCompile(`<strong>([0-9,]+)</strong>`)
	seen := map[string]bool{}
	path, want := "/?q=支出", ""
	n := 0
	for path != "" {
		w := get(h, path)
		if w.Code != http.StatusOK {
			t.Fatalf("%s: got %d", path, w.Code)
		}
		for _, m := range open.FindAllStringSubmatch(w.Body.String(), -1) {
			seen[m[1]] = true
			n++
		}
		want = total.FindStringSubmatch(w.Body.String())[1]
		path = ""
		if m := link.FindStringSubmatch(w.Body.String()); m != nil {
			path = strings.ReplaceAll(m[1], "&amp;", "&")
		}
	}
	if n < 21 || want != itoa(n) {
		t.Errorf("got %d hits over the pages, the page says %s", n, want)
	}
	if len(seen) < n/2 {
		t.Errorf("only %d of %d hits lead to places of their own", len(seen), n)
	}
}

// TestSearchLinks wants every address that a page of hits leads to to be answered: the other kind of search, the files.
func TestSearchLinks(t *testing.T) {
	s := newStore(t)
	cfg := config(s)
	cfg.API = web.New(zap.NewNop(), web.Config{Index: s, Archive: s})
	h := newSite(t, cfg)
	links := regexp.MustCompile(`href="((?:/|/figures|/api/v1/search|/api/v1/export)\?[^"]+)"`)
	for _, path := range []string{"/?q=支出&section=三公&passage=section&sort=relevance&utm=1&amount=100w_1000w", "/figures?q=支出&measure=total&period=year&header=合计&sort=change&utm=1", "/?q=支出&per_disclosure=true&table=general_public_expenditure"} {
		w := get(h, path)
		if w.Code != http.StatusOK {
			t.Errorf("%s: got %d", path, w.Code)
		}
		found := links.FindAllStringSubmatch(w.Body.String(), -1)
		if len(found) < 5 {
			t.Errorf("%s: got %d links", path, len(found))
		}
		for _, m := range found {
			to, from := strings.ReplaceAll(m[1], "&amp;", "&"), h
			if strings.HasPrefix(to, "/api/") {
				from = cfg.API
			}
			if w := get(from, to); w.Code != http.StatusOK {
				t.Errorf("%s leads to %s: %d", path, to, w.Code)
			}
		}
	}
}

// TestFurther shows what a sentence says behind the words that were found.
func TestFurther(t *testing.T) {
	d := indextest.Disclosures()[0]
	d.Source.SHA256 = strings.Repeat("cd", 32)
	d.Sections[0].Text = "恐龙馆经费" + strings.Repeat("预算安排情况良好，", 12) + "比上年减少，主要原因是厉行节约。" + strings.Repeat("此后还有别的话，", 40)
	page := get(newSite(t, config(newStore(t, d))), "/?q=恐龙馆")
	says(t, page, "主要原因是厉行节约。…")
}

// TestUnsearched says what is in the ledger and not in the index.
func TestUnsearched(t *testing.T) {
	s := newStore(t)
	for i, e := range []schemas.Entry{
		{State: schemas.OCRNeeded, Code: "needs-ocr"}, {State: schemas.OCRNeeded, Code: "needs-ocr"}, {State: schemas.Rejected, Code: "damaged"}, {State: schemas.Failed},
		{State: schemas.Queued}, {State: schemas.Indexed, Pages: 12},
	} {
		e.ID, e.QueuedAt = strings.Repeat(itoa(i), 64), time.Now()
		if err := s.PutEntry(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	says(t, get(newSite(t, config(s)), "/?q=支出"), "已收录 1 份文件、12 页", "另有 4 份没有被检索", "待识别 2 份", "退件 1 份", "失败 1 份", "正在处理 1 份")
}

// TestSuggest asks for suggestions.
func TestSuggest(t *testing.T) {
	h := newSite(t, config(newStore(t)))
	unit := indextest.Disclosures()[0].Unit
	for text, want := range map[string]string{unit[:6]: unit, "20805": "20805 行政事业单位养老支出", "社会保障和就业": "208 社会保障和就业支出", hostile: "", "": "", strings.Repeat("长", 500): ""} {
		w := get(h, "/suggest?q="+url.QueryEscape(text))
		var list []struct{ Group, Text, Note, Link string }
		if err := json.Unmarshal(w.Body.Bytes(), &list); err != nil || w.Code != http.StatusOK {
			t.Fatalf("%q: got %d, %v", text, w.Code, err)
		}
		found := want == ""
		for _, one := range list {
			found = found || one.Text == want
			if !strings.HasPrefix(one.Link, "/") || one.Group == "" {
				t.Errorf("%q: got %+v", text, one)
			}
		}
		if !found {
			t.Errorf("%q: got %+v, want %s", text, list, want)
		}
	}
}

// TestHostileSearch has documents and queries that are markup.
func TestHostileSearch(t *testing.T) {
	d := indextest.Disclosures()[0]
	d.Source.SHA256 = strings.Repeat("ab", 32)
	d.Unit, d.Region, d.Title = hostile+"局", hostile+"县", hostile+"预算公开"
	d.Sections[0].Title, d.Sections[0].Text = hostile, hostile+" 支出"
	d.Tables[0].Title = hostile + "表"
	h := newSite(t, config(newStore(t, d)))
	for _, path := range []string{"/", "/?q=" + url.QueryEscape(hostile), "/?q=支出&disclosure=" + d.ID(), "/?unit=" + url.QueryEscape("="+hostile+"局"), "/?sort=" + url.QueryEscape(hostile),
		"/figures?disclosure=" + d.ID(), "/nowhere?" + url.QueryEscape(hostile), "/login?back=" + url.QueryEscape(hostile)} {
		for _, lang := range []string{"zh", "en"} {
			harmless(t, get(h, path, "Accept-Language", lang))
		}
	}
	says(t, get(h, "/?q=支出&disclosure="+d.ID()), `<script>alert("预算")</script>`) // as text
}
