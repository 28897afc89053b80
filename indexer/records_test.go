package indexer_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yusuan/indexer"
	"yusuan/schemas"
)

func records(t *testing.T, d *schemas.Disclosure) indexer.Batch {
	t.Helper()
	b, err := indexer.Records(d)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// parse reads columns as "role:path/of/headers" split by spaces and rows as cells split by |; "2080505=208|05|05" has a code.
func parse(unit, cols string, rows ...string) schemas.Table {
	t := schemas.Table{Title: "表", UnitOfMeasure: unit, Pages: []int{4}}
	for _, spec := range strings.Fields(cols) {
		role, path, _ := strings.Cut(spec, ":")
		t.Columns = append(t.Columns, schemas.Column{Role: schemas.Role(role), Path: strings.Split(path, "/")})
	}
	for _, r := range rows {
		code, cells, ok := strings.Cut(r, "=")
		if !ok {
			code, cells = "", r
		}
		t.Rows = append(t.Rows, schemas.Row{Code: code, Cells: strings.Split(cells, "|")})
	}
	return t
}

// describe gives what matters of a line item in one line.
func describe(i indexer.LineItem) string {
	amount := string(i.State)
	if i.Amount != nil {
		amount = i.Amount.String()
	}
	return fmt.Sprintf("r%dc%d [%s] %s %s/%s %s (%s) {%s} %s %s", i.Row, i.Column, i.Side, i.Code, i.Classification, i.CodeLevel, i.Name, i.Label, i.Header, amount, i.UnitOfMeasure)
}

func TestLineItems(t *testing.T) {
	for _, tc := range []struct {
		name  string
		table schemas.Table
		want  []string
	}{
		{"code columns", parse("万元", "code:科目/类 code:科目/款 code:科目/项 name:名称 amount:合计", "2080505=208|05|05|养老|12.5"),
			[]string{"r0c4 [] 2080505 functional/item 养老 (208 05 05 养老) {合计} 125000.00 万元"}},
		{"two sides", parse("元", "text:收入/项目 amount:收入/预算数 name:支出/功能分类 amount:支出/预算数", "一、本年收入|1|208 社会保障支出|2", "|3|合计|"),
			[]string{
				"r0c1 [收入]  / 一、本年收入 (一、本年收入) {收入 > 预算数} 1.00 元",
				"r0c3 [支出] 208 functional/class 208 社会保障支出 (208 社会保障支出) {支出 > 预算数} 2.00 元",
				"r1c1 [收入]  /  () {收入 > 预算数} 3.00 元"}},
		{"three coded sides, two under one header", parse("元",
			"code:人员/科目 name:人员/名称 amount:人员/数 code:公用/甲/科目 name:公用/甲/名称 amount:公用/甲/数 code:公用/乙/科目 name:公用/乙/名称 amount:公用/乙/数",
			"30101|工资|1|30201|办公费|2|31002|设备|3"),
			[]string{
				"r0c2 [人员] 30101 economic/section 工资 (30101 工资) {人员 > 数} 1.00 元",
				"r0c5 [公用 > 甲] 30201 economic/section 办公费 (30201 办公费) {公用 > 甲 > 数} 2.00 元",
				"r0c8 [公用 > 乙] 31002 economic/section 设备 (31002 设备) {公用 > 乙 > 数} 3.00 元"}},
		{"line numbers are no amounts", parse("元", "text:项目 number:行次 amount:金额", "收入|1|5"), []string{"r0c2 []  / 收入 (收入) {金额} 5.00 元"}},
		{"remark column", parse("元", "name:名称 amount:上年 text:备注 amount:本年", "甲|1|不变|1"),
			[]string{"r0c1 []  / 甲 (甲) {上年} 1.00 元", "r0c3 []  / 甲 (甲) {本年} 1.00 元"}},
		{"total in the code column", parse("元", "code:编码 name:名称 amount:金额", "合计||7"), []string{"r0c2 []  / 合计 (合计) {金额} 7.00 元"}},
		{"project name beside the name", parse("元", "code:编码 name:科目名称 text:项目名称 amount:金额", "20805=20805|养老|补助|7"),
			[]string{"r0c3 [] 20805 functional/section 养老 (20805 养老 补助) {金额} 7.00 元"}},
		{"no label columns", parse("万元", "amount:预算数/合计 amount:预算数/公务接待费", "1.93|1.10"),
			[]string{"r0c0 []  /  () {预算数 > 合计} 19300.00 万元", "r0c1 []  /  () {预算数 > 公务接待费} 11000.00 万元"}},
		{"percentages", parse("元", "name:名称 amount:金额 amount:增减% amount:占比 amount:完成率 amount:增减（％）", "甲|1|2|3|4|5"), []string{"r0c1 []  / 甲 (甲) {金额} 1.00 元"}},
		{"a percentage in an amount column", parse("元", "name:名称 amount:金额", "甲|12.5%", "乙|12.5％"), nil},
		{"unit in the header", parse("元", "name:名称 amount:金额（万元） amount:数量（辆） amount:其中（百万元）/甲", "甲|1|2|3"),
			[]string{"r0c1 []  / 甲 (甲) {金额（万元）} 10000.00 万元", "r0c3 []  / 甲 (甲) {其中（百万元） > 甲} 3000000.00 百万元"}},
		{"unit as printed over the table", parse("金额单位： 万 元", "name:名称 amount:因公出国（境）费", "甲|1"), []string{"r0c1 []  / 甲 (甲) {因公出国（境）费} 10000.00 万元"}},
		{"no unit", parse("", "name:名称 amount:金额", "甲|1"), []string{"r0c1 []  / 甲 (甲) {金额} unparsed "}},
		{"blank, dash, zero, negative, text", parse("元", "name:名称 amount:金额", "甲|", "乙|—", "丙|0.00", "丁|（1,000.5）", "戊|见附件"),
			[]string{"r2c1 []  / 丙 (丙) {金额} 0.00 元", "r3c1 []  / 丁 (丁) {金额} -1000.50 元", "r4c1 []  / 戊 (戊) {金额} unparsed 元"}},
		{"codes that are none", parse("元", "code:编码 name:名称 amount:金额", "1030101|政府性基金收入|1", "12|其他|2"),
			[]string{"r0c2 []  / 政府性基金收入 (1030101 政府性基金收入) {金额} 1.00 元", "r1c2 []  / 其他 (12 其他) {金额} 2.00 元"}},
		{"short row", parse("元", "name:名称 amount:金额 amount:其中", "甲|1"), []string{"r0c1 []  / 甲 (甲) {金额} 1.00 元"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var got []string
			for _, i := range records(t, &schemas.Disclosure{Tables: []schemas.Table{tc.table}}).Items {
				got = append(got, describe(i))
			}
			if diff := cmp.Diff(got, tc.want); diff != "" {
				t.Errorf("items (-got +want):\n%s", diff)
			}
		})
	}
}

func TestRecordsAreStable(t *testing.T) {
	make := func(name string) *schemas.Disclosure {
		year := 2024
		return &schemas.Disclosure{
			Source: schemas.Source{SHA256: strings.Repeat("0123456789abcdef", 4), FileName: name}, Title: "预算", FiscalYear: &year,
			Sections: []schemas.Section{{ID: "1", Title: "甲", Text: "一\n二", Paragraphs: []schemas.Place{{Page: 2}, {Page: 3}}}},
			Tables:   []schemas.Table{parse("元", "name:名称 amount:金额", "甲|1", "|", "乙|2")},
			Projects: []schemas.Project{{Name: "丙", Fields: map[string]string{"b": "2", "a": "1"}}},
			Claims:   &schemas.Claims{Unit: name},
		}
	}
	a, b := records(t, make("a.pdf")), records(t, make("b.pdf"))
	if diff := cmp.Diff(a.Passages, b.Passages); diff != "" {
		t.Errorf("passages differ by file name:\n%s", diff)
	}
	if a.Disclosure.Generation != b.Disclosure.Generation {
		t.Error("the generation depends on the file's name or claims")
	}
	var ids []string
	for _, p := range a.Passages {
		ids = append(ids, p.ID+" "+string(p.Kind)+" "+p.Text)
	}
	id := "0123456789abcdef0123456789abcdef"
	want := []string{id + "-p0001 title 预算", id + "-p0002 section 一\n二", id + "-p0003 table 表", id + "-p0004 row 甲 1", id + "-p0005 row 乙 2", id + "-p0006 project a：1\nb：2"}
	if diff := cmp.Diff(ids, want); diff != "" {
		t.Errorf("passages (-got +want):\n%s", diff)
	}
	if got := a.Items[1].ID + " " + a.Items[1].PassageID; got != id+"-i00002 "+id+"-p0005" {
		t.Errorf("got item %s", got)
	}
	if diff := cmp.Diff(a.Passages[1].Parts, []indexer.Part{{Start: 0, Page: 2}, {Start: 4, Page: 3}}); diff != "" {
		t.Errorf("parts (-got +want):\n%s", diff)
	}
	if diff := cmp.Diff(a.Projects[0].Fields, []indexer.Field{{Key: "a", Value: "1"}, {Key: "b", Value: "2"}}); diff != "" {
		t.Errorf("fields (-got +want):\n%s", diff)
	}
	changed := make("a.pdf")
	changed.Tables[0].Rows[0].Cells[1] = "3"
	if records(t, changed).Disclosure.Generation == a.Disclosure.Generation {
		t.Error("the generation does not depend on an amount")
	}
	back, err := indexer.Unpack(a.Disclosure.Body)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(back, make("a.pdf")); diff != "" {
		t.Errorf("unpacked (-got +want):\n%s", diff)
	}
}

func TestTableStates(t *testing.T) {
	for _, tc := range []struct {
		name  string
		notes []string
		empty bool
		want  indexer.State
	}{
		{"figures", nil, false, indexer.FigureState},
		{"declared", []string{"备注：本单位无政府性基金预算支出，此表为空表。"}, true, indexer.DeclaredEmptyState},
		{"declared otherwise", []string{"注：没有 安 排。"}, true, indexer.DeclaredEmptyState},
		{"blank", []string{"注：本表单位为万元。"}, true, indexer.BlankState},
		{"blank without a note", nil, true, indexer.BlankState},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := records(t, &schemas.Disclosure{Tables: []schemas.Table{{Title: "表", Empty: tc.empty, Notes: tc.notes}}})
			if got := b.Tables[0].State; got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
			if got := b.Passages[0].State; got != tc.want {
				t.Errorf("passage: got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestRecordsOfOddDisclosures(t *testing.T) {
	if b := records(t, &schemas.Disclosure{}); b.Disclosure.ParserVersion != 1 || len(b.Passages) != 0 {
		t.Errorf("got %+v for an empty disclosure", b)
	}
	if _, err := indexer.Records(&schemas.Disclosure{Sections: []schemas.Section{{At: &schemas.Place{BBox: &schemas.Box{math.NaN()}}}}}); err == nil {
		t.Error("got no error for a coordinate that is no number")
	}
	b := records(t, &schemas.Disclosure{Unit: "甲\xff\x00", Sections: []schemas.Section{{Text: "\x00a\xfe"}}})
	if b.Disclosure.Unit != "甲\ufffd" || b.Passages[0].Text != "a\ufffd" {
		t.Errorf("got %q, %q", b.Disclosure.Unit, b.Passages[0].Text)
	}
	for _, body := range []string{"", "no gzip", "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"} {
		if _, err := indexer.Unpack([]byte(body)); err == nil {
			t.Errorf("got no error for the body %q", body)
		}
	}
}
