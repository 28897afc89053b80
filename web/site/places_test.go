package site_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"go.uber.org/zap"

	"yusuan/indexer"
	"yusuan/indexer/indextest"
	"yusuan/indexer/sqlite"
	"yusuan/schemas"
)

// demo are the disclosures of the demo, as they truly are.
func demo(t testing.TB) []*schemas.Disclosure {
	t.Helper()
	files, err := filepath.Glob("../../cmd/yusuan/demo/*.truth.json")
	if err != nil || len(files) != 6 {
		t.Fatalf("got %d truths of the demo: %v", len(files), err)
	}
	var list []*schemas.Disclosure
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		d := new(schemas.Disclosure)
		if err := json.Unmarshal(data, d); err != nil {
			t.Fatal(err)
		}
		list = append(list, d)
	}
	return list
}

// found is the one of the unit, year and kind.
func found(t testing.TB, list []*schemas.Disclosure, unit string, year int, kind schemas.DocumentKind) *schemas.Disclosure {
	t.Helper()
	for _, d := range list {
		if d.Unit == unit && *d.FiscalYear == year && d.DocumentKind == kind {
			return d
		}
	}
	t.Fatalf("the demo has no %s %d %s", unit, year, kind)
	return nil
}

// like is a disclosure as another one, changed.
func like(t testing.TB, d *schemas.Disclosure, name string, change func(*schemas.Disclosure)) *schemas.Disclosure {
	t.Helper()
	data, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	out := new(schemas.Disclosure)
	if err := json.Unmarshal(data, out); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(name))
	out.Source.SHA256 = hex.EncodeToString(sum[:])
	change(out)
	return out
}

// at is the address of a page with parameters NAME, VALUE, ….
func at(path string, pairs ...string) string {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return path + "?" + v.Encode()
}

// A cell is a cell with an amount.
type cell struct {
	fen  string
	text string // as shown, with what stands below it
	link string
}

var (
	rowPattern  = regexp.MustCompile(`(?s)<tr data-row="([^"]*)">(.*?)</tr>`)
	cellPattern = regexp.MustCompile(`(?s)<td class="num[^"]*"(?: data-fen="(-?\d+)")?>(.*?)</td>`)
	linkPattern = regexp.MustCompile(`href="([^"]*)"`)
	tagPattern  = regexp.MustCompile(`<[^>]*>`)
)

// table are the rows with amounts of the table with an id, by their keys.
func table(t testing.TB, w *httptest.ResponseRecorder, id string) map[string][]cell {
	t.Helper()
	_, rest, ok := strings.Cut(w.Body.String(), fmt.Sprintf(`id="%s"><thead>`, id))
	if !ok {
		t.Fatalf("there is no table %s (status %d)", id, w.Code)
	}
	rest, _, _ = strings.Cut(rest, "</table>")
	rows := map[string][]cell{}
	for _, row := range rowPattern.FindAllStringSubmatch(rest, -1) {
		var cells []cell
		for _, m := range cellPattern.FindAllStringSubmatch(row[2], -1) {
			c := cell{fen: m[1], text: strings.Join(strings.Fields(html.UnescapeString(tagPattern.ReplaceAllString(m[2], " "))), " ")}
			if link := linkPattern.FindStringSubmatch(m[2]); link != nil {
				c.link = html.UnescapeString(link[1])
			}
			cells = append(cells, c)
		}
		rows[row[1]] = cells
	}
	return rows
}

