package main

import (
	"maps"
	"slices"
	"strings"
)

// The data views. Those of two names look at one index: with a time field, Kibana counts only what lies in the range that is chosen
// on top, and a count of all files or disclosures must not hang on it.
const (
	disclosuresView = "yusuan-disclosures"
	indexedView     = "yusuan-disclosures-indexed" // by when they were indexed
	itemsView       = "yusuan-items"
	passagesView    = "yusuan-passages"
	tablesView      = "yusuan-tables"
	projectsView    = "yusuan-projects"
	ledgerView      = "yusuan-ledger"
	finishedView    = "yusuan-ledger-finished" // by when they were finished
)

// A view is a data view: an index with what its fields are called and how they are shown.
type view struct {
	id, index, name string
	timeField       string
	runtime         object
	formats         object
	labels          map[string]string
}

// The runtime fields.
const (
	yuanField = "amount_yuan"
	// unitField tells units of the same name in two counties apart.
	unitField = "region_unit"
	yearField = "region_year"
	// An account is what amounts must not be added over: 2024 预算 单位. These are the accounts, those of each county, and of each unit.
	accountField       = "account"
	regionAccountField = "region_account"
	unitAccountField   = "unit_account"
)

func views() []view {
	origin, amounts := originPart(), amountPart()
	form := view{formats: object{"form": lookup(formNames())}, labels: map[string]string{"form": "表 form", "table_title": "表题 table"}}
	content := view{formats: object{"state": lookup(contentNames())}, labels: map[string]string{"state": "内容 state"}}
	text := view{labels: map[string]string{"heading": "标题 heading", "text": "正文 text"}}
	project := view{labels: map[string]string{"name": "项目 project"}}
	file := view{formats: object{"bytes": object{"id": "bytes"}, "pages": number("0,0")}, labels: map[string]string{"file_name": "文件 file", "pages": "页数 pages"}}
	reading := view{labels: map[string]string{"title": "标题 title", "warnings.code": "疑点 warning", "indexed_at": "入库时间 indexed at"}}
	entry := view{
		formats: object{"state": lookup(stateNames()), "code": lookup(reasonNames()), "page": number("0"), "url": object{"id": "url"}},
		labels: map[string]string{"state": "状态 state", "code": "原因 reason", "message": "说明 message", "page": "页 page", "url": "网址 URL", "finished_at": "完成时间 finished at",
			"queued_at": "排队时间 queued at"},
	}
	return []view{
		view{id: disclosuresView, index: disclosuresView, name: "预决算公开 Disclosures"}.with(origin, file, reading),
		view{id: indexedView, index: disclosuresView, name: "预决算公开（按入库时间）Disclosures by time", timeField: "indexed_at"}.with(origin, file, reading),
		view{id: itemsView, index: itemsView, name: "金额 Line items"}.with(origin, form, amounts, content),
		view{id: passagesView, index: passagesView, name: "文字 Passages"}.with(origin, form, text, content),
		view{id: tablesView, index: tablesView, name: "表 Tables"}.with(origin, form, content),
		view{id: projectsView, index: projectsView, name: "项目 Projects"}.with(origin, project),
		view{id: ledgerView, index: ledgerView, name: "台账 Ledger"}.with(file, entry),
		view{id: finishedView, index: ledgerView, name: "台账（按完成时间）Ledger by time", timeField: "finished_at"}.with(file, entry),
	}
}

// originPart is of what every document but the ledger's says of its disclosure.
func originPart() view {
	return view{
		runtime: object{unitField: joined(without("unit"), maybe("region"), value("unit")), yearField: joined(without("region", "fiscal_year"), value("region"), value("fiscal_year"))},
		formats: object{"fiscal_year": number("0"), "page": number("0"), "document_kind": lookup(kindNames()), "scope": lookup(scopeNames())},
		labels: map[string]string{unitField: "地区和单位 unit", yearField: "地区和年度 county and year", "unit": "单位 unit", "region": "地区 region", "fiscal_year": "年度 year", "document_kind": "预算/决算 kind",
			"scope": "口径 scope", "page": "页 page", "current": "现行版本 current"},
	}
}

