package table

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"yusuan/extractor/layout"
)

// header places the header cells: groups over their columns, under them each column's own, and last the running numbers.
func (b *builder) header(uppers []*block, order []piece) {
	b.g.Ys = []float64{b.r.y0}
	if len(order) == 0 {
		b.headRows(uppers)
		return
	}
	top := b.top
	b.top = min(top, order[0].box.Y0)
	b.headRows(uppers)
	b.orderRow(order)
	b.top = top
	b.g.Ys = append(b.g.Ys, max(top, b.g.Ys[len(b.g.Ys)-1]+0.1))
}

// headRows places the rows of the header proper.
func (b *builder) headRows(uppers []*block) {
	slices.SortFunc(uppers, func(x, y *block) int { return cmp.Compare(y.middle(), x.middle()) }) // lowest first
	stacks := make([][]*block, b.g.Cols)                                                          // of each column, lowest first
	for k, c := range b.cols {
		if c.leaf != nil {
			c.leaf.from, c.leaf.to = k, k
			stacks[k] = append(stacks[k], c.leaf)
		}
	}
	b.shareOut(uppers)
	for _, u := range uppers {
		for k := u.from; k <= u.to; k++ {
			stacks[k] = append(stacks[k], u)
		}
	}
	for _, s := range stacks {
		b.head = max(b.head, len(s))
	}
	if b.head == 0 {
		return
	}
	row := map[*block]int{}
	for _, s := range stacks {
		for i, x := range s {
			row[x] = max(row[x], len(s)-1-i)
		}
	}
	b.headBorders(row)
	for x, k := range row {
		span := 1
		if b.cols[x.from].leaf == x {
			span = b.head - k
		}
		b.place(x, k, span, x.from, x.to)
	}
	sortCells(b.g.Cells)
}

// shareOut gives each group header the columns that it stands over: those of the rule right below it, else those whose common
// middle is its own, shared out among the groups of one height so that no column has two of them and few have none.
func (b *builder) shareOut(uppers []*block) {
	for i := 0; i < len(uppers); {
		j := i + 1
		for j < len(uppers) && math.Abs(uppers[j].middle()-uppers[i].middle()) < 4 {
			j++
		}
		level := slices.Clone(uppers[i:j])
		slices.SortFunc(level, func(x, y *block) int { return cmp.Compare(x.centre(), y.centre()) })
		var others []*block
		taken := make([]bool, len(b.cols))
		for _, u := range level {
			if s, ok := b.ruleBelow(u); !ok || s.To-s.From >= 0.9*(b.r.x1-b.r.x0) {
				others = append(others, u)
				continue
			}
			u.from, u.to = b.groupOf(u, uppers)
			for k := u.from; k <= u.to; k++ {
				taken[k] = true
			}
		}
		if !b.partition(others, taken) {
			for _, u := range others {
				u.from, u.to = b.groupOf(u, uppers)
			}
		}
		i = j
	}
}

// partition finds for groups of one height, left to right, the columns not yet taken that fit them best together, by dynamic
// programming over the columns; false if there is no way.
func (b *builder) partition(level []*block, taken []bool) bool {
	const bare = 25.0 // points: what a column below that no group takes costs
	n, m := len(b.cols), len(level)
	if n*m > 4000 {
		return false
	}
	cost := make([][]float64, m+1) // of the first g groups over the first k columns
	take := make([][]int, m+1)     // first column of group g where it ends before column k, or -1 where column k-1 has none
	for g := range cost {
		cost[g], take[g] = make([]float64, n+1), make([]int, n+1)
		for k := range cost[g] {
			cost[g][k], take[g][k] = math.Inf(1), -1
		}
	}
	cost[0][0] = 0
	for g := 0; g <= m; g++ {
		for k := 1; k <= n; k++ {
			free := cost[g][k-1]
			if !taken[k-1] && b.anyUnder(level, k-1) {
				free += bare
			}
			cost[g][k] = free
			if g == 0 {
				continue
			}
			for i := k - 1; i >= 0 && !taken[i] && b.under(level[g-1], i); i-- {
				if c := cost[g-1][i] + b.misfit(level[g-1], i, k-1); c < cost[g][k] {
					cost[g][k], take[g][k] = c, i
				}
			}
		}
	}
	if math.IsInf(cost[m][n], 1) {
		return false
	}
	for g, k := m, n; g > 0; {
		if i := take[g][k]; i >= 0 {
			level[g-1].from, level[g-1].to = i, k-1
			g, k = g-1, i
		} else {
			k--
		}
	}
	return true
}