// TestUnit holds the page of a unit against what its disclosures truly say.
func TestUnit(t *testing.T) {
	truths := demo(t)
	h := newSite(t, config(newStore(t, truths...)))
	w := get(h, at("/unit", "unit", "青禾县水利局", "region", "青禾县"))
	says(t, w, "青禾县水利局", "政府机关", "部门口径", "12 页", "决算", "编制数")
	rows := table(t, w, "budget-department-table")
	before, now := found(t, truths, "青禾县水利局", 2023, schemas.Budget), found(t, truths, "青禾县水利局", 2024, schemas.Budget)
	for key, want := range map[string][2]string{
		"revenue": {"2,359.03", "2,278.54 -80.49 -3.4%"}, "spending": {"2,359.03", "2,278.54 -80.49 -3.4%"}, "basic": {"778.53", "784.44 +5.91 +0.8%"},
		"project": {"1,580.50", "1,494.10 -86.40 -5.5%"}, "government-fund": {"260.00", "215.00 -45.00 -17.3%"}, "three-public": {"11.05", "9.40 -1.65 -14.9%"},
		"vehicles": {"9.60", "8.40 -1.20 -12.5%"}, "reception": {"1.45", "1.00 -0.45 -31.0%"}, "overseas": {"—", "—"},
		"class-213": {"1,871.44", "1,831.69 -39.75 -2.1%"}, "staff-authorised": {"52", "52"}, "staff-actual": {"63", "66"},
	} {
		got := rows[key]
		if len(got) != 2 || got[0].text != want[0] || got[1].text != want[1] {
			t.Errorf("%s: got %q, want %q", key, got, want)
			continue
		}
		for i, d := range []*schemas.Disclosure{before, now} {
			if got[i].text != "—" && !strings.HasPrefix(got[i].link, "/disclosures/"+d.ID()) {
				t.Errorf("%s leads to %q, want its place in %s", key, got[i].link, d.ID())
			}
		}
	}
	if got := rows["revenue"][1]; got.fen != "2278540000" || !strings.Contains(got.link, "#t-1-r-") || !strings.Contains(got.link, "page=3") {
		t.Errorf("got %+v, want the place of 22,785,400.00 元", got)
	}
	says(t, get(h, at("/unit", "unit", "青禾县水利局", "region", "青禾县", "in", "yuan")), "22,785,400.00", "单位：元")
	says(t, get(h, at("/unit", "unit", "青禾县水利局", "region", "青禾县"), "Accept-Language", "en"), "Main figures", "in 万 yuan")
}

// TestUnitProjects has the amounts of projects that the narrative says, or else the form of projects.
func TestUnitProjects(t *testing.T) {
	d := like(t, found(t, demo(t), "青禾县水利局", 2024, schemas.Budget), "projects", func(d *schemas.Disclosure) {
		delete(d.Projects[1].Fields, "预算安排规模")
		d.Projects = d.Projects[:2]
	})
	w := get(newSite(t, config(newStore(t, d))), at("/unit", "unit", d.Unit))
	_, page, _ := strings.Cut(html.UnescapeString(w.Body.String()), `<table class="projects">`)
	for name, amount := range map[string]string{d.Projects[0].Name: "480.00", d.Projects[1].Name: "536.00", "防汛物资储备和山洪灾害监测预警": "92.30"} {
		_, rest, ok := strings.Cut(page, ">"+name+"<")
		row, _, _ := strings.Cut(rest, "</tr>")
		if !ok || !strings.Contains(row, ">"+amount+"<") {
			t.Errorf("project %s is %t there, with %q, want %s", name, ok, row, amount)
		}
	}
}

// TestUnitYears shows what is missing between the years, and what is superseded.
func TestUnitYears(t *testing.T) {
	truth := found(t, demo(t), "青禾县水利局", 2024, schemas.Budget)
	of := func(name string, year int, published string) *schemas.Disclosure {
		return like(t, truth, name, func(d *schemas.Disclosure) { d.FiscalYear, d.PublishedOn = &year, &published })
	}
	list := []*schemas.Disclosure{of("a", 2021, "2021-02-01"), of("b", 2024, "2024-02-01"), of("c", 2024, "2024-05-01")}
	w := get(newSite(t, config(newStore(t, list...))), at("/unit", "unit", truth.Unit))
	says(t, w, "旧版", ">2022<", ">2023<", "/disclosures/"+list[1].ID())
	if n := strings.Count(w.Body.String(), `<td class="gap">缺</td>`); n != 2 {
		t.Errorf("got %d years missing, want 2", n)
	}
	rows := table(t, w, "budget-department-table")
	if got := rows["revenue"]; len(got) != 4 || got[0].fen == "" || got[1].fen != "" || got[2].fen != "" || got[3].text != "2,278.54" {
		t.Errorf("got %+v, want figures of 2021 and 2024, and no change against 2021", got)
	}
}

