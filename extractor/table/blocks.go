package table

import (
	"cmp"
	"math"
	"regexp"
	"slices"
	"unicode/utf8"

	"yusuan/extractor/layout"
	"yusuan/extractor/pdf"
)

// A block is the pieces of one cell, top to bottom.
type block struct {
	pieces []piece
	box    pdf.Rect
	// from and to are the first and last column it stands over.
	from, to int
	row      int
	spanRows int
}

func (b *block) first() float64  { return b.pieces[0].baseline }
func (b *block) last() float64   { return b.pieces[len(b.pieces)-1].baseline }
func (b *block) middle() float64 { return (b.first()+b.last())/2 - 0.35*b.pieces[0].size }
func (b *block) centre() float64 { return (b.box.X0 + b.box.X1) / 2 }

func (b *block) text() string {
	if len(b.pieces) == 1 {
		return b.pieces[0].text
	}
	parts := make([]string, len(b.pieces))
	for i := range b.pieces {
		parts[i] = b.pieces[i].text
	}
	return layout.JoinLines(parts...)
}

func (b *block) figure() bool {
	if len(b.pieces) == 1 {
		return b.pieces[0].figure
	}
	return layout.IsFigure(b.text())
}

// blocks stacks the region's pieces into cells: pieces under one another, no farther apart than lines of a paragraph and
// no rule between them.
func (r *region) blocks() []block {
	var all []piece
	for i := range r.lines {
		all = append(all, r.lines[i].cells()...)
	}
	limit := r.lineLimit(all)
	var out []block
	for _, p := range all {
		best := -1
		for k := len(out) - 1; k >= 0 && k > len(out)-120; k-- {
			b := &out[k]
			pitch := p.baseline - b.last()
			if pitch < 0.5*p.size || pitch > limit*p.size || math.Abs(b.pieces[0].size-p.size) > 1 || !stacked(b, &p) || r.ruleBetween(b, &p) {
				continue
			}
			if best < 0 || shared(b.box, p.box) > shared(out[best].box, p.box) {
				best = k
			}
		}
		if best >= 0 {
			b := &out[best]
			if !b.goesOn(&p) { // the block's last line begins another cell
				out = append(out, newBlock(b.cutLast(), p))
				continue
			}
			b.pieces = append(b.pieces, p)
			b.box = b.box.Union(p.box)
			continue
		}
		out = append(out, newBlock(p))
	}
	return out
}

func newBlock(pieces ...piece) block {
	b := block{pieces: pieces, spanRows: 1}
	for i := range pieces {
		b.box = b.box.Union(pieces[i].box)
	}
	return b
}

// goesOn reports whether a piece may be a further line of the block: every line but the last is as full as the widest.
func (b *block) goesOn(p *piece) bool {
	if len(b.pieces) < 2 {
		return true
	}
	last := &b.pieces[len(b.pieces)-1]
	return last.box.Width()+layout.FirstUnit(p.text)*p.size > b.box.Width()-0.6*p.size
}

// cutLast takes the last line off the block and returns it.
func (b *block) cutLast() piece {
	n := len(b.pieces) - 1
	last := b.pieces[n]
	*b = newBlock(b.pieces[:n:n]...)
	return last
}

// lineLimit returns how far apart, in font sizes, lines of one cell may be. Rows set as tight as lines show in columns of
// figures, which are not wrapped.
func (r *region) lineLimit(all []piece) float64 {
	tight, count := math.Inf(1), 0
	last := map[int]*piece{} // by right edge
	for i := range all {
		p := &all[i]
		if !p.figure || len(p.text) < 4 {
			continue
		}
		key := int(math.Round(p.box.X1 / 2))
		if q := last[key]; q != nil {
			if pitch := (p.baseline - q.baseline) / p.size; pitch > 0.5 && pitch <= leading {
				tight = min(tight, pitch)
				count++
			}
		}
		last[key] = p
	}
	if count >= 2 {
		return 0.88 * tight
	}
	return wrapLimit(all)
}

