package table

import (
	"cmp"
	"math"
	"slices"

	"yusuan/extractor/layout"
)

// A textColumn is the lines of text that stand under one another in one column of a table whose rows no rules part, from the
// top. Which of them are one cell is told by the figures in the other columns, by how far each line reaches, and by how names
// begin.
type textColumn struct {
	lines       []piece
	left, right float64 // how far its text may reach, points
}

// A wrapped is lines of a column that are one cell.
type wrapped struct {
	from, to int // first line and the one behind the last
	anchor   int // index of the height of the figures beside it, or -1
}

const (
	mostWrapped = 8   // lines of one cell
	beside      = 0.5 // of the size: figures within that height of a line stand beside it
)

// What speaks against reading lines as cells in one way, in no unit: the way with the least is taken.
const (
	brokenLine   = 6.0  // a line ends within a cell though the next one's first word had room behind it
	namedLine    = 15.0 // a line within a cell begins as a name does
	openEnd      = 2.0  // a cell ends with a line that looks wrapped
	alone        = 4.0  // a cell has no figures beside it
	skipped      = 1.0  // figures have no text beside them
	passedOver   = 4.0  // figures stand right beside one line of a cell, and others beside another
	offCentre    = 6.0  // figures stand beside the text but not beside its middle: for each size that they are off
	beyondCentre = 1.5  // they stand beside its first or last line
)

// full reports whether line k reaches so far that the first part of the next one had no room behind it.
func (c *textColumn) full(k int) bool {
	l, next := &c.lines[k], &c.lines[k+1]
	unit := layout.FirstUnit(next.text) * next.size
	slack := 0.35 * l.size
	return l.box.X1+unit > c.right-slack || l.box.Width()+unit > c.right-c.left-slack
}

// middle returns the height of a piece's middle.
func (p *piece) middle() float64 { return p.baseline - 0.35*p.size }

// cells finds which lines are one cell, by dynamic programming over the lines and the heights of figures (from the top). nil where
// there are too many to try.
func (c *textColumn) cells(anchors []float64) []wrapped {
	n, m := len(c.lines), len(anchors)
	if n == 0 || n*(m+1) > 400_000 {
		return nil
	}
	w := wrapping{c: c, anchors: anchors, best: make([][]wrapState, n+1)}
	for i := range w.best {
		w.best[i] = make([]wrapState, m+1)
		for a := range w.best[i] {
			w.best[i][a].cost = math.Inf(1)
		}
	}
	w.best[0][0].cost = 0
	for i := range n {
		for a := range m + 1 {
			if !math.IsInf(w.best[i][a].cost, 1) {
				w.extend(i, a)
			}
		}
	}
	return w.path()
}

// A wrapping is the search for the cells of a column.
type wrapping struct {
	c       *textColumn
	anchors []float64
	// best holds the best way for the lines before i to be cells with the heights before a passed, at [i][a].
	best [][]wrapState
}

type wrapState struct {
	cost float64
	last wrapped // cell that ends here
	prev int     // heights passed before it
}

// extend tries every cell that begins at line i with the heights before a passed.
func (w *wrapping) extend(i, a int) {
	c, n := w.c, len(w.c.lines)
	low := a
	for low < len(w.anchors) && w.anchors[low] < c.lines[i].middle()-beside*c.lines[i].size {
		low++
	}
	cost := w.best[i][a].cost
	for j := i + 1; j <= n && j <= i+mostWrapped; j++ {
		if j > i+1 {
			more, ok := c.joined(j - 2)
			if !ok {
				return
			}
			cost += more
		}
		end := cost
		if j < n && c.wraps(j-1) {
			end += openEnd
		}
		w.close(i, j, a, low, end)
	}
}

// close tries the cell of lines i to j: alone, or beside each of the heights from low on that it reaches.
func (w *wrapping) close(i, j, a, low int, cost float64) {
	c := w.c
	passed := max(a, c.above(w.anchors, i, j))
	w.better(j, passed, wrapState{cost + alone + skipped*float64(passed-a) + passedOver*float64(c.rivals(w.anchors, -1, a, i, j)), wrapped{i, j, -1}, a})
	for k := low; k < len(w.anchors) && w.anchors[k] <= c.lines[j-1].middle()+beside*c.lines[j-1].size; k++ {
		with := cost + c.off(w.anchors[k], i, j) + skipped*float64(k-a)
		if j > i+1 {
			with += passedOver * float64(c.rivals(w.anchors, k, a, i, j))
		}
		w.better(j, k+1, wrapState{with, wrapped{i, j, k}, a})
	}
}

