package layout

import (
	"slices"
	"strings"
	"unicode"

	"yusuan/extractor/pdf"
)

// A Line is glyphs that share a baseline, from left to right.
type Line struct {
	Page     int // 1-based
	Baseline float64
	Size     float64 // of most glyphs, points
	Bold     bool    // of most glyphs
	Lead     int     // how many characters at the start are bold, where the rest is not; else 0
	Gap      int     // how many characters stand before the first gap of nearly a character's width between Chinese ones; else 0
	Box      pdf.Rect
	Glyphs   []pdf.Glyph // without white space, by X
	Text     string      // nothing between Han characters, one space between Latin words
}

// A Chunk is a part of a line without a wide gap in it.
type Chunk struct {
	Baseline float64
	Size     float64
	Box      pdf.Rect
	Glyphs   []pdf.Glyph
	Text     string
}

// Lines groups glyphs into lines by their baselines, top to bottom. Glyphs printed twice on one place (false bold) are
// taken once. It takes glyphs over: they are put in order, and the lines keep them.
func Lines(p *Page, glyphs []pdf.Glyph) []Line {
	sort(glyphs, func(a, b *pdf.Glyph) bool { return a.Y < b.Y })
	var lines []Line
	for i := 0; i < len(glyphs); {
		j := i + 1
		for j < len(glyphs) && glyphs[j].Y-glyphs[i].Y <= 0.42*max(glyphs[i].Size, 4) {
			j++
		}
		if l, ok := newLine(p, glyphs[i:j:j]); ok {
			lines = append(lines, l)
		}
		i = j
	}
	return lines
}

// sort puts glyphs in order, those before which no other belongs as they were. Most come in order, and are large to move.
func sort(glyphs []pdf.Glyph, less func(a, b *pdf.Glyph) bool) {
	for i := 1; i < len(glyphs); i++ {
		if less(&glyphs[i], &glyphs[i-1]) {
			slices.SortStableFunc(glyphs, func(a, b pdf.Glyph) int {
				switch {
				case less(&a, &b):
					return -1
				case less(&b, &a):
					return 1
				}
				return 0
			})
			return
		}
	}
}

// leftToRight puts the glyphs of a line in order. A glyph that the file shows right after another and a little to its left stays
// behind it: a full-width quote or bracket whose empty half was cut off.
func leftToRight(glyphs []pdf.Glyph) {
	const back = 0.55 // of the size
	far := false
	for i := 1; i < len(glyphs) && !far; i++ {
		far = glyphs[i].X < glyphs[i-1].X-back*glyphs[i].Size
	}
	if far {
		sort(glyphs, func(a, b *pdf.Glyph) bool { return a.X < b.X })
	}
}

// newLine makes a line of glyphs that share a baseline; false if they are all white space.
func newLine(p *Page, glyphs []pdf.Glyph) (Line, bool) {
	leftToRight(glyphs)
	l := Line{Page: p.Number, Glyphs: glyphs[:0]}
	var few [64]bool
	bold, lead, spaced := 0, 0, few[:0]
	pending := false
	for i := range glyphs {
		g := &glyphs[i]
		if blank(g.Text) {
			pending = true
			continue
		}
		if n := len(l.Glyphs); n > 0 && again(&l.Glyphs[n-1], g) {
			continue
		}
		if n := len(l.Glyphs); n > 0 && l.Gap == 0 && g.X-l.Glyphs[n-1].X-l.Glyphs[n-1].Advance > 0.8*g.Size {
			l.Gap = n
		}
		spaced = append(spaced, pending)
		pending = false
		l.Glyphs = append(l.Glyphs, *g) // in the place of this one or one before it
		l.Box = l.Box.Union(g.Box)
		if g.Font < len(p.Fonts) && p.Fonts[g.Font].Bold {
			if bold++; bold == len(l.Glyphs) {
				lead = bold
			}
		}
	}
	if len(l.Glyphs) == 0 {
		return l, false
	}
	if l.Bold = bold*2 > len(l.Glyphs); bold < len(l.Glyphs) && bold == lead {
		l.Lead = lead
	}
	l.Size, l.Baseline = typical(l.Glyphs)
	l.Text = joinText(l.Glyphs, spaced)
	return l, true
}

