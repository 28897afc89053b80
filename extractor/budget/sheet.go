package budget

import (
	"math"
	"regexp"
	"slices"
	"strings"

	"yusuan/extractor/layout"
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
		s.spanOn(rows, performance(parts[0].caption.title) || s.keyed(), p.grid.Ruled)
		s.rows = append(s.rows, rows...)
	}
	return s
}

// spanOn lets cells at the left over several rows that a page break cut go on in the rows of the next page, where they are blank:
// over several rows there too, or without rules (ruled is false). form is set for a form of keys and values, which has no blank keys: one row will do.
func (s *sheet) spanOn(rows []sheetRow, form, ruled bool) {
	if len(s.rows) <= s.header || len(rows) == 0 {
		return
	}
	last := &s.rows[len(s.rows)-1]
	for k, above := range last.cells {
		c := rows[0].cells[k]
		if k > 0 && c == rows[0].cells[k-1] {
			continue
		}
		if c.text != "" || c.span > 1 || above.rows < 2 && c.rows < 2 && !form || above.text == "" || isFigure(above.text) && !isCode(above.text) || !named(&rows[0]) {
			return
		}
		if c.rows < 2 && c.area != (pdf.Rect{}) && !form && ruled {
			return
		}
		for r := range rows {
			if x := rows[r].cells[k]; x != c && (x.text != "" || x.area != (pdf.Rect{}) && (ruled || !named(&rows[r]))) {
				break
			}
			rows[r].cells[k] = above
		}
	}
}

// named reports whether a row has a text that is neither a figure nor the name of a total.
func named(row *sheetRow) bool {
	for _, t := range row.texts() {
		if q := squeeze(t); totalText.MatchString(q) {
			return false
		} else if !isFigure(q) || isCode(q) {
			return true
		}
	}
	return false
}

// chart reports whether the sheet is a drawing whose lines only look like a table's: every text stands in a cell over half of all rows
// or more, so that no row says anything of its own. It returns the texts.
func (s *sheet) chart() (text string, ok bool) {
	if len(s.rows) < 4 {
		return "", false
	}
	var texts []string
	seen := map[*sheetCell]bool{}
	for i := range s.rows {
		for _, c := range s.rows[i].cells {
			if c.text == "" || seen[c] {
				continue
			}
			if c.rows*2 < len(s.rows) {
				return "", false
			}
			seen[c] = true
			texts = append(texts, c.text)
		}
	}
	return strings.Join(texts, " "), true
}

// partRows lays a part's cells on the columns that the borders xs make.
func partRows(p part, xs []float64) []sheetRow {
	g := p.grid
	column := make([]int, len(g.Xs)) // of each of the part's borders
	for i, x := range g.Xs {
		if column[i] = nearest(xs, x); !g.Ruled && len(g.Xs) == len(xs) { // borders found by alignment differ from page to page
			column[i] = i
		}
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
		if to <= from && c.Text != "" { // two of its borders are one of theirs: it stands where its text does
			from, to = slots(xs, c.TextBox)
		}
		if to <= from {
			continue
		}
		for from+1 < to && c.Text != "" && taken(rows[c.Row].cells[from]) {
			from++
		}
		sc := &sheetCell{text: c.Text, col: from, span: to - from, rows: c.RowSpan, textBox: c.TextBox, area: c.Box, size: c.Size, page: p.page}
		for r := c.Row; r < c.Row+c.RowSpan; r++ {
			for k := from; k < to; k++ {
				if old := rows[r].cells[k]; taken(old) {
					if sc.text != "" && r == c.Row && k == from { // nothing is lost where two meet
						old.text = layout.JoinLines(old.text, sc.text)
						old.textBox = old.textBox.Union(sc.textBox)
					}
					continue
				}
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

func taken(c *sheetCell) bool { return c != nil && c.text != "" }

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
	if n < s.header {
		if s.cutHeader(rows) {
			return rows[s.header:]
		}
		n = max(n, s.saidAgain(rows))
	}
	if n == 0 && s.header > 1 { // the number row alone may be repeated
		if len(rows) > 0 && sameTexts(&s.rows[s.header-1], &rows[0]) && len(rows[0].texts()) > 1 {
			return rows[1:]
		}
	}
	return rows[n:]
}

// cutHeader reports whether rows begin with the sheet's header again, though parts of it are cut off or stand in other cells: what
// a column's header says here is part of what it says there, or the other way round.
func (s *sheet) cutHeader(rows []sheetRow) bool {
	if s.header == 0 || len(rows) < s.header {
		return false
	}
	same, all := 0, 0
	for k := range s.cols {
		there, here := columnText(s.rows[:s.header], k), columnText(rows[:s.header], k)
		if there == "" && here == "" {
			continue
		}
		if all++; here != "" && (subsequence(here, there) || subsequence(there, here)) {
			same++
		}
	}
	return all > 2 && same*5 >= all*4
}

// saidAgain returns how many of the first rows say nothing but what the sheet's header says, in whatever cells.
func (s *sheet) saidAgain(rows []sheetRow) int {
	said := map[string]bool{}
	for r := range s.header {
		for _, t := range s.rows[r].texts() {
			said[squeeze(t)] = true
		}
	}
	n := 0
	for n < len(rows) && n <= s.header {
		texts := rows[n].texts()
		if len(texts) < 2 || slices.ContainsFunc(texts, func(t string) bool { return !madeOf(squeeze(t), said) }) {
			break
		}
		n++
	}
	return n
}

// madeOf reports whether a text is one of the words, or several of them one behind the other.
func madeOf(text string, words map[string]bool) bool {
	if words[text] {
		return true
	}
	reached := make([]bool, len(text)+1) // bytes of text up to which words go
	reached[0] = true
	for i := range text {
		if !reached[i] {
			continue
		}
		for w := range words {
			if strings.HasPrefix(text[i:], w) {
				reached[i+len(w)] = true
			}
		}
	}
	return reached[len(text)]
}

// columnText joins the texts of a column from the top, each cell's once.
func columnText(rows []sheetRow, k int) string {
	var b strings.Builder
	var last *sheetCell
	for i := range rows {
		if c := rows[i].cells[k]; c != last {
			b.WriteString(squeeze(c.text))
			last = c
		}
	}
	return b.String()
}

// subsequence reports whether a's characters all stand in b, in their order.
func subsequence(a, b string) bool {
	rest := []rune(a)
	for _, r := range b {
		if len(rest) > 0 && rest[0] == r {
			rest = rest[1:]
		}
	}
	return len(rest) == 0
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

// nameEnd matches the last word of a row's name, which is no name alone.
var nameEnd = regexp.MustCompile(`^(?:拨款|支出|收入|经费|补助|缴费|资金|费|出|款|入|金|助)$`)

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
		if nameEnd.MatchString(c.text) && !isFigure(a.cells[k].text) && len(b.texts()) == 1 {
			return true
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
