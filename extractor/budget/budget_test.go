package budget

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"yusuan/extractor/layout"
	"yusuan/extractor/pdf"
	"yusuan/schemas"
)

func TestNumbered(t *testing.T) {
	tests := []struct {
		text   string
		level  int
		number string
		rest   string
	}{
		{"第一部分 单位概况", partLevel, "第一部分", "单位概况"},
		{"第十二部分", partLevel, "第十二部分", ""},
		{"一、主要职能", han, "一、", "主要职能"},
		{"十一、关于上年结转", han, "十一、", "关于上年结转"},
		{"（一）收入", hanBracket, "（一）", "收入"},
		{"(二)支出", hanBracket, "(二)", "支出"},
		{"1.房屋0平方米", arabic, "1.", "房屋0平方米"},
		{"2、其他", arabic, "2、", "其他"},
		{"3．其他", arabic, "3．", "其他"},
		{"（3）其他", arabicParen, "（3）", "其他"},
		{"4）其他", arabicParen, "4）", "其他"},
		{"①行政运行", circled, "①", "行政运行"},
		{"3.5万元，占比", 0, "", "3.5万元，占比"},
		{"2024年预算", 0, "", "2024年预算"},
		{"一般公共预算", 0, "", "一般公共预算"},
		{"", 0, "", ""},
	}
	for _, tt := range tests {
		level, number, rest := numbered(tt.text)
		if level != tt.level || number != tt.number || rest != tt.rest {
			t.Errorf("numbered(%q) = %d, %q, %q; want %d, %q, %q", tt.text, level, number, rest, tt.level, tt.number, tt.rest)
		}
	}
}

func TestOrdinal(t *testing.T) {
	for number, want := range map[string]int{"第三部分": 3, "十、": 10, "二十一、": 21, "（一百零三）": 103, "12.": 12, "（７）": 7, "③": 3, "二〇": 20, "": 0, "其、": 0} {
		if got := ordinal(number); got != want {
			t.Errorf("ordinal(%q) = %d, want %d", number, got, want)
		}
	}
}

// tree gives a section tree as text: two spaces a level, number, title | text.
func tree(sections []schemas.Section, indent string) string {
	var b strings.Builder
	for _, s := range sections {
		b.WriteString(indent + s.ID + " " + s.Number + s.Title + "|" + strings.ReplaceAll(s.Text, "\n", "/") + "\n")
		b.WriteString(tree(s.Children, indent+"  "))
	}
	return b.String()
}

func paragraphs(texts ...string) []layout.Paragraph {
	var out []layout.Paragraph
	for i, s := range texts {
		p := layout.Paragraph{Text: s, Page: 1 + i/10, Size: 16, Box: pdf.Rect{X1: 1, Y1: 1}}
		if bold, rest, ok := strings.Cut(strings.TrimPrefix(s, "**"), "**"); ok { // **bold**rest
			p.Text, p.Lead = bold+rest, utf8.RuneCountInString(bold)
		}
		out = append(out, p)
	}
	return out
}

func TestSectionTree(t *testing.T) {
	tests := []struct {
		name string
		in   []string
		want string
	}{
		{"all levels", []string{"第一部分 概况", "一、职能", "（一）主要", "1.拟订规划。", "（1）组织制定；", "①制订；", "二、机构", "下设三个科室。", "第二部分 说明"},
			"1 第一部分概况|\n  1.1 一、职能|\n    1.1.1 （一）主要|\n      1.1.1.1 1.|拟订规划。\n        1.1.1.1.1 （1）|组织制定；\n          1.1.1.1.1.1 ①|制订；\n  1.2 二、机构|下设三个科室。\n2 第二部分说明|\n"},
		{"a level is skipped", []string{"一、职能", "1.拟订。", "2.执行。", "二、机构"}, "1 一、职能|\n  1.1 1.|拟订。\n  1.2 2.|执行。\n2 二、机构|\n"},
		{"paragraphs belong to what was opened last", []string{"一、收入", "收入100万元。", "其中：拨款。", "（一）结构", "文字。"}, "1 一、收入|收入100万元。/其中：拨款。\n  1.1 （一）结构|文字。\n"},
		{"a sentence is no heading", []string{"（一）收入预算3433.42万元", "（二）项目名称：某项目", "1、按科目划分：", "二、说明："}, "1 （一）|收入预算3433.42万元\n2 （二）|项目名称：某项目\n  2.1 1、|按科目划分：\n3 二、说明：|\n"},
		{"the title of a part on the next line", []string{"第三部分", "情况说明", "一、总体"}, "1 第三部分情况说明|\n  1.1 一、总体|\n"},
		{"a bold heading and its text on one line", []string{"**（一）机关运行经费。**2024年预算5.48万元。", "（二）政府采购情况。2024年预算3万元。"}, "1 （一）机关运行经费|2024年预算5.48万元。\n2 （二）|政府采购情况。2024年预算3万元。\n"},
		{"nothing numbered", []string{"只有文字。"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			sections := sectionTree(paragraphs(tt.in...), func(n int, _ pdf.Rect) schemas.Place { return schemas.Place{Page: n} })
			setIDs(sections, "")
			got := tree(sections, "")
			if diff := cmp.Diff(got, tt.want); diff != "" {
				t.Errorf("got, want:\n%s", diff)
			}
		})
	}
}

