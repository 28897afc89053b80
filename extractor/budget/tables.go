package budget

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"yusuan/extractor/layout"
	"yusuan/extractor/pdf"
	"yusuan/extractor/table"
	"yusuan/schemas"
)

// A part is a grid with its caption and notes: a table, or what stands of it on one page.
type part struct {
	page    *page
	grid    *table.Grid
	caption caption
	notes   []string
	// alone is set where no line stands between the grid and the top of its page's body.
	alone bool
	// topmost is set where nothing stands above the grid on its page but its own caption.
	topmost bool
	// last is set where no line stands between the grid and the end of its page's body.
	last bool
}

// tables reads the tables of all pages and returns them with the lines that belong to none of them.
func (r *Reader) tables(body []layout.PageLines) ([]schemas.Table, []layout.PageLines) {
	var parts []part
	r.scopes = map[schemas.Scope]int{}
	for i := range body {
		var found []part
		if n := len(parts); n > 0 && parts[n-1].last && parts[n-1].page.number == r.pages[i].number-1 {
			notes, taken := readNotes(aboveGrids(&r.pages[i], body[i].Lines)) // they did not fit below the table
			parts[n-1].notes, body[i].Lines = append(parts[n-1].notes, notes...), body[i].Lines[taken:]
		}
		found, body[i].Lines = r.parts(&r.pages[i], body[i].Lines)
		if i > 0 && len(found) > 0 && len(parts) > 0 {
			body[i-1].Lines = carryCaption(&found[0], &parts[len(parts)-1], body[i-1].Lines)
		}
		parts = append(parts, found...)
	}
	for i := range body {
		r.warnings = append(r.warnings, tableless(body[i].Lines, body[i].Number)...)
	}
	for i := range parts {
		r.scopes[parts[i].caption.scope]++
	}
	var out []schemas.Table
	for i := 0; i < len(parts); {
		j := i + 1
		for j < len(parts) && continues(parts[j-1], parts[j], parts[i]) {
			j++
		}
		if t, ok := r.newTable(parts[i:j], len(out)); ok {
			out = append(out, t)
		}
		i = j
	}
	return out, body
}

// aboveGrids returns the lines above all grids of a page.
func aboveGrids(p *page, lines []layout.Line) []layout.Line {
	for i := range lines {
		for k := range p.grids {
			if lines[i].Baseline > p.grids[k].Box.Y0 {
				return lines[:i]
			}
		}
	}
	return lines
}

// parts pairs the grids of a page with the lines around them and returns the lines that are left.
func (r *Reader) parts(p *page, lines []layout.Line) (parts []part, rest []layout.Line) {
	from := 0
	for k := 0; k < len(p.grids); {
		end := k + 1 // of the grids that stand side by side
		for end < len(p.grids) && p.grids[k].Beside(&p.grids[end]) {
			end++
		}
		row := p.grids[k:end]
		slices.SortFunc(row, func(a, b table.Grid) int { return cmp.Compare(a.Box.X0, b.Box.X0) })
		lowest, bottom := row[0].Box.Y0, row[0].Box.Y1 // of their tops
		for i := range row {
			lowest, bottom = max(lowest, row[i].Box.Y0), max(bottom, row[i].Box.Y1)
		}
		to := from
		for to < len(lines) && lines[to].Baseline < lowest+2 {
			to++
		}
		above := lines[from:to]
		if len(parts) > 0 {
			before := &parts[len(parts)-1]
			var taken int
			before.notes, taken = readNotes(above)
			above = above[taken:]
			before.last = before.last && len(above) == 0
		}
		captions, left := readCaptions(above, row)
		rest = append(rest, left...)
		for i := range row {
			parts = append(parts, part{page: p, grid: &row[i], caption: captions[i], alone: k == 0 && len(left) == 0 && captions[i].empty(),
				topmost: k == 0 && len(left) == 0, last: true})
		}
		from, k = to, end
		for from < len(lines) && lines[from].Baseline < bottom { // beside the grid
			rest = append(rest, lines[from])
			from++
		}
	}
	if len(parts) > 0 {
		before := &parts[len(parts)-1]
		notes, taken := readNotes(lines[from:])
		before.notes = notes
		from += taken
		before.last = from == len(lines)
	}
	return parts, append(rest, lines[from:]...)
}

