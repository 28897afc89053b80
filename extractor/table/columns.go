package table

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"yusuan/extractor/layout"
	"yusuan/extractor/pdf"
)

// A column is one column of a table without vertical rulings: how far its texts reach, and its lowest header.
type column struct {
	x0, x1    float64
	left      float64   // where its leftmost text begins
	starts    []float64 // where its texts begin
	leaf      *block    // its lowest header cell, or nil
	bands     map[int]bool
	edges     []float64 // right edges of its figures
	narrowest float64   // width of its narrowest block
	decimals  bool      // a figure with decimals is in it
	named     bool      // something else than the names of totals is in it
	mid       float64   // centre of a cell known to be centred, where there is no leaf
}

// bodyColumns clusters what stands in the rows into columns, narrow blocks first. A block over several columns whose
// columns stand side by side in some row spans them; otherwise it shows that they are one.
func bodyColumns(rows []band) []*column {
	type placed struct {
		b     *block
		row   int
		total int // 1 for the name of a total, which often stands over several columns
	}
	var all []placed
	for i := range rows {
		for _, b := range rows[i].blocks {
			total := 0
			if totals.MatchString(b.text()) {
				total = 1
			}
			all = append(all, placed{b, i, total})
		}
	}
	slices.SortStableFunc(all, func(a, b placed) int {
		return cmp.Or(cmp.Compare(a.total, b.total), cmp.Compare(a.b.box.Width(), b.b.box.Width()))
	})
	var cols []*column
	for _, pl := range all {
		var over []*column
		for _, c := range cols {
			if min(c.x1, pl.b.box.X1)-max(c.x0, pl.b.box.X0) > 0.5 {
				over = append(over, c)
			}
		}
		if len(over) > 1 && sideBySide(over) {
			continue
		}
		if names := besideNames(cols, pl.b, pl.row); len(over) == 0 && pl.total > 0 && names != nil {
			names.x1 = pl.b.box.X1
			continue
		}
		if len(over) == 0 {
			over = []*column{{x0: pl.b.box.X0, x1: pl.b.box.X1, bands: map[int]bool{}, narrowest: pl.b.box.Width()}}
			cols = append(cols, over[0])
		}
		for _, o := range over[1:] {
			over[0].merge(o)
			cols = slices.DeleteFunc(cols, func(x *column) bool { return x == o })
		}
		over[0].add(pl.b, pl.row, pl.total > 0)
	}
	slices.SortFunc(cols, func(a, b *column) int { return cmp.Compare(a.x0, b.x0) })
	for _, c := range cols {
		c.left = c.x0
	}
	return cols
}

// besideNames returns the column to the left of a block if it has names and none in the block's row, else nil: the block stands in the
// middle of that column, or of it and others.
func besideNames(cols []*column, b *block, row int) *column {
	var left *column
	for _, c := range cols {
		if c.x1 <= b.box.X0 && (left == nil || c.x1 > left.x1) {
			left = c
		}
	}
	if left != nil && len(left.edges) == 0 && !left.bands[row] && len(left.bands) >= 2 {
		return left
	}
	return nil
}

// add takes a block of a row into the column.
func (c *column) add(b *block, row int, total bool) {
	c.x0, c.x1 = min(c.x0, b.box.X0), max(c.x1, b.box.X1)
	c.bands[row] = true
	c.starts = append(c.starts, b.box.X0)
	c.narrowest = min(c.narrowest, b.box.Width())
	c.named = c.named || !total
	if b.figure() && !layout.IsDash(b.text()) {
		c.edges = append(c.edges, b.box.X1)
		c.decimals = c.decimals || strings.Contains(b.text(), ".")
	}
}

func (c *column) merge(o *column) {
	c.x0, c.x1 = min(c.x0, o.x0), max(c.x1, o.x1)
	for r := range o.bands {
		c.bands[r] = true
	}
	c.edges = append(c.edges, o.edges...)
	c.starts = append(c.starts, o.starts...)
	c.narrowest = min(c.narrowest, o.narrowest)
	c.named = c.named || o.named
	c.decimals = c.decimals || o.decimals
}

// sideBySide reports whether two of the columns both have something in one row.
func sideBySide(cols []*column) bool {
	for i, a := range cols {
		for _, b := range cols[i+1:] {
			for r := range a.bands {
				if b.bands[r] {
					return true
				}
			}
		}
	}
	return false
}

