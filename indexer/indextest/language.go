package indextest

import "yusuan/indexer"

// languageSearches are queries as they are typed.
func languageSearches() []search {
	text := func(s string) indexer.Query { return indexer.Query{Text: s} }
	unruled := also(bothYears("table t4"), "library section 2")
	newer := []string{"hospital-3.10 section 2.2", "hospital-3.10 table t4", "library section 2"}
	return []search{
		{"typed or", text("稽核 OR 空表"), also(bothYears("note t3"), "pensions section 2.1")},
		{"typed without", text("三公经费 -公务接待费"), unruled},
		{"typed not", text("三公经费 NOT 公务接待费"), unruled},
		{"brackets and a unit", text("(稽核 OR 空表) unit:社会保险"), []string{"pensions section 2.1"}},
		{"unit", text("unit:图书馆 三公经费"), []string{"library section 2"}},
		{"two units in one field", text("unit:图书馆,保险 三公经费"), []string{"library section 2", "pensions section 2.1"}},
		{"whole unit, typed", text("unit:=青禾县图书馆 三公经费"), []string{"library section 2"}},
		{"not the unit", text("-unit:医院 三公经费"), []string{"library section 2", "pensions section 2.1"}},
		{"not the year, of what has none", text("-year:2024 -year:2023"), []string{"nameless title", "nameless section 1"}},
		{"year", text("三公经费 year:2024"), newer},
		{"years after", text("year:>2023 三公经费"), newer},
		{"years typed", text("三公经费 year:2024..2025"), newer},
		{"phrase and not the year", text("“三公经费” -year:2023"), newer},
		{"a unit or a word", text("(unit:图书馆 2080505) OR 稽核"), []string{"library row t1r1", "pensions section 2.1"}},
		{"each with its words", text("(unit:图书馆 三公经费) OR (unit:保险 稽核)"), []string{"library section 2", "pensions section 2.1"}},
		{"kind in Chinese", text("kind:决算 稽核"), []string{"pensions section 2.1"}},
		{"scope", text("scope:部门 三公经费"), []string{"library section 2"}},
		{"state", text("state:空表 -表"), nil},
		{"state, typed", text("state:空表 -政府性基金预算支出情况表"), bothYears("note t3")},
		{"amount, typed", text("amount:>1000万 table:general_public_expenditure"), bothYears("row t2r3")},
		{"amount beyond", text("amount:>2090.68万元 code:210 table:一般公共预算支出"), nil},
		{"amount from", text("amount:>=2090.68万元 code:210 table:一般公共预算支出"), bothYears("row t2r3")},
		{"section, typed", text("section:2 kind:决算 -稽核"), []string{"pensions section 2"}},
		{"taken apart", text("三公经费减少的原因是什么"), bothYears("section 2.2")},
		{"with county and year", text("云岭县2024年三公经费减少原因"), []string{"hospital-3.10 section 2.2"}},
		{"county and a word", text("青禾县 三公经费"), []string{"library section 2", "pensions section 2.1"}},
		{"unit and a word", text("图书馆三公经费"), []string{"library section 2"}},
		{"year and a word", text("2023年度 空表"), []string{"hospital-4.20 note t3"}},
		{"only the unit", text("图书馆"), []string{"library title"}},
		{"no unit of that name", text("博物馆三公经费"), nil},
		{"synonym", text("公车"), []string{"pensions section 2.1"}},
		{"synonym within a word", text("公车运行维护费"), []string{"pensions section 2.1"}},
		{"synonym of a unit's name", text("社保中心 三公经费"), []string{"pensions section 2.1"}},
		{"no synonym in a phrase", text("\"公车\""), nil},
		{"traditional characters", text("「三公」經費 財政撥款"), bothYears("section 2.2", "table t4")},
	}
}
