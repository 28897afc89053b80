package table

import (
	"cmp"
	"math"
	"regexp"
	"slices"

	"yusuan/extractor/layout"
	"yusuan/extractor/pdf"
)

// entryStart matches how the names of body rows begin: 一、, （一）, 1., 其中：.
var entryStart = regexp.MustCompile(`^(?:[一二三四五六七八九十]{1,3}[、.．]|[（(][一二三四五六七八九十]{1,3}[）)]|[0-9]{1,2}[、.．][^0-9]|其中[:：])`)

// newAligned makes the grid of a region; false where its lines are no table.
func newAligned(p *layout.Page, r *region) (Grid, bool) {
	g := Grid{Page: p.Number, OpenTop: r.openTop, OpenBottom: r.openBottom, Bare: len(r.rules) == 0}
	order := r.takeOrder()
	r.joinNames()
	found, statement := takeStatement(r.blocks())
	if len(found) < 4 || len(found) > 20_000 {
		return g, false
	}
	a := r.arrange(found, order)
	if len(a.cols) < 2 {
		return g, false
	}
	var left []*block // whose left edges show the borders
	if a.keyed {
		left = a.body
	}
	g.Xs = columnBorders(a.cols, r.x0, r.x1, left)
	g.Cols = len(a.cols)
	b := builder{g: &g, r: r, cols: a.cols, top: a.top}
	b.header(a.uppers, order)
	b.body(a.rows, a.spanning, a.keyed)
	b.finish()
	if a.coded != nil {
		a.coded.part(&g)
	}
	g.addStatement(statement)
	return g, g.Rows > 0
}

// An arrangement is how a region's blocks stand to one another.
type arrangement struct {
	top      float64  // where the body begins
	body     []*block // below the header
	uppers   []*block // header cells above the lowest ones, which are the leaves of cols
	rows     []band
	spanning []*block
	cols     []*column
	coded    *codedNames // or nil
	keyed    bool        // keys and values
}

// arrange finds header, rows and columns of a region; order is its row of running numbers, or nil.
func (r *region) arrange(found []block, order []piece) arrangement {
	a := arrangement{top: r.bodyTop(found), keyed: keys(found)}
	var head []*block
	for i := range found {
		if found[i].middle() < a.top {
			head = append(head, &found[i])
		} else {
			a.body = append(a.body, &found[i])
		}
	}
	a.coded = newCodedNames(&head, a.body)
	a.rows, a.spanning, a.cols = r.bodyGrid(a.body, a.top)
	if order != nil {
		widenByOrder(a.cols, order)
	}
	if !a.keyed && (headed(a.cols, head) || order != nil && len(head) > 1) {
		a.cols, a.uppers = headColumns(a.cols, head, r.headMiddle(head, a.top))
		return a
	}
	for i := range found { // keys and values, or the rest of a table: no header at all
		if found[i].middle() < a.top {
			a.body = append(a.body, &found[i])
		}
	}
	a.top = r.y0
	a.rows, a.spanning, a.cols = r.bodyGrid(a.body, a.top)
	if c := keyedColumns(a.rows); a.keyed && len(c) >= 3 {
		a.cols = c
	} else if order != nil {
		a.cols = addByOrder(a.cols, order)
	}
	return a
}

// bodyTop returns the height at which the header ends.
func (r *region) bodyTop(found []block) float64 {
	first := math.Inf(1) // middle of the first figure
	for i := range found {
		if found[i].figure() && !yearOnly(found[i].text()) {
			first = min(first, found[i].middle())
		}
	}
	if len(r.rules) >= 2 && !r.openTop {
		return r.ruledTop(found, first)
	}
	if r.openTop {
		return r.y0
	}
	if math.IsInf(first, 1) {
		return r.y1 + 1
	}
	return figureTop(found, first)
}

