package table

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"yusuan/extractor/layout"
)

// splitRows parts the rows of a lattice that hold several rows of the table with no rule between them, as where only the
// columns are ruled: figures stand at several heights in them. lines has the lines of each cell by its index.
func splitRows(g *Grid, lines [][]layout.Line) {
	byRow := make([][]int, g.Rows) // cells that stand in one row and have text
	for i := range g.Cells {
		if c := &g.Cells[i]; c.RowSpan == 1 && len(lines[i]) > 0 {
			byRow[c.Row] = append(byRow[c.Row], i)
		}
	}
	texts := make([]unruled, g.Rows)
	for r, cells := range byRow {
		many := false
		for _, i := range cells {
			many = many || len(lines[i]) > 1
		}
		if !many { // most rows
			continue
		}
		for _, i := range cells {
			c := &g.Cells[i]
			texts[r].cells = append(texts[r].cells, unruledCell{col: c.Col, span: c.ColSpan, x0: c.Box.X0, x1: c.Box.X1, lines: lines[i]})
		}
	}
	for r := g.Rows - 1; r >= 0; r-- {
		if rows := texts[r].rows(); len(rows) > 1 {
			g.replaceRow(r, rows)
		}
	}
}

// An unruled row is one between two rules that may hold several rows of the table.
type unruled struct {
	cells []unruledCell
}

type unruledCell struct {
	col, span int
	x0, x1    float64 // its sides, points
	lines     []layout.Line
	pad       float64 // least distance of its text from its sides
}

// full reports whether line k reaches so far that the first part of the next one had no room behind it: it was wrapped there.
func (c *unruledCell) full(k int) bool {
	l, next := &c.lines[k], &c.lines[k+1]
	return l.Box.Width()+layout.FirstUnit(next.Text)*next.Size > c.x1-c.x0-2*c.pad-0.3*l.Size
}

// middle is the height of a line's middle.
func middle(l *layout.Line) float64 { return l.Baseline - 0.35*l.Size }

// rows returns the rows that the unruled one holds, none where it is a single row.
func (u *unruled) rows() []band {
	for i := range u.cells {
		u.cells[i].measure()
	}
	anchors := u.anchors()
	if len(anchors) < 2 {
		return nil
	}
	rows := rowSet{}
	for _, a := range anchors {
		rows.at(a)
	}
	for i := range u.cells {
		c := &u.cells[i]
		heights := c.heights(anchors)
		for k := range c.lines {
			rows.at(heights[k]).put(newPiece(&c.lines[k]), c.col, c.col+c.span-1)
		}
	}
	slices.SortFunc(rows, func(a, b band) int { return cmp.Compare(a.y0, b.y0) })
	for i := range rows {
		rows[i].y0, rows[i].y1 = math.Inf(1), math.Inf(-1)
		for _, b := range rows[i].blocks {
			rows[i].y0, rows[i].y1 = min(rows[i].y0, b.box.Y0), max(rows[i].y1, b.box.Y1)
		}
	}
	return rows
}

// measure finds how near the cell's text comes to its sides.
func (c *unruledCell) measure() {
	c.pad = 6 // points: more is no padding but short text
	for k := range c.lines {
		c.pad = min(c.pad, max(0, c.lines[k].Box.X0-c.x0), max(0, c.x1-c.lines[k].Box.X1))
	}
}

// A rowSet is rows by their heights, which stand in y0 until all are known.
type rowSet []band

func (s *rowSet) at(y float64) *band {
	for i := range *s {
		if (*s)[i].y0 == y {
			return &(*s)[i]
		}
	}
	*s = append(*s, band{y0: y})
	return &(*s)[len(*s)-1]
}

// put adds a piece to the row's block in the columns from to to, the last one that was begun.
func (r *band) put(p piece, from, to int) {
	if n := len(r.blocks); n > 0 && r.blocks[n-1].from == from {
		b := r.blocks[n-1]
		b.pieces = append(b.pieces, p)
		b.box = b.box.Union(p.box)
		return
	}
	b := newBlock(p)
	b.from, b.to = from, to
	r.blocks = append(r.blocks, &b)
}

