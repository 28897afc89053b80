package content_test

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"yusuan/extractor/pdf"
	"yusuan/extractor/pdf/content"
)

// seeds returns the files in a folder of testdata, of which there must be some.
func seeds(t testing.TB, folder string) [][]byte {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("testdata", folder, "*"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no seeds in %s: %v", folder, err)
	}
	var out [][]byte
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, data)
	}
	return out
}

// narrow keeps one run of a fuzz target short.
var narrow = pdf.Limits{MaxStream: 1 << 20, MaxInflated: 2 << 20, MaxOperators: 20000, MaxGlyphs: 5000, MaxPages: 20}

// sound checks what holds for every page, whatever the file.
func sound(t *testing.T, p *pdf.Page) {
	t.Helper()
	if len(p.Glyphs) > narrow.MaxGlyphs+1 {
		t.Fatalf("%d glyphs", len(p.Glyphs))
	}
	for _, g := range p.Glyphs {
		if g.Text == "" || g.Font < 0 || g.Font >= len(p.Fonts) {
			t.Fatalf("glyph %+v", g)
		}
		for _, x := range []float64{g.X, g.Y, g.Size, g.Angle, g.Advance, g.Box.X0, g.Box.X1, g.Box.Y0, g.Box.Y1} {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				t.Fatalf("glyph %+v", g)
			}
		}
		if g.Text == "\uFFFD" && p.Clean {
			t.Fatal("clean, with an unknown glyph")
		}
	}
	for _, r := range p.Rulings {
		if r.X0 > r.X1 || r.Y0 > r.Y1 || r.X0 != r.X1 && r.Y0 != r.Y1 {
			t.Fatalf("ruling %+v", r)
		}
	}
	if !p.Clean && len(p.Warnings) == 0 {
		t.Fatal("not clean, and no warning says why")
	}
}

func FuzzContents(f *testing.F) {
	for _, data := range seeds(f, "contents") {
		f.Add(data)
	}
	engine := content.New(narrow)
	f.Fuzz(func(t *testing.T, data []byte) {
		b := &builder{}
		x := b.stream("/Subtype/Form/BBox[0 0 200 100]/Matrix[1 0 0 1 3 3]", string(data))
		song := song("/GBK-EUC-H", "GB1", "")(b)
		f1 := b.add("<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>")
		doc, err := engine.Open(t.Context(), b.onePage(b.stream("", string(data)), "/Rotate 90", "/XObject<</X "+x+">>/Font<</F1 "+f1+"/F2 "+song+">>"))
		if err != nil {
			return // the data holds words that take the builder's file apart
		}
		p, err := doc.Page(t.Context(), 1)
		if err != nil {
			return
		}
		sound(t, p)
	})
}

func FuzzFile(f *testing.F) {
	for _, data := range seeds(f, "files") {
		f.Add(data)
	}
	engine := content.New(narrow)
	f.Fuzz(func(t *testing.T, data []byte) {
		doc, err := engine.Open(t.Context(), data)
		if err != nil {
			return
		}
		for n := range min(doc.NumPages(), 3) {
			if p, err := doc.Page(t.Context(), n+1); err == nil {
				sound(t, p)
			}
		}
	})
}

// tablePage is the contents of a page with a ruled table of rows and text in Chinese.
func tablePage(rows int) string {
	var s strings.Builder
	for i := range rows {
		y := 780 - 12*i
		fmt.Fprintf(&s, "q 0.5 w 50 %d m 550 %d l S Q\n", y-3, y-3)
		for j, text := range []string{"<B1BEC4EACAD5C8EB>", "<D2BBB0E3B9ABB9B2D4A4CBE3B2A6BFEE>", "(1234.56)", "(100.00)"} {
			fmt.Fprintf(&s, "BT /F2 9 Tf 1 0 0 1 %d %d Tm %s Tj ET\n", 52+120*j, y, text)
		}
	}
	return s.String()
}

func BenchmarkPage(b *testing.B) {
	w := &builder{}
	f2 := song("/GBK-EUC-H", "GB1", "/W[814 939 500]")(w)
	data := w.onePage(w.stream("", tablePage(50)), "/MediaBox[0 0 595 842]", "/Font<</F2 "+f2+">>")
	engine := content.New(pdf.Limits{})
	doc, err := engine.Open(b.Context(), data)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		p, err := doc.Page(b.Context(), 1)
		if err != nil || len(p.Glyphs) != 50*25 || len(p.Rulings) != 50 {
			b.Fatalf("%v: %d glyphs, %d rulings", err, len(p.Glyphs), len(p.Rulings))
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	w := &builder{}
	var kids strings.Builder
	for range 1000 {
		kids.WriteString(w.add("<</Type/Page/MediaBox[0 0 595 842]>>"))
	}
	data := w.file(w.catalog(w.add("<</Type/Pages/Count 1000/Kids[" + kids.String() + "]>>")))
	engine := content.New(pdf.Limits{})
	for b.Loop() {
		if _, err := engine.Open(b.Context(), data); err != nil {
			b.Fatal(err)
		}
	}
}
