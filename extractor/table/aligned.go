package table

import (
	"math"
	"slices"

	"yusuan/extractor/layout"
	"yusuan/extractor/pdf"
)

// A region is a stretch of a page that holds a table without vertical rulings.
type region struct {
	x0, x1, y0, y1 float64 // x0 and x1 are 0 where no ruling gives them
	rules          []layout.Segment
	lines          []row
	openTop        bool
	openBottom     bool
	size           float64 // of most text between its rules, points
}

// A piece is a chunk of a line: what one cell has on that line.
type piece struct {
	box      pdf.Rect
	baseline float64
	size     float64
	text     string
	figure   bool
	bold     bool
}

func (p *piece) centre() float64 { return (p.box.X0 + p.box.X1) / 2 }

const (
	cellGap = 0.3  // of the font size: a wider gap on a line parts two cells
	leading = 1.56 // of the font size: lines of one cell are not farther apart
)

// A row is a line of the page with what is asked of it again and again.
type row struct {
	layout.Line
	caption bool // it belongs to the caption of a table
	again   bool // it says the header of the table before again
	index   int  // among the page's rows
	pieces  []piece
}

// cells returns what the line's cells have on it.
func (r *row) cells() []piece {
	if r.pieces == nil {
		r.pieces = pieces(&r.Line)
	}
	return r.pieces
}

// newRows makes rows of lines, which stand in no lattice.
func newRows(lines []layout.Line, words Words) []row {
	rows := make([]row, len(lines))
	for i := range lines {
		rows[i] = row{Line: lines[i], caption: words.Caption(lines[i].Text), again: words.Again != nil && words.Again(lines[i].Text)}
	}
	return rows
}

// aligned finds tables that rulings do not draw, or not wholly: those with horizontal rules only, and those without any,
// which are looked for only below a caption, or at the top where a table ends the page before (open). It returns the lines that stand in none of them, too.
func aligned(p *layout.Page, lines []row, found []Grid, open bool) (grids []Grid, rest []layout.Line) {
	for i := range lines {
		lines[i].index = i
	}
	body := withoutPageNumber(p, lines)
	regions := ruledRegions(p, body, found)
	ruled := slices.Clone(found)
	for i := range regions {
		r := &regions[i]
		ruled = append(ruled, Grid{Box: pdf.Rect{X0: r.x0, Y0: r.y0, X1: r.x1, Y1: r.y1}})
	}
	regions = append(regions, bareRegions(p, body, ruled, open)...)
	if len(regions) == 0 {
		regions = figureRegions(body, found)
	}
	taken := make([]bool, len(lines))
	for i := range regions {
		own := regions[i].lines
		if slices.ContainsFunc(own, func(l row) bool { return taken[l.index] }) {
			continue // no line is read twice, however rules cross
		}
		if g, ok := newAligned(p, &regions[i]); ok {
			grids = append(grids, g)
			for k := range own {
				taken[own[k].index] = true
			}
		}
	}
	for i := range lines {
		if !taken[i] {
			rest = append(rest, lines[i].Line)
		}
	}
	return grids, rest
}

// ruledRegions finds the stretches that horizontal rules of one length bound.
func ruledRegions(p *layout.Page, lines []row, found []Grid) []region {
	var out []region
	if len(p.Horizontal) > maxRulings {
		return nil
	}
	used := make([]bool, len(p.Horizontal))
	for i, h := range p.Horizontal {
		used[i] = h.To-h.From < 0.25*p.Width || inGrid(found, h)
	}
	for i, h := range p.Horizontal {
		if used[i] {
			continue
		}
		r := region{x0: h.From, x1: h.To, y0: h.At, y1: h.At, rules: []layout.Segment{h}}
		for j := i + 1; j < len(p.Horizontal); j++ {
			s := p.Horizontal[j]
			within := s.From > r.x0-6 && s.To < r.x1+6
			long := within && s.To-s.From > 0.9*(r.x1-r.x0)
			if !within || inGrid(found, s) {
				continue
			}
			if captionBetween(lines, r.y1, s.At) && captionBetween(lines, r.rules[len(r.rules)-1].At, s.At) {
				break
			}
			r.rules = append(r.rules, s)
			used[j] = true
			if long {
				r.y1 = s.At
			} else if r.partOfHeader(s) {
				r.y1 = max(r.y1, s.At)
			}
		}
		if len(r.rules) < 2 || r.y1-r.y0 < 8 {
			continue
		}
		r.withoutUnderline(lines)
		if len(r.rules) < 2 {
			continue
		}
		r.take(p, lines)
		if !r.underlined(p) && !slices.ContainsFunc(out, r.overlaps) {
			out = append(out, r)
		}
	}
	return out
}

// overlaps reports whether two regions have a place in common.
func (r *region) overlaps(o region) bool {
	return r.y0 < o.y1-1 && o.y0 < r.y1-1 && r.x0 < o.x1-1 && o.x0 < r.x1-1
}

// withoutUnderline drops the first rule where nothing stands between it and the next: the line below a running header.
func (r *region) withoutUnderline(lines []row) {
	if len(r.rules) < 3 || r.rules[1].At-r.rules[0].At < 6 || r.rules[1].To-r.rules[1].From < 0.9*(r.x1-r.x0) {
		return
	}
	for i := range lines {
		if y := lines[i].Baseline - 0.35*lines[i].Size; y > r.rules[0].At && y < r.rules[1].At {
			return
		}
	}
	r.rules = r.rules[1:]
	r.y0 = r.rules[0].At
}