// TestUnitForms tells four states of forms apart.
func TestUnitForms(t *testing.T) {
	d := like(t, found(t, demo(t), "青禾县水利局", 2024, schemas.Budget), "forms", func(d *schemas.Disclosure) {
		tables := []schemas.Table{{Title: "国有资本经营预算支出情况表", Kind: schemas.StateCapitalExpenditure}}
		tables[0].Empty, tables[0].Notes = true, []string{"本表为空表。"}
		for _, one := range d.Tables {
			switch one.Kind {
			case schemas.GovernmentFundExpenditure:
				one.Empty, one.Rows, one.Notes = true, nil, nil
			case schemas.ThreePublicExpenses:
				continue
			}
			tables = append(tables, one)
		}
		d.Tables = tables
	})
	w := get(newSite(t, config(newStore(t, d))), at("/unit", "unit", d.Unit))
	_, page, _ := strings.Cut(html.UnescapeString(w.Body.String()), `<table class="matrix forms">`)
	for form, state := range map[string]string{"收支总表": "figure", "国有资本经营预算支出表": "declared-empty", "政府性基金预算支出表": "blank", "“三公”经费支出表": "missing"} {
		_, rest, ok := strings.Cut(page, ">"+form+"<")
		row, _, _ := strings.Cut(rest, "</tr>")
		if !ok || !strings.Contains(row, `class="state `+state+`"`) {
			t.Errorf("%s is %q, want %s", form, row, state)
		}
	}
}

// TestUnitsOfOneName lets choose where several regions have a unit of the name.
func TestUnitsOfOneName(t *testing.T) {
	truth := found(t, demo(t), "青禾县水利局", 2024, schemas.Budget)
	of := func(region string) *schemas.Disclosure {
		return like(t, truth, region, func(d *schemas.Disclosure) { d.Unit, d.Region = "水利局", region })
	}
	h := newSite(t, config(newStore(t, of("甲县"), of("乙县"))))
	w := get(h, at("/unit", "unit", "水利局"))
	says(t, w, "几个地区都有这个名称的单位", at("/unit", "unit", "水利局", "region", "甲县"), "乙县")
	if strings.Contains(w.Body.String(), "data-fen") {
		t.Error("figures of two units are on one page")
	}
	says(t, get(h, at("/unit", "unit", "水利局", "region", "乙县")), "2,278.54")
	says(t, get(h, at("/compare", "unit", "水利局", "unit", "青禾县图书馆")), "“水利局”可能是", "甲县 水利局")
	says(t, get(h, at("/compare", "unit", "甲县 水利局", "unit", "乙县 水利局")), "2,278.54")
}

// totals adds up the amounts that a query finds, one by one.
func totals(t testing.TB, s *sqlite.Store, f indexer.Filters, keep func(*indexer.LineItem) bool) (sum schemas.Fen) {
	t.Helper()
	f.Period, f.Measure = []indexer.Period{indexer.YearPeriod}, []indexer.Measure{indexer.TotalMeasure}
	res, err := s.Items(t.Context(), indexer.Query{Filters: f, Limit: indexer.MaxLimit})
	if err != nil || res.Next != "" {
		t.Fatal(err, res.Next)
	}
	for i := range res.Items {
		if keep(&res.Items[i]) {
			sum += *res.Items[i].Amount
		}
	}
	return sum
}

// TestRegion holds the sums of a county against its figures, one by one.
func TestRegion(t *testing.T) {
	for name, others := range map[string]int{"most of the index": 0, "little of the index": 60} {
		t.Run(name, func(t *testing.T) { testRegion(t, newStore(t, append(demo(t), schools(others)...)...)) })
	}
}

