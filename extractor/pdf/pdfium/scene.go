package pdfium

import (
	"yusuan/extractor/pdf"
	"yusuan/schemas"
)

// Object types of fpdf_edit.h.
const (
	objectText    = 1
	objectPath    = 2
	objectImage   = 3
	objectShading = 4
	objectForm    = 5
)

const (
	maxForms        = 12  // nesting of form XObjects that is followed
	maxClipPaths    = 64  // clip paths of one object that are read; the others do not clip
	maxClipSegments = 256 // a clip path with more does not clip: it is the outline of something, not a cell
	white           = 250 // colour components from here on count as white, of 255
	faint           = 3   // alpha up to here counts as transparent, of 255
)

// A scene is what a page paints, in painting order and in coordinates as shown.
type scene struct {
	in     *instance
	limits pdf.Limits
	number int // of the page
	sheet  pdf.Rect
	texts  map[uint32]*textObject // by handle
	covers []cover
	rules  []pdf.Ruling
	images []pdf.Rect
	order  int // objects seen so far
	paths  int // path segments seen so far
	deep   bool
	over   error
}

// A textObject is what is known of a shown string.
type textObject struct {
	handle uint32
	clip   pdf.Rect
	order  int
	font   int
	size   float64 // unscaled
	ink    ink
}

// An ink is how a shown string is painted.
type ink int

const (
	inkDark ink = iota
	inkWhite
	inkNone // invisible mode or transparent
)

// A cover is a filled box or image, on which white text can be read if the cover is not white itself.
type cover struct {
	box   pdf.Rect
	order int
	white bool
}

// A colour is red, green, blue and alpha of 255.
type colour [4]uint32

func (c colour) white() bool     { return c[0] >= white && c[1] >= white && c[2] >= white }
func (c colour) invisible() bool { return c[3] <= faint }

// read walks the objects of a page.
func (s *scene) read(page uint32, view matrix) {
	n := s.in.i32("FPDFPage_CountObjects", uint64(page))
	s.walk(n, func(i int) uint32 { return s.in.ptr("FPDFPage_GetObject", uint64(page), uint64(i)) }, view, s.sheet, 0)
}

func (s *scene) walk(n int, get func(i int) uint32, to matrix, clip pdf.Rect, depth int) {
	for i := range n {
		if s.in.err != nil || s.over != nil {
			return
		}
		obj := get(i)
		if obj == 0 {
			continue
		}
		if s.order++; s.order > s.limits.MaxOperators || s.paths > s.limits.MaxOperators {
			s.over = &schemas.Rejection{Code: schemas.TooLarge, Message: "the page holds more objects than the limit", Page: s.number}
			return
		}
		s.object(obj, to, clip, depth)
	}
}

func (s *scene) object(obj uint32, to matrix, clip pdf.Rect, depth int) {
	kind := s.in.i32("FPDFPageObj_GetType", uint64(obj))
	if kind < objectText || kind > objectForm {
		return
	}
	own, some := s.clip(obj, to, clip)
	switch kind {
	case objectText:
		// Kept although wholly clipped: such glyphs are hidden, not absent.
		s.texts[obj] = &textObject{handle: obj, clip: own, order: s.order, font: -1}
	case objectPath:
		if some {
			s.path(obj, to, own)
		}
	case objectImage:
		if box, ok := s.matrix(obj).then(to).box(0, 0, 1, 1).Overlap(own); ok && some {
			s.images = append(s.images, box)
			s.covers = append(s.covers, cover{box: box, order: s.order})
		}
	case objectShading:
		s.covers = append(s.covers, cover{box: own, order: s.order})
	case objectForm:
		if depth >= maxForms {
			s.deep = true
			return
		}
		n := s.in.i32("FPDFFormObj_CountObjects", uint64(obj))
		inner := s.matrix(obj).then(to)
		s.walk(n, func(i int) uint32 { return s.in.ptr("FPDFFormObj_GetObject", uint64(obj), uint64(i)) }, inner, own, depth+1)
	}
}

// matrix returns the object's own matrix.
func (s *scene) matrix(obj uint32) matrix {
	if s.in.i32("FPDFPageObj_GetMatrix", uint64(obj), s.in.out(0, 4)) == 0 {
		return matrix{a: 1, d: 1}
	}
	f := s.in.floats(6)
	return matrix{f[0], f[1], f[2], f[3], f[4], f[5]}
}