// readCaptions reads the captions of grids that stand side by side off the lines above them, and returns the lines that are left.
func readCaptions(lines []layout.Line, grids []table.Grid) (captions []caption, rest []layout.Line) {
	if len(grids) == 1 {
		c, taken := readCaption(lines, grids[0].Box)
		return []caption{c}, lines[:len(lines)-taken]
	}
	used := make([]bool, len(lines))
	for i := range grids {
		var own []layout.Line
		var index []int
		for j := range lines {
			middle, g := (lines[j].Box.X0+lines[j].Box.X1)/2, &grids[i].Box
			if middle > g.X0-20 && middle < g.X1+20 && lines[j].Baseline < g.Y0+2 {
				own, index = append(own, lines[j]), append(index, j)
			}
		}
		c, taken := readCaption(own, grids[i].Box)
		captions = append(captions, c)
		for _, j := range index[len(index)-taken:] {
			used[j] = true
		}
	}
	for j := range lines {
		if !used[j] {
			rest = append(rest, lines[j])
		}
	}
	return captions, rest
}

// carryCaption gives a grid at the top of a page the caption that stands at the foot of the page before, below the last grid
// there, and returns that page's other lines.
func carryCaption(first, before *part, lines []layout.Line) []layout.Line {
	if !first.topmost || first.caption.title != "" || before.page.number != first.page.number-1 {
		return lines
	}
	from := len(lines)
	for from > 0 && lines[from-1].Baseline > before.grid.Box.Y1 {
		from--
	}
	c, taken := readCaption(lines[from:], pdf.Rect{})
	if c.title == "" || taken == 0 {
		return lines
	}
	own := first.caption
	c.unit, c.measure, c.scope = or(own.unit, c.unit), or(own.measure, c.measure), max(own.scope, c.scope)
	c.number = or(own.number, c.number)
	first.caption, first.alone = c, false
	return lines[:len(lines)-taken]
}

// continues reports whether part b goes on with the table of part a; first is that table's first part.
func continues(a, b, first part) bool {
	if b.page.number != a.page.number+1 || !a.last {
		return false
	}
	if !b.caption.empty() && !b.caption.continued {
		return b.caption.title != "" && b.caption.title == first.caption.title && (b.caption.number == first.caption.number || b.caption.number == "") &&
			!performance(first.caption.title) && sameColumns(a.grid, b.grid)
	}
	if !b.alone && !b.caption.continued {
		return false
	}
	if t := gridTitle(b.grid); t != "" && t != or(first.caption.title, gridTitle(first.grid)) {
		return false
	}
	if performance(first.caption.title) || performance(gridTitle(first.grid)) { // their rows have columns of their own
		return (sameSides(a.grid, b.grid) || sameColumns(a.grid, b.grid)) && !opensForm(b.grid)
	}
	return sameColumns(a.grid, b.grid) || !a.grid.Ruled && !b.grid.Ruled && !figures(a.grid) && figures(b.grid)
}

// figures reports whether a grid has a figure in it: a table that has none so far is only a header.
func figures(g *table.Grid) bool {
	return slices.ContainsFunc(g.Cells, func(c table.Cell) bool { return isFigure(c.Text) })
}

// sameSides reports whether two grids begin and end at the same places.
func sameSides(a, b *table.Grid) bool {
	const off = 6.0 // points
	return math.Abs(a.Box.X0-b.Box.X0) <= off && math.Abs(a.Box.X1-b.Box.X1) <= off
}

