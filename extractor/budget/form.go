package budget

import (
	"regexp"
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
	{schemas.OverallPerformance, regexp.MustCompile(`整体.*绩效|整体支出绩效`)},
	{schemas.ProjectPerformance, regexp.MustCompile(`绩效.*(?:目标|自评)`)},
	{schemas.ThreePublicExpenses, regexp.MustCompile(`三公|因公出国|机关运行经费.*三公`)},
	{schemas.OtherForm, regexp.MustCompile(`运行经费`)},
	{schemas.GovernmentFundExpenditure, regexp.MustCompile(`政府性基金`)},
	{schemas.StateCapitalExpenditure, regexp.MustCompile(`国有资本`)},
	{schemas.Carryover, regexp.MustCompile(`结转`)},
	{schemas.GeneralPublicBasicExpenditure, regexp.MustCompile(`基本支出`)},
	{schemas.GeneralPublicProjectExpenditure, regexp.MustCompile(`项目支出|项目.*明细|项目预算`)},
	{schemas.FiscalAppropriationSummary, regexp.MustCompile(`财政拨款.*(?:收支|收入支出|收入.*支出)|(?:收支|收入支出).*财政拨款`)},
	{schemas.GeneralPublicExpenditure, regexp.MustCompile(`一般公共预算.*支出|一般公共预算`)},
	{schemas.OtherForm, regexp.MustCompile(`采购|财政拨款支出`)},
	{schemas.RevenueExpenditureSummary, regexp.MustCompile(`收支|收入支出`)},
	{schemas.RevenueSummary, regexp.MustCompile(`收入`)},
	{schemas.ExpenditureSummary, regexp.MustCompile(`支出`)},
}

// formOf says which standard form a table is, by its title, and by its headers where it has no title.
func formOf(t *schemas.Table) schemas.Form {
	if t.Title != "" {
		for _, f := range forms {
			if f.title.MatchString(t.Title) {
				return f.form
			}
		}
		return schemas.OtherForm
	}
	if len(t.Grid) > 0 {
		return schemas.ProjectPerformance
	}
	return schemas.OtherForm
}