func (w *wrapping) better(j, a int, s wrapState) {
	if s.cost < w.best[j][a].cost {
		w.best[j][a] = s
	}
}

// path returns the cells of the best way, from the top.
func (w *wrapping) path() []wrapped {
	n, m := len(w.c.lines), len(w.anchors)
	a := 0
	for k := range w.best[n] {
		if w.best[n][k].cost+skipped*float64(m-k) < w.best[n][a].cost+skipped*float64(m-a) {
			a = k
		}
	}
	var out []wrapped
	for i := n; i > 0; {
		s := w.best[i][a]
		out = append(out, s.last)
		i, a = s.last.from, s.prev
	}
	slices.Reverse(out)
	return out
}

// above returns how many of the heights lie above the middle of lines i to j.
func (c *textColumn) above(anchors []float64, i, j int) int {
	y := (c.lines[i].middle() + c.lines[j-1].middle()) / 2
	k, _ := slices.BinarySearch(anchors, y)
	return k
}

// joined returns what speaks against lines k and k+1 being of one cell; false if they cannot be.
func (c *textColumn) joined(k int) (float64, bool) {
	a, b := &c.lines[k], &c.lines[k+1]
	if b.baseline-a.baseline > leading*max(a.size, b.size) || math.Abs(a.size-b.size) > 1 {
		return 0, false
	}
	cost := 0.0
	if !c.full(k) {
		cost += brokenLine
	}
	if entryStart.MatchString(b.text) || totals.MatchString(b.text) {
		cost += namedLine
	}
	return cost, true
}

// wraps reports whether line k looks as if the next one went on with it.
func (c *textColumn) wraps(k int) bool {
	a, b := &c.lines[k], &c.lines[k+1]
	return b.baseline-a.baseline <= leading*max(a.size, b.size) && c.full(k) && !entryStart.MatchString(b.text) && !totals.MatchString(b.text)
}

// off returns what speaks against figures at height y standing beside lines i to j.
func (c *textColumn) off(y float64, i, j int) float64 {
	first, last := &c.lines[i], &c.lines[j-1]
	centre := math.Abs(y - (first.middle()+last.middle())/2)
	edge := min(math.Abs(y-first.middle()), math.Abs(y-last.middle()))
	return min(offCentre*centre, beyondCentre*first.size+offCentre*edge) / first.size
}

// rivals returns how many of the heights from the given one on, itself left out, stand right beside lines i to j.
func (c *textColumn) rivals(anchors []float64, k, from, i, j int) int {
	n := 0
	for a := from; a < len(anchors) && anchors[a] < c.lines[j-1].middle()+0.25*c.lines[j-1].size; a++ {
		if a == k {
			continue
		}
		for l := i; l < j; l++ {
			if math.Abs(anchors[a]-c.lines[l].middle()) < 0.25*c.lines[l].size {
				n++
				break
			}
		}
	}
	return n
}

// restack makes the blocks of a body's text anew by its columns and by the heights of its figures, and puts all into rows. nil where
// there are too few figures to tell rows by.
func restack(body []*block) (rows []band, spanning []*block) {
	anchors := anchorsOf(body)
	if len(anchors) < 2 {
		return nil, nil
	}
	cols := roughColumns(body, anchors)
	rows = make([]band, len(anchors))
	var free []*block // beside no figures
	inColumn := make([][]piece, len(cols))
	for _, b := range body {
		if b.figure() {
			rows[nearestBorder(anchors, b.middle())].add(b)
			continue
		}
		k := columnUnder(cols, b)
		if k < 0 {
			free = append(free, b)
			continue
		}
		inColumn[k] = append(inColumn[k], b.pieces...)
	}
	for k, pieces := range inColumn {
		slices.SortFunc(pieces, func(a, b piece) int { return cmp.Compare(a.baseline, b.baseline) })
		col := textColumn{lines: pieces, left: math.Inf(1), right: math.Inf(-1)}
		for i := range pieces {
			col.left, col.right = min(col.left, pieces[i].box.X0), max(col.right, pieces[i].box.X1)
		}
		groups := col.cells(anchors)
		if len(pieces) > 0 && groups == nil {
			return nil, nil
		}
		for _, w := range groups {
			b := newBlock(pieces[w.from:w.to]...)
			b.from, b.to = k, k
			if w.anchor >= 0 {
				rows[w.anchor].add(&b)
			} else {
				free = append(free, &b)
			}
		}
	}
	return withFree(rows, free)
}

