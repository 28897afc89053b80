package content

import (
	"math"

	"yusuan/extractor/pdf"
	"yusuan/extractor/pdf/content/syntax"
	"yusuan/schemas"
)

// textOperator runs the text operators (ISO 32000-1, 9.3 and 9.4) and reports whether op is one.
func (in *interpreter) textOperator(op []byte) bool {
	t := &in.state.text
	switch string(op) {
	case "BT":
		in.tm, in.tlm = unit, unit
	case "ET":
	case "Tf":
		in.selectFont()
	case "Tc":
		in.setNumber(&t.charSpace, 1)
	case "Tw":
		in.setNumber(&t.wordSpac, 1)
	case "Tz":
		in.setNumber(&t.scale, 0.01)
	case "TL":
		in.setNumber(&t.leading, 1)
	case "Ts":
		in.setNumber(&t.rise, 1)
	case "Tr":
		if n, ok := in.numbers(1); ok {
			t.mode = int(n[0])
		}
	default:
		return in.textPlacing(op)
	}
	return true
}

func (in *interpreter) textPlacing(op []byte) bool {
	t := &in.state.text
	switch string(op) {
	case "Td":
		if n, ok := in.numbers(2); ok {
			in.nextLine(n[0], n[1])
		}
	case "TD":
		if n, ok := in.numbers(2); ok {
			t.leading = -n[1]
			in.nextLine(n[0], n[1])
		}
	case "Tm":
		if n, ok := in.numbers(6); ok {
			in.tlm = matrix{n[0], n[1], n[2], n[3], n[4], n[5]}
			in.tm = in.tlm
		}
	case "T*":
		in.nextLine(0, -t.leading)
	case "Tj":
		in.showLast()
	case "TJ":
		in.showArray()
	case "'":
		in.nextLine(0, -t.leading)
		in.showLast()
	case "\"":
		if n := len(in.args); n >= 3 {
			if a, b := in.args[n-3], in.args[n-2]; a.Kind == syntax.Number && b.Kind == syntax.Number {
				t.wordSpac, t.charSpace = a.Num, b.Num
			}
		}
		in.nextLine(0, -t.leading)
		in.showLast()
	default:
		return false
	}
	return true
}

func (in *interpreter) setNumber(to *float64, unit float64) {
	if n, ok := in.numbers(1); ok {
		*to = n[0] * unit
	}
}

func (in *interpreter) nextLine(x, y float64) {
	in.tlm = matrix{1, 0, 0, 1, x, y}.then(in.tlm)
	in.tm = in.tlm
}

// selectFont runs Tf.
func (in *interpreter) selectFont() {
	n := len(in.args)
	if n < 2 || in.args[n-2].Kind != syntax.Name || in.args[n-1].Kind != syntax.Number {
		return
	}
	size := in.args[n-1].Num
	f, err := in.font(string(in.args[n-2].Bytes))
	if err != nil {
		in.err = err
		return
	}
	in.setFont(f, size)
}

// setFont makes a font current and lists it on the page when it is first used.
func (in *interpreter) setFont(f *loadedFont, size float64) {
	t := &in.state.text
	t.size = size
	t.font = nil
	if f == nil {
		return
	}
	id, ok := in.fontIDs[f]
	if !ok {
		id = len(in.page.Fonts)
		in.fontIDs[f] = id
		in.page.Fonts = append(in.page.Fonts, pdf.Font{Name: f.Name, Bold: f.Bold, Embedded: f.Embedded})
		if f.Doubtful {
			in.doubt(schemas.UndecodableText, "font %.60q has an encoding or maps that were not understood", f.Name)
		}
	}
	t.font, t.fontID = f.Font, id
}

func (in *interpreter) showLast() {
	if n := len(in.args); n > 0 && in.args[n-1].Kind == syntax.String {
		r := in.newRun()
		in.show(&r, in.args[n-1].Bytes)
		in.endRun(&r)
	}
}

