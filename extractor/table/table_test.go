package table_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yusuan/extractor/layout"
	"yusuan/extractor/pdf"
	"yusuan/extractor/table"
)

// A sketch is a page drawn for a test.
type sketch struct {
	p     pdf.Page
	again string // header of the table on the page before
}

func newSketch() *sketch { return &sketch{p: pdf.Page{Number: 1, Width: 595, Height: 842}} }

// text puts text on the page, from x on the baseline y, 10 points high.
func (s *sketch) text(x, y float64, text string) *sketch {
	for _, r := range text {
		advance := 10.0
		if r < 0x250 {
			advance = 5
		}
		if r != ' ' {
			s.p.Glyphs = append(s.p.Glyphs, pdf.Glyph{Text: string(r), X: x, Y: y, Advance: advance, Size: 10,
				Box: pdf.Rect{X0: x, Y0: y - 8.8, X1: x + advance, Y1: y + 1.2}})
		}
		x += advance
	}
	return s
}

// right puts text so that it ends at x.
func (s *sketch) right(x, y float64, text string) *sketch { return s.text(x-width(text), y, text) }

// centre puts text so that its middle is at x.
func (s *sketch) centre(x, y float64, text string) *sketch { return s.text(x-width(text)/2, y, text) }

func width(text string) float64 {
	w := 0.0
	for _, r := range text {
		if r < 0x250 {
			w += 5
		} else {
			w += 10
		}
	}
	return w
}

func (s *sketch) h(y, x0, x1 float64) *sketch {
	s.p.Rulings = append(s.p.Rulings, pdf.Ruling{X0: x0, Y0: y, X1: x1, Y1: y, Width: 0.5})
	return s
}

func (s *sketch) v(x, y0, y1 float64) *sketch {
	s.p.Rulings = append(s.p.Rulings, pdf.Ruling{X0: x, Y0: y0, X1: x, Y1: y1, Width: 0.5})
	return s
}

// find returns the first grid as text, one line a row, cells parted by |, a spanning cell repeated.
func (s *sketch) find(t *testing.T) string {
	t.Helper()
	caption := func(text string) bool { return strings.HasSuffix(text, "表") || strings.Contains(text, "单位：") }
	grids, _ := table.Find(layout.Prepare(&s.p), table.Words{Caption: caption})
	if len(grids) == 0 {
		return "no table"
	}
	g := grids[0]
	var rows []string
	for r := range g.Rows {
		var cells []string
		for c := range g.Cols {
			x := g.At(r, c)
			if x == nil {
				t.Fatalf("no cell covers row %d, column %d", r, c)
			}
			cells = append(cells, x.Text)
		}
		rows = append(rows, strings.Join(cells, "|"))
	}
	return strings.Join(rows, "\n")
}

// grid draws all lines of a grid.
func grid(xs, ys []float64) *sketch {
	s := newSketch()
	for _, y := range ys {
		s.h(y, xs[0], xs[len(xs)-1])
	}
	for _, x := range xs {
		s.v(x, ys[0], ys[len(ys)-1])
	}
	return s
}

