package content_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yusuan/extractor/pdf"
	"yusuan/extractor/pdf/content"
	"yusuan/schemas"
)

const shown = "BT /F1 10 Tf 10 50 Td (A) Tj ET"

// codes lists the codes of warnings.
func codes(warnings []pdf.Warning) []schemas.Code {
	var out []schemas.Code
	for _, w := range warnings {
		out = append(out, w.Code)
	}
	return out
}

func TestContents(t *testing.T) {
	tests := []struct {
		name  string
		build func(b *builder) string // returns the value of /Contents
		want  string
		clean bool
	}{
		{"none", func(b *builder) string { return "" }, "", true},
		{"empty", func(b *builder) string { return b.stream("", "") }, "", true},
		{"string over the seam", func(b *builder) string {
			return "[" + b.stream("", "BT /F1 10 Tf 10 50 Td (A") + b.stream("", ") Tj ET") + "]"
		}, "A\uFFFD", false},
		{"operator at the seam", func(b *builder) string {
			return "[" + b.stream("", "BT /F1 10 Tf 10 50 Td") + b.stream("", "(A) Tj ET") + "]"
		}, "A", true},
		{"array by reference", func(b *builder) string { return b.add("[" + b.stream("", shown) + "]") }, "A", true},
		{"missing", func(b *builder) string { return "99 0 R" }, "", false},
		{"missing in the array", func(b *builder) string { return "[" + b.stream("", shown) + " 99 0 R]" }, "A", false},
		{"unknown filter", func(b *builder) string { return b.stream("/Filter/JBIG2Decode", "x") }, "", false},
		{"operands at the end", func(b *builder) string { return b.stream("", shown+" 1 2") }, "A", false},
		{"no final ET", func(b *builder) string { return b.stream("", "BT /F1 10 Tf 10 50 Td (A) Tj") }, "A", true},
		{"Q too often", func(b *builder) string { return b.stream("", "Q Q "+shown+" Q") }, "A", true},
		{"q too often", func(b *builder) string { return b.stream("", strings.Repeat("q ", 5000)+shown) }, "A", false},
		{"unknown operator, allowed", func(b *builder) string { return b.stream("", "BX foo EX "+shown) }, "A", true},
		{"glyph beyond any page", func(b *builder) string { return b.stream("", "BT /F1 10 Tf 1e200 1e200 Td (A) Tj ET") }, "", false},
		{"unknown operator", func(b *builder) string { return b.stream("", "foo "+shown) }, "A", false},
		{"stray bracket", func(b *builder) string { return b.stream("", ") "+shown) }, "A", false},
		{"odd escape", func(b *builder) string { return b.stream("", `BT /F1 10 Tf 10 50 Td (\w\101) Tj ET`) }, "wA", true},
		{"comment", func(b *builder) string { return b.stream("", "% (\n"+shown) }, "A", true},
		{"no font", func(b *builder) string { return b.stream("", "BT (A) Tj ET") }, "", false},
		{"missing font", func(b *builder) string { return b.stream("", "BT /F9 1 Tf (A) Tj ET") }, "", false},
		{"deep arrays", func(b *builder) string { return b.stream("", strings.Repeat("[", 300000)+" n "+shown) }, "A", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := &builder{}
			p := read(t, b.onePage(tt.build(b), "", ""))
			if got := text(p); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if p.Clean != tt.clean {
				t.Errorf("clean: got %v, want %v: %v", p.Clean, tt.clean, p.Warnings)
			}
		})
	}
}

