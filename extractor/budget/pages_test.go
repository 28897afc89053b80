package budget

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yusuan/extractor/layout"
	"yusuan/extractor/pdf"
	"yusuan/extractor/table"
	"yusuan/schemas"
)

// gridOf makes a ruled grid of rows of texts, columns 100 points wide from x0 on, rows 20 points high from y0 on. A text "^" goes on
// with the cell above, "<" with the cell at its left.
func gridOf(page int, x0, y0 float64, rows ...[]string) table.Grid {
	g := table.Grid{Page: page, Rows: len(rows), Cols: len(rows[0]), Ruled: true}
	for c := range g.Cols + 1 {
		g.Xs = append(g.Xs, x0+100*float64(c))
	}
	for r := range g.Rows + 1 {
		g.Ys = append(g.Ys, y0+20*float64(r))
	}
	g.Box = pdf.Rect{X0: g.Xs[0], Y0: g.Ys[0], X1: g.Xs[g.Cols], Y1: g.Ys[g.Rows]}
	for r, row := range rows {
		for c, text := range row {
			if text == "^" || text == "<" {
				continue
			}
			x := table.Cell{Row: r, Col: c, RowSpan: 1, ColSpan: 1, Text: text, Size: 10}
			for r+x.RowSpan < len(rows) && rows[r+x.RowSpan][c] == "^" {
				x.RowSpan++
			}
			for c+x.ColSpan < len(row) && row[c+x.ColSpan] == "<" {
				x.ColSpan++
			}
			x.Box = pdf.Rect{X0: g.Xs[c], Y0: g.Ys[r], X1: g.Xs[c+x.ColSpan], Y1: g.Ys[r+x.RowSpan]}
			if text != "" {
				x.TextBox = pdf.Rect{X0: x.Box.X0 + 2, Y0: x.Box.Y0 + 5, X1: x.Box.X0 + 2 + 5*float64(len(text))/3, Y1: x.Box.Y0 + 15}
			}
			g.Cells = append(g.Cells, x)
		}
	}
	return g
}

// tablesOf reads tables off pages of 600 by 800 points; lines has the lines of each page outside its grids.
func tablesOf(grids [][]table.Grid, lines [][]layout.Line) ([]schemas.Table, []schemas.Warning) {
	var r Reader
	var body []layout.PageLines
	for i := range grids {
		r.pages = append(r.pages, page{number: i + 1, width: 600, height: 800, grids: grids[i], shown: func(b pdf.Rect) pdf.Rect { return b }})
		var own []layout.Line
		if i < len(lines) {
			own = lines[i]
		}
		body = append(body, layout.PageLines{Number: i + 1, Width: 600, Height: 800, Lines: own})
	}
	tables, _ := r.tables(body)
	return tables, r.warnings
}

func lineAt(x0, y float64, text string) layout.Line {
	return layout.Line{Page: 1, Baseline: y, Size: 10, Text: text, Box: pdf.Rect{X0: x0, Y0: y - 9, X1: x0 + 10*float64(len(text)/3), Y1: y + 1}}
}

// rowsOf gives a table's rows as text, cells parted by |.
func rowsOf(t *schemas.Table) string {
	var b strings.Builder
	for _, r := range t.Rows {
		b.WriteString(strings.Join(r.Cells, "|") + "\n")
	}
	for _, r := range t.Grid {
		b.WriteString(strings.Join(r, "|") + "\n")
	}
	return b.String()
}