func testRegion(t *testing.T, s *sqlite.Store) {
	h := newSite(t, config(s))
	w := get(h, at("/region", "region", "青禾县"))
	says(t, w, "青禾县", "各年合计", "青禾县水利局", "青禾县社会保险服务中心", "部门口径", "单位口径", ">预<", ">决<")
	for _, tc := range []struct {
		kind   schemas.DocumentKind
		scope  schemas.Scope
		column int // of the table
		year   int
	}{{schemas.Budget, schemas.UnitScope, 0, 2023}, {schemas.Budget, schemas.UnitScope, 1, 2024}, {schemas.Budget, schemas.DepartmentScope, 1, 2024}, {schemas.FinalAccounts, schemas.DepartmentScope, 0, 2023}} {
		rows := table(t, w, fmt.Sprintf("sum-%s-%s-table", tc.kind, tc.scope))
		f := indexer.Filters{Region: []string{"=青禾县"}, Kind: []schemas.DocumentKind{tc.kind}, Scope: []schemas.Scope{tc.scope}, YearFrom: tc.year, YearTo: tc.year}
		for key, form := range map[string]schemas.Form{"spending-year": schemas.ExpenditureSummary, "three-public": schemas.ThreePublicExpenses} {
			f.Form = []string{string(form)}
			want := totals(t, s, f, func(it *indexer.LineItem) bool { return it.Code == "" && (it.Line == "" || it.Line == "合计") })
			if want == 0 || rows[key][tc.column].fen != strconv.FormatInt(int64(want), 10) {
				t.Errorf("%s %s %d %s: got %+v, want %d", tc.kind, tc.scope, tc.year, key, rows[key], want)
			}
		}
	}
	f := indexer.Filters{Region: []string{"=青禾县"}, Kind: []schemas.DocumentKind{schemas.Budget}, Scope: []schemas.Scope{schemas.UnitScope}, YearFrom: 2024, YearTo: 2024, Form: []string{string(schemas.GeneralPublicExpenditure)}}
	want := totals(t, s, f, func(it *indexer.LineItem) bool { return it.Code == "208" })
	if got := table(t, w, "classes-unit")["208"]; want == 0 || got[0].fen != strconv.FormatInt(int64(want), 10) || !strings.HasPrefix(got[0].link, "/figures?code=208") {
		t.Errorf("208: got %+v, want %d", got, want)
	}
	says(t, get(h, at("/region", "region", "青禾县", "year", "2023", "kind", "final_accounts")), "2023 决算")
}

// schools are disclosures of as many units of one county, without any figures.
func schools(n int) []*schemas.Disclosure {
	var list []*schemas.Disclosure
	year := 2024
	for i := range n {
		unit := fmt.Sprintf("千户县第%03d小学", i)
		sum := sha256.Sum256([]byte(unit))
		list = append(list, &schemas.Disclosure{SchemaVersion: schemas.SchemaVersion, Source: schemas.Source{SHA256: hex.EncodeToString(sum[:])}, Unit: unit, Region: "千户县", FiscalYear: &year,
			DocumentKind: schemas.Budget, Scope: schemas.UnitScope, ParserVersion: 3})
	}
	return list
}

// TestRegionUnits goes through the pages of a county with many units, and narrows them down.
func TestRegionUnits(t *testing.T) {
	h := newSite(t, config(newStore(t, schools(230)...)))
	for path, want := range map[string][]string{
		at("/region", "region", "千户县"):                                {"230 个单位", "第 1 页，共 3 页", "第000小学", `rel="next"`},
		at("/region", "region", "千户县", "page", "3"):                   {"第 3 页，共 3 页", "第229小学", `rel="prev"`},
		at("/region", "region", "千户县", "page", "99"):                  {"第 3 页，共 3 页"},
		at("/region", "region", "千户县", "find", "第1"):                  {"100 个单位", "第100小学"},
		at("/region", "region", "千户县", "find", "中学"):                  {"没有这样的单位"},
		at("/region", "region", "千户县", "type", "school", "page", "2"): {"第 2 页，共 3 页"},
		at("/region", "region", "千户县", "type", "medical"):             {"没有这样的单位"},
		at("/regions", "find", "千户"):                                  {"千户县", "230 个单位", "230 份文件"},
		at("/regions"):                                                {"千户县", "青禾县", "云岭县", "未写明地区"},
	} {
		says(t, get(h, path), want...)
	}
	if w := get(h, at("/region", "region", "千户县", "page", "3")); strings.Count(w.Body.String(), `class="mark-budget" href=`) != 30 {
		t.Error("the last page does not have the last 30 units")
	}
}

