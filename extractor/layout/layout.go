// Package layout turns the glyphs and rulings of a page into what a reader sees: upright lines of text, paragraphs that
// run over page breaks, and joined rulings. Page numbers, running headers and footers, and watermarks are set aside. It
// knows nothing of tables or budgets.
//
// Start with Prepare for one page, Lines for glyphs, Furniture and Paragraphs for a document's lines.
package layout

import (
	"math"
	"slices"
	"unicode/utf8"

	"yusuan/extractor/pdf"
	"yusuan/schemas"
)

// A Page is a page prepared for reading: text upright, nothing on it that is not shown.
type Page struct {
	Number        int // 1-based
	Width, Height float64
	Glyphs        []pdf.Glyph // shown and upright, in content order; white space glyphs included
	Horizontal    []Segment   // joined rulings, by Y0 then X0
	Vertical      []Segment   // joined rulings, by X0 then Y0
	Images        []pdf.Rect
	Fonts         []pdf.Font
	// Aside counts the glyphs left out because they stand askew (watermarks, seals).
	Aside int

	turn           int // quarter turns counter-clockwise from the page as shown to this page
	shownW, shownH float64
}

// Prepare sets aside what is not shown or stands askew and, where most text runs down or up the page as shown, turns the
// page so that it stands upright.
func Prepare(p *pdf.Page) *Page {
	turn := mainTurn(p.Glyphs)
	lp := &Page{Number: p.Number, Width: p.Width, Height: p.Height, Fonts: p.Fonts, turn: turn, shownW: p.Width, shownH: p.Height}
	if turn%2 == 1 {
		lp.Width, lp.Height = p.Height, p.Width
	}
	lp.Glyphs = make([]pdf.Glyph, 0, len(p.Glyphs))
	for i, g := range p.Glyphs {
		q, upright := quarter(g.Angle)
		switch {
		case upright && i > 0 && i+1 < len(p.Glyphs) && askew(&p.Glyphs[i-1]) && askew(&p.Glyphs[i+1]): // at the top of a seal
			lp.Aside++
			continue
		case g.Hidden || g.Text == "":
			continue
		case !upright || q != turn:
			lp.Aside++
			continue
		}
		if turn != 0 {
			g.X, g.Y = lp.turned(g.X, g.Y)
			g.Box = lp.turnedBox(g.Box)
			g.Angle = 0
		}
		if offPage(g, lp) {
			continue
		}
		if len(g.Text) == 3 && (g.Text[0] == 0xE2 && g.Text[1] >= 0xBA || g.Text[0] >= 0xE5) { // U+2E80 to U+2FFF, U+5000 and up
			r, _ := utf8.DecodeRuneInString(g.Text)
			if i := schemas.Ideograph(r); i != r {
				g.Text = string(i)
			}
		}
		lp.Glyphs = append(lp.Glyphs, g)
	}
	if lp.Aside > 3 { // with a seal goes its star
		lp.Glyphs = slices.DeleteFunc(lp.Glyphs, func(g pdf.Glyph) bool { return g.Text == "★" || g.Text == "☆" })
	}
	rulings := make([]pdf.Ruling, 0, len(p.Rulings))
	for _, r := range p.Rulings {
		if turn != 0 {
			b := lp.turnedBox(pdf.Rect{X0: r.X0, Y0: r.Y0, X1: r.X1, Y1: r.Y1})
			r.X0, r.Y0, r.X1, r.Y1 = b.X0, b.Y0, b.X1, b.Y1
		}
		rulings = append(rulings, r)
	}
	lp.Horizontal, lp.Vertical = joinRulings(rulings)
	for _, r := range p.Images {
		lp.Images = append(lp.Images, lp.turnedBox(r))
	}
	return lp
}

// Shown returns a box of this page in the coordinates of the page as shown.
func (p *Page) Shown(r pdf.Rect) pdf.Rect {
	back := func(x, y float64) (float64, float64) {
		switch p.turn {
		case 1:
			return p.shownW - y, x
		case 2:
			return p.shownW - x, p.shownH - y
		case 3:
			return y, p.shownH - x
		}
		return x, y
	}
	x0, y0 := back(r.X0, r.Y0)
	x1, y1 := back(r.X1, r.Y1)
	return pdf.Rect{X0: min(x0, x1), Y0: min(y0, y1), X1: max(x0, x1), Y1: max(y0, y1)}
}

// turned maps a point of the page as shown to the upright page.
func (p *Page) turned(x, y float64) (float64, float64) {
	switch p.turn {
	case 1:
		return y, p.shownW - x
	case 2:
		return p.shownW - x, p.shownH - y
	case 3:
		return p.shownH - y, x
	}
	return x, y
}

func (p *Page) turnedBox(r pdf.Rect) pdf.Rect {
	x0, y0 := p.turned(r.X0, r.Y0)
	x1, y1 := p.turned(r.X1, r.Y1)
	return pdf.Rect{X0: min(x0, x1), Y0: min(y0, y1), X1: max(x0, x1), Y1: max(y0, y1)}
}

// quarter returns how many quarter turns clockwise an angle is, and false for one that stands askew.
func quarter(angle float64) (int, bool) {
	const askew = 3 // degrees
	q := int(math.Round(angle / 90))
	if math.Abs(angle-float64(q)*90) > askew {
		return 0, false
	}
	return ((q % 4) + 4) % 4, true
}

// askew reports whether a glyph stands at an angle that is no quarter turn.
func askew(g *pdf.Glyph) bool {
	_, upright := quarter(g.Angle)
	return !upright
}

// mainTurn returns the quarter turns of most of the shown text.
func mainTurn(glyphs []pdf.Glyph) int {
	var n [4]int
	for _, g := range glyphs {
		if q, ok := quarter(g.Angle); ok && !g.Hidden && g.Text != " " {
			n[q]++
		}
	}
	best := 0
	for q := range n {
		if n[q] > 2*n[best] { // turned only if it clearly prevails
			best = q
		}
	}
	return best
}

// offPage reports whether the glyph's middle lies outside the page.
func offPage(g pdf.Glyph, p *Page) bool {
	x, y := g.X+g.Advance/2, g.Y-g.Size*0.35
	return x < 0 || y < 0 || x > p.Width || y > p.Height
}
