package site

import (
	"cmp"
	"maps"
	"slices"
	"strconv"

	"yusuan/indexer"
	"yusuan/schemas"
)

// A documentsView is what a unit has published, by year.
type documentsView struct {
	Years []string
	Rows  []documentRow
}

// A documentRow has the disclosures of one kind and scope.
type documentRow struct {
	Kind, Scope string
	Cells       []documentCell // one a year
}

// A documentCell has the disclosures of a year.
type documentCell struct {
	Documents []documentView
	Gap       bool // none, but there are some of a year before and of one after
}

// A documentView is one disclosure, to go to.
type documentView struct {
	ID, Title, Link string
	Pages           int
	Superseded      bool
}

// span are the years from the first to the last; 0, which is none, is not among them.
func span(years []int) []int {
	years = slices.DeleteFunc(slices.Clone(years), func(y int) bool { return y == 0 })
	if len(years) == 0 {
		return nil
	}
	var list []int
	for y := slices.Min(years); y <= slices.Max(years); y++ {
		list = append(list, y)
	}
	return list
}

// A sort of disclosures are those of one kind and scope.
type sortKey struct {
	Kind  schemas.DocumentKind
	Scope schemas.Scope
}

func (k sortKey) compare(other sortKey) int {
	return cmp.Or(cmp.Compare(k.Kind, other.Kind), cmp.Compare(k.Scope, other.Scope))
}

// documents puts the disclosures of a unit into a table of years. Those without a year have a column of their own.
func (r *request) documents(records []indexer.DisclosureRecord) documentsView {
	by := map[sortKey]map[int][]documentView{}
	var years []int
	for i := range records {
		rec := &records[i]
		key, year := sortKey{rec.DocumentKind, rec.Scope}, yearOf(&rec.Origin)
		if by[key] == nil {
			by[key] = map[int][]documentView{}
		}
		years = append(years, year)
		by[key][year] = append(by[key][year], documentView{rec.ID, cmp.Or(rec.Title, rec.FileName), "/disclosures/" + rec.ID, rec.Pages, !rec.Current})
	}
	columns := span(years)
	if slices.Contains(years, 0) {
		columns = append(columns, 0)
	}
	var v documentsView
	for _, y := range columns {
		v.Years = append(v.Years, yearText(y))
	}
	for _, key := range slices.SortedFunc(maps.Keys(by), sortKey.compare) {
		row := documentRow{Kind: r.words.name("kind", string(key.Kind)), Scope: r.words.name("scope", string(key.Scope))}
		own := span(slices.Collect(maps.Keys(by[key])))
		for _, y := range columns {
			list := by[key][y]
			slices.SortFunc(list, func(a, b documentView) int {
				return cmp.Or(boolInt(a.Superseded)-boolInt(b.Superseded), cmp.Compare(a.ID, b.ID))
			})
			row.Cells = append(row.Cells, documentCell{list, len(list) == 0 && slices.Contains(own, y)})
		}
		v.Rows = append(v.Rows, row)
	}
	return v
}

// A formsView says of each form what each disclosure has of it.
type formsView struct {
	Columns []formColumn
	Rows    []formRow
}

// A formColumn is a disclosure.
type formColumn struct{ Year, Kind, Scope, Link string }

// A formRow is a form.
type formRow struct {
	Form  string
	None  bool // no disclosure has it
	Cells []formCell
}

// A formCell is the state of a form in a disclosure: figure, declared-empty, blank, or missing where the document has no such form.
type formCell struct {
	State, Name, Link string
	Tables            int // how many tables of that form there are
}

// missingState is that of a form that a document does not have.
const missingState = "missing"

// forms says which forms each disclosure has. A table without a caption is known by its figures.
func (r *request) forms(current []indexer.DisclosureRecord, d *unitData) formsView {
	type key struct {
		id   string
		form schemas.Form
	}
	cells := map[key]formCell{}
	for i := range d.tables {
		h := &d.tables[i]
		k := key{h.DisclosureID, h.Form}
		c, ok := cells[k]
		if state := string(h.State); !ok || c.State != state && state == string(indexer.FigureState) {
			c.State, c.Link = state, r.place(asked{}, &h.Origin, h.Page, nil, tableAnchor(*h.TableIndex)).Link
		}
		c.Tables++
		cells[k] = c
	}
	for i := range d.items {
		it := &d.items[i]
		if k := (key{it.DisclosureID, it.Form}); cells[k].State == "" {
			cells[k] = formCell{State: string(indexer.FigureState), Link: r.place(asked{}, &it.Origin, it.Page, nil, tableAnchor(it.TableIndex)).Link, Tables: 1}
		}
	}
	var v formsView
	for i := range current {
		o := &current[i].Origin
		v.Columns = append(v.Columns, formColumn{yearText(yearOf(o)), r.words.name("kind", string(o.DocumentKind)), r.words.name("scope", string(o.Scope)), "/disclosures/" + current[i].ID})
	}
	for _, form := range indexer.Forms() {
		row := formRow{Form: r.words.name("form", string(form))}
		found := false
		for i := range current {
			c, ok := cells[key{current[i].ID, form}]
			if found = found || ok; !ok {
				c.State = missingState
			}
			c.Name = r.t("formstate." + c.State)
			row.Cells = append(row.Cells, c)
		}
		if row.None = !found; found || form != schemas.OtherForm {
			v.Rows = append(v.Rows, row)
		}
	}
	return v
}

// itoaOr is a number, or a dash for none.
func itoaOr(n *int) string {
	if n == nil {
		return "—"
	}
	return strconv.Itoa(*n)
}
