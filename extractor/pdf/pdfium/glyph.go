package pdfium

import (
	"math"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"yusuan/extractor/pdf"
)

// Text render modes of ISO 32000-1, 9.3.6 that paint nothing, and those that only stroke.
const (
	modeStroke     = 1
	modeInvisible  = 3
	modeStrokeClip = 5
	modeClip       = 7
)

// hyphenMark is what PDFium's text API gives for a hyphen at the end of a line.
const hyphenMark = 0x02

// A reader turns PDFium's characters into glyphs.
type reader struct {
	in    *instance
	scene *scene
	view  matrix
	page  *pdf.Page
	fonts map[uint32]int
	faces []face
	pens  []pen // of page.Glyphs
	// of the last character taken
	lastObj    *textObject
	lastOrigin point
	unmapped   int
}

// A face is a font's measure, in shares of the size.
type face struct {
	ascent, descent float64
	vertical        bool // writes downwards
}

// A pen is how a glyph was written.
type pen struct {
	to    matrix  // to the page as shown, without its place
	unit  float64 // length of an em along the line, in points
	bound bool    // the glyph's advance is only an upper bound
}

// A character is one entry of PDFium's text page.
type character struct {
	code   rune
	failed bool // no Unicode for it
	obj    *textObject
	m      matrix   // to user space, size left out
	origin point    // user space
	box    pdf.Rect // loose, user space: Y0 is the lower side
	ink    pdf.Rect // tight, user space
}

// read takes n characters of a text page.
func (r *reader) read(tp uint32, n int) {
	for i := range n {
		if r.in.err != nil {
			return
		}
		c, ok := r.character(tp, i)
		if !ok {
			continue
		}
		if r.joins(c) {
			continue
		}
		r.add(c)
	}
	r.settle()
	r.turn()
}

// distrust takes back the characters of fonts for which PDFium failed on half of the glyphs or more. Such a font has no map,
// and what PDFium gives for the others are its codes taken for Unicode, not marked as failed where that code is one that
// PDFium mirrors or normalises.
func (r *reader) distrust() {
	total, failed := make([]int, len(r.page.Fonts)), make([]int, len(r.page.Fonts))
	for _, g := range r.page.Glyphs {
		if g.Text == " " {
			continue
		}
		total[g.Font]++
		if strings.ContainsRune(g.Text, utf8.RuneError) {
			failed[g.Font]++
		}
	}
	for i := range r.page.Glyphs {
		g := &r.page.Glyphs[i]
		if f := failed[g.Font]; f > 0 && 2*f >= total[g.Font] && g.Text != string(utf8.RuneError) {
			g.Text = string(utf8.RuneError)
			r.unmapped++
		}
	}
}

// character reads the i-th character; false for those that the file does not hold.
func (r *reader) character(tp uint32, i int) (character, bool) {
	in, t, n := r.in, uint64(tp), uint64(i)
	if in.i32("FPDFText_IsGenerated", t, n) == 1 {
		return character{}, false
	}
	obj := r.scene.texts[in.ptr("FPDFText_GetTextObject", t, n)]
	if obj == nil {
		return character{}, false
	}
	r.prepare(obj)
	c := character{obj: obj, code: rune(in.i32("FPDFText_GetUnicode", t, n))}
	c.failed = in.i32("FPDFText_HasUnicodeMapError", t, n) == 1
	in.call("FPDFText_GetCharOrigin", t, n, in.out(0, 8), in.out(1, 8))
	xy := in.doubles(2)
	c.origin = point{xy[0], xy[1]}
	in.call("FPDFText_GetMatrix", t, n, in.out(0, 4))
	f := in.floats(6)
	c.m = matrix{f[0], f[1], f[2], f[3], 0, 0}
	in.call("FPDFText_GetLooseCharBox", t, n, in.out(0, 4))
	b := in.floats(4) // left, top, right, bottom
	c.box = pdf.Rect{X0: min(b[0], b[2]), Y0: min(b[1], b[3]), X1: max(b[0], b[2]), Y1: max(b[1], b[3])}
	in.call("FPDFText_GetCharBox", t, n, in.out(0, 8), in.out(1, 8), in.out(2, 8), in.out(3, 8))
	d := in.doubles(4) // left, right, bottom, top
	c.ink = pdf.Rect{X0: d[0], Y0: d[2], X1: d[1], Y1: d[3]}
	return c, in.err == nil
}