func (in *interpreter) showArray() {
	r := in.newRun()
	for _, a := range in.args {
		switch a.Kind {
		case syntax.String:
			in.show(&r, a.Bytes)
		case syntax.Number:
			t := &in.state.text
			if t.font != nil && t.font.Vertical {
				r.move(0, -a.Num/1000*t.size)
			} else {
				r.move(-a.Num/1000*t.size*t.scale, 0)
			}
		}
	}
	in.endRun(&r)
}

// A run holds what is the same for all glyphs of one showing operator.
type run struct {
	ax, ay float64 // one unit of text space to the right, as shown
	ux, uy float64 // and up
	x, y   float64 // the pen, as shown
	dx, dy float64 // moved so far, in text space
	size   float64
	angle  float64
	hidden bool
	clip   pdf.Rect
}

func (in *interpreter) newRun() run {
	m := in.tm.then(in.ctm)
	t := &in.state.text
	r := run{ax: m.a, ay: m.b, ux: m.c, uy: m.d, x: m.e, y: m.f, clip: in.clip}
	along := math.Hypot(m.a, m.b)
	across := math.Hypot(m.c, m.d)
	area := math.Abs(m.a*m.d - m.b*m.c)
	vertical := t.font != nil && t.font.Vertical
	dirX, dirY := m.a*t.size*t.scale, m.b*t.size*t.scale
	if vertical {
		dirX, dirY = -m.c*t.size, -m.d*t.size
		along, across = across, along*math.Abs(t.scale)
	}
	if along > 0 {
		r.size = math.Abs(t.size) * area / along
		if vertical {
			r.size *= math.Abs(t.scale)
		}
	} else {
		r.size = math.Abs(t.size) * across
	}
	r.angle = angle(dirX, dirY)
	r.hidden = in.hiddenText()
	return r
}

// angle returns a direction in degrees clockwise as shown, from 0 up to 360. What is turned by less than a tenth of a
// degree from an axis runs along it.
func angle(x, y float64) float64 {
	if y == 0 && x >= 0 {
		return 0
	}
	a := math.Atan2(y, x) * 180 / math.Pi
	if axis := math.Round(a/90) * 90; math.Abs(a-axis) < 0.1 {
		a = axis
	}
	if a < 0 {
		a += 360
	}
	return a
}

// move moves the pen by lengths in unscaled text space.
func (r *run) move(x, y float64) {
	r.dx += x
	r.dy += y
	r.x += x*r.ax + y*r.ux
	r.y += x*r.ay + y*r.uy
}

// endRun leaves the text matrix where the pen stopped.
func (in *interpreter) endRun(r *run) {
	in.tm = matrix{1, 0, 0, 1, r.dx, r.dy}.then(in.tm)
}

// hiddenText reports whether text is not painted now, wherever it stands. White is decided glyph by glyph.
func (in *interpreter) hiddenText() bool {
	switch mode := in.state.text.mode; {
	case in.hidden > 0 || mode == 3 || mode == 7:
		return true
	case mode == 1 || mode == 5:
		return in.strokeAlpha <= 0
	case mode == 2 || mode == 6:
		return in.fillAlpha <= 0 && in.strokeAlpha <= 0
	}
	return in.fillAlpha <= 0
}

// whiteText reports whether text is painted white.
func (in *interpreter) whiteText() bool {
	switch in.state.text.mode {
	case 1, 5:
		return in.stroke.white
	case 2, 6:
		return in.fill.white && in.stroke.white
	}
	return in.fill.white
}

// show adds the glyphs of one string.
func (in *interpreter) show(r *run, s []byte) {
	t := &in.state.text
	f := t.font
	if f == nil {
		if len(s) > 0 {
			in.doubt(schemas.Damaged, "text is shown without a font")
		}
		return
	}
	white := in.whiteText()
	for len(s) > 0 {
		c, n := f.Next(s)
		s = s[n:]
		in.sources[c.Source]++
		g := pdf.Glyph{Text: c.Text, Size: r.size, Angle: r.angle, Font: t.fontID, Hidden: r.hidden}
		in.place(r, &g, c.Width, c.VX, c.VY)
		if f.Vertical {
			g.Advance = math.Abs(c.Down*t.size) * math.Hypot(r.ux, r.uy)
		} else {
			g.Advance = math.Abs(c.Width*t.size*t.scale) * math.Hypot(r.ax, r.ay)
		}
		in.glyph(&g, r.clip, white)
		space := t.charSpace
		if c.WordSpace {
			space += t.wordSpac
		}
		if f.Vertical {
			r.move(0, c.Down*t.size+space)
		} else {
			r.move((c.Width*t.size+space)*t.scale, 0)
		}
	}
}

