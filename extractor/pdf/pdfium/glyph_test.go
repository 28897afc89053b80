package pdfium_test

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"yusuan/extractor/pdf"
)

// near compares coordinates to a hundredth of a point.
func near() cmp.Option { return cmpopts.EquateApprox(0, 0.011) }

// place is what the tests compare of a glyph.
type place struct {
	Text                       string
	X, Y, Advance, Size, Angle float64
	Hidden                     bool
}

func places(p *pdf.Page) []place {
	var out []place
	for _, g := range p.Glyphs {
		out = append(out, place{g.Text, g.X, g.Y, g.Advance, g.Size, g.Angle, g.Hidden})
	}
	return out
}

func TestGlyphPlaces(t *testing.T) {
	const upright = "BT /F1 10 Tf 1 0 0 1 100 700 Tm (A) Tj ET"
	const turned = "BT /F1 10 Tf 0 1 -1 0 100 700 Tm (A) Tj ET"
	a := func(x, y, angle float64) []place { return []place{{"A", x, y, 6.67, 10, angle, false}} }
	tests := []struct {
		name string
		in   sheet
		w, h float64
		want []place
	}{
		{"upright", sheet{content: upright}, 595, 842, a(100, 142, 0)},
		{"page turned 90", sheet{content: upright, extra: "/Rotate 90"}, 842, 595, a(700, 100, 90)},
		{"page turned 180", sheet{content: upright, extra: "/Rotate 180"}, 595, 842, a(495, 700, 180)},
		{"page turned 270", sheet{content: upright, extra: "/Rotate 270"}, 842, 595, a(142, 495, 270)},
		{"page turned -90", sheet{content: upright, extra: "/Rotate -90"}, 842, 595, a(142, 495, 270)},
		{"text turned", sheet{content: turned}, 595, 842, a(100, 142, 270)},
		{"text and page turned", sheet{content: turned, extra: "/Rotate 90"}, 842, 595, a(700, 100, 0)},
		{"media box with offset", sheet{content: upright, box: "50 60 545 800"}, 495, 740, a(50, 100, 0)},
		{"crop box", sheet{content: upright, extra: "/CropBox[50 60 545 800]"}, 495, 740, a(50, 100, 0)},
		{"crop box and turned 90", sheet{content: upright, extra: "/CropBox[50 60 545 800]/Rotate 90"}, 740, 495, a(640, 50, 90)},
		{"crop box and turned 180", sheet{content: upright, extra: "/CropBox[50 60 545 800]/Rotate 180"}, 495, 740, a(445, 640, 180)},
		{"crop box and turned 270", sheet{content: upright, extra: "/CropBox[50 60 545 800]/Rotate 270"}, 740, 495, a(100, 445, 270)},
		{"text turned 180", sheet{content: "BT /F1 10 Tf -1 0 0 -1 100 700 Tm (A) Tj ET"}, 595, 842, a(100, 142, 180)},
		{"text turned 45", sheet{content: "BT /F1 10 Tf .70711 .70711 -.70711 .70711 100 700 Tm (A) Tj ET"}, 595, 842, a(100, 142, 315)},
		{"size in the matrix", sheet{content: "BT /F1 1 Tf 10 0 0 10 100 700 Tm (A) Tj ET"}, 595, 842, a(100, 142, 0)},
		{"size in the CTM", sheet{content: "q .1 0 0 .1 0 0 cm BT /F1 100 Tf 1 0 0 1 1000 7000 Tm (A) Tj ET Q"}, 595, 842, a(100, 142, 0)},
		{"flipped twice", sheet{content: "q 1 0 0 -1 0 842 cm BT /F1 10 Tf 1 0 0 -1 100 142 Tm (A) Tj ET Q"}, 595, 842, a(100, 142, 0)},
		{"squeezed to half", sheet{content: "BT /F1 10 Tf 50 Tz 100 700 Td (AA) Tj ET"}, 595, 842,
			[]place{{"A", 100, 142, 3.335, 10, 0, false}, {"A", 103.335, 142, 3.335, 10, 0, false}}},
		{"spaced out", sheet{content: "BT /F1 10 Tf 2 Tc 100 700 Td (AA) Tj ET"}, 595, 842,
			[]place{{"A", 100, 142, 6.67, 10, 0, false}, {"A", 108.67, 142, 6.67, 10, 0, false}}},
		{"in a form in a form", sheet{content: "q 2 0 0 2 10 20 cm /X1 Do Q",
			forms: []string{"BT /F1 5 Tf 40 330 Td (A) Tj ET", "q 1 0 0 1 5 10 cm /X0 Do Q"}}, 595, 842, a(100, 142, 0)},
		{"vertical writing", sheet{content: "BT /F3 10 Tf 100 700 Td <4E004E8C> Tj ET"}, 595, 842,
			[]place{{"一", 95, 150.8, 10, 10, 90, false}, {"二", 95, 160.8, 10, 10, 90, false}}},
		{"fonts not embedded", sheet{content: "BT /F2 10 Tf 100 700 Td <4E004E8C0030> Tj ET"}, 595, 842,
			[]place{{"一", 100, 142, 10, 10, 0, false}, {"二", 110, 142, 10, 10, 0, false}, {"0", 120, 142, 10, 10, 0, false}}},
		{"space in the file", sheet{content: "BT /F1 10 Tf 100 700 Td ( A) Tj ET"}, 595, 842,
			[]place{{" ", 100, 142, 2.78, 10, 0, false}, {"A", 102.78, 142, 6.67, 10, 0, false}}},
		{"gap is no space", sheet{content: "BT /F1 10 Tf 100 700 Td [(A) -2000 (A)] TJ ET"}, 595, 842,
			[]place{{"A", 100, 142, 6.67, 10, 0, false}, {"A", 126.67, 142, 6.67, 10, 0, false}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := page(t, open(t, file(tt.in)), 1)
			if diff := cmp.Diff([]float64{p.Width, p.Height}, []float64{tt.w, tt.h}, near()); diff != "" {
				t.Errorf("page size (got -, want +)\n%s", diff)
			}
			if diff := cmp.Diff(places(p), tt.want, near()); diff != "" {
				t.Errorf("glyphs (got -, want +)\n%s", diff)
			}
			if !p.Clean {
				t.Errorf("not clean: %v", p.Warnings)
			}
		})
	}
}

