package indextest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"yusuan/schemas"
)

// Disclosures returns made-up disclosures of three units in two counties over two years: budgets and final accounts, in 元
// and 万元, with empty forms, a two-sided table, negative amounts and texts with quotes, spaced characters and odd forms. Each
// call builds them anew.
func Disclosures() []*schemas.Disclosure {
	return []*schemas.Disclosure{
		hospital(2023, "4.20"), hospital(2024, "3.10"), library(), pensions(), nameless(),
	}
}

func ptr[T any](v T) *T { return &v }

func base(name, unit, region string, year int, kind schemas.DocumentKind, scope schemas.Scope) *schemas.Disclosure {
	sum := sha256.Sum256([]byte(name))
	d := &schemas.Disclosure{
		SchemaVersion: schemas.SchemaVersion,
		Source:        schemas.Source{SHA256: hex.EncodeToString(sum[:]), FileName: name + ".pdf", Bytes: 1000, Pages: 9, TextSource: schemas.FromText},
		Title:         unit + "预算公开", Unit: unit, Region: region, DocumentKind: kind, Scope: scope, ParserVersion: 3,
	}
	if year != 0 {
		d.FiscalYear = &year
	}
	return d
}

func box(y float64) *schemas.Box { return &schemas.Box{72, y, 523.28, y + 12.5} }

func at(page int, y float64) *schemas.Place { return &schemas.Place{Page: page, BBox: box(y)} }

// column reads "code:科目/编码/类" as a role and a header path.
func column(spec string) schemas.Column {
	role, path, _ := strings.Cut(spec, ":")
	return schemas.Column{Role: schemas.Role(role), Path: strings.Split(path, "/")}
}

func columns(specs ...string) []schemas.Column {
	out := make([]schemas.Column, len(specs))
	for i, s := range specs {
		out[i] = column(s)
	}
	return out
}

// row reads "208|05|05|养老保险|12.5"; code is the joined classification code or "".
func row(page int, y float64, code, cells string) schemas.Row {
	r := schemas.Row{Cells: strings.Split(cells, "|"), Code: code, At: at(page, y)}
	for i, c := range r.Cells {
		if c == "" {
			r.CellBoxes = append(r.CellBoxes, nil)
			continue
		}
		x := 72 + 50*float64(i)
		r.CellBoxes = append(r.CellBoxes, &schemas.Box{x, y, x + 45, y + 12.5})
	}
	return r
}

// section builds a section whose paragraphs stand on the pages from page on, one a page.
func section(id string, level int, number, title string, page int, paragraphs ...string) schemas.Section {
	s := schemas.Section{ID: id, Level: level, Number: number, Title: title, Text: strings.Join(paragraphs, "\n"), At: at(page, 80)}
	for i := range paragraphs {
		s.Paragraphs = append(s.Paragraphs, *at(page+i, 100+float64(20*i)))
	}
	return s
}

func with(s schemas.Section, children ...schemas.Section) schemas.Section {
	s.Children = children
	return s
}

func functionalTable(rows ...schemas.Row) schemas.Table {
	return schemas.Table{
		Number: "表 5", Title: "一般公共预算支出情况表", Kind: schemas.GeneralPublicExpenditure, UnitOfMeasure: "万元", Pages: []int{5}, At: at(5, 90),
		Columns: columns("code:科目/编码/类", "code:科目/编码/款", "code:科目/编码/项", "name:科目/名称", "amount:支出/合计", "amount:支出/基本支出",
			"amount:支出/项目支出", "amount:比上年增减%"),
		Rows: rows,
	}
}

