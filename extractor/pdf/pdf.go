// Package pdf defines what the rest of the extractor knows of a PDF: pages of glyphs, rulings and images, in points,
// with the origin at the top left of the page as shown (crop box and /Rotate applied). It does not group glyphs into
// words or find tables.
//
// Two engines implement Engine: content (our own interpreter over the object reader of ledongthuc/pdf, fast) and pdfium
// (PDFium as WebAssembly, thorough). Auto reads with the first and takes the second for what the first could not read
// cleanly. Nothing outside this folder imports a PDF library.
package pdf

import (
	"context"
	"image"

	"yusuan/schemas"
)

// A Rect is a box in points, origin at the top left of the page as shown: X0 ≤ X1, Y0 ≤ Y1, y grows downwards.
type Rect struct{ X0, Y0, X1, Y1 float64 }

// Width returns X1-X0 in points.
func (r Rect) Width() float64 { return r.X1 - r.X0 }

// Height returns Y1-Y0 in points.
func (r Rect) Height() float64 { return r.Y1 - r.Y0 }

// Union returns the smallest box that holds both; an empty (zero) Rect adds nothing.
func (r Rect) Union(s Rect) Rect {
	if r == (Rect{}) {
		return s
	}
	if s == (Rect{}) {
		return r
	}
	return Rect{min(r.X0, s.X0), min(r.Y0, s.Y0), max(r.X1, s.X1), max(r.Y1, s.Y1)}
}

// Overlap returns the box that both share, and false if they share no area.
func (r Rect) Overlap(s Rect) (Rect, bool) {
	o := Rect{max(r.X0, s.X0), max(r.Y0, s.Y0), min(r.X1, s.X1), min(r.Y1, s.Y1)}
	return o, o.X0 < o.X1 && o.Y0 < o.Y1
}

// A Glyph is one shown character. Order glyphs by their origin (the baseline), never by ink: 一 and — have an ink box
// about 1 pt high.
type Glyph struct {
	// Text is what the glyph says, as the font's own maps give it: usually one character, more for a ligature, U+FFFD
	// where no map decodes it. Nothing is folded. A white space glyph has Text " ".
	Text string
	// X, Y is the origin on the baseline, in points. For vertical writing it is the top centre of the glyph's cell moved
	// to the left edge and baseline, so that it can be treated as horizontal.
	X, Y float64
	// Advance is how far the pen moves, in points along the writing direction (character and word spacing left out).
	Advance float64
	// Size is the font size as shown, in points: text matrix and CTM applied, perpendicular to the writing direction.
	Size float64
	// Angle is the direction of writing in degrees clockwise as shown: 0 left to right, 90 downwards.
	Angle float64
	// Box is the glyph's loose box: advance wide, from the font's descent to its ascent (-0.12 to 0.88 of the size where
	// the font does not say). Never the ink.
	Box Rect
	// Font indexes Page.Fonts.
	Font int
	// Hidden is set where the file holds the glyph and does not show it: render mode 3 or 7, wholly outside the clip or
	// the page, or painted fully transparent or white.
	Hidden bool
}

// A Font is a font as used on one page.
type Font struct {
	Name     string // base font name without the subset tag
	Bold     bool   // by name, descriptor flags or weight
	Embedded bool
}

// A Ruling is a straight horizontal or vertical line as drawn: a stroked segment, one side of a stroked box, or a filled
// box thinner than 3 pt (then its centre line). Not joined, not de-duplicated. Clipped-away and white ones are left out.
type Ruling struct {
	X0, Y0, X1, Y1 float64 // ends in points, X0 ≤ X1, Y0 ≤ Y1; one of the two pairs is equal
	Width          float64 // of the line, points; hairlines are given as 0
}

// Horizontal reports whether the ruling runs from left to right.
func (r Ruling) Horizontal() bool { return r.Y0 == r.Y1 }

// A Warning is something an engine was unsure of.
type Warning struct {
	Code    schemas.Code
	Message string
}

// A Page is one page as shown.
type Page struct {
	Number        int     // 1-based
	Width, Height float64 // points, rotation applied
	Glyphs        []Glyph // in content order; not those outside every printable place, but hidden ones are kept
	Fonts         []Font
	Rulings       []Ruling
	Images        []Rect // boxes of images drawn on the page
	Warnings      []Warning
	// Clean is false where the engine knows that it may have lost or misread something: an unknown CMap or filter, a code
	// without a character, a limit reached, a broken stream. Auto then asks the other engine.
	Clean bool
}

// A Document is an open PDF. It is used by one goroutine at a time.
type Document interface {
	// NumPages returns the number of pages, which is at least 1.
	NumPages() int
	// Page reads page n (1-based). A page that cannot be read at all is an error; one read in part is a Page that is not
	// Clean. A *schemas.Rejection is about the whole document (a limit reached).
	Page(ctx context.Context, n int) (*Page, error)
	// Warnings returns what is known of the whole document, such as repaired.
	Warnings() []Warning
	// Close frees what the document holds.
	Close() error
}

// A Renderer is a Document that can paint its pages.
type Renderer interface {
	// Render paints page n (1-based) as shown at dpi dots an inch, lowered so that neither side exceeds maxSide pixels.
	Render(ctx context.Context, n, dpi, maxSide int) (image.Image, error)
}

// An Engine opens PDFs.
type Engine interface {
	// Name returns the name that the command line uses: ledongthuc, pdfium, auto.
	Name() string
	// Open opens a PDF held in data, which the document keeps and nobody changes. Facts about the file (password needed,
	// no pages, nothing readable) are *schemas.Rejection.
	Open(ctx context.Context, data []byte) (Document, error)
	// Close frees what the engine holds, after its documents.
	Close() error
}

// Limits bound what a stranger's PDF can take. A zero field means its default.
type Limits struct {
	MaxPages     int     // pages in one document; default 5000
	MaxStream    int64   // bytes of one stream once inflated; default 256 MiB
	MaxInflated  int64   // bytes of all streams of one page once inflated; default 512 MiB
	MaxOperators int     // operators on one page, forms included; default 5,000,000
	MaxGlyphs    int     // glyphs on one page; default 500,000
	MaxDepth     int     // nesting of arrays, dictionaries and form XObjects; default 100 (forms: 12)
	MaxPageSide  float64 // points; a larger page is warned of and read all the same; default 14,400 (200 in)
}

// Or returns l with every zero field set to its default.
func (l Limits) Or() Limits {
	set := func(p *int, v int) {
		if *p == 0 {
			*p = v
		}
	}
	set64 := func(p *int64, v int64) {
		if *p == 0 {
			*p = v
		}
	}
	set(&l.MaxPages, 5000)
	set64(&l.MaxStream, 256<<20)
	set64(&l.MaxInflated, 512<<20)
	set(&l.MaxOperators, 5_000_000)
	set(&l.MaxGlyphs, 500_000)
	set(&l.MaxDepth, 100)
	if l.MaxPageSide == 0 {
		l.MaxPageSide = 14400
	}
	return l
}