func TestLattice(t *testing.T) {
	xs, ys := []float64{50, 150, 250, 350}, []float64{100, 120, 140, 160}
	plain := func() *sketch {
		return grid(xs, ys).text(55, 115, "科目").text(155, 115, "合计").text(255, 115, "基本").
			text(55, 135, "教育").right(248, 135, "1.50").right(348, 135, "1.00").text(55, 155, "卫生").right(248, 155, "2")
	}
	short := newSketch() // lines that stop short of their corners, and one that overshoots
	for i, y := range ys {
		short.h(y, 50+float64(i%2), 349)
	}
	for i, x := range xs {
		short.v(x, 101, 158+3*float64(i%2))
	}
	short.p.Glyphs = plain().p.Glyphs
	open := newSketch() // no outer lines at the sides
	for _, y := range ys {
		open.h(y, 50, 350)
	}
	open.v(150, 100, 160).v(250, 100, 160)
	open.p.Glyphs = plain().p.Glyphs
	spans := newSketch().h(100, 50, 350).h(120, 150, 350).h(140, 50, 350).h(160, 50, 350).v(50, 100, 160).v(150, 100, 160).v(250, 120, 160).v(350, 100, 160).
		text(55, 125, "科目").text(230, 115, "预算数").text(155, 135, "合计").text(255, 135, "基本").text(55, 155, "教育").right(248, 155, "1.50").right(348, 155, "1.00")
	touching := grid(xs, ys).text(55, 115, "科目").text(55, 135, "210卫生").text(120, 135, "健康支出5.1") // one run over a border
	cut := newSketch()                                                                            // the top rule is missing
	for _, y := range ys[1:] {
		cut.h(y, 50, 350)
	}
	for _, x := range xs {
		cut.v(x, 100, 160)
	}
	cut.p.Glyphs = plain().p.Glyphs
	wrapped := grid(xs, []float64{100, 120, 160}).text(55, 115, "科目").text(155, 115, "合计").text(52, 133, "机关事业单位基本").text(52, 147, "养老").right(248, 140, "3")
	tall := grid(xs, []float64{100, 120, 176}).text(55, 115, "科目").text(155, 115, "合计").text(255, 115, "基本"). // no rule between rows
															text(55, 134, "教育").right(248, 134, "1.50").right(348, 134, "1.00").text(55, 152, "机关事业单位基").right(248, 158, "2.00").text(55, 164, "本养老")
	want := "科目|合计|基本\n教育|1.50|1.00\n卫生|2|"
	tests := []struct {
		name string
		s    *sketch
		want string
	}{
		{"all lines", plain(), want},
		{"lines that stop short or overshoot", short, want},
		{"open sides", open, want},
		{"top rule missing", cut, want},
		{"spans both ways", spans, "科目|预算数|预算数\n科目|合计|基本\n教育|1.50|1.00"},
		{"one run over a border", touching, "科目||\n210卫生健康支|出5.1|\n||"},
		{"wrapped name", wrapped, "科目|合计|\n机关事业单位基本养老|3|"},
		{"rows without rules between them", tall, "科目|合计|基本\n教育|1.50|1.00\n机关事业单位基本养老|2.00|"},
		{"a frame is no table", newSketch().h(100, 50, 350).h(200, 50, 350).v(50, 100, 200).v(350, 100, 200).text(60, 150, "框中的文字"), "no table"},
		{"text without lines is none", newSketch().text(50, 100, "这里只有一段文字，没有表格。").text(50, 120, "第二行。"), "no table"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.s.find(t), tt.want); diff != "" {
				t.Errorf("got, want:\n%s", diff)
			}
		})
	}
}

// budgetSheet sets a table without vertical lines: cells 50-100-250-350-450, centred headers, figures to the right.
func budgetSheet(s *sketch) *sketch {
	return s.text(50, 60, "支出总表").text(50, 80, "编制单位：某局").text(400, 80, "单位：万元").
		centre(350, 106, "预算数").centre(75, 114, "编码").centre(175, 114, "科目名称").centre(300, 122, "合计").centre(400, 122, "基本支出").
		text(52, 142, "208").text(102, 142, "社会保障和就业支出").right(348, 142, "1,234.56").right(448, 142, "1,000.00").
		text(102, 160, "机关事业单位养老保险").text(52, 166, "20805").right(348, 166, "234.56").text(102, 172, "缴费支出").
		text(52, 190, "210").text(102, 190, "卫生健康支出").right(348, 190, "7.00").right(448, 190, "7.00")
}

func TestAligned(t *testing.T) {
	want := "编码|科目名称|预算数|预算数\n编码|科目名称|合计|基本支出\n208|社会保障和就业支出|1,234.56|1,000.00\n" +
		"20805|机关事业单位养老保险缴费支出|234.56|\n210|卫生健康支出|7.00|7.00"
	ruled := budgetSheet(newSketch().h(92, 50, 450).h(110, 250, 450).h(128, 50, 450).h(146, 50, 450).h(177, 50, 450).h(195, 50, 450))
	tests := []struct {
		name string
		s    *sketch
	}{
		{"three lines", budgetSheet(newSketch().h(92, 50, 450).h(128, 50, 450).h(195, 50, 450))},
		{"a rule below each row", ruled},
		{"no lines at all", budgetSheet(newSketch())},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.s.find(t), want); diff != "" {
				t.Errorf("got, want:\n%s", diff)
			}
		})
	}
}

func TestProseIsNoTable(t *testing.T) {
	s := newSketch().text(50, 60, "2024年度部门预算表")
	for i := range 6 { // figures stand four points apart from the text, as word processors set them
		y := 80 + 20*float64(i)
		s.text(50, y, "支出预算为").text(104, y, "1,886.02").text(148, y, "万元，比上年增加").text(232, y, "728.39").text(266, y, "万元，主要原因是人员增加")
	}
	if got := s.find(t); got != "no table" {
		t.Errorf("prose was read as a table:\n%s", got)
	}
}

func TestFindTakesItsGlyphsOnly(t *testing.T) {
	s := grid([]float64{50, 150, 250}, []float64{100, 120, 140}).text(55, 115, "表内").text(55, 180, "表外")
	grids, rest := table.Find(layout.Prepare(&s.p), table.Words{Caption: func(string) bool { return false }})
	if len(grids) != 1 || len(rest) != 1 {
		t.Fatalf("%d grids, %d lines left; want 1 and 1", len(grids), len(rest))
	}
	if got := rest[0].Text; got != "表外" {
		t.Errorf("left is %q, want 表外", got)
	}
}
