package site

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"yusuan/indexer"
	"yusuan/schemas"
	"yusuan/schemas/codebook"
)

// A classesView has the expenditure of a region by functional class, one table for each scope.
type classesView struct{ Tables []classTable }

// A classTable is the expenditure by class of one scope.
type classTable struct {
	ID, Scope string
	Rows      []classRow
}

// A classRow is a functional class.
type classRow struct {
	Code, Name, Link string
	Now              amountCell
	Before           amountCell
	Share            string // of all classes
	Count            int
}

// classSums are the classes of the chosen year beside those of the year before.
func (r *request) classSums(v *regionView, groups []indexer.Group) classesView {
	type at struct {
		scope schemas.Scope
		code  string
	}
	now, before := map[at]indexer.Group{}, map[at]schemas.Fen{}
	whole := map[schemas.Scope]schemas.Fen{}
	for _, g := range groups {
		if g.Form != schemas.GeneralPublicExpenditure || g.Level != indexer.ClassLevel || g.Classification != indexer.Functional {
			continue
		}
		k := at{g.Scope, g.Keys[1]}
		if g.Keys[0] == strconv.Itoa(v.Year) {
			now[k] = g
			whole[g.Scope] += g.Sum
		} else {
			before[k] = g.Sum
		}
	}
	byScope := map[schemas.Scope][]classRow{}
	for k, g := range now {
		row := classRow{Code: k.code, Name: codebook.Name(k.code), Link: codeLink(k.code, v.Name), Count: g.Count}
		row.Now = r.amount(v.Money, new(g.Sum), asked{"/figures", map[string][]string{"code": {k.code}, "region": {"=" + v.Name}, "year": {g.Keys[0]},
			"kind": {string(g.DocumentKind)}, "scope": {string(g.Scope)}, "table": {string(g.Form)}, "measure": {string(g.Measure)}, "period": {string(g.Period)}}}.String())
		if f, ok := before[k]; ok {
			row.Before = r.amount(v.Money, new(f), "")
			row.Now.against(&row.Before, v.Money)
		}
		row.Share = shareOf(g.Sum, whole[k.scope])
		byScope[k.scope] = append(byScope[k.scope], row)
	}
	var out classesView
	for _, scope := range slices.Sorted(maps.Keys(byScope)) {
		rows := byScope[scope]
		slices.SortFunc(rows, func(a, b classRow) int {
			return cmp.Or(compareAmounts(b.Now.Fen, a.Now.Fen), cmp.Compare(a.Code, b.Code))
		})
		out.Tables = append(out.Tables, classTable{"classes-" + string(scope), r.words.name("scope", string(scope)), rows})
	}
	return out
}

// shareOf is a part in per cent of the whole, "" where that is 0.
func shareOf(part, whole schemas.Fen) string {
	if whole == 0 {
		return ""
	}
	return strconv.FormatFloat(100*float64(part)/float64(whole), 'f', 1, 64) + "%"
}

// A topView lists the units with the largest of something.
type topView struct {
	Title string
	Rows  []topRow
	Rest  int // units that are not listed
}

// A topRow is a unit in such a list.
type topRow struct {
	Unit, Link, Scope string
	Amount            amountCell
}

