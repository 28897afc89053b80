package table

import (
	"cmp"
	"math"
	"slices"

	"yusuan/extractor/layout"
	"yusuan/extractor/pdf"
)

const (
	touch   = 3.0 // points: lines nearer than this meet
	snap    = 3.5 // points: borders nearer than this are one
	covered = 0.6 // share of a cell's side that a ruling must cover to close it
	// maxRulings bounds the joined rulings of one direction on a page that is looked at for tables.
	maxRulings = 3000
)

// lattices finds the grids that rulings draw.
func lattices(p *layout.Page, glyphs []pdf.Glyph) (grids []Grid, rest []pdf.Glyph) {
	met, loose := frames(p)
	for _, f := range met {
		f.v = append(f.v, f.inside(loose)...)
		if g, ok := newLattice(p, f); ok {
			grids = append(grids, g)
		}
	}
	for _, f := range columnFrames(loose, glyphs, grids) {
		if g, ok := newLattice(p, f); ok {
			g.OpenTop, g.OpenBottom = true, true
			grids = append(grids, g)
		}
	}
	grids = outermost(grids)
	return grids, fill(p, grids, glyphs)
}

// columnFrames makes frames of vertical rulings that no horizontal ones meet (loose): the page of a long table whose rows are not ruled.
// The frame reaches as far as the text beside the rulings does.
func columnFrames(loose []layout.Segment, glyphs []pdf.Glyph, grids []Grid) []frame {
	const least = 60 // points: shorter ones are no columns
	used := make([]bool, len(loose))
	var out []frame
	for i, a := range loose {
		if used[i] || a.To-a.From < least || slices.ContainsFunc(grids, func(g Grid) bool { return g.Box.Y0 < a.To && g.Box.Y1 > a.From }) {
			continue
		}
		var f frame
		for j := i; j < len(loose); j++ {
			if b := loose[j]; !used[j] && math.Abs(a.From-b.From) < touch && math.Abs(a.To-b.To) < touch {
				used[j] = true
				f.v = append(f.v, b)
			}
		}
		if len(f.v) < 2 {
			continue
		}
		x0, x1 := f.v[0].At, f.v[len(f.v)-1].At
		for k := range glyphs {
			if y := glyphs[k].Y - 0.35*glyphs[k].Size; y > a.From && y < a.To {
				x0, x1 = min(x0, glyphs[k].Box.X0-2), max(x1, glyphs[k].Box.X1+2)
			}
		}
		f.v = append(f.v, layout.Segment{At: x0, From: a.From, To: a.To}, layout.Segment{At: x1, From: a.From, To: a.To})
		f.h = []layout.Segment{{At: a.From, From: x0, To: x1}, {At: a.To, From: x0, To: x1}}
		out = append(out, f)
	}
	return out
}

// A frame is a set of rulings that meet one another.
type frame struct {
	h, v []layout.Segment
}

// frames groups the page's rulings by which of them meet, directly or through others. loose are the vertical ones that no horizontal one
// meets.
func frames(p *layout.Page) (met []frame, loose []layout.Segment) {
	n := len(p.Horizontal)
	if n > maxRulings || len(p.Vertical) > maxRulings { // a map or a drawing
		return nil, nil
	}
	sets := newSets(n + len(p.Vertical))
	for i, h := range p.Horizontal {
		for j, v := range p.Vertical {
			if v.At >= h.From-touch && v.At <= h.To+touch && h.At >= v.From-touch && h.At <= v.To+touch {
				sets.join(i, n+j)
			}
		}
	}
	byRoot := map[int]*frame{}
	var order []int
	for i := range n + len(p.Vertical) {
		r := sets.root(i)
		f := byRoot[r]
		if f == nil {
			f = &frame{}
			byRoot[r] = f
			order = append(order, r)
		}
		if i < n {
			f.h = append(f.h, p.Horizontal[i])
		} else {
			f.v = append(f.v, p.Vertical[i-n])
		}
	}
	for _, r := range order {
		if f := byRoot[r]; len(f.h) > 0 && len(f.v) > 0 {
			met = append(met, *f)
		} else if len(f.h) == 0 {
			loose = append(loose, f.v...)
		}
	}
	return met, loose
}

