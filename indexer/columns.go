package indexer

import (
	"slices"
	"strings"

	"yusuan/schemas"
)

// columns says how the columns of one table are read.
type columns struct {
	sides []side
	// amounts has an entry per column that holds amounts.
	amounts []amountColumn

	threePublic bool // the table is of the 三公 expenses,
	byRows      bool // has each of them in a row,
	single      bool // or all in one
}

// A side is a group of label columns with the amount columns to their right: 收入 and 支出 stand side by side in one table.
type side struct {
	title  string // header over it; "" where the table has one side only
	labels []int  // its columns that hold no amounts, left to right
	codes  []int  // those of them that hold codes
	names  []int  // those that hold names
}

type amountColumn struct {
	column int
	side   int // index in sides, -1 where no label column is to the left
	path   []string
	unit   schemas.UnitOfMeasure

	measure Measure
	period  Period
}

// columnsOf reads the roles and headers of a table's columns.
func columnsOf(t *schemas.Table, m tableMeasure) *columns {
	c := &columns{}
	unit, _ := moneyUnit(t.UnitOfMeasure)
	amountSeen := false // on the side that is being read
	for i, col := range t.Columns {
		if col.Role == schemas.AmountRole {
			amountSeen = true
			if u, ok := columnUnit(col.Path, unit); ok {
				c.amounts = append(c.amounts, amountColumn{column: i, side: len(c.sides) - 1, path: headerPath(col.Path), unit: u})
			}
			continue
		}
		if len(c.sides) == 0 || amountSeen && startsSide(t.Columns, i) {
			c.sides = append(c.sides, side{})
			amountSeen = false
		}
		if amountSeen {
			continue // a remark to the right of the amounts
		}
		s := &c.sides[len(c.sides)-1]
		s.labels = append(s.labels, i)
		switch col.Role {
		case schemas.CodeRole:
			s.codes = append(s.codes, i)
		case schemas.NameRole:
			s.names = append(s.names, i)
		case schemas.NumberRole:
			s.labels = s.labels[:len(s.labels)-1] // a line number (行次) says nothing
		}
	}
	for i := range c.sides {
		s := &c.sides[i]
		s.codes = without(without(s.codes, t.Columns, isUnitCode), t.Columns, isGovernmentClass)
		s.names = without(s.names, t.Columns, isGovernmentClass)
	}
	c.titleSides(t)
	m.assign(c.amounts)
	return c
}

// without leaves out columns that by their headers are of something else than the side's classification, where others stand beside them.
func without(columns []int, cols []schemas.Column, other func(header string) bool) []int {
	var out []int
	for _, i := range columns {
		if !other(Fold(strings.Join(cols[i].Path, ""))) {
			out = append(out, i)
		}
	}
	if len(out) == 0 {
		return columns
	}
	return out
}

// isUnitCode reports the header of units' codes (单位代码), beside those of 类, 款 and 项.
func isUnitCode(header string) bool {
	return (strings.Contains(header, "单位") || strings.Contains(header, "部门")) && !strings.Contains(header, "科目") && !strings.Contains(header, "分类")
}

// isGovernmentClass reports the header of 政府预算支出经济分类, which stands beside the 部门预算支出经济分类 of the same amounts: the codes that
// disclosures of units are compared by are the latter's.
func isGovernmentClass(header string) bool { return strings.Contains(header, "政府预算") }

// headerPath cleans a header path, so that joining it by headerSeparator can be undone.
func headerPath(path []string) []string {
	var out []string
	for _, p := range path {
		if p = strings.ReplaceAll(strings.TrimSpace(clean(p)), headerSeparator, ">"); p != "" {
			out = append(out, p)
		}
	}
	return out
}

// startsSide reports whether column i, to the right of amounts, begins another side: it has codes, names or (unless it is a
// remark) text, and amounts follow.
func startsSide(cols []schemas.Column, i int) bool {
	if !slices.ContainsFunc(cols[i:], func(c schemas.Column) bool { return c.Role == schemas.AmountRole }) {
		return false
	}
	switch cols[i].Role {
	case schemas.CodeRole, schemas.NameRole:
		return true
	case schemas.TextRole:
		header := Fold(strings.Join(cols[i].Path, ""))
		return !slices.ContainsFunc([]string{"备注", "说明", "原因"}, func(w string) bool { return strings.Contains(header, w) })
	}
	return false
}

