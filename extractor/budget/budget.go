// Package budget reads what a budget or final-accounts disclosure says out of its pages: which table is which form, its
// header paths, codes and units of measure, the section tree, and the document's own fields. It knows glyphs only through
// layout and table.
//
// Add pages to a Reader in order, then call Disclosure.
package budget

import (
	"slices"
	"strings"

	"yusuan/extractor/layout"
	"yusuan/extractor/pdf"
	"yusuan/extractor/table"
	"yusuan/schemas"
)

// A Reader collects the pages of one document. It keeps lines and grids only, no glyphs.
type Reader struct {
	pages    []page
	warnings []schemas.Warning
	scopes   map[schemas.Scope]int // how often captions name a 单位 or a 部门
}

// A page is what is kept of one page.
type page struct {
	number        int
	width, height float64
	lines         []layout.Line
	grids         []table.Grid
	shown         func(pdf.Rect) pdf.Rect
}

// Add reads the next page.
func (r *Reader) Add(p *pdf.Page) {
	lp := layout.Prepare(p)
	grids, lines := table.Find(lp, table.Words{Caption: tableCaption, Again: r.again()})
	for i := range lines {
		lines[i].Glyphs = nil
	}
	frame := &layout.Page{}
	*frame = *lp
	frame.Glyphs, frame.Horizontal, frame.Vertical = nil, nil, nil
	r.pages = append(r.pages, page{number: p.Number, width: lp.Width, height: lp.Height, lines: lines, grids: grids, shown: frame.Shown})
}

// again returns what tells a line that says the header of the last table again; nil where something stands below that table.
func (r *Reader) again() func(string) bool {
	if len(r.pages) == 0 {
		return nil
	}
	last := &r.pages[len(r.pages)-1]
	if len(last.grids) == 0 {
		return nil
	}
	g := &last.grids[len(last.grids)-1]
	if n := len(last.lines); n > 1 && last.lines[n-2].Baseline > g.Box.Y1 { // one may be the page number
		return nil
	}
	said := map[string]bool{}
	for i := range min(4, g.Rows) {
		var b strings.Builder
		cells := 0
		for k := range g.Cells {
			if c := &g.Cells[k]; c.Row == i && c.Text != "" {
				b.WriteString(squeeze(c.Text))
				cells++
			}
		}
		if cells > 1 {
			said[b.String()] = true
		}
	}
	return func(text string) bool { return said[squeeze(text)] }
}

// Disclosure makes of the pages what they say. Source, warnings of the engine and claims are the caller's to set.
func (r *Reader) Disclosure() *schemas.Disclosure {
	body := layout.Furniture(r.pageLines(), tableWords)
	tables, body := r.tables(body)
	paragraphs := layout.Paragraphs(body, numbering)
	d := &schemas.Disclosure{SchemaVersion: schemas.SchemaVersion, ParserVersion: schemas.ParserVersion, Tables: tables}
	cover, text := splitContents(paragraphs)
	text, signature := splitSignature(text)
	d.Sections = sectionTree(text, r.place)
	if s := preamble(cover, r.place); s != nil {
		d.Sections = slices.Insert(d.Sections, 0, *s)
	}
	setIDs(d.Sections, "")
	readFields(d, cover, text, signature)
	if d.Scope == schemas.UnknownScope && r.scopes[schemas.DepartmentScope] > r.scopes[schemas.UnitScope] {
		d.Scope = schemas.DepartmentScope
	} else if d.Scope == schemas.UnknownScope && r.scopes[schemas.UnitScope] > 0 {
		d.Scope = schemas.UnitScope
	}
	d.Projects = projects(d.Sections)
	d.Glossary = glossary(d.Sections)
	d.Staffing = staffing(text)
	if len(d.Sections) == 0 && !anyForm(d.Tables) {
		d.DocumentKind = schemas.UnknownKind
		d.Warnings = append(d.Warnings, schemas.Warning{Code: schemas.NoStructure,
			Message: "no numbered sections and no budget form: probably no budget disclosure"})
	}
	d.Warnings = append(d.Warnings, r.warnings...)
	if d.Sections == nil {
		d.Sections = []schemas.Section{}
	}
	if d.Tables == nil {
		d.Tables = []schemas.Table{}
	}
	return d
}

// Lines returns how many lines of text the pages have outside tables, and how many grids.
func (r *Reader) Lines() (lines, grids int) {
	for _, p := range r.pages {
		lines += len(p.lines)
		grids += len(p.grids)
	}
	return lines, grids
}

// pageLines gives the pages' lines with the extents of their tables.
func (r *Reader) pageLines() []layout.PageLines {
	out := make([]layout.PageLines, len(r.pages))
	for i, p := range r.pages {
		out[i] = layout.PageLines{Number: p.number, Width: p.width, Height: p.height, Lines: p.lines}
		for _, g := range p.grids {
			out[i].Occupied = append(out[i].Occupied, [2]float64{g.Box.Y0, g.Box.Y1})
		}
	}
	return out
}

// place returns the place of a box on a page (1-based) as the contract gives it: of the page as shown.
func (r *Reader) place(number int, b pdf.Rect) schemas.Place {
	pl := schemas.Place{Page: number}
	for i := range r.pages {
		if r.pages[i].number == number && b != (pdf.Rect{}) {
			pl.BBox = shownBox(&r.pages[i], b)
			break
		}
	}
	return pl
}

func shownBox(p *page, b pdf.Rect) *schemas.Box {
	s := p.shown(b)
	return &schemas.Box{round2(s.X0), round2(s.Y0), round2(s.X1), round2(s.Y1)}
}

func round2(x float64) float64 {
	if x < 0 {
		return -round2(-x)
	}
	return float64(int64(x*100+0.5)) / 100
}

// anyForm reports whether one of the tables is a known standard form.
func anyForm(tables []schemas.Table) bool {
	for _, t := range tables {
		if t.Kind != schemas.OtherForm && t.Kind != "" {
			return true
		}
	}
	return false
}
