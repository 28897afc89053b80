package table

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

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
func newRows(lines []layout.Line, caption func(string) bool) []row {
	rows := make([]row, len(lines))
	for i := range lines {
		rows[i] = row{Line: lines[i], caption: caption(lines[i].Text)}
	}
	return rows
}

// aligned finds tables that rulings do not draw, or not wholly: those with horizontal rules only, and those without any,
// which are looked for only below a caption. It returns the lines that stand in none of them, too.
func aligned(p *layout.Page, lines []row, found []Grid) (grids []Grid, rest []layout.Line) {
	body := withoutPageNumber(p, lines)
	regions := ruledRegions(p, body, found)
	ruled := slices.Clone(found)
	for i := range regions {
		r := &regions[i]
		ruled = append(ruled, Grid{Box: pdf.Rect{X0: r.x0, Y0: r.y0, X1: r.x1, Y1: r.y1}})
	}
	regions = append(regions, bareRegions(p, body, ruled)...)
	if len(regions) == 0 {
		regions = figureRegions(body, found)
	}
	for i := range regions {
		if g, ok := newAligned(p, &regions[i]); ok {
			grids = append(grids, g)
		}
	}
	return grids, outside(p, lines, grids)
}

// outside returns the lines, or what of them stands in none of the grids.
func outside(p *layout.Page, lines []row, grids []Grid) []layout.Line {
	rest := make([]layout.Line, 0, len(lines))
	for i := range lines {
		l := &lines[i].Line
		n := 0
		for k := range l.Glyphs {
			if inside(grids, &l.Glyphs[k]) {
				n++
			}
		}
		switch n {
		case 0:
			rest = append(rest, *l)
		case len(l.Glyphs):
		default:
			out := make([]pdf.Glyph, 0, len(l.Glyphs)-n)
			for k := range l.Glyphs {
				if !inside(grids, &l.Glyphs[k]) {
					out = append(out, l.Glyphs[k])
				}
			}
			rest = append(rest, layout.Lines(p, out)...)
		}
	}
	return rest
}

func inside(grids []Grid, g *pdf.Glyph) bool {
	y := g.Y - 0.35*g.Size
	for k := range grids {
		b := grids[k].Box
		if y >= b.Y0 && y <= b.Y1 && g.X >= b.X0-2 && g.X <= b.X1+2 {
			return true
		}
	}
	return false
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
		if !r.underlined(p) {
			out = append(out, r)
		}
	}
	return out
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

