package main

import (
	"yusuan/indexer"
	"yusuan/schemas"
)

// threePublic is what units spend on travelling abroad, cars and receptions.
func threePublic() board {
	return board{
		id: "yusuan-three-public", title: "三公经费 Three public expenses", note: "因公出国（境）、公务用车、公务接待 Overseas, vehicles, reception",
		text: "**金额怎样相加** 现行版本，三公经费支出表，本年；合计、因公出国（境）、公务用车（购置及运行）、公务接待是并列的列，合计不与其中数相加，" +
			"购置费和运行费不与“购置及运行”相加；部门表中逐个单位的行不计，因为合计行里已有。预算与决算、单位与部门口径分开。\n\n" +
			"**How amounts are added** Current versions, the form of the three public expenses, the year itself. The total is never added to its parts, nor the purchase " +
			"and the running of cars to both. Rows of single units in a department's form are left out: its total has them.",
		controls: originControls(itemsView),
		rows: []row{
			{14, []panel{{threePublicChart(), 24}, {topUnits(), 24}}},
			{18, []panel{{threePublicTable(), 48}}},
			{14, []panel{{threePublicItems(), 24}, {threePublicReasons(), 24}}},
		},
	}
}

func threePublicChart() lens {
	return lens{
		id: "yusuan-three-public-chart", title: "三公经费构成，按年度（元）The three by year", view: itemsView, draw: bars,
		filters: threePublicSums(indexer.OverseasMeasure, indexer.VehiclesMeasure, indexer.ReceptionMeasure),
		columns: []column{by("年度、预算/决算、口径 account", 30, accountField), by("费用 expense", 3, "measure"), yuan()},
	}
}

func topUnits() lens {
	return lens{
		id: "yusuan-three-public-top", title: "三公经费合计最高的单位（元）Units with the highest totals", view: itemsView, draw: bars,
		filters: threePublicSums(indexer.TotalMeasure), columns: []column{by("单位、年度、预算/决算、口径 account", 20, unitAccountField).top(), yuan()},
	}
}

func threePublicTable() lens {
	return lens{
		id: "yusuan-three-public-table", title: "三公经费，按单位和年度（元）By unit and year", view: itemsView, draw: table,
		filters: threePublicSums(indexer.TotalMeasure, indexer.OverseasMeasure, indexer.VehiclesMeasure, indexer.VehiclePurchaseMeasure,
			indexer.VehicleOperationMeasure, indexer.ReceptionMeasure),
		columns: grouped(by("地区和单位 unit", 150, unitField).top(), accounts(5, 3, 3), by("费用 expense", 6, "measure").across(), yuan()),
	}
}

// threePublicItems are all figures of the form, also those that no sum has, with the page on which each is printed.
func threePublicItems() listing {
	return listing{
		id: "yusuan-three-public-items", title: "表中的每个数字 Every figure of the form", view: itemsView,
		filters: append(visible(), is("form", schemas.ThreePublicExpenses)),
		columns: []string{"region", "unit", "fiscal_year", "document_kind", "name", "header", "period", yuanField, "amount_text", "unit_of_measure", "page"},
		sort:    [][]string{{"fiscal_year", "desc"}, {"unit", "asc"}, {"seq", "asc"}},
	}
}

func threePublicReasons() listing {
	return listing{
		id: "yusuan-three-public-reasons", title: "文中的说明 What the narrative says", view: passagesView,
		filters: append(visible(), is("kind", indexer.SectionPassage), custom("三公经费", object{"match_phrase": object{"text": "三公经费"}})),
		columns: []string{"region", "unit", "fiscal_year", "document_kind", "heading", "text", "page"}, sort: [][]string{{"fiscal_year", "desc"}, {"unit", "asc"}},
	}
}
