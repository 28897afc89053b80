package site

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"

	"yusuan/indexer"
	"yusuan/indexer/sqlite"
	"yusuan/schemas"
	"yusuan/web/access"
)

// evil is what no page may have as markup.
const evil = `<script>alert(1)</script>"'`

func onPage(page int, y float64) *schemas.Place {
	return &schemas.Place{Page: page, BBox: &schemas.Box{50, y, 500, y + 12.5}}
}

// read is a disclosure with one of everything, of the PDF of this digest.
func read(digest string) *schemas.Disclosure {
	year, date, posts := 2024, "2024-02-02", 12
	box := &schemas.Box{60, 100, 90, 130}
	return &schemas.Disclosure{
		SchemaVersion: schemas.SchemaVersion, Title: "白石县档案馆2024年单位预算公开" + evil, Unit: "白石县档案馆", Region: "白石县", FiscalYear: &year, DocumentKind: schemas.Budget,
		Scope: schemas.UnitScope, PublishedOn: &date, ParserVersion: 1, Staffing: &schemas.Staffing{Authorised: &posts},
		Source:   schemas.Source{SHA256: strings.Repeat(digest, 64), FileName: evil + ".pdf", URI: "https://example.org/a.pdf", Pages: 6},
		Glossary: []schemas.Term{{Term: "机关运行经费", Definition: "指保障运行的经费" + evil}},
		Projects: []schemas.Project{{Name: "数字化", Fields: map[string]string{"规模": "3万元"}, Page: 5}},
		Warnings: []schemas.Warning{{Code: schemas.RowSums, Message: `table "收支总表": 1 row`, Page: 4}, {Code: schemas.Repaired, Message: "rebuilt"}},
		Findings: []schemas.Finding{{Rule: "row-total", Severity: schemas.Error, Message: "合计不符", Expected: "1", Actual: "2", At: []schemas.Place{{Page: 4, Table: new(0)}}}},
		Sections: []schemas.Section{
			{ID: "1", Level: 1, Number: "第一部分", Title: "概况", At: onPage(2, 60), Children: []schemas.Section{
				{ID: "1.1", Level: 2, Number: "一、", Title: "职能", Text: "收集档案。\n保管档案" + evil, At: onPage(2, 90), Paragraphs: []schemas.Place{*onPage(2, 110), *onPage(3, 60)}, Children: []schemas.Section{
					{ID: "1.1.1", Level: 4, Number: "1.", Text: "利用档案。", At: onPage(3, 90), Paragraphs: []schemas.Place{*onPage(3, 90)}}}}}},
			{ID: "2", Level: 1, Number: "第二部分", Title: "说明", Text: "收支总预算10.00万元。", At: onPage(5, 400), Paragraphs: []schemas.Place{*onPage(5, 420)}},
		},
		Tables: []schemas.Table{
			{Number: "表1", Title: "收支总表", Kind: schemas.RevenueExpenditureSummary, UnitOfMeasure: "万元", ReportingUnit: "白石县档案馆", State: schemas.HasFigures, Pages: []int{4}, At: onPage(4, 90), Confidence: 0.984,
				Columns: []schemas.Column{{Path: []string{"科目", "编码"}, Role: schemas.CodeRole}, {Path: []string{"科目", "名称"}, Role: schemas.NameRole}, {Path: []string{"预算数"}, Role: schemas.AmountRole}, {Path: []string{"比重（%）"}, Role: schemas.AmountRole}},
				Rows: []schemas.Row{
					{Cells: []string{"201", "一般公共服务" + evil, "-10.00", "5.00"}, Code: "201", At: onPage(4, 100), CellBoxes: []*schemas.Box{{51, 101, 60, 110}, box, {400, 101.26, 430, 110}, nil}},
					{Cells: []string{"20126", "一般公共服务" + evil, "—", ""}, Code: "20126", At: onPage(4, 112), CellBoxes: []*schemas.Box{{51, 112, 60, 120}, box, nil, nil}},
					{Cells: []string{"合计", "", "10.00", ""}, Spans: [][2]int{{0, 2}}, At: onPage(4, 124)}}},
			{Number: "表2", Title: "政府性基金表", UnitOfMeasure: "万元", Empty: true, State: schemas.DeclaredEmpty, Pages: []int{5}, At: onPage(5, 200), Columns: []schemas.Column{{Path: []string{"项目"}}}, Notes: []string{"本单位无政府性基金。"}},
			{Title: "绩效目标表", Kind: schemas.ProjectPerformance, Pages: []int{6}, At: onPage(6, 60), Grid: [][]string{{"名称", "数字化", "数字化"}}, GridAt: []schemas.Place{*onPage(6, 60)}, GridBoxes: [][]*schemas.Box{{nil, box, box}}},
		},
	}
}

