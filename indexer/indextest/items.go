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

// an itemSearch is a query on line items with the items it must find, in any order, named as by itemName.
type itemSearch struct {
	name  string
	query indexer.Query
	want  []string
}

// itemName names a line item: file, table, row and column, and its amount in yuan.
func itemName(i indexer.LineItem) string {
	amount := string(i.State)
	if i.Amount != nil {
		amount = i.Amount.String()
	}
	return fmt.Sprintf("%s t%dr%dc%d %s", fileName(i.DisclosureID), i.TableIndex+1, i.Row, i.Column, amount)
}

func itemSearches() []itemSearch {
	return []itemSearch{
		{"name", indexer.Query{Text: "公务接待费"}, []string{
			"hospital-3.10 t4r1c1 31000.00", "hospital-3.10 t4r1c2 31000.00", "hospital-4.20 t4r1c1 42000.00", "hospital-4.20 t4r1c2 42000.00"}},
		{"name and title", indexer.Query{Text: "三公经费 接待", Filters: indexer.Filters{YearFrom: 2024, Header: []string{"合计"}}}, []string{"hospital-3.10 t4r1c1 31000.00"}},
		{"title alone", indexer.Query{Text: "三公经费", Filters: indexer.Filters{YearTo: 2023, Header: []string{"合计"}}}, []string{
			"hospital-4.20 t4r0c1 42000.00", "hospital-4.20 t4r1c1 42000.00", "hospital-4.20 t4r2c1 0.00"}},
		{"header", indexer.Query{Text: "养老保险缴费", Filters: indexer.Filters{Header: []string{"基本支出"}}}, []string{
			"hospital-3.10 t2r2c5 1082900.00", "hospital-4.20 t2r2c5 1082900.00", "library t1r1c5 90000.50"}},
		{"header in the text", indexer.Query{Text: "基本支出 2080505 支出"}, []string{
			"hospital-3.10 t2r2c5 1082900.00", "hospital-4.20 t2r2c5 1082900.00", "library t1r1c5 90000.50"}},
		{"code", indexer.Query{Filters: indexer.Filters{Code: []string{"2080505"}, YearFrom: 2024, Header: []string{"合计"}}}, []string{
			"hospital-3.10 t2r2c4 1082900.00", "library t1r1c4 90000.50"}},
		{"right side", indexer.Query{Filters: indexer.Filters{Code: []string{"302"}}}, []string{"pensions t1r0c5 612500.00", "pensions t1r1c5 -22200.00"}},
		{"left side only", indexer.Query{Text: "基本工资", Filters: indexer.Filters{Kind: []schemas.DocumentKind{schemas.FinalAccounts}}}, []string{"pensions t1r1c2 3656000.00"}},
		{"code in the name", indexer.Query{Filters: indexer.Filters{Code: []string{"21"}, Form: []string{"收支总体"}, YearTo: 2023}}, []string{"hospital-4.20 t1r1c3 54823400.00"}},
		{"unit in the header", indexer.Query{Filters: indexer.Filters{Form: []string{"表六"}}}, []string{"library t2r0c2 1000000.00", "library t2r1c2 600000.00", "library t2r2c2 1000000.00"}},
		{"negative", indexer.Query{Filters: indexer.Filters{Max: ptr(schemas.Fen(-1))}}, []string{
			"hospital-3.10 t1r1c1 -125000.00", "hospital-4.20 t1r1c1 -125000.00", "pensions t1r1c5 -22200.00"}},
		{"zero", indexer.Query{Filters: indexer.Filters{State: []indexer.State{indexer.ZeroState}, YearTo: 2023}}, []string{"hospital-4.20 t2r2c6 0.00", "hospital-4.20 t4r2c1 0.00"}},
		{"unparsed", indexer.Query{Filters: indexer.Filters{State: []indexer.State{indexer.UnparsedState}}}, []string{"hospital-3.10 t2r3c5 unparsed", "hospital-4.20 t2r3c5 unparsed"}},
		{"or and not", indexer.Query{Expr: indexer.And{Nodes: []indexer.Node{
			indexer.Or{Nodes: []indexer.Node{word("基本工资"), word("2080505")}}, indexer.Not{Node: word("基本支出")}}}, Filters: indexer.Filters{Unit: []string{"图书馆"}}}, []string{"library t1r1c4 90000.50"}},
		{"nothing", indexer.Query{Text: "挂号"}, nil},
	}
}

func testItems(t *testing.T, s Store) {
	for _, tc := range append(itemSearches(), chosenItems()...) {
		t.Run(tc.name, func(t *testing.T) {
			tc.query.Limit = 100
			res, err := s.Items(t.Context(), tc.query)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, i := range res.Items {
				got = append(got, itemName(i))
			}
			slices.Sort(got)
			if diff := cmp.Diff(got, tc.want); diff != "" {
				t.Errorf("items (-got +want):\n%s", diff)
			}
			if res.Total != len(tc.want) {
				t.Errorf("got total %d, want %d", res.Total, len(tc.want))
			}
		})
	}
}

