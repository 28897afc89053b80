package table

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"yusuan/extractor/layout"
)

// splitRows parts the rows of a lattice that hold several rows of the table with no rule between them: those in which whole
// figures stand under one another in one cell. lines has the lines of each cell by its index.
func splitRows(g *Grid, lines [][]layout.Line) {
	at := map[[2]int][]layout.Line{} // of cells with several lines in their row, by row and column: cells above the row at hand keep theirs
	stacked := make([]bool, g.Rows)
	for i := range g.Cells {
		c := &g.Cells[i]
		stacked[c.Row] = stacked[c.Row] || c.RowSpan == 1 && stackedFigures(lines[i])
	}
	for i := range g.Cells {
		if c := &g.Cells[i]; stacked[c.Row] && len(lines[i]) > 0 {
			at[[2]int{c.Row, c.Col}] = lines[i]
		}
	}
	for r := g.Rows - 1; r >= 0; r-- {
		if !stacked[r] {
			continue
		}
		blocks := rowBlocks(g, at, r)
		refs := make([]*block, len(blocks))
		for i := range blocks {
			refs[i] = &blocks[i]
		}
		rows, spanning := bands(refs)
		if len(rows) > 1 && len(spanning) == 0 {
			g.replaceRow(r, rows)
		}
	}
}

// stackedFigures reports whether two of the lines are figures with decimals.
func stackedFigures(lines []layout.Line) bool {
	figures := 0
	for i := range lines {
		if t := lines[i].Text; strings.Contains(t, ".") && layout.IsFigure(t) {
			figures++
		}
	}
	return figures >= 2
}

// rowBlocks returns the texts of the cells that stand in row r alone, each line group a block of its column.
func rowBlocks(g *Grid, at map[[2]int][]layout.Line, r int) (blocks []block) {
	var reg region
	for i := range g.Cells {
		c := &g.Cells[i]
		if c.Row != r || c.RowSpan != 1 {
			continue
		}
		for _, l := range at[[2]int{c.Row, c.Col}] {
			x := piece{box: l.Box, baseline: l.Baseline, size: l.Size, text: l.Text, figure: layout.IsFigure(l.Text), bold: l.Bold}
			reg.lines = append(reg.lines, row{Line: l, pieces: []piece{x}})
		}
	}
	slices.SortStableFunc(reg.lines, func(a, b row) int { return cmp.Compare(a.Baseline, b.Baseline) })
	blocks = reg.blocks()
	for i := range blocks {
		x := blocks[i].centre()
		for k := range g.Cells {
			if c := &g.Cells[k]; c.Row == r && c.RowSpan == 1 && x > c.Box.X0 && x < c.Box.X1 {
				blocks[i].from, blocks[i].to = c.Col, c.Col+c.ColSpan-1
			}
		}
	}
	return blocks
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