func TestTablesOverPages(t *testing.T) {
	caption := [][]layout.Line{{lineAt(200, 60, "部门支出总表")}}
	performance := [][]layout.Line{{lineAt(200, 60, "项目支出绩效目标表")}}
	header := []string{"类别", "科目名称", "合计"}
	tests := []struct {
		name  string
		grids [][]table.Grid
		lines [][]layout.Line
		want  []string
	}{
		{"the header said again",
			[][]table.Grid{{gridOf(1, 50, 100, header, []string{"甲", "教育支出", "1.00"})}, {gridOf(2, 50, 40, header, []string{"乙", "卫生支出", "2.00"})}}, caption,
			[]string{"甲|教育支出|1.00\n乙|卫生支出|2.00\n"}},
		{"the header said again with its end cut off",
			[][]table.Grid{{gridOf(1, 50, 100, []string{"科目", "附属单位上缴收入", "其他收入"}, []string{"甲", "1.00", "2.00"})},
				{gridOf(2, 50, 40, []string{"科目", "附属单位", "其他收"}, []string{"乙", "3.00", "4.00"})}}, caption,
			[]string{"甲|1.00|2.00\n乙|3.00|4.00\n"}},
		{"a name over several rows that the break cut",
			[][]table.Grid{{gridOf(1, 50, 100, header, []string{"工资福利", "基本工资", "1.00"}, []string{"^", "津贴补贴", "2.00"})},
				{gridOf(2, 50, 40, []string{"", "绩效工资", "3.00"}, []string{"^", "奖金", "4.00"})}}, caption,
			[]string{"工资福利|基本工资|1.00\n工资福利|津贴补贴|2.00\n工资福利|绩效工资|3.00\n工资福利|奖金|4.00\n"}},
		{"one blank cell is blank",
			[][]table.Grid{{gridOf(1, 50, 100, header, []string{"工资福利", "基本工资", "1.00"}, []string{"^", "津贴补贴", "2.00"})},
				{gridOf(2, 50, 40, []string{"", "其他收入", "3.00"})}}, caption,
			[]string{"工资福利|基本工资|1.00\n工资福利|津贴补贴|2.00\n|其他收入|3.00\n"}},
		{"the last word of a name on the next page",
			[][]table.Grid{{gridOf(1, 50, 100, header, []string{"甲", "政府性基金预算财政", "1.00"})}, {gridOf(2, 50, 40, []string{"", "拨款", ""}, []string{"乙", "教育支出", "2.00"})}}, caption,
			[]string{"甲|政府性基金预算财政拨款|1.00\n乙|教育支出|2.00\n"}},
		{"a form of keys and values with other columns on its second page",
			[][]table.Grid{{gridOf(1, 50, 100, []string{"项目名称", "某项目", "<"}, []string{"年度总体目标", "完成建设", "<"})},
				{gridOf(2, 50, 40, []string{"一级指标", "二级指标", "指标值"}, []string{"产出指标", "数量指标", "≥3个"})}}, performance,
			[]string{"项目名称|某项目|某项目\n年度总体目标|完成建设|完成建设\n一级指标|二级指标|指标值\n产出指标|数量指标|≥3个\n"}},
		{"the next form of keys and values",
			[][]table.Grid{{gridOf(1, 50, 100, []string{"项目名称", "某项目", "<"}, []string{"年度总体目标", "完成建设", "<"})},
				{gridOf(2, 50, 40, []string{"项目名称", "另一个", "<"}, []string{"年度总体目标", "继续建设", "<"})}}, performance,
			[]string{"项目名称|某项目|某项目\n年度总体目标|完成建设|完成建设\n", "项目名称|另一个|另一个\n年度总体目标|继续建设|继续建设\n"}},
		{"类, 款 and 项 on the line of the first row",
			[][]table.Grid{{gridOf(1, 50, 100, []string{"科目编码", "<", "<", "合计"}, []string{"类", "款", "项", "9.00"}, []string{"208", "05", "01", "9.00"})}}, caption,
			[]string{"|||9.00\n208|05|01|9.00\n"}},
		{"a drawing is no table",
			[][]table.Grid{{gridOf(1, 50, 100, []string{"项目支出", "40.01%"}, []string{"^", "^"}, []string{"^", "^"}, []string{"^", "^"})}}, nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tables, _ := tablesOf(tt.grids, tt.lines)
			var got []string
			for i := range tables {
				got = append(got, rowsOf(&tables[i]))
			}
			if diff := cmp.Diff(got, tt.want); diff != "" {
				t.Errorf("got, want:\n%s", diff)
			}
		})
	}
}

