package table

import (
	"cmp"
	"math"
	"slices"
)

// inOrder gives every column a header from left to right where the header has more cells than there are columns, some of which are
// blank in every row, and where headers in the middle of wide columns do not stand over figures set to the right: those headers that
// leave the least distance between headers and columns, by dynamic programming. Columns that have a header only are added. false where
// headers stand over their columns anyway, or where places and columns contradict one another. middle is the middle height of the
// whole header.
func inOrder(cols []*column, head []*block, middle float64) (all []*column, uppers []*block, ok bool) {
	leaves, uppers := leavesOf(head, middle)
	n, m := len(leaves), len(cols)
	if m < 3 || n <= m || n > 60 {
		return nil, nil, false
	}
	off := 0 // headers over no column
	for i, h := range leaves {
		if i > 0 && leaves[i-1].box.X1 > h.box.X0 {
			return nil, nil, false
		}
		if !slices.ContainsFunc(cols, func(c *column) bool { return c.gap(h) < -1 }) {
			off++
		}
	}
	if off <= n-m {
		return nil, nil, false
	}
	match := leastDistance(cols, leaves)
	if match == nil {
		return nil, nil, false
	}
	all = slices.Clone(cols)
	for i, h := range leaves {
		if match[i] >= 0 {
			c := cols[match[i]]
			c.leaf = h
			c.widen(cols, h.box)
		} else {
			all = append(all, &column{x0: h.box.X0, x1: h.box.X1, left: h.box.X0, leaf: h, bands: map[int]bool{}})
		}
	}
	slices.SortFunc(all, func(a, b *column) int { return cmp.Compare(a.leaf.box.X0, b.leaf.box.X0) })
	for i := 1; i < len(all); i++ {
		if all[i].x0 < all[i-1].x1-0.5 {
			return nil, nil, false
		}
	}
	return all, uppers, true
}

// leavesOf parts the cells of a header into the lowest ones, left to right, and the groups above them: those in the upper half of a header
// of two rows or more.
func leavesOf(head []*block, middle float64) (leaves, uppers []*block) {
	lowest := math.Inf(-1)
	for _, h := range head {
		lowest = max(lowest, h.middle())
	}
	for _, h := range head {
		below := slices.ContainsFunc(head, func(o *block) bool { return o.middle() > h.middle()+3 && shared(o.box, h.box) > 1 })
		if below || lowest-middle > 3 && h.middle() < middle-2.5 {
			uppers = append(uppers, h)
		} else {
			leaves = append(leaves, h)
		}
	}
	slices.SortFunc(leaves, func(a, b *block) int { return cmp.Compare(a.box.X0, b.box.X0) })
	return leaves, uppers
}

// leastDistance finds for every column its header so that the distances between them are least in sum. It returns for each header its
// column or -1; nil where there is no way: a header without a column stands over one, or a header stands over another column than its own.
func leastDistance(cols []*column, leaves []*block) []int {
	n, m := len(leaves), len(cols)
	cost := make([][]float64, n+1) // of the first i headers and the first j columns
	for i := range cost {
		cost[i] = make([]float64, m+1)
		for j := range cost[i] {
			cost[i][j] = math.Inf(1)
		}
	}
	cost[0][0] = 0
	alone := func(i int) float64 {
		if slices.ContainsFunc(cols, func(c *column) bool { return c.gap(leaves[i]) < -1 }) {
			return math.Inf(1)
		}
		return 0
	}
	pair := func(i, j int) float64 {
		d := max(0, cols[j].gap(leaves[i]))
		for k, c := range cols {
			if k != j && c.gap(leaves[i]) < -1 && d > 0 {
				return math.Inf(1)
			}
		}
		if d > 8*leaves[i].pieces[0].size || len(cols[j].edges) > 0 && cols[j].x1 < leaves[i].centre()-2 {
			return math.Inf(1)
		}
		return d
	}
	for i := 1; i <= n; i++ {
		for j := 0; j <= min(i, m); j++ {
			cost[i][j] = cost[i-1][j] + alone(i-1)
			if j > 0 {
				cost[i][j] = min(cost[i][j], cost[i-1][j-1]+pair(i-1, j-1))
			}
		}
	}
	if math.IsInf(cost[n][m], 1) {
		return nil
	}
	match := make([]int, n)
	for i, j := n, m; i > 0; i-- {
		match[i-1] = -1
		if j > 0 && cost[i][j] == cost[i-1][j-1]+pair(i-1, j-1) {
			j--
			match[i-1] = j
		}
	}
	return match
}
