package content_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yusuan/extractor/pdf"
)

// readFont shows a string, in hexadecimal, with one font at size 10.
func readFont(t testing.TB, font func(b *builder) string, hex string) *pdf.Page {
	t.Helper()
	b := &builder{}
	f := font(b)
	return read(t, b.onePage(b.stream("", "BT /F 10 Tf 0 50 Td <"+hex+"> Tj ET"), "", "/Font<</F "+f+">>"))
}

// toUnicode is a ToUnicode stream with this body.
func toUnicode(b *builder, body string) string {
	return "/ToUnicode " + b.stream("", "begincmap 1 begincodespacerange <00> <FF> endcodespacerange "+body+" endcmap")
}

// embed adds a font file and returns the descriptor's entry for it.
func embed(t testing.TB, b *builder, key, name string) string {
	t.Helper()
	data, err := os.ReadFile("font/testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return "/FontDescriptor " + b.add("<</Type/FontDescriptor/Flags 4/FontName/X/"+key+" "+b.stream("", string(data))+">>")
}

func TestSimpleFonts(t *testing.T) {
	const helvetica = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica"
	tests := []struct {
		name  string
		font  func(b *builder) string
		hex   string
		want  string
		x     string // origins
		clean bool
	}{
		{"standard widths", func(b *builder) string { return b.add(helvetica + ">>") }, "414249", "ABI", "0 6.67 13.34", true},
		{"oblique", func(b *builder) string {
			return b.add("<</Type/Font/Subtype/Type1/BaseFont/Helvetica-BoldOblique>>")
		}, "4142", "AB", "0 7.22", true},
		{"Courier", func(b *builder) string { return b.add("<</Type/Font/Subtype/Type1/BaseFont/Courier-Bold>>") }, "4142", "AB", "0 6", true},
		{"Times by another name", func(b *builder) string {
			return b.add("<</Type/Font/Subtype/TrueType/BaseFont/TimesNewRoman,Bold/Encoding/WinAnsiEncoding>>")
		}, "4142", "AB", "0 7.22", true},
		{"widths", func(b *builder) string { return b.add(helvetica + "/FirstChar 65/Widths[100 200]>>") }, "414241", "ABA", "0 1 3", true},
		{"missing width", func(b *builder) string {
			return b.add(helvetica + "/FirstChar 66/Widths[200]/FontDescriptor<</MissingWidth 300>>>>")
		}, "414241", "ABA", "0 3 5", true},
		{"standard encoding", func(b *builder) string { return b.add(helvetica + ">>") }, "27AE", "’ﬁ", "0 2.22", true},
		{"WinAnsi", func(b *builder) string { return b.add(helvetica + "/Encoding/WinAnsiEncoding>>") }, "2780A0", "'€ ", "0 1.91 7.47", true},
		{"MacRoman", func(b *builder) string { return b.add(helvetica + "/Encoding/MacRomanEncoding>>") }, "80", "Ä", "0", true},
		{"Symbol", func(b *builder) string { return b.add("<</Type/Font/Subtype/Type1/BaseFont/Symbol>>") }, "61", "α", "0", true},
		{"differences", func(b *builder) string {
			return b.add(helvetica + "/Encoding<</BaseEncoding/WinAnsiEncoding/Differences[65/B/uni4E00 97/f_i/u2000B]>>>>")
		}, "4142436162", "B一Cfi𠀋", "0 6.67 11.67 18.89 23.89", true},
		{"names that say nothing", func(b *builder) string { return b.add(helvetica + "/Encoding<</Differences[65/g1]>>>>") }, "41", "\uFFFD", "0", false},
		{"ToUnicode before the encoding", func(b *builder) string {
			return b.add(helvetica + "/Encoding/WinAnsiEncoding" + toUnicode(b, "beginbfchar <41> <4F60> endbfchar") + ">>")
		}, "4142", "你B", "0 6.67", true},
		{"ToUnicode to nothing", func(b *builder) string {
			return b.add(helvetica + "/Encoding<</Differences[65/g1/g2]>>" + toUnicode(b, "beginbfchar <41> <0000> <42> <> endbfchar") + ">>")
		}, "4142", "\uFFFD\uFFFD", "0 5", false},
		{"surrogates and ligatures", func(b *builder) string {
			return b.add(helvetica + toUnicode(b, "beginbfchar <41> <D840DC0B> <42> <00660066> endbfchar") + ">>")
		}, "4142", "𠀋ff", "0 6.67", true},
		{"white space", func(b *builder) string {
			return b.add(helvetica + toUnicode(b, "beginbfrange <41> <43> [<3000> <00A0> <0009>] endbfrange") + ">>")
		}, "414243", "   ", "0 6.67 13.34", true},
		{"Type 3", func(b *builder) string {
			return b.add("<</Type/Font/Subtype/Type3/FontMatrix[.01 0 0 .01 0 0]/FontBBox[0 -20 100 80]/FirstChar 65/Widths[50 60]/Encoding<</Differences[65/a/b]>>>>")
		}, "4142", "ab", "0 5", true},
		{"symbolic TrueType", func(b *builder) string {
			return b.add("<</Type/Font/Subtype/TrueType/BaseFont/X/FirstChar 33/Widths[500 500]" + embed(t, b, "FontFile2", "symbol.ttf") + ">>")
		}, "2122", "A一", "0 5", true},
		{"embedded Type 1", func(b *builder) string {
			return b.add("<</Type/Font/Subtype/Type1/BaseFont/X/FirstChar 65/Widths[500 500 500]" + embed(t, b, "FontFile", "encoding.pfa") + ">>")
		}, "414243", "A一\uFFFD", "0 5 10", false},
		{"embedded CFF", func(b *builder) string {
			return b.add("<</Type/Font/Subtype/Type1/BaseFont/X/FirstChar 65/Widths[500]" + embed(t, b, "FontFile3", "names.cff") + ">>")
		}, "41", "A", "0", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			checkFont(t, readFont(t, tt.font, tt.hex), tt.want, tt.x, tt.clean)
		})
	}
}

