package markdown_test

import (
	"bytes"
	"errors"
	"flag"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yusuan/indexer/markdown"
	"yusuan/schemas"
)

var update = flag.Bool("update", false, "write what is made into testdata")

func at(page int, y float64) *schemas.Place {
	return &schemas.Place{Page: page, BBox: &schemas.Box{50, y, 500, y + 12}}
}

func columns(amounts int, paths ...[]string) []schemas.Column {
	var list []schemas.Column
	for i, path := range paths {
		c := schemas.Column{Path: path, Role: schemas.NameRole}
		if i >= len(paths)-amounts {
			c.Role = schemas.AmountRole
		}
		list = append(list, c)
	}
	return list
}

// disclosure has one of everything.
func disclosure() *schemas.Disclosure {
	year, date := 2024, "2024-02-02"
	return &schemas.Disclosure{
		Title: "白石县档案馆2024年单位预算公开", Unit: "白石县档案馆", Region: "白石县", FiscalYear: &year, DocumentKind: schemas.Budget, Scope: schemas.UnitScope, PublishedOn: &date,
		Source:   schemas.Source{SHA256: strings.Repeat("0123456789abcdef", 4), FileName: "白石县_档案馆.pdf", URI: "https://example.org/2024/a_b.pdf", Pages: 6},
		Warnings: []schemas.Warning{{Code: "row-sums", Message: "1 row does not add up", Page: 4}, {Code: "repaired", Message: "the file was damaged"}},
		Sections: []schemas.Section{
			{ID: "1", Level: 1, Number: "第一部分", Title: "单位概况", At: at(2, 60), Children: []schemas.Section{
				{ID: "1.1", Level: 2, Number: "一、", Title: "主要职能", Text: "收集、保管档案。\n联系电话：13800001234。", At: at(2, 90), Paragraphs: []schemas.Place{*at(2, 110), *at(3, 60)}, Children: []schemas.Section{
					{ID: "1.1.1", Level: 4, Number: "1.", Text: "利用档案。\n续段。", At: at(3, 90), Paragraphs: []schemas.Place{*at(3, 90), *at(3, 110)}},
					{ID: "1.1.2", Level: 6, Number: "①", Title: "最深一级", Text: "- 不是列表", At: at(3, 130), Paragraphs: []schemas.Place{*at(3, 150)}},
				}},
			}},
			{ID: "2", Level: 1, Number: "第二部分", Title: "预算表", At: at(4, 60)},
			{ID: "3", Level: 1, Number: "第三部分", Title: "情况说明", Text: "收支总预算10.00万元。", At: at(5, 400), Paragraphs: []schemas.Place{*at(5, 420)}},
		},
		Tables: []schemas.Table{
			{Number: "表1", Title: "收支总表", Kind: schemas.RevenueExpenditureSummary, ReportingUnit: "白石县档案馆", UnitOfMeasure: "万元", State: schemas.HasFigures, Pages: []int{4, 5}, At: at(4, 90), Confidence: 0.984,
				Columns: columns(1, []string{"收入", "项目"}, []string{"收入", "预算数"}), Notes: []string{"单位代码|见说明"},
				Rows: []schemas.Row{{Cells: []string{"一般公共预算\n拨款", "10.00"}}, {Cells: []string{"合计", ""}, Spans: [][2]int{{0, 2}}}}},
			{Number: "表2", Title: "政府性基金表", Kind: schemas.GovernmentFundExpenditure, UnitOfMeasure: "万元", Empty: true, State: schemas.DeclaredEmpty, Pages: []int{5}, At: at(5, 200),
				Columns: columns(1, []string{"科目编码"}, []string{"合计"}), Notes: []string{"本单位无政府性基金。"}},
			{Number: "表3", Title: "项目支出绩效目标表", Kind: schemas.ProjectPerformance, State: schemas.Blank, At: at(6, 60), Grid: [][]string{{"项目名称", "档案|数字化", "档案|数字化"}, {"目标", ""}}},
			{Title: "附表", Kind: schemas.OtherForm, State: schemas.AllZero},
		},
	}
}

