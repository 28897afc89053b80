package content

import (
	"math"

	"yusuan/extractor/pdf"
	"yusuan/schemas"
)

// A point of a path, as shown. The segment that ends here is straight unless curve is set.
type point struct {
	x, y  float64
	curve bool
}

// A path under construction: subpaths begin at starts.
type path struct {
	points []point
	starts []int
	closed []bool
	clip   bool
}

// maxPoints bounds one path.
const maxPoints = 1 << 20

func (p *path) reset() {
	p.points, p.starts, p.closed, p.clip = p.points[:0], p.starts[:0], p.closed[:0], false
}

// pathOperator runs path construction, painting and clipping (ISO 32000-1, 8.5) and reports whether op is one of these.
func (in *interpreter) pathOperator(op []byte) bool {
	switch string(op) {
	case "m":
		if n, ok := in.numbers(2); ok {
			in.moveTo(n[0], n[1])
		}
	case "l":
		if n, ok := in.numbers(2); ok {
			in.lineTo(n[0], n[1], false)
		}
	case "c":
		if n, ok := in.numbers(6); ok {
			in.lineTo(n[4], n[5], true)
		}
	case "v", "y":
		if n, ok := in.numbers(4); ok {
			in.lineTo(n[2], n[3], true)
		}
	case "h":
		in.closePath()
	case "re":
		if n, ok := in.numbers(4); ok {
			in.rectangle(n[0], n[1], n[2], n[3])
		}
	case "W", "W*":
		in.path.clip = true
	default:
		return in.paintOperator(op)
	}
	return true
}

func (in *interpreter) paintOperator(op []byte) bool {
	switch string(op) {
	case "S":
		in.paintPath(false, true)
	case "s":
		in.closePath()
		in.paintPath(false, true)
	case "f", "F", "f*":
		in.paintPath(true, false)
	case "B", "B*":
		in.paintPath(true, true)
	case "b", "b*":
		in.closePath()
		in.paintPath(true, true)
	case "n":
		in.paintPath(false, false)
	default:
		return false
	}
	return true
}

func (in *interpreter) moveTo(x, y float64) {
	p := &in.path
	if len(p.points) >= maxPoints {
		in.doubt(schemas.Damaged, "a path has more than %d points", maxPoints)
		return
	}
	sx, sy := in.ctm.apply(x, y)
	p.starts = append(p.starts, len(p.points))
	p.closed = append(p.closed, false)
	p.points = append(p.points, point{x: sx, y: sy})
}

func (in *interpreter) lineTo(x, y float64, curve bool) {
	p := &in.path
	if len(p.starts) == 0 {
		in.moveTo(x, y)
		return
	}
	if len(p.points) >= maxPoints {
		in.doubt(schemas.Damaged, "a path has more than %d points", maxPoints)
		return
	}
	if n := len(p.closed) - 1; p.closed[n] { // after h a new subpath begins where the last began
		p.starts = append(p.starts, len(p.points))
		p.closed = append(p.closed, false)
		p.points = append(p.points, p.points[p.starts[n]])
	}
	sx, sy := in.ctm.apply(x, y)
	p.points = append(p.points, point{sx, sy, curve})
}

func (in *interpreter) closePath() {
	if n := len(in.path.closed); n > 0 {
		in.path.closed[n-1] = true
	}
}

func (in *interpreter) rectangle(x, y, w, h float64) {
	in.moveTo(x, y)
	in.lineTo(x+w, y, false)
	in.lineTo(x+w, y+h, false)
	in.lineTo(x, y+h, false)
	in.closePath()
}

// subpath returns the points of subpath i.
func (p *path) subpath(i int) []point {
	end := len(p.points)
	if i+1 < len(p.starts) {
		end = p.starts[i+1]
	}
	return p.points[p.starts[i]:end]
}

// paintPath ends the path: it finds the rulings in it, remembers what it covers, and clips.
func (in *interpreter) paintPath(fill, stroke bool) {
	p := &in.path
	shown := in.hidden == 0
	for i := range p.starts {
		pts := p.subpath(i)
		thin := false
		if fill && shown && in.fillAlpha > 0 {
			thin = in.filled(pts, i)
		}
		if stroke && shown && in.strokeAlpha > 0 && !in.stroke.white && !thin {
			in.stroked(pts, p.closed[i])
		}
	}
	if p.clip && len(p.points) > 0 {
		in.clip = intersect(in.clip, bounds(p.points))
	}
	p.reset()
}

func bounds(pts []point) pdf.Rect {
	r := pdf.Rect{X0: math.Inf(1), Y0: math.Inf(1), X1: math.Inf(-1), Y1: math.Inf(-1)}
	for _, q := range pts {
		r.X0, r.Y0 = min(r.X0, q.x), min(r.Y0, q.y)
		r.X1, r.Y1 = max(r.X1, q.x), max(r.Y1, q.y)
	}
	return r
}

// thinnest is below how many points a filled box is a ruling.
const thinnest = 3

// filled looks at one filled subpath: a thin box is a ruling along its middle, two boxes one in the other with a thin
// gap are the four sides of a frame, and anything else is a ground that text may stand on. It reports whether it was a
// ruling.
func (in *interpreter) filled(pts []point, i int) bool {
	if len(pts) < 2 {
		return false
	}
	b := bounds(pts)
	if boxLike(pts, b) {
		w, h := b.Width(), b.Height()
		if min(w, h) < thinnest {
			if !in.fill.white {
				in.boxRuling(b)
			}
			return true
		}
		if i%2 == 1 && in.frame(b, i) {
			return true
		}
	}
	in.cover(intersect(b, in.clip), !in.fill.white)
	return false
}

