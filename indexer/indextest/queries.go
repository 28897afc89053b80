package indextest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yusuan/indexer"
	"yusuan/schemas"
)

// A search is a query on passages with the passages it must find, in any order, named as by passageName.
type search struct {
	name  string
	query indexer.Query
	want  []string
}

func word(text string) indexer.Node { return indexer.Term{Text: text} }

// bothYears names the same passage of the hospital's two budgets.
func bothYears(names ...string) []string {
	var out []string
	for _, n := range names {
		out = append(out, "hospital-3.10 "+n, "hospital-4.20 "+n)
	}
	return out
}

func also(list []string, more ...string) []string { return append(slices.Clone(list), more...) }

// searches are what both back ends must find. Agree asks them, too.
func searches() []search {
	threePublic := also(bothYears("section 2.2", "table t4"), "library section 2", "pensions section 2.1")
	return slices.Concat(textSearches(threePublic), treeSearches(), filterSearches(), chosenSearches(), languageSearches())
}

func textSearches(threePublic []string) []search {
	text := func(s string) indexer.Query { return indexer.Query{Text: s} }
	return []search{
		{"quotes in the text", text("三公经费"), threePublic},
		{"quotes in the query", text("“三公”经费"), threePublic},
		{"spaced characters", text("收入总计"), bothYears("section 2.1", "row t1r2")},
		{"spaced phrase", text("\"支 出 总 计\""), bothYears("section 2.1", "row t1r2")},
		{"two characters", text("挂号"), nil},
		{"two characters, found", text("稽核"), []string{"pensions section 2.1"}},
		{"one character", text("册"), []string{"library section 1"}},
		{"one character inside a run", text("馆"), []string{"library title", "library section 2"}},
		{"one character before a figure", text("第"), []string{"library section 1"}},
		{"characters and figures", text("第12届"), []string{"library section 1"}},
		{"a figure is no part of another", text("第1"), nil},
		{"year at the end", text("2023年"), []string{"pensions section 2.1"}},
		{"code", text("2080505"), also(bothYears("row t2r2"), "library row t1r1")},
		{"part of a code", text("20805"), bothYears("row t2r1")},
		{"code in one cell", text("30101"), []string{"library row t2r1", "pensions row t1r1"}},
		{"code on the right side", text("30201"), []string{"pensions row t1r1"}},
		{"codes of two sides are no phrase", text("\"301 302\""), nil},
		{"separator in the text", text("1234.56"), []string{"pensions section 2.1"}},
		{"separator in the query", text("2,090.68"), bothYears("row t2r3")},
		{"full-width query", text("１，２３４，５６７．８９"), []string{"library row t1r0"}},
		{"full-width text", text("0991"), bothYears("section 1.1.1")},
		{"Kangxi radicals", text("二〇二四年"), bothYears("section 2.2")},
		{"case", text("abc"), []string{"library section 1"}},
		{"all words", text("三公经费 公务接待费 减少"), bothYears("section 2.2")},
		{"a word in the table's title", text("三公经费 公务接待费"), also(bothYears("section 2.2", "row t4r1"), "pensions section 2.1")},
		{"a word in the heading above", text("决算情况说明 稽核"), []string{"pensions section 2.1"}},
		{"only words of the context", text("单位概况"), bothYears("section 1")},
		{"phrase", text("“比上年减少 主要原因”"), nil},
		{"phrase over a comma", text("\"减少1.10万元，主要原因\""), bothYears("section 2.2")},
		{"phrase that leaves a comma out", text("“万元主要原因”"), nil},
		{"phrase without the comma", text("\"主要原因 是\""), bothYears("section 2.2")},
		{"phrase over a paragraph's end", text("\"公务接待费。其中\""), bothYears("section 2.2")},
		{"not all words", text("稽核 册"), nil},
		{"declared empty", text("空表"), bothYears("note t3")},
		{"grid", text("医共体"), bothYears("grid t5r0")},
		{"empty text", indexer.Query{Text: "  ", Filters: indexer.Filters{Form: []string{"other"}}}, nil},
	}
}

func treeSearches() []search {
	expr := func(n indexer.Node) indexer.Query { return indexer.Query{Expr: n} }
	unit := func(n indexer.Node) indexer.Query {
		return indexer.Query{Expr: n, Filters: indexer.Filters{Unit: []string{"图书馆"}}}
	}
	return []search{
		{"or", expr(indexer.Or{Nodes: []indexer.Node{word("稽核"), word("空表")}}), also(bothYears("note t3"), "pensions section 2.1")},
		{"and not", expr(indexer.And{Nodes: []indexer.Node{word("三公经费"), indexer.Not{Node: word("公务接待费")}}}),
			also(bothYears("table t4"), "library section 2")},
		{"not looks at own words", expr(indexer.And{Nodes: []indexer.Node{word("公务接待费"), indexer.Not{Node: word("三公经费")}}}), bothYears("row t4r1")},
		{"only not", unit(indexer.Not{Node: indexer.Or{Nodes: []indexer.Node{word("支出"), word("表六")}}}),
			[]string{"library section 1", "library title", "library row t2r1", "library row t2r2"}},
		{"not not", expr(indexer.Not{Node: indexer.Not{Node: word("稽核")}}), []string{"pensions section 2.1"}},
		{"or not", unit(indexer.Or{Nodes: []indexer.Node{word("职责"), indexer.Not{Node: word("图书馆")}}}), []string{
			"library section 1", "library section 2", "library table t1", "library row t1r0", "library row t1r1", "library table t2",
			"library row t2r0", "library row t2r1", "library row t2r2"}},
		{"nothing in or", expr(indexer.Or{}), nil},
		{"only punctuation", expr(word("。。")), nil},
	}
}