// TestCode holds the page of a code against the figures, one by one.
func TestCode(t *testing.T) {
	s := newStore(t, demo(t)...)
	h := newSite(t, config(s))
	path := at("/code", "code", "208", "kind", "budget", "scope", "department", "year", "2024")
	w := get(h, path)
	says(t, w, "208", "社会保障和就业支出", "下级科目", "各地区", "云岭县社会保险事业管理局", "一般公共预算支出表")
	f := indexer.Filters{Kind: []schemas.DocumentKind{schemas.Budget}, Scope: []schemas.Scope{schemas.DepartmentScope}, YearFrom: 2024, YearTo: 2024, Form: []string{string(schemas.GeneralPublicExpenditure)}}
	for id, codes := range map[string][]string{"years-table": {"208"}, "below-table": {"20805", "20801"}} {
		rows := table(t, w, id)
		for _, code := range codes {
			want := totals(t, s, f, func(it *indexer.LineItem) bool { return it.Code == code })
			got := rows[code]
			if id == "years-table" {
				got = rows["budget-department"][1:]
			}
			if len(got) == 0 || want == 0 || got[0].fen != strconv.FormatInt(int64(want), 10) || !strings.Contains(got[0].link, "code="+code) {
				t.Errorf("%s: got %+v, want %d", code, got, want)
			}
		}
	}
	for path, want := range map[string]string{"/code?code=30101": "基本工资", "/code?code=2080505": "机关事业单位基本养老保险缴费支出", "/code?code=20201": "库里没有这个科目的金额", "/codes": "社会保障和就业支出", "/codes?find=公务接待": "30217", "/codes?find=恐龙": "没有这样的科目", "/codes?all=true": "外交支出"} {
		says(t, get(h, path), want)
	}
}

// TestCompare compares units, years and a code.
func TestCompare(t *testing.T) {
	h := newSite(t, config(newStore(t, demo(t)...)))
	w := get(h, at("/compare", "unit", "青禾县水利局", "unit", "云岭县社会保险事业管理局"))
	says(t, w, "2024 预算", "占 ", "部门口径")
	if got := table(t, w, "units-table")["spending-year"]; len(got) != 2 || got[0].text != "2,278.54" || !strings.Contains(got[1].text, "%") {
		t.Errorf("got %+v, want the expenditure of both, and how the second differs", got)
	}
	for path, want := range map[string][]string{
		at("/compare"): {"填两个或更多单位"},
		at("/compare", "unit", "青禾县水利局"):                                               {"请再填一个单位"},
		at("/compare", "unit", "水利", "unit", "云岭县社会保险事业管理局"):                           {"青禾县水利局", "2024 预算"},
		at("/compare", "unit", "恐龙局", "unit", "青禾县水利局"):                                {"没有名称含“恐龙局”的单位"},
		at("/compare", "unit", "青禾县", "unit", "云岭县社会保险事业管理局"):                          {"“青禾县”可能是", "青禾县社会保险服务中心"},
		at("/compare", "by", "years", "unit", "青禾县水利局"):                                {"2023 → 2024", "25 处变化", "-1.65", "主要原因是：带头过紧日子", "第 12 页"},
		at("/compare", "by", "years", "unit", "青禾县水利局", "years", "2024"):               {"不能比较"},
		at("/compare", "by", "region", "code", "208", "year", "2024"):                  {"青禾县", "云岭县", "134.24", "+3.23"},
		at("/compare", "by", "unit", "code", "2080501", "year", "2024"):                {"青禾县水利局", "提高退休人员补贴标准"},
		at("/compare", "by", "region", "code", "208"):                                  {"208", "2024"},
		at("/compare", "by", "region", "code", "208", "year", "20x4"):                  {"四位数"},
		at("/compare", "by", "region", "code", "abc"):                                  {"没有科目“abc”"},
		at("/compare", "by", "region", "code", "299", "year", "2024"):                  {"没有这个科目的金额"},
		at("/compare", "by", "unit", "code", "208", "year", "2024", "region", "云岭县"):   {"云岭县社会保险事业管理局"},
		at("/compare", "by", "unit", "code", "208", "year", "2024", "kind", "unknown"): {"没有这个科目的金额"},
	} {
		says(t, get(h, path), want...)
	}
}