func TestGlyphBox(t *testing.T) {
	// Ascent and descent are the font's, 0.88 and -0.12.
	tests := []struct {
		name, matrix string
		want         pdf.Rect
	}{
		{"upright", "1 0 0 1", pdf.Rect{X0: 100, Y0: 133.2, X1: 110, Y1: 143.2}},
		{"upwards", "0 1 -1 0", pdf.Rect{X0: 91.2, Y0: 132, X1: 101.2, Y1: 142}},
		{"downwards", "0 -1 1 0", pdf.Rect{X0: 98.8, Y0: 142, X1: 108.8, Y1: 152}},
		{"head down", "-1 0 0 -1", pdf.Rect{X0: 90, Y0: 140.8, X1: 100, Y1: 150.8}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := page(t, open(t, file(sheet{content: "BT /F2 10 Tf " + tt.matrix + " 100 700 Tm <4E00> Tj ET"})), 1)
			if len(p.Glyphs) != 1 {
				t.Fatalf("got %d glyphs, want 1", len(p.Glyphs))
			}
			if diff := cmp.Diff(p.Glyphs[0].Box, tt.want, near()); diff != "" {
				t.Errorf("box (got -, want +)\n%s", diff)
			}
		})
	}
}

func TestHidden(t *testing.T) {
	const show = " BT /F1 10 Tf 100 700 Td (A) Tj ET "
	tests := []struct {
		name    string
		content string
		extra   string
		want    bool
	}{
		{"plain", show, "", false},
		{"grey", ".5 g" + show, "", false},
		{"mode 3", "3 Tr" + show, "", true},
		{"mode 7", "7 Tr" + show, "", true},
		{"mode 1, black stroke, white fill", "1 g 0 G 1 Tr" + show, "", false},
		{"mode 1, white stroke", "0 g 1 G 1 Tr" + show, "", true},
		{"white", "1 1 1 rg" + show, "", true},
		{"white in CMYK", "0 0 0 0 k" + show, "", true},
		{"white on a blue box", "0 0 1 rg 90 690 40 40 re f 1 g" + show, "", false},
		{"white before a blue box is painted", "1 g" + show + "0 0 1 rg 90 690 40 40 re f", "", true},
		{"white beside a blue box", "0 0 1 rg 290 690 40 40 re f 1 g" + show, "", true},
		{"white on white on blue", "0 0 1 rg 90 690 40 40 re f 1 g 95 695 30 30 re f" + show, "", true},
		{"transparent", "/G0 gs" + show, "", true},
		{"clipped away", "q 300 300 50 50 re W n" + show + "Q", "", true},
		{"a sliver in the clip", "q 90 650 50 48.4 re W n" + show + "Q", "", true},
		{"in the clip", "q 90 690 50 50 re W n" + show + "Q", "", false},
		{"after the clip", "q 300 300 50 50 re W n Q" + show, "", false},
		{"outside the crop box", show, "/CropBox[300 300 400 400]", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := page(t, open(t, file(sheet{content: tt.content, extra: tt.extra})), 1)
			if len(p.Glyphs) != 1 {
				t.Fatalf("got %d glyphs, want 1", len(p.Glyphs))
			}
			if got := p.Glyphs[0].Hidden; got != tt.want {
				t.Errorf("hidden: got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestText(t *testing.T) {
	tests := []struct{ name, content, want string }{
		{"hyphen at the end of a line", "BT /F1 10 Tf 100 700 Td (well-) Tj 0 -12 Td (known) Tj ET", "well-known"},
		{"ligature is one glyph", "BT /F4 10 Tf 100 700 Td (AB) Tj ET", "fi B"},
		{"kept as printed", "BT /F2 10 Tf 100 700 Td <FF12FF10FF08> Tj ET", "２０（"},
		{"no-break space", "BT /F1 10 Tf 100 700 Td (\xa0A) Tj ET", " A"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := page(t, open(t, file(sheet{content: tt.content})), 1)
			var parts []string
			for _, g := range p.Glyphs {
				parts = append(parts, g.Text)
			}
			sep := ""
			if strings.Contains(tt.content, "/F4") {
				sep = " "
			}
			if got := strings.Join(parts, sep); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// A font without a map gives no characters, not even those that PDFium guesses without marking them.
func TestNoMap(t *testing.T) {
	p := page(t, open(t, file(sheet{content: "BT /F5 10 Tf 100 700 Td <0101010205C62307> Tj /F1 10 Tf (A) Tj ET"})), 1)
	var got string
	for _, g := range p.Glyphs {
		got += g.Text
	}
	if want := "\uFFFD\uFFFD\uFFFD\uFFFDA"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if p.Clean || len(p.Warnings) != 1 || p.Warnings[0].Code != "undecodable-text" {
		t.Errorf("got clean %v, warnings %v, want undecodable-text", p.Clean, p.Warnings)
	}
}

func TestFonts(t *testing.T) {
	p := page(t, open(t, file(sheet{content: "BT /F4 10 Tf 100 700 Td (B) Tj /F2 10 Tf <4E00> Tj /F4 12 Tf (B) Tj ET"})), 1)
	want := []pdf.Font{{Name: "Helvetica-Bold", Bold: true}, {Name: "STSong-Light"}}
	if diff := cmp.Diff(p.Fonts, want); diff != "" {
		t.Errorf("fonts (got -, want +)\n%s", diff)
	}
	var got []int
	for _, g := range p.Glyphs {
		got = append(got, g.Font)
	}
	if diff := cmp.Diff(got, []int{0, 1, 0}); diff != "" {
		t.Errorf("font of each glyph (got -, want +)\n%s", diff)
	}
}

// A page without a box of its own has one all the same, and a box that nobody can print is not believed.
func TestPageSize(t *testing.T) {
	p := page(t, open(t, file(sheet{content: "BT /F1 10 Tf 100 700 Td (A) Tj ET", box: "0 0 2000000000 2000000000"})), 1)
	if p.Width > 14400 || p.Height > 14400 {
		t.Errorf("got %g × %g, want at most 14400", p.Width, p.Height)
	}
	if len(p.Warnings) != 1 || p.Warnings[0].Code != "page-size" {
		t.Errorf("got warnings %v, want page-size", p.Warnings)
	}
	if len(p.Glyphs) != 1 || p.Glyphs[0].Hidden || math.Abs(p.Glyphs[0].X-100) > 0.01 {
		t.Errorf("got glyphs %v, want one at x 100", p.Glyphs)
	}
}