// guard lets everybody in with one role.
type guard access.Role

func (g guard) Admit(_ *http.Request, need access.Role) (access.Identity, error) {
	if need > access.Role(g) {
		return access.Identity{}, &access.Denial{Status: http.StatusForbidden, Detail: "no"}
	}
	return access.Identity{Name: "test", Role: access.Role(g)}, nil
}

// shelf serves disclosures, in the order in which they were published.
func servedBy(t *testing.T, role access.Role, list ...*schemas.Disclosure) func(path string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	s, err := sqlite.Open(t.Context(), zap.NewNop(), filepath.Join(t.TempDir(), "index.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	for _, d := range list {
		if _, err := s.Put(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	h, err := New(zap.NewNop(), Config{Index: s, Archive: s, History: s, Guard: guard(role), Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return func(path string, headers ...string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
}

// inOrderOf fails where the texts are not all there, one behind the other.
func inOrderOf(t *testing.T, page string, texts ...string) {
	t.Helper()
	at := 0
	for _, text := range texts {
		i := strings.Index(page[at:], text)
		if i < 0 {
			t.Fatalf("%q is not behind %q", text, page[max(0, at-80):at])
		}
		at += i + len(text)
	}
}

func TestDisclosurePage(t *testing.T) {
	d := read("a")
	get := servedBy(t, access.Admin, d)
	w := get("/disclosures/" + d.ID())
	page := w.Body.String()
	if w.Code != http.StatusOK || strings.Contains(page, "<script>alert") || strings.Contains(page, "⟦") {
		t.Fatalf("got %d, with markup of the document or a key without a message:\n%s", w.Code, page)
	}
	inOrderOf(t, page, "白石县档案馆2024年单位预算公开&lt;script&gt;", `href="/unit?region=`, `href="/region?region=`, "2024 年度", "2024-02-02 公开", "6 页",
		"/api/v1/export?disclosure="+d.ID()+"&amp;format=xlsx", d.ID()+".json", d.ID()+".md", d.ID()+`/pdf" download`, "[EB/OL]. (2024-02-02)[", "SHA-256 aaaaaaaaaaaa",
		"存疑 3 处", "几行与合计不符", `<a href="#t-1"`, `href="https://example.org/a.pdf" rel="noopener noreferrer"`)
	inOrderOf(t, page, `<h2 id="s-1" data-b="2,50,60,500,72.5"`, `<h3 id="s-1.1"`, `<p id="s-1.1-p-1" data-b="2,50,110,500,122.5">收集档案。`, `<p id="s-1.1-p-2"`,
		`<p id="s-1.1.1" data-b="3,50,90,500,102.5"><span id="s-1.1.1-p-1"></span>1.利用档案。`, "几行与合计不符", "合计不符：应为 1，实为 2", `id="t-1"`, "编制单位：白石县档案馆", "单位：万元", "可信度 98 %",
		`id="t-2"`, "空表：文件说明本表没有数字。", "本单位无政府性基金。", `<h2 id="s-2"`, `<p id="s-2-p-1"`, `id="t-3"`, `id="staffing"`, "12 人", `id="projects"`, "3万元", `id="glossary"`, "机关运行经费")
	inOrderOf(t, page, `<th colspan="2" scope="colgroup">科目</th><th scope="col" rowspan="2" class="num">预算数</th>`, `<th scope="col">编码</th><th scope="col">名称</th></tr></thead>`,
		`<tr id="t-1-r-1" data-b="4,50,100,500,112.5">`, `<td id="t-1-r-1-c-1" data-b="4,51,101,60,110"><a class="code" href="/code?code=201"`, `<th scope="row" id="t-1-r-1-c-2" data-b="4,60,100,90,130" rowspan="2" class="long">`,
		`<td id="t-1-r-1-c-3" data-b="4,400,101.3,430,110" class="num negative" data-f="-10000000">-10.00</td>`, `<td id="t-1-r-1-c-4" class="num">5.00</td>`,
		`<td id="t-1-r-2-c-3" class="num">—</td>`, `<th scope="row" id="t-1-r-3-c-1" colspan="2">合计</th>`)
	inOrderOf(t, page, `<td id="t-3-r-1-c-2" data-b="6,60,100,90,130" colspan="2">数字化</td></tr>`)
}

func TestDisclosureAmounts(t *testing.T) {
	d := read("a")
	get := servedBy(t, access.Read, d)
	for mode, want := range map[string]string{"yuan": "-100,000.00", "wan": "-10.00", "printed": "-10.00", "nonsense": "-10.00"} {
		page := get("/disclosures/" + d.ID() + "?amounts=" + mode).Body.String()
		converted := mode == "yuan" || mode == "wan"
		inOrderOf(t, page, `data-f="-10000000"`, ">"+want+"</td>", `id="t-1-r-1-c-4" class="num">5.00</td>`)
		if got := strings.Contains(page, `data-p="-10.00"`); got != converted {
			t.Errorf("%s: the printed amount is kept: %v, want %v", mode, got, converted)
		}
	}
}

func TestDisclosureHits(t *testing.T) {
	d := read("a")
	get := servedBy(t, access.Admin, d)
	page := get("/disclosures/" + d.ID() + "?q=%E6%A1%A3%E6%A1%88&hit=2&page=3&box=1,2,3,4").Body.String() // 档案
	inOrderOf(t, page, "第 2 / ", `href="/disclosures/`, "hit=1", `#s-1.1-p-1"`)
	inOrderOf(t, page, `<p id="s-1.1-p-1"`, `class="found">收集<mark>档案</mark>`)
	inOrderOf(t, page, `data-pdf="/api/v1/disclosures/`, `data-page="3" data-box="1,2,3,4"`)
	for query, want := range map[string]string{`"`: "检索词", "没有的词语": "本文件中没有", evil: ""} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		v := r.URL.Query()
		v.Set("q", query)
		w := get("/disclosures/" + d.ID() + "?" + v.Encode())
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), want) || strings.Contains(w.Body.String(), "<script>alert") {
			t.Errorf("%q: got %d, want a page that says %q", query, w.Code, want)
		}
	}
}

func TestDisclosureRoles(t *testing.T) {
	d := read("a")
	page := servedBy(t, access.Read, d)("/disclosures/" + d.ID()).Body.String()
	if strings.Contains(page, "/pdf\"") || !strings.Contains(page, "查看 PDF 原件需要 admin 权限") {
		t.Error("who may only read is led to the PDF")
	}
	if w := servedBy(t, access.Nobody, d)("/disclosures/" + d.ID()); w.Code != http.StatusForbidden {
		t.Errorf("who may not read got %d", w.Code)
	}
}

func TestDisclosureUntitled(t *testing.T) {
	d := read("a")
	d.Title, d.Source.URI = "", "javascript:alert(1)"
	page := servedBy(t, access.Admin, d)("/disclosures/"+d.ID(), "Accept-Language", "en").Body.String()
	inOrderOf(t, page, "<h1>白石县档案馆, 2024 Budget</h1>", "<dd>javascript:alert(1)</dd>")
	if strings.Contains(page, `href="javascript:`) || strings.Contains(page, "⟦") {
		t.Error("an address that is none of the web is a link, or a key has no message")
	}
}

func TestDisclosureMissing(t *testing.T) {
	d := read("a")
	get := servedBy(t, access.Admin, d)
	other := strings.Repeat("0", 32)
	for _, path := range []string{"/disclosures/" + other, "/disclosures/x", "/disclosures/" + strings.ToUpper(d.ID()), "/disclosures/" + d.ID() + "/tables/0", "/disclosures/" + d.ID() + "/tables/4",
		"/disclosures/" + d.ID() + "/tables/x", "/disclosures/" + d.ID() + "/changes/" + other} {
		if w := get(path); w.Code != http.StatusNotFound {
			t.Errorf("%s: got %d, want 404", path, w.Code)
		}
	}
}

func TestDisclosureVersions(t *testing.T) {
	older, newer := read("a"), read("b")
	date := "2024-03-03"
	newer.PublishedOn, newer.Tables[0].Rows[0].Cells[2] = &date, "-12.00"
	newer.Source.FirstSeen = newer.Source.FirstSeen.AddDate(2024, 0, 0)
	get := servedBy(t, access.Admin, older, newer)
	inOrderOf(t, get("/disclosures/"+older.ID()).Body.String(), "这是旧版", `href="/disclosures/`+newer.ID()+`"`, "版本（2）", "/disclosures/"+newer.ID()+"/changes/"+older.ID())
	if page := get("/disclosures/" + newer.ID()).Body.String(); strings.Contains(page, "这是旧版") {
		t.Error("the newer one is said to be superseded")
	}
	w := get("/disclosures/" + newer.ID() + "/changes/" + older.ID())
	if strings.Contains(w.Body.String(), "<script>alert") || strings.Contains(w.Body.String(), "⟦") {
		t.Error("markup of the document, or a key without a message")
	}
	inOrderOf(t, w.Body.String(), "版本差异", "共 2 处不同", "公开日期", "<del>2024-02-02</del>", "<ins>2024-03-03</ins>", "表1 收支总表", "<del>-10.00 万元</del>", "<ins>-12.00 万元</ins>", "-20,000.00", "?page=4\">旧第 4 页", "?page=4\">新第 4 页")
	if page := get("/disclosures/" + newer.ID() + "/changes/" + newer.ID()).Body.String(); !strings.Contains(page, "两个版本内容相同") {
		t.Error("a version is different from itself")
	}
}

func TestLongTable(t *testing.T) {
	d := read("a")
	long := &d.Tables[0]
	for i := range 2997 {
		long.Rows = append(long.Rows, schemas.Row{Cells: []string{"20101", fmt.Sprintf("行%d", i+4), "1.00", ""}, Code: "20101", At: onPage(4, 100)})
	}
	get := servedBy(t, access.Admin, d)
	page := get("/disclosures/" + d.ID()).Body.String()
	inOrderOf(t, page, `id="t-1-r-1200"`, `<tbody class="later" data-load="1301" data-to="1400"><tr><td colspan="4"><a href="/disclosures/`+d.ID()+`/tables/1?rows=1301#t-1-r-1301">第 1301–1400 行</a>`, `data-load="2901" data-to="3000"`, `id="t-3"`)
	if len(page) > 1<<20 {
		t.Errorf("the page has %d bytes", len(page))
	}
	part := get("/disclosures/"+d.ID()+"/tables/1?rows=1350&amounts=yuan", "HX-Request", "true")
	body := part.Body.String()
	if !strings.HasPrefix(strings.TrimSpace(body), `<tbody data-from="1301" data-to="1400">`) || strings.Count(body, "<tr ") != 100 || !strings.Contains(body, ">10,000.00<") || !strings.Contains(strings.Join(part.Header().Values("Vary"), ","), "HX-Request") {
		t.Errorf("rows: got %v %.300s", part.Header(), body)
	}
	alone := get("/disclosures/" + d.ID() + "/tables/1?rows=2950").Body.String()
	inOrderOf(t, alone, `href="/disclosures/`+d.ID()+`#t-1"`, `data-load="1"`, `data-load="2801"`, `<tbody data-from="2901"`, `id="t-1-r-2950"`)
	if w := get("/disclosures/"+d.ID()+"/tables/1?rows=9999", "HX-Request", "true"); w.Code != http.StatusNotFound {
		t.Errorf("rows that there are not: got %d", w.Code)
	}
}

func TestHeaders(t *testing.T) {
	for name, tt := range map[string]struct {
		paths [][]string
		want  []string // text colspan×rowspan of each row
	}{
		"one row":                       {[][]string{{"项目"}, {"金额"}}, []string{"项目1×1 金额1×1"}},
		"two over one":                  {[][]string{{"收入", "项目"}, {"收入", "金额"}, {"备注"}}, []string{"收入2×1 备注1×2", "项目1×1 金额1×1"}},
		"the same below, another above": {[][]string{{"收入", "金额"}, {"支出", "金额"}}, []string{"收入1×1 支出1×1", "金额1×1 金额1×1"}},
		"spanning without parts":        {[][]string{{"科目编码"}, {"科目编码"}, {"本年", "合计"}}, []string{"科目编码2×2 本年1×1", "合计1×1"}},
		"numbers of columns": {[][]string{{"项目", "代码", "栏次"}, {"项目", "名称", "栏次"}, {"合计", "1"}, {"支出", "小计", "2"}},
			[]string{"项目2×1 合计1×2 支出1×1", "代码1×1 名称1×1 小计1×1", "栏次2×1 11×1 21×1"}},
		"no header": {[][]string{{"项目", "名称"}, {}, {"金额"}}, []string{"项目1×1 1×2 金额1×2", "名称1×1"}},
		"none":      {[][]string{{}, {}}, nil},
	} {
		var columns []schemas.Column
		for _, p := range tt.paths {
			columns = append(columns, schemas.Column{Path: p})
		}
		var got []string
		for _, row := range (&contentMaker{}).head(columns) {
			var cells []string
			for _, c := range row {
				text := ""
				for _, s := range c.Text {
					text += s.Text
				}
				cells = append(cells, fmt.Sprintf("%s%d×%d", text, c.Colspan, c.Rowspan))
			}
			got = append(got, strings.Join(cells, " "))
		}
		if diff := cmp.Diff(got, tt.want); diff != "" {
			t.Errorf("%s: got, want:\n%s", name, diff)
		}
	}
}

func TestIndents(t *testing.T) {
	table := schemas.Table{Columns: []schemas.Column{{Role: schemas.NameRole}, {Role: schemas.AmountRole}}}
	for _, x := range []float64{50, 58.5, 67, 50, 140} { // the last is centred
		table.Rows = append(table.Rows, schemas.Row{Cells: []string{"甲", "1"}, At: onPage(1, 10), CellBoxes: []*schemas.Box{{x, 0, x + 9, 9}, {300, 0, 310, 9}}})
	}
	table.Rows = append(table.Rows, schemas.Row{Cells: []string{"甲", "1"}, At: onPage(2, 10), CellBoxes: []*schemas.Box{{90, 0, 99, 9}, nil}}) // another margin
	m := &contentMaker{d: &schemas.Disclosure{}, tables: []schemas.Table{table}}
	var got []int
	for _, row := range m.drawn(0, &table).make(0, len(table.Rows)) {
		got = append(got, row.Cells[0].Indent)
	}
	if diff := cmp.Diff(got, []int{0, 1, 2, 0, 0, 0}); diff != "" {
		t.Errorf("got, want:\n%s", diff)
	}
}

func TestPlaceText(t *testing.T) {
	for _, tt := range []struct {
		page int
		box  *schemas.Box
		want string
	}{{0, &schemas.Box{1, 2, 3, 4}, ""}, {3, nil, "3"}, {3, &schemas.Box{1, 2.25, 3.04, 1234.56}, "3,1,2.2,3,1234.6"}} {
		if got := placeText(tt.page, tt.box); got != tt.want {
			t.Errorf("placeText(%d, %v) = %q, want %q", tt.page, tt.box, got, tt.want)
		}
	}
	for text, want := range map[string]string{"1,2,3,4": "1,2,3,4", "1,2,3": "", "a,2,3,4": "", "NaN,1,2,3": "", "1e9,1,2,3": "", evil: ""} {
		if got := readBox(text); got != want {
			t.Errorf("readBox(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestHitAnchor(t *testing.T) {
	hit := indexer.Hit{Passage: indexer.Passage{Kind: indexer.SectionPassage, SectionID: "2.1", Text: "一\n二三"}}
	if got := hitAnchor(&hit, nil); got != "s-2.1" {
		t.Errorf("of a heading: got %s", got)
	}
	hit.Snippet = indexer.Snippet{Text: "二三", Start: 4, Marks: []indexer.Range{{Start: 0, End: 3}}}
	if got := hitAnchor(&hit, nil); got != "s-2.1-p-2" {
		t.Errorf("of the second paragraph: got %s", got)
	}
}
