package checker_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yusuan/checker"
	"yusuan/schemas"
)

// disclosure is a small final-accounts document: a table, a form without columns, a section with one under it.
func disclosure() *schemas.Disclosure {
	at := func(page int) *schemas.Place { return &schemas.Place{Page: page} }
	row := func(code string, cells ...string) schemas.Row {
		return schemas.Row{Code: code, Cells: cells, At: at(3)}
	}
	return &schemas.Disclosure{
		Title: "青禾县图书馆2023年度决算",
		Tables: []schemas.Table{
			{
				Number: "公开05表", Title: "支出决算表", Kind: schemas.GeneralPublicExpenditure, UnitOfMeasure: "万元", At: at(3),
				Columns: []schemas.Column{
					{Path: []string{"科目", "编码"}, Role: schemas.CodeRole}, {Path: []string{"科目", "名称"}, Role: schemas.NameRole},
					{Path: []string{"合计"}, Role: schemas.AmountRole}, {Path: []string{"基本支出"}, Role: schemas.AmountRole},
					{Path: []string{"增减%"}, Role: schemas.NumberRole},
				},
				Rows: []schemas.Row{
					row("", "", "合计", "120.00", "100.00", "5"), row("2070104", "2070104", "图书馆", "100.00", "90.00", ""),
					row("2080505", "2080505", "养老保险", "20.00", "10.00", ""),
				},
			},
			{Number: "公开10表", Title: "绩效目标表", Kind: schemas.ProjectPerformance, At: at(5), Grid: [][]string{{"项目", "阅读推广", "阅读推广"}, {"目标", "活动", "12 场"}}},
		},
		Sections: []schemas.Section{{
			Number: "一、", Title: "收支情况", Text: "全年收入120万元。全年支出120万元。", At: at(7),
			Children: []schemas.Section{{Number: "（一）", Title: "收入", Text: "与上年持平。", At: at(7)}},
		}},
	}
}

