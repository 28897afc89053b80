package pdf

import (
	"fmt"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"yusuan/schemas"
)

const (
	// junkShare is the share of visible glyphs without a character from which a page is warned of. Below it stand the odd
	// bullet or ornament.
	junkShare = 0.01
	// junkFew is how many such glyphs any page may have.
	junkFew = 2
	// differShare is the share of characters by which two readings may differ and still count as the same: producers map
	// a few ideographs to radicals, which engines fold differently.
	differShare = 0.02
	// differFew is by how many characters any two readings may differ.
	differFew = 4
)

// A quality counts what a page shows.
type quality struct {
	shown   int // visible glyphs, white space left out
	junk    int // of those, glyphs that say nothing a person could read
	strange int // letters that Chinese text does not have: a map from glyphs to characters that is damaged gives them
}

// bad reports whether the page needs a warning.
func (q quality) bad() bool {
	return q.junk > junkFew && float64(q.junk) > junkShare*float64(q.shown) || q.mistaken()
}

// mistaken reports whether letters stand in Chinese text that have no place there.
func (q quality) mistaken() bool {
	return q.strange > 2*junkFew && float64(q.strange) > junkShare*float64(q.shown)
}

// better reports whether q is the better reading: fewer glyphs without a character, then more glyphs.
func (q quality) better(o quality) bool {
	if q.mistaken() != o.mistaken() {
		return o.mistaken()
	}
	if q.junk != o.junk {
		// A reading that loses half of the page is not better for losing what could not be read.
		return q.junk < o.junk && q.shown-q.junk >= (o.shown-o.junk)/2
	}
	return q.shown > o.shown
}

// measure counts the visible glyphs of a page.
func measure(p *Page) quality {
	var q quality
	if p == nil {
		return q
	}
	han := 0
	symbols := make([]bool, len(p.Fonts))
	for i, f := range p.Fonts {
		symbols[i] = symbolic(f.Name)
	}
	for _, g := range p.Glyphs {
		if g.Hidden || strings.TrimSpace(g.Text) == "" {
			continue
		}
		q.shown++
		if junk(g.Text, g.Font < len(symbols) && symbols[g.Font]) {
			q.junk++
			continue
		}
		switch r, _ := utf8.DecodeRuneInString(g.Text); {
		case r >= 0x4E00 && r <= 0x9FFF:
			han++
		case r >= 0xC0 && r < 0x250 && r != '×' && r != '÷':
			q.strange++
		}
	}
	if han*3 < q.shown { // no Chinese page
		q.strange = 0
	}
	return q
}

// junk reports whether a glyph's text is no text: the replacement character, a control, a private use or unassigned code.
// Private codes of symbol fonts are bullets and ticks and do not count.
func junk(text string, symbol bool) bool {
	for _, r := range text {
		switch {
		case r == unicode.ReplacementChar, unicode.IsControl(r):
			return true
		case unicode.Is(unicode.Co, r):
			return !symbol || r < 0xF000 || r > 0xF0FF
		case !unicode.IsGraphic(r) && !unicode.Is(unicode.Cf, r) && !unicode.Is(unicode.Mn, r):
			return true
		}
	}
	return false
}

// symbolic reports whether a font by that name shows symbols, whose codes Word puts at U+F000.
func symbolic(name string) bool {
	n := strings.ToLower(name)
	for _, s := range []string{"symbol", "dings", "marlett"} {
		if strings.Contains(n, s) {
			return true
		}
	}
	return false
}

// warnOf returns a page's warning for glyphs without a character.
func warnOf(q quality) Warning {
	if q.mistaken() {
		return Warning{Code: schemas.UndecodableText,
			Message: fmt.Sprintf("%d of %d characters are letters that have no place in Chinese text: the file's own maps from glyphs to characters are damaged, and what was read is wrong there", q.strange, q.shown)}
	}
	return Warning{Code: schemas.UndecodableText,
		Message: fmt.Sprintf("%d of %d glyphs have no character", q.junk, q.shown)}
}

// differ returns by how many characters two readings of a page differ, and whether that is more than engines do for the
// same text.
func differ(p, o *Page) (int, bool) {
	count := map[rune]int{}
	total := tally(p, count, 1)
	total = max(total, tally(o, count, -1))
	n := 0
	for _, c := range count {
		n += int(math.Abs(float64(c)))
	}
	// A character read as another counts on both sides.
	return (n + 1) / 2, n > 2*differFew && float64(n)/2 > differShare*float64(total)
}

// tally adds by to the count of each visible character and returns how many there are.
func tally(p *Page, count map[rune]int, by int) int {
	n := 0
	for _, g := range p.Glyphs {
		if g.Hidden {
			continue
		}
		for _, r := range norm.NFKC.String(g.Text) {
			if !unicode.IsSpace(r) {
				count[r] += by
				n++
			}
		}
	}
	return n
}
