package table

import (
	"math"
	"slices"
	"strconv"

	"yusuan/extractor/layout"
)

// takeOrder takes the row of running numbers (栏次 1 2 3 …) out of the region and returns its cells, nil where there is none.
// Its numbers are centred and the figures below them are not, so that it would spoil the columns. The rule above it goes too:
// the header ends below the numbers.
func (r *region) takeOrder() []piece {
	for i := range r.lines {
		ps := r.lines[i].cells()
		if !runningNumbers(ps) {
			if slices.ContainsFunc(ps, func(p piece) bool { return p.figure }) {
				return nil // the body has begun
			}
			continue
		}
		above := r.y0
		if i > 0 {
			above = r.lines[i-1].Baseline
		}
		here := r.lines[i].Baseline
		r.rules = slices.DeleteFunc(slices.Clone(r.rules), func(s layout.Segment) bool {
			return s.At > above && s.At < here && s.At > r.rules[0].At+snap
		})
		r.lines = slices.Delete(slices.Clone(r.lines), i, i+1)
		return ps
	}
	return nil
}

// runningNumbers reports whether cells are 1, 2, 3 and so on, with 栏次 before them on either side of the table, with 类, 款, 项 beside
// them, or without.
func runningNumbers(ps []piece) bool {
	next, named := 1, false
	for _, p := range ps {
		switch p.text {
		case "栏次", "行次":
			named = true
			continue
		case "类", "款", "项":
			continue
		}
		if n, err := strconv.Atoi(p.text); err != nil || n != next {
			return false
		}
		next++
	}
	return next > 3 || named && next > 2
}

// widenByOrder lets columns reach to their running numbers, which stand in the middle of their cells as headers do: one for each column,
// or for the columns at the right behind 栏次.
func widenByOrder(cols []*column, order []piece) {
	first := 0 // number that is paired
	if len(order) != len(cols) {
		for first < len(order) && !order[first].figure {
			first++
		}
		if first != 1 || slices.ContainsFunc(order[first:], func(p piece) bool { return !p.figure }) {
			return
		}
	}
	shift := len(cols) - len(order)
	if shift < 0 {
		return
	}
	for i := first; i < len(order); i++ { // not where a number stands over another column than its own
		x := order[i].centre()
		if slices.ContainsFunc(cols, func(c *column) bool { return c != cols[i+shift] && c.x0 < x && x < c.x1 }) {
			return
		}
	}
	for i := first; i < len(order); i++ {
		cols[i+shift].widen(cols, order[i].box)
	}
}

// addByOrder adds columns for the running numbers to the right of all columns, whose rows are blank.
func addByOrder(cols []*column, order []piece) []*column {
	if len(cols) == 0 {
		return cols
	}
	last := cols[len(cols)-1].x1
	for _, p := range order {
		if p.figure && p.box.X0 > last {
			cols = append(cols, &column{x0: p.box.X0, x1: p.box.X1, left: p.box.X0, bands: map[int]bool{}})
		}
	}
	return cols
}

// orderRow places the running numbers as the last row of the header.
func (b *builder) orderRow(order []piece) {
	at := make([]int, len(order))
	for i := range order {
		at[i] = slot(b.g.Xs, order[i].centre())
	}
	for i, p := range order {
		from, to := at[i], at[i]
		if p.text == "栏次" { // over all columns between those with numbers, or in its own alone
			first, last := 0, at[i]
			if i > 0 {
				first = at[i-1] + 1
			}
			if i+1 < len(order) {
				last = max(last, at[i+1]-1)
			}
			off := func(from, to int) float64 { return math.Abs((b.g.Xs[from]+b.g.Xs[to+1])/2 - p.centre()) }
			if first <= at[i] && off(first, last) <= off(from, to) {
				from, to = first, last
			}
		}
		x := newBlock(p)
		b.place(&x, b.head, 1, from, to)
	}
	b.head++
}
