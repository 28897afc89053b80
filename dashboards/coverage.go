package main

// coverage is who has published what.
func coverage() board {
	return board{
		id: "yusuan-coverage", title: "公开情况 Coverage", note: "哪些单位公开了哪些年度的预算、决算 Which units have published which years", since: "now-90d",
		text: "**公开与否** 单位 × 年度 × 预算/决算，格中是现行版本的份数，空格（-）是没有公开。从未公开过任何文件的单位不在这里：索引不知道有它们，" +
			"请用 `yusuan coverage --expect 名单.csv`。时间范围只影响“新入库”。\n\n" +
			"**Published or not** Units, years and kinds, with the number of current versions; an empty cell (-) is nothing published. A unit that has never published anything " +
			"cannot be here: `yusuan coverage --expect LIST.csv` knows. The range of time is for what was newly indexed only.",
		controls: originControls(disclosuresView),
		rows: []row{
			{20, []panel{{coverageMatrix(), 28}, {coverageChart(), 20}}},
			{14, []panel{{emptyForms(), 16}, {doubts(), 16}, {newlyIndexed(), 16}}},
			{12, []panel{{unattributed(), 48}}},
		},
	}
}

func coverageMatrix() lens {
	return lens{
		id: "yusuan-coverage-matrix", title: "单位 × 年度 × 预算/决算 Units by year and kind", view: disclosuresView, filters: visible(), draw: table,
		columns: []column{by("地区和单位 unit", 1000, unitField), by("年度 year", 10, "fiscal_year").across(), by("预算/决算 kind", 3, "document_kind").across(), count("份 disclosures")},
	}
}

func coverageChart() lens {
	return lens{
		id: "yusuan-coverage-chart", title: "已公开的单位数 Units that have published", view: disclosuresView, filters: visible(), draw: bars,
		columns: []column{by("地区和年度 county and year", 50, yearField), by("预算/决算 kind", 3, "document_kind"), distinct("单位 units", unitField)},
	}
}

// emptyForms are forms by whether they have figures, and whether an empty one says so.
func emptyForms() lens {
	return lens{
		id: "yusuan-empty-forms", title: "各表有数、空表、空白 Forms with and without figures", view: tablesView, filters: visible(), draw: table,
		columns: []column{by("表 form", 20, "form"), by("内容 state", 5, "state").across(), count("张 tables")},
	}
}

func doubts() lens {
	return lens{
		id: "yusuan-doubts", title: "读取时的疑点 What is doubtful in what was read", view: disclosuresView, filters: visible(), draw: bars,
		columns: []column{by("疑点 warning", 30, "warnings.code").top(), count("份 disclosures")},
	}
}

func newlyIndexed() lens {
	return lens{
		id: "yusuan-newly-indexed", title: "新入库 Newly indexed", view: indexedView, filters: visible(), draw: upright,
		columns: []column{over("入库时间 indexed at", "indexed_at"), by("预算/决算 kind", 3, "document_kind"), count("份 disclosures")},
	}
}

// unattributed are disclosures that no group by county, unit and year has.
func unattributed() listing {
	lacks := func(field string) object {
		return object{"bool": object{"must_not": object{"exists": object{"field": field}}}}
	}
	return listing{
		id: "yusuan-unattributed", title: "读不出地区、单位或年度的文件 Without county, unit or year", view: disclosuresView,
		filters: append(visible(), custom("缺地区、单位或年度 something is missing", object{"bool": object{"minimum_should_match": 1, "should": []object{
			lacks("region"), lacks("unit"), lacks("fiscal_year")}}})),
		columns: []string{"file_name", "title", "region", "unit", "fiscal_year", "document_kind", "warnings.code", "pages"}, sort: [][]string{{"indexed_at", "desc"}},
	}
}
