package content_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yusuan/extractor/pdf"
)

// rulings shows the ends of a page's rulings.
func rulings(p *pdf.Page) []string {
	var out []string
	for _, r := range p.Rulings {
		out = append(out, fmt.Sprintf("%.4g %.4g %.4g %.4g", r.X0, r.Y0, r.X1, r.Y1))
	}
	return out
}

func TestRulings(t *testing.T) {
	box := []string{"10 90 60 90", "60 60 60 90", "10 60 60 60", "10 60 10 90"}
	tests := []struct {
		name, contents string
		want           []string
	}{
		{"line", "10 20 m 60 20 l S", []string{"10 80 60 80"}},
		{"line backwards", "60 20 m 10 20 l S", []string{"10 80 60 80"}},
		{"upright", "10 20 m 10 70 l S", []string{"10 30 10 80"}},
		{"polyline", "10 20 m 60 20 l 60 70 l S", []string{"10 80 60 80", "60 30 60 80"}},
		{"closed by s", "10 10 m 60 10 l 60 40 l 10 40 l s", box},
		{"closed by h", "10 10 m 60 10 l 60 40 l 10 40 l h S", box},
		{"rectangle", "10 10 50 30 re S", box},
		{"rectangle, filled and stroked", "1 g 10 10 50 30 re B", box},
		{"rectangle, only filled", "10 10 50 30 re f", nil},
		{"nothing painted", "10 10 50 30 re n", nil},
		{"thin box", "10 19.5 50 1 re f", []string{"10 80 60 80"}},
		{"thin upright box", "10 20 0.5 50 re f", []string{"10.25 30 10.25 80"}},
		{"thin box of lines", "10 19.5 m 60 19.5 l 60 20.5 l 10 20.5 l f", []string{"10 80 60 80"}},
		{"thin box with mitred ends", "10 20 m 60 20 l 59 21 l 11 21 l f*", []string{"10 79.5 60 79.5"}},
		{"thin box, filled and stroked", "10 19.5 50 1 re B", []string{"10 80 60 80"}},
		{"negative width", "60 19.5 -50 1 re f", []string{"10 80 60 80"}},
		{"three points thick", "10 20 50 3.1 re f", nil},
		{"two boxes in one path", "10 19.5 50 1 re 10 39.5 50 1 re f", []string{"10 80 60 80", "10 60 60 60"}},
		{"frame", "10 10 50 30 re 11 11 48 28 re f*", []string{"10.5 60 10.5 90", "10 60.5 60 60.5", "59.5 60 59.5 90", "10 89.5 60 89.5"}},
		{"scaled", "q 10 0 0 10 0 0 cm 1 2 m 6 2 l S Q", []string{"10 80 60 80"}},
		{"turned by cm", "0 1 -1 0 50 0 cm 10 20 m 60 20 l S", []string{"30 40 30 90"}},
		{"dashed", "[3 2] 0 d 10 20 m 60 20 l S", []string{"10 80 60 80"}},
		{"white", "1 G 10 20 m 60 20 l S 1 1 1 RG 10 10 50 30 re S 1 g 10 19.5 50 1 re f", nil},
		{"grey", ".9 G 10 20 m 60 20 l S", []string{"10 80 60 80"}},
		{"transparent", "/Clear gs 10 20 m 60 20 l S 10 19.5 50 1 re f", nil},
		{"curve", "10 20 m 10 30 20 30 60 20 c S", nil},
		{"line and curve", "10 20 m 60 20 l 70 20 70 30 v 80 80 90 90 y S", []string{"10 80 60 80"}},
		{"slanting", "10 20 m 60 40 l S", nil},
		{"almost level", "10 20 m 60 20.4 l S", []string{"10 79.8 60 79.8"}},
		{"within one degree", "10 20 m 190 22 l S", []string{"10 79 190 79"}},
		{"short slope", "10 20 m 10.5 20.4 l S", nil},
		{"cut by the clip", "20 0 20 100 re W n 10 20 m 60 20 l S", []string{"20 80 40 80"}},
		{"outside the clip", "20 0 20 10 re W n 10 20 m 60 20 l S", nil},
		{"on the edge of the clip", "10 20 50 30 re W n 10 20 m 60 20 l S", []string{"10 80 60 80"}},
		{"clip is restored", "q 0 0 5 5 re W n Q 10 20 m 60 20 l S", []string{"10 80 60 80"}},
		{"off the page", "10 500 m 60 500 l S -50 20 m 10 20 l S", []string{"0 80 10 80"}},
		{"lines after h", "10 10 m 60 10 l 60 40 l h 10 90 l S", []string{"10 90 60 90", "60 60 60 90", "10 10 10 90"}},
		{"line without m", "60 20 l 90 20 l S", []string{"60 80 90 80"}},
		{"dot", "10 20 m 10 20 l S", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := &builder{}
			p := read(t, b.onePage(b.stream("", tt.contents), "", "/ExtGState<</Clear<</ca 0/CA 0>>>>"))
			if diff := cmp.Diff(rulings(p), tt.want); diff != "" {
				t.Errorf("rulings (-got +want):\n%s", diff)
			}
			if !p.Clean {
				t.Errorf("not clean: %v", p.Warnings)
			}
			for _, r := range p.Rulings {
				if r.X0 != r.X1 && r.Y0 != r.Y1 {
					t.Errorf("%v is neither level nor upright", r)
				}
			}
		})
	}
}

func TestRulingWidth(t *testing.T) {
	tests := []struct {
		name, contents string
		want           float64
	}{
		{"normal", "10 20 m 60 20 l S", 1},
		{"w", "2 w 10 20 m 60 20 l S", 2},
		{"scaled", "2 0 0 2 0 0 cm .5 w 5 10 m 30 10 l S", 1},
		{"hairline", "0 w 10 20 m 60 20 l S", 0},
		{"by gs", "/Thick gs 10 20 m 60 20 l S", 2.5},
		{"box", "10 19 50 2 re f", 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := &builder{}
			p := read(t, b.onePage(b.stream("", tt.contents), "", "/ExtGState<</Thick<</LW 2.5>>>>"))
			if got := p.Rulings[0].Width; got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}