// glyph adds a glyph to the page, unless it has no place that a number can tell or there are too many.
func (in *interpreter) glyph(g *pdf.Glyph, clip pdf.Rect, white bool) {
	switch {
	case !finite(g.X, g.Y) || !finite(g.Box.X0, g.Box.Y0) || !finite(g.Box.X1, g.Box.Y1):
		in.doubt(schemas.Damaged, "glyphs are placed beyond any page")
	case len(in.page.Glyphs) > in.doc.limits.MaxGlyphs: // the next operator ends the page
	default:
		g.Hidden = g.Hidden || outside(g, clip) || white && !in.covered(g)
		in.page.Glyphs = append(in.page.Glyphs, *g)
	}
}

// place sets a glyph's origin and loose box.
func (in *interpreter) place(r *run, g *pdf.Glyph, width, vx, vy float64) {
	t := &in.state.text
	f := t.font
	// The glyph's own unit vectors as shown, for an em to the right and up.
	sx, sy := t.size*t.scale, t.size
	ex, ey := r.ax*sx, r.ay*sx
	fx, fy := r.ux*sy, r.uy*sy
	g.X = r.x + r.ux*t.rise
	g.Y = r.y + r.uy*t.rise
	g.Size *= f.Em
	if f.Vertical {
		g.X -= vx*ex + vy*fx
		g.Y -= vx*ey + vy*fy
	}
	x0, y0 := g.X+f.Descent*fx, g.Y+f.Descent*fy
	x1, y1 := g.X+f.Ascent*fx, g.Y+f.Ascent*fy
	wx, wy := width*ex, width*ey
	g.Box = pdf.Rect{
		X0: min(x0, x1, x0+wx, x1+wx), Y0: min(y0, y1, y0+wy, y1+wy),
		X1: max(x0, x1, x0+wx, x1+wx), Y1: max(y0, y1, y0+wy, y1+wy),
	}
}

// sliver is the part of a loose box that may reach into a clip without any ink in it.
const sliver = 0.08

// outside reports whether a glyph lies almost wholly outside a clip.
func outside(g *pdf.Glyph, clip pdf.Rect) bool {
	b := g.Box
	mx, my := b.Width()*sliver, b.Height()*sliver
	return b.X1-mx < clip.X0 || b.X0+mx > clip.X1 || b.Y1-my < clip.Y0 || b.Y0+my > clip.Y1
}

// A cover is a painted area that white text would show up on.
type cover struct {
	box  pdf.Rect
	dark bool
}

// Bounds on what is remembered of painted areas, and how far back white text looks.
const (
	maxCovers = 20000
	lookBack  = 1000
)

func (in *interpreter) cover(box pdf.Rect, dark bool) {
	if len(in.covers) < maxCovers && box.Width() > 0 && box.Height() > 0 {
		in.covers = append(in.covers, cover{box, dark})
	}
}

// covered reports whether the middle of a glyph lies on an area last painted in another colour than white.
func (in *interpreter) covered(g *pdf.Glyph) bool {
	x, y := (g.Box.X0+g.Box.X1)/2, (g.Box.Y0+g.Box.Y1)/2
	for i := len(in.covers) - 1; i >= max(0, len(in.covers)-lookBack); i-- {
		if b := in.covers[i].box; x >= b.X0 && x <= b.X1 && y >= b.Y0 && y <= b.Y1 {
			return in.covers[i].dark
		}
	}
	return false
}
