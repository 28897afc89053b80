package content

import (
	"yusuan/extractor/pdf"
	"yusuan/extractor/pdf/content/font"
)

// A state is the graphics state (ISO 32000-1, 8.4), as far as text and rulings need it.
type state struct {
	ctm                    matrix // from user space to the page as shown
	clip                   pdf.Rect
	lineWidth              float64
	fill, stroke           paint
	fillAlpha, strokeAlpha float64
	text                   textState
}

// A textState is what q saves of the text parameters (ISO 32000-1, 9.3).
type textState struct {
	font                *font.Font
	fontID              int // in Page.Fonts
	size                float64
	charSpace, wordSpac float64
	scale               float64 // horizontal, 1 is normal
	leading, rise       float64
	mode                int
}

// newState returns the state at the start of a page.
func newState(ctm matrix, clip pdf.Rect) state {
	return state{
		ctm: ctm, clip: clip, lineWidth: 1, fillAlpha: 1, strokeAlpha: 1,
		text: textState{scale: 1},
	}
}

// A paint is the colour that fills or strokes, as far as it matters: is it white?
type paint struct {
	space colorSpace
	white bool
}

// A colorSpace tells how components make white.
type colorSpace uint8

const (
	grayLike  colorSpace = iota // the initial space; 1 is white
	rgbLike                     // 1 1 1 is white
	cmykLike                    // 0 0 0 0 is white
	otherLike                   // what is white is not known
)

// whiteFrom is where a component counts as full.
const whiteFrom = 0.99

// isWhite reports whether the components are white in the space.
func (s colorSpace) isWhite(c []float64) bool {
	want := 0
	switch s {
	case grayLike:
		want = 1
	case rgbLike:
		want = 3
	case cmykLike:
		want = 4
	}
	if want == 0 || len(c) < want {
		return false
	}
	for _, x := range c[len(c)-want:] {
		if s == cmykLike && x > 1-whiteFrom || s != cmykLike && x < whiteFrom {
			return false
		}
	}
	return true
}