// Chunks splits the line at gaps wider than gap times the font size.
func (l *Line) Chunks(gap float64) []Chunk {
	var out []Chunk
	for i := 0; i < len(l.Glyphs); {
		j := i + 1
		for j < len(l.Glyphs) {
			a, b := &l.Glyphs[j-1], &l.Glyphs[j]
			if b.X-(a.X+a.Advance) > gap*max(a.Size, b.Size) {
				break
			}
			j++
		}
		out = append(out, NewChunk(l.Glyphs[i:j]))
		i = j
	}
	return out
}

// NewChunk makes a chunk of glyphs of one line, left to right.
func NewChunk(glyphs []pdf.Glyph) Chunk {
	c := Chunk{Glyphs: glyphs}
	for i := range glyphs {
		c.Box = c.Box.Union(glyphs[i].Box)
	}
	c.Size, c.Baseline = typical(glyphs)
	c.Text = joinText(glyphs, nil)
	return c
}

// typical returns the size of most glyphs and the baseline of one of them.
func typical(glyphs []pdf.Glyph) (size, baseline float64) {
	best, n := 0, 0
	for i := range glyphs { // majority vote; ties do not matter
		switch {
		case n == 0:
			best, n = i, 1
		case abs(glyphs[i].Size-glyphs[best].Size) < 0.5:
			n++
		default:
			n--
		}
	}
	return glyphs[best].Size, glyphs[best].Y
}

// again reports whether g prints the glyph before it once more, a hair to the right.
func again(before, g *pdf.Glyph) bool {
	return before.Text == g.Text && g.X-before.X < 0.25*max(before.Advance, 0.5*before.Size) && abs(g.Y-before.Y) < 0.2*g.Size
}

// joinText joins glyphs of one line. spaced says where white space stood before a glyph; nil means by the gaps only.
func joinText(glyphs []pdf.Glyph, spaced []bool) string {
	if len(glyphs) == 1 {
		return glyphs[0].Text
	}
	var b strings.Builder
	b.Grow(3*len(glyphs) + 4)
	for i := range glyphs {
		g := &glyphs[i]
		if i > 0 {
			before := &glyphs[i-1]
			wide := g.X-(before.X+before.Advance) > 0.25*g.Size
			if (wide || spaced != nil && spaced[i]) && latinEnd(before.Text) && latinStart(g.Text) {
				b.WriteByte(' ')
			}
		}
		b.WriteString(g.Text)
	}
	return b.String()
}

// JoinLines joins the texts of consecutive lines of one paragraph or cell.
func JoinLines(parts ...string) string {
	if len(parts) == 1 {
		return parts[0]
	}
	var b strings.Builder
	last := ""
	for _, s := range parts {
		if s == "" {
			continue
		}
		if last != "" && latinLetterEnd(last) && latinLetterStart(s) {
			b.WriteByte(' ')
		}
		b.WriteString(s)
		last = s
	}
	return b.String()
}

func blank(s string) bool {
	for _, r := range s {
		switch r {
		case ' ', '\t', '\n', '\r', '\u00a0', '\u3000', '\u200b', '\ufeff', '\u00ad':
		default:
			if r >= 0x20 && !(r >= 0x2000 && r <= 0x200f) && !unicode.IsSpace(r) {
				return false
			}
		}
	}
	return true
}

// latin reports whether a rune belongs to a script that separates words by spaces.
func latin(r rune) bool { return r < 0x250 }

func latinEnd(s string) bool {
	var last rune
	for _, r := range s {
		last = r
	}
	return latin(last)
}

func latinStart(s string) bool {
	for _, r := range s {
		return latin(r)
	}
	return false
}

func letter(r rune) bool { return r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' }

func latinLetterEnd(s string) bool { return s != "" && letter(rune(s[len(s)-1])) }

func latinLetterStart(s string) bool { return s != "" && letter(rune(s[0])) }

func abs(x float64) float64 {
	if x < 0 {
		return -x
	}
	return x
}
