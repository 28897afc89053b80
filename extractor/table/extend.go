package table

import (
	"math"
	"slices"
	"unicode"
	"unicode/utf8"

	"yusuan/extractor/layout"
	"yusuan/extractor/pdf"
)

// extend lets each grid that is nothing but a header go on below it: the columns of its body are not ruled, and its rows only by
// horizontal rules, or not at all. It returns the lines that stand in none of the grids.
func extend(p *layout.Page, grids []Grid, lines []row) []row {
	for k := range grids {
		g := &grids[k]
		if !g.headerOnly() {
			continue
		}
		var below []row // another table may stand beside
		var index []int
		for i := range lines {
			if l := &lines[i]; l.Baseline > g.Box.Y1 && l.Box.X1 > g.Box.X0 && l.Box.X0 < g.Box.X1 {
				below, index = append(below, *l), append(index, i)
			}
		}
		n := g.bodyLines(p, below, grids)
		if n == 0 {
			continue
		}
		g.grow(p, below[:n])
		var rest []row
		for i := range lines {
			if !slices.Contains(index[:n], i) {
				rest = append(rest, lines[i])
			}
		}
		lines = rest
	}
	return lines
}

// headerOnly reports whether a ruled grid has the cells of a header and no figure but running numbers.
func (g *Grid) headerOnly() bool {
	if g.Rows > 6 || g.Cols < 2 {
		return false
	}
	under := make([]bool, g.Cols)
	for i := range g.Cells {
		c := &g.Cells[i]
		if layout.IsFigure(c.Text) && len(c.Text) > 2 {
			return false
		}
		for k := c.Col; k < c.Col+c.ColSpan && c.Text != ""; k++ {
			under[k] = true
		}
	}
	named := 0
	for _, b := range under {
		if b {
			named++
		}
	}
	return named*5 >= g.Cols*4
}

// bodyLines returns how many of the lines below the grid are rows of its body: lines that fit its columns, with figures in more
// than one of them.
func (g *Grid) bodyLines(p *layout.Page, lines []row, grids []Grid) int {
	bottom, figures, single, n := g.Box.Y1, 0, 0, 0
	for i := range lines {
		l := &lines[i]
		if l.caption || l.Box.Y0-bottom > 2.5*l.Size && !g.ruledBelow(p, bottom, l.Box.Y0) || l.Box.X0 < g.Box.X0-3 || l.Box.X1 > g.Box.X1+8 ||
			overlapsGrid(grids, l.Box.Y0+1, l.Box.Y1-1) || prose(p, l, g.Box.X0) || l.Baseline > 0.8*p.Height && layout.IsPageNumber(l.Text) {
			break
		}
		chunks := g.chunks(l)
		if len(chunks) == 1 && (l.Size > 1.12*lines[0].Size || heads(p, lines, i)) {
			break
		}
		any := false
		for _, c := range chunks {
			if layout.IsFigure(c.text) {
				any = true
				single++
			}
		}
		if !any && g.wide(chunks) {
			break
		}
		if any {
			figures++
			n = i + 1
		} else if figures > 0 && len(chunks) > 0 {
			n = i + 1
		}
		bottom = l.Box.Y1
	}
	if figures < 2 && single < 3 {
		return 0
	}
	return n
}

// ruledBelow reports whether a rule as wide as the grid runs between two heights.
func (g *Grid) ruledBelow(p *layout.Page, y0, y1 float64) bool {
	return slices.ContainsFunc(p.Horizontal, func(s layout.Segment) bool { return s.At > y0 && s.At < y1 && g.across(s) })
}

// across reports whether a rule runs over the grid's whole width.
func (g *Grid) across(s layout.Segment) bool { return s.From < g.Box.X0+6 && s.To > g.Box.X1-6 }

// wide reports whether one of the chunks is a sentence: it runs over columns.
func (g *Grid) wide(chunks []chunk) bool {
	for _, c := range chunks {
		if slot(g.Xs, c.box.X1-1)-slot(g.Xs, c.box.X0+1) >= 2 && utf8.RuneCountInString(c.text) > 12 || utf8.RuneCountInString(c.text) > 45 {
			return true
		}
	}
	return false
}

// A chunk is glyphs of one line that stand in one column.
type chunk struct {
	col    int
	box    pdf.Rect
	text   string
	glyphs []pdf.Glyph
}