// heads reports whether line i begins as a heading does and the next one is prose: it heads that.
func heads(p *layout.Page, lines []row, i int) bool {
	return i+1 < len(lines) && entryStart.MatchString(lines[i].Text) && len(lines[i].cells()) == 1 && prose(p, &lines[i+1], lines[i+1].Box.X0)
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

// bareRegions finds tables without rulings: runs of lines of several cells below a caption.
func bareRegions(p *layout.Page, lines []row, found []Grid) []region {
	var out []region
	left := p.Width
	for i := range lines {
		left = min(left, lines[i].Box.X0)
	}
	for i := -1; i < len(lines); i++ {
		if i < 0 && (!goesOn(p, lines, left) || within(found, &lines[0])) || i >= 0 && !lines[i].caption {
			continue
		}
		start := i + 1
		for start < len(lines) && (lines[start].caption || short(&lines[start].Line)) {
			start++
		}
		end, wide, columns := start, 0, 0
		for end < len(lines) && !lines[end].caption && !within(found, &lines[end]) && !prose(p, &lines[end], left) && !farBelow(lines, end, start) && !larger(lines, end, start) && !heads(p, lines, end) {
			n := len(lines[end].cells())
			if n >= 2 {
				wide++
			}
			columns = max(columns, n)
			end++
		}
		if wide >= 2 && columns >= 3 && !overlapsGrid(found, lines[start].Box.Y0, lines[end-1].Box.Y1) {
			r := region{y0: lines[start].Box.Y0 - 2, y1: lines[end-1].Box.Y1 + 2, lines: lines[start:end]}
			out = append(out, r)
		}
		i = max(i, end-1)
	}
	return out
}

// figureRegions finds small tables without rulings and without a caption: a row of headers and, right below, three rows or more that
// end in figures at one place. Page numbers in a table of contents, which only grow, are no figures of a table.
func figureRegions(lines []row, found []Grid) []region {
	var out []region
	for i := 1; i < len(lines); i++ {
		end := i
		for end < len(lines) && sameEnd(lines, i, end) {
			end++
		}
		head := &lines[i-1]
		if end-i < 3 || head.caption || len(head.cells()) != len(lines[i].cells()) || math.Abs(head.Size-lines[i].Size) > 0.5 || growing(lines[i:end]) ||
			lines[i].Box.Y0-head.Box.Y1 > 2*head.Size || slices.ContainsFunc(head.cells(), func(p piece) bool { return p.figure }) || within(found, head) {
			i = max(i, end-1)
			continue
		}
		out = append(out, region{y0: head.Box.Y0 - 2, y1: lines[end-1].Box.Y1 + 2, lines: lines[i-1 : end]})
		i = end
	}
	return out
}

// sameEnd reports whether line k has cells like line i: two or more, set as large, the last one a figure that ends at the same place,
// and near the line above it.
func sameEnd(lines []row, i, k int) bool {
	a, b := lines[i].cells(), lines[k].cells()
	if len(b) < 2 || math.Abs(lines[k].Size-lines[i].Size) > 0.5 || k > i && lines[k].Baseline-lines[k-1].Baseline > 3*lines[k].Size {
		return false
	}
	x, y := &a[len(a)-1], &b[len(b)-1]
	return len(a) >= 2 && y.figure && math.Abs(x.box.X1-y.box.X1) < 1.5 && y.box.X0-b[len(b)-2].box.X1 > 3*y.size
}

// growing reports whether the last cells are whole numbers none of which is smaller than the one before.
func growing(lines []row) bool {
	last := -1
	for i := range lines {
		ps := lines[i].cells()
		n, err := strconv.Atoi(ps[len(ps)-1].text)
		if err != nil || n < last {
			return false
		}
		last = n
	}
	return true
}

// goesOn reports whether a page begins with rows of a table that began on the page before: three lines of three cells or
// more, figures among them.
func goesOn(p *layout.Page, lines []row, left float64) bool {
	rows, figures := 0, 0
	for i := 0; i < len(lines) && i < 8; i++ {
		if prose(p, &lines[i], left) {
			continue
		}
		ps := lines[i].cells()
		if len(ps) >= 3 {
			rows++
		}
		for k := range ps {
			if ps[k].figure {
				figures++
			}
		}
	}
	return rows >= 3 && figures >= 4 && !prose(p, &lines[0], left)
}

// withoutPageNumber leaves out the page number at the top or bottom edge.
func withoutPageNumber(p *layout.Page, lines []row) []row {
	if n := len(lines) - 1; n >= 0 && lines[n].Baseline > 0.8*p.Height && layout.IsPageNumber(lines[n].Text) {
		lines = lines[:n]
	}
	if len(lines) > 0 && lines[0].Baseline < 0.08*p.Height && layout.IsPageNumber(lines[0].Text) {
		lines = lines[1:]
	}
	return lines
}

// short reports whether a line is one short piece in brackets, as a year below a title is.
func short(l *layout.Line) bool {
	return strings.HasPrefix(l.Text, "（") && strings.HasSuffix(l.Text, "）") && utf8.RuneCountInString(l.Text) < 12
}

// prose reports whether a line is a line of text, not of a table: a note, or wide and set solid, though figures in it may
// stand a little apart as word processors set them. left is where the page's text begins.
func prose(p *layout.Page, l *row, left float64) bool {
	if strings.HasPrefix(l.Text, "注") || strings.HasPrefix(l.Text, "备注") || strings.HasPrefix(l.Text, "说明：") {
		return true
	}
	if l.Box.Width() < 0.5*p.Width {
		return false
	}
	inked := 0.0
	for i := range l.Glyphs {
		inked += l.Glyphs[i].Advance
	}
	return inked > 0.88*l.Box.Width() && l.Box.X0 < left+3*l.Size
}

// larger reports whether line i is one piece of text set larger than the table that begins at start: a heading below it.
func larger(lines []row, i, start int) bool {
	return i > start+1 && len(lines[i].cells()) == 1 && lines[i].Size > 1.12*lines[start+1].Size
}

// farBelow reports whether a wide gap parts line i from the line above it.
func farBelow(lines []row, i, start int) bool {
	return i > start && lines[i].Box.Y0-lines[i-1].Box.Y1 > 4*lines[i].Size
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

// pieces splits a line into what its cells have on it. Characters set apart from one another (收 入 总 计) are one piece.
func pieces(l *layout.Line) []piece {
	var out []piece
	for _, c := range tornChunks(l.Chunks(cellGap)) {
		p := piece{box: c.Box, baseline: c.Baseline, size: c.Size, text: c.Text, figure: layout.IsFigure(c.Text) || layout.IsDash(c.Text), bold: l.Bold}
		if n := len(out); n > 0 && spacedOut(&out[n-1], &p) {
			out[n-1].box = out[n-1].box.Union(p.box)
			out[n-1].text += p.text
			out[n-1].figure = false
			continue
		}
		out = append(out, p)
	}
	return out
}

// tornChunks parts chunks in which a figure runs into the name of the next cell: 222.59一、一般公共服务支出.
func tornChunks(chunks []layout.Chunk) []layout.Chunk {
	var out []layout.Chunk
	for i, c := range chunks {
		k := figureEnd(c.Glyphs)
		if k == 0 {
			if out != nil {
				out = append(out, c)
			}
			continue
		}
		if out == nil {
			out = append(out, chunks[:i]...)
		}
		out = append(out, layout.NewChunk(c.Glyphs[:k]), layout.NewChunk(c.Glyphs[k:]))
	}
	if out == nil {
		return chunks
	}
	return out
}

// figureEnd returns how many glyphs at the start are a figure with decimals that Chinese text follows at once, which is no
// unit of the figure; 0 if that is not so.
func figureEnd(glyphs []pdf.Glyph) int {
	point, k := -1, 0
	for ; k < len(glyphs); k++ {
		t := glyphs[k].Text
		if t == "." && point < 0 {
			point = k
		} else if (t < "0" || t > "9" || len(t) != 1) && t != "," && !(k == 0 && t == "-") {
			break
		}
	}
	if point < 1 || k-point < 2 || k == len(glyphs) {
		return 0
	}
	r, _ := utf8.DecodeRuneInString(glyphs[k].Text)
	if !unicode.Is(unicode.Han, r) && r != '（' || strings.ContainsRune("万元亿千百年月日号人名个辆台次平倍", r) {
		return 0
	}
	return k
}

// spacedOut reports whether two pieces are characters of one word set wide.
func spacedOut(a, b *piece) bool {
	last, _ := utf8.DecodeLastRuneInString(a.text)
	r, n := utf8.DecodeRuneInString(b.text)
	if n != len(b.text) || !unicode.Is(unicode.Han, r) || !unicode.Is(unicode.Han, last) || strings.ContainsRune("类款项", r) {
		return false
	}
	glyphs := utf8.RuneCountInString(a.text)
	wide := a.box.Width() > 1.12*float64(glyphs)*a.size // a itself was joined
	return b.box.X0-a.box.X1 < 2.2*a.size && (glyphs == 1 || wide)
}