// prepare reads what all characters of a shown string share.
func (r *reader) prepare(obj *textObject) {
	if obj.font >= 0 {
		return
	}
	in, h := r.in, uint64(obj.handle)
	obj.font = r.font(in.ptr("FPDFTextObj_GetFont", h))
	if in.i32("FPDFTextObj_GetFontSize", h, in.out(0, 4)) != 0 {
		obj.size = in.floats(1)[0]
	}
	mode := in.i32("FPDFTextObj_GetTextRenderMode", h)
	if mode == modeInvisible || mode == modeClip {
		obj.ink = inkNone
		return
	}
	fn := "FPDFPageObj_GetFillColor"
	if mode == modeStroke || mode == modeStrokeClip {
		fn = "FPDFPageObj_GetStrokeColor"
	}
	if c, ok := r.scene.colour(fn, obj.handle); ok {
		switch {
		case c.invisible():
			obj.ink = inkNone
		case c.white():
			obj.ink = inkWhite
		}
	}
}

// joins adds c to the glyph before it where both stem from one code (a ligature, a surrogate pair).
func (r *reader) joins(c character) bool {
	if c.obj != r.lastObj || c.origin != r.lastOrigin || len(r.page.Glyphs) == 0 {
		return false
	}
	g := &r.page.Glyphs[len(r.page.Glyphs)-1]
	last, _ := utf8.DecodeLastRuneInString(g.Text)
	if utf16.IsSurrogate(c.code) {
		// The half before was written as U+FFFD, see text.
		return last == utf8.RuneError
	}
	g.Text += text(c)
	return true
}

// add appends a glyph.
func (r *reader) add(c character) {
	r.narrow(c)
	if c.failed || c.code == 0 {
		r.unmapped++
	}
	g := pdf.Glyph{Text: text(c), Font: c.obj.font}
	to := c.m.then(matrix{a: r.view.a, b: r.view.b, c: r.view.c, d: r.view.d})
	ux, uy := to.direction()
	g.Angle = degrees(ux, uy)
	g.Size = math.Abs(c.obj.size) * to.across()
	p := pen{to: to, unit: math.Abs(c.obj.size) * math.Hypot(to.a, to.b)}
	g.Advance, p.bound = c.advance(r.faces[c.obj.font])
	o := r.view.at(c.origin.x, c.origin.y)
	g.X, g.Y = o.x, o.y
	g.Box = r.box(g, ux, uy, to)
	g.Hidden = r.hidden(c, g)
	r.page.Glyphs = append(r.page.Glyphs, g)
	r.pens = append(r.pens, p)
	r.lastObj, r.lastOrigin = c.obj, c.origin
}

// narrow shortens the glyph before c to where c begins, if its advance is only an upper bound and both belong to one
// string. It also notes fonts that write downwards: within one string, only their pen leaves the line.
func (r *reader) narrow(c character) {
	if c.obj != r.lastObj || len(r.page.Glyphs) == 0 {
		return
	}
	g, last := &r.page.Glyphs[len(r.page.Glyphs)-1], &r.pens[len(r.pens)-1]
	o := r.view.at(c.origin.x, c.origin.y)
	ux, uy := last.to.direction()
	dx, dy := o.x-g.X, o.y-g.Y
	if math.Abs(dy*ux-dx*uy) > 0.02*g.Size {
		r.faces[g.Font].vertical = true
	}
	if d := dx*ux + dy*uy; last.bound && d > 0 {
		r.shorten(g, *last, d)
		last.bound = false
	}
}

