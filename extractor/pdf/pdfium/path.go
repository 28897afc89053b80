package pdfium

import (
	"math"

	"yusuan/extractor/pdf"
)

// Segment types of fpdf_edit.h.
const (
	segmentLine  = 0
	segmentCurve = 1
	segmentMove  = 2
)

// thin is the thickness below which a filled box is a ruling, in points.
const thin = 3.0

// slack is how far a line may lean and still count as straight, in points.
const slack = 0.3

// A subpath is a run of points joined by lines. curve[i] is set where the way to points[i] is a curve.
type subpath struct {
	points []point
	curve  []bool
	closed bool
}

// A tracer gives access to the segments of a path or of a clip path.
type tracer struct {
	in  *instance
	to  matrix
	seg func(i int) uint32
}

// subpaths reads n segments and maps their points.
func (t tracer) subpaths(n int) []subpath {
	var out []subpath
	var cur *subpath
	in := t.in
	for i := range n {
		s := t.seg(i)
		if s == 0 || in.err != nil {
			break
		}
		kind := in.i32("FPDFPathSegment_GetType", uint64(s))
		in.call("FPDFPathSegment_GetPoint", uint64(s), in.out(0, 4), in.out(1, 4))
		xy := in.floats(2)
		if kind == segmentMove || cur == nil {
			out = append(out, subpath{})
			cur = &out[len(out)-1]
		}
		cur.points = append(cur.points, t.to.at(xy[0], xy[1]))
		cur.curve = append(cur.curve, kind == segmentCurve)
		if in.i32("FPDFPathSegment_GetClose", uint64(s)) == 1 {
			cur.closed = true
		}
	}
	return out
}

// curved reports whether any part is a curve.
func (s subpath) curved() bool {
	for _, c := range s.curve {
		if c {
			return true
		}
	}
	return false
}

// box is the box around the points; for a curve, around its control points.
func (s subpath) box() pdf.Rect { return around(s.points...) }

// rectangle returns the box that the subpath outlines, and false if it is no upright box. A thin box may lean: what
// counts is that the area is that of the box around it.
func (s subpath) rectangle() (pdf.Rect, bool) {
	if len(s.points) < 3 || len(s.points) > 6 || s.curved() {
		return pdf.Rect{}, false
	}
	b := s.box()
	area := 0.0
	for i, p := range s.points {
		q := s.points[(i+1)%len(s.points)]
		area += p.x*q.y - q.x*p.y
	}
	full := b.Width() * b.Height()
	return b, math.Abs(area)/2 >= 0.95*full-1e-9
}

// sides returns the straight horizontal and vertical sides as rulings of the given width.
func (s subpath) sides(width float64) []pdf.Ruling {
	var out []pdf.Ruling
	n := len(s.points)
	for i := 1; i < n; i++ {
		if !s.curve[i] {
			out = appendSide(out, s.points[i-1], s.points[i], width)
		}
	}
	if s.closed && n > 2 {
		out = appendSide(out, s.points[n-1], s.points[0], width)
	}
	return out
}

func appendSide(out []pdf.Ruling, p, q point, width float64) []pdf.Ruling {
	dx, dy := math.Abs(p.x-q.x), math.Abs(p.y-q.y)
	switch {
	case dx > 0 && dy <= slack && dy*10 <= dx:
		y := (p.y + q.y) / 2
		return append(out, pdf.Ruling{X0: min(p.x, q.x), Y0: y, X1: max(p.x, q.x), Y1: y, Width: width})
	case dy > 0 && dx <= slack && dx*10 <= dy:
		x := (p.x + q.x) / 2
		return append(out, pdf.Ruling{X0: x, Y0: min(p.y, q.y), X1: x, Y1: max(p.y, q.y), Width: width})
	}
	return out
}

// centre returns the centre line of a box thinner than thin, and false if it is not thin or is a dot.
func centre(b pdf.Rect) (pdf.Ruling, bool) {
	w, h := b.Width(), b.Height()
	switch {
	case h < thin && w > h:
		y := (b.Y0 + b.Y1) / 2
		return pdf.Ruling{X0: b.X0, Y0: y, X1: b.X1, Y1: y, Width: h}, true
	case w < thin && h > w:
		x := (b.X0 + b.X1) / 2
		return pdf.Ruling{X0: x, Y0: b.Y0, X1: x, Y1: b.Y1, Width: w}, true
	}
	return pdf.Ruling{}, false
}

// clipped returns the part of a ruling that lies in clip, and false if none does.
func clipped(r pdf.Ruling, clip pdf.Rect) (pdf.Ruling, bool) {
	half := r.Width / 2
	if r.Horizontal() {
		if r.Y0+half < clip.Y0 || r.Y0-half > clip.Y1 {
			return r, false
		}
		r.X0, r.X1 = max(r.X0, clip.X0), min(r.X1, clip.X1)
		return r, r.X0 < r.X1
	}
	if r.X0+half < clip.X0 || r.X0-half > clip.X1 {
		return r, false
	}
	r.Y0, r.Y1 = max(r.Y0, clip.Y0), min(r.Y1, clip.Y1)
	return r, r.Y0 < r.Y1
}
