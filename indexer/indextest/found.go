package indextest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yusuan/indexer"
	"yusuan/schemas"
)

// district is a budget of a county whose city and province are known, with a project, a glossary, indicators, and last year's figures
// beside this year's.
func district() *schemas.Disclosure {
	d := base("district", "余杭区示例服务中心", "余杭区", 2025, schemas.Budget, schemas.UnitScope)
	d.Source.TextSource = schemas.FromOCR
	d.Sections = []schemas.Section{
		with(section("1", 1, "第一部分", "2025年余杭区示例服务中心预算情况说明", 2),
			section("1.1", 2, "一、", "关于“三公”经费情况说明", 2, "公务接待费减少。", "湿地巡护项目：安排120万元。")),
		section("2", 1, "第二部分", "名词解释", 3, "本部分解释名词。", "湿地补助：指用于湿地保护的补助资金。"),
	}
	d.Projects = []schemas.Project{{Name: "湿地巡护项目", Fields: map[string]string{"预算安排规模": "120万元"}, Page: 3}}
	d.Glossary = []schemas.Term{{Term: "湿地补助", Definition: "指用于湿地保护的补助资金。"}}
	d.Tables = []schemas.Table{
		{
			Number: "表 1", Title: "支出预算总表", Kind: schemas.ExpenditureSummary, UnitOfMeasure: "万元", Pages: []int{4}, At: at(4, 90),
			Columns: columns("code:科目编码", "name:科目名称", "amount:本年预算数", "amount:上年预算数"),
			Rows: []schemas.Row{
				row(4, 110, "213", "213|农林水支出|150|140"), row(4, 125, "21302", "21302|林业和草原|150|140"), row(4, 140, "2130212", "2130212|湿地保护|120|150"),
				row(4, 155, "2130299", "2130299|其他林业和草原支出|30|"),
			},
		},
		{ // codes of the government's own classification, on both sides of one row
			Number: "表 2", Title: "政府预算支出经济分类表", Kind: schemas.OtherForm, UnitOfMeasure: "万元", Pages: []int{4}, At: at(4, 300),
			Columns: columns("code:左/科目编码", "name:左/科目名称", "amount:左/预算数", "code:右/科目编码", "name:右/科目名称", "amount:右/预算数"),
			Rows:    []schemas.Row{row(4, 310, "", "501|机关工资福利支出|1|502|机关商品和服务支出|2"), row(4, 325, "", "302|商品和服务支出|3|302|商品和服务支出|4")},
		},
		{
			Title: "项目支出绩效目标表", Kind: schemas.ProjectPerformance, Pages: []int{5},
			Grid:   [][]string{{"一级指标", "二级指标", "三级指标", "指标值"}, {"产出指标", "数量指标", "湿地巡护次数", "≥57次"}},
			GridAt: []schemas.Place{*at(5, 100), *at(5, 120)},
		},
	}
	return d
}

// testFound checks what can be found beside the narrative and rows, and by what else: the divisions around a region, kinds of passages, the
// change against last year.
func testFound(t *testing.T, s Store) {
	put(t, s, district(), indexer.Stored)
	if err := s.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	passage := func(text string, kinds ...indexer.PassageKind) indexer.Query {
		return indexer.Query{Text: text, Filters: indexer.Filters{Passage: kinds}}
	}
	for _, tc := range []struct {
		name  string
		query indexer.Query
		want  []string // kind and page
	}{
		{"narrative only", passage("湿地"), []string{"section 3", "section 4", "row 4", "indicator 5"}},
		{"project", passage("湿地", indexer.ProjectPassage), []string{"project 3"}},
		{"term", passage("湿地", indexer.TermPassage), []string{"term 4"}},
		{"indicator", passage("湿地", indexer.IndicatorPassage), []string{"indicator 5"}},
		{"typed", passage("passage:project,term 湿地"), []string{"project 3", "term 4"}},
		{"in Chinese", passage("passage:名词 湿地"), []string{"term 4"}},
		{"without a kind that is left out anyway", passage("湿地 -passage:project"), []string{"section 3", "section 4", "row 4", "indicator 5"}},
		{"without a kind", passage("湿地 -passage:section"), []string{"row 4", "indicator 5"}},
		{"a kind or a unit", passage("湿地 (passage:term OR unit:图书馆)"), []string{"term 4"}},
		{"province", passage("region:浙江 湿地巡护"), []string{"section 3", "indicator 5"}},
		{"city, whole", passage("region:=杭州市 湿地巡护"), []string{"section 3", "indicator 5"}},
		{"province as a word", passage("浙江省 湿地巡护"), []string{"section 3", "indicator 5"}},
		{"county of another", passage("region:云岭 湿地巡护"), nil},
		{"type of unit", passage("unit_type:事业单位 湿地巡护"), []string{"section 3", "indicator 5"}},
		{"another type of unit", passage("unit_type:school 湿地巡护"), nil},
		{"recognised text", passage("text_source:ocr 湿地巡护"), []string{"section 3", "indicator 5"}},
		{"topic", passage("section:\"=预算情况说明 > 三公经费情况说明\""), []string{"section 2"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.query.Sort = indexer.ByDocument
			res, err := s.Search(t.Context(), tc.query)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, h := range res.Hits {
				got = append(got, fmt.Sprintf("%s %d", h.Kind, h.Page))
			}
			if diff := cmp.Diff(got, tc.want); diff != "" {
				t.Errorf("hits (-got +want):\n%s", diff)
			}
		})
	}
	t.Run("one of each disclosure", func(t *testing.T) { testPerDisclosure(t, s) })
	t.Run("change", func(t *testing.T) { testChange(t, s) })
	t.Run("facets of codes", func(t *testing.T) { testCodeFacets(t, s) })
}