func TestInlineImage(t *testing.T) {
	tests := []struct {
		name, contents string
		clean          bool
	}{
		{"raw, holding EI", "BI /W 4 /H 2 /BPC 8 /CS /G ID a EI Q b EI", true},
		{"mask", "BI /W 16/H 2/IM true ID  EI EI", true},
		{"filtered", "BI /W 4 /H 2 /BPC 8 /CS /RGB /F [/A85 /Fl] ID abcdef~> EI", true},
		{"length given", "BI /W 4 /L 5 ID a EI  EI", true},
		{"indexed", "BI /W 4 /H 1 /BPC 8 /CS [/Indexed /RGB 1 <000000FFFFFF>] ID \x01\x02\x03\x04 EI", true},
		{"no end", "BI /W 4 /H 1 ID abc", false},
		{"no data", "BI /W 4 Q", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := readContents(t, "q 20 0 0 10 5 5 cm "+tt.contents+" Q "+shown)
			if tt.clean {
				if got := text(p); got != "A" {
					t.Errorf("text: got %q, want A", got)
				}
				if diff := cmp.Diff(p.Images, []pdf.Rect{{X0: 5, Y0: 85, X1: 25, Y1: 95}}); diff != "" {
					t.Errorf("images (-got +want):\n%s", diff)
				}
			}
			if p.Clean != tt.clean {
				t.Errorf("clean: got %v, want %v: %v", p.Clean, tt.clean, p.Warnings)
			}
		})
	}
}

func TestForms(t *testing.T) {
	const inner = "BT /F1 10 Tf 0 0 Td (A) Tj ET 0 5 m 50 5 l S"
	tests := []struct {
		name     string
		form     string // of form X; SELF is its own reference
		data     string
		contents string
		want     []string
		rulings  []string
		clean    bool
	}{
		{"plain", "/BBox[0 0 200 100]", inner, "/X Do", []string{"A 0.00 100.00 10 0"}, []string{"0 95 50 95"}, true},
		{"matrix", "/BBox[0 0 200 100]/Matrix[2 0 0 2 10 20]", inner, "/X Do", []string{"A 10.00 80.00 20 0"}, []string{"10 70 110 70"}, true},
		{"cm and matrix", "/BBox[0 0 200 100]/Matrix[1 0 0 1 10 0]", inner, "q 2 0 0 2 0 0 cm /X Do Q", []string{"A 20.00 100.00 20 0"}, []string{"20 90 120 90"}, true},
		{"clipped by its box", "/BBox[0 0 30 100]", inner, "/X Do", []string{"A 0.00 100.00 10 0"}, []string{"0 95 30 95"}, true},
		{"painted twice", "/BBox[0 0 200 100]", inner, "/X Do 1 0 0 1 0 20 cm /X Do", []string{"A 0.00 100.00 10 0", "A 0.00 80.00 10 0"}, []string{"0 95 50 95", "0 75 50 75"}, true},
		{"state does not leak", "/BBox[0 0 200 100]", "q q 9 0 0 9 9 9 cm BT /F1 99 Tf", "BT /F1 10 Tf ET /X Do BT (A) Tj ET", []string{"A 0.00 100.00 10 0"}, nil, true},
		{"Q does not reach out", "/BBox[0 0 200 100]", "Q Q", "q 1 0 0 1 5 0 cm /X Do BT /F1 10 Tf (A) Tj ET Q", []string{"A 5.00 100.00 10 0"}, nil, true},
		{"own resources", "/BBox[0 0 200 100]/Resources<</Font<</G F>>>>", "BT /G 10 Tf (A) Tj /F1 5 Tf (A) Tj ET", "/X Do", []string{"A 0.00 100.00 10 0", "A 6.67 100.00 5 0"}, nil, true},
		{"calls itself", "/BBox[0 0 200 100]/Resources<</XObject<</X SELF>>>>", inner + " /X Do /X Do", "/X Do", []string{"A 0.00 100.00 10 0"}, []string{"0 95 50 95"}, true},
		{"missing", "/BBox[0 0 200 100]", inner, "/Y Do", nil, nil, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := &builder{}
			f := b.add("<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>")
			self := fmt.Sprintf("%d 0 R", len(b.bodies)+1)
			form := strings.NewReplacer("SELF", self, "/G F>>", "/G "+f+">>").Replace(tt.form)
			x := b.stream("/Type/XObject/Subtype/Form"+form, tt.data)
			p := read(t, b.onePage(b.stream("", tt.contents), "", "/XObject<</X "+x+">>"))
			if diff := cmp.Diff(at(p), tt.want); diff != "" {
				t.Errorf("glyphs (-got +want):\n%s", diff)
			}
			if diff := cmp.Diff(rulings(p), tt.rulings); diff != "" {
				t.Errorf("rulings (-got +want):\n%s", diff)
			}
			if p.Clean != tt.clean {
				t.Errorf("clean: got %v, want %v: %v", p.Clean, tt.clean, p.Warnings)
			}
		})
	}
}

