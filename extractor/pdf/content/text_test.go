package content_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yusuan/extractor/pdf"
)

// at shows where glyphs stand: text, origin, size and angle.
func at(p *pdf.Page) []string {
	var out []string
	for _, g := range p.Glyphs {
		out = append(out, fmt.Sprintf("%s %.2f %.2f %.4g %.4g", g.Text, g.X, g.Y, g.Size, g.Angle))
	}
	return out
}

// Helvetica's A is 667 wide, its B too, its space 278, its i 222.
func TestPlacing(t *testing.T) {
	tests := []struct {
		name, contents string
		want           []string
	}{
		{"Td and Tj", "BT /F1 10 Tf 10 20 Td (AB) Tj ET", []string{"A 10.00 80.00 10 0", "B 16.67 80.00 10 0"}},
		{"Tm", "BT /F1 1 Tf 10 0 0 10 10 20 Tm (AB) Tj ET", []string{"A 10.00 80.00 10 0", "B 16.67 80.00 10 0"}},
		{"cm", "q 2 0 0 2 5 5 cm BT /F1 5 Tf 0 0 Td (AB) Tj ET Q", []string{"A 5.00 95.00 10 0", "B 11.67 95.00 10 0"}},
		{"TJ", "BT /F1 10 Tf 0 0 Td [(A) -1000 (B) 500 (A)] TJ ET", []string{"A 0.00 100.00 10 0", "B 16.67 100.00 10 0", "A 18.34 100.00 10 0"}},
		{"Tc and Tw", "BT /F1 10 Tf 1 Tc 2 Tw (A B) Tj ET", []string{"A 0.00 100.00 10 0", "  7.67 100.00 10 0", "B 13.45 100.00 10 0"}},
		{"Tz", "BT /F1 10 Tf 80 Tz 1 Tc (AB) Tj ET", []string{"A 0.00 100.00 10 0", "B 6.14 100.00 10 0"}},
		{"Ts", "BT /F1 10 Tf 3 Ts (A) Tj ET", []string{"A 0.00 97.00 10 0"}},
		{"TD and T*", "BT /F1 10 Tf 5 50 TD (A) Tj 0 -12 TD (B) Tj T* (i) Tj ET", []string{"A 5.00 50.00 10 0", "B 5.00 62.00 10 0", "i 5.00 74.00 10 0"}},
		{"TL and '", "BT /F1 10 Tf 12 TL 5 50 Td (A) Tj (B) ' ET", []string{"A 5.00 50.00 10 0", "B 5.00 62.00 10 0"}},
		{"\"", "BT /F1 10 Tf 12 TL 5 50 Td 2 1 (A B) \" ET", []string{"A 5.00 62.00 10 0", "  12.67 62.00 10 0", "B 18.45 62.00 10 0"}},
		{"turned to the left", "BT /F1 10 Tf 0 1 -1 0 50 20 Tm (AB) Tj ET", []string{"A 50.00 80.00 10 270", "B 50.00 73.33 10 270"}},
		{"turned downwards", "BT /F1 10 Tf 0 -1 1 0 50 50 Tm (AB) Tj ET", []string{"A 50.00 50.00 10 90", "B 50.00 56.67 10 90"}},
		{"negative size", "BT /F1 -10 Tf 1 0 0 1 50 50 Tm (AB) Tj ET", []string{"A 50.00 50.00 10 180", "B 43.33 50.00 10 180"}},
		{"upside-down space", "1 0 0 -1 0 100 cm BT /F1 10 Tf 1 0 0 -1 10 80 Tm (AB) Tj ET", []string{"A 10.00 80.00 10 0", "B 16.67 80.00 10 0"}},
		{"turned by next to nothing", "BT /F1 10 Tf 1 -0.0001 0.0001 1 10 20 Tm (A) Tj ET", []string{"A 10.00 80.00 10 0"}},
		{"turned by ten degrees", "BT /F1 10 Tf .98481 .17365 -.17365 .98481 10 20 Tm (A) Tj ET", []string{"A 10.00 80.00 10 350"}},
		{"slanted", "BT /F1 10 Tf 1 0 0.3 1 10 20 Tm (A) Tj ET", []string{"A 10.00 80.00 10 0"}},
		{"font by gs", "/G1 gs BT (A) Tj ET", []string{"A 0.00 100.00 10 0"}},
		{"too few operands", "BT /F1 10 Tf 5 Td (A) Tj ET", []string{"A 0.00 100.00 10 0"}},
		{"too many operands", "BT /F1 10 Tf 9 9 9 5 5 Td (A) Tj ET", []string{"A 5.00 95.00 10 0"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := &builder{}
			f := b.add("<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>")
			p := read(t, b.onePage(b.stream("", tt.contents), "", "/ExtGState<</G1<</Font["+f+" 10]>>>>"))
			if diff := cmp.Diff(at(p), tt.want); diff != "" {
				t.Errorf("glyphs (-got +want):\n%s", diff)
			}
			if !p.Clean {
				t.Errorf("not clean: %v", p.Warnings)
			}
		})
	}
}

