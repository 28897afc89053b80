package table

import (
	"math"
)

// spanRows sets each block's first row and how many rows it spans. A rule that stops short of a column says so; without
// rules, a block in the middle of several rows that are empty in its column spans them.
func (b *builder) spanRows(rows []band, spanning []*block, occupied [][]bool) {
	for i := range rows {
		for _, x := range rows[i].blocks {
			x.row, x.spanRows = i, 1
		}
	}
	if ys := b.r.rowRules(b.bodyBlocks(rows), b.top); ys != nil && len(ys) == len(rows)+1 {
		b.spanRuled(rows, ys, occupied)
		return
	}
	for _, x := range spanning {
		b.spanBetween(rows, x, occupied)
	}
	for i := range rows {
		for _, x := range rows[i].blocks {
			b.spanTall(rows, x, occupied)
		}
	}
	b.tileFirst(rows, occupied)
}

func (b *builder) bodyBlocks(rows []band) []*block {
	var all []*block
	for i := range rows {
		all = append(all, rows[i].blocks...)
	}
	return all
}

// spanRuled lets cells span the rows between which no rule runs in their columns.
func (b *builder) spanRuled(rows []band, ys []float64, occupied [][]bool) {
	xs := b.g.Xs
	open := func(boundary, k int) bool { return !closed(b.r.rules, ys[boundary], xs[k]+1, xs[k+1]-1) }
	for i := range rows {
		for _, x := range rows[i].blocks {
			first, last := i, i
			for first > 0 && open(first, x.from) && !occupied[first-1][x.from] {
				first--
			}
			for last+1 < len(rows) && open(last+1, x.from) && !occupied[last+1][x.from] {
				last++
			}
			if first == last {
				continue
			}
			x.row, x.spanRows = first, last-first+1
			for r := first; r <= last; r++ {
				for k := x.from; k <= x.to; k++ {
					occupied[r][k] = true
				}
			}
		}
	}
}

// spanBetween gives a block that stands between rows the rows around it whose common middle is its own.
func (b *builder) spanBetween(rows []band, x *block, occupied [][]bool) {
	first, last, best := -1, -1, math.Inf(1)
	for i := range rows {
		for j := i; j < len(rows) && !occupied[j][x.from]; j++ {
			if rows[i].y0 > x.box.Y1 || rows[j].y1 < x.box.Y0 {
				continue
			}
			if off := math.Abs((rows[i].middle()+rows[j].middle())/2 - x.middle()); off < best-0.3 {
				first, last, best = i, j, off
			}
		}
	}
	if first < 0 {
		first = b.rowNear(rows, x)
		last = first
	}
	x.claim(first, last, occupied)
}

func (r *band) middle() float64 {
	for _, x := range r.blocks {
		if x.spanRows == 1 {
			return x.middle()
		}
	}
	return (r.y0 + r.y1) / 2
}

func (b *builder) rowNear(rows []band, x *block) int {
	best := 0
	for i := range rows {
		if math.Abs(rows[i].middle()-x.middle()) < math.Abs(rows[best].middle()-x.middle()) {
			best = i
		}
	}
	return best
}

func (x *block) claim(first, last int, occupied [][]bool) {
	x.row, x.spanRows = first, last-first+1
	for r := first; r <= last && r < len(occupied); r++ {
		for k := x.from; k <= x.to; k++ {
			occupied[r][k] = true
		}
	}
}

// spanTall lets a block of several lines that is taller than its row has room for span the empty rows around it evenly.
func (b *builder) spanTall(rows []band, x *block, occupied [][]bool) {
	i := x.row
	if len(x.pieces) < 2 || i == 0 || i+1 >= len(rows) {
		return
	}
	room := (rows[i+1].middle() - rows[i-1].middle()) / 2
	if x.box.Height() <= room+1 {
		return
	}
	first, last := i, i
	for first > 0 && last+1 < len(rows) && !occupied[first-1][x.from] && !occupied[last+1][x.from] {
		first, last = first-1, last+1
		if rows[last].y1-rows[first].y0 > x.box.Height() {
			break
		}
	}
	x.claim(first, last, occupied)
}

// tileFirst lets the names in the first column span the rows around them where together they cover all its empty rows
// evenly; a first or last row of totals may stay without one.
func (b *builder) tileFirst(rows []band, occupied [][]bool) {
	own := make([]*block, len(rows))
	empty := 0
	for i := range rows {
		for _, x := range rows[i].blocks {
			if x.from == 0 && x.spanRows == 1 {
				own[i] = x
			}
		}
		if !occupied[i][0] {
			empty++
		}
	}
	if empty == 0 {
		return
	}
	spans := map[*block][2]int{}
	covered := 0
	for i, x := range own {
		if x == nil || x.figure() || x.to > 0 {
			continue
		}
		first, last := i, i
		for first > 0 && last+1 < len(rows) && !occupied[first-1][0] && !occupied[last+1][0] {
			first, last = first-1, last+1
		}
		if first < last {
			spans[x] = [2]int{first, last}
			covered += last - first
		}
	}
	total := !occupied[len(rows)-1][0] || !occupied[0][0]
	if covered != empty && !(total && covered == empty-1) {
		return
	}
	for x, s := range spans {
		x.claim(s[0], s[1], occupied)
	}
}
