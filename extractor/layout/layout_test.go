package layout_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yusuan/extractor/layout"
	"yusuan/extractor/pdf"
)

// set puts text on a page, one glyph a character, from x on the baseline y.
func set(x, y, size float64, text string) []pdf.Glyph {
	var out []pdf.Glyph
	for _, r := range text {
		advance := size
		if r < 0x250 {
			advance = size / 2
		}
		out = append(out, pdf.Glyph{Text: string(r), X: x, Y: y, Advance: advance, Size: size,
			Box: pdf.Rect{X0: x, Y0: y - 0.88*size, X1: x + advance, Y1: y + 0.12*size}})
		x += advance
	}
	return out
}

func page(glyphs ...[]pdf.Glyph) *pdf.Page {
	p := &pdf.Page{Number: 1, Width: 595, Height: 842, Fonts: []pdf.Font{{Name: "F"}}}
	for _, g := range glyphs {
		p.Glyphs = append(p.Glyphs, g...)
	}
	return p
}

func texts(lines []layout.Line) []string {
	var out []string
	for _, l := range lines {
		out = append(out, l.Text)
	}
	return out
}

func TestLines(t *testing.T) {
	thin := set(100, 100, 12, "一般公共服务支出") // the box of 一 as ink would give it
	thin[0].Box.Y0, thin[0].Box.Y1 = 94, 95.4
	double := append(set(100, 100, 12, "合计"), set(100.4, 100, 12, "合计")...)
	hidden := set(100, 100, 12, "看不见")
	for i := range hidden {
		hidden[i].Hidden = true
	}
	askew := set(100, 100, 40, "公开信息")
	for i := range askew {
		askew[i].Angle = 35
	}
	tests := []struct {
		name   string
		glyphs []pdf.Glyph
		want   []string
	}{
		{"the ink of 一 is thin", thin, []string{"一般公共服务支出"}},
		{"no space between Han characters", set(100, 100, 12, "收 入 总 计"), []string{"收入总计"}},
		{"one space between Latin words", set(100, 100, 12, "PDF  version 2"), []string{"PDF version 2"}},
		{"none between figure and unit", set(100, 100, 12, "7376.85 万元"), []string{"7376.85万元"}},
		{"false bold is printed twice", double, []string{"合计"}},
		{"hidden text is not there", append(hidden, set(100, 130, 12, "看得见")...), []string{"看得见"}},
		{"watermarks are set aside", append(askew, set(100, 100, 12, "正文")...), []string{"正文"}},
		{"lines top to bottom, whatever the order", append(set(100, 130, 12, "后"), set(100, 100, 12, "前")...), []string{"前", "后"}},
		{"a smaller figure on the baseline", append(set(100, 100, 12, "共"), set(112, 100.8, 9, "12")...), []string{"共12"}},
		{"outside the page", append(set(-50, 100, 12, "页外"), set(100, 100, 12, "页内")...), []string{"页内"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := layout.Prepare(page(tt.glyphs))
			if diff := cmp.Diff(texts(layout.Lines(p, p.Glyphs)), tt.want); diff != "" {
				t.Errorf("got, want:\n%s", diff)
			}
		})
	}
}

func TestPrepareTurnsPages(t *testing.T) {
	// text running down a portrait page: shown at 90 degrees, read as landscape
	var glyphs []pdf.Glyph
	for i, r := range []rune("竖着写的文字") {
		y := 100 + 12*float64(i)
		glyphs = append(glyphs, pdf.Glyph{Text: string(r), X: 300, Y: y, Advance: 12, Size: 12, Angle: 90,
			Box: pdf.Rect{X0: 298.6, Y0: y, X1: 310.6, Y1: y + 12}})
	}
	p := layout.Prepare(page(glyphs))
	if p.Width != 842 || p.Height != 595 {
		t.Fatalf("upright page is %v × %v, want 842 × 595", p.Width, p.Height)
	}
	lines := layout.Lines(p, p.Glyphs)
	if diff := cmp.Diff(texts(lines), []string{"竖着写的文字"}); diff != "" {
		t.Fatalf("got, want:\n%s", diff)
	}
	got := p.Shown(lines[0].Box)
	want := pdf.Rect{X0: 298.6, Y0: 100, X1: 310.6, Y1: 172}
	if diff := cmp.Diff(got, want, cmp.Comparer(func(a, b float64) bool { return a-b < 1e-6 && b-a < 1e-6 })); diff != "" {
		t.Errorf("box on the page as shown: got, want:\n%s", diff)
	}
}