// headColumns gives each column its lowest header cell and adds the columns that have a header only. It returns the
// columns and the header cells above the lowest ones. middle is the middle height of the whole header.
func headColumns(cols []*column, head []*block, middle float64) (all []*column, uppers []*block) {
	if uppers, ok := oneByOne(cols, head); ok {
		return cols, uppers
	}
	if all, uppers, ok := inOrder(cols, head, middle); ok {
		return all, uppers
	}
	sorted := slices.Clone(head)
	slices.SortFunc(sorted, func(a, b *block) int { return cmp.Compare(b.middle(), a.middle()) })
	lowest := math.Inf(-1)
	for _, h := range sorted {
		lowest = max(lowest, h.middle())
	}
	for _, h := range sorted {
		var over []*column
		for _, c := range cols {
			if min(c.x1, h.box.X1)-max(c.x0, h.box.X0) > 1 {
				over = append(over, c)
			}
		}
		above := lowest-middle > 3 && h.middle() < middle-2.5               // in the upper half of a header of several rows
		if len(over) > 1 && !above && !sideBySide(over) && headless(over) { // what never stands side by side is one column
			for _, o := range over[1:] {
				over[0].merge(o)
				over[0].left = min(over[0].left, o.left)
				cols = slices.DeleteFunc(cols, func(c *column) bool { return c == o })
			}
			over = over[:1]
		}
		free := slices.DeleteFunc(slices.Clone(over), func(c *column) bool { return c.leaf != nil })
		switch {
		case above && beneath(cols, h) && (len(over) == 0 || len(over) == 1 && !over[0].named):
			uppers = append(uppers, h)
		case len(over) == 0 && !above && besideOf(cols, head, h, middle) != nil:
			c := besideOf(cols, head, h, middle)
			c.leaf = h
			c.widen(cols, h.box)
		case len(over) == 0:
			cols = append(cols, &column{x0: h.box.X0, x1: h.box.X1, leaf: h, bands: map[int]bool{}})
			slices.SortFunc(cols, func(a, b *column) int { return cmp.Compare(a.x0, b.x0) })
		case len(free) == 1 && (len(over) == 1 || mostly(free[0], h)) && !(above && len(over) == 1 && lowerLeafNear(cols, h)):
			free[0].leaf = h
			free[0].widen(cols, h.box)
		default:
			uppers = append(uppers, h)
		}
	}
	return joinTotals(cols), uppers
}

// joinTotals makes one column of two neighbours of which one has a header only and the other the name of a total only: that name
// stands in the middle, the header at the left.
func joinTotals(cols []*column) []*column {
	for i := 0; i+1 < len(cols); i++ {
		a, b := cols[i], cols[i+1]
		if len(a.bands) > 0 {
			a, b = b, a
		}
		if a.leaf != nil && len(a.bands) == 0 && b.leaf == nil && !b.named && len(b.edges) == 0 {
			b.leaf = a.leaf
			b.x0, b.x1 = min(a.x0, b.x0), max(a.x1, b.x1)
			cols = slices.DeleteFunc(cols, func(c *column) bool { return c == a })
			i--
		}
	}
	return cols
}

// oneByOne gives each column the header at its place from the left, where the header has as many cells with none below them as there
// are columns, and returns the other cells: headers in the middle of wide columns need not stand over names set to the left and
// figures set to the right. false where places and columns contradict one another.
func oneByOne(cols []*column, head []*block) (uppers []*block, ok bool) {
	var leaves []*block
	for _, h := range head {
		if slices.ContainsFunc(head, func(o *block) bool { return o.middle() > h.middle()+3 && shared(o.box, h.box) > 1 }) {
			uppers = append(uppers, h)
		} else {
			leaves = append(leaves, h)
		}
	}
	if len(leaves) != len(cols) || len(leaves) < 2 {
		return nil, false
	}
	slices.SortFunc(leaves, func(a, b *block) int { return cmp.Compare(a.box.X0, b.box.X0) })
	for i, h := range leaves {
		if i > 0 && (leaves[i-1].box.X1 > h.box.X0 || cols[i-1].gap(h) < -1 && cols[i].gap(h) > 0) || i+1 < len(cols) && cols[i+1].gap(h) < -1 && cols[i].gap(h) > 0 {
			return nil, false
		}
	}
	for i, c := range cols {
		c.leaf = leaves[i]
		c.widen(cols, leaves[i].box)
	}
	return uppers, true
}

// headless reports whether none of the columns has a header yet.
func headless(cols []*column) bool {
	for _, c := range cols {
		if c.leaf != nil {
			return false
		}
	}
	return true
}

// beneath reports whether columns to the left and right of h have headers below it.
func beneath(cols []*column, h *block) bool {
	left, right := false, false
	for _, c := range cols {
		if c.leaf != nil && c.leaf.middle() > h.middle()+3 {
			left = left || c.leaf.centre() < h.centre()
			right = right || c.leaf.centre() > h.centre()
		}
	}
	return left && right
}

// besideOf returns the column that a centred header h stands over without touching what is in it: figures set to the right
// in a wide column, or names set to the left. nil if there is none, or another header stands over that column.
func besideOf(cols []*column, head []*block, h *block, middle float64) *column {
	var left, right *column
	for _, c := range cols {
		if c.x1 <= h.box.X0+1 {
			left = c
		} else if right == nil && c.x0 >= h.box.X1-1 {
			right = c
		}
	}
	free := func(c *column) bool {
		if c == nil || c.leaf != nil {
			return false
		}
		for _, o := range head {
			if c.decimals && o.box.X0 > c.x1-1 { // decimals are set to the right: their header is not there
				continue
			}
			if o != h && o.middle() > middle-2.5 && c.gap(o) < c.gap(h) && !overAnother(cols, c, o) {
				return false
			}
		}
		return true
	}
	switch {
	case free(right) && len(right.edges) > 0:
		return right
	case free(left) && !left.decimals && !left.rightAligned():
		return left
	}
	return nil
}