// underlined reports whether the rules only underline or frame prose.
func (r *region) underlined(p *layout.Page) bool {
	solid, left := 0, r.x1
	for i := range r.lines {
		left = min(left, r.lines[i].Box.X0)
	}
	for i := range r.lines {
		if prose(p, &r.lines[i], left) {
			solid++
		}
	}
	return solid*4 > len(r.lines)
}

// partOfHeader reports whether a short rule touches one end of the region: the rule of a row under a cell that spans rows.
func (r *region) partOfHeader(s layout.Segment) bool { return s.To > r.x1-6 || s.From < r.x0+6 }

func inGrid(grids []Grid, s layout.Segment) bool {
	for i := range grids {
		b := grids[i].Box
		if s.At > b.Y0-touch && s.At < b.Y1+touch && s.To > b.X0 && s.From < b.X1 {
			return true
		}
	}
	return false
}

// captionBetween reports whether the caption of another table stands between two heights.
func captionBetween(lines []row, y0, y1 float64) bool {
	for i := range lines {
		if b := lines[i].Baseline; b > y0 && b < y1 && lines[i].caption && len(lines[i].cells()) <= 2 {
			return true
		}
	}
	return false
}

// take gives the region its lines: those between its first and last rule, and rows right above or below that a page break
// left without their rule.
func (r *region) take(p *layout.Page, lines []row) {
	pitch := (r.y1 - r.y0) / float64(len(r.rules)-1)
	first, last := len(lines), -1
	for i := range lines {
		if y := lines[i].Baseline - 0.35*lines[i].Size; y > r.y0-1 && y < r.y1+1 && lines[i].Box.X1 > r.x0-2 && lines[i].Box.X0 < r.x1+2 {
			first, last = min(first, i), max(last, i)
		}
	}
	for first > 0 && first <= last && r.stray(&lines[first-1], r.y0-lines[first-1].Baseline, pitch) {
		first--
		r.y0, r.openTop = lines[first].Box.Y0-1, true
	}
	if top := r.headAbove(lines, first); first <= last && top < first { // the header stands above the first rule
		first = top
		r.y0 = lines[first].Box.Y0 - 1
		r.rules = append([]layout.Segment{{At: r.y0, From: r.x0, To: r.x1}}, r.rules...)
	}
	if first <= last {
		r.size = lines[(first+last+1)/2].Size
	}
	if first <= last && r.longRules() == 2 { // a page break cut it: no rule closes it
		for last+1 < len(lines) && r.unclosed(&lines[last+1]) && !heads(p, lines, last+1) {
			last++
			r.y1, r.openBottom = lines[last].Box.Y1+1, true
		}
	}
	for last >= 0 && last+1 < len(lines) {
		next := last + 1
		if !r.stray(&lines[next], lines[next].Box.Y0-r.y1, pitch) { // the first line of a wrapped name, maybe
			next++
		}
		if next >= len(lines) || lines[next-1].Box.Y0-r.y1 > 2*lines[next].Size || !r.stray(&lines[next], lines[next].Box.Y0-r.y1, pitch) {
			break
		}
		last = next
		r.y1, r.openBottom = lines[last].Box.Y1+1, true
	}
	if first <= last {
		r.lines = slices.DeleteFunc(slices.Clone(lines[first:last+1]), func(l row) bool { return l.Box.X1 < r.x0-2 || l.Box.X0 > r.x1+2 })
	}
}

// longRules counts the rules as long as the region is wide.
func (r *region) longRules() int {
	n := 0
	for _, s := range r.rules {
		if s.To-s.From > 0.9*(r.x1-r.x0) {
			n++
		}
	}
	return n
}

// unclosed reports whether a line goes on with a table that has a header rule and no closing one: near, within its sides,
// neither a caption nor prose.
func (r *region) unclosed(l *row) bool {
	if l.caption || l.Box.Y0-r.y1 > 2.2*l.Size || l.Box.X0 < r.x0-3 || l.Box.X1 > r.x1+3 {
		return false
	}
	ps := l.cells()
	return len(ps) > 1 || ps[0].box.Width() < 0.45*(r.x1-r.x0) && math.Abs(l.Size-r.size) < 0.1*r.size
}

// headAbove returns the first of the lines right above line i that are rows of a header: cells side by side, no figures.
func (r *region) headAbove(lines []row, i int) int {
	if r.openTop {
		return i
	}
	top := i
	for k := i - 1; k >= 0; k-- {
		l := &lines[k]
		near := r.y0
		if k+1 < i {
			near = lines[k+1].Box.Y0
		}
		if l.caption || near-l.Box.Y1 > 1.2*l.Size || l.Box.X0 < r.x0-3 || l.Box.X1 > r.x1+3 {
			break
		}
		for _, c := range l.cells() {
			if c.figure {
				return top
			}
		}
		if len(l.cells()) >= 2 || l.Box.Width() < 0.4*(r.x1-r.x0) {
			top = k
		}
	}
	return top
}

// stray reports whether a line just outside the rules is a row of the table: cells side by side, no caption.
func (r *region) stray(l *row, distance, pitch float64) bool {
	if len(r.rules) < 2 || distance > min(pitch, 3*l.Size) || l.caption {
		return false
	}
	figures := 0
	ps := l.cells()
	for i := range ps {
		if ps[i].figure {
			figures++
		}
	}
	return figures >= 2 || figures == 1 && len(ps) >= 2
}

// within reports whether a line stands at the height of one of the grids.
func within(grids []Grid, l *row) bool { return overlapsGrid(grids, l.Box.Y0+1, l.Box.Y1-1) }

func overlapsGrid(grids []Grid, y0, y1 float64) bool {
	for i := range grids {
		if grids[i].Box.Y0 < y1 && grids[i].Box.Y1 > y0 {
			return true
		}
	}
	return false
}
