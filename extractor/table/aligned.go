package table

import (
	"yusuan/extractor/layout"
	"yusuan/extractor/pdf"
)

// aligned finds tables that rulings do not draw, or not wholly.
func aligned(p *layout.Page, glyphs []pdf.Glyph, found []Grid) ([]Grid, []pdf.Glyph) {
	return nil, glyphs
}