func TestChanges(t *testing.T) {
	cases := []struct {
		name   string
		change func(d *schemas.Disclosure)
		want   []string
	}{
		{"nothing", func(d *schemas.Disclosure) {}, nil},
		{"white space and how figures are printed", func(d *schemas.Disclosure) {
			d.Title = "青禾县图书馆 2023 年度决算"
			d.Tables[0].Rows[0].Cells[2] = "1 20.00"
			d.Tables[0].Rows[0].Cells[2] = "120"
			d.Tables[0].Rows[1].Cells[1] = "图 书 馆"
			d.Sections[0].Text = "全年收入 120 万元。\n全年支出120万元。"
		}, nil},
		{"the same in 元", func(d *schemas.Disclosure) {
			d.Tables[0].UnitOfMeasure = "元"
			for i := range d.Tables[0].Rows {
				for _, c := range []int{2, 3} {
					d.Tables[0].Rows[i].Cells[c] = strings.ReplaceAll(d.Tables[0].Rows[i].Cells[c], ".00", "0000.00")
				}
			}
		}, nil},
		{"rows in another order", func(d *schemas.Disclosure) {
			r := d.Tables[0].Rows
			r[1], r[2] = r[2], r[1]
		}, nil},
		{"a figure", func(d *schemas.Disclosure) { d.Tables[0].Rows[1].Cells[2] = "90.00" },
			[]string{`figure 公开05表 支出决算表/2070104 图书馆/合计: "100.00" → "90.00" 万元 -10000000 分, p. 3 → 3`}},
		{"a figure that was not there", func(d *schemas.Disclosure) { d.Tables[0].Rows[1].Cells[4] = "7" },
			[]string{`cell 公开05表 支出决算表/2070104 图书馆/增减%: "" → "7", p. 3 → 3`}},
		{"a figure gone", func(d *schemas.Disclosure) { d.Tables[0].Rows[2].Cells[3] = "" },
			[]string{`figure 公开05表 支出决算表/2080505 养老保险/基本支出: "10.00" → "" 万元, p. 3 → 3`}},
		{"a row gone", func(d *schemas.Disclosure) { d.Tables[0].Rows = d.Tables[0].Rows[:2] },
			[]string{`row 公开05表 支出决算表/2080505 养老保险: "2080505 养老保险 20.00 10.00" → "", p. 3 → 0`}},
		{"a row new, named as another", func(d *schemas.Disclosure) {
			d.Tables[0].Rows = append(d.Tables[0].Rows, d.Tables[0].Rows[2])
		}, []string{`row 公开05表 支出决算表/2080505 养老保险: "" → "2080505 养老保险 20.00 10.00", p. 0 → 3`}},
		{"a table gone, a form changed", func(d *schemas.Disclosure) {
			d.Tables = d.Tables[1:]
			d.Tables[0].Grid = [][]string{{"项目", "阅读推广", "阅读推广"}, {"目标", "活动", "20 场"}}
		}, []string{`table 公开05表 支出决算表: "3 rows" → "", p. 3 → 0`, `cell 公开10表 绩效目标表: "目标 | 活动 | 12 场" → "目标 | 活动 | 20 场", p. 5 → 5`}},
		{"a column new", func(d *schemas.Disclosure) {
			tab := &d.Tables[0]
			tab.Columns = append(tab.Columns, schemas.Column{Path: []string{"项目支出"}, Role: schemas.AmountRole})
			for i := range tab.Rows {
				tab.Rows[i].Cells = append(tab.Rows[i].Cells, "")
			}
			tab.Rows[0].Cells[5] = "20.00"
		}, []string{`figure 公开05表 支出决算表/合计/项目支出: "" → "20.00" 万元, p. 3 → 3`}},
		{"a code that is not the row's own", func(d *schemas.Disclosure) {
			d.Tables[0].Rows[2].Code, d.Tables[0].Rows[2].Cells[0] = "", "2080599"
		}, []string{
			`row 公开05表 支出决算表/2080505 养老保险: "2080505 养老保险 20.00 10.00" → "", p. 3 → 0`,
			`row 公开05表 支出决算表/2080599 养老保险: "" → "2080599 养老保险 20.00 10.00", p. 0 → 3`,
		}},
		{"a total written in the code column", func(d *schemas.Disclosure) {
			d.Tables[0].Rows[0].Cells[0], d.Tables[0].Rows[0].Cells[1] = "合计", ""
			d.Tables[0].Rows[0].Cells[2] = "130.00"
		}, []string{`figure 公开05表 支出决算表/合计/合计: "120.00" → "130.00" 万元 10000000 分, p. 3 → 3`}},
		{"a note", func(d *schemas.Disclosure) { d.Tables[0].Notes = []string{"注：本表为空表。"} },
			[]string{`text 公开05表 支出决算表: "" → "注：本表为空表。", p. 3 → 3`}},
		{"no unit named any more", func(d *schemas.Disclosure) { d.Tables[0].UnitOfMeasure = "" }, nil},
		{"the unit in a header", func(d *schemas.Disclosure) {
			tab := &d.Tables[0]
			tab.UnitOfMeasure = ""
			tab.Columns[2].Path, tab.Columns[3].Path = []string{"合计（元）"}, []string{"基本支出 (单位：元)"}
			for i := range tab.Rows {
				for _, c := range []int{2, 3} {
					tab.Rows[i].Cells[c] = strings.ReplaceAll(tab.Rows[i].Cells[c], ".00", "0000")
				}
			}
			tab.Rows[2].Cells[3] = "110000"
		}, []string{`figure 公开05表 支出决算表/2080505 养老保险/基本支出 (单位：元): "10.00 万元" → "110000" 元 1000000 分, p. 3 → 3`}},
		{"a form that has columns now", func(d *schemas.Disclosure) {
			tab := &d.Tables[1]
			tab.Grid, tab.Columns = nil, []schemas.Column{{Role: schemas.TextRole}, {Role: schemas.TextRole}}
			tab.Rows = []schemas.Row{{Cells: []string{"项目", "阅读推广"}}, {Cells: []string{"目标", "20 场"}}}
		}, []string{`cell 公开10表 绩效目标表: "目标 | 活动 | 12 场" → "目标 | 20 场", p. 5 → 5`}},
		{"a sentence", func(d *schemas.Disclosure) {
			d.Sections[0].Text = "全年收入120万元。全年支出110万元。结余10万元。"
		},
			[]string{`text 一、收支情况: "全年支出120万元。" → "全年支出110万元。结余10万元。", p. 7 → 7`}},
		{"sections", func(d *schemas.Disclosure) { d.Sections[0].Children[0].Title = "收入情况" },
			[]string{`text 一、收支情况 > （一）收入: "（一）收入\n与上年持平。" → "", p. 7 → 0`, `text 一、收支情况 > （一）收入情况: "" → "（一）收入情况\n与上年持平。", p. 0 → 7`}},
		{"title and date", func(d *schemas.Disclosure) {
			date := "2024-09-01"
			d.Title, d.PublishedOn = "青禾县图书馆决算（更正）", &date
		}, []string{`field title: "青禾县图书馆2023年度决算" → "青禾县图书馆决算（更正）"`, `field published_on: "" → "2024-09-01"`}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			newer := disclosure()
			c.change(newer)
			var got []string
			for _, ch := range checker.Changes(disclosure(), newer) {
				got = append(got, line(ch))
			}
			if diff := cmp.Diff(got, c.want); diff != "" {
				t.Errorf("got - want +:\n%s", diff)
			}
		})
	}
}

// TestManySentences compares texts that are too long for the exact way.
func TestManySentences(t *testing.T) {
	older, newer := disclosure(), disclosure()
	var text strings.Builder
	for i := range 4000 {
		fmt.Fprintf(&text, "第%d句。", i)
	}
	older.Sections[0].Text = "开头。" + text.String() + "旧的结尾。"
	newer.Sections[0].Text = "新的开头。" + text.String() + "新的结尾。"
	got := checker.Changes(older, newer)
	if len(got) != 1 || got[0].Before != "开头。旧的结尾。" || got[0].After != "新的开头。新的结尾。" {
		t.Errorf("got %+v, want the two sentences", got)
	}
}

func line(c checker.Change) string {
	var where []string
	for _, s := range []string{c.Field, c.Section, c.Table, c.Row, c.Column} {
		if s != "" {
			where = append(where, s)
		}
	}
	before := strings.TrimSpace(c.Before + " " + string(c.UnitBefore))
	s := fmt.Sprintf("%s %s: %q → %q", c.Kind, strings.Join(where, "/"), before, c.After)
	if c.Unit != "" {
		s += " " + string(c.Unit)
	}
	if c.Difference != nil {
		s += fmt.Sprintf(" %d 分", int64(*c.Difference))
	}
	if c.PageBefore+c.PageAfter > 0 {
		s += fmt.Sprintf(", p. %d → %d", c.PageBefore, c.PageAfter)
	}
	return s
}