// hospital is a unit budget in 万元.
func hospital(year int, threePublic string) *schemas.Disclosure {
	d := base("hospital-"+threePublic, "云岭县人民医院", "云岭县", year, schemas.Budget, schemas.UnitScope)
	d.PublishedOn = ptr("2024-02-08")
	d.Staffing = &schemas.Staffing{Authorised: ptr(120)}
	d.Sections = []schemas.Section{
		with(section("1", 1, "第一部分", "单位概况", 2),
			with(section("1.1", 2, "一、", "主要职能", 2),
				section("1.1.1", 4, "1.", "", 2, "承担全县医疗救治、疾病预防和突发公共卫生事件的应急处置工作，编制床位０９９１张。"))),
		with(section("2", 1, "第二部分", "预算情况说明", 6),
			section("2.1", 2, "一、", "关于收支预算情况的总体说明", 6, "收 入 总 计5,494.84万元，支 出 总 计5,494.84万元。", "按照综合预算的原则，所有收入和支出均纳入预算管理。"),
			section("2.2", 2, "二、", "关于“三公”经费预算情况说明", 7,
				"“三公”经费财政拨款预算数为"+threePublic+"万元，比上年减少1.10万元，主要原因是：压减公务接待费。",
				"其中：因公出国（境）费0万元；公务接待费⼆〇⼆四年大幅下降。")),
	}
	d.Tables = []schemas.Table{
		{
			Number: "表 1", Title: "单位收支总体情况表", Kind: schemas.RevenueExpenditureSummary, UnitOfMeasure: "万元", Pages: []int{3}, At: at(3, 90),
			Columns: columns("text:收入/项目", "amount:收入/预算数", "name:支出/功能分类", "amount:支出/预算数"),
			Rows: []schemas.Row{
				row(3, 110, "", "一、本年收入|5,494.84|201 一般公共服务支出|"),
				row(3, 125, "", "二、上年结转|-12.50|210 卫生健康支出|5,482.34"),
				row(3, 140, "", "收 入 总 计|5,482.34|支 出 总 计|5,482.34"),
				row(3, 155, "", "|||"),
			},
		},
		functionalTable(
			row(5, 110, "208", "208|||社会保障和就业支出|179.50|179.50||5.2%"),
			row(5, 125, "20805", "208|05||行政事业单位养老支出|179.50|179.50||-"),
			row(5, 140, "2080505", "208|05|05|机关事业单位基本养老保险缴费支出|108.29|108.29|0|—"),
			row(5, 155, "210", "210|||卫生健康支出|2,090.68|见说明|2090.68|"),
		),
		{
			Number: "表 8", Title: "政府性基金预算支出情况表", Kind: schemas.GovernmentFundExpenditure, UnitOfMeasure: "万元", Empty: true, Pages: []int{5},
			Notes: []string{"备注：本单位" + strings.Repeat(" ", 1) + "无政府性基金预算支出，此表为空表。"}, Columns: columns("name:科目名称", "amount:合计"),
			Rows: []schemas.Row{row(5, 300, "", "|")},
		},
		{
			Number: "表 10", Title: "财政拨款“三公”经费支出情况表", Kind: schemas.ThreePublicExpenses, UnitOfMeasure: "万元", Pages: []int{6}, At: at(6, 400),
			Columns: columns("name:“三公”经费支出内容", "amount:合计", "amount:资金来源/一般公共预算"),
			Rows: []schemas.Row{
				row(6, 410, "", "合计|"+threePublic+"|"+threePublic), row(6, 425, "", "公务接待费|"+threePublic+"|"+threePublic),
				row(6, 440, "", "因公出国（境）费|0|"),
			},
		},
		{
			Title: "项目支出绩效目标表", Kind: schemas.ProjectPerformance, Pages: []int{8},
			Grid:   [][]string{{"项目名称", "县域医共体建设", "县域医共体建设"}, {"产出指标", "数量指标", "≥57个"}},
			GridAt: []schemas.Place{*at(8, 100), *at(8, 120)},
		},
	}
	d.Projects = []schemas.Project{{Name: "县域医共体建设", Fields: map[string]string{"项目名称": "县域医共体建设", "预算安排规模": "775.39万元"}, Page: 7}}
	d.Findings = []schemas.Finding{{Rule: "row-sum", Severity: schemas.Error, Message: "合计与分项之和不符", Expected: "12.50", Actual: "12.05", At: []schemas.Place{*at(5, 110)}}}
	return d
}

