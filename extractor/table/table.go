// Package table finds the tables of a page: by their rulings (lattice) or, where rulings are few or none, by the alignment
// of what stands in them. It gives grids of cells with spans; what the cells mean, and which grids of several pages are one
// table, is decided elsewhere.
//
// Start with Find.
package table

import (
	"yusuan/extractor/layout"
	"yusuan/extractor/pdf"
)

// A Grid is one table, or the part of it that stands on one page.
type Grid struct {
	Page   int      // 1-based
	Box    pdf.Rect // of the grid on the upright page (layout.Page), points
	Rows   int
	Cols   int
	Xs, Ys []float64 // borders of columns and rows, points: Cols+1 and Rows+1 of them
	Cells  []Cell    // by Row, then Col; together they cover the grid
	Ruled  bool      // rows and columns are given by rulings (lattice)
	Bare   bool      // no ruling at all: rows and columns are found by alignment alone
	Torn   int       // cells that its rulings do not close to a rectangle
	// OpenTop and OpenBottom are set where the grid's outer rule is missing: a table cut by a page break.
	OpenTop, OpenBottom bool
}

// A Cell is one cell of a grid; it may span rows and columns.
type Cell struct {
	Row, Col         int // 0-based, of its top left corner
	RowSpan, ColSpan int // at least 1
	Text             string
	Box              pdf.Rect // the cell's area
	TextBox          pdf.Rect // of its text; zero for an empty cell
	Size             float64  // of its text, points
	Bold             bool
	Lines            int // of text
}

// At returns the cell that covers row r and column c of the grid, or nil.
func (g *Grid) At(r, c int) *Cell {
	for i := range g.Cells {
		x := &g.Cells[i]
		if x.Row <= r && r < x.Row+x.RowSpan && x.Col <= c && c < x.Col+x.ColSpan {
			return x
		}
	}
	return nil
}

// Words says what a line's text is to a table.
type Words struct {
	Caption func(text string) bool // it belongs to a caption
	// Again reports whether it says the header of the table before again, the one that ends the page before; nil if none does.
	Again func(text string) bool
}

// Find returns the grids of a page from top to bottom, and the lines of the text that stands in none of them. words says of lines what
// they are to a table: those without any ruling are looked for where it says so.
func Find(p *layout.Page, words Words) (grids []Grid, rest []layout.Line) {
	grids, glyphs := lattices(p, p.Glyphs)
	if len(glyphs) == 0 {
		sortGrids(grids)
		return grids, nil
	}
	lines := extend(p, grids, newRows(partLines(p, layout.Lines(p, glyphs), gutters(p, grids)), words))
	more, rest := aligned(p, lines, grids, words.Again != nil)
	grids = append(grids, more...)
	sortGrids(grids)
	return grids, partLines(p, rest, gutters(p, grids))
}

// Beside reports whether two grids stand side by side.
func (g *Grid) Beside(o *Grid) bool {
	return min(g.Box.Y1, o.Box.Y1)-max(g.Box.Y0, o.Box.Y0) > 0.3*min(g.Box.Height(), o.Box.Height()) && (g.Box.X1 <= o.Box.X0 || o.Box.X1 <= g.Box.X0)
}
