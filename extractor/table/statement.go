package table

import (
	"slices"

	"yusuan/extractor/layout"
)

// takeStatement takes the declaration that stands below the header in place of rows out of the blocks of a region; nil if there is none.
func takeStatement(found []block) (rest []block, statement *block) {
	at := -1
	for i := range found {
		b := &found[i]
		if b.figure() && !yearOnly(b.text()) {
			return found, nil
		}
		if layout.IsDeclaration(b.text()) && (at < 0 || b.middle() > found[at].middle()) {
			at = i
		}
	}
	if at < 0 || slices.ContainsFunc(found, func(o block) bool { return o.middle() > found[at].middle()+1 }) {
		return found, nil
	}
	statement = &found[at]
	return slices.Concat(found[:at], found[at+1:]), statement
}

// addStatement adds a row of one cell that holds the declaration; none if it is nil.
func (g *Grid) addStatement(statement *block) {
	if statement == nil || g.Rows == 0 {
		return
	}
	top, bottom := g.Ys[g.Rows], max(g.Ys[g.Rows], statement.box.Y1)+1
	if t := statement.box.Y0 - 1; t > g.Ys[g.Rows-1] {
		top = min(top, t)
		g.Ys[g.Rows] = top
	}
	g.Ys = append(g.Ys, bottom)
	for i := range g.Cells {
		if c := &g.Cells[i]; c.Row+c.RowSpan == g.Rows {
			c.Box.Y1 = top
		}
	}
	c := Cell{Row: g.Rows, RowSpan: 1, ColSpan: g.Cols, Text: statement.text(), Box: g.Box, TextBox: statement.box, Size: statement.pieces[0].size,
		Bold: statement.pieces[0].bold, Lines: len(statement.pieces)}
	c.Box.Y0, c.Box.Y1 = top, bottom
	g.Cells = append(g.Cells, c)
	g.Rows++
	g.Box.Y1 = max(g.Box.Y1, bottom)
}