func TestRulingsAreJoined(t *testing.T) {
	h := func(y, x0, x1 float64) pdf.Ruling { return pdf.Ruling{X0: x0, Y0: y, X1: x1, Y1: y} }
	tests := []struct {
		name string
		in   []pdf.Ruling
		want []layout.Segment
	}{
		{"cell by cell", []pdf.Ruling{h(100, 50, 100), h(100, 100, 150), h(100, 149, 200)}, []layout.Segment{{At: 100, From: 50, To: 200}}},
		{"drawn twice", []pdf.Ruling{h(100, 50, 200), h(101.2, 50, 200)}, []layout.Segment{{At: 100, From: 50, To: 200}}},
		{"dashed", []pdf.Ruling{h(100, 50, 52), h(100, 54, 56), h(100, 58, 60)}, []layout.Segment{{At: 100, From: 50, To: 60}}},
		{"two lines on one height", []pdf.Ruling{h(100, 50, 100), h(100, 120, 200)}, []layout.Segment{{At: 100, From: 50, To: 100}, {At: 100, From: 120, To: 200}}},
		{"a speck", []pdf.Ruling{h(100, 50, 51)}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := page(set(1, 50, 10, "字"))
			p.Rulings = tt.in
			got := layout.Prepare(p).Horizontal
			if len(got) == 0 {
				got = nil
			}
			if diff := cmp.Diff(got, tt.want); diff != "" {
				t.Errorf("got, want:\n%s", diff)
			}
		})
	}
}

// document lays pages of lines out: each line is x, text; 12 points, 20 points apart.
type entry struct {
	x    float64
	text string
}

func pages(t *testing.T, content ...[]entry) []layout.PageLines {
	t.Helper()
	var out []layout.PageLines
	for n, lines := range content {
		var glyphs []pdf.Glyph
		for i, l := range lines {
			glyphs = append(glyphs, set(l.x, 80+20*float64(i), 12, l.text)...)
		}
		p := page(glyphs)
		p.Number = n + 1
		lp := layout.Prepare(p)
		out = append(out, layout.PageLines{Number: n + 1, Width: 595, Height: 842, Lines: layout.Lines(lp, lp.Glyphs)})
	}
	return out
}

const full = "这是一行写满了的文字从左边一直到右边没有空下来的地方也没有标点三十" // 33 characters

func TestParagraphs(t *testing.T) {
	never := layout.Numbering{Level: func(string) int { return 0 }, Starts: func(string, string) bool { return false }}
	level := func(s string) int {
		switch {
		case strings.HasPrefix(s, "一、"):
			return 2
		case strings.HasPrefix(s, "（"):
			return 3
		}
		return 0
	}
	heading := layout.Numbering{Level: level, Starts: func(_, s string) bool { return level(s) > 0 }}
	item := func(s string) entry { return entry{124, s + full[:len(full)-5*len("字")]} }
	tests := []struct {
		name      string
		pages     [][]entry
		numbering layout.Numbering
		want      []string
	}{
		{"indented first lines", [][]entry{{{124, full[:len(full)-6]}, {100, full}, {100, "到这里完。"}, {124, full[:len(full)-6]}, {100, full}}}, never,
			[]string{full[:len(full)-6] + full + "到这里完。", full[:len(full)-6] + full}},
		{"over a page break", [][]entry{{{124, full[:len(full)-6]}, {100, full}}, {{100, full}, {100, "完。"}}}, never,
			[]string{full[:len(full)-6] + full + full + "完。"}},
		{"a word that would not fit does not end a paragraph", [][]entry{{{124, full[:len(full)-6]}, {100, full}, {100, full[:len(full)-9]}, {100, "（项）：2024年的数"}}}, never,
			[]string{full[:len(full)-6] + full + full[:len(full)-9] + "（项）：2024年的数"}},
		{"a heading starts anew whatever its place", [][]entry{{{100, full}, {100, full}, {100, "一、标题"}, {100, full}}}, heading,
			[]string{full + full, "一、标题", full}},
		{"a number at the margin within a sentence", [][]entry{{{124, full[:len(full)-9] + "，"}, {100, "（二）是要压实责任。"}}}, heading,
			[]string{full[:len(full)-9] + "，（二）是要压实责任。"}},
		{"a number at the margin where others are indented", [][]entry{{item("（一）"), {100, full}, {100, full}, item("（二）"), {100, full}, item("（三）"), {100, full}, {100, "（四）是后来的。"}, item("（五）"), item("（五）"), {100, full[:len(full)-3] + "。"}, {100, "（六）标题"}}}, heading,
			[]string{item("（一）").text + full + full, item("（二）").text + full, item("（三）").text + full + "（四）是后来的。",
				item("（五）").text, item("（五）").text + full[:len(full)-3] + "。", "（六）标题"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, p := range layout.Paragraphs(pages(t, tt.pages...), tt.numbering) {
				got = append(got, p.Text)
			}
			if diff := cmp.Diff(got, tt.want); diff != "" {
				t.Errorf("got, want:\n%s", diff)
			}
		})
	}
}

