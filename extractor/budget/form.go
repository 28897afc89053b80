package budget

import (
	"regexp"
	"slices"
	"strings"

	"yusuan/schemas"
)

// performance reports whether a table's title is that of a performance form (绩效目标表, 绩效自评表).
func performance(title string) bool {
	return strings.Contains(title, "绩效") && (strings.Contains(title, "目标") || strings.Contains(title, "自评"))
}

// forms maps what a title says to a standard form; the first that matches counts. Titles differ from province to province,
// so that each rule names only the words that tell the form apart.
var forms = [...]struct {
	form  schemas.Form
	title *regexp.Regexp
}{
	{schemas.OtherForm, regexp.MustCompile(`构成|结构|占比|统计|一览|机构运行|购买服务`)},
	{schemas.OverallPerformance, regexp.MustCompile(`整体.*绩效|整体支出绩效`)},
	{schemas.ProjectPerformance, regexp.MustCompile(`绩效.*(?:目标|自评)`)},
	{schemas.ThreePublicExpenses, regexp.MustCompile(`三公|因公出国|机关运行经费.*三公`)},
	{schemas.OtherForm, regexp.MustCompile(`运行经费`)},
	{schemas.GovernmentFundExpenditure, regexp.MustCompile(`政府(?:性)?基金`)},
	{schemas.StateCapitalExpenditure, regexp.MustCompile(`国有资本`)},
	{schemas.Carryover, regexp.MustCompile(`结转`)},
	{schemas.GeneralPublicBasicExpenditure, regexp.MustCompile(`基本支出`)},
	{schemas.GeneralPublicProjectExpenditure, regexp.MustCompile(`项目支出|项目.*明细|项目预算|专项业务经费`)},
	{schemas.FiscalAppropriationSummary, regexp.MustCompile(`财政拨款.*(?:收支|收入支出|收入.*支出)|(?:收支|收入支出).*财政拨款`)},
	{schemas.GeneralPublicExpenditure, regexp.MustCompile(`一般公共预算.*支出|一般公共预算`)},
	{schemas.OtherForm, regexp.MustCompile(`采购|财政拨款支出`)},
	{schemas.RevenueExpenditureSummary, regexp.MustCompile(`收支|收入支出`)},
	{schemas.RevenueSummary, regexp.MustCompile(`收入`)},
	{schemas.ExpenditureSummary, regexp.MustCompile(`支出`)},
}

// formOf says which standard form a table is: by its title, and where that tells nothing, by its headers, names and codes.
func formOf(t *schemas.Table) schemas.Form {
	if revenueOnly(t.Title) {
		return schemas.OtherForm
	}
	for _, f := range forms {
		if t.Title != "" && f.title.MatchString(t.Title) {
			return f.form
		}
	}
	if len(t.Grid) > 0 {
		return schemas.ProjectPerformance
	}
	return formByContent(t)
}

// revenueOnly reports whether a title speaks of the revenue of one of a government's budgets alone, which is no form of a unit's.
func revenueOnly(title string) bool {
	return strings.Contains(title, "收入") && !strings.Contains(title, "支") && containsAny(title, "一般公共预算", "政府性基金", "国有资本")
}

// contentForms maps words in a table's headers and in the names of its rows to a standard form, for tables whose title says
// nothing; all words of a rule must be there.
var contentForms = [...]struct {
	form           schemas.Form
	headers, names []*regexp.Regexp
}{
	{schemas.ThreePublicExpenses, words(`因公出国`, `公务接待`), nil},
	{schemas.ThreePublicExpenses, nil, words(`因公出国`, `公务接待`, `公务用车`)},
	{schemas.FiscalAppropriationSummary, words(`收入`, `支出`, `一般公共预算|财政拨款`, `政府性基金`), words(`政府性基金|国有资本`)},
	{schemas.RevenueExpenditureSummary, words(`收入`, `支出`), words(`(?:收入总计|支出总计|收入合计|支出合计|总计)$`)},
	{schemas.RevenueSummary, words(`事业收入|经营收入|上级补助收入|其他收入|上年结转`, `财政拨款|一般公共预算`), nil},
	{schemas.ExpenditureSummary, words(`基本支出`, `项目支出`, `上缴上级|经营支出|对附属单位`), nil},
	{schemas.GeneralPublicBasicExpenditure, words(`人员经费|人员支出`, `公用经费|公用支出`), words(`工资福利支出|基本工资`)},
}

func words(patterns ...string) []*regexp.Regexp {
	out := make([]*regexp.Regexp, len(patterns))
	for i, p := range patterns {
		out[i] = regexp.MustCompile(p)
	}
	return out
}

// formByContent says which standard form a table is by its headers and the names of its rows.
func formByContent(t *schemas.Table) schemas.Form {
	var headers, names []string
	for _, c := range t.Columns {
		headers = append(headers, c.Path...)
	}
	for i := range t.Rows {
		for k, c := range t.Rows[i].Cells {
			if role := t.Columns[k].Role; c != "" && (role == schemas.NameRole || role == schemas.TextRole) {
				names = append(names, squeeze(c))
			}
		}
	}
	for _, f := range contentForms {
		if allIn(f.headers, headers) && allIn(f.names, names) {
			return f.form
		}
	}
	return schemas.OtherForm
}

// allIn reports whether each pattern matches one of the texts.
func allIn(patterns []*regexp.Regexp, texts []string) bool {
	for _, p := range patterns {
		if !slices.ContainsFunc(texts, p.MatchString) {
			return false
		}
	}
	return true
}