// misfit returns how ill a group header fits the columns from i to j: how far its middle is off theirs, in points.
func (b *builder) misfit(u *block, i, j int) float64 {
	xs := b.g.Xs
	if xs[i] > u.box.X0+2 || xs[j+1] < u.box.X1-2 {
		return math.Inf(1)
	}
	off := math.Abs((xs[i]+xs[j+1])/2 - u.centre())
	if first, last := b.cols[i].leaf, b.cols[j].leaf; first != nil && last != nil { // borders are not sure
		off = min(off, math.Abs((first.centre()+last.centre())/2-u.centre()))
	}
	return off
}

func (b *builder) anyUnder(level []*block, k int) bool {
	for _, u := range level {
		if b.under(u, k) {
			return true
		}
	}
	return false
}

// groupOf returns the columns that a group header stands over: those whose common middle is its own. A rule right below it
// says so directly.
func (b *builder) groupOf(u *block, uppers []*block) (from, to int) {
	xs := b.g.Xs
	if s, ok := b.ruleBelow(u); ok && s.To-s.From < 0.9*(b.r.x1-b.r.x0) {
		from, to = nearestBorder(xs, s.From), nearestBorder(xs, s.To)-1
		if from <= to {
			return b.divided(u, uppers, from, to)
		}
	}
	from, to = slot(xs, u.box.X0+1), slot(xs, u.box.X1-1)
	best := math.Inf(1)
	for i := range b.cols {
		for j := i; j < len(b.cols) && b.under(u, j); j++ {
			if xs[i] > u.box.X0+2 || xs[j+1] < u.box.X1-2 {
				continue
			}
			if off := math.Abs((xs[i]+xs[j+1])/2 - u.centre()); off < best-0.5 {
				best, from, to = off, i, j
			}
		}
	}
	return from, to
}

// ruleBelow returns the rule right below a header cell.
func (b *builder) ruleBelow(u *block) (rule layout.Segment, ok bool) {
	for _, s := range b.r.rules { // from top to bottom
		if s.At > u.last() && s.From < u.centre() && s.To > u.centre() {
			return s, s.At < u.last()+2.2*u.pieces[0].size
		}
	}
	return rule, false
}

// divided narrows the columns below a rule to those of group u, where the rule runs on below further groups beside it.
func (b *builder) divided(u *block, uppers []*block, from, to int) (int, int) {
	xs := b.g.Xs
	beside := false
	for _, o := range uppers {
		if o != u && math.Abs(o.middle()-u.middle()) < 3 && o.centre() > xs[from] && o.centre() < xs[to+1] {
			beside = true
		}
	}
	if !beside {
		return from, to
	}
	best, f, t := math.Inf(1), slot(xs, u.box.X0+1), slot(xs, u.box.X1-1)
	for i := from; i <= to; i++ {
		for j := i; j <= to; j++ {
			if xs[i] > u.box.X0+2 || xs[j+1] < u.box.X1-2 {
				continue
			}
			if off := math.Abs((xs[i]+xs[j+1])/2 - u.centre()); off < best-0.5 {
				best, f, t = off, i, j
			}
		}
	}
	return f, t
}

// under reports whether column k's own header stands below group u, and not beside it over all rows from u's down: then it would
// stand higher by half of u's row, for both are centred in their cells.
func (b *builder) under(u *block, k int) bool {
	leaf := b.cols[k].leaf
	return leaf != nil && leaf.middle() > u.middle()+3 && leaf.middle() > (u.middle()+b.top)/2-1
}

func nearestBorder(xs []float64, x float64) int {
	best := 0
	for i := range xs {
		if math.Abs(xs[i]-x) < math.Abs(xs[best]-x) {
			best = i
		}
	}
	return best
}

// headBorders sets the borders between the header's rows: halfway between the texts, the last at the body's top.
func (b *builder) headBorders(row map[*block]int) {
	low := make([]float64, b.head)
	for i := range low {
		low[i] = math.Inf(-1)
	}
	for x, k := range row {
		if b.cols[x.from].leaf != x || k == b.head-1 {
			low[k] = max(low[k], x.box.Y1)
		}
	}
	for k := range b.head {
		y := low[k] + 1
		if k == b.head-1 || math.IsInf(y, -1) {
			y = b.r.y0 + (b.top-b.r.y0)*float64(k+1)/float64(b.head)
		}
		b.g.Ys = append(b.g.Ys, max(y, b.g.Ys[len(b.g.Ys)-1]+0.1))
	}
}

// body places the rows below the header. keyed is set for a table without header, whose cells are centred.
func (b *builder) body(rows []band, spanning []*block, keyed bool) {
	for i := range rows {
		y := rows[i].y1 + 1
		if i+1 < len(rows) {
			y = (rows[i].y1 + rows[i+1].y0) / 2
		} else {
			y = max(y, b.r.y1)
		}
		b.g.Ys = append(b.g.Ys, max(y, b.g.Ys[len(b.g.Ys)-1]+0.1))
	}
	occupied := make([][]bool, len(rows))
	for i := range rows {
		occupied[i] = make([]bool, b.g.Cols)
		for _, x := range rows[i].blocks {
			b.columnsOf(x, keyed, &rows[i])
			for k := x.from; k <= x.to; k++ {
				occupied[i][k] = true
			}
		}
	}
	for _, x := range spanning {
		b.columnsOf(x, keyed, nil)
	}
	b.spanRows(rows, spanning, occupied)
	for i := range rows {
		for _, x := range rows[i].blocks {
			b.place(x, b.head+x.row, x.spanRows, x.from, x.to)
		}
	}
	for _, x := range spanning {
		b.place(x, b.head+x.row, x.spanRows, x.from, x.to)
	}
}

