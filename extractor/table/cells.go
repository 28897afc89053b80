package table

import (
	"yusuan/extractor/layout"
	"yusuan/extractor/pdf"
)

// mergedCells joins the unit cells of the grid that no ruling divides into rectangles.
func mergedCells(g *Grid, f frame) []Cell {
	cols := g.Cols
	open := newSets(g.Rows * cols)
	for r := range g.Rows {
		for c := 1; c < cols; c++ {
			if !closed(f.v, g.Xs[c], g.Ys[r], g.Ys[r+1]) {
				open.join(r*cols+c-1, r*cols+c)
			}
		}
	}
	for r := 1; r < g.Rows; r++ {
		for c := range cols {
			if !ruledAbove(g, f.h, r, c) {
				open.join((r-1)*cols+c, r*cols+c)
			}
		}
	}
	areas := areasOf(g, open)
	for _, a := range areas {
		if !a.rectangle() {
			g.Torn++
		}
	}
	if g.Torn > 0 {
		open = rectangles(g, f.h, open, areas)
	}
	return cellsOf(g, open)
}

// ruledAbove reports whether a ruling divides unit cell r, c from the one above it.
func ruledAbove(g *Grid, h []layout.Segment, r, c int) bool {
	return closed(h, g.Ys[r], g.Xs[c], g.Xs[c+1])
}

// An area is what a set of unit cells covers: its corners, inclusive, and how many cells it has.
type area struct{ r0, c0, r1, c1, n int }

func (a *area) rectangle() bool { return a.n == (a.r1-a.r0+1)*(a.c1-a.c0+1) }

// areasOf returns the area of each set by its root.
func areasOf(g *Grid, s *sets) map[int]*area {
	out := map[int]*area{}
	for i := range g.Rows * g.Cols {
		r, c, root := i/g.Cols, i%g.Cols, s.root(i)
		a := out[root]
		if a == nil {
			a = &area{r, c, r, c, 0}
			out[root] = a
		}
		a.r0, a.c0, a.r1, a.c1 = min(a.r0, r), min(a.c0, c), max(a.r1, r), max(a.c1, c)
		a.n++
	}
	return out
}

// rectangles parts the sets that are no rectangles, because a rule is missing or there by mistake: into the runs of each row, and
// those under one another that are as wide and have no rule between them.
func rectangles(g *Grid, h []layout.Segment, open *sets, areas map[int]*area) *sets {
	out := newSets(g.Rows * g.Cols)
	for r := range g.Rows {
		for c := 0; c < g.Cols; {
			end := runEnd(g, open, r, c)
			whole := areas[open.root(r*g.Cols+c)].rectangle()
			under := r > 0 && sameRun(g, open, r, c, end)
			for k := c; k < end; k++ {
				if k > c {
					out.join(r*g.Cols+k-1, r*g.Cols+k)
				}
				under = under && (whole || !ruledAbove(g, h, r, k))
			}
			if under {
				out.join((r-1)*g.Cols+c, r*g.Cols+c)
			}
			c = end
		}
	}
	return out
}

// runEnd returns the column behind the run of one set that column c of row r belongs to.
func runEnd(g *Grid, s *sets, r, c int) int {
	root := s.root(r*g.Cols + c)
	for c < g.Cols && s.root(r*g.Cols+c) == root {
		c++
	}
	return c
}

// sameRun reports whether the run from column c to end of row r stands right under one of the same set.
func sameRun(g *Grid, s *sets, r, c, end int) bool {
	root := s.root(r*g.Cols + c)
	above := (r - 1) * g.Cols
	return s.root(above+c) == root && (c == 0 || s.root(above+c-1) != root) && runEnd(g, s, r-1, c) == end
}

// cellsOf turns sets of unit cells, all rectangles, into cells.
func cellsOf(g *Grid, sets *sets) []Cell {
	count := 0
	for i := range g.Rows * g.Cols {
		if sets.root(i) == i {
			count++
		}
	}
	cells := make([]Cell, 0, count) // they are kept with the page: no room left over
	index := make([]int, g.Rows*g.Cols)
	for i := range g.Rows * g.Cols {
		r, c, root := i/g.Cols, i%g.Cols, sets.root(i)
		if index[root] == 0 {
			cells = append(cells, Cell{Row: r, Col: c})
			index[root] = len(cells)
		}
		k := index[root] - 1
		cells[k].RowSpan = max(cells[k].RowSpan, r-cells[k].Row+1)
		cells[k].ColSpan = max(cells[k].ColSpan, c-cells[k].Col+1)
	}
	for k := range cells {
		x := &cells[k]
		x.Box = pdf.Rect{X0: g.Xs[x.Col], Y0: g.Ys[x.Row], X1: g.Xs[x.Col+x.ColSpan], Y1: g.Ys[x.Row+x.RowSpan]}
	}
	return cells
}

// sets are disjoint sets of small integers.
type sets struct{ parent []int }

func newSets(n int) *sets {
	s := &sets{parent: make([]int, n)}
	for i := range s.parent {
		s.parent[i] = i
	}
	return s
}

func (s *sets) root(i int) int {
	for s.parent[i] != i {
		s.parent[i] = s.parent[s.parent[i]]
		i = s.parent[i]
	}
	return i
}

// join puts a and b into one set and reports whether they were in two.
func (s *sets) join(a, b int) bool {
	a, b = s.root(a), s.root(b)
	if a == b {
		return false
	}
	s.parent[max(a, b)] = min(a, b)
	return true
}