// shorten sets a glyph's advance to d if that is less.
func (r *reader) shorten(g *pdf.Glyph, p pen, d float64) {
	if d < g.Advance {
		ux, uy := p.to.direction()
		g.Advance = d
		g.Box = r.box(*g, ux, uy, p.to)
	}
}

// settle gives the glyphs that end a string, and whose advance is only an upper bound, the advance that the same character
// of the same font has elsewhere on the page.
func (r *reader) settle() {
	type key struct {
		font int
		text string
	}
	known := map[key]float64{} // in units of the pen
	for i, g := range r.page.Glyphs {
		if p := r.pens[i]; !p.bound && p.unit > 0 {
			k := key{g.Font, g.Text}
			if w, ok := known[k]; !ok || g.Advance/p.unit < w {
				known[k] = g.Advance / p.unit
			}
		}
	}
	for i := range r.page.Glyphs {
		g, p := &r.page.Glyphs[i], r.pens[i]
		if w, ok := known[key{g.Font, g.Text}]; ok && p.bound {
			r.shorten(g, p, w*p.unit)
		}
	}
}

// turn gives the glyphs of fonts that write downwards that direction.
func (r *reader) turn() {
	for i := range r.page.Glyphs {
		if g := &r.page.Glyphs[i]; r.faces[g.Font].vertical {
			g.Angle = math.Mod(g.Angle+90, 360)
			g.Advance = g.Size
		}
	}
}

// advance takes the width out of PDFium's loose box, which is the upright box around the turned one; its far side counts,
// since it may reach over the origin to hold the ink. bound reports that it does so on the far side too, as slanted letters
// do, so that the width is only an upper bound.
func (c character) advance(f face) (width float64, bound bool) {
	length := math.Hypot(c.m.a, c.m.b)
	if length == 0 {
		return c.box.Width(), false
	}
	far := func(loose, ink, sign, origin float64) (float64, bool) {
		return max(0, sign*(loose-origin)), math.Abs(loose-ink) < 1e-3
	}
	cos, sin := c.m.a/length, c.m.b/length
	switch {
	case math.Abs(sin) < 1e-3 && cos > 0:
		return far(c.box.X1, c.ink.X1, 1, c.origin.x)
	case math.Abs(sin) < 1e-3:
		return far(c.box.X0, c.ink.X0, -1, c.origin.x)
	case math.Abs(cos) < 1e-3 && sin > 0:
		return far(c.box.Y1, c.ink.Y1, 1, c.origin.y)
	case math.Abs(cos) < 1e-3:
		return far(c.box.Y0, c.ink.Y0, -1, c.origin.y)
	}
	tall := (f.ascent - f.descent) * c.obj.size * math.Abs(c.m.a*c.m.d-c.m.b*c.m.c) / length
	cos, sin = math.Abs(cos), math.Abs(sin)
	if cos >= sin {
		return max(0, (c.box.Width()-tall*sin)/cos), true
	}
	return max(0, (c.box.Height()-tall*cos)/sin), true
}

// box returns the loose box around a glyph that starts at its origin, runs in direction (ux, uy) and stands upright on it.
func (r *reader) box(g pdf.Glyph, ux, uy float64, to matrix) pdf.Rect {
	nx, ny := uy, -ux // upwards, seen from the writing direction
	if nx*to.c+ny*to.d < 0 {
		nx, ny = -nx, -ny
	}
	f := r.faces[g.Font]
	up, down := f.ascent*g.Size, f.descent*g.Size
	at := func(along, off float64) point {
		return point{g.X + ux*along + nx*off, g.Y + uy*along + ny*off}
	}
	return around(at(0, down), at(g.Advance, down), at(0, up), at(g.Advance, up))
}

// hidden reports whether a reader of the page as shown does not see the glyph.
func (r *reader) hidden(c character, g pdf.Glyph) bool {
	if c.obj.ink == inkNone {
		return true
	}
	if outside(g.Box, c.obj.clip) {
		return true
	}
	if c.obj.ink == inkWhite {
		mid := point{(g.Box.X0 + g.Box.X1) / 2, (g.Box.Y0 + g.Box.Y1) / 2}
		return !r.scene.readable(mid, c.obj.order)
	}
	return false
}