func TestCaptions(t *testing.T) {
	grid := gridOf(1, 50, 100, []string{"项目", "合计", "备注"}, []string{"甲", "1.00", ""})
	left, right := gridOf(1, 50, 100, []string{"货物", "工程"}, []string{"1.00", "2.00"}), gridOf(1, 320, 90, []string{"车辆", "设备"}, []string{"5", "7"})
	tests := []struct {
		name  string
		grids []table.Grid
		lines []layout.Line
		want  []string // number, title, unit of measure, reporting unit, notes
	}{
		{"title, number, unit and measure", []table.Grid{grid}, []layout.Line{lineAt(50, 40, "公开01表"), lineAt(150, 60, "部门收支总表"), lineAt(50, 90, "部门/单位名称：某局 单位：万元")},
			[]string{"公开01表|部门收支总表|万元|某局|"}},
		{"a number with the year", []table.Grid{grid}, []layout.Line{lineAt(50, 80, "2022年公开预算表1 单位收支总表")}, []string{"2022年公开预算表1|单位收支总表|||"}},
		{"a title by its place", []table.Grid{grid}, []layout.Line{lineAt(165, 80, "支出分类统计"), lineAt(300, 95, "单位：万元")}, []string{"|支出分类统计|万元||"}},
		{"a title whose last characters stand alone", []table.Grid{grid}, []layout.Line{lineAt(60, 70, "表7 一般公共预算基本支出明细表（按经济分类科"), lineAt(190, 85, "目）")},
			[]string{"表7|一般公共预算基本支出明细表（按经济分类科目）|||"}},
		{"a heading above the title", []table.Grid{grid}, []layout.Line{lineAt(50, 60, "（一）教学改革专项"), lineAt(110, 80, "教学改革专项绩效目标表")}, []string{"|教学改革专项绩效目标表|||"}},
		{"a unit's name over two lines with the measure between", []table.Grid{grid}, []layout.Line{lineAt(150, 60, "部门收支总表"), lineAt(50, 78, "部门名称：某省人大"), lineAt(300, 86, "单位：万元"), lineAt(50, 94, "常委会办公厅")},
			[]string{"|部门收支总表|万元|某省人大常委会办公厅|"}},
		{"a note without its word", []table.Grid{grid}, []layout.Line{lineAt(150, 80, "部门收支总表"), lineAt(50, 155, "本表无数据。")}, []string{"|部门收支总表|||本表无数据。"}},
		{"side by side, the right one higher", []table.Grid{right, left}, []layout.Line{lineAt(110, 70, "政府采购情况"), lineAt(380, 75, "资产占用情况"), lineAt(180, 97, "单位：万元")},
			[]string{"|政府采购情况|万元||", "|资产占用情况|||"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tables, _ := tablesOf([][]table.Grid{tt.grids}, [][]layout.Line{tt.lines})
			var got []string
			for _, x := range tables {
				got = append(got, strings.Join([]string{x.Number, x.Title, x.UnitOfMeasure, x.ReportingUnit, strings.Join(x.Notes, "/")}, "|"))
			}
			if diff := cmp.Diff(got, tt.want); diff != "" {
				t.Errorf("got, want:\n%s", diff)
			}
		})
	}
}

func TestRowSums(t *testing.T) {
	header := []string{"科目", "合计", "基本支出", "项目支出"}
	rows := func(rows ...[]string) (checked, wrong int) {
		x := &schemas.Table{}
		for k, h := range header {
			role := schemas.AmountRole
			if k == 0 {
				role = schemas.NameRole
			}
			x.Columns = append(x.Columns, schemas.Column{Path: []string{h}, Role: role})
		}
		for _, r := range rows {
			x.Rows = append(x.Rows, schemas.Row{Cells: r})
		}
		return rowSums(x)
	}
	right := [][]string{{"a", "3.00", "1.00", "2.00"}, {"b", "1,234.56", "1,234.56", ""}, {"c", "△0.50", "-1.00", "0.50"}, {"d", "0.33", "0.17", "0.17"}, {"e", "7", "3", "4"}, {"f", "2", "", "2"}}
	if n, wrong := rows(right...); n != 6 || wrong != 0 {
		t.Errorf("rows that add up: %d checked, %d wrong", n, wrong)
	}
	if n, wrong := rows(append(right, []string{"g", "5.00", "", ""}, []string{"h", "5.00", "5.00", "5.00"})...); n != 0 || wrong != 0 {
		t.Errorf("two of eight: %d checked, %d wrong; headers that hold so badly say nothing", n, wrong)
	}
	if n, wrong := rows(append(right, []string{"h", "5.00", "5.00", "5.00"})...); n != 7 || wrong != 1 {
		t.Errorf("one that does not add up: %d checked, %d wrong", n, wrong)
	}
}

