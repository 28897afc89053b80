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
	inside := make([]map[int][]pdf.Glyph, len(grids))
	lookup := make([][]int, len(grids))
	for k := range grids {
		inside[k] = map[int][]pdf.Glyph{}
		lookup[k] = cellIndex(&grids[k])
	}
	for _, gl := range glyphs {
		x, y := gl.X+gl.Advance/2, gl.Y-0.35*gl.Size
		placed := false
		for k := range grids {
			g := &grids[k]
			if x < g.Box.X0-1 || x > g.Box.X1+1 || y < g.Box.Y0 || y > g.Box.Y1 {
				continue
			}
			c := lookup[k][slot(g.Ys, y)*g.Cols+slot(g.Xs, x)]
			inside[k][c] = append(inside[k][c], gl)
			placed = true
			break
		}
		if !placed {
			rest = append(rest, gl)
		}
	}
	for k := range grids {
		for c, gs := range inside[k] {
			grids[k].Cells[c].setText(p, gs)
		}
		splitRows(p, &grids[k], inside[k])
	}
	return rest
}

// setText makes the glyphs the cell's text.
func (c *Cell) setText(p *layout.Page, glyphs []pdf.Glyph) {
	lines := layout.Lines(p, glyphs)
	if len(lines) == 0 {
		return
	}
	parts := make([]string, len(lines))
	for i, l := range lines {
		parts[i] = l.Text
		c.TextBox = c.TextBox.Union(l.Box)
	}
	c.Text = layout.JoinLines(parts...)
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