func TestPageBox(t *testing.T) {
	const contents = "BT /F1 10 Tf 10 20 Td (AB) Tj ET 10 30 m 60 30 l S"
	tests := []struct {
		name, page string
		w, h       float64
		want       []string
		ruling     string
	}{
		{"plain", "", 200, 100, []string{"A 10.00 80.00 10 0", "B 16.67 80.00 10 0"}, "10 70 60 70"},
		{"turned right", "/Rotate 90", 100, 200, []string{"A 20.00 10.00 10 90", "B 20.00 16.67 10 90"}, "30 10 30 60"},
		{"upside down", "/Rotate 180", 200, 100, []string{"A 190.00 20.00 10 180", "B 183.33 20.00 10 180"}, "140 30 190 30"},
		{"turned left", "/Rotate 270", 100, 200, []string{"A 80.00 190.00 10 270", "B 80.00 183.33 10 270"}, "70 140 70 190"},
		{"turned left, negative", "/Rotate -90", 100, 200, []string{"A 80.00 190.00 10 270", "B 80.00 183.33 10 270"}, "70 140 70 190"},
		{"cropped", "/CropBox[5 10 105 60]", 100, 50, []string{"A 5.00 40.00 10 0", "B 11.67 40.00 10 0"}, "5 30 55 30"},
		{"cropped and turned", "/CropBox[5 10 105 60]/Rotate 90", 50, 100, []string{"A 10.00 5.00 10 90", "B 10.00 11.67 10 90"}, "20 5 20 55"},
		{"crop box beyond the media box", "/CropBox[-100 -100 500 500]", 200, 100, []string{"A 10.00 80.00 10 0", "B 16.67 80.00 10 0"}, "10 70 60 70"},
		{"crop box elsewhere", "/CropBox[500 500 600 600]", 200, 100, []string{"A 10.00 80.00 10 0", "B 16.67 80.00 10 0"}, "10 70 60 70"},
		{"corners swapped", "/MediaBox[200 100 0 0]", 200, 100, []string{"A 10.00 80.00 10 0", "B 16.67 80.00 10 0"}, "10 70 60 70"},
		{"origin elsewhere", "/MediaBox[-50 -50 150 50]", 200, 100, []string{"A 60.00 30.00 10 0", "B 66.67 30.00 10 0"}, "60 20 110 20"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := &builder{}
			p := read(t, b.onePage(b.stream("", contents), tt.page, ""))
			if p.Width != tt.w || p.Height != tt.h {
				t.Errorf("size: got %v by %v, want %v by %v", p.Width, p.Height, tt.w, tt.h)
			}
			if diff := cmp.Diff(at(p), tt.want); diff != "" {
				t.Errorf("glyphs (-got +want):\n%s", diff)
			}
			if diff := cmp.Diff(rulings(p), []string{tt.ruling}); diff != "" {
				t.Errorf("rulings (-got +want):\n%s", diff)
			}
		})
	}
}

