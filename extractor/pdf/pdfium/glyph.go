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
	// last character taken, to join the parts of a ligature
	lastObj    *textObject
	lastOrigin point
	unmapped   int
}

// A face is a font's measure, in shares of the size.
type face struct{ ascent, descent float64 }

// A character is one entry of PDFium's text page.
type character struct {
	code   rune
	failed bool // no Unicode for it
	obj    *textObject
	m      matrix // to user space, size left out
	origin point  // user space
	width  float64
	height float64 // of the loose box, user space
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
	c.width, c.height = math.Abs(b[2]-b[0]), math.Abs(b[1]-b[3])
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
	last, size := utf8.DecodeLastRuneInString(g.Text)
	if utf16.IsSurrogate(c.code) {
		// The half before was written as U+FFFD, see text.
		return last == utf8.RuneError
	}
	_ = size
	g.Text += text(c)
	return true
}

// add appends a glyph.
func (r *reader) add(c character) {
	r.lastObj, r.lastOrigin = c.obj, c.origin
	if c.failed || c.code == 0 {
		r.unmapped++
	}
	g := pdf.Glyph{Text: text(c), Font: c.obj.font}
	to := c.m.then(matrix{a: r.view.a, b: r.view.b, c: r.view.c, d: r.view.d})
	along := math.Hypot(to.a, to.b)
	if along == 0 {
		along = 1
	}
	ux, uy := to.a/along, to.b/along
	g.Angle = degrees(ux, uy)
	g.Size = math.Abs(c.obj.size) * math.Abs(to.a*to.d-to.b*to.c) / along
	g.Advance = c.advance(r.faces[c.obj.font])
	o := r.view.at(c.origin.x, c.origin.y)
	g.X, g.Y = o.x, o.y
	g.Box = r.box(g, ux, uy, to)
	g.Hidden = r.hidden(c, g)
	r.page.Glyphs = append(r.page.Glyphs, g)
}

// advance takes the width out of PDFium's loose box, which is the upright box around the turned one.
func (c character) advance(f face) float64 {
	cos, sin := math.Abs(c.m.a), math.Abs(c.m.b)
	length := math.Hypot(cos, sin)
	if length == 0 {
		return c.width
	}
	cos, sin = cos/length, sin/length
	tall := (f.ascent - f.descent) * c.obj.size * math.Abs(c.m.a*c.m.d-c.m.b*c.m.c) / length
	switch {
	case sin < 1e-3:
		return c.width
	case cos < 1e-3:
		return c.height
	case cos >= sin:
		return max(0, (c.width-tall*sin)/cos)
	}
	return max(0, (c.height-tall*cos)/sin)
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
	if _, seen := g.Box.Overlap(c.obj.clip); !seen {
		return g.Box.Width() > 0 && g.Box.Height() > 0 || !inside(point{g.X, g.Y}, c.obj.clip)
	}
	if c.obj.ink == inkWhite {
		mid := point{(g.Box.X0 + g.Box.X1) / 2, (g.Box.Y0 + g.Box.Y1) / 2}
		return !r.scene.readable(mid, c.obj.order)
	}
	return false
}

func inside(p point, r pdf.Rect) bool {
	return p.x >= r.X0 && p.x <= r.X1 && p.y >= r.Y0 && p.y <= r.Y1
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
		f.Bold = bold(f.Name, in.i32("FPDFFont_GetFlags", h), in.i32("FPDFFont_GetWeight", h))
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
	return face{up, down}
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

func bold(name string, flags, weight int) bool {
	n := strings.ToLower(name)
	for _, w := range []string{"bold", "heavy", "black"} {
		if strings.Contains(n, w) {
			return true
		}
	}
	return flags > 0 && flags&forceBold != 0 || weight >= 600
}