func filterSearches() []search {
	rows := bothYears("row t2r0", "row t2r1", "row t2r2", "row t2r3")
	return []search{
		{"region and year", indexer.Query{Text: "三公经费", Filters: indexer.Filters{Region: []string{"云岭"}, YearFrom: 2024}}, []string{"hospital-3.10 section 2.2", "hospital-3.10 table t4"}},
		{"part of the unit", indexer.Query{Text: "三公经费", Filters: indexer.Filters{Unit: []string{"社会保险中心"}}}, []string{"pensions section 2.1"}},
		{"whole unit", indexer.Query{Text: "三公经费", Filters: indexer.Filters{Unit: []string{"=社会保险中心"}}}, nil},
		{"whole unit, found", indexer.Query{Text: "三公经费", Filters: indexer.Filters{Unit: []string{"=青禾县图书馆"}}}, []string{"library section 2"}},
		{"two units", indexer.Query{Text: "三公经费", Filters: indexer.Filters{Unit: []string{"图书馆", "保险"}}}, []string{"library section 2", "pensions section 2.1"}},
		{"kind", indexer.Query{Text: "三公经费", Filters: indexer.Filters{Kind: []schemas.DocumentKind{schemas.FinalAccounts}}}, []string{"pensions section 2.1"}},
		{"scope", indexer.Query{Text: "三公经费", Filters: indexer.Filters{Scope: []schemas.Scope{schemas.DepartmentScope}}}, []string{"library section 2"}},
		{"years", indexer.Query{Text: "三公经费", Filters: indexer.Filters{YearTo: 2023}}, []string{"hospital-4.20 section 2.2", "hospital-4.20 table t4", "pensions section 2.1"}},
		{"no year", indexer.Query{Filters: indexer.Filters{Kind: []schemas.DocumentKind{schemas.UnknownKind}}}, []string{"nameless title", "nameless section 1"}},
		{"form", indexer.Query{Filters: indexer.Filters{Form: []string{"general_public_expenditure"}, Region: []string{"云岭"}}}, also(rows, bothYears("table t2")...)},
		{"table's title", indexer.Query{Filters: indexer.Filters{Form: []string{"支出情况表"}, State: []indexer.State{indexer.DeclaredEmptyState}}}, bothYears("table t3", "note t3")},
		{"table's number", indexer.Query{Filters: indexer.Filters{Form: []string{"公开06表"}}}, []string{"pensions table t1", "pensions row t1r0", "pensions row t1r1"}},
		{"section by ID", indexer.Query{Filters: indexer.Filters{Section: []string{"2"}, Kind: []schemas.DocumentKind{schemas.FinalAccounts}}}, []string{"pensions section 2", "pensions section 2.1"}},
		{"section by heading", indexer.Query{Filters: indexer.Filters{Section: []string{"单位概况"}}}, bothYears("section 1", "section 1.1", "section 1.1.1")},
		{"code and under it", indexer.Query{Filters: indexer.Filters{Code: []string{"208"}, Region: []string{"云岭"}}}, bothYears("row t2r0", "row t2r1", "row t2r2")},
		{"exact code", indexer.Query{Filters: indexer.Filters{Code: []string{"2080505"}}}, also(bothYears("row t2r2"), "library row t1r1")},
		{"amount", indexer.Query{Filters: indexer.Filters{Min: ptr(schemas.Fen(1_000_000_000)), Form: []string{"general_public_expenditure"}}}, bothYears("row t2r3")},
		{"amount between", indexer.Query{Filters: indexer.Filters{Min: ptr(schemas.Fen(-2_220_000)), Max: ptr(schemas.Fen(-2_220_000))}}, []string{"pensions row t1r1"}},
		{"zero", indexer.Query{Filters: indexer.Filters{State: []indexer.State{indexer.ZeroState}}}, bothYears("row t4r2")},
		{"amount and text", indexer.Query{Text: "养老", Filters: indexer.Filters{Max: ptr(schemas.Fen(9_000_050))}}, also(bothYears("row t2r2"), "library row t1r1")},
	}
}

// passageName names a passage: file, kind and place.
func passageName(p indexer.Passage) string {
	name := fileName(p.DisclosureID) + " " + string(p.Kind)
	switch {
	case p.SectionID != "":
		name += " " + p.SectionID
	case p.TableIndex != nil:
		name += fmt.Sprintf(" t%d", *p.TableIndex+1)
		if p.Row != nil {
			name += fmt.Sprintf("r%d", *p.Row)
		}
	}
	return name
}

func fileName(disclosureID string) string {
	for _, d := range Disclosures() {
		if d.ID() == disclosureID {
			return strings.TrimSuffix(d.Source.FileName, ".pdf")
		}
	}
	return disclosureID
}

func passageNames(hits []indexer.Hit) []string {
	var out []string
	for _, h := range hits {
		out = append(out, passageName(h.Passage))
	}
	return out
}

func testSearch(t *testing.T, s Store) {
	for _, tc := range searches() {
		t.Run(tc.name, func(t *testing.T) {
			tc.query.Limit = 100
			got, err := s.Search(t.Context(), tc.query)
			if err != nil {
				t.Fatal(err)
			}
			names := passageNames(got.Hits)
			slices.Sort(names)
			slices.Sort(tc.want)
			if diff := cmp.Diff(names, tc.want); diff != "" {
				t.Errorf("hits (-got +want):\n%s", diff)
			}
			if got.Total != len(tc.want) || got.Next != "" {
				t.Errorf("got total %d and next %q, want %d and none", got.Total, got.Next, len(tc.want))
			}
		})
	}
}