func amountPart() view {
	account := []string{value("fiscal_year"), named("document_kind", kindNames()), named("scope", scopeNames())}
	return view{
		runtime: object{
			yuanField:          runtime("double", "if (doc['amount_fen'].size() > 0) { emit(doc['amount_fen'].value / 100.0) }"),
			accountField:       joined(without("fiscal_year", "document_kind", "scope"), account...),
			regionAccountField: joined(without("region", "fiscal_year", "document_kind", "scope"), append([]string{value("region")}, account...)...),
			unitAccountField:   joined(without("unit", "fiscal_year", "document_kind", "scope"), append([]string{maybe("region"), value("unit")}, account...)...),
		},
		formats: object{yuanField: number("0,0.00"), "amount_fen": number("0,0"), "code": lookup(classNames()), "measure": lookup(measureNames()),
			"period": lookup(periodNames()), "code_level": lookup(levelNames()), "classification": lookup(classificationNames())},
		labels: map[string]string{yuanField: "金额（元）yuan", accountField: "年度、预算/决算、口径 account", regionAccountField: "地区的 account of a county",
			unitAccountField: "单位的 account of a unit", "amount_fen": "金额（分）fen", "code": "科目 code", "measure": "列 measure", "period": "期间 period",
			"code_level": "类款项 level", "name": "名称 name", "header": "列头 header", "amount_text": "原文 as printed", "unit_of_measure": "计量单位 unit of measure"},
	}
}

// with adds what the parts have.
func (v view) with(parts ...view) view {
	v.runtime, v.formats, v.labels = object{}, object{}, map[string]string{}
	for _, p := range parts {
		maps.Copy(v.runtime, p.runtime)
		maps.Copy(v.formats, p.formats)
		maps.Copy(v.labels, p.labels)
	}
	return v
}

func (v view) object() savedObject {
	attrs := object{}
	for field, label := range v.labels {
		attrs[field] = object{"customLabel": label}
	}
	a := object{
		"title": v.index, "name": v.name, "fields": "[]", "sourceFilters": "[]", "typeMeta": "{}", "allowNoIndex": true,
		"fieldAttrs": text(attrs), "fieldFormatMap": text(v.formats), "runtimeFieldMap": text(v.runtime),
	}
	if v.timeField != "" {
		a["timeFieldName"] = v.timeField
	}
	return newObject(viewType, v.id, a, []reference{})
}

func runtime(kind, script string) object {
	return object{"type": kind, "script": object{"source": script}}
}

// joined is a keyword of the parts with spaces between; a document without one of the fields that it needs has none.
func joined(needs string, parts ...string) object {
	return runtime("keyword", "if ("+needs+") { return } emit(("+strings.Join(parts, " + ")+").trim())")
}

// without is true of documents that lack one of the fields.
func without(fields ...string) string {
	var list []string
	for _, f := range fields {
		list = append(list, "doc['"+f+"'].size() == 0")
	}
	return strings.Join(list, " || ")
}

// value, maybe and named are parts of a keyword: a field's value, its value if it has one, and what its value is called.
func value(field string) string { return "doc['" + field + "'].value + ' '" }

func maybe(field string) string {
	return "(doc['" + field + "'].size() == 0 ? '' : doc['" + field + "'].value + ' ')"
}

func named(field string, names map[string]string) string {
	script := "doc['" + field + "'].value"
	for _, key := range slices.Sorted(maps.Keys(names)) {
		script = "doc['" + field + "'].value == '" + key + "' ? '" + names[key] + "' : " + script
	}
	return "(" + script + ") + ' '"
}

func number(pattern string) object {
	return object{"id": "number", "params": object{"pattern": pattern}}
}

// lookup shows names in place of values; a value without a name stays as it is.
func lookup(names map[string]string) object {
	var entries []object
	for _, key := range slices.Sorted(maps.Keys(names)) {
		entries = append(entries, object{"key": key, "value": names[key]})
	}
	return object{"id": "static_lookup", "params": object{"lookupEntries": entries, "unknownKeyValue": nil}}
}
