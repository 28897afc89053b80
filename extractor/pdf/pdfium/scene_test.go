package pdfium_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"yusuan/extractor/pdf"
)

func TestRulings(t *testing.T) {
	h := func(x0, y, x1, w float64) pdf.Ruling { return pdf.Ruling{X0: x0, Y0: y, X1: x1, Y1: y, Width: w} }
	v := func(x, y0, y1, w float64) pdf.Ruling { return pdf.Ruling{X0: x, Y0: y0, X1: x, Y1: y1, Width: w} }
	tests := []struct {
		name string
		in   sheet
		want []pdf.Ruling
	}{
		{"stroked segment", sheet{content: "1 w 100 700 m 200 700 l S"}, []pdf.Ruling{h(100, 142, 200, 1)}},
		{"backwards", sheet{content: "1 w 200 700 m 100 700 l S"}, []pdf.Ruling{h(100, 142, 200, 1)}},
		{"hairline", sheet{content: "0 w 100 700 m 100 600 l S"}, []pdf.Ruling{v(100, 142, 242, 0)}},
		{"scaled", sheet{content: "q .1 0 0 .1 0 0 cm 10 w 1000 7000 m 2000 7000 l S Q"}, []pdf.Ruling{h(100, 142, 200, 1)}},
		{"stroked box", sheet{content: "1 w 100 600 100 100 re S"},
			[]pdf.Ruling{h(100, 142, 200, 1), h(100, 242, 200, 1), v(100, 142, 242, 1), v(200, 142, 242, 1)}},
		{"thin filled box", sheet{content: "100 700 100 2 re f"}, []pdf.Ruling{h(100, 141, 200, 2)}},
		{"thin filled polygon", sheet{content: "100 700 m 102 700 l 102 600 l 100 600 l h f"}, []pdf.Ruling{v(101, 142, 242, 2)}},
		{"thick filled box is none", sheet{content: "100 700 100 3.5 re f"}, nil},
		{"dot is none", sheet{content: "100 700 1 1 re f"}, nil},
		{"path not painted", sheet{content: "100 700 m 200 700 l n"}, nil},
		{"two in one path", sheet{content: "1 w 100 700 m 200 700 l 100 600 m 200 600 l S"},
			[]pdf.Ruling{h(100, 142, 200, 1), h(100, 242, 200, 1)}},
		{"slanted is none", sheet{content: "100 700 m 200 650 l S"}, nil},
		{"curve is none", sheet{content: "100 700 m 120 700 180 700 200 700 c S"}, nil},
		{"straight parts of a rounded box", sheet{content: "1 w 110 700 m 190 700 l 200 700 200 700 200 690 c 200 610 l S"},
			[]pdf.Ruling{h(110, 142, 190, 1), v(200, 152, 232, 1)}},
		{"white", sheet{content: "1 G 1 g 100 700 m 200 700 l S 100 600 100 1 re f"}, nil},
		{"transparent", sheet{content: "/G0 gs 100 700 m 200 700 l S"}, nil},
		{"grey", sheet{content: ".8 G 1 w 100 700 m 200 700 l S"}, []pdf.Ruling{h(100, 142, 200, 1)}},
		{"clipped away", sheet{content: "q 300 300 10 10 re W n 100 700 m 200 700 l S Q"}, nil},
		{"clipped in part", sheet{content: "q 150 690 100 20 re W n 1 w 100 700 m 200 700 l S Q"}, []pdf.Ruling{h(150, 142, 200, 1)}},
		{"outside the page", sheet{content: "100 900 m 200 900 l S"}, nil},
		{"in a form in a form", sheet{content: "q 2 0 0 2 10 20 cm /X1 Do Q",
			forms: []string{".5 w 40 330 m 90 330 l S", "q 1 0 0 1 5 10 cm /X0 Do Q"}}, []pdf.Ruling{h(100, 142, 200, 1)}},
		{"clip around a form", sheet{content: "q 300 300 10 10 re W n /X0 Do Q", forms: []string{"100 700 m 200 700 l S"}}, nil},
		{"page turned 90", sheet{content: "1 w 100 700 m 200 700 l S", extra: "/Rotate 90"}, []pdf.Ruling{v(700, 100, 200, 1)}},
		{"page turned 270 and cropped", sheet{content: "1 w 100 700 m 200 700 l S", extra: "/Rotate 270/CropBox[50 60 545 800]"},
			[]pdf.Ruling{v(100, 345, 445, 1)}},
	}
	order := cmpopts.SortSlices(func(a, b pdf.Ruling) bool {
		if a.Horizontal() != b.Horizontal() {
			return a.Horizontal()
		}
		return a.X0+a.Y0 < b.X0+b.Y0
	})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := page(t, open(t, file(tt.in)), 1)
			if diff := cmp.Diff(p.Rulings, tt.want, near(), order); diff != "" {
				t.Errorf("rulings (got -, want +)\n%s", diff)
			}
		})
	}
}

func TestImages(t *testing.T) {
	const dots = "BI /W 1 /H 1 /BPC 8 /CS /G ID \x80 EI"
	tests := []struct {
		name, content string
		want          []pdf.Rect
	}{
		{"placed", "q 100 0 0 50 100 600 cm " + dots + " Q", []pdf.Rect{{X0: 100, Y0: 192, X1: 200, Y1: 242}}},
		{"turned", "q 0 100 -50 0 200 600 cm " + dots + " Q", []pdf.Rect{{X0: 150, Y0: 142, X1: 200, Y1: 242}}},
		{"clipped", "q 150 0 500 800 re W n 100 0 0 50 100 600 cm " + dots + " Q", []pdf.Rect{{X0: 150, Y0: 192, X1: 200, Y1: 242}}},
		{"outside", "q 100 0 0 50 1000 600 cm " + dots + " Q", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := page(t, open(t, file(sheet{content: tt.content})), 1)
			if diff := cmp.Diff(p.Images, tt.want, near()); diff != "" {
				t.Errorf("images (got -, want +)\n%s", diff)
			}
		})
	}
}