// roughColumns finds the columns of a body whose rows are not known yet: each block counts to the figures nearest to it.
func roughColumns(body []*block, anchors []float64) []*column {
	rows := make([]band, len(anchors))
	for _, b := range body {
		rows[nearestBorder(anchors, b.middle())].add(b)
	}
	cols := bodyColumns(rows)
	for i := 0; i+1 < len(cols); {
		a, b := cols[i], cols[i+1]
		if len(a.edges)+len(b.edges) > 0 || b.x0-a.x1 > 3 || onOneLine(body, a, b) {
			i++
			continue
		}
		a.merge(b) // lines that hang out to the left of the first, indented one
		cols = slices.Delete(cols, i+1, i+2)
	}
	return cols
}

// onOneLine reports whether some line has text in both columns.
func onOneLine(body []*block, a, b *column) bool {
	for _, x := range body {
		if x.box.X1 > a.x1+0.5 || x.box.X0 < a.x0-0.5 {
			continue
		}
		for _, y := range body {
			if y.box.X0 < b.x0-0.5 || y.box.X1 > b.x1+0.5 {
				continue
			}
			for i := range x.pieces {
				if slices.ContainsFunc(y.pieces, func(p piece) bool { return math.Abs(p.baseline-x.pieces[i].baseline) < 0.4*p.size }) {
					return true
				}
			}
		}
	}
	return false
}

// withFree adds blocks that no figures stand beside: to the row whose text they share a line with, or as rows of their own. Those
// that reach over other rows are returned apart.
func withFree(rows []band, free []*block) (all []band, spanning []*block) {
	others, apart := bands(free)
	for _, o := range others {
		joined := false
		for i := range rows {
			if r := &rows[i]; len(r.blocks) > 0 && len(o.blocks) == 1 && sameRow(r, o.blocks[0]) {
				r.add(o.blocks[0])
				joined = true
				break
			}
		}
		if !joined {
			rows = append(rows, o)
		}
	}
	slices.SortFunc(rows, func(a, b band) int { return cmp.Compare(a.y0+a.y1, b.y0+b.y1) })
	rows, spanning = partSpanning(rows)
	return rows, append(spanning, apart...)
}

// sameRow reports whether block x stands beside the row's blocks, in a column of its own: their middles, first or last lines are
// at one height.
func sameRow(r *band, x *block) bool {
	level := false
	for _, b := range r.blocks {
		if shared(b.box, x.box) > 2 {
			return false
		}
		level = level || math.Abs(b.middle()-x.middle()) < 2 || math.Abs(b.first()-x.first()) < 1.2 || math.Abs(b.last()-x.last()) < 1.2
	}
	return level
}

func (r *band) add(b *block) {
	if len(r.blocks) == 0 {
		r.y0, r.y1 = b.box.Y0, b.box.Y1
	}
	r.blocks = append(r.blocks, b)
	r.y0, r.y1 = min(r.y0, b.box.Y0), max(r.y1, b.box.Y1)
}

// anchorsOf returns the heights at which figures stand, from the top; nil where some stand so near one another that they are no
// rows.
func anchorsOf(body []*block) []float64 {
	type mark struct{ y, size float64 }
	var marks []mark
	for _, b := range body {
		if b.figure() {
			marks = append(marks, mark{b.middle(), b.pieces[0].size})
		}
	}
	slices.SortFunc(marks, func(a, b mark) int { return cmp.Compare(a.y, b.y) })
	var anchors []float64
	last := mark{y: math.Inf(-1)}
	for _, m := range marks {
		switch d := m.y - last.y; {
		case d <= 0.35*m.size:
		case d < 0.8*m.size:
			return nil
		default:
			anchors = append(anchors, m.y)
			last = m
		}
	}
	return anchors
}

// columnUnder returns the index of the one column that a block stands in, or -1 where it stands over several or none.
func columnUnder(cols []*column, b *block) int {
	found := -1
	for k, c := range cols {
		if min(c.x1, b.box.X1)-max(c.x0, b.box.X0) > 0.5 {
			if found >= 0 {
				return -1
			}
			found = k
		}
	}
	return found
}