func render(t *testing.T, d *schemas.Disclosure) string {
	t.Helper()
	var b bytes.Buffer
	if err := markdown.Write(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestWrite compares with what was looked at.
func TestWrite(t *testing.T) {
	got := render(t, disclosure())
	const path = "testdata/disclosure.md"
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got, string(want)); diff != "" {
		t.Errorf("%s (-got +want):\n%s", path, diff)
	}
}

// TestHostile puts a text into every place that a PDF can fill, and wants the same lines of the same kinds as with a harmless one.
func TestHostile(t *testing.T) {
	want := shape(render(t, filled("x")))
	if len(want) < 20 {
		t.Fatalf("got %d lines: %v", len(want), want)
	}
	for _, text := range []string{
		"# x", "x | y |", "<img src=x onerror=alert(1)>", "```", "    code", "- [ ] x", "1. x", "> x", "---", "***", "===", "[x](javascript:x)", "![x](y)", "<!--", "-->", "x\r| - |\ry", "\u2028# x",
		"<details>", "[^1]: x", "$$x$$", "{{x}}", "\\", "\\|", "|---|", "*", "**x", "x**", "&lt;script&gt;", "\x00x",
	} {
		got := render(t, filled(text))
		if diff := cmp.Diff(shape(got), want); diff != "" {
			t.Errorf("%q: lines (-got +want):\n%s\n%s", text, diff, got)
		}
		if rest := strings.NewReplacer("<br>", "", "\\`", "").Replace(got); strings.ContainsAny(rest, "<`") {
			t.Errorf("%q: HTML or code in\n%s", text, got)
		}
	}
}

// filled has the text in every place.
func filled(s string) *schemas.Disclosure {
	d := disclosure()
	d.Title, d.Unit, d.Region, d.PublishedOn, d.Source.FileName, d.Source.URI, d.Source.SHA256 = s, s, s, &s, s, s, s
	d.DocumentKind, d.Scope = schemas.DocumentKind(s), schemas.Scope(s)
	d.Warnings = []schemas.Warning{{Code: schemas.Code(s), Message: s}}
	d.Sections = []schemas.Section{{Level: 1, Title: s, Number: s, Text: s, At: at(1, 10), Children: []schemas.Section{{Level: 2, Text: s}, {Level: 2, Number: "（一）", Text: s}}}}
	for i := range d.Tables {
		t := &d.Tables[i]
		t.Number, t.Title, t.ReportingUnit, t.UnitOfMeasure, t.Kind, t.Notes = s, s, s, s, schemas.Form(s), []string{s}
		for j := range t.Columns {
			t.Columns[j].Path = []string{s, s}
		}
		for j := range t.Rows {
			t.Rows[j].Cells = []string{s, s}
		}
		for j := range t.Grid {
			for k := range t.Grid[j] {
				t.Grid[j][k] = s
			}
		}
	}
	return d
}

// shape is what begins each line, and of rows of tables also how many cells there are.
func shape(text string) []string {
	var list []string
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		begin := ""
		for _, mark := range []string{"# ", "## ", "### ", "- ", "  - ", "> ", "**", "*", "|"} {
			if strings.HasPrefix(line, mark) {
				begin = mark
				break
			}
		}
		switch begin {
		case "|":
			begin = strings.Repeat("|", strings.Count(line, "|")-strings.Count(line, `\|`))
		case "**", "*":
			if !strings.HasSuffix(line, begin) || strings.HasSuffix(line, `\`+begin) {
				begin = "not closed"
			}
		case "":
			if line != "" {
				begin = "paragraph"
			}
			if strings.IndexAny(line, "#-+=~_`:") == 0 || strings.HasPrefix(line, "1.") {
				begin = "another block"
			}
		}
		list = append(list, begin)
	}
	return list
}

// TestWriteFails gives the errors of the writer, and of what cannot be masked.
func TestWriteFails(t *testing.T) {
	if err := markdown.Write(full{}, disclosure()); !errors.Is(err, errFull) {
		t.Errorf("got %v, want %v", err, errFull)
	}
	d := disclosure()
	d.Sections[0].At.BBox[0] = math.NaN()
	if err := markdown.Write(new(bytes.Buffer), d); err == nil {
		t.Error("no error for a place that is nowhere")
	}
}

var errFull = errors.New("full")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }
