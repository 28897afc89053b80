package budget

import (
	"math"
	"regexp"
	"strings"

	"yusuan/extractor/pdf"
	"yusuan/schemas"
)

// A sheet is the grids of one table put under one another on common columns.
type sheet struct {
	cols int
	rows []sheetRow
	// header is how many of the first rows are the header.
	header int
}

// A sheetRow is one row of a sheet: for each column the cell that covers it; a spanning cell stands in each of its columns
// and rows.
type sheetRow struct {
	cells []*sheetCell
	page  *page
	box   pdf.Rect // of the row on its page
}

type sheetCell struct {
	text    string
	col     int // first column
	span    int // columns
	rows    int // rows
	textBox pdf.Rect
	area    pdf.Rect // of the cell
	size    float64  // of its text, points
	page    *page
}

// newSheet puts the parts of a table together. Header rows that later parts repeat are taken once; a row cut by a page
// break is one row.
func newSheet(parts []part) *sheet {
	widest := 0
	for i, p := range parts {
		w := parts[widest].grid
		// by alignment, columns are surest where most rows stand
		if p.grid.Ruled && p.grid.Cols > w.Cols || !p.grid.Ruled && (p.grid.Rows > w.Rows) {
			widest = i
		}
	}
	xs := parts[widest].grid.Xs
	s := &sheet{cols: len(xs) - 1}
	for i, p := range parts {
		rows := partRows(p, xs)
		if i == 0 {
			s.rows = rows
			s.header = s.headerRows()
			continue
		}
		rows = s.withoutHeader(rows)
		if len(rows) > 0 && len(s.rows) > s.header && cutRow(&s.rows[len(s.rows)-1], &rows[0]) {
			mend(&s.rows[len(s.rows)-1], &rows[0])
			rows = rows[1:]
		}
		s.spanOn(rows)
		s.rows = append(s.rows, rows...)
	}
	return s
}

// spanOn lets a cell over several rows that a page break cut go on in the rows of the next page: there it is blank, and spans
// rows from the top.
func (s *sheet) spanOn(rows []sheetRow) {
	if len(s.rows) <= s.header || len(rows) == 0 {
		return
	}
	last := &s.rows[len(s.rows)-1]
	c, above := rows[0].cells[0], last.cells[0]
	if c.text != "" || c.rows < 2 || c.span > 1 || above.rows < 2 || above.text == "" || isFigure(above.text) {
		return
	}
	for r := range rows {
		if rows[r].cells[0] != c {
			break
		}
		rows[r].cells[0] = above
	}
}

// partRows lays a part's cells on the columns that the borders xs make.
func partRows(p part, xs []float64) []sheetRow {
	g := p.grid
	column := make([]int, len(g.Xs)) // of each of the part's borders
	for i, x := range g.Xs {
		column[i] = nearest(xs, x)
	}
	rows := make([]sheetRow, g.Rows)
	for r := range rows {
		rows[r] = sheetRow{cells: make([]*sheetCell, len(xs)-1), page: p.page,
			box: pdf.Rect{X0: g.Box.X0, Y0: g.Ys[r], X1: g.Box.X1, Y1: g.Ys[r+1]}}
	}
	for i := range g.Cells {
		c := &g.Cells[i]
		from, to := column[c.Col], column[c.Col+c.ColSpan]
		if !g.Ruled && c.Text != "" && len(g.Xs) != len(xs) {
			from, to = slots(xs, c.TextBox)
		}
		if to <= from {
			continue
		}
		sc := &sheetCell{text: c.Text, col: from, span: to - from, rows: c.RowSpan, textBox: c.TextBox, area: c.Box, size: c.Size, page: p.page}
		for r := c.Row; r < c.Row+c.RowSpan; r++ {
			for k := from; k < to; k++ {
				rows[r].cells[k] = sc
			}
		}
	}
	blank := &sheetCell{span: 1, rows: 1, page: p.page}
	for r := range rows {
		for k := range rows[r].cells {
			if rows[r].cells[k] == nil {
				rows[r].cells[k] = blank
			}
		}
	}
	return rows
}

// slots returns the columns over which a text stands, as the first and the one behind the last.
func slots(xs []float64, box pdf.Rect) (from, to int) {
	const slack = 1.5 // points
	for from+2 < len(xs) && xs[from+1] <= box.X0+slack {
		from++
	}
	to = from + 1
	for to+1 < len(xs) && xs[to] < box.X1-slack {
		to++
	}
	return from, to
}

func nearest(xs []float64, x float64) int {
	best := 0
	for i := range xs {
		if math.Abs(xs[i]-x) < math.Abs(xs[best]-x) {
			best = i
		}
	}
	return best
}