func TestFurniture(t *testing.T) {
	keepNone := func(string) bool { return false }
	var content [][]entry
	for _, n := range []string{"甲", "乙", "丙", "丁"} {
		content = append(content, []entry{{200, "某县某局部门预算"}, {100, n + full}, {100, "3"}, {100, full}})
	}
	in := pages(t, content...)
	for i := range in { // the page number, and a number at the edge that is text
		in[i].Lines = append(in[i].Lines, layout.Line{Page: i + 1, Baseline: 800, Size: 10, Text: "- 7 -", Box: pdf.Rect{X0: 290, Y0: 791, X1: 310, Y1: 801}})
	}
	got := layout.Furniture(in, keepNone)
	for i := range got {
		if diff := cmp.Diff(texts(got[i].Lines)[1:], []string{"3", full}); diff != "" || len(got[i].Lines) != 3 {
			t.Errorf("page %d: got, want:\n%s", i+1, diff)
		}
	}
	kept := layout.Furniture(in, func(s string) bool { return s == "某县某局部门预算" })
	if got := kept[0].Lines[0].Text; got != "某县某局部门预算" {
		t.Errorf("a line to be kept is gone; first line is %q", got)
	}
}

// TestSqueezedQuotes: a full-width quote whose empty half was cut off begins left of the glyph before it.
func TestSqueezedQuotes(t *testing.T) {
	glyphs := append(set(100, 100, 12, "10."), set(112, 100, 12, "“")...) // its ink stands in the right half
	glyphs = append(glyphs, set(124, 100, 12, "卫生健康支出”")...)
	p := layout.Prepare(page(glyphs))
	if diff := cmp.Diff(texts(layout.Lines(p, p.Glyphs)), []string{"10.“卫生健康支出”"}); diff != "" {
		t.Errorf("got, want:\n%s", diff)
	}
	again := append(set(100, 100, 12, "预算"), set(100.4, 100, 12, "预算")...) // false bold, word by word
	p = layout.Prepare(page(again))
	if diff := cmp.Diff(texts(layout.Lines(p, p.Glyphs)), []string{"预算"}); diff != "" {
		t.Errorf("printed twice: got, want:\n%s", diff)
	}
}

// TestRadicals: characters that a font names by their shape are read as what they look like.
func TestRadicals(t *testing.T) {
	p := layout.Prepare(page(set(100, 100, 12, "⼀般公共预算⽀出⾄⻔⼾")))
	if diff := cmp.Diff(texts(layout.Lines(p, p.Glyphs)), []string{"一般公共预算支出至门户"}); diff != "" {
		t.Errorf("got, want:\n%s", diff)
	}
}

// TestSeal: what stands askew is set aside, and with it the upright glyph at the top of a seal and its star.
func TestSeal(t *testing.T) {
	ring := set(300, 300, 12, "某县水利工")
	for i := range ring {
		if i != 2 { // at the top
			ring[i].Angle = float64(40*i - 80)
		}
	}
	p := layout.Prepare(page(set(100, 320, 12, "某县水利局"), ring, set(330, 340, 12, "★"), set(100, 360, 12, "2024年1月3日")))
	if diff := cmp.Diff(texts(layout.Lines(p, p.Glyphs)), []string{"某县水利局", "2024年1月3日"}); diff != "" {
		t.Errorf("got, want:\n%s", diff)
	}
}

// TestRunningLinesOfOtherSizes: landscape pages among upright ones have the same running header.
func TestRunningLinesOfOtherSizes(t *testing.T) {
	var in []layout.PageLines
	for n := range 6 {
		p := layout.PageLines{Number: n + 1, Width: 595, Height: 842}
		if n == 3 {
			p.Width, p.Height = 842, 595
		}
		p.Lines = []layout.Line{
			{Page: n + 1, Baseline: 40, Size: 9, Text: "某局2024年部门预算", Box: pdf.Rect{X0: 100, Y0: 32, X1: 200, Y1: 41}},
			{Page: n + 1, Baseline: 200, Size: 12, Text: full, Box: pdf.Rect{X0: 100, Y0: 190, X1: 496, Y1: 202}}}
		in = append(in, p)
	}
	for i, p := range layout.Furniture(in, func(string) bool { return false }) {
		if diff := cmp.Diff(texts(p.Lines), []string{full}); diff != "" {
			t.Errorf("page %d: got, want:\n%s", i+1, diff)
		}
	}
}

// TestHeadingsBeforeText: what is bold at the start of a line, and where a wide gap stands in it.
func TestHeadingsBeforeText(t *testing.T) {
	p := page(set(100, 100, 12, "机关运行经费。"), set(184, 100, 12, "本年预算"), set(100, 140, 12, "办公室"), set(150, 140, 12, "协助领导"))
	p.Fonts = append(p.Fonts, pdf.Font{Name: "B", Bold: true})
	for i := range p.Glyphs[:7] {
		p.Glyphs[i].Font = 1
	}
	lp := layout.Prepare(p)
	lines := layout.Lines(lp, lp.Glyphs)
	if len(lines) != 2 || lines[0].Lead != 7 || lines[0].Gap != 0 || lines[1].Lead != 0 || lines[1].Gap != 3 {
		t.Errorf("lines: %+v", lines)
	}
}
