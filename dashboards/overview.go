package main

import (
	"yusuan/indexer"
	"yusuan/schemas"
)

// overview is what a county has published, and the totals of it.
func overview() board {
	return board{
		id: "yusuan-county-overview", title: "县区概览 County overview", note: "单位、公开文件、各功能分类的合计 Units, disclosures, totals by functional class",
		text: "**金额怎样相加** 每笔金额只计一次：现行版本，一张表（一般公共预算支出表），功能分类的“类”，“合计”列，本年；预算与决算、单位与部门口径、各年度分开列示，从不相加。" +
			"地区或年度读不出的文件不在其中（见“公开情况”）。行数有上限，地区多时请先在上方选择。\n\n" +
			"**How amounts are added** Each once: current versions, one form, the 类 of the functional classification, the column of totals, the year itself. " +
			"Budgets and final accounts, units and departments, and years stand apart. Disclosures whose county or year was not read are left out.",
		controls: originControls(disclosuresView),
		rows: []row{
			{6, []panel{{regions(), 12}, {units(), 12}, {disclosures(), 12}, {pages(), 12}}},
			{14, []panel{{disclosuresByRegion(), 16}, {classChart(), 32}}},
			{18, []panel{{classTable(), 24}, {unitTable(), 24}}},
			{14, []panel{{levelTable(), 24}, {projectList(), 24}}},
		},
	}
}

func regions() lens {
	return lens{id: "yusuan-regions", title: "地区 Counties", view: disclosuresView, filters: visible(), columns: []column{distinct("地区 counties", "region")}, draw: onlyFigure}
}

func units() lens {
	return lens{id: "yusuan-units", title: "单位 Units", view: disclosuresView, filters: visible(), columns: []column{distinct("单位 units", unitField)}, draw: onlyFigure}
}

func disclosures() lens {
	return lens{id: "yusuan-disclosures-count", title: "公开文件 Disclosures", view: disclosuresView, filters: visible(), columns: []column{count("份 disclosures")}, draw: onlyFigure}
}

func pages() lens {
	return lens{id: "yusuan-pages", title: "页数 Pages", view: disclosuresView, filters: visible(), columns: []column{sumOf("页 pages", "pages")}, draw: onlyFigure}
}

func disclosuresByRegion() lens {
	return lens{
		id: "yusuan-disclosures-by-region", title: "各地区公开文件 Disclosures by county", view: disclosuresView, filters: visible(), draw: bars,
		columns: []column{by("地区 county", 30, "region").top(), by("预算/决算 kind", 3, "document_kind"), count("份 disclosures")},
	}
}

func classChart() lens {
	return lens{
		id: "yusuan-class-chart", title: "一般公共预算支出，按地区和类 General public expenditure by county and class", view: itemsView, draw: bars,
		filters: classSums(indexer.ClassLevel, schemas.GeneralPublicExpenditure),
		columns: []column{by("地区、年度、预算/决算、口径 account", 30, regionAccountField).top(), by("类 class", 30, "code"), yuan()},
	}
}

func classTable() lens {
	return lens{
		id: "yusuan-class-table", title: "一般公共预算支出，按地区、年度和类（元）Totals by county, year and class", view: itemsView, draw: table,
		filters: classSums(indexer.ClassLevel, schemas.GeneralPublicExpenditure),
		columns: grouped(by("地区 county", 40, "region"), accounts(5, 3, 3), by("类 class", 30, "code"), yuan()),
	}
}

func unitTable() lens {
	return lens{
		id: "yusuan-unit-table", title: "各单位支出，按表（元）Expenditure of units by form", view: itemsView, draw: table,
		note: "每张表一列，是该表各类合计之和；表与表不相加。A column for each form, the sum of its 类; forms are never added.",
		filters: classSums(indexer.ClassLevel, schemas.ExpenditureSummary, schemas.GeneralPublicExpenditure, schemas.GovernmentFundExpenditure,
			schemas.StateCapitalExpenditure),
		columns: grouped(by("地区和单位 unit", 200, unitField).top(), accounts(5, 3, 3), by("表 form", 4, "form").across(), yuan()),
	}
}

func levelTable() lens {
	return lens{
		id: "yusuan-level-table", title: "类、款、项各自合计（元）Totals of each level of codes", view: itemsView, draw: table,
		note:    "三级应相等；某级为空或偏小，说明有文件只列了别的级。The three should be alike; a lower one means that disclosures do not print that level.",
		filters: classSums("", schemas.GeneralPublicExpenditure),
		columns: grouped(by("地区 county", 200, "region"), accounts(5, 3, 3), by("级 level", 3, "code_level").across(), yuan()),
	}
}

func projectList() listing {
	return listing{
		id: "yusuan-project-list", title: "项目清单 List of projects", view: projectsView, filters: visible(),
		columns: []string{"region", "unit", "fiscal_year", "name", "page"}, sort: [][]string{{"fiscal_year", "desc"}, {"unit", "asc"}},
	}
}