// distinct returns the row's cells, each once, left to right.
func (r *sheetRow) distinct() []*sheetCell {
	var out []*sheetCell
	for i, c := range r.cells {
		if i == 0 || c != r.cells[i-1] {
			out = append(out, c)
		}
	}
	return out
}

// texts returns the row's texts that are not empty, each cell once.
func (r *sheetRow) texts() []string {
	var out []string
	for _, c := range r.distinct() {
		if c.text != "" {
			out = append(out, c.text)
		}
	}
	return out
}

// texts counts the cells with text.
func (s *sheet) texts() int {
	n := 0
	for i := range s.rows {
		n += len(s.rows[i].texts())
	}
	return n
}

// withoutHeader drops the rows at the start that repeat the sheet's header.
func (s *sheet) withoutHeader(rows []sheetRow) []sheetRow {
	n := 0
	for n < s.header && n < len(rows) && sameTexts(&s.rows[n], &rows[n]) {
		n++
	}
	if n == 0 && s.header > 1 { // the number row alone may be repeated
		if len(rows) > 0 && sameTexts(&s.rows[s.header-1], &rows[0]) && len(rows[0].texts()) > 1 {
			return rows[1:]
		}
	}
	return rows[n:]
}

// sameTexts reports whether two rows say the same in nearly all of their cells; a page break may cut a letter off.
func sameTexts(a, b *sheetRow) bool {
	same, all := 0, 0
	for k := range a.cells {
		at, bt := squeeze(a.cells[k].text), squeeze(b.cells[k].text)
		if at == "" && bt == "" {
			continue
		}
		all++
		if at == bt {
			same++
		} else if isFigure(bt) {
			return false
		}
	}
	return all > 0 && same*5 >= all*4
}

// ownName matches how a row's name begins, never the second half of one.
var ownName = regexp.MustCompile(`^(?:其他|其中)`)

// cutRow reports whether row b, the first of a page, is the rest of row a, the last of the page before: nothing in it but
// the second half of texts that a began.
func cutRow(a, b *sheetRow) bool {
	n := 0
	for k, c := range b.cells {
		if c.text == "" || k > 0 && b.cells[k-1] == c {
			continue
		}
		n++
		if isFigure(c.text) || startsEntry(c.text) || ownName.MatchString(c.text) || isCode(c.text) || a.cells[k].text == "" || isFigure(a.cells[k].text) {
			return false
		}
		if x := a.cells[k]; x.textBox.Width()+1.6*x.size < x.area.Width()-0.5*x.size { // there was room for more on its line
			return false
		}
		if strings.HasSuffix(a.cells[k].text, "计") || a.cells[k].textBox.Y1 < a.box.Y1-0.75*(a.box.Y1-a.box.Y0) {
			return false
		}
	}
	return n > 0 && n <= 2
}

// mend joins the two halves of a row that a page break cut.
func mend(a, b *sheetRow) {
	for k, c := range b.cells {
		if c.text != "" && (k == 0 || b.cells[k-1] != c) {
			joined := *a.cells[k]
			joined.text += c.text
			old := a.cells[k]
			for j := range a.cells {
				if a.cells[j] == old {
					a.cells[j] = &joined
				}
			}
		}
	}
}

// liftCaption takes rows out of the sheet that are no cells of the table but its caption or notes drawn as cells over
// its whole width.
func (s *sheet) liftCaption(t *schemas.Table) {
	var c caption
	for len(s.rows) > 1 {
		texts := s.rows[0].texts()
		if !s.wholeWidth(0) || len(texts) == 0 || len(texts) > 2 {
			break
		}
		kind := noCaption
		for _, text := range texts {
			kind = max(kind, captionKind(lineOf(text), &c))
			if kind == titleCaption && c.title == "" {
				c.title = cleanTitle(text)
			}
		}
		if kind == noCaption {
			break
		}
		s.drop(0)
	}
	t.Number, t.Title = or(t.Number, c.number), or(t.Title, c.title)
	t.ReportingUnit, t.UnitOfMeasure = or(t.ReportingUnit, c.unit), or(t.UnitOfMeasure, c.measure)
	for n := len(s.rows); n > 1; n = len(s.rows) {
		texts := s.rows[n-1].texts()
		if len(texts) != 1 || !s.wholeWidth(n-1) || !notesWord.MatchString(texts[0]) {
			break
		}
		t.Notes = append([]string{texts[0]}, t.Notes...)
		s.rows = s.rows[:n-1]
	}
	s.header = s.headerRows()
}

// wholeWidth reports whether row r is one cell over all columns, or two.
func (s *sheet) wholeWidth(r int) bool {
	cells := s.rows[r].distinct()
	return s.cols > 2 && len(cells) <= 2 && cells[0].rows == 1
}

func (s *sheet) drop(r int) { s.rows = append(s.rows[:r:r], s.rows[r+1:]...) }

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