// boxLike reports whether a subpath is a rectangle along the axes, or a thin sliver with slanting ends such as the
// mitred border that browsers draw.
func boxLike(pts []point, b pdf.Rect) bool {
	n := len(pts)
	if n > 1 && pts[n-1].x == pts[0].x && pts[n-1].y == pts[0].y {
		n--
	}
	if n != 4 {
		return false
	}
	for _, q := range pts[:n] {
		if q.curve {
			return false
		}
	}
	if long, short := max(b.Width(), b.Height()), min(b.Width(), b.Height()); short < thinnest && long >= 3*short {
		return true
	}
	const slack = 0.01
	for _, q := range pts[:n] {
		if q.x > b.X0+slack && q.x < b.X1-slack || q.y > b.Y0+slack && q.y < b.Y1-slack {
			return false
		}
	}
	return true
}

// boxRuling adds a filled thin box, cut to the clip, as a ruling.
func (in *interpreter) boxRuling(b pdf.Rect) {
	if b.Width() >= b.Height() {
		y := (b.Y0 + b.Y1) / 2
		in.ruling(b.X0, y, b.X1, y, b.Height())
		return
	}
	x := (b.X0 + b.X1) / 2
	in.ruling(x, b.Y0, x, b.Y1, b.Width())
}

// frame takes a box and the one before it in the path as a frame, if the gap between is thin on all sides.
func (in *interpreter) frame(b pdf.Rect, i int) bool {
	pts := in.path.subpath(i - 1)
	o := bounds(pts)
	if !boxLike(pts, o) {
		return false
	}
	if o.Width() < b.Width() {
		o, b = b, o
	}
	gaps := [4]float64{b.X0 - o.X0, b.Y0 - o.Y0, o.X1 - b.X1, o.Y1 - b.Y1}
	any := false
	for _, g := range gaps {
		if g < 0 || g >= thinnest {
			return false
		}
		any = any || g > 0
	}
	if !any || in.fill.white {
		return false
	}
	if gaps[0] > 0 {
		in.boxRuling(pdf.Rect{X0: o.X0, Y0: o.Y0, X1: b.X0, Y1: o.Y1})
	}
	if gaps[1] > 0 {
		in.boxRuling(pdf.Rect{X0: o.X0, Y0: o.Y0, X1: o.X1, Y1: b.Y0})
	}
	if gaps[2] > 0 {
		in.boxRuling(pdf.Rect{X0: b.X1, Y0: o.Y0, X1: o.X1, Y1: o.Y1})
	}
	if gaps[3] > 0 {
		in.boxRuling(pdf.Rect{X0: o.X0, Y0: b.Y1, X1: o.X1, Y1: o.Y1})
	}
	return true
}

// stroked adds the straight segments of a stroked subpath that run along an axis.
func (in *interpreter) stroked(pts []point, closed bool) {
	width := in.lineWidth * in.ctm.scale()
	for i := 1; i < len(pts); i++ {
		if !pts[i].curve {
			in.segment(pts[i-1], pts[i], width)
		}
	}
	if n := len(pts); closed && n > 2 {
		in.segment(pts[n-1], pts[0], width)
	}
}

// segment adds a stroked segment if it runs along an axis, within half a point or one degree.
func (in *interpreter) segment(a, b point, width float64) {
	const slope = 0.01745 // tangent of one degree
	dx, dy := math.Abs(a.x-b.x), math.Abs(a.y-b.y)
	along := func(long, short float64) bool { return short <= slope*long || short <= 0.5 && long >= 4*short }
	switch {
	case dx >= dy && along(dx, dy):
		y := (a.y + b.y) / 2
		in.ruling(min(a.x, b.x), y, max(a.x, b.x), y, width)
	case dy > dx && along(dy, dx):
		x := (a.x + b.x) / 2
		in.ruling(x, min(a.y, b.y), x, max(a.y, b.y), width)
	}
}

// shortest is the length in points below which a segment is a dot and no ruling.
const shortest = 0.05

// ruling cuts a ruling to the clip and adds it. A line half outside still shows its other half.
func (in *interpreter) ruling(x0, y0, x1, y1, width float64) {
	if !finite(x0, y0) || !finite(x1, y1) {
		in.doubt(schemas.Damaged, "lines are placed beyond any page")
		return
	}
	c, half := in.clip, width/2+0.01
	if y0 == y1 {
		if y0 < c.Y0-half || y0 > c.Y1+half {
			return
		}
		x0, x1 = max(x0, c.X0), min(x1, c.X1)
	} else {
		if x0 < c.X0-half || x0 > c.X1+half {
			return
		}
		y0, y1 = max(y0, c.Y0), min(y1, c.Y1)
	}
	if max(x1-x0, y1-y0) < shortest || x1 < x0 || y1 < y0 {
		return
	}
	if len(in.page.Rulings) >= in.doc.limits.MaxGlyphs {
		in.doubt(schemas.TooLarge, "the page has more rulings than are read")
		return
	}
	in.page.Rulings = append(in.page.Rulings, pdf.Ruling{X0: x0, Y0: y0, X1: x1, Y1: y1, Width: width})
}