// figureTop returns the top of the row in which the first figure stands, at height first.
func figureTop(found []block, first float64) float64 {
	top := first
	for i := range found {
		if b := &found[i]; b.box.Y0 < first && b.box.Y1 > first || math.Abs(b.middle()-first) < 2 {
			top = min(top, b.box.Y0)
		}
	}
	top -= 0.5
	first0 := leftmost(found)
	for i := range found { // and rows above it without figures, by how their names begin
		b := &found[i]
		if b.middle() >= top || !entryStart.MatchString(b.text()) {
			continue
		}
		below := func(o block) bool {
			return o.middle() > b.middle() && math.Abs(o.box.X0-b.box.X0) < 2 && entryStart.MatchString(o.text())
		}
		if b.box.X0 < first0+4*b.pieces[0].size || slices.ContainsFunc(found, below) {
			top = min(top, b.box.Y0-0.5)
		}
	}
	return top
}

// headerAbove reports whether what stands above a height reads as a header: three cells or more side by side, none of them named as
// rows of the body are.
func headerAbove(found []block, top float64) bool {
	level := map[int]int{}
	most := 0
	for i := range found {
		b := &found[i]
		if b.middle() >= top {
			continue
		}
		if b.figure() && !yearOnly(b.text()) || entryStart.MatchString(b.text()) {
			return false
		}
		if totals.MatchString(b.text()) && b.box.X0 == leftmost(found) && // the first row's name, unless something of the header stands lower
			!slices.ContainsFunc(found, func(o block) bool { return o.middle() > b.middle()+3 && o.middle() < top }) {
			return false
		}
		key := int(math.Round(b.middle() / 3))
		level[key]++
		most = max(most, level[key])
	}
	return most >= 3
}

func leftmost(found []block) float64 {
	x := math.Inf(1)
	for i := range found {
		x = min(x, found[i].box.X0)
	}
	return x
}

func yearOnly(s string) bool { return len(s) == 4 && (s[:2] == "19" || s[:2] == "20") }

// ruledTop returns the rule below the header: the second long one, or a later one while what follows reads as a lower row
// of the header (more cells than above, and no figure).
func (r *region) ruledTop(found []block, first float64) float64 {
	var long []float64
	for _, s := range r.rules {
		if s.To-s.From > 0.9*(r.x1-r.x0) {
			long = append(long, s.At)
		}
	}
	if len(long) < 2 {
		return min(first, r.y1+1)
	}
	if first < long[1] { // the first row is one of the body, or only a frame is ruled
		if top := figureTop(found, first); len(long) == 2 && headerAbove(found, top) {
			return top
		}
		return r.y0
	}
	count := func(y0, y1 float64) (n int, entry bool) {
		var name *block
		for i := range found {
			b := &found[i]
			if m := b.middle(); m <= y0 || m >= y1 {
				continue
			}
			n++
			entry = entry || b.figure()
			if name == nil || b.box.X0 < name.box.X0 {
				name = b
			}
		}
		return n, entry || name != nil && entryStart.MatchString(name.text())
	}
	k := 1
	above, _ := count(long[0], long[1])
	for k+1 < len(long) && long[k+1] < first {
		n, entry := count(long[k], long[k+1])
		if entry || n <= above {
			break
		}
		above = n
		k++
	}
	return long[k]
}

// headMiddle returns the middle height of the header.
func (r *region) headMiddle(head []*block, top float64) float64 {
	if len(r.rules) > 0 {
		return (r.rules[0].At + top) / 2
	}
	y0, y1 := math.Inf(1), math.Inf(-1)
	for _, h := range head {
		y0, y1 = min(y0, h.box.Y0), max(y1, h.box.Y1)
	}
	return (y0 + y1) / 2
}

// headed reports whether the header has a cell for most of the columns.
func headed(cols []*column, head []*block) bool {
	if len(head) == 0 {
		return false
	}
	if len(head) >= len(cols) && len(cols) > 0 {
		return true
	}
	covered := 0
	for _, c := range cols {
		for _, h := range head {
			if min(c.x1, h.box.X1)-max(c.x0, h.box.X0) > 1 && h.box.Width() < 2.5*max(c.x1-c.x0, 30) {
				covered++
				break
			}
		}
	}
	return covered*5 >= len(cols)*4
}

