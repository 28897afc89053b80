package pdfium_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"yusuan/extractor/pdf"
	"yusuan/extractor/pdf/pdfium"
)

// A sheet describes one page of a made-up PDF. Fonts: F1 Helvetica, F2 STSong-Light (not embedded, horizontal), F3 the same
// (vertical), F4 Helvetica whose /Differences name the ligature fi, F5 a composite font without any map. States: G0 is fully
// transparent.
type sheet struct {
	content string
	box     string // MediaBox, default 0 0 595 842
	extra   string // more entries of the page dictionary
	forms   []string
}

// file writes a PDF with the given pages.
func file(sheets ...sheet) []byte {
	objs := []string{"<</Type/Catalog/Pages 2 0 R>>", "", // 2 is the page tree
		"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
		song("UniGB-UTF16-H"), song("UniGB-UTF16-V"),
		"<</Type/Font/Subtype/Type1/BaseFont/ABCDEF+Helvetica-Bold/Encoding<</Differences[65/fi/B]>>>>",
		"<</ca 0/CA 0>>",
		"<</Type/Font/Subtype/Type0/BaseFont/Nowhere/Encoding/Identity-H/DescendantFonts[<</Type/Font/Subtype/CIDFontType2" +
			"/BaseFont/Nowhere/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/DW 1000/FontDescriptor<</Type" +
			"/FontDescriptor/FontName/Nowhere/Flags 4/FontBBox[0 -120 1000 880]/ItalicAngle 0/Ascent 880/Descent -120" +
			"/CapHeight 880/StemV 93>>>>]>>",
	}
	var kids []string
	for _, s := range sheets {
		res := "/Font<</F1 3 0 R/F2 4 0 R/F3 5 0 R/F4 6 0 R/F5 8 0 R>>/ExtGState<</G0 7 0 R>>"
		var names string
		for i, f := range s.forms {
			objs = append(objs, stream("/Type/XObject/Subtype/Form/BBox[-1000 -1000 1000 1000]/Resources<<"+res+"/XObject<<"+names+">>>>"+" ", f))
			names += fmt.Sprintf("/X%d %d 0 R", i, len(objs))
		}
		objs = append(objs, stream("", s.content))
		content := len(objs)
		box := s.box
		if box == "" {
			box = "0 0 595 842"
		}
		objs = append(objs, fmt.Sprintf("<</Type/Page/Parent 2 0 R/MediaBox[%s]%s/Resources<<%s/XObject<<%s>>>>/Contents %d 0 R>>",
			box, s.extra, res, names, content))
		kids = append(kids, fmt.Sprintf("%d 0 R", len(objs)))
	}
	objs[1] = fmt.Sprintf("<</Type/Pages/Kids[%s]/Count %d>>", strings.Join(kids, " "), len(kids))
	return join(objs)
}

func song(cmap string) string {
	return "<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/" + cmap + "/DescendantFonts[<</Type/Font/Subtype/CIDFontType0" +
		"/BaseFont/STSong-Light/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 4>>/DW 1000/FontDescriptor<</Type" +
		"/FontDescriptor/FontName/STSong-Light/Flags 6/FontBBox[-25 -254 1000 880]/ItalicAngle 0/Ascent 880/Descent -120" +
		"/CapHeight 880/StemV 93>>>>]>>"
}

func stream(dict, data string) string {
	return fmt.Sprintf("<<%s/Length %d>>stream\n%s\nendstream", dict, len(data), data)
}

// join writes numbered objects, the first being the catalogue, with their cross-reference table.
func join(objs []string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n")
	at := make([]int, len(objs))
	for i, o := range objs {
		at[i] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	x := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objs)+1)
	for _, o := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(objs)+1, x)
	return b.Bytes()
}

// engine is one engine for all tests, since compiling the module takes seconds.
var engine = sync.OnceValues(func() (*pdfium.Engine, error) { return pdfium.New(pdfium.Config{}) })

func open(t *testing.T, data []byte) pdf.Document {
	t.Helper()
	e, err := engine()
	if err != nil {
		t.Fatal(err)
	}
	d, err := e.Open(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func page(t *testing.T, d pdf.Document, n int) *pdf.Page {
	t.Helper()
	p, err := d.Page(context.Background(), n)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