// TestNoSuchPlace answers for what there is not.
func TestNoSuchPlace(t *testing.T) {
	h := newSite(t, config(newStore(t)))
	for _, path := range []string{at("/unit", "unit", "恐龙局"), at("/unit"), at("/region", "region", "恐龙县"), "/code", "/code?code=1", "/code?code=2x8", "/code?code=99999", "/code?code=20805051"} {
		if w := get(h, path); w.Code != http.StatusNotFound {
			t.Errorf("%s: got %d, want 404", path, w.Code)
		}
	}
	if w := get(h, "/region"); w.Code != http.StatusSeeOther {
		t.Errorf("/region: got %d, want to be led to the list", w.Code)
	}
	empty, err := sqlite.Open(t.Context(), zap.NewNop(), filepath.Join(t.TempDir(), "index.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer empty.Close()
	h = newSite(t, config(empty))
	for path, want := range map[string]string{"/regions": "没有这样的地区", "/codes": "还没有带科目编码的金额", "/code?code=208": "库里没有这个科目的金额", "/compare?code=208": "年度应写成四位数"} {
		says(t, get(h, path), want)
	}
}

// TestHostilePlaces has nothing of a document or a query become markup.
func TestHostilePlaces(t *testing.T) {
	d := like(t, found(t, demo(t), "青禾县水利局", 2024, schemas.Budget), "hostile", func(d *schemas.Disclosure) {
		d.Unit, d.Region, d.Title, d.Source.FileName = hostile, "恶县"+hostile, hostile, hostile
		d.Projects[0].Name, d.Projects[0].Fields["主要内容"] = hostile, hostile
		for i := range d.Tables {
			for k := range d.Tables[i].Rows {
				for c, text := range d.Tables[i].Rows[k].Cells {
					if strings.Contains(text, "社会保障") {
						d.Tables[i].Rows[k].Cells[c] = text + hostile
					}
				}
			}
		}
	})
	h := newSite(t, config(newStore(t, d)))
	for _, path := range []string{at("/unit", "unit", hostile), at("/unit", "unit", "x"+hostile), at("/region", "region", "恶县"+hostile), at("/region", "region", "恶县"+hostile, "find", hostile, "type", hostile, "year", hostile, "kind", hostile),
		at("/regions"), at("/regions", "find", hostile), at("/codes", "find", hostile, "region", hostile), at("/code", "code", hostile), at("/code", "code", "208", "region", hostile),
		at("/code", "code", "208", "year", hostile, "table", hostile), at("/compare", "unit", hostile, "unit", "青禾县图书馆"), at("/compare", "by", hostile, "code", hostile, "year", hostile, "region", hostile, "kind", hostile),
		at("/compare", "by", "years", "unit", hostile), at("/compare", "by", "unit", "code", "208", "year", "2024")} {
		w := get(h, path)
		if w.Code >= 500 {
			t.Errorf("%s: got %d", path, w.Code)
		}
		harmless(t, w)
	}
}

// TestUnitWithoutRegion has documents that do not say where their unit is.
func TestUnitWithoutRegion(t *testing.T) {
	of := func(n int, region string, year int) *schemas.Disclosure {
		d := indextest.Disclosures()[0]
		d.Source.SHA256 = strings.Repeat(fmt.Sprintf("%02x", 0x90+n), 32)
		d.Unit, d.Region, d.FiscalYear = "石桥农技站", region, new(year)
		return d
	}
	one := newSite(t, config(newStore(t, of(1, "青禾县", 2023), of(2, "", 2024))))
	w := get(one, "/unit?unit=石桥农技站")
	says(t, w, "2023", "2024")
	if n := strings.Count(w.Body.String(), `href="/disclosures/`); n < 2 {
		t.Errorf("got %d links to disclosures", n)
	}
	several := newSite(t, config(newStore(t, of(1, "青禾县", 2023), of(2, "", 2024), of(3, "云岭县", 2024))))
	w = get(several, "/unit?unit=石桥农技站")
	says(t, w, "青禾县", "云岭县", `href="/?unit=%3D`)
	if strings.Contains(w.Body.String(), `href="/disclosures/`) {
		t.Error("units of different regions are shown as one")
	}
}
