package site

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"yusuan/indexer"
	"yusuan/schemas"
	"yusuan/schemas/codebook"
)

// A seriesView has a unit's figures of one kind and scope, year beside year.
type seriesView struct {
	ID, Kind, Scope string
	Columns         []seriesColumn
	Blocks          []seriesBlock
}

// A seriesColumn is a year; it has no disclosure where that is missing.
type seriesColumn struct {
	Year, Link string
	Gap        bool
}

// A seriesBlock is a part of the table, and what is drawn of it.
type seriesBlock struct {
	Name  string
	Chart chartView
	Rows  []seriesRow
}

// A chartView says which rows of a table are drawn, and how.
type chartView struct {
	Kind  string // line, bar or stack
	Rows  string // keys of rows, split by spaces; "" draws nothing
	Title string
}

// A seriesRow is one figure over the years.
type seriesRow struct {
	Key, Name, Link string
	Code            string
	Depth           int
	Persons         bool // else amounts
	Cells           []amountCell
}

// An amountCell is an amount in a table, with the place that it comes from and the change against the year before.
type amountCell struct {
	Fen            *schemas.Fen
	Text, Exact    string // in the page's unit of measure; in 元
	Link           string
	Delta, Percent string
	Less           bool
	Several        bool // the document has as good a figure that is another
	Gap            bool // there is no document
	Before         *schemas.Fen
	Share          string // of the whole that it is a part of
}

// amount fills a cell.
func (r *request) amount(m moneyView, f *schemas.Fen, link string) amountCell {
	if f == nil {
		return amountCell{}
	}
	return amountCell{Fen: f, Text: rounded(*f, m.Unit()), Exact: amountIn(*f, yuanUnit) + " " + r.words.name("unit", "元"), Link: link}
}

// rounded is an amount with two decimals, half away from zero.
func rounded(f, unit schemas.Fen) string {
	sign, size := "", f
	if f < 0 {
		sign, size = "-", -f
	}
	hundredths := size/unit*100 + (size%unit*100+unit/2)/unit
	return sign + grouped(fmt.Sprintf("%d.%02d", hundredths/100, hundredths%100))
}

// Raw is the amount in 分, for scripts; "" where there is none.
func (c amountCell) Raw() string {
	if c.Fen == nil {
		return ""
	}
	return strconv.FormatInt(int64(*c.Fen), 10)
}

// against says by how much the cell differs from the one of the year before.
func (c *amountCell) against(before *amountCell, m moneyView) {
	if c.Fen == nil || before.Fen == nil {
		return
	}
	d := *c.Fen - *before.Fen
	c.Before = before.Fen
	c.Delta, c.Less = signed(rounded(d, m.Unit())), d < 0
	c.Percent = percentOf(d, *before.Fen)
}

// signed puts a plus before what is neither negative nor zero.
func signed(number string) string {
	if strings.HasPrefix(number, "-") || strings.Trim(number, "0.,") == "" {
		return number
	}
	return "+" + number
}

// percentOf is a change in per cent of what it was, "" where that is 0.
func percentOf(change, before schemas.Fen) string {
	if before == 0 {
		return ""
	}
	return signed(fmt.Sprintf("%.1f", 100*float64(change)/max(float64(before), -float64(before)))) + "%"
}

// A blockPlan is a part of the table of a unit's figures, as keys of figures with how deep they stand.
type blockPlan struct {
	name, chart, drawn string
	keys               []figureKey
	deep               []figureKey
}

// depth is how deep a figure stands: what is bought and what is run are parts of the vehicles.
func (p blockPlan) depth(key figureKey) int {
	return boolInt(slices.Contains(p.deep, key)) + boolInt(key == vehiclePurchase || key == vehicleOperation)
}

// partsOfThreePublic are the figures that are parts of the three public expenses.
func partsOfThreePublic() []figureKey {
	return []figureKey{overseas, vehicles, vehiclePurchase, vehicleOperation, reception}
}

func blockPlans() []blockPlan {
	return []blockPlan{
		{"balance", "line", "revenue spending fiscal", []figureKey{revenueTotal, revenueOfYear, spendingTotal, spendingOfYear, fiscalSpending, publicSpending, fundSpending, capitalSpending}, []figureKey{revenueOfYear, spendingOfYear, publicSpending, fundSpending, capitalSpending}},
		{"basic", "stack", "basic project", []figureKey{basicSpending, personnelExpense, operatingExpense, projectSpending}, []figureKey{personnelExpense, operatingExpense}},
		{"three-public", "stack", "overseas vehicles reception", append([]figureKey{threePublic}, partsOfThreePublic()...), partsOfThreePublic()},
	}
}

// series are the unit's figures by kind and scope of the disclosures.
func (r *request) series(v *unitView, current []indexer.DisclosureRecord, items []indexer.LineItem) []seriesView {
	by := map[sortKey][]*indexer.DisclosureRecord{}
	for i := range current {
		key := sortKey{current[i].DocumentKind, current[i].Scope}
		by[key] = append(by[key], &current[i])
	}
	figures, classes := figuresOf(items), classesOf(items)
	var list []seriesView
	for _, key := range slices.SortedFunc(maps.Keys(by), sortKey.compare) {
		columns := spread(by[key])
		one := seriesView{ID: string(key.Kind) + "-" + string(key.Scope), Kind: r.words.name("kind", string(key.Kind)), Scope: r.words.name("scope", string(key.Scope))}
		for _, c := range columns {
			one.Columns = append(one.Columns, c.seriesColumn)
		}
		for _, p := range blockPlans() {
			one.Blocks = append(one.Blocks, r.block(v.Money, p, columns, figures))
		}
		if b := r.classBlock(v, columns, classes); len(b.Rows) > 0 {
			one.Blocks = append(one.Blocks, b)
		}
		if b := r.staffingSeries(columns); len(b.Rows) > 0 {
			one.Blocks = append(one.Blocks, b)
		}
		list = append(list, one)
	}
	return list
}