// keys reports whether a table is one of keys and values: its first row has two cells, a later one more, and what stands in
// its first column is centred.
func keys(found []block) bool {
	first, top := &found[0], math.Inf(1)
	for i := range found {
		if found[i].box.X0 < first.box.X0 {
			first = &found[i]
		}
		top = min(top, found[i].middle())
	}
	inTop, centred, aside, narrow, wide := 0, 0, 0, math.Inf(1), 0.0
	key := false // one stands in the first row
	rows := map[int]int{}
	for i := range found {
		b := &found[i]
		rows[int(math.Round(b.middle()))]++
		if b.middle() < top+3 {
			inTop++
		}
		if shared(b.box, first.box) < 1 {
			continue
		}
		key = key || b.middle() < top+3
		if off := math.Abs(b.centre()-first.centre()) > 2; off && b.box.Width() < 2*first.box.Width() || b.figure() {
			return false
		} else if off {
			aside++
			continue
		}
		centred++
		narrow, wide = min(narrow, b.box.Width()), max(wide, b.box.Width())
	}
	most := 0
	for _, n := range rows {
		most = max(most, n)
	}
	return key && inTop == 2 && most >= 4 && centred >= 3 && centred > aside && wide-narrow > 5
}

// keyedColumns makes columns of the row with the most cells, which are taken as centred in their columns; what stands centred
// above or below one of them tells how wide its column is at least.
func keyedColumns(rows []band) []*column {
	best := 0
	for i := range rows {
		if len(rows[i].blocks) > len(rows[best].blocks) {
			best = i
		}
	}
	if len(rows) == 0 {
		return nil
	}
	var cols []*column
	for _, b := range rows[best].blocks {
		cols = append(cols, &column{x0: b.box.X0, x1: b.box.X1, left: b.box.X0, mid: b.centre()})
	}
	slices.SortFunc(cols, func(a, b *column) int { return cmp.Compare(a.x0, b.x0) })
	for i := range rows {
		for _, b := range rows[i].blocks {
			for k, c := range cols {
				free := (k == 0 || cols[k-1].x1 < b.box.X0) && (k+1 == len(cols) || cols[k+1].x0 > b.box.X1)
				if free && math.Abs(b.centre()-c.mid) < 1.5 {
					c.x0, c.x1 = min(c.x0, b.box.X0), max(c.x1, b.box.X1)
				}
			}
		}
	}
	return cols
}

// bodyGrid groups the body into rows and columns. Rows are told by the rules between them where every row has one, else by how
// blocks stand, and then by the figures in them.
func (r *region) bodyGrid(body []*block, top float64) (rows []band, spanning []*block, cols []*column) {
	if ys := r.rowRules(body, top); ys != nil {
		rows = ruledRows(body, ys)
		return rows, nil, bodyColumns(rows)
	}
	rows, spanning = bands(body)
	cols = bodyColumns(rows)
	if again, apart := restack(body); again != nil {
		rows, spanning = again, apart
		cols = bodyColumns(rows)
	}
	return rows, spanning, cols
}

// rowRules returns the heights of the rules that part the rows of the body, its top and bottom included; nil where the
// rows are not ruled.
func (r *region) rowRules(body []*block, top float64) []float64 {
	ys := []float64{top}
	for _, s := range r.rules {
		if s.At > ys[len(ys)-1]+snap {
			ys = append(ys, s.At)
		}
	}
	if r.y1 > ys[len(ys)-1]+snap {
		ys = append(ys, r.y1)
	}
	if len(ys) < 3 {
		return nil
	}
	// two figures under one another between two rules: those rules do not part rows
	inRow := make([][]*block, len(ys))
	for _, x := range body {
		if x.figure() {
			k := slot(ys, x.middle())
			inRow[k] = append(inRow[k], x)
		}
	}
	rows, several := 0, 0
	for _, figures := range inRow {
		if len(figures) > 0 {
			rows++
		}
		if doubled(figures) {
			several++
		}
	}
	if several > 0 && several*3 >= rows { // a figure wrapped in its cell makes two in a few rows
		return nil
	}
	return ys
}