// newLattice makes the grid of a frame; false if it is no table.
func newLattice(p *layout.Page, f frame) (Grid, bool) {
	g := Grid{Page: p.Number, Ruled: true}
	f, g.OpenTop, g.OpenBottom = closeSides(f)
	f.h = append(f.h, impliedRules(f)...)
	g.Xs = withoutSlivers(borders(f.v), 7)
	g.Ys = withoutSlivers(borders(f.h), 4)
	g.Cols, g.Rows = len(g.Xs)-1, len(g.Ys)-1
	if g.Cols < 2 || g.Rows < 1 || // one column is a frame around text
		g.Cols*g.Rows > 200_000 {
		return g, false
	}
	g.Box = pdf.Rect{X0: g.Xs[0], Y0: g.Ys[0], X1: g.Xs[g.Cols], Y1: g.Ys[g.Rows]}
	g.Cells = mergedCells(&g, f)
	return g, len(g.Cells) >= 2
}

// closeSides adds the outer rules that a table with open sides, or one cut by a page break, lacks.
func closeSides(f frame) (closed frame, openTop, openBottom bool) {
	x0, x1 := extent(f.v, at)
	y0, y1 := extent(f.h, at)
	hx0, hx1 := common(f.h)
	vy0, vy1 := common(f.v)
	closed = frame{h: slices.Clone(f.h), v: slices.Clone(f.v)}
	const open = 8 // points
	if x0-hx0 > open {
		closed.v = append(closed.v, layout.Segment{At: hx0, From: min(y0, vy0), To: max(y1, vy1)})
	}
	if hx1-x1 > open {
		closed.v = append(closed.v, layout.Segment{At: hx1, From: min(y0, vy0), To: max(y1, vy1)})
	}
	if y0-vy0 > open {
		openTop = true
		closed.h = append(closed.h, layout.Segment{At: vy0, From: min(x0, hx0), To: max(x1, hx1)})
	}
	if vy1-y1 > open {
		openBottom = true
		closed.h = append(closed.h, layout.Segment{At: vy1, From: min(x0, hx0), To: max(x1, hx1)})
	}
	return closed, openTop, openBottom
}

// inside finds the loose vertical rulings that stand inside a frame: of the columns below a cell over them all, where rows are not ruled.
func (f *frame) inside(loose []layout.Segment) []layout.Segment {
	x0, x1 := extent(f.v, at)
	y0, y1 := math.Inf(1), math.Inf(-1)
	for _, v := range f.v {
		y0, y1 = min(y0, v.From), max(y1, v.To)
	}
	var out []layout.Segment
	for _, v := range loose {
		if v.At > x0+snap && v.At < x1-snap && v.From > y0-touch && v.To < y1+touch && v.To-v.From > 20 {
			out = append(out, v)
		}
	}
	return out
}

// impliedRules finds where rows end that are not ruled: two vertical rules or more begin or end at one height, far from the next
// horizontal one, below a cell over their columns.
func impliedRules(f frame) []layout.Segment {
	const far = 60 // points: no row is as high
	x0, x1 := extent(f.v, at)
	ends := map[int]int{} // how many begin or end there, by height in steps of 2 points
	for _, v := range f.v {
		ends[int(math.Round(v.From/2))]++
		ends[int(math.Round(v.To/2))]++
	}
	var out []layout.Segment
	for y, n := range ends {
		at := 2 * float64(y)
		above, below := math.Inf(-1), math.Inf(1)
		for _, h := range f.h {
			if h.At <= at {
				above = max(above, h.At)
			} else {
				below = min(below, h.At)
			}
		}
		if n >= 2 && at-above > 2*touch && below-at > 2*touch && max(at-above, below-at) > far && !math.IsInf(above, 0) && !math.IsInf(below, 0) {
			out = append(out, layout.Segment{At: at, From: x0, To: x1})
		}
	}
	slices.SortFunc(out, func(a, b layout.Segment) int { return cmp.Compare(a.At, b.At) })
	return out
}