// library is a department budget in 元 with an own unit in one header.
func library() *schemas.Disclosure {
	d := base("library", "青禾县图书馆", "青禾县", 2024, schemas.Budget, schemas.DepartmentScope)
	d.Sections = []schemas.Section{
		section("1", 2, "一、", "部门职责", 1, "负责全县公共文化服务，收藏图书ABC类1,200册。", "组织读书活动第12届。"),
		section("2", 2, "二、", "三公经费说明", 2, "我馆三公经费支出为零。"),
	}
	table := functionalTable(
		row(2, 110, "207", "207|||文化旅游体育与传媒支出|1,234,567.89|1,000,000.00|234,567.89|12%"),
		row(2, 125, "2080505", "208|05|05|机关事业单位基本养老保险缴费支出|90,000.50|90,000.50||"),
	)
	table.UnitOfMeasure = "元"
	d.Tables = []schemas.Table{table, {
		Number: "表六", Title: "基本支出表", Kind: schemas.GeneralPublicBasicExpenditure, UnitOfMeasure: "单位：元", Pages: []int{3},
		Columns: columns("code:科目代码", "name:科目名称", "amount:金额（万元）", "amount:人数（人）", "number:行次"),
		Rows: []schemas.Row{
			row(3, 110, "301", "301|工资福利支出|100.00|12|1"), row(3, 125, "30101", "30101|基本工资|60.00|12|2"), row(3, 140, "", "|合计|100|24|3"),
		},
	}}
	return d
}

// pensions is final accounts with code columns on both sides of one table.
func pensions() *schemas.Disclosure {
	d := base("pensions", "青禾县社会保险中心", "青禾县", 2023, schemas.FinalAccounts, schemas.UnitScope)
	d.Sections = []schemas.Section{
		section("1", 1, "第一部分", "概况", 1, "中心编制数19，实有人数38人。"),
		with(section("2", 1, "第二部分", "决算情况说明", 4), section("2.1", 2, "一、", "三公经费支出决算说明", 4,
			"2023年度三公经费支出决算为1,234.56元，完成预算的98.5%。", strings.Repeat("公务用车运行维护费用于保险稽核、走访参保单位和退休人员认证等工作。", 12)+"公务接待费支出增加。")),
	}
	d.Tables = []schemas.Table{{
		Number: "公开06表", Title: "一般公共预算财政拨款基本支出决算明细表", Kind: schemas.GeneralPublicBasicExpenditure, UnitOfMeasure: "万元", Pages: []int{3},
		Columns: columns("code:人员经费/科目代码", "name:人员经费/科目名称", "amount:人员经费/决算数", "code:公用经费/科目代码", "name:公用经费/科目名称", "amount:公用经费/决算数"),
		Rows: []schemas.Row{
			row(3, 110, "", "301|工资福利支出|1250.27|302|商品和服务支出|61.25"),
			row(3, 125, "", "30101|基本工资|365.60|30201|办公费|（2.22）"),
		},
	}}
	return d
}

// nameless is readable, but no budget disclosure: no unit, no year.
func nameless() *schemas.Disclosure {
	d := base("nameless", "", "", 0, schemas.UnknownKind, schemas.UnknownScope)
	d.Title = "关于召开会议的通知"
	d.Warnings = []schemas.Warning{{Code: schemas.NoStructure, Message: "no budget disclosure"}}
	d.Sections = []schemas.Section{section("1", 2, "一、", "会议时间", 1, "定于下周召开。")}
	return d
}

// ManyCodes is a disclosure with one figure of each of 1,500 codes, as the parser of that version reads it: each figure is as high.
func ManyCodes(parser int) *schemas.Disclosure {
	d := base("many codes", "云岭县财政局", "云岭县", 2024, schemas.Budget, schemas.DepartmentScope)
	d.ParserVersion = parser
	var rows []schemas.Row
	for i := range 1500 {
		code := fmt.Sprint(2010000 + i)
		rows = append(rows, row(1+i/40, float64(100+i%40*15), code, fmt.Sprintf("%s|%s|%s|项目%d|%d|", code[:3], code[3:5], code[5:], i, parser)))
	}
	d.Tables = []schemas.Table{functionalTable(rows...)}
	return d
}