// A column is a disclosure, or a year without one.
type column struct {
	seriesColumn
	year   int
	record *indexer.DisclosureRecord
}

// spread puts disclosures in the order of their years, with a column for each year between that has none.
func spread(records []*indexer.DisclosureRecord) []column {
	var list []column
	for _, rec := range records {
		year := yearOf(&rec.Origin)
		if n := len(list); n > 0 && list[n-1].year > 0 {
			for y := list[n-1].year + 1; y < year; y++ {
				list = append(list, column{seriesColumn{yearText(y), "", true}, y, nil})
			}
		}
		list = append(list, column{seriesColumn{yearText(year), "/disclosures/" + rec.ID, false}, year, rec})
	}
	return list
}

func (r *request) block(m moneyView, p blockPlan, columns []column, figures map[string]map[figureKey]picked) seriesBlock {
	b := seriesBlock{Name: r.t("block." + p.name), Chart: chartView{p.chart, p.drawn, r.t("chart." + p.name)}}
	for _, key := range p.keys {
		row := seriesRow{Key: string(key), Name: r.t("figure." + string(key)), Depth: p.depth(key)}
		row.Cells = r.cells(m, columns, func(id string) (picked, bool) { f, ok := figures[id][key]; return f, ok })
		b.Rows = append(b.Rows, row)
	}
	return b
}

// cells are a figure of each column.
func (r *request) cells(m moneyView, columns []column, figure func(id string) (picked, bool)) []amountCell {
	list := make([]amountCell, len(columns))
	for i, c := range columns {
		if c.record == nil {
			list[i].Gap = true
			continue
		}
		if f, ok := figure(c.record.ID); ok {
			list[i] = r.amount(m, new(f.amount), r.itemLink(f.item))
			list[i].Several = f.several
		}
		if i > 0 && columns[i-1].year == c.year-1 {
			list[i].against(&list[i-1], m)
		}
	}
	return list
}

// itemLink is the place of a line item in its disclosure.
func (r *request) itemLink(it *indexer.LineItem) string {
	return r.place(asked{}, &it.Origin, it.Page, it.Box, cellAnchor(it.TableIndex, it.Row, it.Column)).Link
}

// A classFigure is what a disclosure has of a functional class.
type classFigure struct {
	picked
	name string
}

// classesOf are the functional classes of each disclosure's general public expenditure. A class may stand in several rows, those of the units
// of a department: they are added.
func classesOf(items []indexer.LineItem) map[string]map[string]classFigure {
	all := map[string]map[string]classFigure{}
	for i := range items {
		it := &items[i]
		if it.Amount == nil || it.Form != schemas.GeneralPublicExpenditure || it.Measure != indexer.TotalMeasure || it.CodeLevel != indexer.ClassLevel || it.Classification != indexer.Functional {
			continue
		}
		if all[it.DisclosureID] == nil {
			all[it.DisclosureID] = map[string]classFigure{}
		}
		f, ok := all[it.DisclosureID][it.Code]
		if !ok {
			f = classFigure{picked{item: it}, it.Name}
		}
		f.amount += *it.Amount
		all[it.DisclosureID][it.Code] = f
	}
	return all
}

// classBlock is the general public expenditure by functional class.
func (r *request) classBlock(v *unitView, columns []column, classes map[string]map[string]classFigure) seriesBlock {
	b := seriesBlock{Name: r.t("block.classes"), Chart: chartView{Kind: "stack", Title: r.t("chart.classes")}}
	names := map[string]string{}
	for _, c := range columns {
		if c.record == nil {
			continue
		}
		for code, f := range classes[c.record.ID] {
			names[code] = cmp.Or(f.name, names[code])
		}
	}
	var drawn []string
	for _, code := range slices.Sorted(maps.Keys(names)) {
		row := seriesRow{Key: "class-" + code, Code: code, Name: cmp.Or(names[code], codebook.Name(code)), Link: codeLink(code, v.Region)}
		row.Cells = r.cells(v.Money, columns, func(id string) (picked, bool) { f, ok := classes[id][code]; return f.picked, ok })
		b.Rows = append(b.Rows, row)
		drawn = append(drawn, row.Key)
	}
	b.Chart.Rows = strings.Join(drawn, " ")
	return b
}

// staffingSeries counts the persons that each disclosure says there are.
func (r *request) staffingSeries(columns []column) seriesBlock {
	b := seriesBlock{Name: r.t("block.staffing")}
	for _, kind := range staffKinds() {
		row := seriesRow{Key: "staff-" + kind.key, Name: r.t("staffing." + kind.key), Persons: true, Cells: make([]amountCell, len(columns))}
		found := false
		for i, c := range columns {
			switch {
			case c.record == nil:
				row.Cells[i].Gap = true
			case c.record.Staffing != nil && kind.of(c.record.Staffing) != nil:
				row.Cells[i].Text, row.Cells[i].Link, found = itoaOr(kind.of(c.record.Staffing)), c.Link, true
			}
		}
		if found {
			b.Rows = append(b.Rows, row)
		}
	}
	return b
}