// testChange checks the order by change against last year, page by page.
func testChange(t *testing.T, s Store) {
	var got []string
	for q := (indexer.Query{Sort: indexer.ByChange, Limit: 2, Filters: indexer.Filters{
		Unit: []string{"示例"}, Period: []indexer.Period{indexer.YearPeriod}, Form: []string{"expenditure_summary"}}}); ; {
		res, err := s.Items(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range res.Items {
			change := "none"
			if i.Change != nil {
				change = i.Change.String()
			}
			got = append(got, i.Code+" "+change)
		}
		if q.After = res.Next; res.Next == "" {
			break
		}
	}
	want := []string{"2130212 -300000.00", "213 100000.00", "21302 100000.00", "2130299 none"}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("items (-got +want):\n%s", diff)
	}
	if _, err := s.Search(t.Context(), indexer.Query{Sort: indexer.ByChange}); err == nil {
		t.Error("got no error for passages by change")
	}
}

// testCodeFacets goes down the tree of codes, in rows and in line items.
func testCodeFacets(t *testing.T, s Store) {
	of := func(facets []indexer.Facet, d indexer.Dimension) []indexer.Bucket {
		return facets[slices.IndexFunc(facets, func(f indexer.Facet) bool { return f.Dimension == d })].Buckets
	}
	functional := func(facets []indexer.Facet) []indexer.Bucket { return of(facets, indexer.FunctionalDimension) }
	res, err := s.Search(t.Context(), indexer.Query{Facets: true, Filters: indexer.Filters{Unit: []string{"示例"}}})
	if err != nil {
		t.Fatal(err)
	}
	economic := []indexer.Bucket{{Value: "302", Count: 1}, {Value: "501", Count: 1}, {Value: "502", Count: 1}}
	if diff := cmp.Diff(of(res.Facets, indexer.EconomicDimension), economic); diff != "" {
		t.Errorf("economic codes (-got +want):\n%s", diff)
	}
	for _, tc := range []struct {
		codes      []string
		rows, cell []indexer.Bucket
	}{
		{nil, []indexer.Bucket{{Value: "213", Count: 4}}, []indexer.Bucket{{Value: "213", Count: 7}}},
		{[]string{"213"}, []indexer.Bucket{{Value: "21302", Count: 3}}, []indexer.Bucket{{Value: "21302", Count: 5}}},
		{[]string{"21302"}, []indexer.Bucket{{Value: "2130212", Count: 1}, {Value: "2130299", Count: 1}}, []indexer.Bucket{{Value: "2130212", Count: 2}, {Value: "2130299", Count: 1}}},
		{[]string{"301"}, []indexer.Bucket{}, []indexer.Bucket{}},
	} {
		q := indexer.Query{Facets: true, Filters: indexer.Filters{Unit: []string{"示例"}, Code: tc.codes}}
		res, err := s.Search(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		items, err := s.Items(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(functional(res.Facets), tc.rows); diff != "" {
			t.Errorf("codes %v: rows (-got +want):\n%s", tc.codes, diff)
		}
		if diff := cmp.Diff(functional(items.Facets), tc.cell); diff != "" {
			t.Errorf("codes %v: line items (-got +want):\n%s", tc.codes, diff)
		}
	}
}