// chunks parts a line into what stands in each column: at gaps, and where a code runs into a name at a border. What runs over a
// border without a break belongs to the column of its middle.
func (g *Grid) chunks(l *row) []chunk {
	var out []chunk
	for _, c := range tornChunks(l.Chunks(cellGap)) {
		for from, i := 0, 1; i <= len(c.Glyphs); i++ {
			if i < len(c.Glyphs) && !g.breakAt(&c.Glyphs[i-1], &c.Glyphs[i]) {
				continue
			}
			part := layout.NewChunk(c.Glyphs[from:i])
			out = append(out, chunk{slot(g.Xs, (part.Box.X0+part.Box.X1)/2), part.Box, part.Text, part.Glyphs})
			from = i
		}
	}
	return out
}

// breakAt reports whether a column ends between two glyphs of a chunk: a border runs there, and a figure meets text.
func (g *Grid) breakAt(a, b *pdf.Glyph) bool {
	k := slot(g.Xs, b.X+0.5*b.Advance)
	if k == 0 || slot(g.Xs, a.X+0.5*a.Advance) >= k+1 {
		return false
	}
	border := g.Xs[k]
	if border < a.X-0.6*a.Size || border > b.X+b.Advance+0.6*b.Size {
		return false
	}
	return isHan(a) != isHan(b)
}

func isHan(g *pdf.Glyph) bool {
	r, _ := utf8.DecodeRuneInString(g.Text)
	return unicode.Is(unicode.Han, r) || r == '（' || r == '、'
}

// grow adds the lines to the grid as rows of its body.
func (g *Grid) grow(p *layout.Page, lines []row) {
	bottom := lines[len(lines)-1].Box.Y1 + 1
	body := Grid{Page: g.Page, Cols: g.Cols, Xs: g.Xs, Ys: []float64{g.Box.Y1}, Ruled: true}
	for _, s := range p.Horizontal {
		if s.At > body.Ys[len(body.Ys)-1]+4 && s.At < bottom+1.5*lines[0].Size && g.across(s) {
			body.Ys = append(body.Ys, s.At)
		}
	}
	if bottom > body.Ys[len(body.Ys)-1]+4 {
		body.Ys = append(body.Ys, bottom)
	}
	body.Rows = len(body.Ys) - 1
	body.Cells = unitCells(&body)
	cells := make([][]pdf.Glyph, len(body.Cells))
	for i := range lines {
		r := slot(body.Ys, lines[i].Baseline-0.35*lines[i].Size)
		chunks := g.chunks(&lines[i])
		for _, c := range chunks {
			k := r*body.Cols + g.firstColumn(&c, chunks)
			cells[k] = append(cells[k], c.glyphs...)
		}
	}
	body.setTexts(p, cells)
	for _, c := range body.Cells {
		c.Row += g.Rows
		g.Cells = append(g.Cells, c)
	}
	g.Ys = append(slices.Clone(g.Ys), body.Ys[1:]...)
	g.Rows += body.Rows
	g.Box.Y1 = g.Ys[g.Rows]
}

// firstColumn returns the first of the columns that a chunk stands over: the name of a total may stand in the middle of several that
// are empty beside it.
func (g *Grid) firstColumn(c *chunk, line []chunk) int {
	middle := (c.box.X0 + c.box.X1) / 2
	if !totals.MatchString(c.text) || math.Abs((g.Xs[c.col]+g.Xs[c.col+1])/2-middle) < 3 {
		return c.col
	}
	empty := func(k int) bool {
		return !slices.ContainsFunc(line, func(o chunk) bool { return o.col == k && o.text != c.text })
	}
	for i := c.col; i >= 0 && empty(i); i-- {
		for j := c.col; j < g.Cols && empty(j); j++ {
			if math.Abs((g.Xs[i]+g.Xs[j+1])/2-middle) < 3 {
				return i
			}
		}
	}
	return c.col
}

// unitCells returns one cell for each row and column.
func unitCells(g *Grid) []Cell {
	cells := make([]Cell, 0, g.Rows*g.Cols)
	for r := range g.Rows {
		for c := range g.Cols {
			cells = append(cells, Cell{Row: r, Col: c, RowSpan: 1, ColSpan: 1, Box: pdf.Rect{X0: g.Xs[c], Y0: g.Ys[r], X1: g.Xs[c+1], Y1: g.Ys[r+1]}})
		}
	}
	return cells
}