// titleSides names the sides of a table that has several, by the topmost header of their first label column; where two have
// the same, by the whole path but its last header.
func (c *columns) titleSides(t *schemas.Table) {
	if len(c.sides) < 2 {
		return
	}
	tops := map[string]int{}
	paths := make([][]string, len(c.sides))
	for i, s := range c.sides {
		if len(s.labels) > 0 {
			paths[i] = headerPath(t.Columns[s.labels[0]].Path)
		}
		if len(paths[i]) > 0 {
			tops[paths[i][0]]++
		}
	}
	for i, path := range paths {
		switch {
		case len(path) == 0:
		case tops[path[0]] == 1:
			c.sides[i].title = path[0]
		default:
			c.sides[i].title = strings.Join(path[:max(1, len(path)-1)], headerSeparator)
		}
	}
}

// items returns the row's amounts, with what says where they belong; position, page and origin are left to the caller.
func (c *columns) items(r *schemas.Row) []LineItem {
	var out []LineItem
	for _, col := range c.amounts {
		if col.column >= len(r.Cells) || isNothing(r.Cells[col.column]) {
			continue
		}
		text := clean(r.Cells[col.column])
		it := LineItem{
			Column: col.column, Header: strings.Join(col.path, headerSeparator), HeaderPath: col.path,
			Measure: col.measure, Period: col.period, AmountText: text, UnitOfMeasure: col.unit, State: UnparsedState,
		}
		if a, ok := schemas.ParseAmount(text, col.unit); ok {
			it.Amount, it.Half, it.State = &a.Fen, &a.Half, FigureState
			if a.Fen == 0 {
				it.State = ZeroState
			}
		}
		if col.side >= 0 {
			s := &c.sides[col.side]
			it.Side, it.Name, it.Label, it.Code = s.title, s.name(r), s.label(r), c.code(col.side, r)
			it.Classification, it.CodeLevel = classify(it.Code)
			if it.CodeLevel == "" {
				it.Line = lineName(it.Side, it.Name)
			}
			if c.threePublic {
				c.measureByRow(&it)
			}
		}
		out = append(out, it)
	}
	return out
}

// isNothing reports cells that disclose nothing: blank, a dash, or a percentage, which is no amount.
func isNothing(cell string) bool {
	folded := strings.TrimSpace(Fold(cell))
	return strings.Trim(folded, "-—–−_/\\ ") == "" || strings.HasSuffix(folded, "%") || strings.HasSuffix(folded, "‰")
}

// codes returns the codes of the row's sides, each once.
func (c *columns) codes(r *schemas.Row) []string {
	var out []string
	for i := range c.sides {
		if code := c.code(i, r); code != "" && !slices.Contains(out, code) {
			out = append(out, code)
		}
	}
	if len(out) == 0 && r.Code != "" {
		out = append(out, r.Code)
	}
	return out
}

// code returns the classification code of a side of the row: Row.Code where only this side has code columns, else the
// side's code cells joined (208 05 05), else the digits that its name begins with (201 一般公共服务支出).
func (c *columns) code(index int, r *schemas.Row) string {
	s := &c.sides[index]
	if r.Code != "" && len(s.codes) > 0 && c.coded() == 1 || r.Code != "" && len(c.sides) == 1 {
		return r.Code
	}
	var b strings.Builder
	for _, i := range s.codes {
		if i < len(r.Cells) {
			b.WriteString(strings.TrimSpace(Fold(r.Cells[i])))
		}
	}
	if code := b.String(); code != "" {
		if cl, _ := classify(code); cl != "" {
			return code
		}
		return ""
	}
	name := Fold(s.name(r))
	digits := name[:len(name)-len(strings.TrimLeft(name, "0123456789"))]
	if cl, _ := classify(digits); cl == "" || len(digits) == len(name) {
		return ""
	}
	return digits
}

// coded returns how many sides have code columns.
func (c *columns) coded() int {
	n := 0
	for _, s := range c.sides {
		if len(s.codes) > 0 {
			n++
		}
	}
	return n
}