// wrapLimit returns how far apart, in font sizes, lines of one cell may be by how far apart the nearest are: where lines stand
// at two distances, both near, the wider one parts rows.
func wrapLimit(all []piece) float64 {
	last := map[int]*piece{} // by left edge
	var pitches []float64
	for i := range all {
		p := &all[i]
		if p.figure || utf8.RuneCountInString(p.text) == 1 { // a character may be one of vertical text
			continue
		}
		key := int(math.Round(p.box.X0 / 3))
		if q := last[key]; q != nil && math.Abs(q.size-p.size) < 0.5 {
			if pitch := (p.baseline - q.baseline) / p.size; pitch > 0.9 && pitch <= leading {
				pitches = append(pitches, pitch)
			}
		}
		last[key] = p
	}
	if len(pitches) < 2 {
		return leading
	}
	if near, far := slices.Min(pitches), slices.Max(pitches); far > 1.08*near {
		return 1.05 * near
	}
	return leading
}

// totals matches the names of rows of totals.
var totals = regexp.MustCompile(`^(?:合计|总计|(?:收入|支出)(?:合计|总计))$`)

// stacked reports whether a piece stands under a block as a further line of it.
func stacked(b *block, p *piece) bool {
	if b.pieces[len(b.pieces)-1].figure && p.figure && len(p.text) > 3 {
		return false // two figures, not one that was wrapped
	}
	if entryStart.MatchString(p.text) || totals.MatchString(p.text) {
		return false // the name of another row
	}
	if shared(b.box, p.box) <= 0.5*min(b.box.Width(), p.box.Width()) {
		return false
	}
	const off = 2.5 // points: the lines of a cell share their left edge, their middle or their right edge
	last := &b.pieces[len(b.pieces)-1]
	return math.Abs(last.box.X0-p.box.X0) < off || math.Abs(last.box.X1-p.box.X1) < off ||
		math.Abs(last.box.X0+last.box.X1-p.box.X0-p.box.X1) < 2*off
}

// shared returns how far two boxes overlap from left to right.
func shared(a, b pdf.Rect) float64 { return max(0, min(a.X1, b.X1)-max(a.X0, b.X0)) }

func (r *region) ruleBetween(b *block, p *piece) bool {
	for _, s := range r.rules {
		if s.At > b.last()-0.35*p.size && s.At < p.baseline-0.35*p.size && s.From < p.box.X1 && s.To > p.box.X0 {
			return true
		}
	}
	return false
}

// A band is one row of the body: the blocks that stand side by side.
type band struct {
	y0, y1 float64
	blocks []*block
}

// bands groups blocks into rows. Blocks of one row share their middle, their first or their last baseline. A block that
// fits between two rows, or over several, spans rows and is returned apart.
func bands(blocks []*block) (rows []band, spanning []*block) {
	sorted := slices.Clone(blocks)
	slices.SortFunc(sorted, func(a, b *block) int { return cmp.Compare(a.middle(), b.middle()) })
	sets := newSets(len(sorted))
	for i, a := range sorted {
		for j := i + 1; j < len(sorted) && sorted[j].box.Y0 < a.box.Y1+60; j++ {
			b := sorted[j]
			if shared(a.box, b.box) > 2 {
				continue
			}
			if math.Abs(a.middle()-b.middle()) < 2 || math.Abs(a.first()-b.first()) < 1.2 || math.Abs(a.last()-b.last()) < 1.2 {
				sets.join(i, j)
			}
		}
	}
	index := map[int]int{}
	for i, b := range sorted {
		root := sets.root(i)
		k, ok := index[root]
		if !ok {
			k = len(rows)
			index[root] = k
			rows = append(rows, band{y0: b.box.Y0, y1: b.box.Y1})
		}
		rows[k].blocks = append(rows[k].blocks, b)
		rows[k].y0, rows[k].y1 = min(rows[k].y0, b.box.Y0), max(rows[k].y1, b.box.Y1)
	}
	slices.SortFunc(rows, func(a, b band) int { return cmp.Compare(a.y0+a.y1, b.y0+b.y1) })
	return partSpanning(rows)
}

// partSpanning takes out of the rows those blocks that overlap other rows.
func partSpanning(rows []band) (kept []band, spanning []*block) {
	for i := range rows {
		r := &rows[i]
		if len(r.blocks) > 1 || !overlapsOther(rows, i) {
			kept = append(kept, *r)
			continue
		}
		spanning = append(spanning, r.blocks...)
	}
	if len(kept) == 0 { // there must be rows to span
		return rows, nil
	}
	return kept, spanning
}

func overlapsOther(rows []band, i int) bool {
	for j := range rows {
		if j != i && rows[j].y0 < rows[i].y1-0.4 && rows[j].y1 > rows[i].y0+0.4 && len(rows[j].blocks) >= len(rows[i].blocks) {
			return true
		}
	}
	return false
}