func TestContentsAreSetAside(t *testing.T) {
	in := paragraphs("某局2024年单位预算公开", "目 录", "第一部分 概况……………3", "一、职能……………3", "第二部分 说明……………5", "第一部分 概况", "一、职能", "文字。", "第二部分 说明")
	cover, text := splitContents(in)
	if len(cover) != 1 || cover[0].Text != "某局2024年单位预算公开" {
		t.Errorf("cover = %v, want the title only", cover)
	}
	if len(text) != 4 || text[0].Text != "第一部分 概况" {
		t.Errorf("text = %v, want four paragraphs from 第一部分", text)
	}
}

func TestSignature(t *testing.T) {
	text, signature := splitSignature(paragraphs("一、说明", "文字。", "某县某局", "2024年2月8日", "附表如下。"))
	if len(text) != 3 || len(signature) != 2 {
		t.Fatalf("%d paragraphs of text, %d of signature; want 3 and 2", len(text), len(signature))
	}
	if got := publishedOn(nil, signature); got == nil || *got != "2024-02-08" {
		t.Errorf("published on %v, want 2024-02-08", got)
	}
	for in, want := range map[string]string{"二〇二四年一月十五日": "2024-01-15", "2024 年 12 月 3 日": "2024-12-03", "二○二三年十二月三十一日": "2023-12-31", "2024-02-06": "2024-02-06", "2024年2月": "", "2024年13月1日": "", "于2024年2月8日公开": ""} {
		if got := dateIn(in); got != want {
			t.Errorf("dateIn(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestCaptionKinds(t *testing.T) {
	tests := []struct {
		text string
		kind captionLine
		want caption
	}{
		{"表 1", metaCaption, caption{number: "表 1"}},
		{"公开01表", metaCaption, caption{number: "公开01表"}},
		{"附表10", metaCaption, caption{number: "附表10"}},
		{"公开表1-1", metaCaption, caption{number: "公开表1-1"}},
		{"表一 收支总表", numberCaption, caption{number: "表一", title: "收支总表"}},
		{"附表三一般公共预算支出表", numberCaption, caption{number: "附表三", title: "一般公共预算支出表"}},
		{"表5一般公共预算支出表", numberCaption, caption{number: "表5", title: "一般公共预算支出表"}},
		{"第二部分 2024年单位预算表", noCaption, caption{}},
		{"单位收支总体情况表", titleCaption, caption{}},
		{"单位：万元", metaCaption, caption{measure: "万元"}},
		{"编制单位：某县某局 单位：万元", metaCaption, caption{measure: "万元", unit: "某县某局", scope: schemas.UnitScope}},
		{"部门名称：某县某局 金额单位：元", metaCaption, caption{measure: "元", unit: "某县某局", scope: schemas.DepartmentScope}},
		{"公开05表 单位：万元", metaCaption, caption{number: "公开05表", measure: "万元"}},
		{"（2024年度）", metaCaption, caption{}},
		{"本表反映本单位的收入情况，详见下表。", noCaption, caption{}},
		{"一、主要职能", noCaption, caption{}},
	}
	for _, tt := range tests {
		var c caption
		if got := captionKind(lineOf(tt.text), &c); got != tt.kind || c != tt.want {
			t.Errorf("captionKind(%q) = %d, %+v; want %d, %+v", tt.text, got, c, tt.kind, tt.want)
		}
	}
}

func TestFormOf(t *testing.T) {
	for title, want := range map[string]schemas.Form{
		"单位收支总体情况表": schemas.RevenueExpenditureSummary, "部门收入总表": schemas.RevenueSummary, "支出决算表": schemas.ExpenditureSummary,
		"财政拨款收入支出决算总表": schemas.FiscalAppropriationSummary, "一般公共预算支出表": schemas.GeneralPublicExpenditure,
		"一般公共预算财政拨款基本支出决算明细表": schemas.GeneralPublicBasicExpenditure, "一般公共预算项目支出情况表": schemas.GeneralPublicProjectExpenditure,
		"政府性基金预算财政拨款收入支出决算表": schemas.GovernmentFundExpenditure, "国有资本经营预算支出表": schemas.StateCapitalExpenditure,
		"财政拨款“三公”经费支出决算表": schemas.ThreePublicExpenses, "上年结转结余情况明细表": schemas.Carryover,
		"项目支出绩效目标表": schemas.ProjectPerformance, "部门整体支出绩效目标表": schemas.OverallPerformance, "政府采购预算表": schemas.OtherForm,
	} {
		if got := formOf(&schemas.Table{Title: title}); got != want {
			t.Errorf("formOf(%s) = %s, want %s", title, got, want)
		}
	}
}

func TestFormByContent(t *testing.T) {
	table := func(names []string, paths ...[]string) *schemas.Table {
		x := &schemas.Table{Title: "部门公开表"}
		for i, p := range paths {
			role := schemas.AmountRole
			if i == 0 {
				role = schemas.NameRole
			}
			x.Columns = append(x.Columns, schemas.Column{Path: p, Role: role})
		}
		for _, n := range names {
			x.Rows = append(x.Rows, schemas.Row{Cells: append([]string{n}, make([]string, len(paths)-1)...)})
		}
		return x
	}
	tests := []struct {
		want schemas.Form
		t    *schemas.Table
	}{
		{schemas.ThreePublicExpenses, table(nil, []string{"合计"}, []string{"因公出国（境）费"}, []string{"公务用车购置及运行费", "小计"}, []string{"公务接待费"})},
		{schemas.ThreePublicExpenses, table([]string{"1、因公出国（境）费用", "2、公务接待费", "3、公务用车费"}, []string{"项目"}, []string{"本年预算数"})},
		{schemas.RevenueSummary, table([]string{"合计"}, []string{"项目"}, []string{"合计"}, []string{"财政拨款收入"}, []string{"事业收入"})},
		{schemas.ExpenditureSummary, table([]string{"合计"}, []string{"科目"}, []string{"基本支出"}, []string{"项目支出"}, []string{"上缴上级支出"})},
		{schemas.GeneralPublicBasicExpenditure, table([]string{"工资福利支出"}, []string{"科目"}, []string{"人员经费"}, []string{"公用经费"})},
		{schemas.RevenueExpenditureSummary, table([]string{"一、事业收入", "收入总计"}, []string{"收入", "项目"}, []string{"收入", "预算数"}, []string{"支出", "预算数"})},
		{schemas.OtherForm, table([]string{"办公楼"}, []string{"资产"}, []string{"面积"})},
	}
	for _, tt := range tests {
		if got := formOf(tt.t); got != tt.want {
			t.Errorf("formOf(%v) = %s, want %s", tt.t.Columns, got, tt.want)
		}
	}
}

func TestSpokenUnit(t *testing.T) {
	for text, want := range map[string]string{
		"云岭县疾病预防控制中心内设机构3个，分别为：办公室。": "云岭县疾病预防控制中心",
		"云岭县水利局2024年部门预算包括本级预算。":     "云岭县水利局",
		"第二部分2024年部门预算表":             "",
		"本单位内设机构3个。":                 "",
	} {
		d := &schemas.Disclosure{}
		if got := unit(d, nil, paragraphs(text)); got != want {
			t.Errorf("unit of %q = %q, want %q", text, got, want)
		}
	}
}

func TestTitleFields(t *testing.T) {
	tests := []struct {
		title, unit, region string
		year                int
		kind                schemas.DocumentKind
		scope               schemas.Scope
	}{
		{"云岭县社会保险中心2024年单位预算公开", "云岭县社会保险中心", "云岭县", 2024, schemas.Budget, schemas.UnitScope},
		{"2023年度青禾县水利局部门决算", "青禾县水利局", "青禾县", 2023, schemas.FinalAccounts, schemas.DepartmentScope},
		{"江州市禾丰区文化馆二〇二四年单位决算公开", "江州市禾丰区文化馆", "江州市禾丰区", 2024, schemas.FinalAccounts, schemas.UnitScope},
	}
	for _, tt := range tests {
		d := &schemas.Disclosure{}
		readFields(d, []layout.Paragraph{{Text: tt.title, Page: 1, Size: 22}}, nil, nil)
		if d.Unit != tt.unit || d.Region != tt.region || d.FiscalYear == nil || *d.FiscalYear != tt.year || d.DocumentKind != tt.kind || d.Scope != tt.scope {
			t.Errorf("%s: unit %q, region %q, year %v, %s, %s", tt.title, d.Unit, d.Region, d.FiscalYear, d.DocumentKind, d.Scope)
		}
	}
}

func TestStaffing(t *testing.T) {
	n := func(i int) *int { return &i }
	tests := []struct {
		text string
		want *schemas.Staffing
	}{
		{"某中心编制数19，实有人数38人，其中：在职22人，增加1人；退休16人，增加1人；离休0人，增加0人。", &schemas.Staffing{Authorised: n(19), Actual: n(38), InService: n(22), Retired: n(16), RetiredVeterans: n(0)}},
		{"核定编制二十名，实有在职人员18人。", &schemas.Staffing{Authorised: n(20), InService: n(18)}},
		{"贯彻编制工作的方针政策。", nil},
	}
	for _, tt := range tests {
		got := staffing(paragraphs(tt.text))
		if diff := cmp.Diff(got, tt.want); diff != "" {
			t.Errorf("%s: got, want:\n%s", tt.text, diff)
		}
	}
}

func TestRecords(t *testing.T) {
	sections := sectionTree(paragraphs("一、项目支出情况", "（一）项目名称：某项目", "设立的政策依据：某通知（", "某财〔2023〕1号）", "预算安排规模：3万元", "二、名词解释", "1、财政拨款：指…的款项。", "2、“三公”经费：指某费。", "3、基本支出指为保障运转的支出。"),
		func(n int, _ pdf.Rect) schemas.Place { return schemas.Place{Page: n} })
	wantProjects := []schemas.Project{{Name: "某项目", Page: 1, Fields: map[string]string{"设立的政策依据": "某通知（某财〔2023〕1号）", "预算安排规模": "3万元"}}}
	if diff := cmp.Diff(projects(sections), wantProjects); diff != "" {
		t.Errorf("projects: got, want:\n%s", diff)
	}
	wantTerms := []schemas.Term{{Term: "财政拨款", Definition: "指…的款项。"}, {Term: "“三公”经费", Definition: "指某费。"}, {Term: "基本支出", Definition: "指为保障运转的支出。"}}
	if diff := cmp.Diff(glossary(sections), wantTerms); diff != "" {
		t.Errorf("glossary: got, want:\n%s", diff)
	}
}

func TestJoinCode(t *testing.T) {
	tests := []struct {
		cells []string
		want  string
	}{
		{[]string{"208", "01", "01"}, "2080101"}, {[]string{"208", "01", ""}, "20801"}, {[]string{"208", "", ""}, "208"},
		{[]string{"2080101"}, "2080101"}, {[]string{"301", "08"}, "30108"}, {[]string{"合计"}, ""}, {[]string{"", "", ""}, ""}, {[]string{"２０８"}, "208"},
	}
	for _, tt := range tests {
		if got := joinCode(tt.cells); got != tt.want {
			t.Errorf("joinCode(%q) = %q, want %q", tt.cells, got, tt.want)
		}
	}
}

// written gives sections as they are printed, a paragraph a line.
func written(sections []schemas.Section) string {
	var b strings.Builder
	for _, s := range sections {
		b.WriteString(s.Number + s.Title + "\n" + s.Text + "\n" + written(s.Children))
	}
	return b.String()
}

func FuzzSectionTree(f *testing.F) {
	files, err := filepath.Glob("../testdata/*.truth.json")
	if err != nil || len(files) == 0 {
		f.Fatalf("no truths: %v", err)
	}
	for _, file := range files {
		var d schemas.Disclosure
		if data, err := os.ReadFile(file); err != nil || json.Unmarshal(data, &d) != nil {
			f.Fatalf("%s: %v", file, err)
		}
		f.Add(written(d.Sections))
	}
	f.Add("第一部分 概况\n一、职能\n1.拟订。\n（1）组织；\n①制订；")
	f.Add("（一）\n一、\n第三部分\n说明\n1.")
	f.Fuzz(func(t *testing.T, text string) {
		in := strings.Split(text, "\n")
		place := func(n int, _ pdf.Rect) schemas.Place { return schemas.Place{Page: n} }
		cover, rest := splitContents(paragraphs(in...))
		preamble(cover, place)
		glossary(sectionTree(rest, place))
		sections := sectionTree(paragraphs(in...), place)
		var walk func([]schemas.Section, int)
		walk = func(sections []schemas.Section, above int) {
			for _, s := range sections {
				if s.Level <= above || s.Level > deepestLevel {
					t.Errorf("section %s has level %d below level %d", s.ID, s.Level, above)
				}
				if s.Text != "" && strings.Count(s.Text, "\n")+1 != len(s.Paragraphs) {
					t.Errorf("section %s has %d lines and %d places", s.ID, strings.Count(s.Text, "\n")+1, len(s.Paragraphs))
				}
				walk(s.Children, s.Level)
			}
		}
		walk(sections, 0)
	})
}