// clip returns what the object's clip paths leave of the outer clip, and false if that is nothing. Only the box around a
// clip path counts.
func (s *scene) clip(obj uint32, to matrix, outer pdf.Rect) (pdf.Rect, bool) {
	in := s.in
	cp := in.ptr("FPDFPageObj_GetClipPath", uint64(obj))
	if cp == 0 {
		return outer, true
	}
	n := min(in.i32("FPDFClipPath_CountPaths", uint64(cp)), maxClipPaths)
	for i := range n {
		segs := in.i32("FPDFClipPath_CountPathSegments", uint64(cp), uint64(i))
		if segs < 1 || segs > maxClipSegments {
			continue
		}
		s.paths += segs
		t := tracer{in: in, to: to, seg: func(j int) uint32 {
			return in.ptr("FPDFClipPath_GetPathSegment", uint64(cp), uint64(i), uint64(j))
		}}
		var box pdf.Rect
		for k, sub := range t.subpaths(segs) {
			if k == 0 {
				box = sub.box()
			} else {
				box = box.Union(sub.box())
			}
		}
		left, some := outer.Overlap(box)
		if !some {
			return left, false
		}
		outer = left
	}
	return outer, true
}

func (s *scene) colour(fn string, obj uint32) (colour, bool) {
	in := s.in
	if in.i32(fn, uint64(obj), in.out(0, 4), in.out(1, 4), in.out(2, 4), in.out(3, 4)) == 0 {
		return colour{}, false
	}
	u := in.uints(4)
	return colour{u[0], u[1], u[2], u[3]}, true
}

// path reads the rulings of a painted path and remembers its filled boxes.
func (s *scene) path(obj uint32, to matrix, clip pdf.Rect) {
	in := s.in
	if in.i32("FPDFPath_GetDrawMode", uint64(obj), in.out(0, 4), in.out(1, 4)) == 0 {
		return
	}
	mode := in.uints(2)
	fill, stroke := mode[0] != 0, mode[1] != 0
	if !fill && !stroke {
		return
	}
	n := in.i32("FPDFPath_CountSegments", uint64(obj))
	if n <= 0 {
		return
	}
	s.paths += n
	if s.paths > s.limits.MaxOperators {
		return // walk reports it
	}
	own := s.matrix(obj).then(to)
	t := tracer{in: in, to: own, seg: func(i int) uint32 {
		return in.ptr("FPDFPath_GetPathSegment", uint64(obj), uint64(i))
	}}
	subs := t.subpaths(n)
	if fill {
		s.fills(obj, subs, clip)
	}
	if stroke {
		s.strokes(obj, subs, own.scale(), clip)
	}
}

func (s *scene) fills(obj uint32, subs []subpath, clip pdf.Rect) {
	c, ok := s.colour("FPDFPageObj_GetFillColor", obj)
	if ok && c.invisible() {
		return
	}
	for _, sub := range subs {
		box, upright := sub.rectangle()
		if !upright {
			continue
		}
		seen := c.white() && ok
		if r, is := centre(box); is {
			if seen {
				continue
			}
			if r, in := clipped(r, clip); in {
				s.rules = append(s.rules, r)
			}
			continue
		}
		if part, some := box.Overlap(clip); some {
			s.covers = append(s.covers, cover{box: part, order: s.order, white: seen})
		}
	}
}

func (s *scene) strokes(obj uint32, subs []subpath, scale float64, clip pdf.Rect) {
	c, ok := s.colour("FPDFPageObj_GetStrokeColor", obj)
	if ok && (c.invisible() || c.white()) {
		return
	}
	width := 0.0
	if s.in.i32("FPDFPageObj_GetStrokeWidth", uint64(obj), s.in.out(0, 4)) != 0 {
		width = s.in.floats(1)[0] * scale
	}
	for _, sub := range subs {
		for _, r := range sub.sides(width) {
			if r, some := clipped(r, clip); some {
				s.rules = append(s.rules, r)
			}
		}
	}
}

// readable reports whether white ink at p, painted by the order-th object, stands on something that is not white.
func (s *scene) readable(p point, order int) bool {
	for i := len(s.covers) - 1; i >= 0; i-- {
		c := s.covers[i]
		if c.order < order && p.x >= c.box.X0 && p.x <= c.box.X1 && p.y >= c.box.Y0 && p.y <= c.box.Y1 {
			return !c.white
		}
	}
	return false
}
