package pdfium_test

import (
	"testing"

	"yusuan/schemas"
)

// FuzzPage changes the content of a page. Whatever it is, reading ends with a page or an error, and another file can be
// read after it. (Changed file structure is left out: PDFium can be kept busy for ever, which is the sandbox's to end.)
func FuzzPage(f *testing.F) {
	for _, s := range []string{letter, "q 1 0 0 1 5 5 cm 1 w 0 0 m 9 9 l S Q Q Q", "BT /F2 10 Tf <4E0> Tj [(A) -1e9 (B)] TJ ET",
		"BI /W 99999 /H 99999 /BPC 8 /CS /RGB ID x EI", "1e38 0 0 1e38 1e38 1e38 cm 1e38 1e38 re S BT /F1 1e38 Tf (A) Tj ET",
		"0 0 0 0 0 0 cm BT /F1 10 Tf (A) Tj ET 1 1 m 2 1 l S", "[[[[[[[[[[ <<<<<< ((((( ", "W n W* n 5 5 m W n " + letter} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		d := open(t, file(sheet{content: string(content)}))
		p, err := d.Page(t.Context(), 1)
		if err != nil {
			if r := schemas.AsRejection(err); r != nil && r.Page != 1 {
				t.Errorf("rejection %v does not name the page", r)
			}
			return
		}
		for _, g := range p.Glyphs {
			if g.Font < 0 || g.Font >= len(p.Fonts) || g.Box.X0 > g.Box.X1 || g.Box.Y0 > g.Box.Y1 || g.Text == "" {
				t.Fatalf("glyph %+v of %d fonts", g, len(p.Fonts))
			}
		}
		for _, r := range p.Rulings {
			if r.X0 > r.X1 || r.Y0 > r.Y1 || (r.X0 != r.X1) == (r.Y0 != r.Y1) {
				t.Fatalf("ruling %+v", r)
			}
		}
	})
}