// Twenty forms, each painting the next twice: a million paintings, if all were followed.
func TestFormTower(t *testing.T) {
	b := &builder{}
	below := b.stream("/Subtype/Form/BBox[0 0 9 9]", shown)
	for range 20 {
		below = b.stream("/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X "+below+">>>>", "/X Do /X Do")
	}
	p := read(t, b.onePage(b.stream("", "/X Do"), "", "/XObject<</X "+below+">>"))
	if p.Clean {
		t.Error("clean, though forms were left out")
	}
}

func TestTree(t *testing.T) {
	leaf := func(b *builder, extra string) string {
		return b.add("<</Type/Page" + extra + "/Contents " + b.stream("", shown) + ">>")
	}
	font := func(b *builder) string {
		return "/Resources<</Font<</F1 " + b.add("<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>") + ">>>>/MediaBox[0 0 200 100]"
	}
	tests := []struct {
		name     string
		build    func(b *builder) string // returns the reference to the root of the tree
		pages    int
		warnings []schemas.Code
		reject   schemas.Code
	}{
		{"attributes from above", func(b *builder) string {
			return b.add("<</Type/Pages" + font(b) + "/Count 2/Kids[" + leaf(b, "") + leaf(b, "/MediaBox[0 0 10 10]") + "]>>")
		}, 2, nil, ""},
		{"two levels", func(b *builder) string {
			inner := b.add("<</Type/Pages/Count 2/Kids[" + leaf(b, "") + leaf(b, "") + "]>>")
			return b.add("<</Type/Pages" + font(b) + "/Count 3/Kids[" + inner + leaf(b, "") + "]>>")
		}, 3, nil, ""},
		{"indirect kids", func(b *builder) string {
			return b.add("<</Type/Pages" + font(b) + "/Count 1/Kids " + b.add("["+leaf(b, "")+"]") + ">>")
		}, 1, nil, ""},
		{"no types", func(b *builder) string {
			page := b.add("<</Contents " + b.stream("", shown) + ">>")
			return b.add("<<" + font(b) + "/Count 1/Kids[" + page + "]>>")
		}, 1, nil, ""},
		{"its own kid", func(b *builder) string {
			self := fmt.Sprintf("%d 0 R", len(b.bodies)+4)
			return b.add("<</Type/Pages" + font(b) + "/Count 9/Kids[" + leaf(b, "") + self + " " + self + "]>>")
		}, 1, []schemas.Code{schemas.Damaged}, ""},
		{"a kid is missing", func(b *builder) string {
			return b.add("<</Type/Pages" + font(b) + "/Count 2/Kids[" + leaf(b, "") + " 99 0 R]>>")
		}, 1, []schemas.Code{schemas.Damaged}, ""},
		{"count too high", func(b *builder) string {
			return b.add("<</Type/Pages" + font(b) + "/Count 1000000/Kids[" + leaf(b, "") + "]>>")
		}, 1, []schemas.Code{schemas.Damaged}, ""},
		{"no pages", func(b *builder) string { return b.add("<</Type/Pages/Count 0/Kids[]>>") }, 0, nil, schemas.NoPages},
		{"too many pages", func(b *builder) string {
			return b.add("<</Type/Pages" + font(b) + "/Count 4/Kids[" + leaf(b, "") + leaf(b, "") + leaf(b, "") + leaf(b, "") + "]>>")
		}, 0, nil, schemas.TooManyPages},
		{"vast page", func(b *builder) string {
			return b.add("<</Type/Pages" + font(b) + "/Count 1/Kids[" + leaf(b, "/MediaBox[0 0 2000000000 100]") + "]>>")
		}, 1, []schemas.Code{schemas.PageSize}, ""},
		{"empty page box", func(b *builder) string {
			return b.add("<</Type/Pages" + font(b) + "/Count 1/Kids[" + leaf(b, "/MediaBox[10 10 10 10]") + "]>>")
		}, 1, []schemas.Code{schemas.PageSize}, ""},
	}
	engine := content.New(pdf.Limits{MaxPages: 3})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := &builder{}
			doc, err := engine.Open(t.Context(), b.file(b.catalog(tt.build(b))))
			if r := schemas.AsRejection(err); tt.reject != "" {
				if r == nil || r.Code != tt.reject {
					t.Errorf("got %v, want a rejection as %s", err, tt.reject)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := doc.NumPages(); got != tt.pages {
				t.Errorf("pages: got %d, want %d", got, tt.pages)
			}
			if diff := cmp.Diff(codes(doc.Warnings()), tt.warnings); diff != "" {
				t.Errorf("warnings (-got +want):\n%s", diff)
			}
			for n := 1; n <= tt.pages; n++ {
				p, err := doc.Page(t.Context(), n)
				if err != nil {
					t.Fatal(err)
				}
				if got := strings.Trim(text(p), "{}"); got != "A" || p.Number != n {
					t.Errorf("page %d: got %q as page %d, want A", n, got, p.Number)
				}
			}
		})
	}
}

