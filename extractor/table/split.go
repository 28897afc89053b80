package table

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"yusuan/extractor/layout"
	"yusuan/extractor/pdf"
)

// splitRows parts the rows of a lattice that hold several rows of the table with no rule between them: those in which whole
// figures stand under one another in one cell. inside has the glyphs of each cell by its index.
func splitRows(p *layout.Page, g *Grid, inside map[int][]pdf.Glyph) {
	at := map[[2]int][]pdf.Glyph{} // by row and column: cells above the row at hand keep theirs
	for i, glyphs := range inside {
		at[[2]int{g.Cells[i].Row, g.Cells[i].Col}] = glyphs
	}
	for r := g.Rows - 1; r >= 0; r-- {
		blocks, stacked := rowBlocks(p, g, at, r)
		if !stacked {
			continue
		}
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

// rowBlocks returns the texts of the cells that stand in row r alone, each line group a block of its column, and whether
// any cell holds several figures under one another.
func rowBlocks(p *layout.Page, g *Grid, at map[[2]int][]pdf.Glyph, r int) (blocks []block, stacked bool) {
	var reg region
	for i := range g.Cells {
		c := &g.Cells[i]
		glyphs := at[[2]int{c.Row, c.Col}]
		if c.Row != r || c.RowSpan != 1 || len(glyphs) == 0 {
			continue
		}
		figures := 0
		for _, l := range layout.Lines(p, glyphs) {
			x := piece{box: l.Box, baseline: l.Baseline, size: l.Size, text: l.Text, figure: layout.IsFigure(l.Text), bold: l.Bold}
			if x.figure && strings.Contains(x.text, ".") {
				figures++
			}
			reg.lines = append(reg.lines, row{Line: l, pieces: []piece{x}})
		}
		stacked = stacked || figures >= 2
	}
	if !stacked {
		return nil, false
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
	return blocks, true
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