// columnsOf sets over which columns a block of the body stands.
func (b *builder) columnsOf(x *block, keyed bool, row *band) {
	xs := b.g.Xs
	x.from, x.to = slot(xs, x.box.X0+1.5), slot(xs, x.box.X1-1.5)
	if x.from < x.to && row != nil && b.overflows(x, row) {
		x.from = slot(xs, x.centre())
		x.to = x.from
	}
	if row != nil && b.labelInFigures(x) {
		b.spread(x, row)
		return
	}
	if row != nil && x.from == x.to && totals.MatchString(x.text()) {
		b.centreTotal(x, row)
		return
	}
	if row == nil || !keyed && !b.centredAcross(x) {
		return
	}
	if off := math.Abs((xs[x.from]+xs[x.to+1])/2 - x.centre()); off < 3 {
		return
	}
	for i := x.from; i >= 0 && b.clear(row, x, i); i-- {
		for j := x.to; j < b.g.Cols && b.clear(row, x, j); j++ {
			if math.Abs((xs[i]+xs[j+1])/2-x.centre()) < 3 {
				x.from, x.to = i, j
				return
			}
		}
	}
}

// centreTotal gives the name of a total, which stands in the middle of its cell, the columns whose common middle is its own: its
// column alone, or others with it that are empty in its row.
func (b *builder) centreTotal(x *block, row *band) {
	const off = 8.0 // points: borders found by alignment are not quite right
	xs := b.g.Xs
	from, to, best := x.from, x.to, off
	for i := x.from; i >= 0 && b.clear(row, x, i); i-- {
		for j := x.to; j < b.g.Cols && b.clear(row, x, j) && len(b.cols[j].edges) == 0; j++ {
			d := math.Abs((xs[i]+xs[j+1])/2 - x.centre())
			if i == 0 && j > x.from { // a total over several columns begins with the first
				d -= 6
			}
			if d < best-0.5 {
				from, to, best = i, j, d
			}
		}
	}
	x.from, x.to = from, to
}

// labelInFigures reports whether a block is the name of a total and stands in a column of figures.
func (b *builder) labelInFigures(x *block) bool {
	return x.from == x.to && b.cols[x.from].decimals && strings.HasSuffix(x.text(), "计")
}

// spread lets the name of a total that stands in a column of figures span the columns beside it that are empty in its row, as far
// as it stands in the middle of them.
func (b *builder) spread(x *block, row *band) {
	xs := b.g.Xs
	from, to := x.from, x.to
	for i := x.from; i >= 0 && b.clear(row, x, i); i-- {
		for j := x.to; j < b.g.Cols && b.clear(row, x, j); j++ {
			if math.Abs((xs[i]+xs[j+1])/2-x.centre()) < 6 && j-i > to-from {
				from, to = i, j
			}
		}
	}
	x.from, x.to = from, to
}

// centredAcross reports whether a text of the body stands apart from the others of its column and not in its middle: one
// centred over several columns, as 合计 often is.
func (b *builder) centredAcross(x *block) bool {
	if x.figure() || x.from != x.to {
		return false
	}
	c, same := b.cols[x.from], 0
	for _, start := range c.starts {
		if math.Abs(start-x.box.X0) < 1 {
			same++
		}
	}
	return same < 2 && x.box.X0-c.left > 6 // several that begin alike are indented
}

// overflows reports whether a block that reaches into further columns only runs out of its own: another block of the row
// stands in one of them.
func (b *builder) overflows(x *block, row *band) bool {
	for _, o := range row.blocks {
		if o != x && o.centre() > b.g.Xs[x.from] && o.centre() < b.g.Xs[x.to+1] {
			return true
		}
	}
	return false
}

// clear reports whether no other block of the row stands in column k.
func (b *builder) clear(row *band, x *block, k int) bool {
	for _, o := range row.blocks {
		if o != x && o.box.X0 < b.g.Xs[k+1]-1 && o.box.X1 > b.g.Xs[k]+1 {
			return false
		}
	}
	return true
}

func sortCells(cells []Cell) {
	slices.SortFunc(cells, func(a, b Cell) int { return cmp.Or(cmp.Compare(a.Row, b.Row), cmp.Compare(a.Col, b.Col)) })
}