func TestLimits(t *testing.T) {
	b := &builder{}
	long := b.stream("", strings.Repeat("n ", 2000)+shown)
	data := b.onePage(long, "", "")
	tests := []struct {
		name   string
		limits pdf.Limits
		reject schemas.Code
		clean  bool
	}{
		{"none", pdf.Limits{}, "", true},
		{"stream", pdf.Limits{MaxStream: 1000}, schemas.TooLarge, false},
		{"page", pdf.Limits{MaxInflated: 1000}, schemas.TooLarge, false},
		{"operators", pdf.Limits{MaxOperators: 1000}, "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			doc, err := content.New(tt.limits).Open(t.Context(), data)
			if err != nil {
				t.Fatal(err)
			}
			p, err := doc.Page(t.Context(), 1)
			if r := schemas.AsRejection(err); tt.reject != "" {
				if r == nil || r.Code != tt.reject {
					t.Errorf("got %v, want a rejection as %s", err, tt.reject)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if p.Clean != tt.clean {
				t.Errorf("clean: got %v, want %v: %v", p.Clean, tt.clean, p.Warnings)
			}
		})
	}
}

func TestGlyphLimit(t *testing.T) {
	b := &builder{}
	data := b.onePage(b.stream("", "BT /F1 10 Tf "+strings.Repeat("(AAAAAAAAAA) Tj ", 100)+"ET"), "", "")
	doc, err := content.New(pdf.Limits{MaxGlyphs: 100}).Open(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	p, err := doc.Page(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Glyphs) > 101 || p.Clean {
		t.Errorf("got %d glyphs, clean %v; want about 100, not clean", len(p.Glyphs), p.Clean)
	}
}

func TestOpenErrors(t *testing.T) {
	b := &builder{}
	good := b.onePage(b.stream("", shown), "", "")
	engine := content.New(pdf.Limits{})
	if _, err := engine.Open(t.Context(), nil); schemas.AsRejection(err) == nil || schemas.AsRejection(err).Code != schemas.EmptyFile {
		t.Errorf("no bytes: got %v, want a rejection as empty", err)
	}
	for name, data := range map[string][]byte{
		"cut off": good[:len(good)/2], "no tree": (&builder{}).file("1 0 R"), "text": []byte("hello"),
	} {
		if _, err := engine.Open(t.Context(), data); err == nil || schemas.AsRejection(err) != nil {
			t.Errorf("%s: got %v, want a plain error", name, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := engine.Open(ctx, good); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: got %v", err)
	}
	doc := open(t, good)
	if _, err := doc.Page(t.Context(), 2); err == nil {
		t.Error("page 2 of 1: got no error")
	}
}

func TestCancelledPage(t *testing.T) {
	b := &builder{}
	doc := open(t, b.onePage(b.stream("", strings.Repeat("n ", 5000)), "", ""))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := doc.Page(ctx, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
}