// testItemRecords checks that every line item comes back as Records made it, page by page, and in order of the amount.
func testItemRecords(t *testing.T, s Store) {
	var want []indexer.LineItem
	for _, d := range Disclosures() {
		b, err := indexer.Records(d)
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, b.Items...)
	}
	slices.SortFunc(want, func(a, b indexer.LineItem) int { return strings.Compare(a.ID, b.ID) })
	var got []indexer.LineItem
	for q := (indexer.Query{Limit: 9}); ; {
		res, err := s.Items(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, res.Items...)
		if q.After = res.Next; res.Next == "" {
			break
		}
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("items (-got +want):\n%s", diff)
	}
	res, err := s.Items(t.Context(), indexer.Query{Sort: indexer.ByAmount, Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	last := schemas.Fen(1 << 62)
	for _, i := range res.Items {
		amount := indexer.NoAmount
		if i.Amount != nil {
			amount = *i.Amount
		}
		if amount > last {
			t.Errorf("%s comes after %s", itemName(i), last)
		}
		last = amount
	}
}

// a sum is a query on line items with the groups it must give.
type sum struct {
	name  string
	query indexer.Query
	by    []indexer.Dimension
	want  []string
}

func sums() []sum {
	total := indexer.Query{Filters: indexer.Filters{Form: []string{"general_public_expenditure"}, Header: []string{"合计"}}}
	pensions := total
	pensions.Code = []string{"208"}
	const coded = "general_public_expenditure functional-"
	return []sum{
		{"by unit, levels apart", total, []indexer.Dimension{indexer.UnitDimension}, []string{
			"云岭县人民医院 budget unit " + coded + "class total year 45403600.00 4", "云岭县人民医院 budget unit " + coded + "item total year 2165800.00 2",
			"云岭县人民医院 budget unit " + coded + "section total year 3590000.00 2",
			"青禾县图书馆 budget department " + coded + "class total year 1234567.89 1", "青禾县图书馆 budget department " + coded + "item total year 90000.50 1"}},
		{"by code and year, scopes apart", pensions, []indexer.Dimension{indexer.CodeDimension, indexer.YearDimension}, []string{
			"208|2023 budget unit " + coded + "class total year 1795000.00 1", "208|2024 budget unit " + coded + "class total year 1795000.00 1",
			"20805|2023 budget unit " + coded + "section total year 1795000.00 1", "20805|2024 budget unit " + coded + "section total year 1795000.00 1",
			"2080505|2023 budget unit " + coded + "item total year 1082900.00 1", "2080505|2024 budget department " + coded + "item total year 90000.50 1",
			"2080505|2024 budget unit " + coded + "item total year 1082900.00 1"}},
		{"by region", indexer.Query{Filters: indexer.Filters{Code: []string{"2080505"}, Header: []string{"合计"}}}, []indexer.Dimension{indexer.RegionDimension}, []string{
			"云岭县 budget unit " + coded + "item total year 2165800.00 2", "青禾县 budget department " + coded + "item total year 90000.50 1"}},
		{"columns not chosen: the totals", indexer.Query{Filters: indexer.Filters{Code: []string{"2080505"}}}, []indexer.Dimension{indexer.RegionDimension}, []string{
			"云岭县 budget unit " + coded + "item total year 2165800.00 2", "青禾县 budget department " + coded + "item total year 90000.50 1"}},
		{"by measure", indexer.Query{Filters: indexer.Filters{Code: []string{"2080505"}, Unit: []string{"图书馆"}}}, []indexer.Dimension{indexer.MeasureDimension}, []string{
			"basic budget department " + coded + "item basic year 90000.50 1", "total budget department " + coded + "item total year 90000.50 1"}},
		{"by header", indexer.Query{Text: "公务接待费"}, []indexer.Dimension{indexer.HeaderDimension}, []string{
			"合计 budget unit three_public_expenses  reception year 73000.00 2",
			"资金来源 > 一般公共预算 budget unit three_public_expenses  reception.general_public year 73000.00 2"}},
		{"by nothing", indexer.Query{Filters: indexer.Filters{Code: []string{"302"}}}, nil, []string{
			" final_accounts unit general_public_basic_expenditure economic-class total year 612500.00 1",
			" final_accounts unit general_public_basic_expenditure economic-section total year -22200.00 1"}},
		{"of what is no amount", indexer.Query{Filters: indexer.Filters{State: []indexer.State{indexer.UnparsedState}}}, []indexer.Dimension{indexer.UnitDimension}, nil},
	}
}

// groupNames writes groups as KEYS KIND SCOPE FORM LEVEL-OR-LINE MEASURE PERIOD SUM COUNT.
func groupNames(groups []indexer.Group) []string {
	var out []string
	for _, g := range groups {
		what := string(g.Classification) + "-" + string(g.Level)
		if g.Level == "" {
			what = g.Line
		}
		out = append(out, fmt.Sprintf("%s %s %s %s %s %s %s %s %d", strings.Join(g.Keys, "|"), g.DocumentKind, g.Scope, g.Form, what, g.Measure, g.Period, g.Sum, g.Count))
	}
	return out
}

func testSums(t *testing.T, s Store) {
	for _, tc := range sums() {
		t.Run(tc.name, func(t *testing.T) {
			got, err := s.Sum(t.Context(), tc.query, tc.by)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(groupNames(got), tc.want); diff != "" {
				t.Errorf("groups (-got +want):\n%s", diff)
			}
		})
	}
}

// testLargeSums checks that sums are exact where a float64 would not be.
func testLargeSums(t *testing.T, s Store) {
	d := base("large", "大额单位", "云岭县", 2024, schemas.Budget, schemas.UnitScope)
	d.Tables = []schemas.Table{{Title: "表", UnitOfMeasure: "元", Pages: []int{1}, Columns: columns("name:名称", "amount:金额"), Rows: []schemas.Row{
		row(1, 1, "", "甲|400000000000000.01"), row(1, 2, "", "甲|400000000000000.02"), row(1, 3, "", "甲|-0.01"), row(1, 4, "", "甲|-99999999.99"),
	}}}
	put(t, s, d, indexer.Stored)
	if err := s.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	got, err := s.Sum(t.Context(), indexer.Query{Filters: indexer.Filters{Unit: []string{"大额单位"}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(groupNames(got), []string{" budget unit  甲 total year 799999900000000.03 4"}); diff != "" {
		t.Errorf("groups (-got +want):\n%s", diff)
	}
}