func TestDoubts(t *testing.T) {
	torn := gridOf(1, 50, 100, []string{"科目", "合计", "基本支出", "项目支出"}, []string{"教育", "3.00", "1.00", "2.00"})
	torn.Torn = 1
	tables, warnings := tablesOf([][]table.Grid{{torn}, {}}, [][]layout.Line{{lineAt(150, 80, "支出总表")}, {lineAt(300, 95, "单位：万元")}})
	var codes []schemas.Code
	for _, w := range warnings {
		codes = append(codes, w.Code)
	}
	if diff := cmp.Diff(codes, []schemas.Code{schemas.TableMissed, schemas.GridOpen}); diff != "" {
		t.Errorf("warnings: got, want:\n%s", diff)
	}
	if len(tables) != 1 || tables[0].Confidence >= 1 {
		t.Errorf("a table whose cells do not close is believed: %+v", tables)
	}
}

func TestSentencesBeforeTheFirstNumber(t *testing.T) {
	long := strings.Repeat("受市人民政府委托，现将预算执行情况报告如下，请予审议。", 4)
	text := []string{"关于预算执行情况的报告", long, "一、执行情况", "（一）收入情况。全年收入完成三百一十三亿元，加上级补助收入后总量增加不少。", "（二）支出情况。全年支出完成一千零八十亿元，结转下年三百余亿元，完成预算。",
		"（三）结余情况。收支相抵后结转下年的资金按照规定用途继续使用，不足部分调入。", "目 录", "表1 收入表", "表2 支出表", "二、其他事项。另有三百万元结转下年使用。"}
	ps := paragraphs(text...)
	cover, rest := splitContents(ps)
	place := func(n int, _ pdf.Rect) schemas.Place { return schemas.Place{Page: n} }
	s := preamble(cover, place)
	if s == nil || s.Text != long || s.At == nil {
		t.Errorf("the opening of the report is lost: %+v", s)
	}
	if got, want := tree(sectionTree(rest, place), ""), " 一、执行情况|\n"; !strings.HasPrefix(got, want) || !strings.Contains(got, "其他事项") || strings.Contains(got, "收入表") {
		t.Errorf("sections:\n%s", got)
	}
	if s := preamble(paragraphs("某县某局2024年部门预算", "2024年1月"), place); s != nil {
		t.Errorf("a cover is no text: %+v", s)
	}
}

// A text that reaches over two columns, the left one taken, stands in the right one alone.
func TestTextOverTakenColumn(t *testing.T) {
	g := gridOf(1, 50, 100, []string{"301", "工资福利支出", "", "156.63"})
	g.Ruled = false
	at := func(text string, x0, x1 float64) {
		for i := range g.Cells {
			if g.Cells[i].Text == text {
				g.Cells[i].TextBox = pdf.Rect{X0: x0, Y0: 102, X1: x1, Y1: 112}
			}
		}
	}
	at("301", 52, 67)
	at("工资福利支出", 70, 140)
	at("156.63", 170, 190)
	rows := partRows(part{page: &page{}, grid: &g}, []float64{50, 80, 150, 200})
	if got := strings.Join(rows[0].texts(), " | "); got != "301 | 工资福利支出 | 156.63" {
		t.Errorf("got %s", got)
	}
}

// Words that overlap in every way do not make the search long.
func TestMadeOf(t *testing.T) {
	words := map[string]bool{"一": true, "一一": true, "一一一": true, "合计": true}
	long := strings.Repeat("一", 5000)
	for text, want := range map[string]bool{"": true, "合计": true, "合计一合计": true, long: true, long + "二": false, "合": false} {
		if got := madeOf(text, words); got != want {
			t.Errorf("madeOf(%.20q…) = %t, want %t", text, got, want)
		}
	}
}
