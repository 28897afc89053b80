package table

import (
	"math"

	"yusuan/extractor/layout"
	"yusuan/extractor/pdf"
)

// keepRuns keeps text together that runs out of its cell over a ruling into an empty one beside it: it all belongs to the cell that
// has most of it. first has the index of each grid's first cell in the sorter.
func keepRuns(grids []Grid, glyphs []pdf.Glyph, sorted *sorter, first []int) {
	k := 0 // grid of the cell at hand
	for i := 0; i < len(glyphs); {
		end, crosses := i+1, false
		for end < len(glyphs) && sorted.cell[i] >= 0 && sorted.cell[end] >= 0 && runOn(&glyphs[end-1], &glyphs[end]) {
			crosses = crosses || sorted.cell[end] != sorted.cell[i]
			end++
		}
		if crosses {
			for k = 0; first[k+1] <= sorted.cell[i]; k++ {
			}
			if owner := runOwner(&grids[k], sorted, first[k], i, end); owner >= 0 {
				for j := i; j < end; j++ {
					if sorted.cell[j] != owner {
						sorted.move(j, owner)
					}
				}
			}
		}
		i = end
	}
}

// runOn reports whether b follows a on its line without any gap, both of them Chinese text.
func runOn(a, b *pdf.Glyph) bool {
	return math.Abs(b.X-a.X-a.Advance) < 0.08*a.Size && math.Abs(b.Y-a.Y) < 0.1*a.Size && isHan(a) && isHan(b)
}

// runOwner returns the cell that a run of glyphs belongs to: the one of its row that has more than half of it, if nothing else stands
// in the others; -1 if there is none.
func runOwner(g *Grid, sorted *sorter, base, from, end int) int {
	own := map[int]int{}
	for j := from; j < end; j++ {
		c := sorted.cell[j]
		if c < base || c >= base+len(g.Cells) || g.Cells[c-base].Row != g.Cells[sorted.cell[from]-base].Row {
			return -1
		}
		own[c]++
	}
	owner := -1
	for c, n := range own {
		if n*2 > end-from {
			owner = c
		}
	}
	for c, n := range own {
		if c != owner && n != sorted.count[c] {
			return -1
		}
	}
	return owner
}

// keepLines keeps a line with the cell above it, out of which it runs over the ruling between them: the ruling goes through it, and
// what else stands in the row below stands lower.
func (g *Grid) keepLines(lines [][]layout.Line) {
	var index []int
	for b := range g.Cells {
		c := &g.Cells[b]
		if len(lines[b]) == 0 || c.Row == 0 {
			continue
		}
		l := &lines[b][0]
		if l.Box.Y0 > c.Box.Y0-0.15*l.Size {
			continue
		}
		if index == nil {
			index = cellIndex(g)
		}
		a := index[(c.Row-1)*g.Cols+slot(g.Xs, (l.Box.X0+l.Box.X1)/2)]
		n := len(lines[a])
		if n == 0 || math.Abs(lines[a][n-1].Size-l.Size) > 1 || l.Baseline-lines[a][n-1].Baseline > leading*l.Size || !g.lower(lines, c.Row, l) {
			continue
		}
		lines[a] = append(lines[a][:n:n], *l)
		lines[b] = lines[b][1:]
	}
}

// lower reports whether what stands in a row, line l aside, stands lower than l, and something does.
func (g *Grid) lower(lines [][]layout.Line, row int, l *layout.Line) bool {
	found := false
	for i := range g.Cells {
		if g.Cells[i].Row != row {
			continue
		}
		for k := range lines[i] {
			if o := &lines[i][k]; o != l {
				if o.Baseline < l.Baseline+0.3*l.Size {
					return false
				}
				found = true
			}
		}
	}
	return found
}
