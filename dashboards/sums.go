package main

import (
	"yusuan/indexer"
	"yusuan/schemas"
)

// What follows has each amount once, as indexer.Group has it: one form, one classification and level of codes or one line, one measure,
// one period. The kind of document and the scope are left to the columns (accounts), which every sum of amounts is grouped by.

// classSums selects the totals of the year of the functional 类 in the forms. Without a level it is 类, 款 and 项, for columns that
// tell these apart.
func classSums(level indexer.CodeLevel, forms ...schemas.Form) []filter {
	filters := append(visible(),
		is("classification", indexer.Functional), is("measure", indexer.TotalMeasure), is("period", indexer.YearPeriod), exists("amount_fen"))
	if level != "" {
		filters = append(filters, is("code_level", level))
	}
	if len(forms) == 1 {
		return append(filters, is("form", forms[0]))
	}
	return append(filters, among("form", forms...))
}

// threePublicSums selects the measures of the year in the form of 三公 expenses. Rows with a line are those of the units in a department's
// form, or what else it has: their 合计 has them in it.
func threePublicSums(measures ...indexer.Measure) []filter {
	filters := append(visible(),
		is("form", schemas.ThreePublicExpenses), is("period", indexer.YearPeriod), missing("line"), missing("code"), exists("amount_fen"))
	if len(measures) == 1 {
		return append(filters, is("measure", measures[0]))
	}
	return append(filters, among("measure", measures...))
}

func yuan() column { return sumOf("金额（元）yuan", yuanField) }

// accounts tell apart what must never be added: years, the plan and what came of it, units and the departments that have them in their
// figures.
func accounts(years, kinds, scopes int) []column {
	return []column{by("年度 year", years, "fiscal_year"), by("预算/决算 kind", kinds, "document_kind"), by("口径 scope", scopes, "scope")}
}

// grouped puts columns together.
func grouped(first column, then []column, last ...column) []column {
	return append(append([]column{first}, then...), last...)
}