func at(s layout.Segment) float64 { return s.At }

func extent(segments []layout.Segment, key func(layout.Segment) float64) (low, high float64) {
	low, high = key(segments[0]), key(segments[0])
	for _, s := range segments {
		low, high = min(low, key(s)), max(high, key(s))
	}
	return low, high
}

// common returns where most of the long segments begin and end.
func common(segments []layout.Segment) (from, to float64) {
	longest := 0.0
	for _, s := range segments {
		longest = max(longest, s.To-s.From)
	}
	var froms, tos []float64
	for _, s := range segments {
		if s.To-s.From > 0.6*longest {
			froms, tos = append(froms, s.From), append(tos, s.To)
		}
	}
	slices.Sort(froms)
	slices.Sort(tos)
	from, to = froms[len(froms)/2], tos[len(tos)/2]
	if len(froms) > 1 && froms[1]-froms[0] < touch { // two that reach farther are no accident: cells over several rows stand there
		from = froms[0]
	}
	if n := len(tos); n > 1 && tos[n-1]-tos[n-2] < touch {
		to = tos[n-1]
	}
	return from, to
}

// borders returns the distinct positions of segments, those nearer than snap made one.
func borders(segments []layout.Segment) []float64 {
	sorted := slices.Clone(segments)
	slices.SortFunc(sorted, func(a, b layout.Segment) int { return cmp.Compare(a.At, b.At) })
	var out []float64
	sum, weight := 0.0, 0.0
	last := 0.0
	for _, s := range sorted {
		w := s.To - s.From
		if weight > 0 && s.At-last > snap {
			out = append(out, sum/weight)
			sum, weight = 0, 0
		}
		sum, weight, last = sum+s.At*w, weight+w, s.At
	}
	if weight > 0 {
		out = append(out, sum/weight)
	}
	return out
}

// withoutSlivers drops borders that leave less than least points to a column or row: doubled lines, rules of the header that
// do not meet those of the body. The outer borders stay.
func withoutSlivers(borders []float64, least float64) []float64 {
	out := borders[:1]
	for i, x := range borders[1:] {
		switch {
		case x-out[len(out)-1] >= least:
			out = append(out, x)
		case i+2 == len(borders) && len(out) > 1: // the last one
			out[len(out)-1] = x
		}
	}
	return out
}

// closed reports whether the segments at a position cover the stretch from a to b.
func closed(segments []layout.Segment, position, a, b float64) bool {
	sum := 0.0
	for _, s := range segments {
		if s.At > position-snap && s.At < position+snap {
			sum += s.Covers(a, b)
		}
	}
	return sum >= covered
}

// outermost drops a grid that stands wholly inside a cell of another (a stamp, a frame in a cell): its text is the cell's.
func outermost(grids []Grid) []Grid {
	return slices.DeleteFunc(grids, func(g Grid) bool {
		for i := range grids {
			o := &grids[i]
			if o.Box != g.Box && o.Box.X0 <= g.Box.X0+1 && o.Box.Y0 <= g.Box.Y0+1 && o.Box.X1 >= g.Box.X1-1 && o.Box.Y1 >= g.Box.Y1-1 {
				return true
			}
		}
		return false
	})
}

func sortGrids(grids []Grid) {
	slices.SortFunc(grids, func(a, b Grid) int {
		return cmp.Or(cmp.Compare(a.Box.Y0, b.Box.Y0), cmp.Compare(a.Box.X0, b.Box.X0))
	})
}