func TestBox(t *testing.T) {
	tests := []struct {
		name, contents string
		want           pdf.Rect
		advance        float64
	}{
		{"level", "BT /F1 10 Tf 10 20 Td (A) Tj ET", pdf.Rect{X0: 10, Y0: 71.2, X1: 16.67, Y1: 81.2}, 6.67},
		{"downwards", "BT /F1 10 Tf 0 -1 1 0 50 50 Tm (A) Tj ET", pdf.Rect{X0: 48.8, Y0: 50, X1: 58.8, Y1: 56.67}, 6.67},
		{"narrow", "BT /F1 10 Tf 50 Tz 10 20 Td (A) Tj ET", pdf.Rect{X0: 10, Y0: 71.2, X1: 13.335, Y1: 81.2}, 3.335},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := readContents(t, tt.contents).Glyphs[0]
			near := cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) < 1e-6 })
			if diff := cmp.Diff(g.Box, tt.want, near); diff != "" {
				t.Errorf("box (-got +want):\n%s", diff)
			}
			if diff := cmp.Diff(g.Advance, tt.advance, near); diff != "" {
				t.Errorf("advance (-got +want):\n%s", diff)
			}
		})
	}
}

func TestHidden(t *testing.T) {
	tests := []struct{ name, contents, want string }{
		{"shown", "BT /F1 10 Tf 10 50 Td (A) Tj ET", "A"},
		{"mode 3", "BT /F1 10 Tf 10 50 Td 3 Tr (A) Tj 0 Tr (B) Tj ET", "{A}B"},
		{"mode 7", "BT /F1 10 Tf 10 50 Td 7 Tr (A) Tj ET", "{A}"},
		{"off the page", "BT /F1 10 Tf -50 50 Td (A) Tj 300 0 Td (A) Tj 0 500 Td (A) Tj ET", "{A}{A}{A}"},
		{"half off the page", "BT /F1 10 Tf -3 50 Td (A) Tj ET", "A"},
		{"clipped", "q 0 0 20 100 re W n BT /F1 10 Tf 10 50 Td (A) Tj 50 0 Td (B) Tj ET Q BT /F1 10 Tf 60 50 Td (C) Tj ET", "A{B}C"},
		{"clips within each other", "0 0 20 100 re W n 15 0 80 100 re W* n BT /F1 10 Tf 0 50 Td (A) Tj 15 0 Td (B) Tj 6 0 Td (C) Tj ET", "{A}B{C}"},
		{"sliver in the clip", "0 0 200 49.2 re W n BT /F1 10 Tf 10 50 Td (A) Tj ET", "{A}"},
		{"empty clip", "0 0 0 0 re W n BT /F1 10 Tf 10 50 Td (A) Tj ET", "{A}"},
		{"W without a path", "W n BT /F1 10 Tf 10 50 Td (A) Tj ET", "A"},
		{"transparent", "/Clear gs BT /F1 10 Tf 10 50 Td (A) Tj 1 Tr (B) Tj ET", "{A}B"},
		{"white", "1 g BT /F1 10 Tf 10 50 Td (A) Tj ET", "{A}"},
		{"white RGB", "1 1 1 rg BT /F1 10 Tf 10 50 Td (A) Tj 1 1 .5 rg (B) Tj ET", "{A}B"},
		{"white CMYK", "0 0 0 0 k BT /F1 10 Tf 10 50 Td (A) Tj 0 0 0 1 k (B) Tj ET", "{A}B"},
		{"white by ICC profile", "/Icc cs 1 1 1 sc BT /F1 10 Tf 10 50 Td (A) Tj 0 0 0 scn (B) Tj ET", "{A}B"},
		{"full tint", "/Spot cs 1 scn BT /F1 10 Tf 10 50 Td (A) Tj ET", "A"},
		{"pattern", "/Pattern cs /P1 scn BT /F1 10 Tf 10 50 Td (A) Tj ET", "A"},
		{"white, stroked black", "1 g BT /F1 10 Tf 10 50 Td 2 Tr (A) Tj 1 Tr (B) Tj ET", "AB"},
		{"white on dark", "0 0 1 rg 0 40 100 30 re f 1 g BT /F1 10 Tf 10 50 Td (A) Tj 150 0 Td (B) Tj ET", "A{B}"},
		{"white on white on dark", "0 g 0 40 100 30 re f 1 g 0 45 100 20 re f BT /F1 10 Tf 10 50 Td (A) Tj ET", "{A}"},
		{"white on a picture", "q 100 0 0 100 0 0 cm /Im Do Q 1 g BT /F1 10 Tf 10 50 Td (A) Tj ET", "A"},
		{"white on a shading", "q 0 40 100 30 re W n /Sh sh Q 1 g BT /F1 10 Tf 10 50 Td (A) Tj 150 0 Td (B) Tj ET", "A{B}"},
		{"colour is restored", "q 1 g Q BT /F1 10 Tf 10 50 Td (A) Tj ET", "A"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := &builder{}
			icc := b.stream("/N 3", "")
			im := b.stream("/Subtype/Image/Width 1/Height 1/Filter/DCTDecode", "x")
			p := read(t, b.onePage(b.stream("", tt.contents), "",
				"/ExtGState<</Clear<</ca 0>>>>/ColorSpace<</Icc[/ICCBased "+icc+"]/Spot[/Separation/X/DeviceGray<<>>]>>/XObject<</Im "+im+">>"))
			if got := text(p); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if !p.Clean {
				t.Errorf("not clean: %v", p.Warnings)
			}
		})
	}
}