func checkFont(t *testing.T, p *pdf.Page, want, x string, clean bool) {
	t.Helper()
	if got := text(p); got != want {
		t.Errorf("text: got %q, want %q", got, want)
	}
	var xs []string
	for _, g := range p.Glyphs {
		xs = append(xs, fmt.Sprintf("%.4g", g.X))
	}
	if diff := cmp.Diff(strings.Join(xs, " "), x); diff != "" {
		t.Errorf("origins (-got +want):\n%s", diff)
	}
	if p.Clean != clean {
		t.Errorf("clean: got %v, want %v: %v", p.Clean, clean, p.Warnings)
	}
}

// song is a Type0 font whose descendant is not embedded.
func song(encoding, ordering, more string) func(b *builder) string {
	return func(b *builder) string {
		d := b.add("<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/CIDSystemInfo<</Registry(Adobe)/Ordering(" + ordering +
			")/Supplement 4>>" + more + ">>")
		return b.add("<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding" + encoding + "/DescendantFonts[" + d + "]>>")
	}
}

func TestCompositeFonts(t *testing.T) {
	tests := []struct {
		name  string
		font  func(b *builder) string
		hex   string
		want  string
		x     string
		clean bool
	}{
		{"default width", song("/UniGB-UCS2-H", "GB1", ""), "4E004E01", "一丁", "0 10", true},
		{"DW and W", song("/UniGB-UCS2-H", "GB1", "/DW 900/W[1 95 500 4162[800]]"), "4E0000314E014E00", "一1丁一", "0 8 13 22", true},
		{"UTF-16", song("/UniGB-UTF16-H", "GB1", "/W[1 95 500]"), "4E00D840DC870031", "一𠂇1", "0 10 20", true},
		{"GBK, proportional", song("/GBKp-EUC-H", "GB1", "/W[1 95 500]"), "31D2BB32", "1一2", "0 5 15", true},
		{"GBK, half-width", song("/GBK-EUC-H", "GB1", "/W[814 939 500]"), "31D2BB32", "1一2", "0 5 15", true},
		{"CIDs of a collection", song("/Identity-H", "GB1", "/W[1 95 500]"), "0012104200131042", "1一2一", "0 5 15 20", true},
		{"collection of Japan", song("/90ms-RKSJ-H", "Japan1", ""), "88EA", "一", "0", true},
		{"no collection", song("/Identity-H", "Identity", ""), "0012", "\uFFFD", "0", false},
		{"unknown CMap", song("/Nobody-H", "GB1", ""), "0012", "1", "0", false},
		{"ToUnicode before all", func(b *builder) string {
			font := song("/UniGB-UCS2-H", "GB1", "")(b)
			b.bodies[len(b.bodies)-1] = strings.Replace(b.bodies[len(b.bodies)-1], "/Type0", "/Type0/ToUnicode 1 0 R", 1)
			return font
		}, "4E00", "\uFFFD", "0", false},
		{"ToUnicode by name", func(b *builder) string {
			font := song("/Identity-H", "Identity", "")(b)
			b.bodies[len(b.bodies)-1] = strings.Replace(b.bodies[len(b.bodies)-1], "/Type0", "/Type0/ToUnicode/Identity-H", 1)
			return font
		}, "4E00", "一", "0", true},
		{"embedded CMap", func(b *builder) string {
			m := b.stream("/Type/CMap/CMapName/X", "1 begincodespacerange <00> <FF> endcodespacerange 1 begincidrange <41> <42> 18 endcidrange")
			return song(" "+m, "GB1", "/W[18[500]]")(b)
		}, "41424D", "12\uFFFD", "0 5 15", false},
		{"embedded CMap on a predefined one", func(b *builder) string {
			m := b.stream("/Type/CMap/CMapName/X/UseCMap/GBK-EUC-H", "/GBK-EUC-H usecmap 1 begincidchar <D2BB> 18 endcidchar")
			return song(" "+m, "GB1", "")(b)
		}, "D2BBD2BC", "1壹", "0 10", true},
		{"TrueType without ToUnicode", func(b *builder) string {
			return b.add("<</Type/Font/Subtype/Type0/Encoding/Identity-H/DescendantFonts[<</Type/Font/Subtype/CIDFontType2/BaseFont/X/DW 500" +
				"/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)>>" + embed(t, b, "FontFile2", "unicode.ttf") + ">>]>>")
		}, "00010003", "A一", "0 5", true},
		{"TrueType with a glyph map", func(b *builder) string {
			return b.add("<</Type/Font/Subtype/Type0/Encoding/Identity-H/DescendantFonts[<</Type/Font/Subtype/CIDFontType2/BaseFont/X/DW 500" +
				"/CIDToGIDMap " + b.stream("", "\x00\x00\x00\x03\x00\x01") + embed(t, b, "FontFile2", "unicode.ttf") + ">>]>>")
		}, "000100020009", "一A\uFFFD", "0 5 10", false},
		{"collection claimed by TrueType", func(b *builder) string {
			return b.add("<</Type/Font/Subtype/Type0/Encoding/Identity-H/DescendantFonts[<</Type/Font/Subtype/CIDFontType2/BaseFont/X" +
				"/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)>>" + embed(t, b, "FontFile2", "unicode.ttf") + ">>]>>")
		}, "1042", "一", "0", false},
		{"CFF without ToUnicode", func(b *builder) string {
			return b.add("<</Type/Font/Subtype/Type0/Encoding/Identity-H/DescendantFonts[<</Type/Font/Subtype/CIDFontType0/BaseFont/X" +
				embed(t, b, "FontFile3", "names.cff") + ">>]>>")
		}, "00010003", "A一", "0 10", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.name == "ToUnicode before all" { // object 1 is its ToUnicode
				inner := tt.font
				tt.font = func(b *builder) string {
					b.stream("", "beginbfchar <4E00> <4F60> endbfchar")
					return inner(b)
				}
				tt.want, tt.clean = "你", true
			}
			checkFont(t, readFont(t, tt.font, tt.hex), tt.want, tt.x, tt.clean)
		})
	}
}