// anchors returns the heights at which figures stand, from the top: each is a row. Fewer than two where it is one row, whose
// figures may be wrapped or not quite on one line.
func (u *unruled) anchors() []float64 {
	type mark struct {
		y, size float64
	}
	var marks []mark
	stacked := false
	for i := range u.cells {
		c := &u.cells[i]
		figures := 0
		for k := range c.lines {
			if layout.IsFigure(c.lines[k].Text) {
				figures++
			}
		}
		for k := range c.lines {
			if !layout.IsFigure(c.lines[k].Text) {
				continue
			}
			if k+1 < len(c.lines) && layout.IsFigure(c.lines[k+1].Text) {
				if figures < 4 && !twoFigures(c, k) {
					return nil // one figure, wrapped
				}
				stacked = true
			}
			marks = append(marks, mark{middle(&c.lines[k]), c.lines[k].Size})
		}
	}
	slices.SortFunc(marks, func(a, b mark) int { return cmp.Compare(a.y, b.y) })
	var anchors []float64
	for _, m := range marks {
		if n := len(anchors); n == 0 || m.y-anchors[n-1] > 0.6*m.size {
			anchors = append(anchors, m.y)
		}
	}
	if !stacked && !u.named(anchors) {
		return nil
	}
	return anchors
}

// twoFigures reports whether the figures on lines k and k+1 are two and not one that was wrapped in its cell.
func twoFigures(c *unruledCell, k int) bool {
	a, b := c.lines[k].Text, c.lines[k+1].Text
	if strings.Contains(a, ".") && strings.Contains(b, ".") {
		return true
	}
	if strings.HasSuffix(a, ",") || strings.HasPrefix(b, ",") || strings.HasPrefix(b, ".") || strings.HasSuffix(a, ".") {
		return false
	}
	l := &c.lines[k]
	return l.Box.Width()+1.1*l.Size < c.x1-c.x0-2*c.pad || // there was room for two more digits
		c.lines[k+1].Box.Width() > 1.02*l.Box.Width()+0.1 || c.lines[k+1].Baseline-l.Baseline > leading*l.Size
}

// named reports whether a cell has a line of text at each of the heights, none of them wrapped: names of rows whose figures
// stand in different columns.
func (u *unruled) named(heights []float64) bool {
	if len(heights) < 2 {
		return false
	}
	for i := range u.cells {
		c := &u.cells[i]
		found := 0
		for k := range c.lines {
			l := &c.lines[k]
			if layout.IsFigure(l.Text) || k+1 < len(c.lines) && c.full(k) {
				continue
			}
			if nearHeight(heights, l) >= 0 {
				found++
			}
		}
		if found >= len(heights) && len(c.lines) == found {
			return true
		}
	}
	return false
}

// nearHeight returns the index of the height at which line l stands, or -1.
func nearHeight(heights []float64, l *layout.Line) int {
	for i, y := range heights {
		if math.Abs(middle(l)-y) <= 0.42*l.Size {
			return i
		}
	}
	return -1
}

// heights gives each line of the cell the height of its row: that of the figures beside the text it is of, or its own.
func (c *unruledCell) heights(anchors []float64) []float64 {
	col := textColumn{left: c.x0 + c.pad, right: c.x1 - c.pad}
	for k := range c.lines {
		col.lines = append(col.lines, newPiece(&c.lines[k]))
	}
	out := make([]float64, len(c.lines))
	for k := range out {
		out[k] = middle(&c.lines[k])
	}
	for _, w := range col.cells(anchors) {
		y := (middle(&c.lines[w.from]) + middle(&c.lines[w.to-1])) / 2
		if w.anchor >= 0 {
			y = anchors[w.anchor]
		}
		for k := w.from; k < w.to; k++ {
			out[k] = y
		}
	}
	return out
}

func newPiece(l *layout.Line) piece {
	return piece{box: l.Box, baseline: l.Baseline, size: l.Size, text: l.Text, figure: layout.IsFigure(l.Text) || layout.IsDash(l.Text), bold: l.Bold}
}

// replaceRow puts rows in the place of row r. Cells that span it span them all.
func (g *Grid) replaceRow(r int, rows []band) {
	more := len(rows) - 1
	var cells []Cell
	for _, c := range g.Cells {
		switch {
		case c.Row == r && c.RowSpan == 1:
			continue
		case c.Row > r:
			c.Row += more
		case c.Row+c.RowSpan > r:
			c.RowSpan += more
		}
		cells = append(cells, c)
	}
	ys := slices.Clone(g.Ys[:r+1])
	for i := range rows[:more] {
		ys = append(ys, min(max((rows[i].y1+rows[i+1].y0)/2, ys[len(ys)-1]+0.1), math.Nextafter(g.Ys[r+1], 0)))
	}
	ys = append(ys, g.Ys[r+1:]...)
	g.Ys, g.Cells, g.Rows = ys, cells, g.Rows+more
	b := builder{g: g}
	for i := range rows {
		for _, x := range rows[i].blocks {
			b.place(x, r+i, 1, x.from, x.to)
		}
	}
	b.finish()
}
