package table

import (
	"sort"

	"yusuan/extractor/layout"
	"yusuan/extractor/pdf"
)

// fill puts the glyphs that stand in a grid into its cells and returns the others.
func fill(p *layout.Page, grids []Grid, glyphs []pdf.Glyph) (rest []pdf.Glyph) {
	if len(grids) == 0 {
		return glyphs
	}
	lookup, first := make([][]int, len(grids)), make([]int, len(grids)+1)
	for k := range grids {
		lookup[k] = cellIndex(&grids[k])
		first[k+1] = first[k] + len(grids[k].Cells)
	}
	sorted := newSorter(first[len(grids)], len(glyphs))
	for i := range glyphs {
		gl := &glyphs[i]
		x, y := gl.X+gl.Advance/2, gl.Y-0.35*gl.Size
		sorted.put(i, -1)
		for k := range grids {
			g := &grids[k]
			if x < g.Box.X0-1 || x > g.Box.X1+1 || y < g.Box.Y0 || y > g.Box.Y1 {
				continue
			}
			sorted.put(i, first[k]+lookup[k][slot(g.Ys, y)*g.Cols+slot(g.Xs, x)])
			break
		}
	}
	keepRuns(grids, glyphs, sorted, first)
	inside, rest := sorted.sort(glyphs)
	for k := range grids {
		grids[k].setTexts(p, inside[first[k]:first[k+1]])
	}
	return rest
}

// setTexts gives the grid's cells their glyphs, by the index of the cell.
func (g *Grid) setTexts(p *layout.Page, glyphs [][]pdf.Glyph) {
	lines := make([][]layout.Line, len(g.Cells))
	for c := range g.Cells {
		lines[c] = layout.Lines(p, glyphs[c])
	}
	g.keepLines(lines)
	for c := range g.Cells {
		g.Cells[c].setText(lines[c])
	}
	splitRows(g, lines)
}

// A sorter sorts glyphs by the cell they stand in, keeping their order within each.
type sorter struct {
	cell  []int // of each glyph, or -1
	count []int // glyphs of each cell
}

func newSorter(cells, glyphs int) *sorter {
	return &sorter{cell: make([]int, glyphs), count: make([]int, cells)}
}

// put says that glyph i stands in cell c, or in none where c is -1.
func (s *sorter) put(i, c int) {
	if s.cell[i] = c; c >= 0 {
		s.count[c]++
	}
}

// move puts glyph i, which stands in a cell, into cell c.
func (s *sorter) move(i, c int) {
	s.count[s.cell[i]]--
	s.put(i, c)
}

// sort returns the glyphs of each cell, and those that stand in none.
func (s *sorter) sort(glyphs []pdf.Glyph) (cells [][]pdf.Glyph, rest []pdf.Glyph) {
	placed := 0
	for _, n := range s.count {
		placed += n
	}
	all := make([]pdf.Glyph, placed)
	cells = make([][]pdf.Glyph, len(s.count))
	for c, n := range s.count {
		cells[c], all = all[:0:n], all[n:]
	}
	if placed < len(glyphs) {
		rest = make([]pdf.Glyph, 0, len(glyphs)-placed)
	}
	for i := range glyphs {
		if c := s.cell[i]; c >= 0 {
			cells[c] = append(cells[c], glyphs[i])
		} else {
			rest = append(rest, glyphs[i])
		}
	}
	return cells, rest
}

// setText makes lines the cell's text.
func (c *Cell) setText(lines []layout.Line) {
	switch len(lines) {
	case 0:
		return
	case 1:
		c.Text, c.TextBox = lines[0].Text, lines[0].Box
	default:
		parts := make([]string, len(lines))
		for i := range lines {
			parts[i] = lines[i].Text
			c.TextBox = c.TextBox.Union(lines[i].Box)
		}
		c.Text = layout.JoinLines(parts...)
	}
	c.Size, c.Bold, c.Lines = lines[0].Size, lines[0].Bold, len(lines)
}

// cellIndex gives for each unit cell of the grid the index of the cell that covers it.
func cellIndex(g *Grid) []int {
	index := make([]int, g.Rows*g.Cols)
	for k, c := range g.Cells {
		for r := c.Row; r < c.Row+c.RowSpan; r++ {
			for col := c.Col; col < c.Col+c.ColSpan; col++ {
				index[r*g.Cols+col] = k
			}
		}
	}
	return index
}

// slot returns between which two borders a position lies, clamped to the first and last.
func slot(borders []float64, position float64) int {
	i := sort.SearchFloat64s(borders, position) - 1
	return min(max(i, 0), len(borders)-2)
}