func TestVertical(t *testing.T) {
	tests := []struct {
		name, more string
		want       []string // text, origin, advance, angle
		box        pdf.Rect // of the first glyph
	}{
		{"normal", "", []string{"一 -5 58.8 10 90", "丁 -5 68.8 10 90"}, pdf.Rect{X0: -5, Y0: 50, X1: 5, Y1: 60}},
		{"DW2", "/DW2[700 -800]", []string{"一 -5 57 8 90", "丁 -5 65 8 90"}, pdf.Rect{X0: -5, Y0: 48.2, X1: 5, Y1: 58.2}},
		{"W2", "/W2[4162[-500 300 900]]", []string{"一 -3 59 5 90", "丁 -5 63.8 10 90"}, pdf.Rect{X0: -3, Y0: 50.2, X1: 7, Y1: 60.2}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := readFont(t, song("/UniGB-UCS2-V", "GB1", tt.more), "4E004E01")
			var got []string
			for _, g := range p.Glyphs {
				got = append(got, fmt.Sprintf("%s %.4g %.4g %.4g %.4g", g.Text, g.X, g.Y, g.Advance, g.Angle))
			}
			if diff := cmp.Diff(got, tt.want); diff != "" {
				t.Errorf("glyphs (-got +want):\n%s", diff)
			}
			b := p.Glyphs[0].Box
			if got, want := fmt.Sprintf("%.4g", []float64{b.X0, b.Y0, b.X1, b.Y1}), fmt.Sprintf("%.4g", []float64{tt.box.X0, tt.box.Y0, tt.box.X1, tt.box.Y1}); got != want {
				t.Errorf("box: got %s, want %s", got, want)
			}
		})
	}
}