// overAnother reports whether a header stands over another column than c.
func overAnother(cols []*column, c *column, o *block) bool {
	for _, x := range cols {
		if x != c && x.gap(o) < -1 {
			return true
		}
	}
	return false
}

// gap returns how far a block is from the column, less than 0 where it stands over it.
func (c *column) gap(o *block) float64 { return max(c.x0-o.box.X1, o.box.X0-c.x1) }

// lowerLeafNear reports whether a header cell below h lies so near that h may be the group over it.
func lowerLeafNear(cols []*column, h *block) bool {
	for _, c := range cols {
		if c.leaf != nil && c.leaf.middle() > h.middle()+3 && shared(pdf.Rect{X0: c.leaf.box.X0, X1: c.leaf.box.X1}, h.box) > 0 {
			return true
		}
	}
	return false
}

// mostly reports whether most of h stands over the column.
func mostly(c *column, h *block) bool {
	return min(c.x1, h.box.X1)-max(c.x0, h.box.X0) > 0.6*min(h.box.Width(), c.x1-c.x0) && h.centre() > c.x0-5 && h.centre() < c.x1+5
}

// widen makes the column as wide as its header, short of its neighbours.
func (c *column) widen(cols []*column, box pdf.Rect) {
	x0, x1 := min(c.x0, box.X0), max(c.x1, box.X1)
	for _, o := range cols {
		if o == c {
			continue
		}
		if o.x1 <= c.x0+0.5 {
			x0 = max(x0, o.x1)
		}
		if o.x0 >= c.x1-0.5 {
			x1 = min(x1, o.x0)
		}
	}
	c.x0, c.x1 = min(x0, c.x0), max(x1, c.x1)
}

// centre returns the middle of a cell of the column that is centred in it, and false where none is known.
func (c *column) centre() (float64, bool) {
	if c.leaf != nil {
		return c.leaf.centre(), true
	}
	return c.mid, c.mid != 0
}

// columnBorders estimates where the columns' borders lie. Headers are centred in their cells, so that each border is the
// one before it mirrored at the centre between them; where that contradicts the texts, the border lies between the texts.
// left and right are the outer borders, or 0 where no ruling gives them; aligned are blocks that no border should cut but in
// the middle of several columns.
func columnBorders(cols []*column, left, right float64, aligned []*block) []float64 {
	if left > 0 {
		borders, _ := mirrored(cols, min(left, cols[0].x0), right)
		return borders
	}
	best, least := []float64(nil), math.Inf(1)
	for off := 0.0; off <= 25; off += 0.25 {
		borders, penalty := mirrored(cols, cols[0].x0-off, right)
		if penalty += cuts(borders, aligned); penalty < least-1e-9 {
			best, least = borders, penalty
		}
	}
	return best
}

// mirrored returns the borders that follow from the first, with a penalty for what contradicts them.
func mirrored(cols []*column, first, right float64) (borders []float64, penalty float64) {
	n := len(cols)
	borders = make([]float64, n+1)
	borders[0] = first
	var pads []float64
	for j, c := range cols {
		low, high := c.x1, c.x1+25
		if j+1 < n {
			high = cols[j+1].x0
		} else if right > 0 {
			high = max(right, c.x1)
			low = high
		}
		x := (low + high) / 2
		if mid, ok := c.centre(); ok {
			x = 2*mid - borders[j]
			penalty += max(0, low-x-0.3) + max(0, x-high-0.3)
		}
		borders[j+1] = min(max(x, low), high)
		if c.rightAligned() {
			pads = append(pads, borders[j+1]-c.x1)
		}
	}
	return borders, penalty + 0.5*spread(pads)
}

// cuts returns a penalty for borders that cut blocks which are not centred over the columns they reach into.
func cuts(borders []float64, aligned []*block) float64 {
	penalty := 0.0
	for _, b := range aligned {
		from, to := slot(borders, b.box.X0+1.5), slot(borders, b.box.X1-1.5)
		if from < to && math.Abs((borders[from]+borders[to+1])/2-b.centre()) > 3 {
			penalty++
		}
	}
	return penalty
}

// rightAligned reports whether the column's figures end at one place.
func (c *column) rightAligned() bool {
	if len(c.edges) < 2 || slices.Max(c.edges)-slices.Min(c.edges) > 1 {
		return false
	}
	return c.narrowest < c.x1-c.left-1 // all as wide as one another: codes, and no saying which side is aligned
}

// spread returns the mean distance of values from their median.
func spread(values []float64) float64 {
	if len(values) < 2 {
		return 0
	}
	slices.Sort(values)
	median, sum := values[len(values)/2], 0.0
	for _, v := range values {
		sum += math.Abs(v - median)
	}
	return sum / float64(len(values))
}
