package browser

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"
)

// A paper is a PDF that a test draws, on pages of A4 in portrait, in points from the top left.
type paper struct {
	pages []*strings.Builder
}

// The size of a page.
const (
	paperWidth  = 595
	paperHeight = 842
)

// page begins a page.
func (p *paper) page() { p.pages = append(p.pages, &strings.Builder{}) }

// text writes a line of text whose baseline is y under the top.
func (p *paper) text(x, y, size float64, text string) {
	var hex strings.Builder
	for _, u := range utf16.Encode([]rune(text)) {
		fmt.Fprintf(&hex, "%04X", u)
	}
	fmt.Fprintf(p.pages[len(p.pages)-1], "BT /F %g Tf %g %g Td <%s> Tj ET\n", size, x, paperHeight-y, hex.String())
}

// rule draws a line.
func (p *paper) rule(x0, y0, x1, y1 float64) {
	fmt.Fprintf(p.pages[len(p.pages)-1], "%g %g m %g %g l S\n", x0, paperHeight-y0, x1, paperHeight-y1)
}

// bytes is the file. Its font is one that is not in it, as many filings have it.
func (p *paper) bytes() []byte {
	var out bytes.Buffer
	var offsets []int
	object := func(format string, args ...any) {
		offsets = append(offsets, out.Len())
		fmt.Fprintf(&out, "%d 0 obj\n", len(offsets))
		fmt.Fprintf(&out, format, args...)
		out.WriteString("\nendobj\n")
	}
	out.WriteString("%PDF-1.7\n")
	const first = 6 // object of the first page
	var kids strings.Builder
	for i := range p.pages {
		fmt.Fprintf(&kids, "%d 0 R ", first+2*i)
	}
	object("<</Type/Catalog/Pages 2 0 R>>")
	object("<</Type/Pages/Count %d/Kids[%s]/MediaBox[0 0 %d %d]/Resources<</Font<</F 3 0 R>>>>>>", len(p.pages), kids.String(), paperWidth, paperHeight)
	object("<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H/DescendantFonts[4 0 R]>>")
	object("<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 2>>/FontDescriptor 5 0 R/DW 1000/W[1 95 500 814 939 500]>>")
	object("<</Type/FontDescriptor/FontName/STSong-Light/Flags 4/FontBBox[-25 -254 1000 880]/ItalicAngle 0/Ascent 880/Descent -120/CapHeight 880/StemV 93>>")
	for i, content := range p.pages {
		object("<</Type/Page/Parent 2 0 R/Contents %d 0 R>>", first+2*i+1)
		object("<</Length %d>>stream\n%sendstream", content.Len(), content.String())
	}
	start := out.Len()
	fmt.Fprintf(&out, "xref\n0 %d\n0000000000 65535 f \n", len(offsets)+1)
	for _, at := range offsets {
		fmt.Fprintf(&out, "%010d 00000 n \n", at)
	}
	fmt.Fprintf(&out, "trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(offsets)+1, start)
	return out.Bytes()
}

// The columns of a drawn table, and the height of its rows.
func tableEdges() []float64 { return []float64{50, 130, 290, 375, 460, 545} }

const rowHeight = 20

// table draws a ruled table from y on, as far as it goes on this page, and gives how many rows that were.
func (p *paper) table(y float64, rows [][]string) int {
	edges := tableEdges()
	n := min(len(rows), int((paperHeight-60-y)/rowHeight))
	bottom := y + float64(n)*rowHeight
	for _, x := range edges {
		p.rule(x, y, x, bottom)
	}
	for i := range n + 1 {
		p.rule(edges[0], y+float64(i)*rowHeight, edges[len(edges)-1], y+float64(i)*rowHeight)
	}
	for i, row := range rows[:n] {
		for c, cell := range row {
			p.text(edges[c]+4, y+float64(i)*rowHeight+14, 9, cell)
		}
	}
	return n
}

// disclosure draws a budget of a unit with a table of so many rows, and so many pages of narrative behind it.
func drawDisclosure(unit string, year, rows, narrative int) []byte {
	p := &paper{}
	p.page()
	p.text(120, 300, 22, fmt.Sprintf("%s%d年单位预算公开", unit, year))
	p.page()
	p.text(50, 60, 14, fmt.Sprintf("第二部分 %s%d年单位预算表", unit, year))
	p.text(200, 90, 14, "表1 单位支出总表")
	p.text(50, 112, 9, "编制单位："+unit)
	p.text(480, 112, 9, "单位：万元")
	list := [][]string{{"科目编码", "科目名称", "合计", "基本支出", "项目支出"}}
	for i := range rows {
		basic, project := 1000+i*7, 300+i*3
		list = append(list, []string{fmt.Sprintf("%d", 2080101+i%90), fmt.Sprintf("行政运行之%d", i+1), hundredths(basic + project), hundredths(basic), hundredths(project)})
	}
	for y := 120.0; ; y = 60 {
		n := p.table(y, list)
		if list = list[n:]; len(list) == 0 {
			break
		}
		p.page()
	}
	for i := range narrative {
		p.page()
		if i == 0 {
			p.text(50, 60, 14, fmt.Sprintf("第三部分 %s%d年单位预算情况说明", unit, year))
		}
		p.text(50, 90, 12, fmt.Sprintf("%s、第%d项情况说明", hanNumber(i+1), i+1))
		for line := range 28 {
			p.text(74, 115+float64(line)*22, 10, fmt.Sprintf("本单位%d年第%d项第%d行三公经费财政拨款预算%s万元，与上年持平，主要原因是厉行节约。", year, i+1, line+1, hundredths(i*100+line)))
		}
	}
	return p.bytes()
}

func hundredths(n int) string { return fmt.Sprintf("%d.%02d", n/100, n%100) }

// hanNumber writes 1 to 999 in Chinese.
func hanNumber(n int) string {
	digits := []rune("零一二三四五六七八九")
	var b strings.Builder
	switch {
	case n >= 100:
		b.WriteString(string(digits[n/100]) + "百")
		if n%100 == 0 {
			return b.String()
		}
		if n%100 < 10 {
			return b.String() + "零" + string(digits[n%10])
		}
		b.WriteString(string(digits[n%100/10]) + "十")
	case n >= 20:
		b.WriteString(string(digits[n/10]) + "十")
	case n >= 10:
		b.WriteString("十")
	}
	if n%10 > 0 {
		b.WriteString(string(digits[n%10]))
	}
	return b.String()
}

// TestPaper holds what is drawn to what the program reads of it.
func TestPaper(t *testing.T) {
	s := newServer(t, backends()[0], []string{drawn(t, 1000, 5)})
	var list struct {
		Disclosures []struct {
			ID, Unit string
			Pages    int
			Counts   struct{ Tables, Items int }
		}
	}
	s.get("/api/v1/disclosures", &list)
	if len(list.Disclosures) != 1 || list.Disclosures[0].Counts.Items != 3000 || list.Disclosures[0].Unit != "青禾县水文站" {
		t.Errorf("got %+v", list)
	}
}