// name returns the side's name in the row: the nearest name column that has text, else the nearest label that has.
func (s *side) name(r *schemas.Row) string {
	for _, list := range [][]int{s.names, s.labels} {
		for _, i := range slices.Backward(list) {
			if i < len(r.Cells) && strings.TrimSpace(r.Cells[i]) != "" {
				return strings.TrimSpace(clean(r.Cells[i]))
			}
		}
	}
	return ""
}

// label returns the side's label cells joined by spaces.
func (s *side) label(r *schemas.Row) string {
	var list []string
	for _, i := range s.labels {
		if i < len(r.Cells) {
			list = append(list, r.Cells[i])
		}
	}
	text, _ := cells(list, 0, nil)
	return text
}

// classify says which classification a code is of, and which level of it; "" for none.
func classify(code string) (Classification, CodeLevel) {
	level := map[int]CodeLevel{3: ClassLevel, 5: SectionLevel, 7: ItemLevel}[len(code)]
	switch {
	case schemas.FunctionalCode(code).Valid():
		return Functional, level
	case schemas.EconomicCode(code).Valid():
		return Economic, level
	}
	return "", ""
}

// moneyUnit finds the unit in what is printed over a table or in brackets in a header (单位：万元, 万元), and whether there is one.
func moneyUnit(printed string) (schemas.UnitOfMeasure, bool) {
	folded := strings.TrimSpace(Fold(printed))
	for _, u := range []schemas.UnitOfMeasure{"百万元", "亿元", "万元", "千元", "百元", "元"} {
		if strings.HasSuffix(folded, string(u)) {
			return u, true
		}
	}
	return "", false
}

// columnUnit returns the unit of an amount column: that in brackets in its header, else the table's. It is false for a
// column that by its header holds no amounts: percentages, numbers of persons or things.
func columnUnit(path []string, table schemas.UnitOfMeasure) (schemas.UnitOfMeasure, bool) {
	unit := table
	for _, header := range path {
		folded := strings.TrimSpace(Fold(header))
		if isRate(folded) {
			return "", false
		}
		for _, inner := range bracketed(folded) {
			if u, ok := moneyUnit(inner); ok {
				unit = u
			} else if isCountUnit(inner) {
				return "", false
			}
		}
	}
	return unit, true
}

// isRate reports headers of percentages.
func isRate(folded string) bool {
	for _, word := range []string{"%", "‰", "占比", "比例", "比重", "百分比", "增幅"} {
		if strings.Contains(folded, word) {
			return true
		}
	}
	return strings.HasSuffix(folded, "率")
}

// isCountUnit reports units of measure that are none of money.
func isCountUnit(unit string) bool {
	return slices.Contains([]string{"人", "辆", "台", "个", "次", "批次", "人次", "套", "平方米", "户"}, strings.TrimPrefix(unit, "单位:"))
}

// bracketed returns what stands in round brackets in the folded text.
func bracketed(folded string) []string {
	var out []string
	for {
		_, rest, ok := strings.Cut(folded, "(")
		if !ok {
			return out
		}
		inner, after, ok := strings.Cut(rest, ")")
		if !ok {
			return out
		}
		out, folded = append(out, strings.TrimSpace(inner)), after
	}
}

// AmountUnits gives of each of a table's columns the unit of money that its figures are in: what its header has in brackets, else what stands
// over the table; "" for a column that holds no amounts, and where no unit is printed.
func AmountUnits(t *schemas.Table) []schemas.UnitOfMeasure {
	over, _ := moneyUnit(t.UnitOfMeasure)
	units := make([]schemas.UnitOfMeasure, len(t.Columns))
	for i, col := range t.Columns {
		if col.Role == schemas.AmountRole && !slices.ContainsFunc(col.Path, isLineNumber) {
			units[i], _ = columnUnit(col.Path, over)
		}
	}
	return units
}

// isLineNumber reports the header of a column that numbers the rows.
func isLineNumber(header string) bool {
	return slices.Contains([]string{"行次", "序号"}, strings.Join(strings.Fields(Fold(header)), ""))
}