// doubled reports whether two whole figures stand under one another.
func doubled(figures []*block) bool {
	for i, a := range figures {
		for _, b := range figures[i+1:] {
			if shared(a.box, b.box) > 3 && whole(a) && whole(b) {
				return true
			}
		}
	}
	return false
}

// whole reports whether a block is a figure that stands alone, not the rest of one that was wrapped in its cell.
func whole(b *block) bool { return b.figure() && len(b.text()) >= 3 }

// ruledRows puts each block into the row whose rules bound it.
func ruledRows(body []*block, ys []float64) []band {
	rows := make([]band, len(ys)-1)
	for i := range rows {
		rows[i] = band{y0: ys[i], y1: ys[i+1]}
	}
	for _, b := range body {
		k := slot(ys, b.middle())
		rows[k].blocks = append(rows[k].blocks, b)
	}
	return rows
}

// A builder puts the cells of an aligned grid together.
type builder struct {
	g    *Grid
	r    *region
	cols []*column
	top  float64
	head int // header rows
}

// place adds a cell.
func (b *builder) place(x *block, row, rowSpan, from, to int) {
	c := Cell{Row: row, Col: from, RowSpan: rowSpan, ColSpan: to - from + 1, Text: x.text(), TextBox: x.box,
		Size: x.pieces[0].size, Bold: x.pieces[0].bold, Lines: len(x.pieces)}
	b.g.Cells = append(b.g.Cells, c)
}

// finish fills what no cell covers with empty cells and sets every cell's box.
func (b *builder) finish() {
	g := b.g
	g.Rows = len(g.Ys) - 1
	taken := make([]int, g.Rows*g.Cols)
	kept := g.Cells[:0]
	for _, c := range g.Cells {
		if i := firstTaken(taken, g.Cols, &c); i > 0 { // two on one place: one text
			o := &kept[i-1]
			o.Text = layout.JoinLines(o.Text, c.Text)
			o.TextBox = o.TextBox.Union(c.TextBox)
			continue
		}
		kept = append(kept, c)
		for r := c.Row; r < c.Row+c.RowSpan; r++ {
			for k := c.Col; k < c.Col+c.ColSpan; k++ {
				taken[r*g.Cols+k] = len(kept)
			}
		}
	}
	g.Cells = kept
	for i := range kept {
		if t := kept[i].TextBox; !g.Ruled && t != (pdf.Rect{}) { // borders found by alignment reach as far as the text does
			g.Xs[0], g.Xs[g.Cols] = min(g.Xs[0], t.X0), max(g.Xs[g.Cols], t.X1)
		}
	}
	for i, t := range taken {
		if t == 0 {
			g.Cells = append(g.Cells, Cell{Row: i / g.Cols, Col: i % g.Cols, RowSpan: 1, ColSpan: 1})
		}
	}
	for i := range g.Cells {
		c := &g.Cells[i]
		c.Box = pdf.Rect{X0: g.Xs[c.Col], Y0: g.Ys[c.Row], X1: g.Xs[c.Col+c.ColSpan], Y1: g.Ys[c.Row+c.RowSpan]}
	}
	sortCells(g.Cells)
	g.Box = pdf.Rect{X0: g.Xs[0], Y0: g.Ys[0], X1: g.Xs[g.Cols], Y1: g.Ys[g.Rows]}
}

// firstTaken returns the number (from 1) of a cell that already covers a part of c, or 0.
func firstTaken(taken []int, cols int, c *Cell) int {
	for r := c.Row; r < c.Row+c.RowSpan; r++ {
		for k := c.Col; k < c.Col+c.ColSpan; k++ {
			if t := taken[r*cols+k]; t > 0 {
				return t
			}
		}
	}
	return 0
}