// opensForm reports whether a grid begins as a performance form does: with the name of its project or unit.
func opensForm(g *table.Grid) bool {
	c := g.At(0, 0)
	return c != nil && (strings.Contains(squeeze(c.Text), "项目名称") || strings.Contains(squeeze(c.Text), "单位名称") || strings.Contains(squeeze(c.Text), "部门名称"))
}

// gridTitle returns the title that a grid has in its own first rows, in a cell over its whole width, or "".
func gridTitle(g *table.Grid) string {
	for r := 0; r < min(3, g.Rows); r++ {
		c := g.At(r, 0)
		if c == nil || c.Col != 0 || c.ColSpan != g.Cols || c.Text == "" {
			continue
		}
		var found caption
		if kind := captionKind(lineOf(c.Text), &found); kind == titleCaption || found.title != "" {
			return or(found.title, cleanTitle(c.Text))
		}
	}
	return ""
}

// sameColumns reports whether the borders of one grid's columns are all among the other's, and the outer ones agree.
func sameColumns(a, b *table.Grid) bool {
	if !a.Ruled || !b.Ruled {
		return fits(a, b)
	}
	if len(a.Xs) < len(b.Xs) {
		a, b = b, a
	}
	const off = 6.0                           // points
	cut := len(b.Xs) > 3 && b.Xs[0] > a.Xs[0] // a page break left the first column, one cell over all rows, without its rules
	if math.Abs(a.Xs[0]-b.Xs[0]) > off && !cut || math.Abs(a.Xs[a.Cols]-b.Xs[b.Cols]) > off {
		return false
	}
	for _, x := range b.Xs {
		if !slices.ContainsFunc(a.Xs, func(y float64) bool { return math.Abs(x-y) <= off }) {
			return false
		}
	}
	return true
}

// fits reports whether the texts of grid b stand in the columns of grid a, where neither has rulings for them.
func fits(a, b *table.Grid) bool {
	const off = 8.0 // points
	single, all := 0, 0
	for i := range b.Cells {
		c := &b.Cells[i]
		if c.Text == "" {
			continue
		}
		if c.TextBox.X0 < a.Xs[0]-off || c.TextBox.X1 > a.Xs[a.Cols]+off {
			return false
		}
		all++
		if from, to := slots(a.Xs, c.TextBox); to == from+1 {
			single++
		}
	}
	return all > 0 && single*5 >= all*4
}

// newTable makes a table of its parts; false where it is none (a frame around text).
func (r *Reader) newTable(parts []part, index int) (schemas.Table, bool) {
	first := parts[0]
	s := newSheet(parts)
	if s.texts() == 0 {
		return schemas.Table{}, false
	}
	if text, ok := s.chart(); ok {
		r.warnings = append(r.warnings, schemas.Warning{Code: schemas.TableMissed, Page: first.page.number,
			Message: fmt.Sprintf("a drawing and not a table, its text left out: %s", text)})
		return schemas.Table{}, false
	}
	t := schemas.Table{Number: first.caption.number, Title: first.caption.title, ReportingUnit: first.caption.unit,
		UnitOfMeasure: first.caption.measure, Columns: []schemas.Column{}, Rows: []schemas.Row{}}
	s.liftCaption(&t)
	for _, p := range parts {
		t.Notes = append(t.Notes, p.notes...)
		if n := len(t.Pages); n == 0 || t.Pages[n-1] != p.page.number {
			t.Pages = append(t.Pages, p.page.number)
		}
	}
	at := schemas.Place{Page: first.page.number, BBox: shownBox(first.page, first.grid.Box)}
	t.At = &at
	if performance(t.Title) || s.keyed() {
		s.asGrid(&t)
	} else {
		s.asRows(&t)
	}
	t.Kind = formOf(&t)
	t.State = stateOf(&t)
	t.Empty = !hasFigures(&t)
	d := s.doubtsOf(&t, parts)
	t.Confidence = d.confidence()
	r.warnings = append(r.warnings, d.warnings(t.Title)...)
	return t, true
}