func TestFontFacts(t *testing.T) {
	tests := []struct {
		name, font string
		want       pdf.Font
	}{
		{"plain", "/BaseFont/ABCDEF+SimSun", pdf.Font{Name: "SimSun"}},
		{"bold by name", "/BaseFont/Arial,Bold", pdf.Font{Name: "Arial,Bold", Bold: true}},
		{"bold by flag", "/BaseFont/X/FontDescriptor<</Flags 262148>>", pdf.Font{Name: "X", Bold: true}},
		{"bold by weight", "/BaseFont/X/FontDescriptor<</FontWeight 700>>", pdf.Font{Name: "X", Bold: true}},
		{"name in GBK", "/BaseFont/ABCDEF+#CB#CE#CC#E5", pdf.Font{Name: "宋体"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := readFont(t, func(b *builder) string { return b.add("<</Type/Font/Subtype/TrueType" + tt.font + ">>") }, "41")
			if diff := cmp.Diff(p.Fonts, []pdf.Font{tt.want}); diff != "" {
				t.Errorf("fonts (-got +want):\n%s", diff)
			}
		})
	}
}

// Fonts of different pages may share a name and not be the same.
func TestFontsByReference(t *testing.T) {
	b := &builder{}
	var kids string
	for _, s := range []string{"4F60", "597D"} {
		f := b.add("<</Type/Font/Subtype/Type1/BaseFont/Helvetica" + toUnicode(b, "beginbfchar <41> <"+s+"> endbfchar") + ">>")
		kids += b.add("<</Type/Page/MediaBox[0 0 200 100]/Contents " + b.stream("", shown) + "/Resources<</Font<</F1 " + f + ">>>>>>")
	}
	doc := open(t, b.file(b.catalog(b.add("<</Type/Pages/Count 2/Kids["+kids+"]>>"))))
	for i, want := range []string{"你", "好"} {
		p, err := doc.Page(t.Context(), i+1)
		if err != nil {
			t.Fatal(err)
		}
		if got := text(p); got != want {
			t.Errorf("page %d: got %q, want %q", i+1, got, want)
		}
	}
}