// sliver is the share of a loose box that may reach into a clip without any ink in it.
const sliver = 0.08

// outside reports whether a box lies wholly outside a clip, but for a sliver.
func outside(b, clip pdf.Rect) bool {
	x, y := b.Width()*sliver, b.Height()*sliver
	return b.X1-x < clip.X0 || b.X0+x > clip.X1 || b.Y1-y < clip.Y0 || b.Y0+y > clip.Y1
}

// text gives what a character says: U+FFFD where PDFium has no Unicode for it and only hands on its code.
func text(c character) string {
	switch {
	case c.code == hyphenMark:
		return "-"
	case c.failed, c.code == 0, utf16.IsSurrogate(c.code), !utf8.ValidRune(c.code):
		return string(utf8.RuneError)
	case c.code == 0xA0 || unicode.IsSpace(c.code):
		return " "
	}
	return string(c.code)
}

// degrees is the direction of (x, y) clockwise from the x axis as shown, in [0, 360), exact at the four main directions.
func degrees(x, y float64) float64 {
	a := math.Atan2(y, x) * 180 / math.Pi
	if near := math.Round(a/90) * 90; math.Abs(a-near) < 0.05 {
		a = near
	}
	return math.Mod(a+360, 360)
}

// font returns the index of a font in the page's list, adding it the first time.
func (r *reader) font(handle uint32) int {
	if i, ok := r.fonts[handle]; ok {
		return i
	}
	in, h := r.in, uint64(handle)
	f, m := pdf.Font{}, face{ascent: 0.88, descent: -0.12}
	if handle != 0 {
		f.Name = fontName(in.text("FPDFFont_GetBaseFontName", handle))
		f.Embedded = in.i32("FPDFFont_GetIsEmbedded", h) == 1
		f.Bold = bold(f.Name, in.i32("FPDFFont_GetFlags", h))
		m = r.face(h, m)
	}
	i := len(r.page.Fonts)
	r.fonts[handle] = i
	r.page.Fonts = append(r.page.Fonts, f)
	r.faces = append(r.faces, m)
	return i
}

// face reads ascent and descent, keeping those of m where the font's are not believable.
func (r *reader) face(h uint64, m face) face {
	one := uint64(math.Float32bits(1))
	in := r.in
	if in.i32("FPDFFont_GetAscent", h, one, in.out(0, 4)) == 0 {
		return m
	}
	up := in.floats(1)[0]
	if in.i32("FPDFFont_GetDescent", h, one, in.out(0, 4)) == 0 {
		return m
	}
	down := in.floats(1)[0]
	if up < 0.3 || up > 1.5 || down > 0 || down < -0.8 {
		return m
	}
	return face{ascent: up, descent: down}
}

// fontName drops the subset tag (ISO 32000-1, 9.6.4) and reads names written as GBK, as WPS does for 宋体.
func fontName(b []byte) string {
	if len(b) > 7 && b[6] == '+' {
		tag := true
		for _, c := range b[:6] {
			tag = tag && c >= 'A' && c <= 'Z'
		}
		if tag {
			b = b[7:]
		}
	}
	if utf8.Valid(b) {
		return string(b)
	}
	if s, err := simplifiedchinese.GBK.NewDecoder().Bytes(b); err == nil {
		return string(s)
	}
	return strings.ToValidUTF8(string(b), string(utf8.RuneError))
}

// forceBold is bit 19 of a font descriptor's flags (ISO 32000-1, table 123).
const forceBold = 1 << 18

// bold goes by the name and the flags. PDFium's weight is a guess from the width of stems.
func bold(name string, flags int) bool {
	n := strings.ToLower(name)
	for _, w := range []string{"bold", "heavy", "black"} {
		if strings.Contains(n, w) {
			return true
		}
	}
	return flags > 0 && flags&forceBold != 0
}