// fillTops lists the units with the largest 三公 expenses, and the largest change of them, of the chosen year and kind.
func (r *request) fillTops(v *regionView, sums regionSum, kind schemas.DocumentKind) {
	if !v.Single {
		return
	}
	all := figureSums(sums.figures)
	var rows []topRow
	for k, f := range all {
		if k.figure != threePublic || k.year != v.Year || k.Kind != kind {
			continue
		}
		row := topRow{Unit: k.unit.Unit, Link: unitLink(k.unit.Unit, k.unit.Region), Scope: r.words.name("scope", string(k.Scope))}
		at := k.unit.within(map[string][]string{"year": {strconv.Itoa(k.year)}, "kind": {string(kind)}, "scope": {string(k.Scope)}, "table": {string(schemas.ThreePublicExpenses)}, "measure": {string(figureRules()[f.rule].measure)}, "period": {string(indexer.YearPeriod)}})
		row.Amount = r.amount(v.Money, new(f.sum), asked{"/figures", at}.String())
		k.year--
		if before, ok := all[k]; ok {
			cell := r.amount(v.Money, new(before.sum), "")
			row.Amount.against(&cell, v.Money)
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		return
	}
	byName := func(a, b topRow) int { return cmp.Or(cmp.Compare(a.Unit, b.Unit), cmp.Compare(a.Scope, b.Scope)) }
	slices.SortFunc(rows, func(a, b topRow) int { return cmp.Or(compareAmounts(b.Amount.Fen, a.Amount.Fen), byName(a, b)) })
	v.Tops = append(v.Tops, topView{r.t("top.three-public"), slices.Clone(rows[:min(topUnits, len(rows))]), max(0, len(rows)-topUnits)})
	changed := slices.DeleteFunc(rows, func(t topRow) bool { return t.Amount.Before == nil || *t.Amount.Before == *t.Amount.Fen })
	slices.SortFunc(changed, func(a, b topRow) int {
		return cmp.Or(cmp.Compare(b.Amount.change(), a.Amount.change()), byName(a, b))
	})
	if len(changed) > 0 {
		v.Tops = append(v.Tops, topView{r.t("top.change"), changed[:min(topUnits, len(changed))], max(0, len(changed)-topUnits)})
	}
}

// change is by how much it differs from the year before, without a sign.
func (c *amountCell) change() schemas.Fen {
	if c.Fen == nil || c.Before == nil {
		return 0
	}
	return max(*c.Fen-*c.Before, *c.Before-*c.Fen)
}

// A coverageView is which unit has published what, a page of units.
type coverageView struct {
	Find        string
	Years       []string
	Rows        []coverageRow
	Total       int
	Page, Pages int
	Before      string // addresses of the pages around, or ""
	After       string
}

// A coverageRow is a unit.
type coverageRow struct {
	Unit, Region, Link, Type string
	Cells                    []coverageCell
	Spending, ThreePublic    amountCell // of the chosen year and kind
	Scope                    string     // of these figures
}

// A coverageCell has the disclosures of a unit of one year; a gap is a year without any between those that have.
type coverageCell struct {
	Budget, Accounts, Other []linkView
	Gap                     bool
}

// coverage is the table of the units with what they have published.
func (r *request) coverage(v *regionView, sums regionSum, list []publication, kind schemas.DocumentKind) coverageView {
	c := coverageView{Find: strings.TrimSpace(v.Asked.Get("find"))}
	wanted := indexer.UnitType(v.Asked.Get("type"))
	byUnit := map[unitKey][]*publication{}
	var order []unitKey
	var years []int
	for i := range list {
		p := &list[i]
		years = append(years, p.Year)
		if c.Find != "" && !strings.Contains(p.Unit, c.Find) || v.Asked.Get("type") != "" && p.Type != wanted {
			continue
		}
		k := unitKey{p.Region, p.Unit}
		if byUnit[k] == nil {
			order = append(order, k)
		}
		byUnit[k] = append(byUnit[k], p)
	}
	columns := span(years)
	for _, y := range columns {
		c.Years = append(c.Years, yearText(y))
	}
	if slices.Contains(years, 0) {
		columns = append(columns, 0)
		c.Years = append(c.Years, yearText(0))
	}
	c.Total, c.Pages = len(order), max(1, (len(order)+unitsPerPage-1)/unitsPerPage)
	c.Page, _ = strconv.Atoi(v.Asked.Get("page"))
	c.Page = min(max(c.Page, 1), c.Pages)
	if c.Page > 1 {
		c.Before = v.Asked.link("page", strconv.Itoa(c.Page-1)) + "#units"
	}
	if c.Page < c.Pages {
		c.After = v.Asked.link("page", strconv.Itoa(c.Page+1)) + "#units"
	}
	figures := figureSums(sums.figures)
	for _, k := range order[(c.Page-1)*unitsPerPage : min(c.Page*unitsPerPage, len(order))] {
		row := coverageRow{Unit: k.Unit, Region: k.Region, Link: unitLink(k.Unit, k.Region), Type: r.words.name("unit_type", string(byUnit[k][0].Type))}
		row.Cells = r.covered(columns, byUnit[k])
		r.unitFigures(v, &row, k, kind, figures)
		c.Rows = append(c.Rows, row)
	}
	return c
}

func (r *request) covered(columns []int, list []*publication) []coverageCell {
	var years []int
	for _, p := range list {
		years = append(years, p.Year)
	}
	own := span(years)
	cells := make([]coverageCell, len(columns))
	for i, y := range columns {
		cells[i].Gap = slices.Contains(own, y) && !slices.Contains(years, y)
		for _, p := range list {
			if p.Year != y {
				continue
			}
			link := linkView{r.words.name("kind", string(p.Kind)) + " · " + r.words.name("scope", string(p.Scope)), "/disclosures/" + p.ID}
			switch p.Kind {
			case schemas.Budget:
				cells[i].Budget = append(cells[i].Budget, link)
			case schemas.FinalAccounts:
				cells[i].Accounts = append(cells[i].Accounts, link)
			default:
				cells[i].Other = append(cells[i].Other, link)
			}
		}
	}
	return cells
}

// unitFigures are a unit's figures of the chosen year and kind; of several scopes those of the department, which has its units in it.
func (r *request) unitFigures(v *regionView, row *coverageRow, k unitKey, kind schemas.DocumentKind, figures map[sumKey]sumFound) {
	for _, scope := range []schemas.Scope{schemas.DepartmentScope, schemas.UnitScope, schemas.UnknownScope} {
		of := sumKey{unit: k, year: v.Year, sortKey: sortKey{kind, scope}, figure: spendingOfYear}
		spending, ok := figures[of]
		of.figure = threePublic
		expenses, too := figures[of]
		if ok {
			row.Spending = r.amount(v.Money, new(spending.sum), "")
		}
		if too {
			row.ThreePublic = r.amount(v.Money, new(expenses.sum), "")
		}
		if ok || too {
			row.Scope = r.words.name("scope", string(scope))
			return
		}
	}
}
