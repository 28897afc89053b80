package indexer

import (
	"slices"
	"testing"

	"yusuan/schemas"
)

// TestCodesBeside reads a row's code where codes of something else stand beside those of the classification.
func TestCodesBeside(t *testing.T) {
	code := func(path ...string) schemas.Column { return schemas.Column{Path: path, Role: schemas.CodeRole} }
	name, amount := schemas.Column{Path: []string{"单位名称（科目）"}, Role: schemas.NameRole}, schemas.Column{Path: []string{"合计"}, Role: schemas.AmountRole}
	for _, tc := range []struct {
		name  string
		cols  []schemas.Column
		cells []string
		want  string
	}{
		{"beside", []schemas.Column{code("科目编码", "类"), code("科目编码", "款"), code("科目编码", "项"), code("单位代码"), name, amount}, []string{"204", "02", "01", "201401", "行政运行", "1"}, "2040201"},
		{"before", []schemas.Column{code("部门编码"), code("科目编码"), name, amount}, []string{"201401", "2040201", "行政运行", "1"}, "2040201"},
		{"a unit's row", []schemas.Column{code("科目编码"), code("单位代码"), name, amount}, []string{"", "201401", "某局", "1"}, ""},
		{"under a header of the department's budget", []schemas.Column{code("部门预算支出经济分类科目", "科目编码"), name, amount}, []string{"30101", "基本工资", "1"}, "30101"},
		{"beside the government's classes", []schemas.Column{code("政府预算支出经济分类", "科目编码"), name, code("部门预算支出经济分类", "科目编码"), name, amount}, []string{"50101", "工资奖金津补贴", "30102", "津贴补贴", "1"}, "30102"},
		{"before the government's classes", []schemas.Column{code("部门预算支出经济分类", "款级编码"), name, code("政府预算支出经济分类", "编码"), name, amount}, []string{"30102", "津贴补贴", "50101", "工资奖金津补贴", "1"}, "30102"},
		{"alone", []schemas.Column{code("单位代码"), name, amount}, []string{"2040201", "行政运行", "1"}, "2040201"},
	} {
		table := schemas.Table{UnitOfMeasure: "元", Columns: tc.cols, Rows: []schemas.Row{{Cells: tc.cells}}}
		items := columnsOf(&table, tableMeasure{}).items(&table.Rows[0])
		if len(items) != 1 || items[0].Code != tc.want {
			t.Errorf("%s: got %+v, want code %q", tc.name, items, tc.want)
		}
	}
}

func TestAmountUnits(t *testing.T) {
	table := &schemas.Table{UnitOfMeasure: "单位：万元", Columns: []schemas.Column{
		{Path: []string{"项目"}, Role: schemas.NameRole}, {Path: []string{"行次"}, Role: schemas.AmountRole}, {Path: []string{"本年", "合计"}, Role: schemas.AmountRole},
		{Path: []string{"上年（元）"}, Role: schemas.AmountRole}, {Path: []string{"增幅"}, Role: schemas.AmountRole}, {Path: []string{"人数（人）"}, Role: schemas.AmountRole},
	}}
	if got, want := AmountUnits(table), []schemas.UnitOfMeasure{"", "", "万元", "元", "", ""}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	table.UnitOfMeasure = ""
	if got := AmountUnits(table)[2]; got != "" {
		t.Errorf("without a unit: got %q", got)
	}
}