func TestMarkedContent(t *testing.T) {
	tests := []struct{ name, contents, want string }{
		{"group off", "/OC /Off BDC BT /F1 10 Tf 10 50 Td (A) Tj ET 0 0 m 50 0 l S EMC BT /F1 10 Tf 10 50 Td (B) Tj ET", "{A}B"},
		{"group on", "/OC /On BDC BT /F1 10 Tf 10 50 Td (A) Tj ET EMC", "A"},
		{"within each other", "/OC /Off BDC /Span BMC EMC BT /F1 10 Tf 10 50 Td (A) Tj ET EMC BT /F1 10 Tf 10 50 Td (B) Tj ET", "{A}B"},
		{"any on", "/OC /AnyOn BDC BT /F1 10 Tf 10 50 Td (A) Tj ET EMC", "A"},
		{"all on", "/OC /AllOn BDC BT /F1 10 Tf 10 50 Td (A) Tj ET EMC", "{A}"},
		{"never closed", "/OC /Off BDC BT /F1 10 Tf 10 50 Td (A) Tj ET", "{A}"},
		{"closed too often", "EMC EMC BT /F1 10 Tf 10 50 Td (A) Tj ET", "A"},
		{"form off", "/Hid Do BT /F1 10 Tf 10 50 Td (B) Tj ET", "B"},
		{"actual text for unknown glyphs", "/Span <</ActualText (xy)>> BDC BT /Odd 10 Tf 10 50 Td (AB) Tj ET EMC", "xy"},
		{"longer actual text", "/Span <</ActualText <FEFF4F60597DFF01>>> BDC BT /Odd 10 Tf 10 50 Td (AB) Tj ET EMC", "你好！"},
		{"actual text by name", "/Span /Actual BDC BT /Odd 10 Tf 10 50 Td (A) Tj ET EMC", "z"},
		{"actual text is not needed", "/Span <</ActualText (xy)>> BDC BT /F1 10 Tf 10 50 Td (AB) Tj ET EMC", "AB"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := &builder{}
			on, off := b.add("<</Type/OCG/Name(on)>>"), b.add("<</Type/OCG/Name(off)>>")
			odd := b.add("<</Type/Font/Subtype/Type3/FontMatrix[.001 0 0 .001 0 0]/FirstChar 65/Widths[500 500]/Encoding<</Differences[65/g1/g2]>>>>")
			f1 := b.add("<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>")
			hid := b.stream("/Subtype/Form/BBox[0 0 99 99]/OC "+off, "BT /F1 10 Tf 10 50 Td (A) Tj ET")
			res := fmt.Sprintf("/Font<</F1 %s/Odd %s>>/XObject<</Hid %s>>/Properties<</On %s/Off %s/Actual<</ActualText(z)>>"+
				"/AnyOn<</Type/OCMD/OCGs[%[4]s %[5]s]>>/AllOn<</Type/OCMD/OCGs[%[4]s %[5]s]/P/AllOn>>>>", f1, odd, hid, on, off)
			b.groups = fmt.Sprintf("/OCProperties<</OCGs[%s %s]/D<</OFF[%[2]s]>>>>", on, off)
			p := read(t, b.onePage(b.stream("", tt.contents), "", res))
			if got := text(p); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if !p.Clean {
				t.Errorf("not clean: %v", p.Warnings)
			}
			if len(p.Rulings) > 0 {
				t.Errorf("got %d rulings, want none", len(p.Rulings))
			}
		})
	}
}
