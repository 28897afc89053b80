package site

import (
	"cmp"
	"maps"
	"slices"

	"golang.org/x/sync/errgroup"

	"yusuan/indexer"
	"yusuan/schemas"
	"yusuan/schemas/codebook"
)

// A comparedUnit is a column: what a unit published of the year.
type comparedUnit struct {
	Name, Link   string
	Scope        string
	Document     string // address of the disclosure; "" where there is none
	figures      map[figureKey]picked
	classes      map[string]classFigure
	disclosureID string
}

// A comparedBlock is a part of the table of units.
type comparedBlock struct {
	Name  string
	Chart chartView
	Rows  []comparedRow
}

// A comparedRow is one figure of each unit, with its share of the unit's whole, and how it differs from the first unit's.
type comparedRow struct {
	Key, Code, Name, Link string
	Depth                 int
	Cells                 []amountCell
}

// compareUnits puts the figures of units beside each other: of one year and kind.
func (r *request) compareUnits(v *compareView, all []publication, units []unitKey) error {
	year, kind := v.chooseYearOf(all, units)
	if year == 0 {
		v.wrong(r.t("compare.no-year"))
		return nil
	}
	v.Year, v.Kind = yearText(year), string(kind)
	v.Columns = make([]comparedUnit, len(units))
	ask, ctx := errgroup.WithContext(r.ctx())
	ask.SetLimit(4)
	for i, k := range units {
		ask.Go(func() error {
			f := k.filters()
			f.YearFrom, f.YearTo, f.Kind = year, year, []schemas.DocumentKind{kind}
			items, _, err := r.unitItems(ctx, f)
			v.Columns[i] = r.comparedUnit(k, items)
			return err
		})
	}
	if err := ask.Wait(); err != nil {
		return err
	}
	for _, p := range blockPlans() {
		b := comparedBlock{Name: r.t("block." + p.name), Chart: chartView{"across", p.drawn, r.t("chart." + p.name)}}
		whole := map[string]figureKey{"basic": spendingOfYear, "three-public": threePublic}[p.name]
		for _, key := range p.keys {
			row := comparedRow{Key: string(key), Name: r.t("figure." + string(key)), Depth: p.depth(key)}
			row.Cells = r.comparedCells(v, func(u *comparedUnit) (picked, bool) { f, ok := u.figures[key]; return f, ok }, func(u *comparedUnit) schemas.Fen {
				if key == whole {
					return 0 // it has no share in itself
				}
				return u.figures[whole].amount
			})
			b.Rows = append(b.Rows, row)
		}
		v.Blocks = append(v.Blocks, b)
	}
	if b := r.comparedClasses(v); len(b.Rows) > 0 {
		v.Blocks = append(v.Blocks, b)
	}
	return nil
}

// comparedUnit is the column of a unit. Of several disclosures it is the department's, which has its units in it, and the one with most
// figures.
func (r *request) comparedUnit(k unitKey, items []indexer.LineItem) comparedUnit {
	u := comparedUnit{Name: k.name(), Link: unitLink(k.Unit, k.Region)}
	figures, classes := figuresOf(items), classesOf(items)
	var best *indexer.Origin
	for i := range items {
		o := &items[i].Origin
		if best == nil || cmp.Or(boolInt(o.Scope == schemas.DepartmentScope)-boolInt(best.Scope == schemas.DepartmentScope), len(figures[o.DisclosureID])-len(figures[best.DisclosureID])) > 0 {
			best = o
		}
	}
	if best != nil {
		u.Scope, u.Document, u.disclosureID = r.words.name("scope", string(best.Scope)), "/disclosures/"+best.DisclosureID, best.DisclosureID
		u.figures, u.classes = figures[best.DisclosureID], classes[best.DisclosureID]
	}
	return u
}

func (r *request) comparedCells(v *compareView, figure func(*comparedUnit) (picked, bool), whole func(*comparedUnit) schemas.Fen) []amountCell {
	list := make([]amountCell, len(v.Columns))
	for i := range v.Columns {
		u := &v.Columns[i]
		list[i].Gap = u.Document == ""
		f, ok := figure(u)
		if !ok {
			continue
		}
		list[i] = r.amount(v.Money, new(f.amount), r.itemLink(f.item))
		list[i].Several, list[i].Share = f.several, shareOf(f.amount, whole(u))
		if i > 0 {
			list[i].against(&list[0], v.Money)
		}
	}
	return list
}

// comparedClasses are the functional classes that any of the units has.
func (r *request) comparedClasses(v *compareView) comparedBlock {
	b := comparedBlock{Name: r.t("block.classes"), Chart: chartView{"across", "", r.t("chart.classes")}}
	names := map[string]string{}
	for i := range v.Columns {
		for code, f := range v.Columns[i].classes {
			names[code] = cmp.Or(names[code], f.name)
		}
	}
	whole := func(u *comparedUnit) schemas.Fen {
		var sum schemas.Fen
		for _, f := range u.classes {
			sum += f.amount
		}
		return sum
	}
	for _, code := range slices.Sorted(maps.Keys(names)) {
		row := comparedRow{Key: "class-" + code, Code: code, Name: cmp.Or(names[code], codebook.Name(code)), Link: codeLink(code, "")}
		row.Cells = r.comparedCells(v, func(u *comparedUnit) (picked, bool) { f, ok := u.classes[code]; return f.picked, ok }, whole)
		b.Rows = append(b.Rows, row)
		b.Chart.Rows += " " + row.Key
	}
	return b
}
